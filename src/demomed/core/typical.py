"""Mean and median ages: told of many persons, and only if the counts by age say as much already.

A mean and a median depend on the ages of all the persons of a zone together, not on where each of
them practises. Once the zone's numbers of persons having reached each age are published, any way of
sharing these persons between smaller zones can be completed with the true ages: a mean and a median
then tell nothing of the smaller zones. When one of these numbers is told coarsely or not at all,
they are only told if every number it leaves possible admits them. They are published at one level,
of zones that do not overlap, so that no difference of two of them is of fewer persons.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from demomed.core.facts import NO_AGE, Fact, Facts
from demomed.core.ladders import Earlier, Key, Ladder, Rules
from demomed.core.movements import Since

MOST_CASES = 4096
"""Cases looked at one by one before a mean is withheld: there are few in practice."""


def rounded_half_up(value: float, decimals: int = 0) -> float:
    """A number as it is told, halves upwards whatever their parity.

    Examples
    --------
    >>> rounded_half_up(46.5), rounded_half_up(47.5), rounded_half_up(47.49)
    (47.0, 48.0, 47.0)
    """
    scale = 10.0**decimals
    return float(math.floor(value * scale + 0.5) / scale)


def untold_typical(
    facts: Facts,
    ladders: Sequence[Ladder],
    rungs: NDArray[np.intp],
    rules: Rules,
    past: Mapping[Key, Earlier],
    since: Since,
) -> tuple[Fact, ...]:
    """Means and medians to withhold, once it is chosen what is told of the numbers of persons.

    Parameters
    ----------
    facts
        True figures; means and medians as they would be told.
    ladders, rungs
        What is told of each number of persons.
    rules
        Fewest persons behind a mean, plausible ages.
    past
        What was published earlier: a mean is withheld when a few persons came or left since.
    since
        Who came and who left.
    """
    told = {
        (ladder.zone, ladder.number): ladder.rungs[rung]
        for ladder, rung in zip(ladders, rungs.tolist(), strict=True)
        if ladder.kind == "share"
    }
    untold: list[Fact] = []
    zones = sorted({zone for kind, zone, _ in facts.rows if kind in ("mean", "median")})
    for zone in zones:
        mine: list[Fact] = [(kind, zone, NO_AGE) for kind in ("mean", "median")]  # type: ignore[misc]
        mine = [fact for fact in mine if fact in facts.rows]
        base = facts.typical_base[zone]
        if base == 0:
            continue  # nobody: no fact about a person
        bounds = [
            (told[zone, q].low, told[zone, q].high) if (zone, q) in told else (0.0, base)
            for q in _counted(facts)
        ]
        safe = base >= rules.typical and not any(
            _moved(facts, fact, rules, past, since) for fact in mine
        )
        if not safe or not _says_nothing(facts, zone, bounds, rules.plausible):
            untold += mine
    return tuple(untold)


def _moved(
    facts: Facts, fact: Fact, rules: Rules, past: Mapping[Key, Earlier], since: Since
) -> bool:
    """Whether a mean told earlier would tell, beside today's, of the few who came or left."""
    zone = facts.zones[fact[1]]
    before = past.get((fact[0], zone, 0))
    if before is None:
        return False
    left, came = since(before.date, zone)
    is_unknown = np.isinf(left + came)
    return bool(is_unknown or (left + came > 0 and max(left, came) < rules.typical))


def _counted(facts: Facts) -> list[int]:
    """Numbers of the ages from which persons are counted somewhere."""
    return np.flatnonzero(~np.isnan(facts.base).all(axis=0)).tolist()


def _says_nothing(
    facts: Facts, zone: int, bounds: Sequence[tuple[float, float]], plausible: tuple[int, int]
) -> bool:
    base = facts.typical_base[zone]
    if all(low == high for low, high in bounds):
        return True
    counted = _counted(facts)
    if (facts.base[zone, counted] != base).any():
        return False
    ages, cases = [facts.ages[q] for q in counted], list(_extreme(bounds))
    return len(cases) <= MOST_CASES and all(
        admits(case, ages, int(base), facts.mean[zone], facts.median[zone], plausible)
        for case in cases
    )


def _extreme(bounds: Sequence[tuple[float, float]]) -> Iterator[tuple[int, ...]]:
    """Extreme points of the numbers of persons that bounds and the order of ages leave possible.

    The bounds and the differences of two numbers make a network: each of its extreme points only
    holds values of bounds.
    """
    values = sorted({int(value) for pair in bounds for value in pair})

    def longer(case: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(case) == len(bounds):
            yield case
            return
        low, high = bounds[len(case)]
        for value in values:
            if low <= value <= high and (not case or value <= case[-1]):
                yield from longer((*case, value))

    yield from longer(())


def admits(
    counts: Sequence[int],
    ages: Sequence[int],
    base: int,
    mean: float,
    median: float,
    plausible: tuple[int, int],
) -> bool:
    """Whether persons so many to have reached each age may have this mean and this median age.

    Ages are completed years; mean and median are rounded to the year.

    Parameters
    ----------
    counts, ages
        Persons having reached each age, ages increasing.
    base
        Persons in all.
    mean, median
        As told; missing when nothing is told.
    plausible
        Youngest and oldest plausible ages.

    Examples
    --------
    Eleven persons, six of whom have reached 55: the median is over 55, the mean at least 41.

    >>> [admits([6], [55], 11, np.nan, median, (25, 75)) for median in (54, 55, 60)]
    [False, True, True]
    >>> [admits([6], [55], 11, mean, np.nan, (25, 75)) for mean in (40, 41, 65, 66)]
    [False, True, True, False]
    """
    youngest, oldest = plausible
    steps = [youngest, *ages, oldest + 1]
    sizes = [base - counts[0], *(a - b for a, b in pairwise([*counts, 0]))]
    lowest = np.repeat(np.array(steps[:-1]), sizes)
    highest = np.repeat(np.array(steps[1:]) - 1, sizes)
    if np.isnan(median):
        sums = [(int(lowest.sum()), int(highest.sum()))]
    else:
        sums = [
            *_around(lowest, highest, 2 * int(median)),
            *_around(lowest, highest, 2 * int(median) - 1),
        ]
    if np.isnan(mean):
        return bool(sums)
    least, most = math.ceil((mean - 0.5) * base), math.ceil((mean + 0.5) * base) - 1
    return any(max(low, least) <= min(high, most) for low, high in sums)


def _around(
    lowest: NDArray[np.int_], highest: NDArray[np.int_], twice: int
) -> Iterator[tuple[int, int]]:
    """Least and greatest sum of ages, sorted, whose median is half of ``twice``; or nothing."""
    half = len(lowest) // 2
    if len(lowest) % 2:
        middle = slice(half, half + 1)
        below = above = twice // 2
        possible = twice % 2 == 0 and lowest[half] <= below <= highest[half]
    else:
        middle = slice(half - 1, half + 1)
        below = min(twice // 2, int(highest[half - 1]), twice - int(lowest[half]))
        above = twice - below
        possible = below >= lowest[half - 1] and above <= highest[half]
    if possible:
        first, last = slice(0, middle.start), slice(middle.stop, None)
        centre = twice // 2 if len(lowest) % 2 else twice
        yield (
            int(lowest[first].sum() + centre + np.maximum(lowest[last], above).sum()),
            int(np.minimum(highest[first], below).sum() + centre + highest[last].sum()),
        )
