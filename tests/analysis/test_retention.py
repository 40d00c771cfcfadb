"""Retention: Kaplan–Meier against a slow twin and known cohorts."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demomed.analysis.retention import follow_up, retention, retention_curve


def recruits(stays, installed="2010-01-01"):
    """One recruit per stay in days; ``None`` = still there."""
    start = pd.Timestamp(installed)
    left = [pd.NaT if days is None else start + pd.Timedelta(days=days) for days in stays]
    return pd.DataFrame({"installed_date": start, "left_date": pd.to_datetime(left)})


def test_forty_of_fifty_still_there():
    told = retention(recruits([100] * 10 + [None] * 40), date(2016, 1, 1))
    assert told.loc[[1, 2, 3, 5], "share"].tolist() == [0.8] * 4
    assert told.loc[5, "at_risk"] == 40
    assert 0.65 < told.loc[5, "low"] < 0.8 < told.loc[5, "high"] < 0.9
    assert told.loc[10].drop("at_risk").isna().all()


def test_those_not_yet_seen_leaving_are_not_gone():
    table = pd.concat([recruits([800, None]), recruits([None, None], "2011-07-01")])
    told = retention(table, date(2012, 1, 1), horizons=[1, 1.5])
    assert told["share"].tolist() == [1.0, 1.0]
    assert told["at_risk"].tolist() == [2, 2]
    late = retention(table, date(2013, 1, 1), horizons=[2.5])
    assert late["share"].tolist() == [0.5]


def test_everybody_gone_is_zero_for_ever():
    told = retention(recruits([10, 20, 30]), date(2020, 1, 1))
    assert (told["share"] == 0).all()


def test_before_the_first_departure_everybody_is_there():
    assert retention(recruits([800, None]), date(2020, 1, 1), horizons=[1]).loc[1, "share"] == 1


def test_empty_and_undated_and_future():
    empty = recruits([]).astype("datetime64[ns]")
    assert retention(empty, date(2020, 1, 1))["share"].isna().all()
    table = recruits([None]).assign(installed_date=pd.NaT)
    assert follow_up(pd.concat([table, recruits([None], "2030-01-01")]), date(2020, 1, 1)).empty


def slow_twin(years, gone, t):
    share = 1.0
    for time in sorted(set(years)):
        if time <= t:
            at_risk = sum(y >= time for y in years)
            left = sum(g and y == time for y, g in zip(years, gone, strict=True))
            share *= 1 - left / at_risk
    return share


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=1, max_size=15))
def test_against_a_slow_twin(seen):
    years, gone = zip(*seen, strict=True)
    curve = retention_curve(pd.DataFrame({"years": np.array(years, float), "has_left": gone}))
    for time, share in curve["share"].items():
        assert share == pytest.approx(slow_twin(years, gone, time))
    assert curve["share"].is_monotonic_decreasing
    known = curve.dropna()
    assert (known["low"] <= known["share"] + 1e-9).all() and (
        known["share"] <= known["high"] + 1e-9
    ).all()
    assert curve["left"].sum() == sum(gone)
