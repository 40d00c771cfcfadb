"""Zones too small to tell anything alone, taken together with their neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import geopandas as gpd
import numpy as np

from demomed.core.coarse import Told, share_ladder
from demomed.core.facts import Facts
from demomed.core.ladders import Ladder, Rules

Neighbours = Mapping[str, Mapping[str, Sequence[str]]]
"""For each level, the zones that touch each zone."""

MOST_ADDED = 3
"""Neighbours a zone may be taken together with: more would tell nothing of it."""


def touching(zones: gpd.GeoDataFrame) -> dict[str, list[str]]:
    """Zones that share a length of border with each zone (a corner is not enough).

    Parameters
    ----------
    zones
        Index: code of the zone; geometries whose common borders are the same points.

    Examples
    --------
    >>> from shapely import box
    >>> frame = gpd.GeoDataFrame(
    ...     index=["A", "B", "C"], geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1), box(2, 1, 3, 2)]
    ... )
    >>> touching(frame)
    {'A': ['B'], 'B': ['A'], 'C': []}
    """
    found: dict[str, list[str]] = {str(code): [] for code in sorted(zones.index)}
    shapes = zones.geometry
    first, second = zones.sindex.query(shapes.array, predicate="intersects")
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        if one != other and shapes.iloc[one].intersection(shapes.iloc[other]).length > 0:
            found[str(zones.index[one])].append(str(zones.index[other]))
    return {code: sorted(codes) for code, codes in found.items()}


def group_ladders(
    facts: Facts,
    ladders: Sequence[Ladder],
    neighbours: Neighbours,
    rules: Rules,
) -> list[Ladder]:
    """Ladder of each group of zones one of which can tell nothing alone.

    Parameters
    ----------
    facts, ladders
        True figures, and what can be told of each zone alone.
    neighbours
        Zones that touch each zone.
    rules
        Threshold.
    """
    mute = {(ladder.zone, ladder.number) for ladder in ladders if ladder.is_mute}
    place = {zone: i for i, zone in enumerate(facts.zones)}
    found: list[Ladder] = []
    for ladder in ladders:
        level, _ = facts.zones[ladder.zone]
        if ladder.kind != "share" or not ladder.is_mute or level not in neighbours:
            continue
        zones = _gathered(facts, ladder, neighbours[level], place, mute, rules.threshold)
        if zones:
            found.append(_ladder(facts, ladder, zones, rules))
    return [ladder for ladder in found if not ladder.is_mute]


def _gathered(
    facts: Facts,
    ladder: Ladder,
    touching: Mapping[str, Sequence[str]],
    place: Mapping[tuple[str, str], int],
    mute: set[tuple[int, int]],
    threshold: int,
) -> tuple[int, ...]:
    """A zone and the neighbours it takes to reach twice the threshold; silent and small ones first."""
    number, level = ladder.number, facts.zones[ladder.zone][0]
    zones = [ladder.zone]
    while facts.base[zones, number].sum() <= 2 * threshold:
        around = {
            place[(level, code)]
            for zone in zones
            for code in touching.get(facts.zones[zone][1], ())
            if (level, code) in place
        } - set(zones)
        known = [zone for zone in around if facts.base[zone, number] > 0]
        known = [zone for zone in known if not np.isnan(facts.part[zone, number])]
        if not known or len(zones) > MOST_ADDED:
            return ()
        zones.append(
            min(
                known,
                key=lambda z: ((z, number) not in mute, facts.base[z, number], facts.zones[z]),
            )
        )
    return tuple(sorted(zones))


def _ladder(facts: Facts, ladder: Ladder, zones: tuple[int, ...], rules: Rules) -> Ladder:
    number = ladder.number
    base, part = facts.base[list(zones), number].sum(), facts.part[list(zones), number].sum()
    classes = share_ladder(round(part), round(base), rules.threshold, lambda low, high: True)
    rungs = (Told(part, part, ""), *classes, Told(0.0, float(base), ""))
    return Ladder("group", ladder.zone, number, rungs, 1, zones)


def members(ladders: Sequence[Ladder]) -> Iterator[int]:
    """Zones that belong to a group."""
    for ladder in ladders:
        yield from ladder.together
