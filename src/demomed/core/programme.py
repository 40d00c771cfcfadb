"""One linear programme solved again and again, each time from where the last one ended."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Programme:
    """Largest values of linear forms over a polyhedron whose bounds may move.

    The solver (HiGHS) keeps its last basis: a new objective or new bounds cost the few pivots that
    they ask for, not a new start.

    Parameters
    ----------
    matrix
        Sparse matrix of the rows, in CSR.
    lower, upper
        Bounds of the unknowns.

    Examples
    --------
    >>> from scipy import sparse
    >>> square = Programme(sparse.csr_array([[1.0, 1.0]]), np.zeros(2), np.full(2, 2.0))
    >>> square.bound(np.array([-np.inf]), np.array([3.0]))
    >>> value, point, slopes = square.largest(np.array([1.0, 2.0]))
    >>> value, point.tolist(), slopes.tolist()
    (5.0, [1.0, 2.0], [[1.0, 0.0]])
    """

    def __init__(self, matrix: Any, lower: Floats, upper: Floats) -> None:
        import highspy

        self.rows, self.columns = matrix.shape
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.columns, self.rows
        model.col_cost_ = np.zeros(self.columns)
        model.col_lower_, model.col_upper_ = np.asarray(lower, float), np.asarray(upper, float)
        model.row_lower_ = np.full(self.rows, -np.inf)
        model.row_upper_ = np.full(self.rows, np.inf)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = matrix.indptr
        model.a_matrix_.index_ = matrix.indices
        model.a_matrix_.value_ = matrix.data
        model.sense_ = highspy.ObjSense.kMaximize
        self._solver: Any = highspy.Highs()
        self._solver.silent()
        self._solver.setOptionValue("solver", "simplex")
        self._solver.setOptionValue("parallel", "off")
        self._solver.passModel(model)
        self._optimal = highspy.HighsModelStatus.kOptimal
        self._impossible = highspy.HighsModelStatus.kInfeasible

    def bound(self, low: Floats, high: Floats) -> None:
        """Bounds of the rows from now on."""
        self._solver.changeRowsBounds(self.rows, np.arange(self.rows, dtype=np.int32), low, high)

    def largest(self, objective: Floats) -> tuple[float, Floats, Floats] | None:
        """Largest value of a form, where it is reached, and what it owes to the bounds of each row.

        Returns
        -------
        value, point, slopes
            ``slopes`` has one line per row: multiplier of its upper bound and of minus its lower
            bound (both ≥ 0). ``None`` if no point fits the bounds.

        Raises
        ------
        ArithmeticError
            If the solver finds neither, even from a new start.
        """
        solver = self._solver
        solver.changeColsCost(self.columns, np.arange(self.columns, dtype=np.int32), objective)
        solver.run()
        if solver.getModelStatus() not in (self._optimal, self._impossible):
            solver.clearSolver()  # where it stood has lost its digits: once more, from nothing
            solver.run()
        if solver.getModelStatus() == self._impossible:
            return None
        if solver.getModelStatus() != self._optimal:
            raise ArithmeticError(f"linear programme: {solver.getModelStatus()}")
        found = solver.getSolution()
        dual = np.array(found.row_dual, dtype=float)
        slopes = np.column_stack([np.maximum(dual, 0.0), np.maximum(-dual, 0.0)])
        point = np.array(found.col_value, dtype=float)
        return float(objective @ point) + 0.0, point, slopes
