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
    print(
        f"{code}: {len(values)} facts, gate {protected - start:.1f} s CPU ({elapsed:.1f} s elapsed), "
        f"attack {attacked - protected:.1f} s CPU on {len(found)} numbers, "
        f"{int(found['is_exposed'].sum())} exposed; patterns exact "
        f"{sum(p.is_exact for p in patterns)}/{len(patterns)}, rounds {[p.rounds for p in patterns]}"
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
    print(
        f"{number} small registers: {exposed} numbers exposed, "
        f"{sum(readable) / len(readable):.0%} of EPCIs readable, "
        f"{time.process_time() - start:.0f} s CPU"
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
