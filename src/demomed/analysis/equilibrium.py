"""Rational choice of a site: where load and travel balance (the equilibrium behind RAAM)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import LinearOperator, cg, splu

from demomed.analysis.links import Links

Floats = NDArray[np.float64]

SMOOTHING = (0.05, 1e-7)
"""First and last smoothing, in units of cost (1 = one mean load)."""
COOLING = 0.25
"""Factor between one smoothing and the next."""
KEPT = 40.0
"""Pairs dearer than this many smoothings above the best of their place are set aside."""
WIDEST = 0.5
"""Nor are pairs dearer than this kept at first, in units of cost."""
RETURNING = 8.0
"""Pairs set aside come back when they are within this many smoothings of the best."""
ROUGH = 1e-1
"""Tolerance at the earlier smoothings."""
DIRECT = 4_000_000
"""Entries of the system matrix up to which it is factorised rather than iterated on."""
INEXACT = 0.05
"""Relative residual of a step that is iterated on."""
STEPS = 60
"""Newton steps allowed for one smoothing."""
TOLERANCE = 1e-7
"""Largest error of a site's load, relative to the mean load, at the last smoothing."""


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

    start: NDArray[np.intp]
    row: NDArray[np.intp]
    site: NDArray[np.intp]
    trip: Floats
    people: Floats
    sites: int

    def kept(self, keep: NDArray[np.bool_]) -> _Pairs:
        counts = np.bincount(self.row[keep], minlength=len(self.people))
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
        return _Pairs(
            start, self.row[keep], self.site[keep], self.trip[keep], self.people, self.sites
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
    n = len(pairs.people)
    counts = np.diff(pairs.start).astype(float)
    root = csr_array(
        (share * np.sqrt(pairs.people)[pairs.row], pairs.site, pairs.start), shape=(n, pairs.sites)
    )
    diagonal = capacity + load / smoothing
    if float(counts @ counts) <= DIRECT:
        system = diags_array(diagonal) - (root.T @ root) / smoothing
        return splu(
            system.tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}
        ).solve(-slope)
    transposed = root.T.tocsr()

    def apply(v: Floats) -> Floats:
        return diagonal * v - (transposed @ (root @ v)) / smoothing

    squares = np.bincount(pairs.site, weights=root.data**2, minlength=pairs.sites)
    step, _ = cg(
        LinearOperator((pairs.sites, pairs.sites), matvec=apply, dtype=float),
        -slope,
        rtol=INEXACT,
        maxiter=200,
        M=diags_array(1 / (diagonal - squares / smoothing)),
    )
    return step


def _settle(
    pairs: _Pairs, price: Floats, capacity: Floats, smoothing: float, tolerance: float
) -> tuple[Floats, Floats]:
    """Prices that balance the smoothed loads: damped Newton on a strongly convex function."""
    smooth, share = _soft(pairs, price, smoothing)
    value = float(0.5 * capacity @ price**2) + smooth
    scale = pairs.people.sum() / capacity.sum() * capacity
    for _ in range(STEPS):
        load = pairs.received(share)
        slope = capacity * price - load
        if float(np.max(np.abs(slope) / scale)) <= tolerance:
            break
        step = _newton_step(pairs, share, load, capacity, slope, smoothing)
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
    start = np.concatenate([[0], np.cumsum(np.bincount(row))]).astype(np.intp)
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


def _by_place(links: Links) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    if (links.origin[1:] >= links.origin[:-1]).all():
        return links.origin, links.destination, links.minutes
    order = np.argsort(links.origin, kind="stable")
    return links.origin[order], links.destination[order], links.minutes[order]


def _renumbered(codes: NDArray[np.intp], size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions among the codes that occur, and these codes."""
    occurring = np.flatnonzero(np.bincount(codes, minlength=size))
    table = np.empty(size, dtype=np.intp)
    table[occurring] = np.arange(len(occurring))
    return table[codes], occurring


def _cool(whole: _Pairs, capacity: Floats) -> tuple[Floats, Floats, _Pairs]:
    """Sharpen the choice step by step; pairs set aside that turn out to matter come back.

    Earlier smoothings look for them among the nearer pairs only, the last one among all.
    """
    smoothing, last = SMOOTHING
    price = np.ones(whole.sites)
    cost, least = whole.costs(price)
    seen = cost - least[whole.row] <= WIDEST
    near = whole.kept(seen)
    held = np.ones(len(near.row), dtype=bool)
    while True:
        pairs = near.kept(held)
        final = smoothing <= last
        price, share = _settle(pairs, price, capacity, smoothing, TOLERANCE if final else ROUGH)
        cost, least = near.costs(price)
        excess = cost - least[near.row]
        returning = ~held & (excess <= RETURNING * smoothing)
        if returning.any():
            held |= returning  # at one smoothing pairs are only added, so that this ends
            continue
        if not final:
            smoothing = max(smoothing * COOLING, last)
            held = excess <= KEPT * smoothing
            continue
        cost, least_of_all = whole.costs(price)
        if (least <= least_of_all + RETURNING * smoothing).all():
            return price, share, pairs
        seen |= cost - least_of_all[whole.row] <= WIDEST
        near = whole.kept(seen)
        cost, least = near.costs(price)
        held = cost - least[near.row] <= KEPT * smoothing
