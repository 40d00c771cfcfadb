"""The exact road of siting: with enumeration switched off, the programmes must agree with it."""

from itertools import combinations

import numpy as np
import pytest

from demomed.analysis import choice, covering
from demomed.analysis.relaxation import levels, price_by_columns, relax
from demomed.analysis.savings import Savings, exchange, greedy


@pytest.fixture
def no_enumeration(monkeypatch):
    monkeypatch.setattr(choice, "ENUMERATED", 0)
    monkeypatch.setattr(covering, "ENUMERATED", 0)


def random_savings(seed):
    rng = np.random.default_rng(seed)
    demand, sites = int(rng.integers(1, 12)), int(rng.integers(3, 10))
    matrix = rng.integers(0, 6, (demand, sites)) * (rng.random((demand, sites)) < 0.7)
    return matrix.astype(float), int(rng.integers(1, sites))


@pytest.mark.parametrize("seed", range(40))
def test_choice_without_enumeration(no_enumeration, seed):
    matrix, p = random_savings(seed)
    totals = {
        s: matrix[:, list(s)].max(axis=1).sum() for s in combinations(range(matrix.shape[1]), p)
    }
    best = max(totals.values())
    found = choice.choose(Savings.from_matrix(matrix), p)
    assert found.is_optimal and found.value == best
    first = next(sites for sites, total in totals.items() if total == best)
    assert found.ties == "exchange" or tuple(found.sites) == first


@pytest.mark.parametrize("seed", range(25))
def test_covers_without_enumeration(no_enumeration, seed):
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(1, 10)), int(rng.integers(3, 9)))
    minutes = rng.integers(1, 12, shape).astype(float)
    p = int(rng.integers(1, shape[1]))
    sets = list(combinations(range(shape[1]), p))
    longest = [minutes[:, list(sites)].min(axis=1).max() for sites in sets]
    found = covering.shortest_longest(minutes, p)
    assert found.value == min(longest) and found.is_optimal
    assert tuple(found.sites) == sets[int(np.argmin(longest))]
    within = minutes <= 9
    if within.any(axis=1).all():
        smallest = next(
            sites
            for size in range(1, shape[1] + 1)
            for sites in combinations(range(shape[1]), size)
            if within[:, list(sites)].any(axis=1).all()
        )
        assert tuple(covering.fewest(within).sites) == smallest


def plane(size, seed=1):
    rng = np.random.default_rng(seed)
    points, sites = rng.uniform(0, 60, (2, size, 2))
    weight = np.round(rng.lognormal(6, 1, size))
    return np.hypot(*(points[:, None] - sites[None]).transpose(2, 0, 1)), weight


@pytest.mark.parametrize("p", [3, 6])
def test_bounds_hold_and_fixing_keeps_the_optimum(p):
    minutes, weight = plane(60)
    cost = minutes * weight[:, None]
    savings = Savings.from_matrix(cost.max(axis=1, keepdims=True) - cost)
    best = choice.choose(savings, p)
    start = exchange(savings, greedy(savings, p))
    at = relax(savings, p, start)
    for known in (at, price_by_columns(savings, p, at, np.zeros(savings.demand))):
        assert known.value <= best.value * (1 + 1e-12) <= known.bound * (1 + 1e-9)
        assert known.is_free[best.sites].all()
        assert set(np.flatnonzero(known.is_sure)) <= set(best.sites)
    assert known.bound <= best.value * 1.01


@pytest.mark.parametrize("seed", range(10))
def test_levels_rebuild_every_saving(seed):
    matrix, _ = random_savings(seed)
    savings = Savings.from_matrix(matrix)
    made = levels(savings)
    for size in (1, 2):
        for sites in combinations(range(savings.sites), size):
            opened = np.isin(made.site, sites)
            kept = np.zeros(made.gain.size, dtype=bool)
            kept[made.group[opened]] = True
            assert made.gain[kept].sum() == pytest.approx(savings.total(np.array(sites)))


def test_exchange_never_worsens_and_greedy_is_never_better_than_exact():
    for seed in range(20):
        matrix, p = random_savings(seed)
        savings = Savings.from_matrix(matrix)
        first = greedy(savings, p)
        better = exchange(savings, first)
        exact = choice.choose(savings, p)
        assert savings.total(first) <= savings.total(better) <= exact.value


def test_a_large_problem_comes_with_its_gap(monkeypatch):
    monkeypatch.setattr(choice, "MODEL_CELLS", 0)
    monkeypatch.setattr("demomed.analysis.relaxation.MODEL_CELLS", 0)
    minutes, weight = plane(150, seed=4)
    cost = minutes * weight[:, None]
    savings = Savings.from_matrix(cost.max(axis=1, keepdims=True) - cost)
    found = choice.choose(savings, 7)
    monkeypatch.undo()
    best = choice.choose(savings, 7)
    assert best.is_optimal
    assert found.value <= best.value <= found.bound
    assert (found.bound - found.value) / found.value < 0.02
