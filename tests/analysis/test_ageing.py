"""Ages: WE-2, unknown ages, bands, pyramid."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demomed.analysis.ageing import age_share, pyramid, renewal_index, typical_ages
from demomed.analysis.uncertainty import share_interval
from demomed.core.faults import InputError

AGES = pd.DataFrame({"age": [34, 38, 41, 47, 52, 54, 55, 57, 58, 60, 61, 63, 66, 68, None, None]})


def value(**options):
    return age_share(AGES, **options).loc["ensemble", "value"]


def test_worked_example_2():
    assert value() == pytest.approx(8 / 14)
    assert value(unknown="lower") == pytest.approx(8 / 16)
    assert value(unknown="upper") == pytest.approx(10 / 16)
    assert value(strict=True) == pytest.approx(7 / 14)
    assert value(at=60) == pytest.approx(5 / 14)
    assert value(at=60, strict=True) == pytest.approx(4 / 14)
    assert value(at=65) == pytest.approx(2 / 14)
    row = age_share(AGES).loc["ensemble"]
    assert (row["value_lower"], row["value_upper"]) == (0.5, 0.625)
    assert row["low"] == pytest.approx(0.325906, abs=5e-7)
    assert row["high"] == pytest.approx(0.786192, abs=5e-7)
    cautious = share_interval([8], [14], method="clopper-pearson").iloc[0]
    assert cautious["low"] == pytest.approx(0.288609, abs=5e-7)
    assert cautious["high"] == pytest.approx(0.823389, abs=5e-7)


def test_worked_example_2_mean_and_median():
    row = typical_ages(AGES).loc["ensemble"]
    assert row["mean_age"] == pytest.approx(53.857143, abs=5e-7)
    assert row["median_age"] == 56.0
    assert (row["known_count"], row["unknown_count"]) == (14, 2)


def test_no_known_age_is_missing_not_zero():
    row = age_share(pd.DataFrame({"age": [None, None]}, dtype=float)).loc["ensemble"]
    assert np.isnan(row["value"]) and np.isnan(row["low"]) and row["unknown_count"] == 2
    assert (row["value_lower"], row["value_upper"]) == (0, 1)


def test_a_band_on_one_side_is_known_and_one_across_is_not():
    banded = pd.DataFrame(
        {"age": [None, None, None], "age_low": [55, 50, 53], "age_high": [59, 54, 57]}, dtype=float
    )
    row = age_share(banded).loc["ensemble"]
    assert (row["numerator"], row["denominator"], row["unknown_count"]) == (1, 2, 1)
    strictly = age_share(banded, strict=True).loc["ensemble"]
    assert (strictly["numerator"], strictly["unknown_count"]) == (0, 2)


def test_each_person_once_and_groups():
    rows = pd.DataFrame(
        {"age": [60, 60, 40], "is_main_site": [True, False, True], "commune_code": ["a", "b", "a"]}
    )
    assert age_share(rows, by="commune_code")["value"].to_dict() == {"a": 0.5}
    assert (
        age_share(rows.assign(etp=[0.5, 0.5, 1.5]), weight="etp").loc["ensemble", "value"] == 0.25
    )


def test_unknown_rule_is_refused():
    with pytest.raises(InputError, match="exclude"):
        age_share(AGES, unknown="exclud")


def test_renewal_is_missing_without_elders():
    assert np.isnan(renewal_index(pd.DataFrame({"age": [30, 45]})).iloc[0])


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.integers(22, 90)), st.sampled_from(["F", "M", None])),
        min_size=1,
    )
)
def test_pyramid_counts_everyone_once(people):
    rows = pd.DataFrame(people, columns=["age", "sex"]).astype({"age": float})
    made = pyramid(rows)
    assert made.to_numpy().sum() == len(rows)
    assert made.loc[-1].sum() == rows["age"].isna().sum()
    assert made.loc[55:70].to_numpy().sum() == age_share(rows).loc["ensemble", "numerator"]


@given(
    st.lists(st.one_of(st.none(), st.integers(20, 99)), min_size=1, max_size=60),
    st.integers(25, 80),
)
def test_bounds_surround_the_share_and_order_is_irrelevant(ages, at):
    rows = pd.DataFrame({"age": ages}, dtype=float)
    row = age_share(rows, at).loc["ensemble"]
    assert 0 <= row["value_lower"] <= row["value_upper"] <= 1
    if not np.isnan(row["value"]):
        assert (
            row["value_lower"] <= row["value"] + 1e-12
            and row["value"] <= row["value_upper"] + 1e-12
        )
        assert row["low"] <= row["value"] + 1e-9 and row["value"] <= row["high"] + 1e-9
    assert age_share(rows, at, strict=True).loc["ensemble", "numerator"] <= row["numerator"]
    pd.testing.assert_frame_equal(age_share(rows.iloc[::-1], at), age_share(rows, at))
