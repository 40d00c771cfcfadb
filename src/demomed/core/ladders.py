"""What may be told of each fact, from the exact figure to nothing; and what was told before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from demomed.core.cells import UNBOUNDED, Cells, Zone
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


def count_ladder(facts: Facts, zone: int, number: int, rules: Rules) -> Ladder:
    """Versions of a number of persons having reached an age."""
    part, base = facts.part[zone, number], facts.base[zone, number]
    unknown = np.isnan(base)
    exact = not is_small(part, base, rules.threshold)
    classes: list[Told] = []
    if not unknown and base > 0:
        width = int(required(base, rules.threshold))
        classes = share_ladder(round(part), round(base), width, lambda low, high: True)
    nothing = Told(0.0, UNBOUNDED if unknown else float(base), "")
    floor = 0 if exact else 1
    return Ladder("share", zone, number, (Told(part, part, ""), *classes, nothing), floor)


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


def ladders(facts: Facts, rules: Rules) -> list[Ladder]:
    """Ladder of every number of persons the table tells, where there is somebody."""
    found: list[Ladder] = []
    for kind, zone, number in sorted(facts.rows):
        if kind != "share" or facts.base[zone, number] == 0:
            continue  # nobody: no fact about a person
        if not np.isnan(facts.part[zone, number]):
            found.append(count_ladder(facts, zone, number, rules))
    return found
