"""Persons behind published ages, as unknowns: groups of people by place, counted by age reached.

Every published share of a profession at a date is a number of persons having reached an age, in a
zone. Zones overlap (commune, EPCI, department), ages are nested (60 implies 55): all of them are
sums over the same elementary groups, the unknowns of the system made here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demomed.core.linear import Form, System, inconsistent

Zone = tuple[str, str]
Floats = NDArray[np.float64]

UNBOUNDED = 1e6
"""More persons than any profession has: stands for a base nobody knows."""


@dataclass(frozen=True)
class Past:
    """What an earlier publication still tells: bounds of a count of persons of some zones."""

    zones: tuple[int, ...]
    quantity: int
    low: float
    high: float


@dataclass(frozen=True)
class Population:
    """Persons of one profession at one date, as the zones count them.

    Parameters
    ----------
    zones
        Level and code of each zone.
    ages
        Ages counted from, increasing; one arbitrary value for a fact that is not an age.
    base
        Persons taken into account: one line per zone, one column per age; missing when unknown.
    places
        Group of elementary codes of each zone: one line per zone, one column per code.
    quiet
        Zones of which nothing can be published: they may be merged when nothing tells them apart.
    """

    zones: tuple[Zone, ...]
    ages: tuple[int, ...]
    base: Floats
    places: NDArray[np.bool_]
    quiet: NDArray[np.bool_]
    past: tuple[Past, ...] = ()


def places(zones: Sequence[Zone], hierarchy: Mapping[str, pd.Series]) -> NDArray[np.bool_]:
    """Which elementary code belongs to which zone: one line per zone.

    A zone the hierarchy does not know stands alone.
    """
    rank = {zone: i for i, zone in enumerate(zones)}
    codes = sorted({code for members in hierarchy.values() for code in members.index})
    column = {code: j for j, code in enumerate(codes)}
    held = np.zeros((len(zones), len(codes)), dtype=bool)
    for level, members in hierarchy.items():
        for code, zone in members.dropna().items():
            i = rank.get((level, str(zone)))
            if i is not None:
                held[i, column[code]] = True
    alone = np.flatnonzero(~held.any(axis=1))
    own = np.zeros((len(zones), len(alone)), dtype=bool)
    own[alone, np.arange(len(alone))] = True
    held = np.hstack([held, own])
    return held[:, held.any(axis=0)]


def peel(membership: NDArray[np.bool_], totals: Floats) -> Floats:
    """Totals of the groups that totals of zones determine, by subtraction one after the other.

    Parameters
    ----------
    membership
        Zones × groups.
    totals
        One per zone, missing when unknown.

    Returns
    -------
    array
        One per group, missing when it stays undetermined.

    Examples
    --------
    >>> peel(np.array([[True, False], [True, True]]), np.array([4.0, 9.0]))
    array([4., 5.])
    """
    known = np.full(membership.shape[1], np.nan)
    while True:
        missing = np.isnan(known)
        open_ = membership & missing
        single = np.flatnonzero((open_.sum(axis=1) == 1) & ~np.isnan(totals))
        if not len(single):
            return known
        for zone in single:
            group = int(np.argmax(open_[zone]))
            if np.isnan(known[group]):
                others = membership[zone] & ~np.isnan(known)
                known[group] = totals[zone] - known[others].sum()


@dataclass(frozen=True)
class Cells:
    """The system of one population and the forms of its zones.

    Parameters
    ----------
    membership
        Zones × groups of persons.
    system
        Unknowns (per group: persons having reached each age) and what is known of them whatever
        is published.
    columns
        Group × age: unknown that stands for it, −1 where it is zero.
    base
        Group × age: persons it is taken from.
    origin, merged_into
        Zones × groups before any merging, and the group each of these became part of.
    probes
        For each quiet zone merged with its likes, the group that stands for any one of them (its
        line of ``membership`` is empty).
    """

    population: Population
    membership: NDArray[np.bool_]
    system: System
    columns: NDArray[np.intp]
    base: Floats
    origin: NDArray[np.bool_]
    merged_into: NDArray[np.intp]
    probes: Mapping[int, int] = field(default_factory=dict)

    def of_groups(self, groups: NDArray[np.bool_], quantity: int) -> Form:
        """Persons of some groups having reached an age."""
        columns = self.columns[groups, quantity]
        return Form.sum([int(c) for c in columns if c >= 0])

    def groups(self, zone: int) -> NDArray[np.bool_]:
        """Groups of persons of a zone."""
        if zone in self.probes:
            only = np.zeros(self.membership.shape[1], dtype=bool)
            only[self.probes[zone]] = True
            return only
        return self.membership[zone]

    def each(self, totals: Floats) -> Floats:
        """Totals of the groups before any merging, as far as those of the zones determine them."""
        return peel(self.origin, totals)

    def known(self, totals: Floats, groups: NDArray[np.bool_]) -> float:
        """Total of some groups if the totals of the zones determine it, missing otherwise."""
        return float(self.each(totals)[groups[self.merged_into]].sum())

    def blocks(self) -> NDArray[np.intp]:
        """Smallest zone of several groups around each unknown: blocks interact by few totals."""
        sizes = self.membership.sum(axis=1)
        large = [int(zone) for zone in np.argsort(sizes, kind="stable") if sizes[zone] > 1]
        block = np.full(self.membership.shape[1], len(sizes), dtype=np.intp)
        for zone in reversed(large):
            block[self.membership[zone]] = zone
        found = np.zeros(len(self.system.lower), dtype=np.intp)
        for group, columns in enumerate(self.columns):
            found[columns[columns >= 0]] = block[group]
        return found

    def of_zones(self, zones: Sequence[int], quantity: int) -> Form:
        """Persons of some zones together."""
        together = np.any([self.groups(zone) for zone in zones], axis=0)
        return self.of_groups(together, quantity)

    def of_zone(self, zone: int, quantity: int) -> Form:
        """Persons of a zone having reached an age."""
        return self.of_groups(self.groups(zone), quantity)


def build(population: Population) -> Cells:
    """Groups of persons of a population, merged where nothing tells them apart."""
    membership = np.unique(population.places.T, axis=0).T  # same zones, one group
    base = np.column_stack(
        [peel(membership, population.base[:, q]) for q in range(len(population.ages))]
    )
    sums = membership.astype(float) @ np.nan_to_num(base)
    sums[membership.astype(float) @ np.isnan(base) > 0] = np.nan
    if (base < 0).any() or (np.abs(sums - population.base) > 0.5).any():
        raise inconsistent()
    origin = membership
    membership, base, merged_into, probes = _merge(population, origin, base)
    cells = _unknowns(population, membership, base)
    cells = replace(cells, origin=origin, merged_into=merged_into, probes=probes)
    return _constrained(cells, base)


def _merge(
    population: Population, membership: NDArray[np.bool_], base: Floats
) -> tuple[NDArray[np.bool_], Floats, NDArray[np.intp], dict[int, int]]:
    """Merge quiet zones of same base and same surroundings: one probe, and the others together.

    The sums that ``m`` alike groups can reach are ``m`` times those of one (the system is convex
    and homogeneous), so that nothing is lost for the attacker.
    """
    told = {zone for past in population.past for zone in past.zones}
    alone = membership.sum(axis=1) == 1
    leaf: dict[int, int] = {}
    for mute in np.flatnonzero(population.quiet & alone).tolist():
        if mute not in told:
            leaf.setdefault(int(np.argmax(membership[mute])), mute)
    merged: dict[tuple[object, ...], list[int]] = {}
    for group, zone in leaf.items():
        others = membership[:, group].copy()
        others[zone] = False
        if others.any() and not np.isnan(base[group]).any():
            key = (others.tobytes(), base[group].tobytes())
            merged.setdefault(key, []).append(group)
    into = np.arange(membership.shape[1])
    base, probes = base.copy(), {}
    membership = membership.copy()
    for alike in merged.values():
        probe, rest = alike[0], alike[1:]
        for group in alike:
            probes[leaf[group]] = probe
            membership[leaf[group]] = False
        for group in rest:
            into[group] = rest[0]
        base[rest[:1]] *= len(rest)
    keep = into == np.arange(len(into))
    number = np.cumsum(keep) - 1
    return (
        membership[:, keep],
        base[keep],
        number[into],
        {zone: int(number[probe]) for zone, probe in probes.items()},
    )


def _unknowns(population: Population, membership: NDArray[np.bool_], base: Floats) -> Cells:
    """One unknown per group and age, none where nobody is counted."""
    columns = np.full(base.shape, -1, dtype=np.intp)
    upper: list[float] = []
    for g, q in np.ndindex(base.shape):
        persons = float(base[g, q])
        if persons != 0:
            columns[g, q] = len(upper)
            upper.append(UNBOUNDED if np.isnan(persons) else persons)
    system = System(np.zeros(len(upper)), np.array(upper))
    nothing = np.zeros(0, dtype=np.intp)
    return Cells(population, membership, system, columns, base, membership, nothing)


def _constrained(cells: Cells, base: Floats) -> Cells:
    rows = [*_nested_ages(cells, base), *_unknown_bases(cells, base), *_past_rows(cells)]
    forms, low, high = zip(*rows, strict=True) if rows else ((), (), ())
    system = replace(cells.system, rows=tuple(forms), row_low=tuple(low), row_high=tuple(high))
    return replace(cells, system=system)


Row = tuple[Form, float, float]


def _nested_ages(cells: Cells, base: Floats) -> list[Row]:
    """Who has reached an age has reached the younger ones; who has not has not the older ones."""
    rows: list[Row] = []
    for q in range(len(cells.population.ages) - 1):
        for g in range(len(base)):
            young, old = cells.columns[g, q], cells.columns[g, q + 1]
            if old < 0:
                continue
            less = base[g, q] - base[g, q + 1]
            least = max(0.0, 0.0 if np.isnan(less) else less)
            if young >= 0:
                rows.append((Form((int(young), int(old)), (1.0, -1.0)), least, np.inf))
            else:
                rows.append((Form((int(old),), (1.0,)), 0.0, 0.0))
    return rows


def _unknown_bases(cells: Cells, base: Floats) -> list[Row]:
    """Zones of known base that hold groups of unknown base bound what these may count."""
    rows: list[Row] = []
    population = cells.population
    for q in range(len(population.ages)):
        for zone in np.flatnonzero((cells.membership & np.isnan(base[:, q])).any(axis=1)):
            most = population.base[zone, q]
            if not np.isnan(most):
                rows.append((cells.of_groups(cells.membership[zone], q), 0.0, float(most)))
    return rows


def _past_rows(cells: Cells) -> list[Row]:
    return [
        (cells.of_zones(past.zones, past.quantity), past.low, past.high)
        for past in cells.population.past
    ]
