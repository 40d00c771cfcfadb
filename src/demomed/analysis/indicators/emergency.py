"""Where the emergency services are, when two official sources do not agree."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from demomed.analysis.around import communes_around
from demomed.core.territory import Territory

EMERGENCY = "emergency"
OFFICIAL = "cartosante_emergency"
"""Source of the published distances."""


def emergency_counts(communes: pd.DataFrame, equipment: pd.Series) -> pd.Series:
    """Emergency services per commune: the published distances first, the equipment base elsewhere.

    Where a distance to the nearest service is published (CartoSanté), a commune at 0 has one and
    the others have none; elsewhere Insee's Base permanente des équipements is used.

    Parameters
    ----------
    communes
        Index ``commune_code``; ``emergency_km``, missing where nothing is published.
    equipment
        Services counted by the equipment base, index ``commune_code``.

    Returns
    -------
    Series
        Index of ``communes``; a service that both know of keeps its count.

    Examples
    --------
    >>> communes = pd.DataFrame({"emergency_km": [0.0, 23.0, None]}, index=["a", "b", "c"])
    >>> emergency_counts(communes, pd.Series({"a": 2.0, "b": 1.0, "c": 1.0})).tolist()
    [2.0, 0.0, 1.0]
    """
    km = communes["emergency_km"].astype(float)
    counted = equipment.reindex(communes.index).astype(float)
    agreed = counted.where(counted > 0, 1.0).where(km == 0, 0.0)
    return agreed.where(km.notna(), counted)


def emergency_sources(communes: pd.DataFrame) -> tuple[str, ...]:
    """The published distances as a source of the sites, where there are any."""
    return (OFFICIAL,) if communes["emergency_km"].notna().any() else ()


def _within_reach(territory: Territory) -> pd.Index:
    """Communes of the territory and of the ring around it."""
    return territory.members("epci").index.union(communes_around(territory))


def with_agreed_emergencies(territory: Territory) -> Territory:
    """The territory with its official emergency structures where its distances say, told in French.

    What is told is what lies in the territory or in the ring around it: farther, no figure changes.

    A list of the mission is left as it is. A place that only the distances know of is added at
    the chef-lieu; one that only the equipment base knows of is taken out.
    """
    if territory.structures_kind != "official":
        return territory
    communes, table = territory.communes, territory.structures
    is_emergency = table["kind"] == EMERGENCY
    drawn = table.loc[is_emergency].groupby("commune_code")["count"].sum().astype(float)
    before = drawn.reindex(communes.index, fill_value=0.0)
    after = emergency_counts(communes, before)
    closed, opened = (
        communes.index[(before > 0) & (after == 0)],
        communes.index[(before == 0) & (after > 0)],
    )
    if not len(closed) and not len(opened):
        return territory
    kept = table.loc[~(is_emergency & table["commune_code"].isin(closed))]
    if len(opened) and is_emergency.any():
        model = table.loc[is_emergency].iloc[[0] * len(opened)]
        added = model.assign(
            structure_id=[f"{EMERGENCY}-{code.lower()}" for code in opened],
            commune_code=opened.to_numpy(),
            lon=communes.loc[opened, "lon"].to_numpy(),
            lat=communes.loc[opened, "lat"].to_numpy(),
            count=1,
            source_id=OFFICIAL,
        )
        kept = pd.concat([kept, added.astype(table.dtypes.to_dict())])
    told = [
        f"service d'urgences de {communes.at[code, 'commune_name']} : {what}"
        for codes, what in (
            (closed, "dans la Base permanente des équipements mais non dans CartoSanté ; écarté"),
            (opened, "dans CartoSanté mais non dans la Base permanente des équipements ; retenu"),
        )
        for code in codes.intersection(_within_reach(territory))
    ]
    return replace(
        territory,
        structures=kept.reset_index(drop=True),
        notices=(*territory.notices, *told),
    )
