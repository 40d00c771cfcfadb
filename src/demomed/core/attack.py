"""The attack: what anybody can compute of the persons behind published figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demomed.core.cells import Cells, Past, Zone, build, places
from demomed.core.clues import Clue, clues, said, with_cuts
from demomed.core.dated import still_told
from demomed.core.facts import (
    Facts,
    Figures,
    families,
    overlaps,
    plausible_ages,
    population,
    quantity,
    required,
)
from demomed.core.faults import InputError
from demomed.core.indicator import Indicators, PublicIndicators
from demomed.core.ladders import Earlier, Key, earlier
from demomed.core.linear import (
    EPSILON,
    Attacker,
    Floats,
    Form,
    Statement,
    inconsistent,
    matrix_of,
)
from demomed.core.movements import Movements, Since
from demomed.core.proof import Proof

WHERE: tuple[str, ...] = ("level", "zone_code", "profession", "date")
COLUMNS: tuple[str, ...] = (
    *WHERE,
    "set",
    "quantity",
    "from_age",
    "to_age",
    "base",
    "low",
    "high",
    "required",
    "is_exposed",
)


def head_counts(indicators: Indicators) -> pd.Series:
    """Persons behind every fact about persons: what the strongest attacker knows beforehand.

    Returns
    -------
    Series
        Index ``level, zone_code, profession, indicator``.
    """
    table = indicators.table
    keys = ["level", "zone_code", "profession", "indicator"]
    return table.dropna(subset=["denominator"]).set_index(keys)["denominator"].astype(float)


def feasible_intervals(
    public: PublicIndicators,
    known_head_counts: pd.Series,
    hierarchy: Mapping[str, pd.Series] | None = None,
    previous: PublicIndicators | None = None,
    *,
    moves: pd.DataFrame | None = None,
    whole: bool = False,
    plausible: Sequence[tuple[int, int]] | None = None,
) -> pd.DataFrame:
    """Smallest and largest value of every number of persons that fits all that is published.

    Parameters
    ----------
    public
        What is published: exact figures, coarser truths, means and medians, silence.
    known_head_counts
        Persons of known age by ``level, zone_code, profession`` (and ``indicator`` if they differ
        between ages), as the attacker knows them beside the publication.
    hierarchy
        For each level, the zone of each elementary code.
    previous
        An earlier publication the attacker has kept.
    moves
        Who came and who left since (see :class:`demomed.core.movements.Movements`); without it the
        attacker supposes that no more moved than head counts differ.
    whole
        Over whole numbers of persons: slower, never wider.
    plausible
        Ranges of ages the attacker may assume, widest first; those of the catalogue by default.
        One that contradicts what is published is dropped.

    Returns
    -------
    DataFrame
        One row per zone (and set of persons that subtraction of zones gives: ``set`` is then
        ``"difference"``) and number: persons from ``from_age`` (up to ``to_age`` excluded).
        ``low, high`` hold under the widest range of ages. ``required`` is the width a small number
        must keep; ``is_exposed`` tells that under some range the interval is narrower and holds
        small numbers only. A number that is hidden because it is next to a small one may have a
        narrower interval without being exposed.
    """
    past = earlier(previous.table) if previous is not None else {}
    moved = Movements(moves).known() if moves is not None else None
    ranges = tuple(plausible_ages() if plausible is None else plausible)
    found = []
    for (date, profession, family), read in families(public.table):
        rows = public.table.loc[_labels(public.table, date, profession, family)]
        facts = _completed(read, known_head_counts, profession)
        told = earlier(rows).get(f"{profession}/{family}", {})
        hints = clues(rows, facts)
        scene = _Scene(facts.ages, with_cuts(facts, hints), told, hints, public.threshold)
        before = past.get(f"{profession}/{family}", {})
        known = _by_head_counts(facts, before, profession) if moved is None else moved
        kept = still_told(facts, before, Since(known, profession, family))
        for row in scene.worst(ranges, hierarchy or {}, kept, whole):
            found.append({**row, "profession": profession, "date": date})
    return pd.DataFrame(found, columns=list(COLUMNS))


def _labels(table: pd.DataFrame, date: str, profession: str, family: str) -> pd.Series:
    mine = {id_: quantity(id_).family == family for id_ in table["indicator"].unique()}
    same = table["indicator"].map(mine) & (table["date"].fillna("").astype(str) == date)
    return same & (table["profession"].fillna("").astype(str) == profession)


def _completed(facts: Facts, counts: pd.Series, profession: str) -> Facts:
    """Facts read from a publication, with the head counts it does not give."""
    names = list(counts.index.names)
    base, typical = facts.base.copy(), facts.typical_base.copy()
    place = {zone: i for i, zone in enumerate(facts.zones)}
    for key, persons in counts.items():
        known = dict(zip(names, key, strict=True))
        zone = place.get((str(known["level"]), str(known["zone_code"])))
        if zone is None or str(known["profession"] or "") != profession:
            continue
        counted = quantity(known["indicator"]) if "indicator" in known else None
        for number, age in enumerate(facts.ages):
            if np.isnan(base[zone, number]) and (
                counted is None or (counted.kind == "share" and counted.at == age)
            ):
                base[zone, number] = persons
        if np.isnan(typical[zone]) and (counted is None or counted.kind != "share"):
            typical[zone] = persons
    return replace(facts, base=base, typical_base=typical)


def _by_head_counts(
    facts: Facts, before: Mapping[Key, Earlier], profession: str
) -> dict[tuple[str, str, Zone], tuple[float, float]]:
    """Who must have come or left at least, from the head counts of both dates."""
    found: dict[tuple[str, str, Zone], tuple[float, float]] = {}
    for (kind, zone, age), told in before.items():
        for name in told.together or (zone,):
            gap = 0.0
            if kind == "share" and name in facts.zones and age in facts.ages:
                gap = facts.base[facts.zones.index(name), facts.ages.index(age)] - told.base
            gap = 0.0 if np.isnan(gap) else float(gap)
            left, came = found.get((told.date, profession, name), (0.0, 0.0))
            found[told.date, profession, name] = max(left, -gap), max(came, gap)
    return found


@dataclass(frozen=True)
class _Scene:
    """One family as published: facts with their bases, and what is told of them.

    ``asked`` lists the ages published; ``facts`` also holds those at which a median cuts.
    """

    asked: tuple[int, ...]
    facts: Facts
    told: Mapping[Key, Earlier]
    hints: tuple[Clue, ...]
    threshold: int

    def worst(
        self,
        ranges: Sequence[tuple[int, int]],
        hierarchy: Mapping[str, pd.Series],
        past: list[Past],
        whole: bool,
    ) -> list[dict[str, object]]:
        """Intervals under the widest assumption on ages, exposed under whichever."""
        worst: list[dict[str, object]] = []
        points: list[Floats] | None = None
        for plausible in ranges if self.hints else ranges[:1]:
            scene = self._attacker(hierarchy, past, plausible)
            if scene is None and past:
                # More has changed since than the attacker supposed: what is kept is no help.
                scene = self._attacker(hierarchy, [], plausible)
            if scene is None:
                continue
            attacker, cells = scene
            if points is not None:  # what the wider range has shown may still be possible
                attacker.points = points
                attacker.stand(attacker.rungs)
            rows = list(self._intervals(attacker, cells, whole, complete=points is None))
            for seen, row in zip(worst, rows, strict=False):
                seen["is_exposed"] = seen["is_exposed"] or row["is_exposed"]
            worst, points = worst or rows, attacker.points
        if points is not None:
            return worst
        if not self.hints:
            raise inconsistent()
        return replace(self, hints=()).worst(ranges, hierarchy, past, whole)

    def _attacker(
        self, hierarchy: Mapping[str, pd.Series], past: list[Past], plausible: tuple[int, int]
    ) -> tuple[Attacker, Cells] | None:
        facts = self.facts
        speaking = {name for _, name, _ in self.told}
        speaking |= {name for fact in self.told.values() for name in fact.together}
        quiet = np.array([zone not in speaking for zone in facts.zones], dtype=bool)
        cells = build(population(facts, places(facts.zones, hierarchy), quiet, past))
        statements = [*self._statements(cells)]
        for clue in self.hints:
            statements += clue.statements(facts, cells, plausible)
        attacker = Attacker(cells.system, statements)
        try:
            attacker.largest(np.zeros(attacker.size))
        except InputError:
            return None
        return attacker, cells

    def _intervals(
        self, attacker: Attacker, cells: Cells, whole: bool, *, complete: bool
    ) -> Iterator[dict[str, object]]:
        numbers = [
            number
            for name, groups, figures in self._sets(cells)
            for number in self._numbers(name, groups, figures, cells)
        ]
        yield from _solved(attacker, numbers, whole, self.threshold, complete=complete)

    def _statements(self, cells: Cells) -> Iterator[Statement]:
        facts = self.facts
        for (kind, name, age), fact in self.told.items():
            if kind not in ("share", "group"):
                continue
            zone, number = facts.zones.index(name), facts.ages.index(age)
            zones = [facts.zones.index(other) for other in fact.together] or [zone]
            base = facts.base[zones, number].sum()
            form = cells.of_zones(zones, number)
            if fact.coarse is None:
                yield said(form, fact.value, fact.value)
            elif not np.isnan(base):
                yield said(form, *fact.coarse.counts(round(base)))

    def _sets(
        self, cells: Cells
    ) -> Iterator[tuple[tuple[str, str, str], NDArray[np.bool_], Figures]]:
        facts = self.facts
        for zone, (level, code) in enumerate(facts.zones):
            yield (level, code, "zone"), cells.groups(zone), facts.figures(zone)
        for groups in overlaps(facts, cells):
            yield ("", "", "difference"), groups, facts.figures_of(cells, groups)
        sizes = cells.membership.sum(axis=1)
        order = [int(z) for z in np.argsort(-sizes, kind="stable") if sizes[z] > 0]
        for age in self.asked:
            exact = {z for z in order if self._is_exact(z, age)}
            for parent in sorted(exact):
                left, figures = cells.membership[parent].copy(), facts.figures(parent)
                for child in order:
                    inside = cells.membership[child]
                    if child != parent and child in exact and not (inside & ~left).any():
                        left &= ~inside
                        figures = figures.minus(facts.figures(child))
                if left.any() and (left != cells.membership[parent]).any():
                    yield (*facts.zones[parent], "difference"), left, figures

    def _is_exact(self, zone: int, age: int) -> bool:
        key: Key = ("share", self.facts.zones[zone], age)
        return key in self.told and self.told[key].coarse is None

    def _numbers(
        self, name: tuple[str, str, str], groups: NDArray[np.bool_], figures: Figures, cells: Cells
    ) -> Iterator[tuple[dict[str, object], Form]]:
        where = {"level": name[0], "zone_code": name[1], "set": name[2], "quantity": "persons"}
        places = [(age, self.facts.ages.index(age)) for age in self.asked]
        for age, q in places:
            base = float(figures.base[q])
            span = {"from_age": age, "to_age": None, "base": base}
            need = {"required": required(base, self.threshold)}
            yield {**where, **span, **need}, cells.of_groups(groups, q)
        for (young, q), (old, r) in combinations(places, 2):
            base = float(max(figures.base[q], figures.base[r]))
            span = {"from_age": young, "to_age": old, "base": base}
            need = {"required": required(base, self.threshold)}
            form = cells.of_groups(groups, q).minus(cells.of_groups(groups, r))
            yield {**where, **span, **need}, form


def _solved(
    attacker: Attacker,
    numbers: list[tuple[dict[str, object], Form]],
    whole: bool,
    threshold: int,
    *,
    complete: bool,
) -> Iterator[dict[str, object]]:
    """Intervals of all numbers; those that reach both ends of what is possible need no programme.

    Not ``complete``: an interval wide enough not to be exposed is left as far as it is known.
    """
    needed: dict[Form, float] = {}
    for number, form in numbers:
        if form.columns:
            needed[form] = max(needed.get(form, 0.0), float(str(number["required"])))
    forms = list(needed)
    lines = matrix_of(forms, attacker.size).toarray()
    system = attacker.system
    most = np.maximum(lines, 0) @ system.upper + np.minimum(lines, 0) @ system.lower
    least = np.maximum(lines, 0) @ system.lower + np.minimum(lines, 0) @ system.upper
    for i, form in enumerate(forms):
        if min(form.values) < 0:  # persons between two ages are never fewer than none
            least[i] = 0.0
    wanted = most - least
    if not complete:
        wanted = np.minimum(wanted, np.array([needed[form] for form in forms]))
    proof = Proof(attacker, lines, wanted, whole=whole)
    proof.search(np.arange(len(forms)) % 16)
    solved: dict[Form, tuple[float, float]] = {}
    for i, form in enumerate(forms):
        if not proof.is_doubtful(i):
            solved[form] = (float(proof.low[i]), float(proof.high[i]))
        else:
            solved[form] = attacker.interval(lines[i], whole=whole)
    for number, form in numbers:
        low, high = solved.get(form, (0.0, 0.0))
        found = {**number, "low": round(low, 6), "high": round(high, 6)}
        yield {**found, "is_exposed": _is_exposed(found, threshold)}


def _is_exposed(number: Mapping[str, object], threshold: int) -> bool:
    low, high = float(str(number["low"])), float(str(number["high"]))
    base = float(str(number["base"]))
    if base == 0 or high - low >= float(str(number["required"])) - EPSILON:
        return False
    if number["to_age"] is not None:
        return low > EPSILON and high < threshold
    return high < threshold or low > base - threshold
