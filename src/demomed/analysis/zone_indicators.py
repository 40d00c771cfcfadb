"""Every indicator in zones other than the intercommunalities, behind the same gate."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from demomed.analysis import compute
from demomed.analysis.rezoning import rezoned
from demomed.core.disclosure import protect
from demomed.core.groups import touching
from demomed.core.indicator import Indicators, PublicIndicators
from demomed.core.territory import LEVELS, Territory
from demomed.core.zoning import Zoning


def zone_values(territory: Territory, zoning: Zoning) -> Indicators:
    """Every indicator in the zones of a kind: internal, not protected.

    Parameters
    ----------
    territory
        The department and its surroundings.
    zoning
        Zones; those that lie entirely outside the department are left out.

    Returns
    -------
    Indicators
        As :func:`demomed.analysis.compute` gives them, the level being the kind of the zones.
    """
    values = compute(rezoned(territory, zoning), level="epci").table
    return Indicators(values.assign(level=zoning.kind))


def zone_indicators(
    territory: Territory,
    zonings: Sequence[Zoning],
    published: PublicIndicators,
    *,
    told: PublicIndicators | None = None,
) -> PublicIndicators:
    """Every indicator in zones that overlap those of the portal, telling nothing by difference.

    What the portal publishes of communes, intercommunalities and department stays as it is; the
    zones tell only what leaves every hidden number unknown to whoever subtracts one from another,
    those of several kinds together.

    Parameters
    ----------
    territory
        The department and its surroundings.
    zonings
        Zones, one kind each.
    published
        What the portal publishes of the same day.
    told
        What was published before that day.

    Returns
    -------
    PublicIndicators
        Rows of the zones only; the level is their kind.
    """
    zoned = [(zoning, rezoned(territory, zoning)) for zoning in zonings]
    tables = [compute(territory, level=LEVELS).table]
    hierarchy: dict[str, pd.Series] = {level: territory.members(level) for level in LEVELS}
    neighbours = {"epci": touching(territory.zones("epci"))}
    for zoning, divided in zoned:
        tables.append(compute(divided, level="epci").table.assign(level=zoning.kind))
        hierarchy[zoning.kind] = divided.members("epci")
    known = [published.table] if told is None else [told.table, published.table]
    public = protect(
        Indicators(pd.concat(tables, ignore_index=True)),
        hierarchy=hierarchy,
        neighbours=neighbours,
        threshold=published.threshold,
        previous=PublicIndicators(
            pd.concat(known, ignore_index=True), threshold=published.threshold
        ),
    )
    kinds = [zoning.kind for zoning in zonings]
    rows = public.table.loc[public.table["level"].isin(kinds)].reset_index(drop=True)
    return PublicIndicators(rows, threshold=public.threshold)
