"""Density: WE-1, sites of practice, zeros and missing values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demomed.analysis.density import (
    density,
    density_table,
    head_count,
    in_practice,
    inhabitants_per,
    site_etp,
    unlocated_count,
)
from demomed.core.faults import InputError

ONE = pd.Series({"a": 13})
PEOPLE = pd.Series({"a": 17_600})


@pytest.mark.parametrize(
    ("per", "expected"), [(100_000, 73.863636), (10_000, 7.386364), (1_000, 0.738636)]
)
def test_worked_example_1(per, expected):
    assert density(ONE, PEOPLE, per=per)["a"] == pytest.approx(expected, abs=5e-7)


def test_worked_example_1_inverse_and_interval():
    assert inhabitants_per(ONE, PEOPLE)["a"] == pytest.approx(1353.846154, abs=5e-7)
    table = density_table(ONE, PEOPLE)
    assert table.loc["a", "low"] == pytest.approx(39.291142, abs=5e-7)
    assert table.loc["a", "high"] == pytest.approx(126.316631, abs=5e-7)


def test_zero_is_a_value_and_missing_is_not_zero():
    count = pd.Series(
        {"none": 0, "empty": 3, "silent": None, "few": 4, "cv": 11, "enough": 12}, dtype=float
    )
    people = pd.Series(
        {"none": 500, "empty": 0, "silent": 700, "few": 900, "cv": 9000, "enough": 9000}
    )
    table = density_table(count, people)
    assert table["status"].to_dict() == {
        "none": "value",
        "empty": "missing",
        "silent": "missing",
        "few": "unstable",
        "cv": "unstable",
        "enough": "value",
    }
    assert table.loc["none", "value"] == 0 and table.loc["none", "high"] > 0
    assert table.loc["few", "value"] == pytest.approx(4 / 900 * 1e5)
    assert inhabitants_per(count, people).isna()["none"]


def test_negative_is_refused():
    with pytest.raises(InputError, match="négatif"):
        density(pd.Series([-1]), pd.Series([100]))


def register(shares):
    return pd.DataFrame(
        {
            "practitioner_id": ["x", "x", "y"],
            "service": "gp",
            "commune_code": ["a", "b", "a"],
            "is_main_site": [True, False, True],
            "site_share": shares,
            "etp": 1.0,
            "mode": "liberal",
        }
    )


def test_sites_of_practice_as_published():
    known = register([0.6, 0.4, 1.0])
    assert head_count(known, "gp").to_dict() == {"a": 2, "b": 0}
    assert head_count(known, "gp", "presence").to_dict() == {"a": 2, "b": 1}
    assert head_count(known, "gp", "etp").to_dict() == pytest.approx({"a": 1.6, "b": 0.4})
    assert head_count(register([None, None, None]), "gp", "etp").to_dict() == pytest.approx(
        {"a": 1.5, "b": 0.5}
    )


def test_presence_is_recounted_in_a_zone():
    zones = pd.Series({"a": "Z", "b": "Z", "c": "Y"})
    assert head_count(register([0.6, 0.4, 1.0]), "gp", "presence", zones=zones).to_dict() == {
        "Y": 0,
        "Z": 2,
    }


def test_substitutes_and_unlocated_are_kept_apart():
    rows = register([1.0, 1.0, 1.0]).assign(
        mode=["remplacant", "remplacant", "liberal"], commune_code=["a", "b", None]
    )
    assert len(in_practice(rows, "gp")) == 1
    assert head_count(rows, "gp").empty
    assert unlocated_count(rows, "gp") == 1


def test_unknown_rule_names_the_closest():
    with pytest.raises(InputError, match="main_site"):
        head_count(register([1, 1, 1]), "gp", "main_sites")


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from("abc"), st.floats(0.1, 1.0)),
        min_size=1,
        max_size=25,
    )
)
def test_full_time_equivalents_add_up_whatever_the_order(rows):
    table = pd.DataFrame(rows, columns=["practitioner_id", "commune_code", "etp"]).drop_duplicates(
        ["practitioner_id", "commune_code"]
    )
    table["etp"] = table.groupby("practitioner_id")["etp"].transform("first")
    table = table.assign(
        service="gp", is_main_site=~table["practitioner_id"].duplicated(), site_share=np.nan
    )
    persons = table.drop_duplicates("practitioner_id")
    assert site_etp(table).sum() == pytest.approx(persons["etp"].sum())
    assert head_count(table, "gp").sum() == len(persons)
    shuffled = table.sample(frac=1, random_state=1)
    pd.testing.assert_series_equal(
        head_count(table, "gp", "etp"), head_count(shuffled, "gp", "etp")
    )
