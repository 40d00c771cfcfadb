"""Rational choice of a site: where load and travel balance (the equilibrium behind RAAM)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, diags_array
from scipy.sparse.linalg import LinearOperator, cg, splu

from demomed.analysis.links import Links

Floats = NDArray[np.float64]

SMOOTHING = (0.05, 3e-7)
"""First and last smoothing, in units of cost (1 = one mean load)."""
COOLING = 0.25
"""Factor between one smoothing and the next."""
KEPT = 40.0
"""Pairs dearer than this many smoothings above the best of their place are set aside."""
WIDEST = 0.3
"""Nor are pairs dearer than this kept at first, in units of cost."""
RETURNING = 8.0
"""A place that would save more than this many smoothings on a pair set aside gets it back."""
BLURRED = 1e-2
"""Smoothing from which all pairs are looked at again, not the nearer ones only."""
DIRECT = 400_000
"""Entries of the system matrix up to which it is factorised rather than iterated on."""
NEGLIGIBLE = 1e-9
"""Shares below this are left out of the system matrix (not out of the loads)."""
INEXACT = 0.05
"""Relative residual of a step that is iterated on."""
BOLD = 5.0
"""Smoothings that a price may move in one step: beyond them the quadratic picture is no guide."""
STEPS = 60
"""Newton steps allowed for one smoothing."""
PRECISION = 0.5
"""Error of a site's load, relative to the mean load, that is allowed for one smoothing."""


@dataclass(frozen=True)
class Equilibrium:
    """Cost of every place, load of every site, and how far from the optimum these may be.

    Parameters
    ----------
    cost
        Least cost of each place, infinite where no site is within reach.
    load
        Demand that each site receives.
    gap
        (primal − dual) / primal: an upper bound of the relative error of the total cost.
    """

    cost: Floats
    load: Floats
    gap: float


@dataclass(frozen=True)
class _Pairs:
    """Pairs by place (rows of a CSR matrix), with the cost of their trip."""

    start: NDArray[np.int32]
    row: NDArray[np.int32]
    site: NDArray[np.int32]
    trip: Floats
    people: Floats
    sites: int

    def kept(self, keep: NDArray[np.bool_]) -> _Pairs:
        chosen = np.flatnonzero(keep)
        row = self.row[chosen]
        start = np.searchsorted(row, np.arange(len(self.people) + 1, dtype=np.int32))
        return _Pairs(
            start.astype(np.int32),
            row,
            self.site[chosen],
            self.trip[chosen],
            self.people,
            self.sites,
        )

    def received(self, share: Floats) -> Floats:
        """Demand of each site when every place splits itself by these shares."""
        flow = share * self.people[self.row]
        return np.bincount(self.site, weights=flow, minlength=self.sites).astype(float, copy=False)

    def costs(self, price: Floats) -> tuple[Floats, Floats]:
        """Cost of each pair and least cost of each place."""
        cost = self.trip + price[self.site]
        return cost, np.minimum.reduceat(cost, self.start[:-1])


def _soft(pairs: _Pairs, price: Floats, smoothing: float) -> tuple[float, Floats]:
    """Smoothed value of the places' least costs, and the share of each place in each of its pairs."""
    cost, least = pairs.costs(price)
    share = np.exp((least[pairs.row] - cost) / smoothing)
    total = np.add.reduceat(share, pairs.start[:-1])
    share /= total[pairs.row]
    return float(pairs.people @ (smoothing * np.log(total) - least)), share


def _newton_step(
    pairs: _Pairs, share: Floats, load: Floats, capacity: Floats, slope: Floats, smoothing: float
) -> Floats:
    """Solve (K + (diag(y) − Σ P p pᵀ)/ε) step = −gradient."""
    shape = (len(pairs.people), pairs.sites)
    felt = share > NEGLIGIBLE
    row = pairs.row[felt]
    counts = np.bincount(row, minlength=shape[0]).astype(float)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    root = csr_array((share[felt] * np.sqrt(pairs.people)[row], pairs.site[felt], start), shape)
    diagonal = capacity + load / smoothing
    if float(counts @ counts) <= DIRECT:
        system = _on_diagonal(root.T @ root, -1 / smoothing, diagonal)
        return splu(system, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(
            -slope
        )
    transposed = root.T.tocsr()

    def apply(v: Floats) -> Floats:
        return diagonal * v - (transposed @ (root @ v)) / smoothing

    squares = np.bincount(root.indices, weights=root.data**2, minlength=pairs.sites)
    step, _ = cg(
        LinearOperator((pairs.sites, pairs.sites), matvec=apply, dtype=float),
        -slope,
        rtol=INEXACT,
        maxiter=200,
        M=diags_array(1 / (diagonal - squares / smoothing)),
    )
    return step


def _on_diagonal(square: csc_array, factor: float, diagonal: Floats) -> csc_array:
    """``factor`` × a square matrix, plus a diagonal: in place where all of it is stored."""
    column = np.repeat(np.arange(len(diagonal), dtype=square.indices.dtype), np.diff(square.indptr))
    held = np.flatnonzero(square.indices == column)
    square.data *= factor
    if len(held) < len(diagonal):
        return csc_array(square + diags_array(diagonal))
    square.data[held] += diagonal[column[held]]
    return square


def _settle(
    pairs: _Pairs, price: Floats, capacity: Floats, smoothing: float
) -> tuple[Floats, Floats]:
    """Prices that balance the smoothed loads: damped Newton on a strongly convex function."""
    smooth, share = _soft(pairs, price, smoothing)
    value = float(0.5 * capacity @ price**2) + smooth
    scale = pairs.people.sum() / capacity.sum() * capacity
    for _ in range(STEPS):
        load = pairs.received(share)
        slope = capacity * price - load
        if float(np.max(np.abs(slope) / scale)) <= PRECISION * smoothing:
            break
        step = _newton_step(pairs, share, load, capacity, slope, smoothing)
        step = np.clip(step, -BOLD * smoothing, BOLD * smoothing)
        descent, length = float(slope @ step), 1.0
        while True:
            trial = price + length * step
            smooth, trial_share = _soft(pairs, trial, smoothing)
            trial_value = float(0.5 * capacity @ trial**2) + smooth
            if trial_value <= value + 1e-4 * length * descent + 1e-13 * abs(value) or length < 1e-6:
                break
            length /= 2
        price, share, value = trial, trial_share, trial_value
    return price, share


def equilibrium(people: Floats, offered: Floats, links: Links, *, tau: float) -> Equilibrium:
    """Loads and costs when nobody can lower the cost of going to the doctor by changing site.

    Cost of a site = its load over ρ × its supply (ρ: people per unit of supply overall) + minutes
    over τ. The equilibrium minimises Σ load²/(2ρS) + Σ minutes·flow/τ (Beckmann): a convex
    programme, solved on its dual by Newton steps, the choice being smoothed less and less, on the
    pairs that may still matter.

    Parameters
    ----------
    people, offered
        Demand by place and supply by site, by position.
    links
        Pairs between places and sites of positive supply.
    tau
        Minutes that cost as much as one mean load.
    """
    cost, load = np.full(len(people), np.inf), np.zeros(len(offered))
    if not len(links.origin) or not people.sum() > 0:
        return Equilibrium(cost, load, 0.0)
    origin, destination, minutes = _by_place(links)
    row, places = _renumbered(origin, len(people))
    site, used = _renumbered(destination, len(offered))
    start = np.concatenate([[0], np.cumsum(np.bincount(row))]).astype(np.int32)
    whole = _Pairs(start, row, site, minutes / tau, people[places], len(used))
    capacity = people.sum() / offered.sum() * offered[used]
    price, share, pairs = _cool(whole, capacity)
    flow = share * pairs.people[pairs.row]
    received = pairs.received(share)
    _, least = whole.costs(price)
    primal = float((received**2 / (2 * capacity)).sum() + flow @ pairs.trip)
    dual = float(whole.people @ least - 0.5 * capacity @ price**2)
    cost[places], load[used] = least, received
    return Equilibrium(cost, load, max(primal - dual, 0.0) / primal if primal else 0.0)


def _by_place(links: Links) -> tuple[NDArray[np.int32], NDArray[np.int32], Floats]:
    if (links.origin[1:] >= links.origin[:-1]).all():
        return links.origin, links.destination, links.minutes
    order = np.argsort(links.origin, kind="stable")
    return links.origin[order], links.destination[order], links.minutes[order]


def _renumbered(codes: NDArray[np.int32], size: int) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """Positions among the codes that occur, and these codes."""
    occurring = np.flatnonzero(np.bincount(codes, minlength=size))
    if len(occurring) == size:
        return codes, occurring
    table = np.empty(size, dtype=np.int32)
    table[occurring] = np.arange(len(occurring), dtype=np.int32)
    return table[codes], occurring


def _ahead(passed: list[tuple[float, Floats]], price: Floats, smoothing: float) -> Floats:
    """Prices of the next smoothing, drawn on the straight line through the last two.

    Newton steps start from there: a third of them is saved.
    """
    if len(passed) < 2 or not passed[0][0] > passed[1][0] > smoothing:
        return price
    (early, other), (late, one) = passed
    return one + (one - other) * ((late - smoothing) / (early - late))


def _cool(whole: _Pairs, capacity: Floats) -> tuple[Floats, Floats, _Pairs]:
    """Sharpen the choice step by step; pairs set aside that turn out to matter come back for good.

    While the choice is blurred all pairs are looked at again after each smoothing, then the
    nearer ones only, and all of them once more at the end. Pairs are only ever added to the
    nearer and to the fixed ones, so that this ends.
    """
    smoothing, last = SMOOTHING
    passed: list[tuple[float, Floats]] = []
    price = np.ones(whole.sites)
    cost, least = whole.costs(price)
    is_near = cost - least[whole.row] <= WIDEST
    is_fixed = np.zeros(len(whole.row), dtype=bool)
    near, held = whole.kept(is_near), np.ones(int(is_near.sum()), dtype=bool)
    while True:
        pairs = near.kept(held)
        final = smoothing <= last
        price, share = _settle(pairs, _ahead(passed, price, smoothing), capacity, smoothing)
        passed = [*passed[-1:], (smoothing, price)]
        if final or smoothing >= BLURRED:
            cost, least = whole.costs(price)
            is_near |= cost - least[whole.row] <= WIDEST
            near = whole.kept(is_near)
        cost, least = near.costs(price)
        _, own = pairs.costs(price)
        missed = float(np.max(own - least))
        if missed > RETURNING * smoothing:
            is_fixed[np.flatnonzero(is_near)[cost < own[near.row]]] = True
            smoothing = min(missed / RETURNING, SMOOTHING[0])
        elif final:
            return price, share, pairs
        else:
            smoothing = max(smoothing * COOLING, last)
        held = (cost - least[near.row] <= KEPT * smoothing) | is_fixed[is_near]
