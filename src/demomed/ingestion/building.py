"""Builds the reference bundle: reads every official file, brings all to one geography, writes."""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from demomed.core.faults import Fault, InputError, Report, closest
from demomed.core.schemas import BUNDLE, validate
from demomed.ingestion import boundaries
from demomed.ingestion.apl import read_apl_gp, read_apl_nurse
from demomed.ingestion.boundaries import LAMBERT_93, Outlines, area_km2, dissolve, simplify
from demomed.ingestion.bundle import GEOGRAPHIC, MANIFEST, Manifest
from demomed.ingestion.communes import Geography, read_epci_membership, read_geography
from demomed.ingestion.demography import read_demography
from demomed.ingestion.density_grid import read_density_grid
from demomed.ingestion.emergency import read_emergency
from demomed.ingestion.epci import epci_table
from demomed.ingestion.establishments import read_hospitals
from demomed.ingestion.example import example_table
from demomed.ingestion.income import read_income_communes, read_income_epci
from demomed.ingestion.official import OfficialFolder
from demomed.ingestion.places import read_places, read_postcodes, seats
from demomed.ingestion.plans import read_plans
from demomed.ingestion.population import (
    last_known_population,
    read_population,
    read_population_history,
)
from demomed.ingestion.supply import read_supply
from demomed.ingestion.zoning import read_zoning_gp, read_zoning_nurse

TOLERANCE_M = 100.0
Progress = Callable[[str], None]

SOURCES_OF: Mapping[str, tuple[str, ...]] = {
    "communes": (
        "insee_cog",
        "insee_code_changes",
        "dgcl_epci",
        "ign_communes_2018",
        "ign_communes_2024",
        "ign_chefs_lieux",
        "insee_populations",
        "insee_density_grid",
        "insee_filosofi",
        "ars_zoning_gp",
        "cartosante_zoning_nurse",
        "cartosante_emergency",
        "laposte_postcodes",
    ),
    "departements": ("insee_cog", "ign_communes_2018", "ign_communes_2024", "insee_populations"),
    "epci": ("dgcl_epci", "insee_filosofi", "insee_populations"),
    "supply": ("insee_bpe", "insee_bpe_gp_2017"),
    "apl": ("drees_apl_gp", "drees_apl_nurse"),
    "demography": (
        "cnam_professionals",
        "drees_doctors",
        "drees_nurses_liberal",
        "drees_nurses_salaried",
    ),
    "plans": ("department_plans",),
    "hospitals": ("eurostat_hospitals",),
    "places": ("ign_chefs_lieux", "insee_populations_history"),
    "codes": ("insee_code_changes", "insee_cog"),
    "practitioners": ("insee_bpe", "drees_apl_gp", "drees_nurses_liberal"),
}


@dataclass(frozen=True)
class Parts:
    """Tables of a bundle before they are written, with the folder that was read."""

    tables: dict[str, pd.DataFrame]
    folder: OfficialFolder
    departments: tuple[str, ...]
    radius_km: float


def assemble(
    official: Path,
    *,
    departments: tuple[str, ...],
    radius_km: float,
    progress: Progress | None = None,
) -> Parts:
    """Read everything and make the tables, checked against their contracts.

    See :func:`demomed.ingestion.bundle.build_bundle` for the parameters.
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
    membership = read_epci_membership(folder, geography)
    step("Contours")
    outlines = Outlines(folder, geography)
    places = read_places(folder, geography)
    present = _present(core, radius_km, geography, membership, outlines, places)
    around = sorted(set(geography.communes["departement_code"][present]))
    full = outlines.communes(around)
    step("Simplification des contours")
    simple = simplify(full, TOLERANCE_M)
    step("Populations")
    population = read_population(folder, geography)
    tables: dict[str, pd.DataFrame] = {}
    tables["communes"] = _communes_table(
        folder, geography, membership, population, places, full, simple, present, core, step
    )
    tables["departements"] = _departements_table(geography, simple, population, around, core)
    tables["epci"] = epci_table(
        membership,
        geography.communes,
        population,
        read_income_epci(folder),
        present=present,
        core=list(core),
    )
    step("Offre de soins")
    supply = [
        read_supply(folder, geography, source_id, communes=present)
        for source_id in SOURCES_OF["supply"]
    ]
    tables["supply"] = pd.concat(supply).sort_values(
        ["service", "year", "commune_code"], ignore_index=True
    )
    step("Accessibilité potentielle localisée")
    apl = pd.concat([read_apl_gp(folder, geography), read_apl_nurse(folder, geography)])
    tables["apl"] = apl[apl["commune_code"].isin(present)].sort_values(
        ["service", "year", "age_limit", "commune_code"], ignore_index=True
    )
    step("Démographie des professionnels")
    tables["demography"] = read_demography(folder, geography, around)
    step("Plans d'action, établissements")
    tables["plans"] = read_plans(folder, core)
    tables["hospitals"] = read_hospitals(folder, simple.loc[simple.index.intersection(present)])
    step("Anciennes communes")
    tables["places"] = _places_table(places, present, read_population_history(folder))
    tables["codes"] = geography.codes
    step("Registre d'exemple")
    tables["practitioners"] = example_table(
        tables["communes"],
        tables["supply"],
        tables["apl"],
        tables["demography"],
        core,
        reference_date=date.fromisoformat(_latest(folder)),
    )
    step("Contrôles")
    _check(tables)
    step("Écriture")
    return Parts(tables, folder, core, radius_km)


def _known(departments: tuple[str, ...], geography: Geography) -> tuple[str, ...]:
    metropolitan = [code for code in geography.departements.index if len(code) == 2]
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
    """Communes of the bundle: the departments, their EPCI entire, and the ring around."""
    inside = geography.communes["departement_code"].isin(core)
    own = geography.communes.index[inside]
    sirens = membership["epci_siren"].reindex(own).dropna().unique()
    partners = membership.index[membership["epci_siren"].isin(sirens)]
    border = shapely.union_all(outlines.communes(list(core), quiet=True).geometry.to_numpy())
    shapely.prepare(border)
    points = seats(places)
    located = gpd.GeoSeries.from_xy(points["lon"], points["lat"], crs="EPSG:4326").to_crs(
        LAMBERT_93
    )
    near = points.index[shapely.dwithin(located.to_numpy(), border, radius_km * 1000)]
    near = near[~near.str.match(r"9[78]")]
    return own.union(partners).union(near).sort_values()


def _communes_table(
    folder: OfficialFolder,
    geography: Geography,
    membership: pd.DataFrame,
    population: pd.Series,
    places: pd.DataFrame,
    full: gpd.GeoDataFrame,
    simple: gpd.GeoDataFrame,
    present: pd.Index,
    core: tuple[str, ...],
    step: Progress,
) -> gpd.GeoDataFrame:
    step("Zonages, distances, revenus")
    table = geography.communes.loc[present]
    points = seats(places, full)
    columns = [
        membership["epci_siren"],
        population,
        area_km2(full),
        points[["lon", "lat"]],
        read_density_grid(folder, geography),
        read_income_communes(folder, geography),
        read_zoning_gp(folder, geography, places),
        read_zoning_nurse(folder, geography),
        read_emergency(folder, geography),
        read_postcodes(folder, geography),
    ]
    for column in columns:
        table = table.join(column)
    table["is_core"] = table["departement_code"].isin(core)
    for code, name in table.loc[table["lon"].isna(), "commune_name"].items():
        folder.notices.append(f"commune {code} {name} : pas de chef-lieu publié, position inconnue")
    table = table.join(simple.geometry).reset_index()
    for column in ("zoning_gp", "emergency_km", "median_income"):
        lacking = table.loc[table["is_core"] & table[column].isna(), "departement_code"]
        for code, count in lacking.value_counts().sort_index().items():
            folder.notices.append(
                f"{LABELS[column]}, communes sans valeur dans le {code} : {count}"
            )
    return gpd.GeoDataFrame(table, geometry="geometry", crs=simple.crs)


LABELS = {
    "zoning_gp": "zonage des médecins",
    "emergency_km": "distance aux urgences",
    "median_income": "revenu médian",
}


def _departements_table(
    geography: Geography,
    simple: gpd.GeoDataFrame,
    population: pd.Series,
    around: list[str],
    core: tuple[str, ...],
) -> gpd.GeoDataFrame:
    zones = geography.communes["departement_code"]
    table = geography.departements.loc[around].copy()
    table["is_core"] = table.index.isin(core)
    table["population"] = population.groupby(zones.reindex(population.index)).sum().reindex(around)
    table["geometry"] = dissolve(simple, zones).reindex(around)
    columns = [
        "departement_name",
        "region_code",
        "region_name",
        "is_core",
        "population",
        "geometry",
    ]
    return gpd.GeoDataFrame(table[columns].reset_index(), geometry="geometry", crs=simple.crs)


def _places_table(places: pd.DataFrame, present: pd.Index, history: pd.DataFrame) -> pd.DataFrame:
    kept = places[places["commune_code"].isin(present)].reset_index(drop=True)
    seat = set(seats(kept)["place_code"])
    kept["population"] = last_known_population(kept, history)
    kept["is_seat"] = kept["place_code"].isin(seat)
    columns = ["place_code", "place_name", "commune_code", "lon", "lat", "population", "is_seat"]
    return kept[columns]


def _check(tables: dict[str, pd.DataFrame]) -> None:
    faults: list[Fault] = []
    for name, schema in BUNDLE.items():
        report = Report(f"table « {name} »")
        validate(pd.DataFrame(tables[name]), schema, report)
        faults += report.faults
    if faults:
        raise InputError(faults)
    for name in GEOGRAPHIC:
        outlined = tables[name][tables[name].geometry.notna()]
        key = outlined.columns[0]
        boundaries.check_coverage(outlined.set_index(key))


def _parquet(table: pd.DataFrame) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain = pd.DataFrame(table)
    if "geometry" in plain:
        plain = plain.assign(geometry=shapely.to_wkb(table.geometry.to_numpy()))
    arrow = pa.Table.from_pandas(plain, preserve_index=False).replace_schema_metadata(None)
    arrow = arrow.cast(pa.schema([_portable(field) for field in arrow.schema]))
    target = io.BytesIO()
    pq.write_table(
        arrow,
        target,
        compression="zstd",
        compression_level=19,
        version="2.6",
        store_schema=False,
        write_statistics=False,
    )
    return target.getvalue()


def _portable(field: Any) -> Any:
    """Plain text and binary types, whatever the version of pandas."""
    import pyarrow as pa

    if pa.types.is_large_string(field.type):
        return pa.field(field.name, pa.string())
    return pa.field(field.name, field.type)


def write(parts: Parts, out: Path) -> Manifest:
    """Write the tables and their manifest, aside, then put the folder in place at once."""
    aside = out.with_name(out.name + ".partial")
    if aside.exists():
        shutil.rmtree(aside)
    aside.mkdir(parents=True)
    tables = {}
    for name, table in parts.tables.items():
        content = _parquet(table)
        (aside / f"{name}.parquet").write_bytes(content)
        tables[name] = {
            "file": f"{name}.parquet",
            "rows": len(table),
            "columns": list(table.columns),
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "sources": list(SOURCES_OF.get(name, ())),
        }
    manifest = _manifest(parts, tables)
    (aside / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
    _swap(aside, out)
    return manifest


def _swap(aside: Path, out: Path) -> None:
    """Put a finished folder in place of the former one; the former one returns if that fails."""
    if not out.exists():
        aside.rename(out)
        return
    former = out.with_name(out.name + ".former.partial")
    if former.exists():
        shutil.rmtree(former)
    out.rename(former)
    try:
        aside.rename(out)
    except OSError:
        former.rename(out)
        raise
    shutil.rmtree(former)


def _manifest(parts: Parts, tables: dict[str, Any]) -> Manifest:
    folder = parts.folder
    described = ("title", "producer", "page", "address", "licence", "rhythm", "field", "note")
    sources = {}
    for source_id, inputs in sorted(folder.used.items()):
        declaration = folder.declaration(source_id)
        sources[source_id] = {
            **{name: declaration[name] for name in described},
            "max_age_days": declaration.get("max_age_days"),
            "vintages": [
                {name: vintage[name] for name in ("vintage", "as_of", "status")}
                for vintage in declaration["vintages"]
            ],
            "inputs": [
                {"name": name, "sha256": file.sha256, "rows": folder.rows.get(name)}
                for name, file in sorted(inputs.items())
            ],
        }
    return Manifest(
        departments=parts.departments,
        radius_km=parts.radius_km,
        reference_date=_latest(folder),
        tables=tables,
        sources=sources,
        notices=tuple(dict.fromkeys(folder.notices)),
    )


def _latest(folder: OfficialFolder) -> str:
    """Most recent date that a source read describes, ISO."""
    return max(
        str(vintage["as_of"])
        for source_id in folder.used
        for vintage in folder.declaration(source_id)["vintages"]
    )
