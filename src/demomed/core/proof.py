"""Widths of feasible intervals, proved by exhibiting two situations that fit all that is known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from demomed.core.linear import EPSILON, Attacker, Floats, Integers


class Proof:
    """Widths proved so far by the points of an attacker."""

    def __init__(
        self, attacker: Attacker, lines: Floats, wanted: Floats, *, whole: bool = False
    ) -> None:
        self.attacker, self.lines, self.wanted, self.whole = attacker, lines, wanted, whole
        self.low, self.high = np.full(len(lines), np.inf), np.full(len(lines), -np.inf)
        self.read = 0
        self.update()

    def update(self) -> None:
        """Take the points found since the last time into account."""
        points = np.array(self.attacker.points[self.read :])
        self.read = len(self.attacker.points)
        if self.whole and len(points):
            persons = points[:, self.attacker.system.whole]
            points = points[(np.abs(persons - np.round(persons)) < EPSILON).all(axis=1)]
        if len(points):
            reached = points @ self.lines.T
            self.low = np.minimum(self.low, reached.min(axis=0))
            self.high = np.maximum(self.high, reached.max(axis=0))

    def doubtful(self) -> Integers:
        """Targets whose width is not proved."""
        return np.flatnonzero(self.high - self.low < self.wanted - EPSILON)

    def is_doubtful(self, i: int) -> bool:
        """Whether the width of one target is not proved."""
        return bool(self.high[i] - self.low[i] < self.wanted[i] - EPSILON)

    def search(self, blocks: Integers, *, whole: bool) -> None:
        """Look for points that prove widths, for one target of each block at a time."""
        signs = np.random.default_rng(0)
        tried = np.zeros(len(self.lines), dtype=bool)
        while True:
            doubtful = self.doubtful()
            chosen = list(_first_of_each(blocks, doubtful[~tried[doubtful]]))
            if not chosen:
                return
            tried[chosen] = True
            side = signs.choice([-1.0, 1.0], size=len(chosen))
            others = signs.choice([-0.02, 0.02], size=len(doubtful))
            objective = side @ self.lines[chosen] + (
                0.0 if whole else others @ self.lines[doubtful]
            )
            for direction in (objective, -objective):
                if whole:
                    self.attacker.largest_whole(direction)
                else:
                    self.attacker.largest(direction)
                self.update()
                if not any(self.is_doubtful(i) for i in chosen):
                    break


def _first_of_each(blocks: Integers, candidates: Integers) -> Iterator[int]:
    seen: set[int] = set()
    for i in candidates:
        if int(blocks[i]) not in seen:
            seen.add(int(blocks[i]))
            yield int(i)
