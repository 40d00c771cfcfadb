"""The choice of the gate: what may be told of each fact of one profession at one date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demomed.core.cells import Cells, build, places
from demomed.core.dated import dated_ladders, still_told
from demomed.core.facts import Fact, Facts, Figures, overlaps, population, small_numbers
from demomed.core.groups import Neighbours, group_ladders, members
from demomed.core.ladders import Earlier, Key, Ladder, Rules, ladders, statement
from demomed.core.linear import Integers
from demomed.core.movements import EVERYWHERE, Since
from demomed.core.suppression import Pattern, Target, cheapest
from demomed.core.typical import untold_typical

__all__ = ["Choice", "Known", "Neighbours", "Rules", "decide"]


@dataclass(frozen=True)
class Known:
    """What readers know beside today's facts of one family and profession.

    Parameters
    ----------
    before
        What was told at earlier dates.
    since
        Who came and who left since.
    beside
        What is told elsewhere of the same persons on the same day.
    has_birthdays
        Whether a new year has begun since one of the earlier dates: ages have changed.
    """

    since: Since
    before: Mapping[Key, Earlier] = field(default_factory=dict)
    beside: Mapping[Key, Earlier] = field(default_factory=dict)
    has_birthdays: bool = False


@dataclass(frozen=True)
class Choice:
    """What the gate decided for one family: ladders, rungs, and how the pattern was found.

    ``untold`` lists the means and medians that are withheld.
    """

    ladders: tuple[Ladder, ...]
    pattern: Pattern
    untold: tuple[Fact, ...] = ()


def decide(
    facts: Facts,
    hierarchy: Mapping[str, pd.Series],
    rules: Rules,
    known: Known,
    neighbours: Neighbours | None = None,
) -> Choice:
    """Choose what to tell of each fact of one family, profession and date.

    Parameters
    ----------
    facts
        True figures.
    hierarchy
        Zone of each elementary code at each level.
    rules
        Threshold and plausible ages.
    known
        What readers know besides. Once a family has been told, floors come from what was told and
        from movements alone; within one year nothing else is chosen, so that nothing new is told.
    neighbours
        Zones that touch each zone, at the levels where small zones may be taken together.
    """
    if known.before:
        climbs = dated_ladders(facts, rules, known.before, known.since)
        if not known.has_birthdays:
            return _settled(facts, climbs, rules, known)
    else:
        climbs = ladders(facts, rules)
        climbs += group_ladders(facts, climbs, neighbours or {}, rules)
    quiet = np.ones(len(facts.zones), dtype=bool)
    for ladder in climbs:
        quiet[ladder.zone] &= ladder.is_mute
    quiet[list(members(climbs))] = False
    same_day = replace(known.since, moves=_nobody(facts, known.beside, known.since.profession))
    past = still_told(facts, known.beside, same_day)
    cells = build(population(facts, places(facts.zones, hierarchy), quiet, past))
    chosen = tuple(ladder for ladder in climbs if not quiet[ladder.zone])
    mute = tuple(ladder for ladder in climbs if quiet[ladder.zone])
    costs = _costs(facts)
    statements = [statement(ladder, cells, costs[_named(ladder)]) for ladder in chosen]
    hidden = _Hidden(facts, cells, rules, chosen)
    pattern = cheapest(
        cells.system,
        statements,
        hidden.targets(),
        differences=hidden.by_subtraction,
        blocks=cells.blocks(),
    )
    silence = [len(ladder.rungs) - 1 for ladder in mute]
    rungs = np.concatenate([pattern.rungs, silence]).astype(np.intp)
    every = (*chosen, *mute)
    untold = untold_typical(facts, every, rungs, rules, known.before, known.since)
    return Choice(every, replace(pattern, rungs=rungs), untold)


def _settled(facts: Facts, climbs: Sequence[Ladder], rules: Rules, known: Known) -> Choice:
    """The finest words that follow from earlier ones: no choice is left."""
    rungs = np.array([ladder.floor for ladder in climbs], dtype=np.intp)
    untold = untold_typical(facts, climbs, rungs, rules, known.before, known.since)
    return Choice(tuple(climbs), Pattern(rungs, 0.0, True, 0), untold)


def _nobody(
    facts: Facts, told: Mapping[Key, Earlier], profession: str
) -> dict[tuple[str, str, tuple[str, str]], tuple[float, float]]:
    """Nobody moves within one day."""
    dates = {fact.date for fact in told.values()}
    zones = (*facts.zones, EVERYWHERE)
    return {(date, profession, zone): (0.0, 0.0) for date in dates for zone in zones}


def _costs(facts: Facts) -> dict[Fact, float]:
    """Cost of losing each fact: a level weighs 100, shared between its zones, larger ones first."""
    levels = [level for level, _ in facts.zones]
    order = {fact: rank for rank, fact in enumerate(sorted(facts.rows))}
    persons = np.nan_to_num(np.nanmax(np.nan_to_num(facts.base, nan=0.0), axis=1))
    costs: dict[Fact, float] = {}
    for fact, weight in facts.weight.items():
        level = levels[fact[1]]
        share = persons[fact[1]] / max(1.0, float(persons.max()))
        tie = 1e-5 * order[fact] / max(1, len(order))
        costs[fact] = weight * 100.0 / levels.count(level) * (1.0 + 0.1 * share + tie)
    return costs


def _named(ladder: Ladder) -> Fact:
    """Fact whose rows tell a ladder: that of the zone itself for a group."""
    return ("share", ladder.zone, ladder.number) if ladder.together else ladder.fact


class _Hidden:
    """Numbers of one family that must stay unknown, whatever is chosen and once it is chosen."""

    def __init__(self, facts: Facts, cells: Cells, rules: Rules, chosen: Sequence[Ladder]) -> None:
        self.facts, self.cells, self.rules = facts, cells, rules
        self.place = {ladder.fact: j for j, ladder in enumerate(chosen)}
        self.together = [ladder.together for ladder in chosen if ladder.together]
        sizes = cells.membership.sum(axis=1)
        order = [int(zone) for zone in np.argsort(-sizes, kind="stable")]
        self.parents = [zone for zone in order if sizes[zone] > 1]
        self.order = [zone for zone in order if sizes[zone] > 0]

    def targets(self) -> list[Target]:
        """Small numbers of the zones, and of the sets of persons that whole zones give."""
        facts, cells = self.facts, self.cells
        found: list[Target] = []
        for zone in range(len(facts.zones)):
            found += self._small(cells.groups(zone), facts.figures(zone))
        for zones in dict.fromkeys(self.together):
            figures = facts.figures(zones[0])
            for zone in zones[1:]:
                figures = figures.plus(facts.figures(zone))
            every = np.any([cells.groups(zone) for zone in zones], axis=0)
            found += self._small(every, figures)
        for groups in overlaps(facts, cells):
            found += self._small(groups, facts.figures_of(cells, groups))
        return found

    def by_subtraction(self, rungs: Integers) -> list[Target]:
        """Small numbers that subtraction of the exact figures gives, in what is left of a zone."""
        numbers = range(len(self.facts.ages))
        asked: list[tuple[int, ...]] = [(number,) for number in numbers]
        asked += combinations(numbers, 2)
        found: list[Target] = []
        for those in asked:
            exact = {z for z in self.order if all(self._is_exact(z, q, rungs) for q in those)}
            for parent in self.parents:
                if parent in exact:
                    found += self._left(parent, exact)
        return found

    def _small(self, groups: NDArray[np.bool_], figures: Figures) -> list[Target]:
        found = []
        for small in small_numbers(figures, self.rules.threshold):
            form = self.cells.of_groups(groups, small.numbers[0])
            for other in small.numbers[1:]:
                form = form.minus(self.cells.of_groups(groups, other))
            if form.columns:
                found.append(Target(form, small.width, small.low, small.high))
        return found

    def _is_exact(self, zone: int, number: int, rungs: Integers) -> bool:
        fact: Fact = ("share", zone, number)
        return fact in self.place and bool(rungs[self.place[fact]] == 0)

    def _left(self, parent: int, exact: set[int]) -> list[Target]:
        membership = self.cells.membership
        left = membership[parent].copy()
        figures = self.facts.figures(parent)
        for child in self.order:
            inside = membership[child]
            if child != parent and child in exact and not (inside & ~left).any():
                left &= ~inside
                figures = figures.minus(self.facts.figures(child))
        if not left.any() or (left == membership[parent]).all():
            return []
        return self._small(left, figures)
