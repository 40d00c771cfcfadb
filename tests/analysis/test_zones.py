"""Zones: what they hold, and what a programme covers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demomed.analysis.zones import coverage_of_programme, zone_summary

MEMBERS = pd.Series({"a": "Z", "b": "Z", "c": "Y", "d": "X"})
PEOPLE = pd.Series({"a": 300, "b": 100, "c": 50, "d": 0})


def test_full_cover_leaves_nothing():
    told = coverage_of_programme(pd.Series("cls", index=list("abcd")), MEMBERS, PEOPLE)
    assert told.uncovered.empty
    assert (told.by_zone["status"] == "whole").all()
    assert told.total[["communes_share", "population_share"]].tolist() == [1.0, 1.0]


def test_no_cover_lists_everything_and_nobody_is_not_everybody():
    told = coverage_of_programme(pd.Series(dtype=object), MEMBERS, PEOPLE)
    assert list(told.uncovered.index) == list("abcd")
    assert (told.by_zone["status"] == "none").all()
    assert np.isnan(told.by_zone.loc["X", "population_share"])
    assert told.total["population_share"] == 0


def test_twice_covered_counts_once_and_outside_does_not_count():
    programme = pd.Series(["cls", "cpts", "cls"], index=["a", "a", "elsewhere"])
    told = coverage_of_programme(programme, MEMBERS, PEOPLE)
    assert told.total["covered_communes_count"] == 1
    assert "total" in told._repr_html_()
    assert told.by_zone.loc["Z", ["population_share", "communes_share", "status"]].tolist() == [
        0.75, 0.5, "part",
    ]  # fmt: skip


@settings(max_examples=25)
@given(st.sets(st.sampled_from("abcd")), st.sampled_from("abcd"))
def test_one_more_commune_never_covers_less(covered, more):
    first = coverage_of_programme(pd.Series("x", index=sorted(covered)), MEMBERS, PEOPLE)
    second = coverage_of_programme(pd.Series("x", index=sorted(covered | {more})), MEMBERS, PEOPLE)
    for share in ("communes_share", "population_share"):
        assert 0 <= first.total[share] <= second.total[share] <= 1
    assert len(first.uncovered) + first.total["covered_communes_count"] == 4


def test_summary_reports_the_difference():
    zones = pd.DataFrame(
        {
            "zone_name": ["un", "vide"],
            "announced_communes_count": pd.array([3, None], dtype="Int64"),
            "announced_population": pd.array([400, None], dtype="Int64"),
        },
        index=["Z", "vide"],
    )
    told = zone_summary(MEMBERS, PEOPLE, zones)
    assert told.loc["Z", ["communes_count", "communes_difference", "population_difference"]].tolist() == [
        2, -1.0, 0.0,
    ]  # fmt: skip
    assert told.loc["vide", "communes_count"] == 0
    assert np.isnan(told.loc["vide", "communes_difference"])


def test_an_unknown_population_is_not_zero():
    told = zone_summary(MEMBERS, PEOPLE.drop("b"))
    assert np.isnan(told.loc["Z", "population"])
    assert told.loc["Y", "population"] == 50
    assert told["population"].sum() == pytest.approx(50)
