"""How long a stressed ranking takes: draws × zones × criteria, with sampling error everywhere.

Run: ``python benchmarks/ranking.py`` (a few seconds). Prints a table in Markdown.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from demomed.analysis.priority import rank
from demomed.core.indicator import COLUMNS, Indicators
from demomed.core.ranking import Criterion, Recipe

CASES = ((2_000, 10), (2_000, 400), (10_000, 10), (10_000, 400))
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


def main() -> None:
    print("| tirages | zones | critères | secondes | dont processeur |\n|---|---|---|---|---|")
    for draws, zones in CASES:
        indicators, recipe = invented_indicators(zones)
        best = busy = np.inf
        for _ in range(3):
            start, used = time.perf_counter(), time.process_time()
            rank(indicators, recipe, draws=draws)
            best = min(best, time.perf_counter() - start)
            busy = min(busy, time.process_time() - used)
        print(f"| {draws} | {zones} | {len(KINDS)} | {best:.2f} | {busy:.2f} |")


if __name__ == "__main__":
    main()
