"""How far the published accessibility moves from one vintage to the next, per intercommunality.

Run: ``python benchmarks/vintages.py`` (a few seconds, shipped data). Prints a table in Markdown:
the standard deviation of the relative change between the last two vintages, which the recipes of
``catalogue/recipes`` take as relative error. It mixes real change and the noise of the measure.
"""

from __future__ import annotations

import time

import pandas as pd
from measure import Measure, tell

from demomed.analysis.aggregate import zone_mean
from demomed.core.territory import Territory
from demomed.pipeline import load_territory
from demomed.rendering.french import number

DEPARTMENTS = ("41", "53", "61")


def mean_apl(territory: Territory, service: str, age_limit: str, year: int) -> pd.Series:
    """APL of each intercommunality, as the indicator makes it."""
    table = territory.apl_of(service, age_limit=age_limit, year=year).astype(float)
    people = territory.communes["population"].astype(float)
    zones = territory.members("epci")
    return zone_mean(table["apl"], table["standardised_population"], zones, coverage_by=people)[
        "value"
    ]


def relative_changes(territory: Territory) -> pd.DataFrame:
    """Relative change of each measure between the last two vintages, one row per zone."""
    years = sorted(territory.apl["year"].unique())[-2:]
    by_year = {
        year: {
            "apl_gp": mean_apl(territory, "gp", "all", year),
            "reachable_share_over_60_gp": 1
            - mean_apl(territory, "gp", "60", year) / mean_apl(territory, "gp", "all", year),
            "apl_etp_nurse": mean_apl(territory, "nurse", "65", year),
        }
        for year in years
    }
    before, after = (pd.DataFrame(by_year[year]) for year in years)
    return after / before - 1


def main() -> None:
    start = time.process_time()
    changes = pd.concat([relative_changes(load_territory(code)) for code in DEPARTMENTS])
    changes = changes.loc[~changes.index.duplicated()]
    print("| mesure | intercommunalités | écart-type | écart absolu médian |\n|---|---|---|---|")
    for name, change in changes.items():
        known = change.dropna()
        figures = [number(100 * v, 1) for v in (known.std(ddof=1), known.abs().median())]
        print(f"| {name} | {len(known)} | {figures[0]} % | {figures[1]} % |")
    tell(Measure("change between two vintages", time.process_time() - start, note="table above"))


if __name__ == "__main__":
    main()
