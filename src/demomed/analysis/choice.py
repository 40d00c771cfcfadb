"""The best p sites, with the proof: heuristics, bounds, then what is left is solved exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from demomed.analysis.relaxation import (
    MODEL_CELLS,
    Bound,
    cells_of,
    group_rows,
    levels,
    price_by_columns,
    relax,
)
from demomed.analysis.savings import (
    TOLERANCE,
    Floats,
    Ints,
    Savings,
    earliest,
    exchange,
    greedy,
    same,
)

ENUMERATED = 20_000_000
"""Work (combinations × demand points) under which every set is simply tried."""
SOLVER_TOLERANCE = 1e-7
"""Relative tolerance of the solver's own values."""
TIES = 30
"""Equal sets looked for before the search for ties is given up."""
TIES_SITES = 300
"""Number of sites up to which ties are settled by proof even when the optimum is known at once."""
TIES_CELLS = 200_000
"""Size of the remaining programme up to which ties are settled in code order by proof."""


@dataclass(frozen=True)
class Choice:
    """A set of sites with what it saves and what is proven about it.

    Parameters
    ----------
    sites
        Positions, ascending.
    value
        Total saving.
    bound
        No set of as many sites saves more.
    is_optimal
        Whether the value reaches the bound.
    ties
        ``"code"``: proven to be the first optimal set in code order; ``"exchange"``: no exchange
        of one site leads to an equal set earlier in code order.
    """

    sites: Ints
    value: float
    bound: float
    is_optimal: bool
    ties: str


def choose(savings: Savings, p: int, *, time_limit: float | None = None) -> Choice:
    """Choose the p sites that save most.

    Few combinations are all tried. Otherwise greedy and exchange give a set, Lagrangian
    relaxation and linear programming bound the best one and discard sites, and an integer
    programme (HiGHS) settles what is left if it is small enough; if not, the gap is reported.

    Parameters
    ----------
    savings, p
        The problem, 1 ≤ p ≤ number of sites.
    time_limit
        Seconds left to the integer programme; ``None``: as long as it takes.

    Examples
    --------
    >>> saved = Savings.from_matrix(np.array([[5.0, 0, 3], [0, 4, 3]]))
    >>> choose(saved, 1).sites.tolist(), choose(saved, 2).value
    ([2], 9.0)
    """
    everything = np.arange(savings.sites)
    if comb(savings.sites, p) * max(savings.demand, 1) <= ENUMERATED or p == savings.sites:
        return _enumerate(savings, everything, np.empty(0, dtype=np.int64), p)
    start = exchange(savings, greedy(savings, p))
    at = relax(savings, p, start)
    if not at.is_closed:
        at = price_by_columns(savings, p, at, _floor(savings, at.chosen, 3))
    return _settle(savings, p, at, time_limit)


def _settle(savings: Savings, p: int, at: Bound, time_limit: float | None) -> Choice:
    if at.is_closed and savings.sites > TIES_SITES and at.is_free.sum() > p:
        return _unproven(savings, at, at.value)
    sure = np.flatnonzero(at.is_sure & at.is_free)
    free = np.flatnonzero(at.is_free & ~at.is_sure)
    wanted = p - sure.size
    work = comb(free.size, min(wanted, free.size))
    if work == 1 or work * savings.demand <= ENUMERATED:
        return _enumerate(savings, free, sure, wanted)
    best, _, _ = savings.best_two(sure)
    for depth in (3, 5, p + 1):
        floor = np.maximum(_floor(savings, at.chosen, depth), best)
        part = savings.restricted(free, floor)
        if cells_of(part) > MODEL_CELLS:
            break
        if not part.row.size:
            return _enumerate(savings, free[:wanted], sure, wanted)
        solved = _integer(part, wanted, time_limit)
        if solved is None:
            break
        places, value, bound = solved
        chosen = np.sort(np.concatenate([sure, free[places]]))
        total = savings.total(chosen)
        if total > at.value and not same(total, at.value):
            at = Bound(chosen, total, at.bound, at.price, at.is_free, at.is_sure)
        limit = min(at.bound, max(bound + float(floor.sum()), at.value))
        if _near(limit, at.value):
            return _untie(savings, at, part, free, sure, wanted)
        if not _near(value, bound):
            return _unproven(savings, at, limit)
    return _unproven(savings, at, at.bound)


def _near(first: float, second: float) -> bool:
    """Whether two values are the same for the solver, whose own tolerance is coarser."""
    return abs(first - second) <= SOLVER_TOLERANCE * max(abs(first), abs(second), 1.0)


def _unproven(savings: Savings, at: Bound, bound: float) -> Choice:
    optimal = at.is_closed or same(bound, at.value)
    chosen = earliest(savings, at.chosen)
    return Choice(chosen, savings.total(chosen), max(bound, at.value), optimal, "exchange")


def _floor(savings: Savings, chosen: Ints, depth: int) -> Floats:
    """Saving that the ``depth``-th best chosen site gives each point: few optimal sets go lower."""
    is_open = np.zeros(savings.sites, dtype=bool)
    is_open[chosen] = True
    pairs = np.flatnonzero(is_open[savings.site])
    row = savings.row[pairs]
    place = np.arange(row.size) - np.searchsorted(row, row, side="left")
    floor = np.zeros(savings.demand)
    at_depth = pairs[place == depth - 1]
    floor[savings.row[at_depth]] = savings.value[at_depth]
    # one single level: nothing is shortened by a floor, and everything would be lost
    top = np.zeros(savings.demand)
    np.maximum.at(top, savings.row, savings.value)
    return np.where(floor < top, floor, 0.0)


def _enumerate(savings: Savings, free: Ints, sure: Ints, wanted: int) -> Choice:
    """Try every set, in code order, the last site of all sets with the same beginning together."""
    base, _, _ = savings.best_two(sure)
    part = savings.restricted(free, np.zeros(savings.demand))
    matrix = np.zeros((free.size, savings.demand))
    matrix[part.site, part.row] = part.value
    best, top = tuple(range(wanted)), -1.0
    for beginning in combinations(range(free.size), max(wanted - 1, 0)):
        following = beginning[-1] + 1 if beginning else 0
        if following >= free.size or not wanted:
            continue
        reached = np.max([base, *matrix[list(beginning)]], axis=0)
        values = np.maximum(reached, matrix[following:]).sum(axis=1)
        highest = float(values.max())
        if highest > top and not same(highest, top):
            first = np.flatnonzero(values >= highest - TOLERANCE * max(abs(highest), 1))[0]
            best, top = (*beginning, following + int(first)), float(values[first])
    chosen = np.sort(np.concatenate([sure, free[list(best)]]))
    value = savings.total(chosen)
    return Choice(chosen, value, value, True, "code")


def _integer(
    part: Savings, p: int, time_limit: float | None, refused: Sequence[Ints] = ()
) -> tuple[Ints, float, float] | None:
    """Best p sites by integer programming: positions, value and bound; ``None`` if none was found.

    ``refused`` lists sets that must not come out again.
    """
    made = levels(part)
    scale = max(float(made.gain.sum()), TOLERANCE) / 1e3
    width = part.sites + made.gain.size
    cardinality = np.zeros((1 + len(refused), width))
    cardinality[0, : part.sites] = 1
    for number, places in enumerate(refused, start=1):
        cardinality[number, places] = 1
    low = np.array([p] + [0] * len(refused))
    high = np.array([p] + [p - 1] * len(refused))
    options: dict[str, float] = {"mip_rel_gap": 0.0}
    if time_limit is not None:
        options["time_limit"] = time_limit
    solved = milp(
        -np.concatenate([np.zeros(part.sites), made.gain / scale]),
        integrality=np.concatenate([np.ones(part.sites), np.zeros(made.gain.size)]),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(group_rows(made, part.sites), -np.inf, 0),
            LinearConstraint(csr_array(cardinality), low, high),
        ],
        options=options,
    )
    if solved.x is None:
        return None
    places = np.flatnonzero(solved.x[: part.sites] > 0.5)
    return places, part.total(places), float(-solved.mip_dual_bound * scale)


def _untie(
    savings: Savings, at: Bound, part: Savings, free: Ints, sure: Ints, wanted: int
) -> Choice:
    """Find every set as good as the best one, and take the first in code order."""
    best = earliest(savings, at.chosen)
    settled = cells_of(part) <= TIES_CELLS
    place = np.full(savings.sites, -1, dtype=np.int64)
    place[free] = np.arange(free.size)
    refused = [place[np.setdiff1d(best, sure)]]
    granted = at.value - part.total(refused[0])
    while settled:
        solved = _integer(part, wanted, None, refused)
        if solved is None:
            break
        value = max(solved[1], solved[2]) + granted
        if value < at.value and not _near(value, at.value):
            break
        settled = len(refused) < TIES
        refused.append(solved[0])
        chosen = np.sort(np.concatenate([sure, free[solved[0]]]))
        if same(savings.total(chosen), at.value) and tuple(chosen) < tuple(best):
            best = chosen
    value = savings.total(best)
    return Choice(best, value, value, True, "code" if settled else "exchange")
