"""What the worked examples print and no other test reads; and where each of them is tested."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from demomed.analysis.accessibility import floating_catchment
from demomed.analysis.aggregate import zone_mean
from demomed.analysis.decay import Steps
from demomed.analysis.density import density
from demomed.analysis.smoothing import smooth_rates
from demomed.analysis.uncertainty import count_interval, rate_interval

TESTS = Path(__file__).parents[1]
TABLE = TESTS.parent / "docs" / "assurance" / "worked-examples.md"
DIGITS_9, DIGITS_6 = 5.1e-10, 5.1e-7


def test_1_exact_interval():
    made = rate_interval([13], [17_600], method="exact").iloc[0]
    assert made.tolist() == pytest.approx([39.329276, 126.309068], abs=DIGITS_6)


@pytest.mark.parametrize(
    ("method", "level", "low", "high"),
    [
        ("byar", 0.95, 2.804430685, 14.423262560),
        ("exact", 0.95, 2.814363052, 14.422675362),
        ("mid-p", 0.95, 3.061589140, 13.847096698),
        ("byar", 0.998, 1.472985439, 19.696058444),
        ("exact", 0.998, 1.520336260, 19.626177395),
        ("mid-p", 0.998, 1.663776425, 19.024459650),
    ],
)
def test_8a_to_the_last_digit(method, level, low, high):
    made = count_interval([7], level=level, method=method).iloc[0]
    assert made.tolist() == pytest.approx([low, high], abs=DIGITS_9)


def test_8a_rate():
    assert density(pd.Series({"a": 7}), pd.Series({"a": 12_345}))["a"] == pytest.approx(
        56.703119, abs=DIGITS_6
    )


def test_8b_mean_variance_and_weights():
    """The parts of the smoothing, read back from what it returns."""
    e, b = np.array([2, 21, 6, 9.0]), np.array([3000, 12_345, 18_000, 9000.0])
    mean, raw, smoothed = e.sum() / b.sum(), e / b, smooth_rates(e, b).to_numpy()
    assert mean * 1e5 == pytest.approx(89.739048, abs=DIGITS_6)
    printed = [66.666667, 170.109356, 33.333333, 100.0]
    assert (raw * 1e5).tolist() == pytest.approx(printed, abs=DIGITS_6)
    weight = (smoothed - mean) / (raw - mean)
    assert weight.tolist() == pytest.approx(
        [0.450054002, 0.771038833, 0.830799904, 0.710571190], abs=DIGITS_9
    )
    between = weight * mean / (b * (1 - weight))
    assert between.tolist() == pytest.approx([2.447962643e-7] * 4, abs=5.1e-17)
    spread = between[0] + mean / b.mean()
    assert spread == pytest.approx(3.295657042e-7, abs=5.1e-17)
    # the third rate is 42.8771857 to seven decimals: printed 42.877185, cut rather than rounded
    printed = [79.355231, 151.707677, 42.877185, 97.030185]
    assert (smoothed * 1e5).tolist() == pytest.approx(printed, abs=1e-6)


def test_3_selection_weights_and_flows():
    people = pd.Series({"D1": 1200, "D2": 800, "D3": 2000})
    doctors = pd.Series({"S1": 3, "S2": 2})
    times = pd.DataFrame({"S1": [5.0, 12, 25], "S2": [22.0, 9, 14]}, index=people.index)
    travel = (
        times.rename_axis("origin").reset_index().melt("origin", None, "destination", "minutes")
    )
    slow = Steps({10: 1, 20: 0.68, 30: 0.22})
    w = times.apply(lambda column: slow(column.to_numpy()))
    selection = w.div(w.sum(axis=1), axis=0).to_numpy()
    printed = [[0.819672131, 0.180327869], [0.404761905, 0.595238095], [0.244444444, 0.755555556]]
    np.testing.assert_allclose(selection, printed, atol=DIGITS_9)
    three = floating_catchment(people, doctors, travel, method="3sfca", decay=slow)
    demand = (selection * w.to_numpy() * people.to_numpy()[:, None]).sum(axis=0)
    assert three.ratio.tolist() == pytest.approx((doctors.to_numpy() / demand).tolist())
    balanced = floating_catchment(people, doctors, travel, method="raam")
    assert balanced.ratio["S1"] - 1200 - 800 == pytest.approx(224, abs=1e-3)
    assert balanced.ratio["S2"] == pytest.approx(1776, abs=1e-3)


def test_9_plain_mean_is_not_the_one_used():
    apl = pd.Series([3.10, 1.80, None, 2.40])
    people = pd.Series([5200, 900, 310, 1450], dtype=float)
    assert apl.mean() == pytest.approx(2.433333, abs=DIGITS_6)
    assert zone_mean(apl, people, pd.Series("Z", index=people.index))["value"].iloc[0] > 2.8


def listed():
    rows = re.findall(r"^\| (\d+\w?) \|.*\| `([^`]+)` \|", TABLE.read_text("utf-8"), re.M)
    return [(name, *test.split("::")) for name, test in rows]


@pytest.mark.parametrize(("name", "path", "function"), listed())
def test_every_worked_example_is_where_the_table_says(name, path, function):
    source = (TESTS.parent / path).read_text("utf-8")
    assert re.search(rf"^def {function}\(", source, re.M), f"WE-{name}: {function}"


def test_the_table_lists_them_all():
    told = {name for name, *_ in listed()}
    wanted = {"1", "2", "3", "4a", "4b", "5a", "5b", "6", "7", "8a", "8b", "8c", "9", "10", "11", "12", "13"}  # fmt: skip
    assert told == wanted
