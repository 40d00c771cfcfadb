"""Coarser truths: the classes told in the place of an exact figure that must stay secret."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from demomed.core import catalogue


@dataclass(frozen=True)
class CoarseClass:
    """A class of shares (0–1): ``low`` is inside, ``high`` is not (except 1)."""

    low: Fraction
    high: Fraction
    text: str

    def counts(self, base: int) -> tuple[int, int]:
        """Smallest and largest number of persons out of ``base`` whose share is in the class.

        Examples
        --------
        >>> CoarseClass(Fraction(0), Fraction(1, 2), "moins de la moitié").counts(11)
        (0, 5)
        >>> CoarseClass(Fraction(1, 2), Fraction(1), "au moins la moitié").counts(12)
        (6, 12)
        """
        low = math.ceil(self.low * base)
        return low, base if self.high >= 1 else math.ceil(self.high * base) - 1


@cache
def share_classes() -> tuple[CoarseClass, ...]:
    """Classes of shares of the catalogue, named ones first."""
    declared = catalogue.entry("secrecy", "classes")
    classes = [
        CoarseClass(Fraction(raw["low"]), Fraction(raw["high"]), raw["text"])
        for raw in declared["share"]
    ]
    for raw in declared["share_steps"]:
        step = Fraction(raw["step"])
        for k in range(int(1 / step)):
            low, high = k * step, (k + 1) * step
            text = raw["text"].format(low=int(low * 100), high=int(high * 100))
            classes.append(CoarseClass(low, high, text))
    return tuple(classes)


@cache
def by_text() -> Mapping[str, CoarseClass]:
    """Every class by the French text that tells it.

    Examples
    --------
    >>> by_text()["moins des deux tiers"].counts(10)
    (0, 6)
    """
    return {known.text: known for known in share_classes()}


def group_text(names: Sequence[str], text: str) -> str:
    """Class of a zone taken together with others, as the catalogue words it.

    Examples
    --------
    >>> group_text(["Vallées", "Plateau"], "au moins un tiers")
    'avec «\u202fVallées\u202f» et «\u202fPlateau\u202f»\\u202f: au moins un tiers'
    """
    words = catalogue.entry("secrecy", "classes")["group"]
    quoted = [words["zone"].format(name=name) for name in names]
    first = words["between"].join(quoted[:-1])
    listed = words["last"].join(part for part in (first, quoted[-1]) if part)
    return str(words["text"].format(zones=listed, text=text))


def group_names(text: str) -> tuple[tuple[str, ...], str]:
    """Names of the zones a text takes together with its own, and the class it tells of them.

    Examples
    --------
    >>> group_names(group_text(["Vallées", "Plateau"], "au moins un tiers"))
    (('Vallées', 'Plateau'), 'au moins un tiers')
    """
    words = catalogue.entry("secrecy", "classes")["group"]
    before, after = (re.escape(part) for part in words["zone"].split("{name}"))
    for known in by_text():
        start = words["text"].split("{zones}")[0]
        if text.startswith(start) and text.endswith(
            words["text"].format(zones="", text=known)[len(start) :]
        ):
            return tuple(re.findall(f"{before}(.*?){after}", text)), known
    return (), text


@dataclass(frozen=True)
class Told:
    """What may be told of a number of persons: bounds and words."""

    low: float
    high: float
    text: str


@cache
def _classes_of(base: int) -> tuple[tuple[int, int, str], ...]:
    return tuple((*known.counts(base), known.text) for known in share_classes())


def share_ladder(
    part: int, base: int, narrowest: int, allowed: Callable[[int, int], bool]
) -> list[Told]:
    """Coarser truths of ``part`` persons out of ``base``, each one containing the one before.

    Parameters
    ----------
    part, base
        Number of persons counted and number of persons it is taken from.
    narrowest
        Smallest width, in persons, of the interval a class may leave.
    allowed
        Further condition on the smallest and largest counts of a class.

    Examples
    --------
    >>> [told.text for told in share_ladder(3, 11, 5, lambda low, high: True)]
    ['moins de la moitié', 'moins des deux tiers', 'moins des trois quarts', 'moins de neuf sur dix']
    """
    held: list[tuple[float, float, int, float, float, str]] = []
    for rank, (low, high, text) in enumerate(_classes_of(base)):
        informs = low > 0 or high < base
        if low <= part <= high and informs and high - low >= narrowest and allowed(low, high):
            held.append((high - low, abs(low + high - 2 * part), rank, low, high, text))
    return _nested(held)


def _nested(held: list[tuple[float, float, int, float, float, str]]) -> list[Told]:
    """Keep the narrowest class, then each next one that strictly contains the last kept."""
    ladder: list[Told] = []
    for _, _, _, low, high, text in sorted(held):
        if not ladder or (
            low <= ladder[-1].low
            and high >= ladder[-1].high
            and (low, high) != (ladder[-1].low, ladder[-1].high)
        ):
            ladder.append(Told(low, high, text))
    return ladder
