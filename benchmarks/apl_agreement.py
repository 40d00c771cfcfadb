"""Agreement of our access « de type APL » with the official APL, out of sample, with an ablation.

Run: ``python benchmarks/apl_agreement.py [--official DIR]`` (``--shipped`` fits nothing). Parameters are fitted on fourteen
departments and judged on the fifteenth, in turn; the rank correlations are those of the fifteen
predictions put together, over intercommunalities (means weighted by the standardised population)
and over communes. The tables read are kept in ``data/interim``.
"""

from __future__ import annotations

import argparse
import os
import pickle
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from measure import Measure
from measure import tell as record
from scipy.optimize import minimize, nnls
from scipy.sparse import csr_array

from demomed.analysis.accessibility import floating_catchment
from demomed.analysis.apl_like import agreement
from demomed.analysis.apl_versions import apl_version
from demomed.analysis.decay import Decay, Logistic, Steps
from demomed.analysis.travel import TravelModel, chord_km, pairs_within, unit_vectors
from demomed.ingestion.apl import read_apl_gp, read_apl_nurse
from demomed.ingestion.communes import Geography, read_epci_membership, read_geography
from demomed.ingestion.demography import read_demography
from demomed.ingestion.density_grid import read_density_grid
from demomed.ingestion.official import OfficialFolder
from demomed.ingestion.places import read_places, seats
from demomed.ingestion.population import (
    last_known_population,
    read_population,
    read_population_history,
)
from demomed.ingestion.supply import read_supply

ROOT = Path(__file__).resolve().parents[1]
YEAR = 2022
AROUND_KM = 50.0
REACH_KM = 35.0
LIMIT = 20.0
"""Minutes of the official indicator."""
PERSONS = "Médecins généralistes (hors médecins à expertise particulière - MEP)"
URBAN = (1, 2)
TOWN = (3, 4)
"""Levels of the density grid with speeds of their own: urban centres, small towns and their edges."""


# -- data -----------------------------------------------------------------------------------------


def read_communes(
    folder: OfficialFolder, official: Path
) -> tuple[Geography, pd.DataFrame, pd.DataFrame]:
    """Communes of 2025 with what travel needs, and their places, through the readers of the package."""
    import geopandas as gpd

    geography = read_geography(folder)
    places = read_places(folder, geography)
    communes = geography.communes.join(seats(places)[["lon", "lat"]])
    communes["epci_siren"] = read_epci_membership(folder, geography)["epci_siren"]
    communes["population"] = read_population(folder, geography).astype(float)
    communes["density_class"] = read_density_grid(folder, geography).astype("Float64").astype(float)
    outlines = gpd.read_file(
        f"/vsigzip/{official}/limites/communes_2024_france.geojson.gz", columns=["INSEE_COM"]
    )
    today = geography.codes.set_index("old_code")["commune_code"]
    area = outlines.to_crs(2154).area / 1e6
    communes["area_km2"] = area.groupby(outlines["INSEE_COM"].map(today).to_numpy()).sum()
    return geography, communes, places


def read_world(official: Path) -> dict[str, pd.DataFrame]:
    """Tables of metropolitan France, on the communes of 2025."""
    folder = OfficialFolder(official)
    geography, communes, places = read_communes(folder, official)
    codes = geography.communes.index
    supply = read_supply(folder, geography, "insee_bpe", communes=list(codes))
    kept = supply["service"].isin(["gp", "health_centre"])
    places["population"] = last_known_population(places, read_population_history(folder))
    departements = sorted(geography.communes["departement_code"].unique())
    return {
        "communes": communes,
        "supply": supply.loc[kept],
        "apl": read_apl_gp(folder, geography),
        "apl_nurse": read_apl_nurse(folder, geography),
        "places": places,
        "demography": read_demography(folder, geography, departements),
    }


@dataclass
class World:
    """What every model reads: places of demand, sites, their distances, the official values."""

    communes: pd.DataFrame
    sites: pd.DataFrame
    demand: pd.DataFrame
    km: csr_array
    judged: pd.Index

    @property
    def origin(self) -> np.ndarray:
        return np.repeat(np.arange(len(self.demand)), np.diff(self.km.indptr))


def standardised(communes: pd.DataFrame) -> pd.Series:
    """Published standardised population; outside the fifteen departments, that of nurses stands in."""
    ratio = communes["std_nurse"] / communes["population"]
    true = communes["std"] / communes["population"]
    known = ratio.notna() & true.notna() & (communes["population"] > 50)
    fitted = np.polyval(np.polyfit(ratio[known], true[known], 2), ratio.fillna(1.0))
    return communes["std"].fillna(communes["population"] * np.clip(fitted, 0.5, 1.6))


def make_world(tables: dict[str, pd.DataFrame], *, former: bool = False) -> World:
    """Communes of the judged departments and those around, with their sites and distances."""
    communes = tables["communes"].copy()
    communes = communes[~communes["departement_code"].str.startswith(("97", "2A", "2B"))]
    apl = tables["apl"]
    every = apl[(apl["year"] == YEAR) & (apl["age_limit"] == "all")].set_index("commune_code")
    nurse = tables["apl_nurse"].query("year == @YEAR").set_index("commune_code")
    communes["apl"] = every["apl"]
    communes["std"] = every["standardised_population"]
    communes["std_nurse"] = nurse["standardised_population"]
    communes["std"] = standardised(communes)
    for service, rows in tables["supply"].query("year == 2021").groupby("service", observed=True):
        communes[service] = rows.set_index("commune_code")["count"]
    communes = communes.dropna(subset=["lon", "lat"])
    communes = communes.fillna({"gp": 0.0, "health_centre": 0.0, "std": 0.0, "area_km2": 15.0})
    communes["density_class"] = communes["density_class"].fillna(7.0)
    communes["persons"] = persons_per_place(communes, tables["demography"])
    judged = communes["apl"].notna().to_numpy()
    points = unit_vectors(communes["lon"], communes["lat"])
    from scipy.spatial import cKDTree

    near = chord_km(cKDTree(points[judged]).query(points)[0]) < AROUND_KM
    communes = communes.loc[near]
    sites = communes.loc[(communes["gp"] > 0) | (communes["health_centre"] > 0)]
    demand = (
        former_communes(communes, tables["places"])
        if former
        else communes.assign(home=communes.index, share=1.0)
    )
    return World(
        communes,
        sites,
        demand,
        pairs_within(demand, sites, REACH_KM),
        communes.index[communes["apl"].notna()],
    )


def persons_per_place(communes: pd.DataFrame, demography: pd.DataFrame) -> pd.Series:
    """Persons of the health insurance for one place of practice, by department."""
    rows = demography.loc[
        (demography["area_level"] == "departement")
        & (demography["profession_label"] == PERSONS)
        & (demography["age_band"] == "all")
        & (demography["sex"] == "all")
    ]
    persons = rows.set_index("area_code")["count"].astype(float)
    ratio = persons / communes.groupby("departement_code")["gp"].sum()
    return communes["departement_code"].map(ratio).fillna(ratio.median())


def former_communes(communes: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Former communes as places of demand, where their last populations are known."""
    rows = places.loc[places["commune_code"].isin(communes.index) & places["population"].notna()]
    rows = rows.dropna(subset=["lon", "lat"])
    several = rows.groupby("commune_code")["place_code"].transform("size") > 1
    rows = rows.loc[several]
    total = rows.groupby("commune_code")["population"].transform("sum")
    rows = rows.loc[total > 0]
    number = rows.groupby("commune_code")["place_code"].transform("size")
    own = communes.loc[rows["commune_code"]]
    split = pd.DataFrame(
        {
            "lon": rows["lon"].to_numpy(),
            "lat": rows["lat"].to_numpy(),
            "home": rows["commune_code"].to_numpy(),
            "share": (rows["population"] / total).to_numpy(dtype=float),
            "density_class": own["density_class"].to_numpy(),
            "area_km2": own["area_km2"].to_numpy() / number.to_numpy(),
            "std": own["std"].to_numpy() * (rows["population"] / total).to_numpy(dtype=float),
        },
        index=rows["place_code"].to_numpy(),
    )
    whole = communes.loc[~communes.index.isin(split["home"])]
    return pd.concat([whole.assign(home=whole.index, share=1.0), split[split.columns]])


# -- models ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Model:
    """One way of computing access; ``free`` parameters are fitted, the others stay."""

    name: str
    free: tuple[str, ...] = ()
    kind: str = "minutes"
    values: dict[str, float] = field(default_factory=dict)

    def with_values(self, names: Sequence[str], values: Sequence[float]) -> Model:
        return replace(self, values={**self.values, **dict(zip(names, values, strict=True))})


START = {
    "sigma": 6.0,
    "middle": 13.0,
    "scale": 2.75,
    "urban": 47.0,
    "town": 47.0,
    "local": 47.0,
    "main": 47.0,
    "local_km": 9.5,
    "own": 0.0,
    "persons": 0.0,
    "health_centre": 0.0,
    "rural_activity": 0.0,
}
WIDTH = {
    "sigma": 1.5,
    "middle": 3.0,
    "scale": 1.0,
    "urban": 8.0,
    "town": 8.0,
    "health_centre": 0.5,
    "rural_activity": 0.2,
}
LOWEST = {
    "sigma": 1.0,
    "middle": 0.5,
    "scale": 0.3,
    "urban": 10.0,
    "town": 10.0,
    "health_centre": 0.0,
}
STEPS = Steps({10: 1.0, 15: 2 / 3, 20: 1 / 3})


def decay_of(model: Model, p: dict[str, float]) -> Decay:
    if model.kind == "gaussian":
        return lambda km: np.exp(-0.5 * np.square(km / p["sigma"]))  # type: ignore[return-value]
    return STEPS if model.kind == "steps" else Logistic(p["middle"], p["scale"], LIMIT)


def access(world: World, model: Model) -> pd.Series:
    """Access of the communes by one model."""
    p = {**START, **model.values}
    km, origin = world.km.data, world.origin
    places, sites = world.demand, world.sites
    if model.kind == "gaussian":
        minutes = km
    else:
        speed = dict.fromkeys(URBAN, p["urban"]) | dict.fromkeys(TOWN, p["town"])
        travel = TravelModel(
            speed_kmh=speed,
            default_kmh=p["local"],
            main_road_kmh=p["main"],
            local_km=p["local_km"],
            least_minutes=0.0,
        )
        minutes = travel.minutes_at(km, travel.local_kmh(places["density_class"])[origin])
        if p["own"]:
            home = sites.index.get_indexer(pd.Index(places["home"]))
            at_home = (home[origin] == world.km.indices) & (km < 1e-6)
            inside = travel.own_minutes(places["area_km2"], places["density_class"])
            minutes[at_home] = inside[origin[at_home]]
    decay = decay_of(model, p)
    weights = decay(minutes)
    supply = sites["gp"] * (sites["persons"] ** p["persons"])
    supply = supply + p["health_centre"] * sites["health_centre"]
    supply = supply * np.exp(p["rural_activity"] * (sites["density_class"] - 4) / 3)
    table = pd.DataFrame(
        {
            "origin": pd.Categorical.from_codes(origin, categories=places.index),
            "destination": pd.Categorical.from_codes(world.km.indices, categories=sites.index),
            "minutes": minutes,
        }
    )
    made = floating_catchment(places["std"], supply, table, decay=_Given(minutes, weights)).access
    by_commune = (made * places["share"]).groupby(places["home"].to_numpy()).sum()
    return by_commune.reindex(world.communes.index)


class _Given:
    """A decay already worked out for these very minutes, block after block."""

    limit = np.inf

    def __init__(self, minutes: np.ndarray, weights: np.ndarray) -> None:
        self._weights, self._at = weights, 0

    def __call__(self, minutes: np.ndarray) -> np.ndarray:
        block = self._weights[self._at : self._at + len(minutes)]
        self._at += len(minutes)
        return block


def score(world: World, made: pd.Series, kept: pd.Index) -> tuple[float, float]:
    """Rank correlations over intercommunalities and over communes."""
    communes = world.communes.loc[kept]
    zones = communes["epci_siren"].dropna()
    args = made.loc[kept], communes["apl"], communes["std"]
    return agreement(*args, zones), agreement(*args)


def fitted(world: World, model: Model, kept: pd.Index) -> Model:
    """The model with its free parameters at their best on some communes (simplex search)."""
    if not model.free:
        return model
    start = np.array([{**START, **model.values}[name] for name in model.free])
    width = np.array([WIDTH[name] for name in model.free])
    floor = np.array([LOWEST.get(name, -np.inf) for name in model.free])

    def loss(x: np.ndarray) -> float:
        tried = model.with_values(model.free, np.maximum(start + x * width, floor))
        return -sum(score(world, access(world, tried), kept))

    simplex = np.vstack([np.zeros(len(start)), 0.7 * np.eye(len(start))])
    found = minimize(
        loss,
        np.zeros(len(start)),
        method="Nelder-Mead",
        options={
            "initial_simplex": simplex,
            "maxfev": 25 * (len(start) + 1),
            "xatol": 0.02,
            "fatol": 2e-4,
        },
    )
    return model.with_values(model.free, np.maximum(start + found.x * width, floor))


def crossed(world: World, model: Model) -> tuple[tuple[float, float], list[Model]]:
    """Agreement of predictions made for each department by parameters fitted on the others."""
    judged = world.communes.loc[world.judged]
    parts, models = [], []
    for _, own in judged.groupby("departement_code"):
        others = judged.index.difference(own.index)
        best = fitted(world, model, others)
        models.append(best)
        parts.append(access(world, best).loc[own.index])
    made = pd.concat(parts).reindex(world.communes.index)
    return score(world, made, world.judged), models


LADDER: tuple[Model, ...] = (
    Model("straight lines, one Gaussian of 6 km", kind="gaussian"),
    Model("the same, its width fitted", ("sigma",), "gaussian"),
    Model("minutes at one speed, regular steps 10/15/20", kind="steps"),
    Model("minutes at one speed, smooth decay fitted", ("middle", "scale")),
    Model("+ slower in towns", ("middle", "scale", "urban"), values={"urban": 40.0}),
    Model("+ main roads beyond 9,5 km", ("middle", "scale", "urban"), values={"urban": 40.0, "main": 66.0}),
    Model("+ own-commune time from its area", ("middle", "scale", "urban"), values={"urban": 40.0, "main": 66.0, "own": 1.0}),
    Model("+ persons of the health insurance by department", ("middle", "scale", "urban"), values={"urban": 40.0, "main": 66.0, "own": 1.0, "persons": 1.0}),
    Model("+ small towns at a speed of their own", ("middle", "scale", "urban", "town"), values={"urban": 40.0, "main": 66.0, "own": 1.0, "persons": 1.0}),
    Model("+ salaried supply of health centres", ("middle", "scale", "urban", "health_centre"), values={"urban": 40.0, "main": 66.0, "own": 1.0, "persons": 1.0}),
    Model("+ activity by type of area", ("middle", "scale", "urban", "rural_activity"), values={"urban": 40.0, "main": 66.0, "own": 1.0, "persons": 1.0}),
)  # fmt: skip
SHIPPED_VALUES = {"urban": 40.0, "main": 66.0, "own": 1.0, "persons": 1.0}


def shipped() -> Model:
    """The parameters that the package ships with, nothing fitted."""
    decay = apl_version("calibree").decay
    assert isinstance(decay, Logistic)
    return Model(
        "as shipped (calibree), nothing fitted here",
        values={**SHIPPED_VALUES, "middle": decay.middle, "scale": decay.scale},
    )


def ceiling(world: World) -> tuple[float, float]:
    """Agreement if every site had the supply that suits best: what our times alone cannot tell.

    Supply per inhabitant of each site and weight of each band of time are both free, so that this
    is far above what any honest supply can reach.
    """
    p = {**START, **SHIPPED_VALUES}
    travel = TravelModel(speed_kmh=dict.fromkeys(URBAN, p["urban"]))
    kept = world.communes.index.isin(world.judged)
    origin = world.origin
    inside = kept[origin] & (world.km.data < 26)
    minutes = travel.minutes_at(
        world.km.data, travel.local_kmh(world.demand["density_class"])[origin]
    )
    number = np.cumsum(kept) - 1
    row, site, t = number[origin[inside]], world.km.indices[inside], minutes[inside]
    target = world.communes.loc[kept, "apl"].to_numpy()
    band = np.digitize(t, np.arange(2.0, 28.0, 1.0))
    weight = 1 / (1 + np.exp((np.arange(27) + 1.5 - p["middle"]) / p["scale"]))
    ratio = np.full(len(world.sites), 0.3)
    for _ in range(12):
        matrix = csr_array((weight[band], (row, site)), shape=(len(target), len(ratio)))
        ratio = _non_negative(matrix, target, ratio)
        by_band = np.column_stack(
            [np.bincount(row[band == k], ratio[site[band == k]], len(target)) for k in range(27)]
        )
        weight, _ = nnls(by_band, target)
        ratio, weight = ratio * max(weight.max(), 1e-9), weight / max(weight.max(), 1e-9)
    made = pd.Series(np.nan, index=world.communes.index)
    made.loc[world.judged] = (
        by_band @ weight * 1.0
        if weight.max() == 0
        else csr_array((weight[band], (row, site)), shape=(len(target), len(ratio))) @ ratio
    )
    return score(world, made, world.judged)


def _non_negative(matrix: csr_array, target: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Accelerated projected gradient for non-negative least squares."""
    square = matrix.T @ matrix
    lipschitz = float(abs(square).sum(axis=0).max()) + 1e-3
    x, y, t = start.copy(), start.copy(), 1.0
    for _ in range(150):
        gradient = matrix.T @ (matrix @ y - target) + 1e-3 * y
        new = np.maximum(y - gradient / lipschitz, 0.0)
        step = (1 + np.sqrt(1 + 4 * t * t)) / 2
        y, x, t = new + (t - 1) / step * (new - x), new, step
    return x


def main() -> None:
    """Print the ladder of models, cross-validated, and what limits them."""
    parser = argparse.ArgumentParser(description=__doc__)
    usual = os.environ.get("DEMOMED_OFFICIAL", ROOT.parent / "shared" / "data")
    parser.add_argument("--official", type=Path, default=Path(usual))
    parser.add_argument(
        "--cache", type=Path, default=ROOT / "data" / "interim" / "apl_agreement.pickle"
    )
    parser.add_argument(
        "--shipped", action="store_true", help="what is shipped only, nothing fitted"
    )
    options = parser.parse_args()
    if options.cache.exists():
        tables = pickle.loads(options.cache.read_bytes())
    else:
        tables = read_world(options.official)
        options.cache.write_bytes(pickle.dumps(tables))
    world = make_world(tables)
    communes = world.communes.loc[world.judged]
    print(
        f"{len(communes)} communes of {communes['departement_code'].nunique()} departments, "
        f"{communes['epci_siren'].nunique()} intercommunalities, {len(world.km.data):,} pairs; APL {YEAR}"
    )
    print(f"{'':52s} EPCI  communes")

    def line(name: str, pair: tuple[float, float], note: str = "") -> None:
        print(f"{name:52s} {pair[0]:.3f}  {pair[1]:.3f}   {note}", flush=True)

    density = communes["gp"] / communes["population"].where(communes["population"] > 0)
    line(
        "raw density (commune; EPCI mean)",
        score(world, density.reindex(world.communes.index), world.judged),
    )
    for model in () if options.shipped else LADDER:
        start = time.process_time()
        pair, models = crossed(world, model)
        line(model.name, pair, told(models) + f" [{time.process_time() - start:.0f} s]")
    if not options.shipped:
        split = make_world(tables, former=True)
        line(
            "+ former communes as places of demand",
            crossed(split, LADDER[7])[0],
            f"{(split.demand['share'] < 1).sum()} of them have a known population",
        )
    start = time.process_time()
    made = score(world, access(world, shipped()), world.judged)
    said = f"agreement with the official APL {made[0]:.3f} over EPCI, {made[1]:.3f} over communes"
    record(Measure("access as shipped, 15 departments", time.process_time() - start, note=said))
    line(shipped().name, made)
    print(f"  within each department alone: {inside(world, access(world, shipped()))}")
    if not options.shipped:
        line("ceiling: any supply at every site (fitted, not judged)", ceiling(world))
    apl = (
        tables["apl"].query("year == 2023 and age_limit == 'all'").set_index("commune_code")["apl"]
    )
    line(
        "the official APL of the year after",
        score(world, apl.reindex(world.communes.index), world.judged),
    )


def inside(world: World, made: pd.Series) -> str:
    """Agreement within each department, over its intercommunalities and over its communes."""
    judged = world.communes.loc[world.judged]
    pairs = {
        code: score(world, made, own.index) for code, own in judged.groupby("departement_code")
    }
    mean = np.mean(list(pairs.values()), axis=0)
    each = ", ".join(f"{code} {epci:.2f}/{commune:.2f}" for code, (epci, commune) in pairs.items())
    return f"mean {mean[0]:.2f}/{mean[1]:.2f} ({each})"


def told(models: Sequence[Model]) -> str:
    """Range of each fitted parameter over the folds."""
    if not models[0].free:
        return ""
    values = pd.DataFrame([m.values for m in models])[list(models[0].free)]
    return ", ".join(f"{c} {values[c].min():.1f}–{values[c].max():.1f}" for c in values)


if __name__ == "__main__":
    main()
