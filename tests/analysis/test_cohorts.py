"""Cohorts: steps, flows and their margins, retention, commitments, housing."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demomed.analysis.change import ELSEWHERE, UNLOCATED
from demomed.analysis.cohorts import (
    STEPS,
    TOTAL,
    agreements_by_year,
    cohort_steps,
    commitment_counts,
    commitments,
    flow_table,
    housing_gap,
    retention_rate,
)

MEMBERS = pd.Series({"a": "Z", "b": "Z", "c": "Y"})

students = st.lists(
    st.tuples(
        st.sampled_from([2022, 2023]),
        st.sampled_from([True, False, None]),
        st.sampled_from(["a", None]),
        st.sampled_from(["a", "z", None]),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40)
@given(students)
def test_each_step_is_at_most_the_one_before(rows):
    columns = ["cohort_year", "is_passed", "placement_commune", "practice_commune"]
    table = pd.DataFrame(rows, columns=columns)
    steps = cohort_steps(table, MEMBERS)
    for before, after in pairwise(STEPS):
        assert (steps[after] <= steps[before]).all()
        assert steps[f"{after}_share"].dropna().between(0, 1).all()
        assert (steps[f"{after}_share"].isna() == (steps[before] == 0)).all()
    assert steps["entered"].sum() == len(rows)
    assert (cohort_steps(table)["practising"] >= steps["practising"]).all()


places = st.sampled_from(["a", "b", "c", "z", None])


@settings(max_examples=40)
@given(st.lists(st.tuples(places, places), max_size=12))
def test_margins_of_flows_agree(pairs):
    table = pd.DataFrame(pairs, columns=["origin", "practice"], dtype=object)
    flows = flow_table(table["origin"], table["practice"], MEMBERS)
    inner = flows.drop(index=TOTAL, columns=TOTAL)
    assert flows.loc[TOTAL, TOTAL] == inner.to_numpy().sum() == table["practice"].notna().sum()
    assert (inner.sum(axis=1) == flows[TOTAL].drop(TOTAL)).all()
    assert (inner.sum() == flows.loc[TOTAL].drop(TOTAL)).all()
    assert {"Y", "Z"} <= set(inner.index) & set(inner.columns)


def test_flows_know_outside_and_unknown():
    flows = flow_table(pd.Series(["z", None, "c"]), pd.Series(["a", "b", None]), MEMBERS)
    assert flows.loc[ELSEWHERE, "Z"] == 1
    assert flows.loc[UNLOCATED, "Z"] == 1
    assert flows.loc["Y", TOTAL] == 0


def finished(*rows):
    table = pd.DataFrame(
        rows, columns=["is_finished", "finished_date", "practice_commune", "practice_date"]
    )
    dates = ["finished_date", "practice_date"]
    return table.astype(dict.fromkeys(dates, "datetime64[ns]")).astype({"is_finished": "boolean"})


def test_retention_counts_those_who_had_their_time():
    table = finished(
        (True, "2020-07-01", "a", "2021-01-01"), (True, "2020-07-01", "z", "2021-01-01"),
        (True, "2020-07-01", "a", "2024-01-01"), (True, "2020-07-01", None, None),
        (True, "2024-07-01", "a", "2024-09-01"), (False, None, None, None), (None, None, None, None),
    )  # fmt: skip
    told = retention_rate(table, MEMBERS, date(2025, 1, 1), within_years=3)
    assert told == {"practising_count": 1, "finished_count": 4, "share": 0.25}
    none = retention_rate(table, MEMBERS, date(2020, 8, 1), within_years=3)
    assert none["finished_count"] == 0 and np.isnan(none["share"])


def test_agreements_against_twenty_a_year():
    table = pd.DataFrame(
        {"cohort_year": [2022] * 21 + [2023], "has_agreement": [True] * 21 + [None]}
    )
    told = agreements_by_year(table, 20)
    assert told.loc[2022].tolist() == [21, -1, True]
    assert told.loc[2023].tolist() == [0, 20, False]


def aids(*rows):
    table = pd.DataFrame(rows, columns=["start_date", "commitment_years", "left_date", "commune"])
    return table.astype({"start_date": "datetime64[ns]", "left_date": "datetime64[ns]"})


@pytest.mark.parametrize(
    ("at", "left", "state", "present", "committed"),
    [
        ("2020-12-31", None, "coming", False, False),
        ("2021-01-15", None, "committed", True, True),
        ("2026-01-14", None, "committed", True, True),
        ("2026-01-15", None, "fulfilled", True, False),
        ("2024-01-01", "2023-06-01", "broken", False, False),
        ("2023-01-01", "2023-06-01", "committed", True, True),
        ("2028-01-01", "2027-06-01", "fulfilled", False, False),
    ],
)
def test_a_commitment_of_five_years(at, left, state, present, committed):
    told = commitments(aids(("2021-01-15", 5, left, "a")), date.fromisoformat(at)).iloc[0]
    assert str(told["end_date"].date()) == "2026-01-15"
    assert (told["state"], told["is_present"], told["is_committed"]) == (state, present, committed)


def test_29_february_ends_on_28():
    told = commitments(aids(("2024-02-29", 3, None, "a")), date(2025, 1, 1))
    assert str(told["end_date"].iloc[0].date()) == "2027-02-28"


def test_an_expired_commitment_leaves_the_committed_not_the_stock():
    table = aids(
        ("2018-01-01", 5, None, "a"), ("2023-01-01", 5, None, "b"), ("2023-01-01", 5, None, "z")
    )
    told = commitment_counts(table, MEMBERS, date(2024, 1, 1))
    assert told.loc["Z"].tolist() == [2, 1]
    assert told.loc["Y"].tolist() == [0, 0]


def test_housing_gap_is_negative_when_places_are_spare():
    table = pd.DataFrame(
        {
            "commune": ["a", "b", "c"],
            "places_count": [10, 5, 4],
            "occupied_count": [10, 2, None],
            "interns_count": [4, 3, 9],
        }
    )
    told = housing_gap(table, pd.concat([MEMBERS, pd.Series({"d": "X"})]))
    assert told.loc["Z", "gap_count"] == -8
    assert told.loc["Z", "occupied_share"] == pytest.approx(0.8)
    assert told.loc["Y", "gap_count"] == 5
    assert pd.isna(told.loc["Y", "occupied_share"])
    assert told.loc["X", ["places_count", "interns_count"]].tolist() == [0, 0]
    assert pd.isna(told.loc["X", "occupied_share"])
