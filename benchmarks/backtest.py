"""Does the ranking of 2017 say where general practitioners were fewer in 2021?

Run: ``python benchmarks/backtest.py [--official DIR]``. The shipped recipe is made with the supply
of 2017 alone (access « de type APL », inhabitants beyond ten minutes, distance to an emergency
service; the share of older doctors is not published for that year, and its weight goes to the
others). Each department is ranked on its own, as on the portal, and what it says is set beside the
share of its general practitioners that each intercommunality lost by 2021, together with naive
guesses. Both vintages are on the communes of 2025. Prints tables in Markdown.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import pandas as pd
from apl_agreement import ROOT, read_communes
from measure import Measure
from measure import tell as record

from demomed.analysis.aggregate import zone_mean, zone_sum
from demomed.analysis.apl_like import apl_type
from demomed.analysis.apl_versions import apl_version
from demomed.analysis.coverage import beyond
from demomed.analysis.hindsight import first_against_rest, foresight, loss_share
from demomed.analysis.priority import load_recipe, rank
from demomed.analysis.travel import TravelModel, nearest_km, nearest_minutes, travel_times
from demomed.ingestion.official import OfficialFolder
from demomed.ingestion.population import read_population_history
from demomed.ingestion.supply import read_supply

BEFORE, AFTER = 2017, 2021
POPULATION_COG = 2020
"""Geography whose table carries the legal populations of 2017."""
RECIPE = "installation"
PILOTS = ("41", "53", "61")
FIFTEEN = ("14", "18", "27", "28", "35", "36", "37", "41", "44", "45", "49", "50", "53", "61", "72")
FEWEST_ZONES = 5
LEAST_SUPPLY = 5
"""Practitioners in 2017 from which the loss of a zone is read on its own."""
OUTSIDE_ONLY = "baisse du reste du département"
"""Guess that says nothing inside a department: there, what the others lose is what one does not."""


def read_tables(official: Path) -> pd.DataFrame:
    """Communes of metropolitan France, with supply and population of 2017 and supply of 2021."""
    folder = OfficialFolder(official)
    geography, communes, _ = read_communes(folder, official)
    history = read_population_history(folder).query("year == @POPULATION_COG")
    today = geography.codes.set_index("old_code")["commune_code"]
    code = history["code"].map(today).fillna(history["code"])
    communes["population_before"] = history.groupby(code.to_numpy())["population"].sum()
    base = read_supply(folder, geography, "insee_bpe")
    early = read_supply(folder, geography, "insee_bpe_gp_2017")
    for name, table, service, year in (
        ("before", early, "gp", BEFORE),
        ("after", base, "gp", AFTER),
        ("emergency", base, "emergency", BEFORE),
    ):
        rows = table.loc[(table["service"] == service) & (table["year"] == year)]
        communes[name] = rows.set_index("commune_code")["count"].astype(float)
    kept = ~communes["departement_code"].str.startswith(("97", "2A", "2B"))
    return communes.loc[kept].dropna(subset=["lon", "lat", "epci_siren"])


def criteria_before(communes: pd.DataFrame) -> pd.DataFrame:
    """Criteria of the recipe by intercommunality, from the files of 2017 alone."""
    model, version = TravelModel(), apl_version("calibree")
    people = communes["population_before"].fillna(communes["population"])
    zones = communes["epci_siren"]
    supplied = communes.loc[communes["before"] > 0]
    sites = supplied[["lon", "lat"]].rename_axis("commune_code").reset_index()
    emergency = communes.loc[communes["emergency"] > 0, ["lon", "lat"]]
    emergency = emergency.rename_axis("commune_code").reset_index()
    travel = travel_times(communes, supplied, version.decay.limit, model)
    supply = supplied["before"] * version.consultations_per_practitioner
    access = apl_type(people, supply, travel, version.decay).access
    minutes = nearest_minutes(communes, sites, model)
    km, is_home = nearest_km(communes, emergency)
    road = (km * model.circuity).mask(is_home, 0.0)
    return pd.DataFrame(
        {
            "apl_gp": zone_mean(access, people, zones)["value"],
            "beyond_10_gp": zone_mean(beyond(minutes, 10), people, zones)["value"],
            "emergency_km": zone_mean(road, people, zones)["value"],
        }
    )


def scores(criteria: pd.DataFrame, departements: pd.Series) -> pd.Series:
    """Score of each zone in the ranking of its department, and nothing where too few are ranked."""
    recipe, found = load_recipe(RECIPE), []
    for _, codes in departements.groupby(departements):
        if len(codes) >= FEWEST_ZONES:
            table = criteria.loc[codes.index].rename_axis("zone_code")
            found.append(rank(table, recipe, draws=100, alternatives=False).table["score"])
    return pd.concat(found).astype(float)


def naive(zones: pd.DataFrame) -> pd.DataFrame:
    """Guesses anyone could make: each column, more means a greater loss expected."""
    density = zones["before"] / zones["people"]
    departement = zones.groupby("departement_code")[["before", "after"]].transform("sum")
    others = departement - zones[["before", "after"]]
    return pd.DataFrame(
        {
            "densité de 2017, la plus faible d'abord": -density,
            "densité de 2017, la plus forte d'abord": density,
            "zone la moins peuplée d'abord": -zones["people"],
            OUTSIDE_ONLY: loss_share(others["before"], others["after"]),
        }
    )


def french(value: float, decimals: int = 2) -> str:
    return f"{value:.{decimals}f}".replace(".", ",").replace("-", "−")


def tell(title: str, zones: pd.DataFrame, predictors: pd.DataFrame) -> None:
    """One table: what the score and the guesses say of the loss, with their interval."""
    rows = zones.loc[zones["before"] >= LEAST_SUPPLY]
    lost = zones["before"].sum() - zones["after"].sum()
    print(
        f"\n### {title} : {len(rows)} intercommunalités, {lost:.0f} généralistes de moins "
        f"sur {zones['before'].sum():.0f} ({french(100 * lost / zones['before'].sum(), 1)} %)\n"
    )
    print(
        "| ce qui était prédit par | ρ | intervalle à 95 % | ρ dans le département | intervalle |"
    )
    print("|---|---|---|---|---|")
    group = rows["departement_code"]
    loss = loss_share(rows["before"], rows["after"])
    whole = foresight(predictors.loc[rows.index], loss)
    inside = foresight(predictors.drop(columns=OUTSIDE_ONLY).loc[rows.index], loss, within=group)
    for name in whole.index:
        cells = [
            cell
            for table in (whole, inside)
            for cell in (
                (
                    french(table.loc[name, "rho"]),
                    f"{french(table.loc[name, 'low'])} à {french(table.loc[name, 'high'])}",
                )
                if name in table.index
                else ("—", "—")
            )
        ]
        print(f"| {name} | {' | '.join(cells)} |")
    score = predictors.iloc[:, 0].loc[rows.index]
    first = first_against_rest(score, rows["before"], rows["after"])
    print(
        f"\nLe cinquième premier du classement ({first['first_count']:.0f} zones) a perdu "
        f"{french(100 * first['first_loss'], 1)} % de ses généralistes, les autres "
        f"{french(100 * first['rest_loss'], 1)} % : écart de {french(100 * first['difference'], 1)} points "
        f"({french(100 * first['low'], 1)} à {french(100 * first['high'], 1)}, zones retirées au hasard)."
    )
    stays = foresight(score.to_frame("score"), rows["score_after"], within=group).loc["score"]
    print(
        f"Même calcul avec l'offre de 2021 : ρ {french(stays['rho'])} "
        f"({french(stays['low'])} à {french(stays['high'])}) avec le score de 2017."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    usual = os.environ.get("DEMOMED_OFFICIAL", ROOT.parent / "shared" / "data")
    parser.add_argument("--official", type=Path, default=Path(usual))
    options = parser.parse_args()
    start = time.process_time()
    communes = read_tables(options.official)
    membership = communes["epci_siren"]
    zones = pd.DataFrame(
        {
            "before": zone_sum(communes["before"].fillna(0.0), membership),
            "after": zone_sum(communes["after"].fillna(0.0), membership),
            "people": zone_sum(communes["population_before"].fillna(0.0), membership),
        }
    )
    people = communes.groupby([membership, "departement_code"])["population"].sum()
    main_departement = people.groupby(level=0).idxmax().map(lambda pair: pair[1])
    zones["departement_code"] = main_departement.reindex(zones.index)
    predictors = naive(zones)
    score = scores(criteria_before(communes), zones["departement_code"])
    predictors.insert(0, "classement de 2017 (recette « installation »)", score)
    later = communes.assign(before=communes["after"])
    zones["score_after"] = scores(criteria_before(later), zones["departement_code"])
    for title, held in (
        ("Mayenne, Loir-et-Cher, Orne", PILOTS),
        ("quinze départements", FIFTEEN),
        ("France métropolitaine, hors Corse", tuple(zones["departement_code"].unique())),
    ):
        part = zones.loc[zones["departement_code"].isin(held)]
        tell(title, part, predictors.loc[part.index])
    record(
        Measure("recipe of 2017 judged on 2021", time.process_time() - start, note="tables above")
    )


if __name__ == "__main__":
    main()
