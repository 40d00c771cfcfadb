"""Builds the reference bundle: reads every official file, brings all to one geography, writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from demomed.core.faults import Fault, InputError, Report, closest
from demomed.core.schemas import BUNDLE, COUNTED_WHOLE, validate
from demomed.ingestion import boundaries
from demomed.ingestion.apl import read_apl_gp, read_apl_nurse
from demomed.ingestion.boundaries import (
    LAMBERT_93,
    Outlines,
    area_km2,
    dissolve,
    simplify,
)
from demomed.ingestion.bundle import GEOGRAPHIC, Bundle
from demomed.ingestion.communes import Geography, read_epci_membership, read_geography
from demomed.ingestion.demography import read_demography
from demomed.ingestion.density_grid import read_density_grid
from demomed.ingestion.emergency import read_emergency
from demomed.ingestion.epci import epci_table
from demomed.ingestion.establishments import read_hospitals
from demomed.ingestion.example import example_table
from demomed.ingestion.income import read_income_communes, read_income_epci
from demomed.ingestion.nearby import within_m
from demomed.ingestion.official import OfficialFolder
from demomed.ingestion.places import read_places, seats
from demomed.ingestion.plans import read_plans
from demomed.ingestion.population import (
    last_known_population,
    read_population,
    read_population_history,
)
from demomed.ingestion.supply import read_supply
from demomed.ingestion.writing import SOURCES_OF, Parts, latest_date
from demomed.ingestion.zoning import read_zoning_gp, read_zoning_nurse

TOLERANCE_M = 100.0
Progress = Callable[[str], None]


def assemble(
    official: Path,
    *,
    departments: tuple[str, ...] | None,
    radius_km: float,
    progress: Progress | None = None,
) -> Parts:
    """Read everything and make the tables, checked against their contracts.

    See :func:`demomed.ingestion.bundle.build_bundle` for the parameters. Tables of the whole
    country that break a contract are not refused: the departments concerned are, one by one.
    """
    step: Progress = progress or (lambda _: None)
    if not official.is_dir():
        raise InputError(
            Fault(
                official.name,
                "dossier introuvable",
                "le dossier des fichiers officiels",
                "vérifier le chemin",
            )
        )
    folder = OfficialFolder(official)
    step("Communes et codes officiels")
    geography = read_geography(folder)
    core = _known(departments, geography)
    step("Contours")
    ground = _survey(folder, geography, core, radius_km, step)
    tables = _tables(folder, ground, step)
    step("Contrôles")
    faults = tuple(_faults(tables))
    if faults and departments is not None:
        raise InputError(faults)
    step("Assemblage du lot de données")
    return Parts(tables, folder, core, radius_km, is_checked=not faults)


def _survey(
    folder: OfficialFolder,
    geography: Geography,
    core: tuple[str, ...],
    radius_km: float,
    step: Progress,
) -> _Ground:
    """Communes to hold, their EPCI, points and outlines."""
    membership = read_epci_membership(folder, geography)
    outlines = Outlines(folder, geography)
    places = read_places(folder, geography)
    present = _present(core, radius_km, geography, membership, outlines, places)
    full = outlines.communes(sorted(set(geography.communes["departement_code"][present])))
    step("Simplification des contours")
    simple = simplify(full, TOLERANCE_M)
    return _Ground(geography, membership, places, full, simple, present, core)


def _tables(folder: OfficialFolder, ground: _Ground, step: Progress) -> dict[str, pd.DataFrame]:
    """Every table of the bundle, in the order of the contracts."""
    geography, present = ground.geography, ground.present
    step("Populations")
    population = read_population(folder, geography)
    history = read_population_history(folder)
    tables: dict[str, pd.DataFrame] = {}
    step("Zonages, distances, revenus")
    tables["communes"] = _communes_table(folder, ground, population)
    whole_supply = pd.concat(
        [read_supply(folder, geography, source_id) for source_id in SOURCES_OF["supply"]]
    )
    tables["departements"] = _departements_table(ground, population, whole_supply)
    tables["epci"] = epci_table(
        ground.membership,
        geography.communes,
        population,
        read_income_epci(folder),
        present=present,
        core=list(ground.core),
    )
    step("Offre de soins")
    held = whole_supply["commune_code"].isin(present)
    tables["supply"] = whole_supply.loc[held].sort_values(
        ["service", "year", "commune_code"], ignore_index=True
    )
    step("Accessibilité potentielle localisée")
    apl = pd.concat([read_apl_gp(folder, geography), read_apl_nurse(folder, geography)])
    tables["apl"] = apl[apl["commune_code"].isin(present)].sort_values(
        ["service", "year", "age_limit", "commune_code"], ignore_index=True
    )
    step("Démographie des professionnels")
    tables["demography"] = read_demography(folder, geography, ground.around)
    step("Plans d'action, établissements")
    tables["plans"] = read_plans(folder, ground.core)
    drawn = ground.simple.loc[ground.simple.index.intersection(present)]
    tables["hospitals"] = read_hospitals(folder, drawn)
    step("Anciennes communes")
    tables["places"] = _places_table(ground.places, present, history)
    tables["codes"] = geography.codes
    step("Registre d'exemple")
    tables["practitioners"] = example_table(
        tables["communes"],
        tables["supply"],
        tables["apl"],
        tables["demography"],
        ground.core,
        reference_date=date.fromisoformat(latest_date(folder)),
    )
    return tables


def _known(departments: tuple[str, ...] | None, geography: Geography) -> tuple[str, ...]:
    metropolitan = [code for code in geography.departements.index if len(code) == 2]
    if departments is None:
        return tuple(sorted(metropolitan))
    unknown = [code for code in departments if code not in metropolitan]
    if unknown or not departments:
        raise InputError(
            [
                Fault(
                    "départements demandés",
                    f"« {code} »",
                    "le code d'un département de métropole",
                    closest(code, metropolitan),
                )
                for code in unknown
            ]
            or Fault("départements demandés", "aucun", "au moins un code", "par exemple 53")
        )
    return tuple(sorted(set(departments)))


def _present(
    core: tuple[str, ...],
    radius_km: float,
    geography: Geography,
    membership: pd.DataFrame,
    outlines: Outlines,
    places: pd.DataFrame,
) -> pd.Index:
    """Communes of the bundle: the departments, their EPCI entire, and the ring around both."""
    inside = geography.communes["departement_code"].isin(core)
    own = geography.communes.index[inside]
    sirens = membership["epci_siren"].reindex(own).dropna().unique()
    partners = membership.index[membership["epci_siren"].isin(sirens)]
    if set(geography.communes["departement_code"]) <= {*core, *overseas(geography)}:
        return own.union(partners).sort_values()
    border = shapely.union_all(outlines.communes(list(core), quiet=True).geometry.to_numpy())
    shapely.prepare(border)
    points = seats(places)
    located = gpd.GeoSeries.from_xy(points["lon"], points["lat"], crs="EPSG:4326").to_crs(
        LAMBERT_93
    )
    abroad = located.to_numpy()[points.index.isin(partners.difference(own))]
    close = shapely.dwithin(located.to_numpy(), border, radius_km * 1000)
    near = points.index[close | within_m(located.to_numpy(), abroad, radius_km * 1000)]
    near = near[~near.str.match(r"9[78]")]
    return own.union(partners).union(near).sort_values()


def overseas(geography: Geography) -> set[str]:
    """Codes of the departments of which no outline is drawn at its place."""
    return {code for code in geography.communes["departement_code"] if len(code) > 2}


@dataclass(frozen=True)
class _Ground:
    """What is known of the territory before the figures come."""

    geography: Geography
    membership: pd.DataFrame
    places: pd.DataFrame
    outlines: gpd.GeoDataFrame
    simple: gpd.GeoDataFrame
    present: pd.Index
    core: tuple[str, ...]

    @property
    def around(self) -> list[str]:
        """Departments that have a commune in the bundle."""
        return sorted(set(self.geography.communes["departement_code"][self.present]))


def _communes_table(
    folder: OfficialFolder, ground: _Ground, population: pd.Series
) -> gpd.GeoDataFrame:
    table = ground.geography.communes.loc[ground.present]
    points = seats(ground.places, ground.outlines)
    zoned = read_zoning_gp(folder, ground.geography, ground.places)
    columns = [
        ground.membership["epci_siren"],
        population,
        area_km2(ground.outlines),
        points[["lon", "lat"]],
        read_density_grid(folder, ground.geography),
        read_income_communes(folder, ground.geography),
        zoned["zoning_gp"],
        read_zoning_nurse(folder, ground.geography),
        read_emergency(folder, ground.geography),
        zoned["postcodes"],
    ]
    for column in columns:
        table = table.join(column)
    table["is_core"] = table["departement_code"].isin(ground.core)
    for code, name in table.loc[table["lon"].isna(), "commune_name"].items():
        folder.notices.append(f"commune {code} {name} : pas de chef-lieu publié, position inconnue")
    table = table.join(ground.simple.geometry).reset_index()
    for column in ("zoning_gp", "emergency_km", "median_income"):
        lacking = table.loc[table["is_core"] & table[column].isna(), "departement_code"]
        for code, count in lacking.value_counts().sort_index().items():
            folder.notices.append(
                f"{LABELS[column]}, communes sans valeur dans le {code} : {count}"
            )
    return gpd.GeoDataFrame(table, geometry="geometry", crs=ground.simple.crs)


LABELS = {
    "zoning_gp": "zonage des médecins",
    "emergency_km": "distance aux urgences",
    "median_income": "revenu médian",
}


def _departements_table(
    ground: _Ground, population: pd.Series, supply: pd.DataFrame
) -> gpd.GeoDataFrame:
    zones = ground.geography.communes["departement_code"]
    around = ground.around
    table = ground.geography.departements.loc[around].copy()
    table["is_core"] = table.index.isin(ground.core)
    table["population"] = population.groupby(zones.reindex(population.index)).sum().reindex(around)
    for service in COUNTED_WHOLE:
        rows = supply.loc[supply["service"] == service]
        rows = rows.loc[rows["year"] == rows["year"].max()]
        counted = rows.groupby(rows["commune_code"].map(zones))["count"].sum()
        table[f"count_{service}"] = counted.reindex(around).astype(float)
    table["geometry"] = dissolve(ground.simple, zones).reindex(around)
    columns = [
        "departement_name",
        "region_code",
        "region_name",
        "is_core",
        "population",
        *(f"count_{service}" for service in COUNTED_WHOLE),
        "geometry",
    ]
    return gpd.GeoDataFrame(
        table[columns].reset_index(), geometry="geometry", crs=ground.simple.crs
    )


def _places_table(places: pd.DataFrame, present: pd.Index, history: pd.DataFrame) -> pd.DataFrame:
    kept = places[places["commune_code"].isin(present)].reset_index(drop=True)
    seat = set(seats(kept)["place_code"])
    kept["population"] = last_known_population(kept, history)
    kept["is_seat"] = kept["place_code"].isin(seat)
    columns = ["place_code", "place_name", "commune_code", "lon", "lat", "population", "is_seat"]
    return kept[columns]


def _faults(tables: Mapping[str, pd.DataFrame]) -> Iterator[Fault]:
    """What breaks the contracts of the tables, and the shared borders of the outlines."""
    for name, schema in BUNDLE.items():
        report = Report(f"table « {name} »")
        validate(pd.DataFrame(tables[name]), schema, report)
        yield from report.faults
    for name in GEOGRAPHIC:
        outlined = tables[name][tables[name].geometry.notna()]
        yield from boundaries.coverage_faults(outlined.set_index(outlined.columns[0]))


def faults_of(bundle: Bundle) -> tuple[Fault, ...]:
    """What breaks the contracts of a bundle that was not checked as a whole."""
    return tuple(_faults({name: getattr(bundle, name) for name in BUNDLE}))
