"""Facts about persons read from a table of indicators: who is counted, where, from which age."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demomed.core import catalogue
from demomed.core.cells import Cells, Population, Zone
from demomed.core.indicator import get_indicator

Floats = NDArray[np.float64]
Kind = Literal["share", "mean", "median", "group"]
Fact = tuple[Kind, int, int]
"""Kind, zone number, age number (or ``NO_AGE``)."""

NO_AGE = -1
"""Stands for the age number of a mean or of a median."""


@dataclass(frozen=True)
class Quantity:
    """What an indicator counts: persons from an age, their mean or their median age.

    ``family`` groups the indicators drawn from the same ages: they are protected together.
    """

    kind: Kind
    family: str
    at: int = 0
    weight: float = 1.0


@cache
def _declared() -> Mapping[str, Any]:
    return catalogue.entry("secrecy", "quantities")


def plausible_ages() -> tuple[tuple[int, int], ...]:
    """Youngest and oldest ages one may assume of practitioners, widest assumption first."""
    return tuple((raw["youngest"], raw["oldest"]) for raw in _declared()["plausible_ages"])


def fewest_typical() -> int:
    """Fewest persons of whom a mean or a median age is told."""
    return int(_declared()["typical"]["fewest"])


def quantity(indicator: str) -> Quantity:
    """What an indicator counts; one the catalogue does not name is a family of its own.

    Examples
    --------
    >>> quantity("share_over_55").at
    56
    """
    raw = _declared()["indicators"].get(indicator)
    if raw is None:
        return Quantity("share", indicator)
    return Quantity(raw.get("kind", "share"), "ages", raw.get("at", 0), raw.get("weight", 1.0))


def sensitive(table: pd.DataFrame) -> pd.Series:
    """Rows of indicators declared as facts about persons."""
    known = {id_: get_indicator(id_).sensitive for id_ in table["indicator"].unique()}
    return table["indicator"].map(known).astype(bool)


@dataclass(frozen=True)
class Figures:
    """True figures of one set of persons, missing when unknown.

    Parameters
    ----------
    base, part
        Persons taken into account and persons having reached the age, one per age.
    """

    base: Floats
    part: Floats

    def plus(self, other: Figures) -> Figures:
        """Figures of two separate sets together."""
        return Figures(self.base + other.base, self.part + other.part)

    def minus(self, other: Figures) -> Figures:
        """Figures of those who are left when a part is taken away."""
        return Figures(self.base - other.base, self.part - other.part)


@dataclass(frozen=True)
class Facts:
    """Facts of one family of indicators, for one profession at one date.

    Parameters
    ----------
    zones
        Level and code, sorted.
    ages
        Ages counted from, increasing.
    base, part
        Persons taken into account, and those who have reached the age: zones × ages, missing when
        the table is silent.
    typical_base
        Persons behind the mean and the median age, one per zone.
    mean, median
        As they would be told, one per zone.
    rows
        For each fact (kind, zone number, age number), the labels of the rows that tell it.
    weight
        Importance of each fact when one must give way.
    """

    zones: tuple[Zone, ...]
    ages: tuple[int, ...]
    base: Floats
    part: Floats
    typical_base: Floats
    mean: Floats
    median: Floats
    rows: Mapping[Fact, tuple[Any, ...]]
    weight: Mapping[Fact, float]

    def figures(self, zone: int) -> Figures:
        """Figures of a zone."""
        return Figures(self.base[zone], self.part[zone])

    def figures_of(self, cells: Cells, groups: NDArray[np.bool_]) -> Figures:
        """Figures of a set of groups, as far as those of the zones determine them."""
        return Figures(
            np.array([cells.known(self.base[:, q], groups) for q in range(len(self.ages))]),
            np.array([cells.known(self.part[:, q], groups) for q in range(len(self.ages))]),
        )


def read(table: pd.DataFrame) -> Facts:
    """Facts of the rows of one family, one profession, one date."""
    quantities = {id_: quantity(id_) for id_ in sorted(table["indicator"].unique())}
    ages = tuple(sorted({q.at for q in quantities.values() if q.kind == "share"})) or (0,)
    rank = {age: i for i, age in enumerate(ages)}
    zones = tuple(
        sorted(
            {(str(z[0]), str(z[1])) for z in zip(table["level"], table["zone_code"], strict=True)}
        )
    )
    place = {zone: i for i, zone in enumerate(zones)}
    shape = len(zones), len(ages)
    base, part = np.full(shape, np.nan), np.full(shape, np.nan)
    typical_base, mean, median = (np.full(len(zones), np.nan) for _ in range(3))
    rows: dict[Fact, list[Any]] = {}
    weight: dict[Fact, float] = {}
    nobody = table["denominator"].mask(table["status"] == "not_applicable", 0.0)
    columns = ["level", "zone_code", "indicator", "value", "numerator", "denominator"]
    for label, level, code, id_, value, numerator, denominator in table.assign(denominator=nobody)[
        columns
    ].itertuples(name=None):
        counted, zone = quantities[id_], place[(str(level), str(code))]
        number = rank[counted.at] if counted.kind == "share" else NO_AGE
        if counted.kind == "share":
            if not np.isnan(denominator):
                base[zone, number] = denominator
            if not np.isnan(numerator):
                part[zone, number] = numerator
            elif np.isnan(denominator) and not np.isnan(value):
                part[zone, number] = value  # a plain count
        else:
            (mean if counted.kind == "mean" else median)[zone] = value
            typical_base[zone] = denominator
        if not np.isnan([value, numerator, denominator]).all():
            fact = (counted.kind, zone, number)
            rows.setdefault(fact, []).append(label)
            weight[fact] = max(weight.get(fact, 0.0), counted.weight)
    empty = (np.nan_to_num(base) == 0).all(axis=1) & (base == 0).any(axis=1)
    base[empty] = 0.0  # nobody to count from an age is nobody at all
    part[base == 0] = 0.0
    return Facts(
        zones,
        ages,
        base,
        part,
        typical_base,
        mean,
        median,
        {fact: tuple(labels) for fact, labels in rows.items()},
        weight,
    )


def families(table: pd.DataFrame) -> Iterator[tuple[tuple[str, str, str], Facts]]:
    """Facts of each family × profession × date of the sensitive rows of a table, by date."""
    rows = table.loc[sensitive(table)]
    if rows.empty:
        return
    family = rows["indicator"].map(
        {id_: quantity(id_).family for id_ in rows["indicator"].unique()}
    )
    keys = [rows["date"].fillna("").astype(str), rows["profession"].fillna("").astype(str), family]
    for (date, profession, name), group in rows.groupby(keys, sort=True):
        yield (str(date), str(profession), str(name)), read(group)


def is_small(part: float, base: float, threshold: int) -> bool:
    """Whether a number of persons, or those who are left, is too small to be told.

    Nobody at all of a base, or everybody, says the age of each of them: it is small as well.

    Examples
    --------
    >>> is_small(4, 20, 5), is_small(5, 20, 5), is_small(20, 20, 5), is_small(0, 0, 5)
    (True, False, True, False)
    """
    if np.isnan(base):
        return 0 < part < threshold
    return base > 0 and (part < threshold or base - part < threshold)


def required(base: float, threshold: int) -> float:
    """Width the feasible interval must keep: the threshold, or the whole group if it is smaller."""
    return float(threshold) if np.isnan(base) else float(min(threshold, base))


@dataclass(frozen=True)
class SmallNumber:
    """A number of persons that must stay unknown.

    Parameters
    ----------
    numbers
        Age it counts from, or two ages it counts between.
    width
        Width its feasible interval must keep.
    low, high
        What anybody knows of it.
    """

    numbers: tuple[int, ...]
    width: float
    low: float
    high: float


def small_numbers(figures: Figures, threshold: int) -> Iterator[SmallNumber]:
    """Small numbers of one set of persons: those having reached an age, or between two ages.

    Parameters
    ----------
    figures
        True figures of the set.
    threshold
        Smallest number told.

    Examples
    --------
    >>> few = Figures(np.array([20.0, 20.0]), np.array([9.0, 7.0]))
    >>> list(small_numbers(few, 5))
    [SmallNumber(numbers=(0, 1), width=5.0, low=0.0, high=20.0)]
    """
    base, part = figures.base, figures.part
    most = np.where(np.isnan(base), np.inf, base)
    for q, (n, x) in enumerate(zip(base, part, strict=True)):
        if not np.isnan(x) and is_small(x, n, threshold):
            yield SmallNumber((q,), required(n, threshold), 0.0, float(most[q]))
    for q, r in combinations(range(len(part)), 2):
        if 0 < part[q] - part[r] < threshold:
            width = required(max(base[q], base[r]), threshold)
            yield SmallNumber((q, r), width, 0.0, float(most[q]))


def overlaps(facts: Facts, cells: Cells) -> Iterator[NDArray[np.bool_]]:
    """Sets of persons that whole zones give by subtraction: parts of crossing zones, remainders."""
    levels = sorted({level for level, _ in facts.zones})
    held = cells.origin
    seen = {held[zone].tobytes() for zone in range(len(facts.zones))}
    seen.add(np.zeros(held.shape[1], dtype=bool).tobytes())
    sizes = held.sum(axis=1)
    shared = held.astype(np.int32) @ held.T.astype(np.int32)
    for upper in np.flatnonzero(sizes > 1):
        sets: list[NDArray[np.bool_]] = []
        for other in levels:
            if other == facts.zones[upper][0]:
                continue
            below = np.array([level == other for level, _ in facts.zones])
            inside = below & (shared[upper] == sizes)
            across = below & (shared[upper] > 0) & (shared[upper] < np.minimum(sizes, sizes[upper]))
            sets.append(held[upper] & ~held[inside].any(axis=0))
            sets.append(held[across].any(axis=0) & ~held[upper])
            for zone in np.flatnonzero(across):
                sets += [held[upper] & held[zone], held[zone] & ~held[upper]]
        for parts in sets:
            if parts.tobytes() not in seen:
                seen.add(parts.tobytes())
                groups = np.zeros(cells.membership.shape[1], dtype=bool)
                groups[cells.merged_into[parts]] = True
                yield groups


def population(
    facts: Facts, places: NDArray[np.bool_], quiet: NDArray[np.bool_], past: Sequence[Any] = ()
) -> Population:
    """The persons of some facts, as zones count them."""
    return Population(facts.zones, facts.ages, facts.base, places, quiet, tuple(past))
