"""What an attacker computes: linear programmes over all that is known and all that is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demomed.core.faults import Fault, InputError
from demomed.core.programme import Programme

EPSILON = 1e-6
Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


@dataclass(frozen=True)
class Form:
    """A linear form of the unknowns: columns and coefficients.

    Examples
    --------
    >>> Form.sum([0, 1]).minus(Form.sum([2]))
    Form(columns=(0, 1, 2), values=(1.0, 1.0, -1.0))
    """

    columns: tuple[int, ...]
    values: tuple[float, ...]

    @staticmethod
    def sum(columns: Sequence[int]) -> Form:
        """Plain sum of some unknowns."""
        return Form(tuple(columns), (1.0,) * len(columns))

    def minus(self, other: Form) -> Form:
        """Difference of two forms."""
        return Form(self.columns + other.columns, self.values + tuple(-v for v in other.values))


@dataclass(frozen=True)
class System:
    """What is known whatever is published: bounds of each unknown, bounds of linear forms.

    Parameters
    ----------
    lower, upper
        Bounds of the unknowns.
    rows, row_low, row_high
        Linear forms and their bounds.
    """

    lower: Floats
    upper: Floats
    rows: tuple[Form, ...] = ()
    row_low: tuple[float, ...] = ()
    row_high: tuple[float, ...] = ()


@dataclass(frozen=True)
class Statement:
    """One published fact and its ladder of ever wider versions.

    Parameters
    ----------
    rows
        Linear forms it bounds.
    low, high
        Bounds, one line per rung (the first is the exact figure, the last says nothing more than
        is known anyway), one column per form; each rung contains the one before.
    cost
        Cost of each rung, increasing from 0.
    floor
        First rung allowed.
    """

    rows: tuple[Form, ...]
    low: tuple[tuple[float, ...], ...]
    high: tuple[tuple[float, ...], ...]
    cost: tuple[float, ...]
    floor: int = 0


def matrix_of(forms: Sequence[Form], size: int) -> Any:
    """Sparse matrix of some forms, one per line."""
    from scipy import sparse

    rows = np.repeat(np.arange(len(forms)), [len(form.columns) for form in forms])
    columns = np.array([c for form in forms for c in form.columns], dtype=np.intp)
    values = np.array([v for form in forms for v in form.values], dtype=float)
    return sparse.csr_array((values, (rows.astype(np.intp), columns)), shape=(len(forms), size))


@dataclass
class Attacker:
    """Linear programmes over a system and statements at given rungs.

    Every optimum found is kept in ``points``: two of them prove a width for any form at once.
    """

    system: System
    statements: Sequence[Statement]
    points: list[Floats] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.size = len(self.system.lower)
        forms = [form for statement in self.statements for form in statement.rows]
        self.owner = np.repeat(
            np.arange(len(self.statements)), [len(s.rows) for s in self.statements]
        ).astype(np.intp)
        self.matrix = matrix_of([*self.system.rows, *forms], self.size)
        if self.size:
            self.programme = Programme(self.matrix, self.system.lower, self.system.upper)
        depth = max((len(s.cost) for s in self.statements), default=1)
        self.low, self.high = self._bounds("low", depth), self._bounds("high", depth)
        self.stand(np.zeros(len(self.statements), dtype=np.intp))

    def _bounds(self, side: str, depth: int) -> Floats:
        """Bounds of every statement row (lines) at every rung (columns), the last one repeated."""
        lines: list[list[float]] = []
        for statement in self.statements:
            bounds = getattr(statement, side)
            padded = [*bounds, *[bounds[-1]] * (depth - len(bounds))]
            lines += [list(line) for line in zip(*padded, strict=True)]
        return np.array(lines, dtype=float).reshape(len(self.owner), depth)

    def stand(self, rungs: Integers) -> None:
        """Read the statements at these rungs; earlier points that no longer fit are dropped."""

        self.rungs = rungs
        here = np.arange(len(self.owner)), rungs[self.owner]
        low = np.concatenate([np.asarray(self.system.row_low, dtype=float), self.low[here]])
        high = np.concatenate([np.asarray(self.system.row_high, dtype=float), self.high[here]])
        self.row_low, self.row_high = low, high
        if self.size:
            self.programme.bound(low, high)
        if self.points:
            values = np.array(self.points) @ self.matrix.T
            fits = ((values >= low - EPSILON) & (values <= high + EPSILON)).all(axis=1)
            self.points = [point for point, fit in zip(self.points, fits, strict=True) if fit]

    def largest(self, objective: Floats) -> tuple[float, Floats]:
        """Largest value of a form, and what it owes to the bounds of each statement row.

        Returns
        -------
        value, slopes
            ``slopes`` has one line per statement row: multiplier of its upper bound and of minus
            its lower bound (both ≥ 0).
        """
        if not self.size:
            return self._of_nobody(), np.zeros((len(self.owner), 2))
        value, slopes = self._solved(objective)
        return value, slopes[len(self.system.rows) :]

    def _solved(self, objective: Floats) -> tuple[float, Floats]:
        found = self.programme.largest(objective)
        if found is None:
            raise inconsistent()
        value, point, slopes = found
        self.points.append(point)
        return value, slopes

    def interval(self, objective: Floats, *, whole: bool = False) -> tuple[float, float]:
        """Feasible interval of a form."""
        return 0.0 - self.reach(-objective, whole=whole), self.reach(objective, whole=whole)

    def reach(self, objective: Floats, *, whole: bool = False) -> float:
        """Largest value of a form, without what it owes to whom; over whole persons if asked."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        if not self.size:
            return self._of_nobody()
        if not whole:
            return self._solved(objective)[0]
        solved = milp(
            -objective,
            constraints=LinearConstraint(self.matrix, self.row_low, self.row_high),
            bounds=Bounds(self.system.lower, self.system.upper),
            integrality=np.ones(self.size),
            options={"presolve": False},
        )
        if solved.x is None:
            raise inconsistent()
        self.points.append(np.asarray(solved.x))
        return float(-solved.fun)

    def _of_nobody(self) -> float:
        """Every form over nobody is zero, which the statements must allow."""
        if (self.row_low > EPSILON).any() or (self.row_high < -EPSILON).any():
            raise inconsistent()
        return 0.0


def inconsistent() -> InputError:
    """No number of persons fits all the figures: they were not counted on the same register."""
    return InputError(
        Fault(
            "protection des âges",
            "des totaux de territoires emboîtés qui se contredisent",
            "le même registre compté à chaque niveau",
            "calculer tous les niveaux en une fois, à partir du même registre",
        )
    )


def intervals(
    system: System,
    statements: Sequence[Statement],
    rungs: Integers,
    forms: Sequence[Form],
    *,
    whole: bool = False,
) -> Floats:
    """Feasible interval of each form for who knows the system and reads the statements.

    Parameters
    ----------
    system, statements, rungs
        What is known and what is published.
    forms
        What the attacker would like to know.
    whole
        Over whole numbers of persons instead of the (wider or equal) continuous interval.

    Returns
    -------
    array
        One line per form: smallest and largest feasible value.

    Examples
    --------
    >>> two = System(np.zeros(2), np.full(2, 9.0), (Form.sum([0, 1]),), (4.0,), (4.0,))
    >>> intervals(two, [], np.zeros(0, dtype=np.intp), [Form.sum([0])])
    array([[0., 4.]])
    """
    attacker = Attacker(system, statements)
    attacker.stand(rungs)
    lines = matrix_of(forms, attacker.size).toarray()
    found = [attacker.interval(line, whole=whole) for line in lines]
    return np.array(found, dtype=float).reshape(len(forms), 2)
