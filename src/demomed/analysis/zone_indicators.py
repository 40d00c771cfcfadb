"""Every indicator in zones other than the intercommunalities, behind the same gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from demomed.analysis import compute
from demomed.analysis.rezoning import rezoned
from demomed.core.disclosure import EMPTIED, protect
from demomed.core.facts import sensitive
from demomed.core.groups import touching
from demomed.core.indicator import Indicators, PublicIndicators
from demomed.core.movements import EVERYWHERE, Movements
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
    moves: pd.DataFrame | None = None,
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
        What was published before that day. Facts about the persons of a profession are then told
        of the zones only if nobody of it moved anywhere since: no state keeps what was told of them.
    moves
        Who came and who left since, as :class:`demomed.core.movements.Movements` holds it.

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
    public = protect(
        Indicators(pd.concat(tables, ignore_index=True)),
        hierarchy=hierarchy,
        neighbours=neighbours,
        threshold=published.threshold,
        beside=published,
    )
    kinds = [zoning.kind for zoning in zonings]
    rows = public.table.loc[public.table["level"].isin(kinds)].reset_index(drop=True)
    if told is not None:
        rows = _unmoved(rows, told.table, moves)
    rows = _as_twins(rows, hierarchy, kinds, published.table)
    return PublicIndicators(rows, threshold=public.threshold)


def _unmoved(rows: pd.DataFrame, told: pd.DataFrame, moves: pd.DataFrame | None) -> pd.DataFrame:
    """Facts about persons hidden where somebody of the profession moved since they were told."""
    moved = Movements(moves).known() if moves is not None else {}
    before = told.loc[sensitive(told)]
    dates = before["date"].fillna("").astype(str).groupby(before["profession"]).unique()
    still = {
        profession: all(
            moved.get((date, str(profession), EVERYWHERE)) == (0.0, 0.0) for date in days
        )
        for profession, days in dates.items()
    }
    hidden = sensitive(rows) & ~rows["profession"].map(still).fillna(True).astype(bool)
    hidden &= rows["status"].isin(["value", "masked"])
    rows = rows.copy()
    rows.loc[hidden, list(EMPTIED)] = float("nan")
    rows.loc[hidden, "coarse"] = ""
    rows.loc[hidden, "status"] = "masked"
    return rows


def _as_twins(
    rows: pd.DataFrame, hierarchy: Mapping[str, pd.Series], kinds: Sequence[str],
    published: pd.DataFrame,
) -> pd.DataFrame:  # fmt: skip
    """A zone with the communes of an intercommunality says of its persons what that one says."""
    keys, words = ["zone_code", "indicator", "profession", "date"], [*EMPTIED, "status", "coarse"]
    made = {kind: _communes(hierarchy[kind]) for kind in (*kinds, "epci")}
    twins = {held: code for code, held in made["epci"].items()}
    known = published.loc[sensitive(published) & (published["level"] == "epci")]
    told = known.drop_duplicates(keys).set_index(keys)[words]
    rows = rows.copy()
    facts = rows.loc[sensitive(rows)]
    for kind in kinds:
        mine = facts.loc[facts["level"] == kind]
        twin = mine["zone_code"].map({c: twins[h] for c, h in made[kind].items() if h in twins})
        mine, twin = mine.loc[twin.notna()], twin.dropna()
        if mine.empty:
            continue
        same = pd.MultiIndex.from_frame(mine.assign(zone_code=twin)[keys])
        mine, same = mine.loc[same.isin(told.index)], same[same.isin(told.index)]
        for word in words:
            rows.loc[mine.index, word] = told[word].reindex(same).to_numpy()
    return rows


def _communes(members: pd.Series) -> dict[str, frozenset[str]]:
    held = members.dropna()
    return {str(zone): frozenset(codes) for zone, codes in held.index.groupby(held).items()}
