"""Rank correlation and its interval: against SciPy, with ties, weights and too few pairs."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from demomed.analysis.rank_correlation import rank_correlation

PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=4, max_size=30)


@given(PAIRS)
def test_without_weights_it_is_that_of_scipy(pairs):
    a, b = (pd.Series(column, dtype=float) for column in zip(*pairs, strict=True))
    found = rank_correlation(a, b)
    if a.nunique() < 2 or b.nunique() < 2:
        assert math.isnan(found.value)
    else:
        assert found.value == pytest.approx(stats.spearmanr(a, b).statistic)
        assert found.value == pytest.approx(rank_correlation(a, b, pd.Series(7.0, a.index)).value)


def test_a_weight_of_two_counts_as_the_place_twice():
    a, b = pd.Series([1.0, 5.0, 3.0, 4.0]), pd.Series([2.0, 1.0, 3.0, 6.0])
    weights = pd.Series([1.0, 2.0, 1.0, 3.0])
    times = weights.astype(int).to_numpy()
    once = rank_correlation(a, b, weights)
    repeated = rank_correlation(
        pd.Series(np.repeat(a.to_numpy(), times)), pd.Series(np.repeat(b.to_numpy(), times))
    )
    assert once.value == pytest.approx(repeated.value)


def test_interval_is_that_of_bonett_and_wright():
    rng = np.random.default_rng(1)
    a = pd.Series(rng.normal(size=40))
    b = a + pd.Series(rng.normal(size=40))
    found = rank_correlation(a, b)
    half = 1.959964 * math.sqrt((1 + found.value**2 / 2) / 37)
    assert found.low == pytest.approx(math.tanh(math.atanh(found.value) - half), abs=1e-6)
    assert found.high == pytest.approx(math.tanh(math.atanh(found.value) + half), abs=1e-6)
    heavy = pd.Series(np.where(np.arange(40) < 5, 100.0, 1.0))
    wide = rank_correlation(a, b, heavy)
    assert wide.high - wide.low > found.high - found.low


def test_too_few_pairs_have_no_interval_and_missing_ones_do_not_count():
    a, b = pd.Series([1.0, 2.0, None, 4.0]), pd.Series([1.0, 3.0, 2.0, 2.0])
    found = rank_correlation(a, b)
    assert found.count == 3
    assert math.isnan(found.low)
    assert math.isnan(rank_correlation(a.iloc[:1], b.iloc[:1]).value)
