"""Choose p sites that save the most: one model for p-median, maximal covering and existing sites.

Every demand point has a cost today and a lower one at some sites; a site therefore *saves*
something for some points, and a point keeps only the best saving among the open sites. With the
times themselves as costs this is the p-median (Hakimi, 1964); with cost 0 within the limit and 1
beyond, maximal covering (Church and ReVelle, 1974); sites that exist already lower today's cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

TOLERANCE = 1e-9
"""Relative difference below which two values are the same."""


def same(first: float, second: float) -> bool:
    """Whether two totals are equal but for rounding."""
    return abs(first - second) <= TOLERANCE * max(abs(first), abs(second), 1.0)


@dataclass(frozen=True)
class Savings:
    """What each site saves for each demand point; only positive savings are stored.

    Parameters
    ----------
    row, site, value
        One entry per pair, rows together and ascending, values falling within a row.
    demand, sites
        Numbers of demand points and of sites.
    """

    row: Ints
    site: Ints
    value: Floats
    demand: int
    sites: int

    @classmethod
    def from_pairs(cls, row: Ints, site: Ints, value: Floats, demand: int, sites: int) -> Savings:
        """Keep the positive savings and put them in order."""
        kept = value > 0
        row, site, value = row[kept], site[kept], value[kept]
        order = np.lexsort((site, -value, row))
        return cls(row[order], site[order], value[order], demand, sites)

    @classmethod
    def from_matrix(cls, matrix: Floats) -> Savings:
        """From a matrix of savings, demand points × sites."""
        demand, sites = matrix.shape
        order = np.argsort(-matrix, axis=1, kind="stable")
        value = np.take_along_axis(matrix, order, 1).ravel()
        row = np.repeat(np.arange(demand), sites)
        kept = value > 0
        return cls(row[kept], order.ravel()[kept], value[kept], demand, sites)

    def subset(self, kept: Flags) -> Savings:
        """The same demand and sites with some pairs only."""
        return Savings(self.row[kept], self.site[kept], self.value[kept], self.demand, self.sites)

    def best_two(self, chosen: Ints) -> tuple[Floats, Ints, Floats]:
        """Best saving of each point among the chosen sites, the site that gives it (-1 = none), second best."""
        is_open = np.zeros(self.sites, dtype=bool)
        is_open[chosen] = True
        pairs = np.flatnonzero(is_open[self.site])
        row = self.row[pairs]
        first = np.ones(pairs.size, dtype=bool)
        first[1:] = row[1:] != row[:-1]
        second = np.zeros(pairs.size, dtype=bool)
        second[1:] = first[:-1] & ~first[1:]
        best, runner_up = np.zeros(self.demand), np.zeros(self.demand)
        giver = np.full(self.demand, -1, dtype=np.int64)
        best[row[first]] = self.value[pairs[first]]
        giver[row[first]] = self.site[pairs[first]]
        runner_up[row[second]] = self.value[pairs[second]]
        return best, giver, runner_up

    def restricted(self, sites: Ints, floor: Floats) -> Savings:
        """The savings above a floor per point, for some sites renumbered from 0."""
        place = np.full(self.sites, -1, dtype=np.int64)
        place[sites] = np.arange(sites.size)
        kept = (place[self.site] >= 0) & (self.value > floor[self.row])
        row = self.row[kept]
        value = self.value[kept] - floor[row]
        return Savings(row, place[self.site[kept]], value, self.demand, sites.size)

    def total(self, chosen: Ints) -> float:
        """Total saving of a set of sites."""
        return float(self.best_two(chosen)[0].sum())

    def sums(self, pairs: Flags | Ints | slice, amount: Floats) -> Floats:
        """Sum per site of an amount attached to some pairs."""
        return np.bincount(self.site[pairs], weights=amount, minlength=self.sites).astype(float)


def greedy(savings: Savings, p: int, start: Ints | None = None) -> Ints:
    """Open one site after the other, each time the one that saves most (ties: first in order)."""
    chosen = [] if start is None else list(start)
    while len(chosen) < p:
        best, _, _ = savings.best_two(np.array(chosen, dtype=np.int64))
        extra = savings.value - best[savings.row]
        gain = savings.sums(slice(None), np.maximum(extra, 0))
        gain[chosen] = -np.inf
        chosen.append(int(_first_best(gain)))
    return np.sort(np.array(chosen, dtype=np.int64))


def _first_best(gain: Floats) -> int:
    top = gain.max()
    return int(np.flatnonzero(gain >= top - TOLERANCE * max(abs(top), 1))[0])


def exchange(savings: Savings, chosen: Ints) -> Ints:
    """Swap one open site for a closed one while the best swap saves more (Teitz and Bart, 1968).

    All swaps are priced together: what a site brings, what the one it replaces takes away, and
    the points for which both matter.
    """
    chosen = np.sort(chosen)
    while chosen.size:
        change = _swap_values(savings, chosen)
        top = change.max(initial=-np.inf)
        if top <= TOLERANCE * max(savings.total(chosen), 1):
            return chosen
        out, into = np.unravel_index(int(np.argmax(change)), change.shape)
        chosen = np.sort(np.append(np.delete(chosen, out), into))
    return chosen


def _swap_values(savings: Savings, chosen: Ints) -> Floats:
    best, giver, second = savings.best_two(chosen)
    place = np.full(savings.sites + 1, chosen.size, dtype=np.int64)
    place[chosen] = np.arange(chosen.size)
    server = place[giver]
    active = np.flatnonzero(savings.value > second[savings.row])
    row, value = savings.row[active], savings.value[active]
    gain = savings.sums(active, np.maximum(value - best[row], 0))
    loss = np.bincount(server, weights=second - best, minlength=chosen.size + 1)
    kept = np.minimum(value, best[row]) - second[row]
    both = np.bincount(
        server[row] * savings.sites + savings.site[active],
        weights=kept,
        minlength=(chosen.size + 1) * savings.sites,
    ).reshape(chosen.size + 1, savings.sites)
    change = gain[None, :] + loss[:-1, None] + both[:-1]
    change[:, chosen] = -np.inf
    return change


def earliest(savings: Savings, chosen: Ints) -> Ints:
    """Move to an equal set earlier in code order, one exchange after the other."""
    chosen = np.sort(chosen)
    while chosen.size:
        change = _swap_values(savings, chosen)
        tied = change >= -TOLERANCE * max(savings.total(chosen), 1)
        out, into = np.nonzero(tied & (np.arange(savings.sites)[None, :] < chosen[:, None]))
        if not into.size:
            return chosen
        first = np.lexsort((-out, into))[0]
        chosen = np.sort(np.append(np.delete(chosen, out[first]), into[first]))
    return chosen
