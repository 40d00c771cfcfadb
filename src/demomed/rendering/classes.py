"""Class breaks that are the same at every build, readable bounds, palettes and circle sizes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from demomed.core.faults import Fault, InputError, closest
from demomed.rendering.colour import VISIONS, Vision, differences, ramp

Method = Literal["fixed", "quantile", "jenks", "headtail", "equal"]

CLASSES_BY_LEVEL: Mapping[str, int] = {"epci": 4, "commune": 5, "departement": 1}
"""Number of classes by level: four for some ten zones, five for some hundreds."""
MOST_CLASSES = 6
"""Beyond six, neighbouring colours cannot be told apart (see :func:`confusions`)."""
LEAST_DIFFERENCE = 10.0
"""Least ΔE between the colours of neighbouring classes, for every vision simulated."""


@dataclass(frozen=True)
class Classing:
    """Classes of a set of values.

    Parameters
    ----------
    method
        How the breaks were found.
    bounds
        Ascending bounds, ``number of classes + 1``; class ``i`` is ``(bounds[i], bounds[i + 1]]``
        and the first one holds its lower bound.
    wanted
        Number of classes asked for; more than there are when distinct values are too few.
    goodness
        Share of the variance that lies between the classes (goodness of variance fit).
    """

    method: Method
    bounds: tuple[float, ...]
    wanted: int
    goodness: float

    @property
    def count(self) -> int:
        """Number of classes."""
        return max(0, len(self.bounds) - 1)

    @property
    def reduced(self) -> bool:
        """Whether there are fewer classes than were asked for."""
        return self.count < self.wanted


def quantile_breaks(values: np.ndarray, count: int) -> tuple[float, ...]:
    """Upper bounds that put the same number of values in each class (quantiles of type 7).

    Examples
    --------
    >>> quantile_breaks(np.array([2.0, 2.1, 2.2, 2.4, 3.1, 3.2, 3.3, 4.8, 5.0, 7.9]), 4)
    (2.25, 3.15, 4.425, 7.9)
    """
    levels = np.quantile(values, np.linspace(0, 1, count + 1)[1:])
    return tuple(dict.fromkeys(np.round(levels, 10).tolist()))


def equal_breaks(values: np.ndarray, count: int) -> tuple[float, ...]:
    """Upper bounds of classes of equal width.

    Examples
    --------
    >>> equal_breaks(np.array([2.0, 7.9]), 4)
    (3.475, 4.95, 6.425, 7.9)
    """
    levels = np.linspace(values.min(), values.max(), count + 1)[1:]
    return tuple(dict.fromkeys(np.round(levels, 10).tolist()))


def headtail_breaks(values: np.ndarray, count: int = MOST_CLASSES) -> tuple[float, ...]:
    """Upper bounds at the mean, then at the mean of the head while it is a minority (40 %).

    Head/tail breaks (Jiang, 2013), for values of which few are large.

    Examples
    --------
    >>> headtail_breaks(np.array([2.0, 2.1, 2.2, 2.4, 3.1, 3.2, 3.3, 4.8, 5.0, 7.9]))
    (3.6, 5.9, 7.9)
    """
    bounds: list[float] = []
    head = values
    while len(head) > 1 and len(bounds) < count - 1:
        middle = float(np.round(head.mean(), 10))
        above = head[head > middle]
        if not len(above):
            break
        bounds.append(middle)
        if len(above) / len(head) > 0.4:
            break
        head = above
    return (*bounds, float(values.max()))


def jenks_breaks(values: np.ndarray, count: int) -> tuple[float, ...]:
    """Upper bounds of the classes with the least variance inside (Fisher-Jenks, exact).

    Dynamic programming over the distinct values (Fisher, 1958; Jenks, 1977): no draw, no seed,
    the same breaks at every build. Among equal solutions the lowest breaks are kept.

    Examples
    --------
    >>> jenks_breaks(np.array([2.0, 2.1, 2.2, 2.4, 3.1, 3.2, 3.3, 4.8, 5.0, 7.9]), 4)
    (2.4, 3.3, 5.0, 7.9)
    """
    distinct, weights = np.unique(values, return_counts=True)
    size = len(distinct)
    centred = distinct - distinct.mean()
    weight, first, second = (
        np.concatenate([[0.0], np.cumsum(weights * centred**power)]) for power in (0, 1, 2)
    )
    below = np.arange(size)
    total = weight[None, 1:] - weight[:-1, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        inside = (second[None, 1:] - second[:-1, None]) - (
            first[None, 1:] - first[:-1, None]
        ) ** 2 / total
    inside = np.where(below[:, None] <= below[None, :], np.maximum(inside, 0), np.inf)
    cost, starts = inside[0], []
    for _ in range(count - 1):
        through = np.concatenate([[np.inf], cost[:-1]])[:, None] + inside
        start = through.argmin(axis=0)
        starts.append(start)
        cost = through[start, below]
    ends, end = [size - 1], size - 1
    for start in reversed(starts):
        end = int(start[end]) - 1
        ends.append(end)
    return tuple(distinct[sorted(ends)].tolist())


_METHODS: Mapping[str, Callable[[np.ndarray, int], tuple[float, ...]]] = {
    "quantile": quantile_breaks,
    "equal": equal_breaks,
    "headtail": headtail_breaks,
    "jenks": jenks_breaks,
}


def make_classes(
    values: Sequence[float],
    count: int,
    method: Method = "jenks",
    *,
    fixed: Sequence[float] = (),
    readable: bool = True,
    decimals: int = 0,
) -> Classing:
    """Bounds of the classes of the values that a map shows.

    Parameters
    ----------
    values
        Values as shown (already rounded), without missing ones.
    count
        Number of classes wanted; fewer distinct values give fewer classes.
    method
        ``"jenks"``, ``"quantile"``, ``"equal"``, ``"headtail"`` or ``"fixed"``.
    fixed
        Inner bounds of fixed classes: the same whatever the values, so that maps compare.
    readable
        Move each computed bound to the roundest number that leaves every value in its class; a
        class without any value disappears.
    decimals
        Decimals shown.

    Returns
    -------
    Classing
        No class at all when there is no value.

    Raises
    ------
    InputError
        If the method is unknown or more than six classes are asked for.

    Examples
    --------
    >>> make_classes([31, 38, 41, 62, 64, 66, 84], 3).bounds
    (31.0, 50.0, 70.0, 84.0)
    >>> make_classes([4.0, 12.0], 5, "fixed", fixed=(10, 15, 20)).bounds
    (4.0, 10.0, 15.0, 20.0, 25.0)
    """
    if method != "fixed" and method not in _METHODS:
        raise InputError(
            Fault(
                "classes",
                f"méthode « {method} »",
                "une méthode connue",
                closest(method, (*_METHODS, "fixed")),
            )
        )
    wanted = len(fixed) + 1 if method == "fixed" else count
    if not 1 <= wanted <= MOST_CLASSES:
        raise InputError(
            Fault(
                "classes",
                f"{wanted} classes",
                f"de 1 à {MOST_CLASSES} classes",
                "regrouper des classes",
            )
        )
    known = np.sort(np.asarray(values, dtype=float))
    if not len(known):
        return Classing(method, (), wanted, 1.0)
    if method == "fixed":
        bounds = _fixed_bounds(known, tuple(float(b) for b in fixed))
    else:
        upper = _METHODS[method](known, min(wanted, len(np.unique(known))))
        inner = [_roundest(known, b, decimals) if readable else b for b in upper[:-1]]
        bounds = (float(known[0]), *dict.fromkeys(inner), float(known[-1]))
    return Classing(method, bounds, wanted, _goodness(known, bounds))


def _fixed_bounds(known: np.ndarray, inner: tuple[float, ...]) -> tuple[float, ...]:
    step = inner[-1] - inner[-2] if len(inner) > 1 else abs(inner[-1]) or 1.0
    low = float(known[0]) if known[0] < inner[0] else min(0.0, inner[0] - step)
    high = float(known[-1]) if known[-1] > inner[-1] else inner[-1] + step
    return (low, *inner, high)


def _roundest(known: np.ndarray, bound: float, decimals: int) -> float:
    """The roundest number from the last value of a class (included) to the next value (excluded)."""
    unit = 10**decimals
    last, following = (
        math.ceil(round(float(value) * unit, 6))
        for value in (known[known <= bound].max(), known[known > bound].min())
    )
    for power in range(len(str(abs(following))), -1, -1):
        for step in (10**power, 10**power // 2):
            multiples = range(-(-last // step), -(-following // step)) if step else ()
            if multiples:
                return min((m * step / unit for m in multiples), key=lambda m: (abs(m - bound), m))
    return float(known[known <= bound].max())


def _goodness(known: np.ndarray, bounds: tuple[float, ...]) -> float:
    total = float(((known - known.mean()) ** 2).sum())
    if total == 0:
        return 1.0
    index = assign(known, bounds)
    within = sum(
        float(((known[index == k] - known[index == k].mean()) ** 2).sum()) for k in np.unique(index)
    )
    return 1 - within / total


def assign(values: np.ndarray, bounds: Sequence[float]) -> np.ndarray:
    """Class of each value, from 0; intervals ``(a, b]``, the first one closed.

    Examples
    --------
    >>> assign(np.array([2.0, 2.4, 2.41, 7.9]), (2.0, 2.4, 3.3, 7.9)).tolist()
    [0, 0, 1, 2]
    """
    if len(bounds) < 2:
        return np.zeros(len(values), dtype=int)
    return np.clip(np.searchsorted(np.asarray(bounds[1:]), values, side="left"), 0, len(bounds) - 2)


def class_limits(classing: Classing, decimals: int) -> tuple[tuple[float, float], ...]:
    """Lowest and highest shown number of each class, so that no number is in two of them.

    Examples
    --------
    >>> class_limits(make_classes([31, 38, 41, 62, 64, 66, 84], 3), 0)
    ((31.0, 50.0), (51.0, 70.0), (71.0, 84.0))
    """
    unit = 10.0**-decimals
    return tuple(
        (low if position == 0 else round(low + unit, decimals), high)
        for position, (low, high) in enumerate(pairwise(classing.bounds))
    )


def palette(theme: Mapping[str, Any], favourable: str | None, count: int) -> tuple[str, ...]:
    """Colours of ``count`` classes, light to dark: dark is less favourable, or simply more.

    Parameters
    ----------
    theme
        A theme of the catalogue.
    favourable
        ``"high"``, ``"low"`` or ``None``, as the indicator declares it.
    count
        Number of classes.
    """
    name = "neutral" if favourable is None else "difficulty"
    return ramp(theme["scales"][name], count) if count else ()


def confusions(
    colours: Sequence[str], least: float = LEAST_DIFFERENCE
) -> tuple[tuple[Vision, int, float], ...]:
    """Neighbouring colours that some readers could not tell apart.

    Parameters
    ----------
    colours
        Colours of the classes in order.
    least
        Least distance (ΔE) between neighbours.

    Returns
    -------
    tuple
        Vision, position of the first colour and distance, for each pair that is too close.

    Examples
    --------
    >>> confusions(["#ffffff", "#8f1f3a"])
    ()
    >>> [vision for vision, _, _ in confusions(["#b05030", "#7a6a20"])]
    ['deuteranopia', 'grey']
    """
    return tuple(
        (vision, position, float(distance))
        for vision in VISIONS
        for position, distance in enumerate(differences(colours, vision).tolist())
        if distance < least
    )


def circle_radii(values: Sequence[float | None], largest: float) -> tuple[float, ...]:
    """Radius of each circle in pixels, its area in proportion to the value.

    Parameters
    ----------
    values
        Counts; ``None`` and zero have no circle.
    largest
        Radius of the greatest value.

    Examples
    --------
    >>> circle_radii([100, 25, 0, None], 20)
    (20.0, 10.0, 0.0, 0.0)
    """
    top = max((v for v in values if v is not None), default=0.0)
    return tuple(round(largest * math.sqrt(v / top), 2) if v and top > 0 else 0.0 for v in values)


def reference_counts(values: Sequence[float | None], decimals: int = 0) -> tuple[float, ...]:
    """Up to three round numbers for the reference circles of a legend, greatest first.

    Examples
    --------
    >>> reference_counts([3, 14, 77])
    (70.0, 10.0, 3.0)
    >>> reference_counts([1, 1]), reference_counts([None])
    ((1.0,), ())
    """
    known = [v for v in values if v]
    if not known:
        return ()
    unit = 10.0**-decimals
    top, bottom = max(known), max(min(known), unit)
    wanted = (top, math.sqrt(top * bottom) if bottom < top else top, bottom)
    found = []
    for value in wanted:
        step = max(10.0 ** math.floor(math.log10(value)), unit)
        found.append(round(max(math.floor(value / step + 1e-9) * step, unit), decimals))
    return tuple(sorted({v for v in found if v <= top}, reverse=True))
