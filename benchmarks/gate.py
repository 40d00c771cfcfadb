"""The gate on real head counts: time, what stays readable, what an attacker finds.

Usage: ``python benchmarks/gate.py [department …] [--registers N] [--whole]``; ``--whole`` attacks
over whole numbers of persons. Processor and elapsed time are both told: the machine may be shared.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from pathlib import Path

import pandas as pd
from measure import Measure, memory_mb, tell

from demomed.analysis import compute
from demomed.core import gate
from demomed.core.attack import feasible_intervals, head_counts
from demomed.core.disclosure import protect
from demomed.core.facts import sensitive
from demomed.core.groups import touching
from demomed.core.indicator import Indicators
from demomed.core.suppression import Pattern
from demomed.core.territory import LEVELS
from demomed.pipeline import load_territory


def measure(code: str, *, whole: bool) -> None:
    territory = load_territory(code)
    values = compute(territory, level=LEVELS)
    values = Indicators(values.table.loc[sensitive(values.table)].reset_index(drop=True))
    nested = {level: territory.members(level) for level in LEVELS}
    neighbours = {"epci": touching(territory.zones("epci"))}
    patterns: list[Pattern] = []
    solve = gate.cheapest
    gate.cheapest = lambda *a, **k: patterns.append(solve(*a, **k)) or patterns[-1]
    start, clock = time.process_time(), time.perf_counter()
    public = protect(values, hierarchy=nested, neighbours=neighbours)
    protected, elapsed = time.process_time(), time.perf_counter() - clock
    gate.cheapest = solve
    found = feasible_intervals(public, head_counts(values), nested, whole=whole)
    attacked = time.process_time()
    exposed = int(found["is_exposed"].sum())
    exact = f"patterns exact {sum(p.is_exact for p in patterns)}/{len(patterns)}"
    told_gate = f"{exact}, rounds {[p.rounds for p in patterns]}"
    tell(
        Measure(
            f"gate of {code}, {len(values):,} facts",
            protected - start,
            wall=elapsed,
            memory=memory_mb("VmHWM"),
            note=told_gate,
        )
    )
    tell(
        Measure(
            f"attack of {code}, {len(found):,} numbers",
            attacked - protected,
            memory=memory_mb("VmHWM"),
            is_true=not exposed,
            note=f"{exposed} exposed",
        )
    )
    told = public.table["coarse"].str.startswith("avec ").map({True: "with neighbours", False: ""})
    told = told.where(told != "", public.table["coarse"].map(lambda t: "class" if t else ""))
    told = told.where(told != "", public.table["status"])
    rows = public.table.assign(told=told).loc[lambda t: t["indicator"] == "share_55_plus"]
    print(pd.crosstab([rows["level"], rows["profession"]], rows["told"]).to_string(), "\n")


def small_registers(number: int) -> None:
    path = Path(__file__).parents[1] / "tests" / "core" / "conftest.py"
    spec = importlib.util.spec_from_file_location("small_registers", path)
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    start, exposed, readable = time.process_time(), 0, []
    for seed in range(number):
        register = made._random(seed)
        values = register.measured()
        public = protect(values, hierarchy=register.hierarchy, neighbours=register.neighbours)
        found = feasible_intervals(public, head_counts(values), register.hierarchy)
        exposed += int(found["is_exposed"].sum())
        rows = public.table.loc[public.table["level"] == "epci"]
        rows = rows.loc[(rows["indicator"] == "share_55_plus") & (rows["status"] != "missing")]
        readable += (rows["value"].notna() | (rows["coarse"] != "")).tolist()
    tell(
        Measure(
            f"gate and attack of {number} small registers",
            time.process_time() - start,
            memory=memory_mb("VmHWM"),
            is_true=not exposed,
            note=f"{exposed} numbers exposed, {sum(readable) / len(readable):.0%} of EPCIs readable",
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("departments", nargs="*", default=["53", "41", "61"])
    parser.add_argument("--registers", type=int, default=200)
    parser.add_argument("--whole", action="store_true")
    asked = parser.parse_args()
    for one in asked.departments:
        measure(one, whole=asked.whole)
    small_registers(asked.registers)
