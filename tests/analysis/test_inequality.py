"""Inequality of access: the published Gini, hand cases, properties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demomed.analysis.inequality import concentration_index, gini, lorenz, palma, shortfall
from demomed.core.faults import InputError

PEOPLE = pd.Series([1200, 800, 2000])


def test_published_gini():
    assert gini(pd.Series([1.73, 2.09, 0.625]), PEOPLE) == pytest.approx(0.267187, abs=5e-7)


def test_equality_and_its_opposite():
    same = pd.Series([2.0, 2.0, 2.0])
    assert gini(same, PEOPLE) == pytest.approx(0)
    assert palma(same, PEOPLE) == pytest.approx(0.25)
    one = pd.Series([0.0] * 99 + [1.0])
    assert gini(one, pd.Series([1] * 100)) == pytest.approx(0.99)
    assert np.isnan(palma(one, pd.Series([1] * 100)))


def test_nobody_is_missing():
    nothing = pd.Series([1.0]), pd.Series([0])
    assert (
        np.isnan(gini(*nothing))
        and np.isnan(palma(*nothing))
        and np.isnan(shortfall(*nothing, 2.5))
    )
    assert np.isnan(gini(pd.Series([0.0, 0.0]), pd.Series([1, 1])))


def test_shortfall_counts_depth_and_severity():
    access, people = pd.Series([0.0, 1.25, 2.5]), pd.Series([10, 10, 20])
    assert [shortfall(access, people, 2.5, power=p) for p in range(3)] == pytest.approx(
        [0.5, 0.375, 0.3125]
    )
    with pytest.raises(InputError, match="seuil"):
        shortfall(access, people, 0)


def test_concentration_has_the_sign_of_who_has_more():
    access, people = pd.Series([1.0, 2.0, 3.0]), pd.Series([1, 1, 1])
    income = pd.Series([10.0, 20.0, 30.0])
    assert concentration_index(access, people, income) > 0
    assert concentration_index(access[::-1].reset_index(drop=True), people, income) < 0
    assert concentration_index(access, people, access) == pytest.approx(gini(access, people))
    partial = concentration_index(access, people, pd.Series([10.0, None, 30.0]))
    assert partial == pytest.approx(0.25)


def test_negative_access_is_refused():
    with pytest.raises(InputError, match="négatif"):
        gini(pd.Series([-1.0]), pd.Series([1]))


worlds = st.lists(st.tuples(st.floats(0, 50), st.integers(0, 500)), min_size=1, max_size=25)


@given(worlds, st.floats(0.1, 10))
def test_gini_is_scale_free_and_agrees_with_all_pairs(rows, scale):
    x = pd.Series([a for a, _ in rows])
    w = pd.Series([b for _, b in rows])
    total = (x * w).sum()
    if w.sum() == 0 or total < 1e-6:
        return
    pairs = np.abs(x.to_numpy()[:, None] - x.to_numpy()[None]) * np.outer(w, w)
    naive = pairs.sum() / (2 * w.sum() * total)
    assert gini(x, w) == pytest.approx(naive, abs=1e-9)
    assert gini(x * scale, w) == pytest.approx(gini(x, w), abs=1e-9)
    order = np.random.default_rng(1).permutation(len(x))
    assert gini(x.iloc[order], w.iloc[order]) == pytest.approx(gini(x, w), abs=1e-12)


@given(
    st.lists(st.tuples(st.floats(0, 9), st.integers(0, 900)), min_size=1, max_size=25),
)
def test_lorenz_curve_is_below_equality_and_its_area_is_the_gini(rows):
    values, people = (pd.Series(column, dtype=float) for column in zip(*rows, strict=True))
    curve = lorenz(values, people)
    if curve.empty:
        assert np.isnan(gini(values, people))
        return
    x, y = curve["people"].to_numpy(), curve["access"].to_numpy()
    assert (y <= x + 1e-9).all()
    assert gini(values, people) == pytest.approx(1 - 2 * np.trapezoid(y, x), abs=1e-9)


def test_concentration_curve_follows_the_income():
    values, people = pd.Series([1.0, 3.0]), pd.Series([1, 1])
    income = pd.Series([20.0, 10.0])
    curve = lorenz(values, people, income)
    assert curve["access"].tolist() == [0.0, 0.75, 1.0]
    area = 1 - 2 * np.trapezoid(curve["access"], curve["people"])
    assert area == pytest.approx(concentration_index(values, people, income))
