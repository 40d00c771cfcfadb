"""What may be told of each fact, from the exact figure to nothing, given what was told before."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from demomed.core.cells import MEAN, UNBOUNDED, AgeModel, Cells, Past, Zone
from demomed.core.coarse import (
    CoarseClass,
    Told,
    age_ladder,
    by_text,
    group_names,
    share_ladder,
)
from demomed.core.facts import Fact, Facts, Kind, is_small, quantity, required, sensitive
from demomed.core.linear import Form, Statement

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
        elif counted.kind == "mean":
            value *= base
        zone: Zone = (str(row["level"]), str(row["zone_code"]))
        others = [(zone[0], str(codes[(row["level"], name)])) for name in names]
        together = tuple(sorted([zone, *others])) if names else ()
        key: Key = ("group" if names else counted.kind, zone, counted.at)
        fact = Earlier(value, base, coarse, str(row["date"] or ""), together)
        told.setdefault(f"{row['profession'] or ''}/{counted.family}", {})[key] = fact
    return told


@dataclass(frozen=True)
class Rules:
    """Parameters of one protection: threshold in persons, plausible ages."""

    threshold: int
    model: AgeModel


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


def mean_ladder(facts: Facts, zone: int, rules: Rules, past: Earlier | None) -> Ladder:
    """Versions of a mean age, as bounds of a sum of ages."""
    base, total = facts.base_of_mean[zone], facts.sum_of_ages[zone]
    model, few = rules.model, not base >= rules.threshold
    moved = 0.0 if past is None or np.isnan(past.base) else abs(base - past.base)
    hidden = model.years * min(moved, rules.threshold)
    classes = [] if few else age_ladder(total / base, base, lambda low, high: high - low >= hidden)
    nothing = Told(model.youngest * base, model.oldest * base, "")
    rungs = (Told(total, total, ""), *classes, nothing)
    floor = len(rungs) - 1 if few else int(0 < moved < rules.threshold)
    return Ladder("mean", zone, MEAN, rungs, floor)


def median_ladder(facts: Facts, zone: int, rules: Rules, past: Earlier | None) -> Ladder:
    """A median age is told or is not."""
    base = facts.base_of_mean[zone]
    moved = 0.0 if past is None or np.isnan(past.base) else abs(base - past.base)
    few = not base >= rules.threshold or 0 < moved < rules.threshold
    value = Told(facts.median[zone], facts.median[zone], "")
    return Ladder("median", zone, MEAN, (value, Told(0.0, UNBOUNDED, "")), int(few))


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


def still_told(
    facts: Facts, zone: int, number: int, past: Earlier, date: str, model: AgeModel
) -> Past:
    """What an earlier publication still says today, once loosened by who came, left or aged."""
    base = facts.base_of(zone, number)
    moved = 0.0 if np.isnan(past.base) or np.isnan(base) else abs(base - past.base)
    if number == MEAN:
        today = facts.sum_of_ages[zone]
        whole = base if np.isnan(past.base) else past.base
        low, high = past.value, past.value
        if past.coarse is not None:
            low, high = float(past.coarse.low) * whole, float(past.coarse.high) * whole
        low, high = low - moved * model.oldest, high + moved * model.oldest
        high += base * max(0, math.ceil(_year(date) - _year(past.date)))
    else:
        today = facts.part[zone, number]
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


def _year(date: str) -> float:
    stamp = pd.to_datetime(date, errors="coerce")
    return 0.0 if pd.isna(stamp) else stamp.year + (stamp.month - 1) / 12


def median_bounds(median: float, age: float, base: float) -> tuple[float, float]:
    """Bounds a median age gives to the number of persons having reached an age.

    Ages are completed years: with an even number of persons, a median of 54.5 says that exactly
    half of them have reached 55.

    Examples
    --------
    >>> median_bounds(54.5, 55, 10), median_bounds(58, 55, 11), median_bounds(51, 55, 11)
    ((5.0, 5.0), (6.0, 11.0), (0.0, 5.0))
    """
    low = math.ceil(base / 2) if age <= math.ceil(median) else 0.0
    high = base // 2 if age > math.floor(median) else base
    return float(low), float(high)


def statement(ladder: Ladder, facts: Facts, cells: Cells, cost: float) -> Statement:
    """A ladder as the integer programme reads it; withholding costs more than any class."""
    if ladder.kind == "median":
        return _median_statement(ladder, facts, cells, cost)
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


def _median_statement(ladder: Ladder, facts: Facts, cells: Cells, cost: float) -> Statement:
    zone, forms, low, high, top = ladder.zone, [], [], [], []
    for number, age in enumerate(facts.ages):
        base = facts.base[zone, number]
        if base != facts.base_of_mean[zone]:
            continue
        least, most = median_bounds(ladder.rungs[0].low, age, base)
        form: Form = cells.of_zone(zone, number)
        forms.append(form)
        low.append(least)
        high.append(most)
        top.append(float(base))
    return Statement(
        rows=tuple(forms),
        low=(tuple(low), (0.0,) * len(top)),
        high=(tuple(high), tuple(top)),
        cost=(0.0, cost),
        floor=ladder.floor,
    )


def ladders(facts: Facts, rules: Rules, past: Mapping[Key, Earlier]) -> list[Ladder]:
    """Ladder of every fact the table tells of somebody."""
    found: list[Ladder] = []
    for kind, zone, number in sorted(facts.rows):
        if facts.base_of(zone, number) == 0:
            continue  # nobody: no fact about a person
        before = past.get((kind, facts.zones[zone], facts.ages[number] if kind == "share" else 0))
        if kind == "share" and not np.isnan(facts.part[zone, number]):
            found.append(count_ladder(facts, zone, number, rules, before))
        elif kind == "mean" and not np.isnan(facts.sum_of_ages[zone]):
            found.append(mean_ladder(facts, zone, rules, before))
        elif kind == "median" and not np.isnan(facts.median[zone]):
            found.append(median_ladder(facts, zone, rules, before))
    return found
