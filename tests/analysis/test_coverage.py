"""Coverage gaps and aggregation: WE-9, thresholds, cumulated remoteness."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demomed.analysis.aggregate import weighted_quantile, zone_mean, zone_quantile, zone_sum
from demomed.analysis.coverage import coverage_gap, gates_beyond, underserved
from demomed.core.faults import InputError

CODES = ["c1", "c2", "c3", "c4"]
PEOPLE = pd.Series([5200, 900, 310, 1450], index=CODES, dtype=float)
MINUTES = pd.Series([4, 14, 22, 11], index=CODES, dtype=float)
APL = pd.Series([3.10, 1.80, np.nan, 2.40], index=CODES)
STANDARD = pd.Series([5460, 990, 335, 1400], index=CODES, dtype=float)
ALL = pd.Series("Z", index=CODES)


def test_worked_example_9_gap():
    gap = coverage_gap(MINUTES, PEOPLE, zones=ALL).loc["Z"]
    assert gap["beyond_10_count"] == 2660
    assert gap["beyond_10_share"] == pytest.approx(0.338422, abs=5e-7)
    assert gap["beyond_15_count"] == 310 and gap["beyond_20_count"] == 310
    assert gap["beyond_20_share"] == pytest.approx(0.039440, abs=5e-7)
    assert gap["beyond_30_count"] == 0 and gap["beyond_30_share"] == 0
    assert gap["mean_min"] == pytest.approx(7.146310, abs=5e-7)
    assert (gap["median_min"], gap["p90_min"]) == (4, 14)
    assert gap["max_min"] == 22
    assert gap["coverage_share"] == 1


def test_worked_example_9_apl():
    by_people = zone_mean(APL, PEOPLE, ALL).loc["Z"]
    assert by_people["value"] == pytest.approx(2.810596, abs=5e-7)
    assert by_people["coverage_share"] == pytest.approx(0.960560, abs=5e-7)
    assert zone_mean(APL, STANDARD, ALL).loc["Z", "value"] == pytest.approx(2.811210, abs=5e-7)
    assert underserved(APL, PEOPLE, zones=ALL).loc["Z", "value"] == pytest.approx(
        0.311258, abs=5e-7
    )


def test_a_threshold_is_inclusive():
    gap = coverage_gap(pd.Series([15.0, 15.000001]), pd.Series([10, 30]), thresholds=(15,))
    assert gap.loc["ensemble", "beyond_15_count"] == 30
    at_mark = pd.Series([2.5, 3.0])
    assert underserved(at_mark, pd.Series([10, 30])).loc["ensemble", "numerator"] == 10
    assert (
        underserved(at_mark, pd.Series([10, 30]), inclusive=False).loc["ensemble", "numerator"] == 0
    )


def test_out_of_reach_is_beyond_and_unknown_is_left_out():
    gap = coverage_gap(pd.Series([np.inf, 5.0, np.nan]), pd.Series([10, 80, 10]), thresholds=(30,))
    assert gap.loc["ensemble", "beyond_30_count"] == 10
    assert gap.loc["ensemble", "beyond_30_share"] == pytest.approx(10 / 90)
    assert gap.loc["ensemble", "coverage_share"] == pytest.approx(0.9)


@pytest.mark.parametrize(("known", "is_given"), [(0.8, True), (0.79, False)])
def test_eighty_per_cent_of_the_weight_must_be_known(known, is_given):
    people = pd.Series({"a": known * 1000, "b": (1 - known) * 1000})
    made = zone_mean(
        pd.Series({"a": 3.0, "b": None}, dtype=float), people, pd.Series("Z", index=["a", "b"])
    )
    assert made["value"].notna()["Z"] == is_given
    assert made.loc["Z", "coverage_share"] == pytest.approx(known)


def test_missing_weight_is_measured_in_inhabitants():
    zones = pd.Series("Z", index=CODES)
    weight = STANDARD.mask(STANDARD.index == "c3")
    made = zone_mean(APL, weight, zones, coverage_by=PEOPLE).loc["Z"]
    assert made["coverage_share"] == pytest.approx(0.960560, abs=5e-7)


def test_a_partial_total_is_not_a_total():
    zones = pd.Series({"a": "Z", "b": "Z", "c": "Y"})
    made = zone_sum(pd.Series({"a": 1.0, "b": None, "c": 4.0}), zones)
    assert np.isnan(made["Z"]) and made["Y"] == 4
    assert zone_sum(pd.Series({"c": 4.0}), zones).isna()["Z"]


def test_a_zone_without_inhabitants_is_missing():
    made = zone_mean(pd.Series([1.0]), pd.Series([0.0]), pd.Series(["Z"]))
    assert np.isnan(made.loc["Z", "value"])
    assert np.isnan(weighted_quantile(pd.Series([1.0]), pd.Series([0.0]), 0.5))


def test_the_worst_commune_is_an_inhabited_one():
    gap = coverage_gap(pd.Series([50.0, 5.0]), pd.Series([0.0, 10.0]))
    assert gap.loc["ensemble", "max_min"] == 5


def test_infinite_time_does_not_spread_to_a_zone_through_an_empty_commune():
    made = zone_mean(pd.Series([np.inf, 5.0]), pd.Series([0.0, 10.0]), pd.Series(["Z", "Z"]))
    assert made.loc["Z", "value"] == 5


def test_cumulated_gates_add_up_to_the_population():
    minutes = pd.DataFrame(
        {"gp": [5, 16, 16, np.nan], "pharmacy": [5, 5, 16, 5], "emergency": [20, 20, 31, 20]},
        index=CODES,
    )
    made = gates_beyond(minutes, PEOPLE, {"gp": 15, "pharmacy": 15, "emergency": 30}).loc[
        "ensemble"
    ]
    assert made.to_dict() == {0: 5200, 1: 900, 2: 0, 3: 310, "unknown": 1450}
    with pytest.raises(InputError, match="maternity"):
        gates_beyond(minutes, PEOPLE, {"maternity": 30})


tables = st.lists(
    st.tuples(st.sampled_from("ABC"), st.floats(0, 60), st.integers(0, 5000)),
    min_size=1,
    max_size=40,
)


@given(tables, st.floats(0.01, 1))
def test_zones_agree_with_a_naive_twin(rows, q):
    frame = pd.DataFrame(rows, columns=["zone", "minutes", "people"])
    people = frame["people"].astype(float)
    gap = coverage_gap(frame["minutes"], people, thresholds=(15,), zones=frame["zone"])
    quantiles = zone_quantile(frame["minutes"], people, frame["zone"], q)
    for zone, part in frame.groupby("zone"):
        total = part["people"].sum()
        if total == 0:
            assert np.isnan(gap.loc[zone, "mean_min"])
            continue
        far = sum(n for m, n in zip(part["minutes"], part["people"], strict=True) if m > 15)
        assert gap.loc[zone, "beyond_15_count"] == far
        assert gap.loc[zone, "mean_min"] == pytest.approx(
            (part["minutes"] * part["people"]).sum() / total
        )
        below = part.loc[part["minutes"] <= quantiles[zone], "people"].sum() / total
        assert below >= q - 1e-9
        under = part.loc[part["minutes"] < quantiles[zone], "people"].sum() / total
        assert under < q + 1e-9
    shuffled = frame.sample(frac=1, random_state=0)
    again = coverage_gap(
        shuffled["minutes"],
        shuffled["people"].astype(float),
        thresholds=(15,),
        zones=shuffled["zone"],
    )
    pd.testing.assert_frame_equal(gap, again)
