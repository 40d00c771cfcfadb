"""How good can p sites be at best: bounds by prices, and the sites no best set can hold."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack

from demomed.analysis.savings import TOLERANCE, Flags, Floats, Ints, Savings, exchange, greedy

STEPS = 300
"""Subgradient steps at most."""
PATIENCE = 10
MODEL_CELLS = 2_500_000
"""Largest linear or integer programme handed to the solver (coefficients)."""
ROUNDS = 25
FIRST_SITES = 150
NEW_SITES = 100
FEW_SITES = 150
"""Number of sites left up to which no better set is looked for before the integer programme."""
SHAKES = 30
SHAKEN_SHARE = 0.4
"""Times the best set is shaken, and the share of its sites that is closed each time."""
NEAR = 0.02
"""Part of the remaining gap under which the bound is as good as that of the linear programme."""


@dataclass(frozen=True)
class Bound:
    """A known set, what no set can exceed, and the sites still in play.

    Parameters
    ----------
    chosen, value
        Best set known, and its saving.
    bound
        No set of as many sites saves more.
    price
        Prices of the demand points that prove it.
    is_free, is_sure
        Sites that an optimal set may hold; sites that all of them hold.
    """

    chosen: Ints
    value: float
    bound: float
    price: Floats
    is_free: Flags
    is_sure: Flags

    @property
    def is_closed(self) -> bool:
        """Whether the known set is proven optimal."""
        within = self.bound <= self.value + TOLERANCE * max(abs(self.value), 1)
        return within or int(self.is_free.sum()) <= self.chosen.size

    def improved(self, savings: Savings, candidate: Ints) -> Bound:
        """The same with a better set, if exchanges from ``candidate`` lead to one."""
        if candidate.size != self.chosen.size or savings.total(candidate) < 0.9 * self.value:
            return self
        better = exchange(savings, candidate)
        reached = savings.total(better)
        if reached <= self.value + TOLERANCE * max(abs(self.value), 1):
            return self
        return replace(self, chosen=better, value=reached, bound=max(self.bound, reached))


@dataclass(frozen=True)
class _Pricing:
    """z(v), the profit of each site at prices v, and the p best of them."""

    z: float
    profit: Floats
    opened: Ints
    last: float
    following: float


def _priced(savings: Savings, price: Floats, p: int, free: Flags, sure: Flags) -> _Pricing:
    above = np.flatnonzero(savings.value > price[savings.row])
    profit = savings.sums(above, savings.value[above] - price[savings.row[above]])
    certain = np.flatnonzero(sure)
    others = np.flatnonzero(free & ~sure)
    wanted = p - certain.size
    order = others[np.argsort(-profit[others], kind="stable")]
    opened = np.sort(np.concatenate([certain, order[:wanted]]))
    last = float(profit[order[wanted - 1]]) if 0 < wanted <= order.size else -np.inf
    following = float(profit[order[wanted]]) if wanted < order.size else -np.inf
    return _Pricing(float(price.sum() + profit[opened].sum()), profit, opened, last, following)


def _fixed(at: Bound, priced: _Pricing) -> Bound:
    """Discard the sites whose opening, and keep those whose closing, would cost too much."""
    cut = at.value - TOLERANCE * max(abs(at.value), 1)
    free, sure = at.is_free.copy(), at.is_sure.copy()
    if np.isfinite(priced.last):
        closing = free & ~sure & (priced.z - priced.last + priced.profit < cut)
        closing[priced.opened] = False
        free &= ~closing
    if np.isfinite(priced.following):
        kept = priced.z - priced.profit[priced.opened] + priced.following < cut
        sure[priced.opened[kept]] = True
    return replace(at, is_free=free, is_sure=sure)


def relax(savings: Savings, p: int, chosen: Ints, steps: int = STEPS) -> Bound:
    """Bound by Lagrangian relaxation, with subgradient steps and reduced-cost fixing.

    At prices v ≥ 0 per demand point, no set of p sites saves more than
    z(v) = Σ v_i + the p largest of Σ_i max(0, s_ij − v_i) (Cornuéjols, Fisher and Nemhauser,
    1977); the prices are moved towards the smallest z.

    Parameters
    ----------
    savings, p
        The problem.
    chosen
        A good starting set of p sites.
    steps
        Steps at most.
    """
    best, _, second = savings.best_two(chosen)
    ceiling = np.zeros(savings.demand)
    np.maximum.at(ceiling, savings.row, savings.value)
    work, floor = _truncated(savings, p)
    scale = np.sqrt(ceiling / max(float(ceiling.mean()), TOLERANCE))
    price = np.clip((best + second) / 2, floor, ceiling)
    everywhere = np.ones(savings.sites, dtype=bool)
    most = float(ceiling.sum())
    at = Bound(chosen, savings.total(chosen), most, ceiling, everywhere, ~everywhere)
    direction, step, idle, lowest = np.zeros(savings.demand), 0.5, 0, np.inf
    for number in range(0 if at.is_closed else steps):
        priced = _priced(work, price, p, at.is_free, at.is_sure)
        idle = 0 if priced.z < lowest - 1e-3 * max(lowest - at.value, 0) else idle + 1
        if priced.z < lowest:
            lowest = priced.z
            at = replace(at, bound=max(min(lowest, at.bound), at.value), price=price)
        if number % 10 == 0:
            at = at.improved(savings, priced.opened)
        at = _fixed(at, priced)
        if at.is_closed or step < 1e-3:
            break
        if idle >= PATIENCE:
            step, idle, price = step * 0.7, 0, at.price
            direction = np.zeros(savings.demand)
            continue
        if at.is_free[work.site].mean() < 0.7:
            work = work.subset(at.is_free[work.site])
        slope = _slope(work, price, priced.opened)
        direction = slope * scale + 0.7 * direction
        length = float(direction @ direction)
        if length == 0:
            break
        move = step * max(priced.z - at.value, TOLERANCE) / length
        price = np.clip(price - move * direction * scale, floor, ceiling)
    return at


def _truncated(savings: Savings, p: int) -> tuple[Savings, Floats]:
    """Only the best savings of each point, and the price below which z would be wrong."""
    length = max(60, 4 * savings.sites // p)
    start = np.searchsorted(savings.row, np.arange(savings.demand))
    depth = np.arange(savings.row.size) - start[savings.row]
    floor = np.zeros(savings.demand)
    edge = np.flatnonzero(depth == length)
    floor[savings.row[edge]] = savings.value[edge]
    return savings.subset(depth < length), floor


def _slope(savings: Savings, price: Floats, opened: Ints) -> Floats:
    is_open = np.zeros(savings.sites, dtype=bool)
    is_open[opened] = True
    pairs = np.flatnonzero(is_open[savings.site])
    row = savings.row[pairs]
    used = row[savings.value[pairs] > price[row]]
    return 1.0 - np.bincount(used, minlength=savings.demand).astype(float)


@dataclass(frozen=True)
class Levels:
    """The savings as « so much is saved if one site of this group is open ».

    ``gain`` per group; ``group, site`` list the members; ``of, row, step`` tell which saving steps
    of which demand points were merged into each group.
    """

    gain: Floats
    group: Ints
    site: Ints
    of: Ints
    row: Ints
    step: Floats


def cells_of(savings: Savings) -> int:
    """Coefficients that :func:`levels` would hold before equal groups are merged."""
    count = np.bincount(savings.row, minlength=savings.demand)
    varied = np.flatnonzero(np.diff(savings.value, prepend=np.nan) != 0)
    steps = np.bincount(savings.row[varied], minlength=savings.demand)
    return int((count * np.minimum(steps + 1, count)).sum())


def levels(savings: Savings) -> Levels:
    """Write savings as nested groups of sites; equal groups of several points are merged.

    Radius formulation of the p-median (García, Labbé and Marín, 2011); for covering, one group
    per distinct list of sites within the limit.
    """
    row, site, value = savings.row, savings.site, savings.value
    start = np.searchsorted(row, row, side="left")
    ends = np.append(row[1:] != row[:-1], True)
    step = np.where(ends, value, value - np.append(value[1:], 0.0))
    kept = np.flatnonzero(step > 0)
    words = savings.sites // 64 + 1
    sets = np.empty((kept.size, words), dtype=np.uint64)
    running = np.zeros(row.size + 1, dtype=np.uint64)
    bit = np.uint64(1) << (site % 64).astype(np.uint64)
    for word in range(words):
        here = np.where(site // 64 == word, bit, np.uint64(0))
        np.cumsum(here, dtype=np.uint64, out=running[1:])
        sets[:, word] = running[kept + 1] - running[start[kept]]
    _, first, of = np.unique(
        sets.view(f"V{8 * words}").ravel(), return_index=True, return_inverse=True
    )
    of = of.ravel()
    gain = np.bincount(of, weights=step[kept], minlength=first.size).astype(float)
    chosen = kept[first]
    length = chosen - start[chosen] + 1
    group = np.repeat(np.arange(first.size), length)
    offset = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
    member = site[np.repeat(start[chosen], length) + offset]
    return Levels(gain, group, member, of, row[kept], step[kept])


def group_rows(made: Levels, sites: int) -> csr_array:
    """Rows « kept ≤ open sites of the group », over the sites then the groups."""
    size = made.gain.size
    members = csr_array((-np.ones(made.group.size), (made.group, made.site)), shape=(size, sites))
    return hstack([members, eye_array(size)], format="csr")


def price_by_columns(savings: Savings, p: int, at: Bound, floor: Floats) -> Bound:
    """Tighten a bound with the linear programme itself, solved on few sites at a time.

    The programme holds some sites; its duals price the others; those that pay enter; when none
    does, the bound is that of the whole linear programme.

    Parameters
    ----------
    savings, p, at
        The problem and what is known.
    floor
        Saving every demand point is granted (relaxes the problem, shortens the programme).
    """
    open_savings = savings.subset(at.is_free[savings.site])
    first = _priced(open_savings, at.price, p, at.is_free, at.is_sure)
    ranked = np.argsort(-first.profit, kind="stable")
    ranked = ranked[at.is_free[ranked]]
    held = np.unique(np.concatenate([at.chosen, ranked[: max(FIRST_SITES, 2 * p)]]))
    stalled, previous, shares = 0, -np.inf, None
    for _ in range(ROUNDS):
        part = savings.restricted(held, floor)
        if cells_of(part) > MODEL_CELLS or not part.row.size:
            break
        before = at.bound
        value, share, price = _linear(part, p, floor)
        shares = (held, share)
        at = at.improved(savings, np.sort(held[np.argsort(-share, kind="stable")[:p]]))
        middle = (price + at.price) / 2
        wanted = []
        for tried, limit in ((price, NEW_SITES), (middle, NEW_SITES // 2)):
            priced = _priced(open_savings, tried, p, at.is_free, at.is_sure)
            if priced.z < at.bound:
                at = replace(at, bound=max(priced.z, at.value), price=tried)
            at = _fixed(at, priced)
            others = np.setdiff1d(np.flatnonzero(at.is_free), held)
            worst = np.partition(priced.profit[held], -p)[-p]
            paying = others[priced.profit[others] > worst * (1 + TOLERANCE)]
            wanted.append(paying[np.argsort(-priced.profit[paying], kind="stable")[:limit]])
        near = at.bound - value <= NEAR * max(value - at.value, 0) + TOLERANCE * abs(value)
        moved = value > previous * (1 + TOLERANCE) or at.bound < before - 1e-3 * (before - at.value)
        stalled = 0 if moved else stalled + 1
        if at.is_closed or near or stalled > 4 or not wanted[0].size:
            break
        previous = value
        held = np.unique(np.concatenate([held[at.is_free[held]], at.chosen, *wanted]))
    return at if shares is None or at.is_closed else _shaken(savings, p, at, *shares)


def _shaken(savings: Savings, p: int, at: Bound, held: Ints, share: Floats) -> Bound:
    """Shake the best set: close some sites, open one the linear programme likes, fill, exchange."""
    likely = np.flatnonzero(share > TOLERANCE)
    if int(at.is_free.sum()) <= FEW_SITES:
        return at
    rng = np.random.default_rng(0)
    chance = share[likely] / share[likely].sum()
    closed = max(2, round(SHAKEN_SHARE * p))
    for _ in range(SHAKES if closed < p else 0):
        kept = np.delete(at.chosen, rng.choice(p, closed, replace=False))
        drawn = held[likely[rng.choice(likely.size, p=chance)]]
        begun = np.union1d(kept, drawn)
        at = at.improved(savings, greedy(savings, p, begun))
    everywhere = savings.subset(at.is_free[savings.site])
    return _fixed(at, _priced(everywhere, at.price, p, at.is_free, at.is_sure))


def _linear(part: Savings, p: int, floor: Floats) -> tuple[float, Floats, Floats]:
    made = levels(part)
    scale = float(made.gain.sum()) / 1e3
    blank = np.zeros(part.sites)
    solved = linprog(
        -np.concatenate([blank, made.gain / scale]),
        A_ub=group_rows(made, part.sites),
        b_ub=np.zeros(made.gain.size),
        A_eq=np.concatenate([blank + 1, np.zeros(made.gain.size)])[None, :],
        b_eq=[p],
        bounds=(0, 1),
        method="highs-ds",
    )
    dual = np.clip(-solved.ineqlin.marginals * scale, 0, made.gain)
    paid = 1 - dual / made.gain
    price = np.bincount(made.row, weights=made.step * paid[made.of], minlength=part.demand)
    return float(-solved.fun * scale + floor.sum()), solved.x[: part.sites], price + floor
