"""Cheapest set of statements to coarsen or withhold so that what must stay unknown does.

An attacker knows a linear system (totals, head counts) and reads statements, each of which bounds
linear forms of the unknowns. Every statement has a ladder, from the exact figure to nothing. The
problem is to climb ladders at least cost so that each target keeps a wide enough feasible interval.
It is solved exactly: an integer programme over the rungs, completed by the cuts that the linear
programmes of the attacker give through their dual values (Fischetti and Salazar, Management
Science, 2001), then by an attack over whole numbers of persons.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from demomed.core.linear import (
    EPSILON,
    Attacker,
    Floats,
    Form,
    Integers,
    Statement,
    System,
    inconsistent,
    matrix_of,
)
from demomed.core.proof import LocalAttacker, Proof, first_of_each

Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Target:
    """A form that must stay unknown within ``width``.

    Parameters
    ----------
    form, width
        What must stay unknown, and within how much.
    low, high
        Bounds that hold whatever is published; they only spare programmes.
    """

    form: Form
    width: float
    low: float = field(default=-np.inf, compare=False)
    high: float = field(default=np.inf, compare=False)


@dataclass(frozen=True)
class Pattern:
    """Rung chosen for each statement, what it costs, and how it was found.

    ``is_exact`` is ``False`` when the integer programme gave way to the greedy fallback.
    """

    rungs: Integers
    cost: float
    is_exact: bool
    rounds: int


Differences = Callable[[Integers], Sequence[Target]]


def cheapest(
    system: System,
    statements: Sequence[Statement],
    targets: Sequence[Target],
    *,
    differences: Differences | None = None,
    blocks: Integers | None = None,
    rounds: int = 60,
) -> Pattern:
    """Cheapest rungs that leave every target unknown within its width.

    A target that would be narrower even if nothing were published (a fact already told by what
    everybody knows) is held to the width it then has.

    Parameters
    ----------
    system, statements, targets
        What is known, what could be published, what must stay unknown.
    differences
        Further targets that appear with some rungs: totals known by subtraction.
    blocks
        Number of the block of each unknown: what can be told from one block alone is looked for
        in all blocks at once, before the whole is looked at.
    rounds
        Rounds of the exact method before the greedy fallback, which widens at each round the
        statement that helps most for its cost; dearer, never less safe.

    Returns
    -------
    Pattern
        With ``is_exact`` telling whether its cost is proved to be the least.

    Examples
    --------
    Two persons counted in the first of three zones, and their total of 20: hiding the first means
    hiding the smaller of the two others.

    >>> zones = [Form.sum([0]), Form.sum([1]), Form.sum([2])]
    >>> total = System(np.zeros(3), np.full(3, 20.0), (Form.sum([0, 1, 2]),), (20.0,), (20.0,))
    >>> facts = [Statement((zone,), ((n,), (0.0,)), ((n,), (20.0,)), (0.0, n), floor=int(n < 5))
    ...          for zone, n in zip(zones, (2.0, 8.0, 10.0))]
    >>> cheapest(total, facts, [Target(zones[0], 5)]).rungs.tolist()
    [1, 1, 0]
    """
    search = _Search(system, statements, differences, blocks)
    search.add(targets)
    return search.run(rounds)


class _Search:
    """One search: the steps of the ladders, the cuts found, the targets met so far.

    A step climbs one rung of one statement; ``climbed`` tells which steps are taken.
    """

    def __init__(
        self,
        system: System,
        statements: Sequence[Statement],
        differences: Differences | None,
        blocks: Integers | None,
    ) -> None:
        self.attacker = attacker = Attacker(system, statements)
        self.blocks = np.zeros(attacker.size, dtype=np.intp) if blocks is None else blocks
        self.local = LocalAttacker(attacker, self.blocks)
        self.statements, self.differences = statements, differences
        self.targets: list[Target] = []
        self.lines = np.zeros((0, attacker.size))
        self.places = np.zeros(0, dtype=np.intp)
        steps = [(j, k) for j, s in enumerate(statements) for k in range(len(s.cost) - 1)]
        self.owner = np.array([j for j, _ in steps], dtype=np.intp)
        self.rung = np.array([k for _, k in steps], dtype=np.intp)
        self.price = np.array([statements[j].cost[k + 1] - statements[j].cost[k] for j, k in steps])
        self.forced = np.array([k < statements[j].floor for j, k in steps], dtype=bool)
        mine = attacker.owner[:, None] == self.owner
        high, low = attacker.high, attacker.low
        self.gain_high = np.where(mine, high[:, self.rung + 1] - high[:, self.rung], 0.0)
        self.gain_low = np.where(mine, low[:, self.rung] - low[:, self.rung + 1], 0.0)
        self.cuts: list[Floats] = []
        self.needs: list[float] = []
        self.attainable: dict[Target, float] = {}

    def run(self, rounds: int) -> Pattern:
        climbed = self.forced.copy()
        for turn in range(1, rounds + 1):
            if not self._exposed(climbed):
                return self._pattern(climbed, True, turn)
            climbed = self._master()
        while self._exposed(climbed):
            rounds += 1
            climbed = self._greedy(climbed)
        return self._pattern(climbed, False, rounds)

    def _pattern(self, climbed: Booleans, is_exact: bool, turn: int) -> Pattern:
        return Pattern(self._rungs(climbed), float(self.price[climbed].sum()), is_exact, turn)

    def _rungs(self, climbed: Booleans) -> Integers:
        return np.bincount(self.owner[climbed], minlength=len(self.statements)).astype(np.intp)

    def add(self, targets: Sequence[Target]) -> None:
        """Take further targets into account."""
        known = set(self.targets)
        new = [target for target in dict.fromkeys(targets) if target not in known]
        self.targets += new
        lines = matrix_of([t.form for t in new], self.attacker.size).toarray()
        self.lines = np.vstack([self.lines, lines])
        spread = [set(self.blocks[list(target.form.columns)].tolist()) for target in new]
        places = [blocks.pop() if len(blocks) == 1 else -1 for blocks in spread]
        self.places = np.concatenate([self.places, np.array(places, dtype=np.intp)])

    # The attack of one round.

    def _exposed(self, climbed: Booleans) -> bool:
        """Whether some target is exposed; each one found adds the cut that forbids it."""
        rungs = self._rungs(climbed)
        self.attacker.stand(rungs)
        if self.differences is not None:
            self.add(self.differences(rungs))
        proof = Proof(self.attacker, self.lines, self._wanted())
        if self._exposed_in_blocks(proof, climbed):
            return True
        proof.search(self.places)
        found = False
        for i in proof.doubtful():
            if proof.is_doubtful(i):
                found |= self._exposed_alone(int(i), climbed, proof)
        return found or self._exposed_whole(proof.wanted, climbed)

    def _exposed_in_blocks(self, proof: Proof, climbed: Booleans) -> bool:
        """Targets exposed by their own block alone, one of each block at a time."""
        local = self.local.proof(self.lines, proof.wanted, self.attacker.rungs)
        open_ = np.zeros(len(self.targets), dtype=bool)
        open_[proof.doubtful()] = True
        open_ &= self.places >= 0
        found = False
        while True:
            chosen = first_of_each(self.places, [i for i in local.doubtful() if open_[i]])
            if not chosen:
                return found
            open_[chosen] = False
            width = np.zeros(len(chosen))
            slopes = np.zeros((len(chosen), len(self.attacker.owner), 2))
            for side in (1.0, -1.0):
                point, rows = self.local.largest(side * self.lines[chosen].sum(axis=0))
                width += side * (self.lines[chosen] @ point)
                for k, i in enumerate(chosen):
                    mine = self.local.row_block == self.places[i]
                    slopes[k, mine] += rows[mine]
            local.update()
            for k, i in enumerate(chosen):
                found |= self._cut(i, float(width[k]), slopes[k], climbed, proof)

    def _exposed_alone(self, i: int, climbed: Booleans, proof: Proof) -> bool:
        """One target, attacked with all that is published."""
        target, line = self.targets[i], self.lines[i]
        low, high, slopes = target.low, target.high, np.zeros((len(self.attacker.owner), 2))
        if proof.high[i] < high - EPSILON:
            high, slopes = self.attacker.largest(line)
            proof.update()
            if not proof.is_doubtful(i):
                return False
        if proof.low[i] > low + EPSILON:
            least, more = self.attacker.largest(-line)
            proof.update()
            low, slopes = -least, slopes + more
        return self._cut(i, high - low, slopes, climbed, proof)

    def _wanted(self) -> Floats:
        return np.array([min(t.width, self.attainable.get(t, np.inf)) for t in self.targets])

    def _cut(self, i: int, width: float, slopes: Floats, climbed: Booleans, proof: Proof) -> bool:
        """Forbid what leaves a target too narrow; ``slopes`` tell what would widen it."""
        cut = slopes[:, 0] @ self.gain_high + slopes[:, 1] @ self.gain_low
        constant = width - float(cut[climbed].sum())
        if width < proof.wanted[i] - EPSILON and constant + cut.sum() < proof.wanted[i]:
            proof.wanted[i] = self._learn(self.targets[i], self.lines[i])
        if width >= proof.wanted[i] - EPSILON:
            return False
        self.needs.append(proof.wanted[i] - constant)
        self.cuts.append(np.minimum(cut, self.needs[-1]))
        return True

    def _learn(self, target: Target, line: Floats) -> float:
        """Width a target has when nothing at all is published."""
        nothing = Attacker(self.attacker.system, self.statements)
        nothing.stand(np.array([len(s.cost) - 1 for s in self.statements], dtype=np.intp))
        low, high = nothing.interval(line)
        self.attainable[target] = min(target.width, high - low)
        return self.attainable[target]

    def _exposed_whole(self, wanted: Floats, climbed: Booleans) -> bool:
        """The same over whole persons; an exposed target asks for one more step, whichever."""
        if climbed.all():
            return False
        proof = Proof(self.attacker, self.lines, wanted, whole=True)
        proof.search(self.places)
        for i in proof.doubtful():
            if not proof.is_doubtful(i):
                continue
            low, high = self.attacker.interval(self.lines[i], whole=True)
            proof.update()
            if high - low < proof.wanted[i] - EPSILON:
                self.cuts.append((~climbed).astype(float))
                self.needs.append(1.0)
                return True
        return False

    # The choice of the steps.

    def _master(self) -> Booleans:
        from scipy import sparse
        from scipy.optimize import Bounds, LinearConstraint, milp

        count = len(self.owner)
        later = np.flatnonzero(self.rung > 0)
        ones, lines = np.ones(len(later)), np.arange(len(later))
        order = sparse.csr_array(
            (
                np.concatenate([ones, -ones]),
                (np.concatenate([lines, lines]), np.concatenate([later - 1, later])),
            ),
            shape=(len(later), count),
        )
        cuts = sparse.csr_array(np.array(self.cuts))
        constraints = [LinearConstraint(cuts, lb=np.array(self.needs) - EPSILON)]
        if len(later):
            constraints.append(LinearConstraint(order, lb=0.0))
        solved = milp(
            self.price,
            constraints=constraints,
            bounds=Bounds(self.forced.astype(float), np.ones(count)),
            integrality=np.ones(count),
            options={"mip_rel_gap": 0.0},
        )
        if solved.x is None:
            raise inconsistent()
        return np.asarray(solved.x) > 0.5

    def _greedy(self, climbed: Booleans) -> Booleans:
        """Take the step that helps most for its cost, cut after cut."""
        climbed = climbed.copy()
        for cut, need in zip(self.cuts, self.needs, strict=True):
            while cut @ climbed < need - EPSILON:
                useful = ~climbed & (cut > EPSILON)
                if not useful.any():
                    break
                best = int(np.argmax(np.where(useful, cut / (self.price + EPSILON), -1.0)))
                climbed |= (self.owner == self.owner[best]) & (self.rung <= self.rung[best])
        return climbed
