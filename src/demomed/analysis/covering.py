"""Everyone within reach: the fewest sites (set covering) and the smallest longest trip (p-center)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

ENUMERATED = 200_000
"""Number of sets that are simply all tried by the p-center."""
TIES_CELLS = 200_000
"""Size (demand × sites) up to which ties are settled in code order by proof."""
LARGEST = 3000
"""Number of distinct demand points up to which implied ones are looked for and removed."""


@dataclass(frozen=True)
class Cover:
    """A set of sites, what is proven about it, and how its ties are settled.

    ``bound`` is a proven lower bound of the objective (number of sites, or longest trip);
    ``ties`` is ``"code"`` (first optimal set in code order, proven) or ``"exchange"``.
    """

    sites: Ints
    value: float
    bound: float
    is_optimal: bool
    ties: str


def essential_rows(within: Flags) -> Flags:
    """Keep the demand points whose coverage implies that of the others.

    A point reached by all the sites that reach another one is covered as soon as the other is.

    Parameters
    ----------
    within
        Demand × sites: whether the site is within the limit of the point.
    """
    distinct = np.unique(np.packbits(within, axis=1), axis=0)
    rows = np.unpackbits(distinct, axis=1, count=within.shape[1]).astype(bool)
    rows = rows[np.argsort(rows.sum(axis=1), kind="stable")]
    if len(rows) > LARGEST:
        return rows
    size = rows.sum(axis=1)
    common = rows.astype(np.float32) @ rows.T.astype(np.float32)
    implied = np.tril(common >= size[None, :], k=-1).any(axis=1)
    return rows[~implied]


def useful_columns(rows: Flags) -> Ints:
    """Sites that no other site can replace: each covers something its betters do not all cover.

    Of sites that cover the same points, the first stays.
    """
    columns = rows.T
    _, first = np.unique(np.packbits(columns, axis=1), axis=0, return_index=True)
    kept = np.sort(first)
    if kept.size > LARGEST:
        return kept
    members = columns[kept].astype(np.float32)
    size = members.sum(axis=1)
    contained = members @ members.T >= size[:, None]
    np.fill_diagonal(contained, False)
    return kept[~contained.any(axis=1)]


def reduced(within: Flags) -> tuple[Flags, Ints]:
    """Remove implied points and replaceable sites until nothing changes: rows left, sites kept."""
    rows = essential_rows(within)
    kept = np.arange(within.shape[1])
    while True:
        useful = useful_columns(rows)
        smaller = essential_rows(rows[:, useful])
        kept = kept[useful]
        if smaller.shape == rows.shape:
            return smaller, kept
        rows = smaller


def greedy_cover(within: Flags) -> Ints:
    """Cover every point, taking each time the site that covers most of those left."""
    left = np.ones(len(within), dtype=bool)
    chosen: list[int] = []
    while left.any():
        site = int(np.argmax(within[left].sum(axis=0)))
        chosen.append(site)
        left &= ~within[:, site]
    return np.sort(np.array(chosen, dtype=np.int64))


def fewest(within: Flags, *, time_limit: float | None = None) -> Cover:
    """Fewest sites that cover every point (Toregas, Swain, ReVelle and Bergman, 1971).

    Parameters
    ----------
    within
        Demand × sites, each point within reach of one site at least.
    time_limit
        Seconds left to the solver; the gap is reported if it stops before the proof.

    Examples
    --------
    >>> fewest(np.array([[True, False, True], [False, True, True]])).sites.tolist()
    [2]
    """
    core, kept = reduced(within)
    chosen = kept[greedy_cover(core)]
    solved, bound = _solve(core, None, time_limit)
    least = float(np.ceil(bound - 1e-6))
    if solved is not None and solved.size < chosen.size:
        chosen = kept[solved]
    rows = essential_rows(within)
    optimal = chosen.size <= least
    if optimal and rows.size <= TIES_CELLS:
        return Cover(_first_set(rows, chosen), chosen.size, least, True, "code")
    return Cover(_swapped(rows, chosen), chosen.size, min(least, chosen.size), optimal, "exchange")


def shortest_longest(minutes: Floats, p: int, *, time_limit: float | None = None) -> Cover:
    """The p sites for which the longest trip to the nearest site is shortest (Hakimi, 1964).

    Bisection over the distinct times: greedy covers give a time that can be reached, linear
    programmes one that cannot be beaten, integer programmes close what lies between.

    Parameters
    ----------
    minutes
        Demand × sites, infinite where unreachable.
    p
        Number of sites.
    time_limit
        Seconds left to each integer programme.
    """
    if comb(minutes.shape[1], p) <= ENUMERATED:
        return _try_all(minutes, p)
    times = np.unique(minutes[minutes >= minutes.min(axis=1).max()])
    low, high = 0, _greedy_time(minutes, times, p)
    low = _bisect(low, high, lambda k: _linear_count(minutes <= times[k]) <= p + 1e-6)
    chosen: Ints | None = None
    proven, beaten = low, high
    while proven < beaten:
        middle = (proven + beaten) // 2
        core, kept = reduced(minutes <= times[middle])
        solved, bound = _solve(core, None, time_limit, enough=p)
        if solved is not None and solved.size <= p:
            chosen, beaten = _filled(kept[solved], p, minutes.shape[1]), middle
        elif bound > p + 1e-6:
            proven = middle + 1
        else:
            break
    within = minutes <= times[beaten]
    if chosen is None:
        chosen = _filled(greedy_cover(within), p, minutes.shape[1])
    optimal = proven >= beaten
    rows = essential_rows(within)
    exact_ties = optimal and rows.size <= TIES_CELLS
    chosen = _first_set(rows, chosen) if exact_ties else _swapped(rows, chosen)
    return Cover(
        chosen,
        float(times[beaten]),
        float(times[proven]),
        optimal,
        "code" if exact_ties else "exchange",
    )


def _try_all(minutes: Floats, p: int) -> Cover:
    best, chosen = np.inf, tuple(range(p))
    for beginning in combinations(range(minutes.shape[1]), p - 1):
        following = beginning[-1] + 1 if beginning else 0
        if following >= minutes.shape[1]:
            continue
        near = np.min([np.full(len(minutes), np.inf), *minutes.T[list(beginning)]], axis=0)
        worst = np.minimum(near[:, None], minutes[:, following:]).max(axis=0)
        last = int(np.argmin(worst))
        if worst[last] < best:
            best, chosen = float(worst[last]), (*beginning, following + last)
    return Cover(np.array(chosen, dtype=np.int64), best, best, True, "code")


def _bisect(low: int, high: int, reached: Callable[[int], bool]) -> int:
    while low < high:
        middle = (low + high) // 2
        if reached(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _greedy_time(minutes: Floats, times: Floats, p: int) -> int:
    return _bisect(0, len(times) - 1, lambda k: _greedy_fits(minutes <= times[k], p))


def _greedy_fits(within: Flags, p: int) -> bool:
    return bool(within.any(axis=1).all()) and greedy_cover(within).size <= p


def _linear_count(within: Flags) -> float:
    rows, _ = reduced(within)
    solved = linprog(
        np.ones(rows.shape[1]),
        A_ub=csr_array(-rows.astype(float)),
        b_ub=-np.ones(len(rows)),
        bounds=(0, 1),
    )
    return float(solved.fun) if solved.status == 0 else np.inf


def _filled(chosen: Ints, p: int, sites: int) -> Ints:
    spare = np.setdiff1d(np.arange(sites), chosen)[: p - chosen.size]
    return np.sort(np.concatenate([chosen, spare]))


def _solve(
    rows: Flags,
    p: int | None,
    time_limit: float | None = None,
    *,
    enough: int | None = None,
    opened: Ints | None = None,
    closed: Ints | None = None,
    any_of: Ints | None = None,
) -> tuple[Ints | None, float]:
    """A cover with p sites, or with the fewest (p = None): the set, and a bound of their number.

    ``enough`` refuses more sites than that; ``opened`` and ``closed`` are settled in advance; one
    at least of ``any_of`` is open.
    """
    sites = rows.shape[1]
    lower, upper = np.zeros(sites), np.ones(sites)
    if opened is not None:
        lower[opened] = 1
    if closed is not None:
        upper[closed] = 0
    lines = [LinearConstraint(csr_array(rows.astype(float)), 1, np.inf)]
    if p is not None or enough is not None:
        count = p if p is not None else enough
        lines.append(LinearConstraint(np.ones((1, sites)), count if p is not None else 0, count))
    if any_of is not None:
        line = np.zeros((1, sites))
        line[0, any_of] = 1
        lines.append(LinearConstraint(line, 1, np.inf))
    options: dict[str, float] = {"mip_rel_gap": 0.0}
    if time_limit is not None:
        options["time_limit"] = time_limit
    solved = milp(
        np.ones(sites) if p is None and enough is None else np.zeros(sites),
        integrality=np.ones(sites),
        bounds=Bounds(lower, upper),
        constraints=lines,
        options=options,
    )
    if solved.status == 2:
        return None, np.inf
    bound = float(solved.mip_dual_bound) if solved.mip_dual_bound is not None else 0.0
    return (None if solved.x is None else np.flatnonzero(solved.x > 0.5)), bound


def _first_set(rows: Flags, chosen: Ints) -> Ints:
    """First cover of the same size in code order: each place in turn, with a proof it cannot be earlier."""
    chosen = _swapped(rows, chosen)
    place = 0
    while place < chosen.size:
        before = chosen[:place]
        since = before[-1] + 1 if place else 0
        earlier = np.arange(since, chosen[place])
        if not earlier.size:
            place += 1
            continue
        skipped = np.setdiff1d(np.arange(since), before)
        found, _ = _solve(rows, chosen.size, opened=before, closed=skipped, any_of=earlier)
        if found is None:
            place += 1
        else:
            chosen = found
    return chosen


def _swapped(rows: Flags, chosen: Ints) -> Ints:
    """Replace sites by earlier ones, one at a time, while everything stays covered."""
    chosen = np.sort(chosen)
    moved = True
    while moved:
        moved = False
        for place in range(chosen.size - 1, -1, -1):
            others = np.delete(chosen, place)
            left = ~rows[:, others].any(axis=1)
            able = np.flatnonzero(np.asarray(rows[left].all(axis=0))[: chosen[place]])
            able = np.setdiff1d(able, others)
            if able.size:
                chosen = np.sort(np.append(others, able[0]))
                moved = True
                break
    return chosen
