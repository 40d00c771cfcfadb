"""How long a stressed ranking takes, and its memory as draws double.

Run: ``python benchmarks/ranking.py`` (a few seconds). Draws × zones × criteria, with sampling error
everywhere; each case in a process of its own. Beside it, the same ranks redrawn by a plain loop
over draws (one ``rank`` of pandas each), as one writes first: it redraws values, weights them and
ranks, and leaves out what the ranking also tells (sensitivity, alternatives, zones at the border).
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np
import pandas as pd
from measure import Measure, apart, fresh_peak, memory_mb, tell

from demomed.analysis.priority import rank
from demomed.core.indicator import COLUMNS, Indicators
from demomed.core.ranking import Criterion, Recipe

CASES = ((2_000, 10), (2_000, 400), (10_000, 10), (10_000, 400), (20_000, 400))
DOUBLED = 1.5
"""Times the memory that twice the draws may take."""
KINDS = ("rate", "rate", "share", "share", "interval", "modelled")


def invented_indicators(zones: int, seed: int = 1) -> tuple[Indicators, Recipe]:
    """Indicators of invented zones: two rates, two shares, one interval, one modelled value."""
    rng = np.random.default_rng(seed)
    population = rng.integers(5_000, 60_000, zones).astype(float)
    rows = []
    for number, kind in enumerate(KINDS):
        table = pd.DataFrame({"zone_code": [f"z{i:04d}" for i in range(zones)]})
        table["indicator"] = f"criterion_{number}"
        if kind == "rate":
            table["numerator"] = rng.poisson(population * 7e-4).astype(float)
            table["denominator"] = population
            table["value"] = table["numerator"] / population * 1e5
        elif kind == "share":
            table["denominator"] = rng.integers(5, 60, zones).astype(float)
            table["numerator"] = rng.binomial(table["denominator"].astype(int), 0.5).astype(float)
            table["value"] = table["numerator"] / table["denominator"]
        else:
            table["value"] = rng.normal(20, 6, zones).clip(1)
            if kind == "interval":
                table["low"], table["high"] = table["value"] * 0.8, table["value"] * 1.3
        rows.append(table)
    long = pd.concat(rows).reindex(columns=list(COLUMNS))
    long[["level", "profession", "nature", "status", "sources"]] = (
        "epci",
        "",
        "simulated",
        "value",
        "",
    )
    long["zone_name"] = long["zone_code"]
    criteria = tuple(
        Criterion(
            f"criterion_{number}",
            "",
            1 if number % 2 else -1,
            1 / len(KINDS),
            f"critère {number}",
            law="relative" if kind == "modelled" else kind,
            relative_error=0.1 if kind == "modelled" else None,
        )
        for number, kind in enumerate(KINDS)
    )
    return Indicators(long), Recipe("bench", "Mesure", "?", criteria, top=max(3, zones // 10))


def plain_loop(indicators: Indicators, draws: int) -> pd.DataFrame:
    """Share of draws in which each zone is among the first tenth, one draw after the other."""
    rng = np.random.default_rng(1)
    wide = indicators.table.pivot(index="zone_code", columns="indicator", values="value")
    spread = wide * 0.1
    first = pd.Series(0.0, index=wide.index)
    for _ in range(draws):
        drawn = wide + spread * rng.standard_normal(wide.shape)
        weights = rng.dirichlet(np.ones(wide.shape[1]) * 20)
        score = ((drawn - drawn.mean()) / drawn.std() * weights).sum(axis=1)
        first += score.rank(ascending=False) <= max(3, len(wide) // 10)
    return (first / draws).to_frame("first")


def measure(way: str, draws: int, zones: int) -> None:
    """In the child process: one way, its seconds, and the memory it adds."""
    indicators, recipe = invented_indicators(zones)
    work = {
        "ours": lambda n: rank(indicators, recipe, draws=n),
        "loop": lambda n: plain_loop(indicators, n),
    }[way]
    work(100)  # first-call costs are paid before
    before, start, begun = fresh_peak(), time.process_time(), time.perf_counter()
    work(draws)
    spent = time.process_time() - start, time.perf_counter() - begun
    print(json.dumps([*spent, memory_mb("VmHWM") - before, memory_mb("VmHWM")]))


def main() -> None:
    """One measure per case, then the memory of twice the draws."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=max(draws for draws, _ in CASES))
    parser.add_argument("--measure", nargs=3, metavar=("WAY", "DRAWS", "ZONES"))
    options = parser.parse_args()
    if options.measure:
        way, draws, zones = options.measure
        measure(way, int(draws), int(zones))
        return
    peaks: dict[tuple[int, int], float] = {}
    for draws, zones in CASES:
        if draws > options.most:
            continue
        mine, theirs = (
            json.loads(apart(__file__, "--measure", way, str(draws), str(zones)).said)
            for way in ("ours", "loop")
        )
        peaks[draws, zones] = mine[3]
        tell(
            Measure(
                f"ranking, {draws:,} draws × {zones} zones × {len(KINDS)} criteria",
                mine[0],
                theirs=theirs[0],
                peer="loop of pandas",
                wall=mine[1],
                memory=mine[2],
                their_memory=theirs[2],
            )
        )
    for (draws, zones), peak in peaks.items():
        if (half := peaks.get((draws // 2, zones))) is not None:
            tell(
                Measure(
                    f"memory of {draws:,} draws over that of {draws // 2:,}, {zones} zones",
                    peak / half,
                    "times",
                    memory=peak,
                    mark=DOUBLED,
                )
            )


if __name__ == "__main__":
    main()
