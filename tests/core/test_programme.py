"""The solver that starts from where it stopped."""

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from demomed.core.programme import Programme


def test_warm_answers_are_those_of_a_new_start():
    draw = np.random.default_rng(0)
    matrix = sparse.csr_array(draw.integers(0, 2, (6, 9)).astype(float))
    programme = Programme(matrix, np.zeros(9), np.full(9, 7.0))
    for _ in range(60):
        low = draw.integers(0, 12, 6).astype(float)
        high = low + draw.integers(0, 4, 6)
        objective = draw.normal(size=9)
        programme.bound(low, high)
        found = programme.largest(objective)
        rows = np.vstack([matrix.toarray(), -matrix.toarray()])
        fresh = linprog(-objective, A_ub=rows, b_ub=np.concatenate([high, -low]), bounds=(0, 7))
        assert (found is None) is (fresh.status == 2)
        if found is None:
            continue
        value, point, slopes = found
        assert value == pytest.approx(-fresh.fun, abs=1e-7)
        assert (matrix @ point <= high + 1e-6).all() and (matrix @ point >= low - 1e-6).all()
        assert (slopes >= 0).all()


class Tired:
    """A solver that loses its way once, or for good."""

    def __init__(self, solver, times):
        self.solver, self.times = solver, times

    def __getattr__(self, name):
        return getattr(self.solver, name)

    def getModelStatus(self):
        import highspy

        self.times -= 1
        return (
            highspy.HighsModelStatus.kUnknown if self.times >= 0 else self.solver.getModelStatus()
        )


def square():
    made = Programme(sparse.csr_array([[1.0, 1.0]]), np.zeros(2), np.full(2, 2.0))
    made.bound(np.array([-np.inf]), np.array([3.0]))
    return made


def test_a_solver_that_lost_its_way_starts_again():
    programme = square()
    programme._solver = Tired(programme._solver, 1)
    assert programme.largest(np.array([1.0, 2.0]))[0] == 5.0


def test_no_answer_is_not_told_as_a_contradiction():
    programme = square()
    programme._solver = Tired(programme._solver, 99)
    with pytest.raises(ArithmeticError, match="kUnknown"):
        programme.largest(np.array([1.0, 2.0]))
