"""Widths of feasible intervals, proved by exhibiting two situations that fit all that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from demomed.core.linear import EPSILON, Attacker, Floats, Form, Integers


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
            points = points[(np.abs(points - np.round(points)) < EPSILON).all(axis=1)]
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

    def search(self, blocks: Integers) -> None:
        """Look for points that prove widths, for one target of each block at a time."""
        signs = np.random.default_rng(0)
        tried = np.zeros(len(self.lines), dtype=bool)
        while True:
            doubtful = self.doubtful()
            chosen = first_of_each(blocks, doubtful[~tried[doubtful]].tolist())
            if not chosen:
                return
            tried[chosen] = True
            side = signs.choice([-1.0, 1.0], size=len(chosen))
            others = signs.choice([-0.02, 0.02], size=len(doubtful))
            objective = side @ self.lines[chosen] + others @ self.lines[doubtful]
            for direction in (objective, -objective):
                self.attacker.reach(direction, whole=self.whole)
                self.update()
                if not any(self.is_doubtful(i) for i in chosen):
                    break


def first_of_each(blocks: Integers, candidates: Sequence[int]) -> list[int]:
    """First candidate of each block.

    Examples
    --------
    >>> first_of_each(np.array([0, 0, 1, 1]), [1, 2, 3])
    [1, 2]
    """
    first: dict[int, int] = {}
    for i in candidates:
        first.setdefault(int(blocks[i]), int(i))
    return sorted(first.values())


class LocalAttacker:
    """An attacker who looks at each block of unknowns alone, at all blocks in one programme.

    Rows that link several blocks are left out: the programme is then the sum of those of the
    blocks, and so are its optimum and its multipliers.

    Parameters
    ----------
    attacker
        Attacker who knows everything.
    blocks
        Number of the block of each unknown.
    """

    def __init__(self, attacker: Attacker, blocks: Integers) -> None:
        system, statements = attacker.system, attacker.statements

        def is_local(form: Form) -> bool:
            return len(set(blocks[list(form.columns)].tolist())) <= 1

        rows = [k for k, form in enumerate(system.rows) if is_local(form)]
        self.kept = np.array(
            [j for j, s in enumerate(statements) if all(map(is_local, s.rows))], dtype=np.intp
        )
        self.rows = np.flatnonzero(np.isin(attacker.owner, self.kept))
        self.row_block = np.full(len(attacker.owner), -1, dtype=np.intp)
        forms = [form for j in self.kept for form in statements[j].rows]
        self.row_block[self.rows] = [
            blocks[form.columns[0]] if form.columns else -1 for form in forms
        ]
        self.attacker = Attacker(
            replace(
                system,
                rows=tuple(system.rows[k] for k in rows),
                row_low=tuple(system.row_low[k] for k in rows),
                row_high=tuple(system.row_high[k] for k in rows),
            ),
            [statements[j] for j in self.kept],
        )

    def proof(self, lines: Floats, wanted: Floats, rungs: Integers) -> Proof:
        """Widths that the points found so far prove within the blocks."""
        self.attacker.stand(rungs[self.kept])
        return Proof(self.attacker, lines, wanted)

    def largest(self, objective: Floats) -> tuple[Floats, Floats]:
        """Point that maximises a form of several blocks, and slopes of all the statement rows."""
        _, slopes = self.attacker.largest(objective)
        every = np.zeros((len(self.row_block), 2))
        every[self.rows] = slopes
        return self.attacker.points[-1], every
