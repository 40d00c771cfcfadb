"""The attack: what anybody can compute of the persons behind published figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demomed.core.cells import MEAN, Cells, Past, build, places
from demomed.core.facts import Facts, Figures, age_model, families, overlaps, population, required
from demomed.core.faults import InputError
from demomed.core.gate import plausible, remembered
from demomed.core.indicator import Indicators, PublicIndicators
from demomed.core.ladders import Earlier, Key, earlier, median_bounds
from demomed.core.linear import EPSILON, Attacker, Form, Statement, matrix_of
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
    whole: bool = False,
) -> pd.DataFrame:
    """Smallest and largest value of every number of persons that fits all that is published.

    Parameters
    ----------
    public
        What is published: exact figures, coarser truths, silence.
    known_head_counts
        Persons of known age by ``level, zone_code, profession`` (and ``indicator`` if they differ
        between ages), as the attacker knows them beside the publication.
    hierarchy
        For each level, the zone of each elementary code.
    previous
        An earlier publication the attacker has kept.
    whole
        Over whole numbers of persons: slower, never wider.

    Returns
    -------
    DataFrame
        One row per zone (and set of persons that subtraction of zones gives: ``set`` is then
        ``"difference"``) and number: persons from ``from_age`` (up to ``to_age`` excluded), or
        their mean age. ``required`` is the width a small number must keep; ``is_exposed`` tells
        that the interval is narrower and holds small numbers only. A number that is hidden
        because it is next to a small one may have a narrower interval without being exposed.
    """
    past = earlier(previous.table) if previous is not None else {}
    found = []
    for (date, profession, family), read in families(public.table):
        facts = _completed(read, known_head_counts, profession, public)
        before = past.get(f"{profession}/{family}", {})
        told = earlier(public.table.loc[_labels(public.table, date, profession)])
        scene = _Scene(facts, told.get(f"{profession}/{family}", {}), public.threshold)
        for row in scene.intervals(hierarchy or {}, before, date, whole):
            found.append({**row, "profession": profession, "date": date})
    return pd.DataFrame(found, columns=list(COLUMNS))


def _labels(table: pd.DataFrame, date: str, profession: str) -> pd.Series:
    same = table["date"].fillna("").astype(str) == date
    return same & (table["profession"].fillna("").astype(str) == profession)


def _completed(facts: Facts, counts: pd.Series, profession: str, public: PublicIndicators) -> Facts:
    """Facts read from a publication, with the head counts it does not give."""
    from demomed.core.facts import quantity

    names = list(counts.index.names)
    base, mean = facts.base.copy(), facts.base_of_mean.copy()
    place = {zone: i for i, zone in enumerate(facts.zones)}
    with_mean = any(quantity(id_).kind != "share" for id_ in public.table["indicator"].unique())
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
        if with_mean and np.isnan(mean[zone]) and (counted is None or counted.kind != "share"):
            mean[zone] = persons
    return replace(facts, base=base, base_of_mean=mean)


@dataclass(frozen=True)
class _Scene:
    """One family as published: facts with their bases, and what is told of them."""

    facts: Facts
    told: Mapping[Key, Earlier]
    threshold: int

    def intervals(
        self,
        hierarchy: Mapping[str, pd.Series],
        before: Mapping[Key, Earlier],
        date: str,
        whole: bool,
    ) -> Iterator[dict[str, object]]:
        facts = self.facts
        model = plausible(facts, age_model())
        past = list(remembered(facts, before, date, model))
        try:
            attacker, cells = self._attacker(hierarchy, past)
            attacker.largest(np.zeros(attacker.size))
        except InputError:
            if not past:
                raise
            # More has changed since than the attacker supposed: what is kept is no help.
            attacker, cells = self._attacker(hierarchy, [])
        numbers = [
            number
            for name, groups, figures in self._sets(cells)
            for number in self._numbers(name, groups, figures, cells, model.years)
        ]
        yield from _solved(attacker, numbers, whole, self.threshold)

    def _attacker(
        self, hierarchy: Mapping[str, pd.Series], past: list[Past]
    ) -> tuple[Attacker, Cells]:
        facts = self.facts
        speaking = {name for _, name, _ in self.told}
        speaking |= {name for fact in self.told.values() for name in fact.together}
        quiet = np.array([zone not in speaking for zone in facts.zones], dtype=bool)
        people = population(facts, places(facts.zones, hierarchy), quiet, past)
        cells = build(people, plausible(facts, age_model()))
        return Attacker(cells.system, [*self._statements(cells)]), cells

    def _statements(self, cells: Cells) -> Iterator[Statement]:
        facts = self.facts
        for (kind, name, age), fact in self.told.items():
            zone = facts.zones.index(name)
            if kind == "group":
                yield from self._together(cells, fact, facts.ages.index(age))
                continue
            if kind == "median":
                for number, limit in enumerate(facts.ages):
                    base = facts.base[zone, number]
                    if base == facts.base_of_mean[zone]:
                        bounds = median_bounds(fact.value, limit, base)
                        yield _said(cells.of_zone(zone, number), *bounds)
                continue
            number = MEAN if kind == "mean" else facts.ages.index(age)
            base = facts.base_of(zone, number)
            if fact.coarse is None:
                yield _said(cells.of_zone(zone, number), fact.value, fact.value)
            elif not np.isnan(base):
                low, high = (
                    (float(fact.coarse.low * round(base)), float(fact.coarse.high * round(base)))
                    if kind == "mean"
                    else fact.coarse.counts(round(base))
                )
                yield _said(cells.of_zone(zone, number), low, high)

    def _together(self, cells: Cells, fact: Earlier, number: int) -> Iterator[Statement]:
        zones = [self.facts.zones.index(name) for name in fact.together]
        base = self.facts.base[zones, number].sum()
        if fact.coarse is not None and not np.isnan(base):
            yield _said(cells.of_zones(zones, number), *fact.coarse.counts(round(base)))

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
        for number in [*range(len(facts.ages)), MEAN]:
            exact = {z for z in order if self._is_exact(z, number)}
            for parent in sorted(exact):
                left, figures = cells.membership[parent].copy(), facts.figures(parent)
                for child in order:
                    inside = cells.membership[child]
                    if child != parent and child in exact and not (inside & ~left).any():
                        left &= ~inside
                        figures = figures.minus(facts.figures(child))
                if left.any() and (left != cells.membership[parent]).any():
                    yield (*facts.zones[parent], "difference"), left, figures

    def _is_exact(self, zone: int, number: int) -> bool:
        name = self.facts.zones[zone]
        key: Key = ("mean", name, 0)
        if number != MEAN:
            key = ("share", name, self.facts.ages[number])
        return key in self.told and self.told[key].coarse is None

    def _numbers(
        self,
        name: tuple[str, str, str],
        groups: NDArray[np.bool_],
        figures: Figures,
        cells: Cells,
        years: float,
    ) -> Iterator[tuple[dict[str, object], Form]]:
        where = {"level": name[0], "zone_code": name[1], "set": name[2]}
        ages = self.facts.ages
        for q, age in enumerate(ages):
            base = float(figures.base[q])
            said = {"quantity": "persons", "from_age": age, "to_age": None, "base": base}
            need = {"required": required(base, self.threshold)}
            yield {**where, **said, **need}, cells.of_groups(groups, q)
        for q, r in combinations(range(len(ages)), 2):
            base = float(max(figures.base[q], figures.base[r]))
            said = {"quantity": "persons", "from_age": ages[q], "to_age": ages[r], "base": base}
            need = {"required": required(base, self.threshold)}
            form = cells.of_groups(groups, q).minus(cells.of_groups(groups, r))
            yield {**where, **said, **need}, form
        base = figures.base_of_mean
        if 0 < base < self.threshold:
            said = {"quantity": "mean", "from_age": None, "to_age": None, "base": base}
            yield {**where, **said, "required": years}, cells.of_groups(groups, MEAN)


def _said(form: Form, low: float, high: float) -> Statement:
    return Statement((form,), ((float(low),),), ((float(high),),), (0.0,))


def _solved(
    attacker: Attacker,
    numbers: list[tuple[dict[str, object], Form]],
    whole: bool,
    threshold: int,
) -> Iterator[dict[str, object]]:
    """Intervals of all numbers; those that reach both ends of what is possible need no programme."""
    forms = list(dict.fromkeys(form for _, form in numbers if form.columns))
    lines = matrix_of(forms, attacker.size).toarray()
    system = attacker.system
    most = np.maximum(lines, 0) @ system.upper + np.minimum(lines, 0) @ system.lower
    least = np.maximum(lines, 0) @ system.lower + np.minimum(lines, 0) @ system.upper
    for i, form in enumerate(forms):
        if min(form.values) < 0:  # persons between two ages are never fewer than none
            least[i] = 0.0
    proof = Proof(attacker, lines, most - least, whole=whole)
    proof.search(np.arange(len(forms)) % 16)
    solved: dict[Form, tuple[float, float]] = {}
    for i, form in enumerate(forms):
        if not proof.is_doubtful(i):
            solved[form] = (float(proof.low[i]), float(proof.high[i]))
        else:
            solved[form] = attacker.interval(lines[i], whole=whole)
    for number, form in numbers:
        low, high = solved.get(form, (0.0, 0.0))
        if number["quantity"] == "mean":
            low, high = low / float(str(number["base"])), high / float(str(number["base"]))
        found = {**number, "low": round(low, 6), "high": round(high, 6)}
        yield {**found, "is_exposed": _is_exposed(found, threshold)}


def _is_exposed(number: Mapping[str, object], threshold: int) -> bool:
    low, high = float(str(number["low"])), float(str(number["high"]))
    base = float(str(number["base"]))
    if base == 0 or high - low >= float(str(number["required"])) - EPSILON:
        return False
    if number["quantity"] == "mean":
        return True
    if number["to_age"] is not None:
        return low > EPSILON and high < threshold
    return high < threshold or low > base - threshold
