"""Travel times of a department and its surroundings: computed once, kept, found again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from demomed import __version__
from demomed.analysis.around import SURROUNDINGS_KM, communes_around
from demomed.analysis.demand import demand_of
from demomed.analysis.routing import road_times
from demomed.analysis.travel import (
    TravelModel,
    travel_times,
)
from demomed.core.catalogue import entry
from demomed.core.faults import Report
from demomed.core.source import Source
from demomed.core.territory import Territory
from demomed.core.travel import TravelNature, TravelTable
from demomed.ingestion.osm import read_network
from demomed.ingestion.travel_files import (
    file_mark,
    read_travel_table,
    travel_key,
    write_travel_table,
)

CACHE = Path("data/interim/travel")
LIMIT_MIN = 60.0
LARGEST_KM = 200.0
ROUNDING = 2
"""Decimals of the minutes kept."""


@dataclass(frozen=True)
class TravelBuild:
    """What :func:`build_travel` made or found.

    Parameters
    ----------
    path
        File of the table, for ``--travel``.
    table
        The times.
    origins, destinations
        Number of places of demand and of communes.
    is_cached
        Whether the table was there already.
    """

    path: Path
    table: TravelTable
    origins: int
    destinations: int
    is_cached: bool


def build_travel(
    territory: Territory,
    *,
    osm: Path | None = None,
    limit_min: float = LIMIT_MIN,
    surroundings_km: float = SURROUNDINGS_KM,
    out: Path | None = None,
    cache: Path = CACHE,
    progress: Callable[[str], None] = lambda _: None,
) -> TravelBuild:
    """Compute, or find again, the times from the places of a department to the communes around.

    Parameters
    ----------
    territory
        The department with its surroundings.
    osm
        Extract of OpenStreetMap; without it times are estimated from straight lines.
    limit_min
        Longest trip kept, in minutes.
    surroundings_km
        Width of the ring of communes around the department, in kilometres.
    out
        Where to copy the table besides the cache.
    cache
        Where tables are kept, under a key made of all they depend on.
    progress
        Called with a French line at each step.

    Raises
    ------
    InputError
        Parameters out of bounds, an extract that cannot be used, or no reader for it.
    """
    _check(limit_min, surroundings_km)
    origins, destinations = places_around(territory, surroundings_km)
    nature: TravelNature = "estimated" if osm is None else "routed"
    parameters = _parameters(territory, osm, limit_min, surroundings_km)
    key = travel_key(parameters, {"origins": origins, "destinations": destinations})
    path = cache / f"{territory.department.code.lower()}-{key}.parquet"
    is_cached = path.is_file()
    notices: tuple[str, ...] = ()
    if not is_cached:
        if osm is None:
            progress("Temps estimés à vol d'oiseau")
            pairs = travel_times(origins, destinations, limit_min, TravelModel())
        else:
            pairs, notices = _routed(osm, origins, destinations, limit_min, progress)
        progress("Écriture de la table")
        source = _source(nature, territory, parameters)
        table = TravelTable(_plain(pairs), nature, limit_min, source, notices)
        write_travel_table(table, path, parameters)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        aside = out.with_name(out.name + ".partial")
        shutil.copyfile(path, aside)
        aside.replace(out)
    made = read_travel_table(path, as_of=_date(territory))
    return TravelBuild(out or path, made, len(origins), len(destinations), is_cached)


def places_around(
    territory: Territory, surroundings_km: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Places of demand and communes of a department and of a ring around it."""
    near = territory.communes.loc[communes_around(territory, surroundings_km)]
    demand = demand_of(territory)
    columns = ["lon", "lat"]
    return demand.loc[demand["home"].isin(near.index)], pd.DataFrame(near[columns])


def _routed(
    osm: Path,
    origins: pd.DataFrame,
    destinations: pd.DataFrame,
    limit_min: float,
    progress: Callable[[str], None],
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    progress("Lecture du réseau routier")
    network = read_network(osm)
    told = -1

    def tell(done: int, total: int) -> None:
        nonlocal told
        tenth = 10 * done // total
        if tenth > told:
            told = tenth
            progress(f"Trajets : {done} lieux sur {total}")

    return road_times(network, origins, destinations, limit_min, progress=tell)


def _plain(pairs: pd.DataFrame) -> pd.DataFrame:
    return pairs.assign(
        origin=pairs["origin"].astype(object),
        destination=pairs["destination"].astype(object),
        minutes=pairs["minutes"].round(ROUNDING),
    )


def _parameters(
    territory: Territory, osm: Path | None, limit_min: float, surroundings_km: float
) -> Mapping[str, Any]:
    roads: Mapping[str, Any] = (
        {"model": asdict(TravelModel())}
        if osm is None
        else {"extract": file_mark(osm), "roads": entry("layouts", "roads")}
    )
    return {
        "version": __version__,
        "department": territory.department.code,
        "limit_min": float(limit_min),
        "surroundings_km": float(surroundings_km),
        **roads,
    }


def _source(nature: TravelNature, territory: Territory, parameters: Mapping[str, Any]) -> Source:
    declared = entry("registers", f"travel_{nature}")
    mark = str(parameters.get("extract", ""))[:8]
    vintage = declared["vintage"].format(mark=mark, limit=f"{parameters['limit_min']:g}")
    return Source(**{**declared, "vintage": vintage}, as_of=_date(territory).isoformat())


def _date(territory: Territory) -> date:
    return max(date.fromisoformat(s.as_of) for s in territory.sources.values() if s.as_of)


def _check(limit_min: float, surroundings_km: float) -> None:
    report = Report("temps de trajet")
    if not 0 < limit_min <= 24 * 60:
        report.fault(
            f"limite de {limit_min:g} minutes", "de 1 à 1440 minutes", "corriger « --limit »"
        )
    if not 0 <= surroundings_km <= LARGEST_KM:
        report.fault(
            f"voisinage de {surroundings_km:g} km",
            f"de 0 à {LARGEST_KM:g} km",
            "corriger « --surroundings »",
        )
    report.raise_if_faulty()
