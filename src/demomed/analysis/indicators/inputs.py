"""What the measures read in a Territory: populations, counts, sites, times, ages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from demomed.analysis.aggregate import zone_sum
from demomed.analysis.demand import by_commune, demand_of
from demomed.analysis.density import in_practice
from demomed.analysis.indicators.emergency import EMERGENCY, emergency_counts
from demomed.analysis.travel import TravelModel
from demomed.analysis.travel_sources import times_of
from demomed.core.territory import Territory
from demomed.core.travel import SOURCE_ID

STRUCTURE_FAMILIES: dict[str, str] = {"msp": "exercice_coordonne", "health_centre": "centre"}
"""Family of the mission's own list of structures that a service of the supply table stands for."""

LATEST_SUPPLY = "latest_supply"
TIMES = "times"
DEMAND = "demand"
REGISTER = "register_"


def population(territory: Territory) -> pd.Series:
    """Municipal population per commune held."""
    return territory.communes["population"].astype(float)


def latest_supply(supply: pd.DataFrame, services: Iterable[str]) -> pd.DataFrame:
    """Latest count of some services, one column each, index ``commune_code``.

    A commune absent from the source of a service is missing there, never zero; a service absent
    from the table is missing everywhere.
    """
    wanted = list(dict.fromkeys(services))
    rows = supply.loc[supply["service"].isin(wanted)]
    latest = rows.groupby("service", observed=True)["year"].transform("max")
    rows = rows.loc[rows["year"] == latest]
    wide = rows.pivot(index="commune_code", columns="service", values="count")
    wide.columns, wide.index = wide.columns.astype(object), wide.index.astype(object)
    return wide.reindex(columns=wanted).astype(float)


def counts(territory: Territory, service: str) -> pd.Series:
    """Count of a service per commune held, the mission's own structures replacing official ones.

    A list of the mission replaces the official counts inside the department, for the families it
    speaks of; outside, where the mission does not look, the larger of both counts is kept.
    """
    table = territory.extra.get(LATEST_SUPPLY)
    if table is None or service not in table:
        table = latest_supply(territory.supply, [service])
    official = table[service].reindex(territory.communes.index)
    if service == EMERGENCY:
        official = emergency_counts(territory.communes, official)
    own = own_structures(territory, service)
    if own is None:
        return official
    inside = territory.communes["departement_code"] == territory.department.code
    return own.where(inside, np.fmax(official, own.where(own > 0)))


def zone_counts(territory: Territory, service: str, zones: pd.Series) -> pd.Series:
    """Count of a service over the communes of each zone.

    A source that counts commune by commune lists every commune of its year. One that it does not
    list at all was split from another since, where it is counted: alone it is missing, among
    others it adds nothing. A commune that is listed without a count makes its zone missing.

    Parameters
    ----------
    territory
        A territory.
    service
        A service of the supply table.
    zones
        Zone of each commune that counts (index: commune).
    """
    number = counts(territory, service)
    absent = number.isna()
    if absent.any() and not absent.all():
        among = zones.groupby(zones).transform("size").reindex(number.index) > 1
        split = absent & ~number.index.isin(_listed(territory, service))
        number = number.mask(split & among, 0.0)
    return zone_sum(number, zones)


def _listed(territory: Territory, service: str) -> pd.Series:
    """Communes that the latest source of a service lists, for whichever service."""
    supply = territory.supply
    rows = supply.loc[supply["service"] == service]
    rows = rows.loc[rows["year"] == rows["year"].max()]
    same = supply["source_id"].isin(rows["source_id"].unique()) & supply["year"].isin(rows["year"])
    return supply.loc[same, "commune_code"]


def own_structures(territory: Territory, service: str) -> pd.Series | None:
    """Open structures of the mission's list per commune, or ``None`` if it does not speak of them."""
    family = STRUCTURE_FAMILIES.get(service)
    if territory.structures_kind != "user" or family is None:
        return None
    rows = territory.structures.loc[territory.structures["family"] == family]
    if rows.empty:
        return None
    opened = rows.loc[rows["status"] == "open", "commune_code"].value_counts()
    return opened.reindex(territory.communes.index, fill_value=0).astype(float)


def origin_of_counts(territory: Territory, service: str) -> dict[str, str]:
    """Nature and source when the counts are the mission's own; nothing otherwise."""
    if own_structures(territory, service) is None:
        return {}
    return {"nature": "register", "sources": "structures;insee_bpe"}


def sites(territory: Territory, service: str) -> pd.DataFrame:
    """Places where a service exists, in every commune held: ``commune_code, lon, lat``.

    Official counts are placed at the chef-lieu; the mission's structures where it says they are.
    """
    number = counts(territory, service)
    present = territory.communes.loc[number > 0, ["lon", "lat"]]
    places = present.rename_axis("commune_code").reset_index()
    if own_structures(territory, service) is None or "lon" not in territory.structures:
        return places
    family = STRUCTURE_FAMILIES[service]
    rows = territory.structures
    placed = rows.loc[
        (rows["family"] == family) & (rows["status"] == "open") & rows["lon"].notna(),
        ["commune_code", "lon", "lat"],
    ]
    elsewhere = places.loc[~places["commune_code"].isin(placed["commune_code"])]
    return pd.concat([elsewhere, placed], ignore_index=True).astype({"lon": float, "lat": float})


def demand(territory: Territory) -> pd.DataFrame:
    """Places of demand of every commune held (see :mod:`demomed.analysis.demand`)."""
    known = territory.extra.get(DEMAND)
    return demand_of(territory) if known is None else known


def place_times(
    territory: Territory, service: str, model: TravelModel | None = None
) -> pd.DataFrame:
    """Minutes to the nearest site per place of demand: ``minutes``, and ``low, high``.

    The bounds are those of the margin of estimated times; other times have none. All is missing
    when no commune held has the service: with no site known, the time is unknown rather than
    infinite.
    """
    known = territory.extra.get(TIMES)
    if model is None and known is not None and service in known.columns.get_level_values(0):
        return known[service]
    points, places = demand(territory), sites(territory, service)
    columns = ["minutes", "low", "high"]
    if places.empty:
        return pd.DataFrame(np.nan, index=points.index, columns=columns)
    source = times_of(territory, model)
    minutes = source.nearest(points, places)
    margin = (model or TravelModel()).margin if source.nature == "estimated" else np.nan
    return pd.DataFrame(
        {"minutes": minutes, "low": minutes * (1 - margin), "high": minutes * (1 + margin)}
    )


def told_times(territory: Territory, sources: Sequence[str]) -> dict[str, str]:
    """Sources of a figure that rests on travel times, and its nature where a table replaces them."""
    if territory.travel is None:
        return {"sources": ";".join(dict.fromkeys(sources))}
    told = ";".join(dict.fromkeys([*sources, SOURCE_ID]))
    return {"sources": told, "nature": territory.travel.nature}


def times(territory: Territory, service: str, model: TravelModel | None = None) -> pd.DataFrame:
    """Minutes to the nearest site per commune, means of its places of demand; see :func:`place_times`."""
    found, points = place_times(territory, service, model), demand(territory)
    return found.apply(by_commune, points=points, communes=territory.communes.index)


def apl(territory: Territory, service: str, age_limit: str = "all") -> pd.DataFrame:
    """Latest official APL per commune; where only one age limit is published, that one."""
    published = territory.apl.loc[territory.apl["service"] == service, "age_limit"].unique()
    limit = (
        age_limit
        if age_limit in published or age_limit != "all" or not len(published)
        else published[0]
    )
    return territory.apl_of(service, age_limit=limit).astype(float)


def register_of(territory: Territory, service: str) -> pd.DataFrame:
    """Rows of the register that are supply of a profession, one per practitioner × site."""
    known = territory.extra.get(REGISTER + service)
    return in_practice(territory.practitioners, service) if known is None else known


def register_rows(territory: Territory, service: str) -> pd.DataFrame:
    """Persons of the register who are supply of a profession, each at the main site."""
    rows = register_of(territory, service)
    return rows.loc[rows["is_main_site"].astype(bool)]


def is_registered(territory: Territory, service: str) -> bool:
    """Whether the register speaks of a profession at all; otherwise it is silent, not zero."""
    return bool((territory.practitioners["service"] == service).any())


def prepared(territory: Territory, services: Iterable[str], gates: Iterable[str]) -> Territory:
    """The territory with its latest counts and times worked out once for all measures.

    Codes become plain objects, which many small look-ups read faster than Arrow text.
    """
    communes = territory.communes.copy(deep=False)
    communes.index = communes.index.astype(object)
    for column in ("departement_code", "epci_siren"):
        communes[column] = communes[column].astype(object)
    wanted = list(dict.fromkeys(services))
    texts = {c: object for c in ("service", "commune_code", "mode") if c in territory.practitioners}
    register = territory.practitioners.astype(texts)
    groups = dict(list(register.groupby("service")))
    extra = {REGISTER + s: in_practice(groups.get(s, register.iloc[:0])) for s in wanted}
    once = replace(
        territory,
        communes=communes,
        practitioners=register,
        extra={**territory.extra, **extra, LATEST_SUPPLY: latest_supply(territory.supply, wanted)},
    )
    once = replace(once, extra={**once.extra, DEMAND: demand_of(once)})
    found = {gate: place_times(once, gate) for gate in dict.fromkeys(gates)}
    if not found:
        return once
    return replace(once, extra={**once.extra, TIMES: pd.concat(found, axis=1)})
