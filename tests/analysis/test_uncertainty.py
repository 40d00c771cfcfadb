"""Small numbers: WE-8a, WE-8b, WE-8c and their edge cases."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.sparse import csr_array

from demomed.analysis.funnel import dispersion, funnel_limits, funnel_z
from demomed.analysis.smoothing import smooth_rates, variance_between
from demomed.analysis.uncertainty import (
    count_interval,
    is_unstable,
    rate_interval,
    share_interval,
)
from demomed.core.faults import InputError

E = pd.Series([2, 21, 6, 9])
B = pd.Series([3000, 12_345, 18_000, 9000])

WE_8A = {
    "byar": ((2.804430685, 14.423262560), (22.717138, 116.834853), (1.472985439, 19.696058444), (11.931838, 159.546848)),
    "exact": ((2.814363052, 14.422675362), (22.797595, 116.830096), (1.520336260, 19.626177395), (12.315401, 158.980781)),
    "mid-p": ((3.061589140, 13.847096698), (24.800236, 112.167652), (1.663776425, 19.024459650), (13.477330, 154.106599)),
}  # fmt: skip


@pytest.mark.parametrize("method", WE_8A)
def test_worked_example_8a(method):
    counts_95, rates_95, counts_998, rates_998 = WE_8A[method]
    for level, counts, rates in ((0.95, counts_95, rates_95), (0.998, counts_998, rates_998)):
        made = count_interval([7], level=level, method=method).iloc[0]
        assert made.tolist() == pytest.approx(counts, abs=5e-9)
        rate = rate_interval([7], [12_345], level=level, method=method).iloc[0]
        assert rate.tolist() == pytest.approx(rates, abs=5e-7)


def test_zero_events():
    assert count_interval([0], method="exact").iloc[0].tolist() == pytest.approx(
        [0, 3.688879454], abs=5e-9
    )
    assert count_interval([0], method="byar").iloc[0].tolist() == pytest.approx(
        [0, 3.668011832], abs=5e-9
    )
    assert count_interval([0], method="mid-p").loc[0, "low"] == 0


def test_auto_is_exact_below_ten_and_byar_from_ten():
    made = count_interval([9, 10])
    assert made.loc[[0]].equals(count_interval([9], method="exact"))
    assert made.loc[1].tolist() == count_interval([10], method="byar").iloc[0].tolist()


def test_shares_at_the_ends():
    made = share_interval([0, 5, 0], [5, 5, 0])
    assert made.loc[0].tolist() == pytest.approx([0, 0.434482], abs=5e-7)
    assert made.loc[1].tolist() == pytest.approx([0.565518, 1], abs=5e-7)
    assert made.loc[2].isna().all()
    exact = share_interval([0, 5], [5, 5], method="clopper-pearson")
    assert exact.loc[0, "low"] == 0 and exact.loc[1, "high"] == 1


def test_missing_stays_missing():
    for made in (
        count_interval([np.nan, 3]),
        count_interval([np.nan, 3], method="mid-p"),
        share_interval([np.nan, 1], [3, 3]),
        rate_interval([1, 1], [0, 5]),
    ):
        assert made.loc[0].isna().all() and made.loc[1].notna().all()


def test_refusals():
    with pytest.raises(InputError, match="négatif"):
        count_interval([-1])
    with pytest.raises(InputError, match="niveau"):
        share_interval([1], [2], level=95)


def test_unstable_below_five_or_above_thirty_per_cent():
    assert is_unstable([0, 1, 4, 11, 12, np.nan]).tolist() == [
        False,
        True,
        True,
        True,
        False,
        False,
    ]
    assert is_unstable([5], cv_limit=1.0).tolist() == [False]


def test_worked_example_8b():
    expected = [79.355231, 151.707677, 42.877186, 97.030185]
    assert (smooth_rates(E, B) * 1e5).tolist() == pytest.approx(expected, abs=5e-7)


def test_negative_variance_between_areas_is_clipped():
    events = pd.Series([2, 7, 15, 4])
    assert variance_between(events, B) == pytest.approx(-3.729e-8, abs=5e-12)
    assert variance_between(E, B) == pytest.approx(2.447962643e-7, abs=5e-17)
    made = smooth_rates(events, B) * 1e5
    assert made.tolist() == pytest.approx([66.123509] * 4, abs=5e-7)


def test_local_smoothing_with_everyone_as_neighbour_is_the_global_one():
    everyone = csr_array(np.ones((4, 4)) - np.eye(4))
    pd.testing.assert_series_equal(smooth_rates(E, B, neighbours=everyone), smooth_rates(E, B))


def test_local_smoothing_against_a_naive_twin():
    pairs = csr_array(
        np.array([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]], dtype=float)
    )
    made = smooth_rates(E, B, neighbours=pairs)
    for i, around in enumerate(([0, 1], [0, 1, 2], [1, 2, 3], [2, 3])):
        e, b = E[around], B[around]
        m = e.sum() / b.sum()
        a = max((b * (e / b - m) ** 2).sum() / b.sum() - m / b.mean(), 0)
        c = a / (a + m / B[i])
        assert made[i] == pytest.approx(c * E[i] / B[i] + (1 - c) * m)


def test_smoothing_leaves_out_the_unknown():
    made = smooth_rates(
        pd.Series([2, 21, 6, 9, np.nan, 4]), pd.Series([3000, 12_345, 18_000, 9000, 100, 0])
    )
    assert made[:4].tolist() == pytest.approx(smooth_rates(E, B).tolist())
    assert made[4:].isna().all()
    assert (smooth_rates([0, 0], [10, 20]) == 0).all()


def test_worked_example_8c():
    target = E.sum() / B.sum()
    assert target * 1e5 == pytest.approx(89.739048, abs=5e-7)
    assert (target * B).tolist() == pytest.approx(
        [2.692171, 11.078286, 16.153029, 8.076514], abs=5e-7
    )
    assert (E / (target * B)).tolist() == pytest.approx(
        [0.742895, 1.895600, 0.371447, 1.114342], abs=5e-7
    )
    z = funnel_z(E, B, target)
    assert z.tolist() == pytest.approx([-0.421854, 2.980921, -2.526205, 0.324951], abs=5e-7)
    inner, outer = (
        funnel_limits(B, target, level=level, method="interpolated") * 1e5
        for level in (0.95, 0.998)
    )
    normal = funnel_limits(B, target, method="normal") * 1e5
    assert inner.loc[1].tolist() == pytest.approx([36.427756, 142.538992], abs=5e-7)
    assert normal.loc[1].tolist() == pytest.approx([36.895342, 142.582755], abs=5e-7)
    assert outer.loc[1].tolist() == pytest.approx([15.053400, 180.021392], abs=5e-7)
    assert inner.loc[2].tolist() == pytest.approx([45.776957, 133.189926], abs=5e-7)
    assert outer.loc[2].tolist() == pytest.approx([26.265066, 163.729158], abs=5e-7)
    assert inner.loc[0].tolist() == pytest.approx([0, 195.614468], abs=5e-7)
    assert outer.loc[0].tolist() == pytest.approx([0, 287.750038], abs=5e-7)


def test_dispersion_widens_only_above_one():
    limits = funnel_limits([10_000], 1e-3)
    pd.testing.assert_frame_equal(funnel_limits([10_000], 1e-3, dispersion=0.5), limits)
    wider = funnel_limits([10_000], 1e-3, dispersion=4.0)
    assert wider.loc[0, "high"] - 1e-3 == pytest.approx(2 * (limits.loc[0, "high"] - 1e-3))
    assert dispersion([2.0, -2.0, 2.0, -2.0]) == 4.0
    assert np.isnan(dispersion([np.nan]))


@given(st.lists(st.integers(0, 300), min_size=1, max_size=30), st.sampled_from([0.8, 0.95, 0.998]))
def test_intervals_surround_the_count_and_agree_with_the_gamma_form(counts, level):
    made = count_interval(counts, level=level, method="exact")
    x = np.array(counts, dtype=float)
    assert (made["low"] <= x).all() and (x <= made["high"]).all()
    np.testing.assert_allclose(made["high"], stats.gamma.ppf((1 + level) / 2, x + 1), rtol=1e-9)
    mid = count_interval(counts, level=level, method="mid-p")
    assert (mid["high"] - mid["low"] <= made["high"] - made["low"] + 1e-9).all()


def test_smoothing_towards_a_rate_known_from_elsewhere():
    """Towards the mean of the areas nothing changes; towards another, variance is around it."""
    mean = sum(E) / sum(B)
    pd.testing.assert_series_equal(smooth_rates(E, B, towards=mean), smooth_rates(E, B))
    rate, far = np.array(E) / np.array(B), 2 * mean
    between = np.average((rate - far) ** 2, weights=B) - far / np.mean(B)
    weight = between / (between + far / np.array(B))
    expected = weight * rate + (1 - weight) * far
    assert smooth_rates(E, B, towards=far).tolist() == pytest.approx(expected.tolist())
