"""What may be told of each fact, from the exact figure to nothing, given what was told before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from demomed.core.cells import UNBOUNDED, Cells, Past, Zone
from demomed.core.coarse import CoarseClass, Told, by_text, group_names, share_ladder
from demomed.core.facts import Fact, Facts, Kind, is_small, quantity, required, sensitive
from demomed.core.linear import Statement

Key = tuple[Kind, Zone, int]


@dataclass(frozen=True)
class Earlier:
    """A fact as published: exact figures, or a class; ``base`` missing when hidden.

    ``together`` lists the zones of a class told of several zones.
    """

    value: float
    base: float
    coarse: CoarseClass | None
    date: str
    together: tuple[Zone, ...] = ()

    def bounds(self, base: float) -> tuple[float, float]:
        """Bounds it gave to the number of persons (the base is that of today if it was hidden)."""
        if self.coarse is None:
            return self.value, self.value
        whole = base if np.isnan(self.base) else self.base
        return self.coarse.counts(int(whole))


def earlier(table: pd.DataFrame) -> dict[str, dict[Key, Earlier]]:
    """What a published table tells of persons, by profession; the latest date of each fact."""
    told: dict[str, dict[Key, Earlier]] = {}
    rows = table.loc[sensitive(table)].sort_values("date", kind="stable", na_position="first")
    codes = {
        (level, name): code
        for level, name, code in zip(
            rows["level"], rows["zone_name"], rows["zone_code"], strict=True
        )
    }
    for row in rows.to_dict("records"):
        counted = quantity(row["indicator"])
        names, text = group_names(row.get("coarse") or "")
        coarse = by_text().get(text)
        if np.isnan(row["value"]) and coarse is None:
            continue
        base = float(row["denominator"])
        value = float(row["value"])
        if counted.kind == "share" and not np.isnan(row["numerator"]):
            value = float(row["numerator"])
        zone: Zone = (str(row["level"]), str(row["zone_code"]))
        others = [(zone[0], str(codes[(row["level"], name)])) for name in names]
        together = tuple(sorted([zone, *others])) if names else ()
        key: Key = ("group" if names else counted.kind, zone, counted.at)
        fact = Earlier(value, base, coarse, str(row["date"] or ""), together)
        told.setdefault(f"{row['profession'] or ''}/{counted.family}", {})[key] = fact
    return told


@dataclass(frozen=True)
class Rules:
    """Parameters of one protection.

    Parameters
    ----------
    threshold
        Smallest number of persons behind a fact about persons.
    typical
        Fewest persons of whom a mean or a median age is told.
    plausible
        Youngest and oldest ages a reader may assume: the narrowest such assumption.
    """

    threshold: int
    typical: int
    plausible: tuple[int, int]


@dataclass(frozen=True)
class Ladder:
    """Versions of one fact, the exact one first and nothing last; ``floor`` is the first allowed.

    ``together`` lists the zones of a class told of several zones.
    """

    kind: Kind
    zone: int
    number: int
    rungs: tuple[Told, ...]
    floor: int
    together: tuple[int, ...] = ()

    @property
    def fact(self) -> Fact:
        """The fact it is the ladder of."""
        return self.kind, self.zone, self.number

    @property
    def is_mute(self) -> bool:
        """Whether nothing can be told."""
        return self.floor == len(self.rungs) - 1


def count_ladder(
    facts: Facts, zone: int, number: int, rules: Rules, past: Earlier | None
) -> Ladder:
    """Versions of a number of persons having reached an age."""
    part, base = facts.part[zone, number], facts.base[zone, number]
    unknown = np.isnan(base)
    exact = not is_small(part, base, rules.threshold)

    def allowed(low: float, high: float) -> bool:
        return past is None or movers_hidden(past, part, base, low, high, rules.threshold)

    classes: list[Told] = []
    if not unknown and base > 0:
        width = int(required(base, rules.threshold))
        classes = share_ladder(round(part), round(base), width, allowed)
    nothing = Told(0.0, UNBOUNDED if unknown else float(base), "")
    floor = 0 if exact and allowed(part, part) else 1
    return Ladder("share", zone, number, (Told(part, part, ""), *classes, nothing), floor)


def movers_hidden(
    past: Earlier, part: float, base: float, low: float, high: float, threshold: int
) -> bool:
    """Whether two successive publications leave the age of those who came or left unknown.

    Parameters
    ----------
    past
        The fact as published before.
    part, base
        Persons having reached the age and persons counted, today.
    low, high
        Bounds about to be published.
    threshold
        Movers as many as this are a group of which the rule of numbers says what may be told.

    Examples
    --------
    >>> left_alone = Earlier(12, 20, None, "2025")
    >>> movers_hidden(left_alone, 11, 19, 11, 11, 5), movers_hidden(left_alone, 11, 19, 10, 19, 5)
    (False, True)
    >>> movers_hidden(left_alone, 12, 20, 12, 12, 5)
    True
    """
    low_before, high_before = past.bounds(base)
    moved = 0.0 if np.isnan(past.base) or np.isnan(base) else base - past.base
    least, most = low - high_before, high - low_before
    if moved == 0:
        return least <= 0 <= most
    if least == most and abs(moved) >= threshold:
        return threshold <= least * np.sign(moved) <= abs(moved) - threshold
    width = min(most, max(moved, 0.0)) - max(least, min(moved, 0.0))
    return bool(width >= min(abs(moved), threshold))


def still_told(facts: Facts, zone: int, number: int, past: Earlier) -> Past:
    """What an earlier publication still says today, once loosened by who came or left."""
    base, today = facts.base[zone, number], facts.part[zone, number]
    moved = 0.0 if np.isnan(past.base) or np.isnan(base) else abs(base - past.base)
    low, high = past.bounds(base)
    low, high = low - moved, high + moved
    if not np.isnan(today):
        low, high = min(low, today), max(high, today)
    return Past((zone,), number, low, high)


def group_still_told(facts: Facts, number: int, past: Earlier) -> Past | None:
    """The same of a class told of several zones, if they are all there."""
    zones = [facts.zones.index(zone) for zone in past.together if zone in facts.zones]
    base, part = facts.base[zones, number].sum(), facts.part[zones, number].sum()
    if len(zones) < len(past.together) or np.isnan(base):
        return None
    low, high = past.bounds(base)
    if not np.isnan(part):
        low, high = min(low, part), max(high, part)
    return Past(tuple(zones), number, low, high)


def statement(ladder: Ladder, cells: Cells, cost: float) -> Statement:
    """A ladder as the integer programme reads it; withholding costs more than any class."""
    nothing = ladder.rungs[-1]
    span = max(nothing.high - nothing.low, 1.0)
    costs = [0.0]
    for rung in ladder.rungs[1:-1]:
        costs.append(max(costs[-1], cost * (0.2 + 0.5 * (rung.high - rung.low) / span)))
    costs.append(1.5 * cost)
    return Statement(
        rows=(cells.of_zones(ladder.together or (ladder.zone,), ladder.number),),
        low=tuple((float(rung.low),) for rung in ladder.rungs),
        high=tuple((float(rung.high),) for rung in ladder.rungs),
        cost=tuple(costs),
        floor=ladder.floor,
    )


def ladders(facts: Facts, rules: Rules, past: Mapping[Key, Earlier]) -> list[Ladder]:
    """Ladder of every number of persons the table tells, where there is somebody."""
    found: list[Ladder] = []
    for kind, zone, number in sorted(facts.rows):
        if kind != "share" or facts.base[zone, number] == 0:
            continue  # nobody: no fact about a person
        if not np.isnan(facts.part[zone, number]):
            before = past.get((kind, facts.zones[zone], facts.ages[number]))
            found.append(count_ladder(facts, zone, number, rules, before))
    return found
