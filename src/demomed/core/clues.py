"""What a published mean or median age tells an attacker of numbers of persons."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from demomed.core.cells import Cells
from demomed.core.facts import Facts, quantity
from demomed.core.linear import Form, Statement


@dataclass(frozen=True)
class Clue:
    """Mean and median age of one zone, as a reader bounds them.

    Parameters
    ----------
    zone, base
        Zone number, and persons behind.
    total
        Bounds of the sum of ages; missing when no mean is told.
    median
        Bounds of the median age; missing when none is told.
    """

    zone: int
    base: float
    total: tuple[float, float]
    median: tuple[float, float]

    @property
    def cuts(self) -> tuple[int, ...]:
        """Ages from which the median says how many persons there are."""
        low, high = self.median
        return () if np.isnan(low) else (math.ceil(low), math.floor(high) + 1)

    def statements(
        self, facts: Facts, cells: Cells, plausible: tuple[int, int]
    ) -> Iterator[Statement]:
        """What it says, as the linear programmes read it.

        Parameters
        ----------
        facts
            With the ages of :func:`with_cuts`.
        cells
            Unknowns of these facts.
        plausible
            Youngest and oldest ages the attacker assumes.
        """
        same = [q for q in range(len(facts.ages)) if facts.base[self.zone, q] == self.base]
        if not np.isnan(self.median[0]):
            for q in same:
                yield said(cells.of_zone(self.zone, q), *self._half(facts.ages[q]))
        if not np.isnan(self.total[0]):
            yield from self._sums(facts, cells, same, plausible)

    def _half(self, age: int) -> tuple[float, float]:
        """Bounds of the persons having reached an age: half of them have the median or more."""
        low = math.ceil(self.base / 2) if age <= math.ceil(self.median[0]) else 0.0
        return low, self.base // 2 if age > math.floor(self.median[1]) else self.base

    def _sums(
        self, facts: Facts, cells: Cells, same: list[int], plausible: tuple[int, int]
    ) -> Iterator[Statement]:
        """The least and the greatest sum of ages that numbers of persons allow, against the mean.

        Ages are completed years: who has not reached 55 is 54 at most.
        """
        youngest, oldest = plausible
        reached = [min(max(facts.ages[q], youngest), oldest + 1) for q in same]
        steps = [youngest, *reached, oldest + 1]
        rises = [b - a for a, b in pairwise(steps)]
        least, most = self.total
        forms = [cells.of_zone(self.zone, q) for q in same]
        yield said(_weighted(forms, rises[:-1]), -np.inf, most - youngest * self.base)
        yield said(_weighted(forms, rises[1:]), least - (steps[1] - 1) * self.base, np.inf)


def said(form: Form, low: float, high: float) -> Statement:
    """A plain statement: bounds of a form."""
    return Statement((form,), ((float(low),),), ((float(high),),), (0.0,))


def _weighted(forms: list[Form], weights: list[int]) -> Form:
    pairs = list(zip(forms, weights, strict=True))
    return Form(
        tuple(column for form, _ in pairs for column in form.columns),
        tuple(weight * value for form, weight in pairs for value in form.values),
    )


def clues(table: pd.DataFrame, facts: Facts) -> tuple[Clue, ...]:
    """Means and medians told in the rows of one family, profession and date.

    A whole number of years may have been rounded; any other figure, or a sum of ages beside the
    mean, is exact.
    """
    found: dict[int, Clue] = {}
    kinds = table["indicator"].map(lambda id_: quantity(id_).kind)
    told = kinds.isin(["mean", "median"]) & table["value"].notna()
    for row in table.assign(kind=kinds).loc[told].to_dict("records"):
        zone = facts.zones.index((str(row["level"]), str(row["zone_code"])))
        base, value = float(row["denominator"]), float(row["value"])
        nothing = np.nan, np.nan
        clue = found.get(zone, Clue(zone, base, nothing, nothing))
        exact = not np.isnan(row["numerator"]) or value % 1 != 0
        low, high = (value, value) if exact else (value - 0.5, value + 0.5)
        if row["kind"] == "mean":
            clue = replace(clue, total=(low * base, high * base))
        else:  # half-years only: under the next whole year, the highest is the year itself
            clue = replace(clue, median=(low, value))
        found[zone] = clue
    return tuple(found.values())


def with_cuts(facts: Facts, told: tuple[Clue, ...]) -> Facts:
    """Facts with one more unknown number of persons for each age at which a median cuts."""
    known: Mapping[int, int] = {age: q for q, age in enumerate(facts.ages)}
    ages = tuple(sorted({*facts.ages, *(age for clue in told for age in clue.cuts)}))
    largest = np.fmax.reduce(facts.base, axis=1)
    everybody = np.where(np.isnan(facts.typical_base), largest, facts.typical_base)
    unknown = np.full(len(facts.zones), np.nan)
    base = [facts.base[:, known[age]] if age in known else everybody for age in ages]
    part = [facts.part[:, known[age]] if age in known else unknown for age in ages]
    return replace(facts, ages=ages, base=np.column_stack(base), part=np.column_stack(part))
