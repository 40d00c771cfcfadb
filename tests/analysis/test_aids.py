"""Rules of aids: published figures, bounds, shares to the cent."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demomed.analysis.aids import (
    aid_rule,
    beneficiaries,
    capped_grant,
    grant_total,
    shared_grant,
    student_aid,
)
from demomed.core import catalogue
from demomed.core.faults import InputError
from demomed.ingestion.bundle import default_bundle_path, read_bundle


def test_published_arithmetic():
    assert (capped_grant(50_000), capped_grant(30_000), capped_grant(0)) == (20_000, 15_000, 0)
    assert (grant_total("intern_grant"), grant_total("paramedical_grant")) == (12_000, 6_000)
    assert beneficiaries(180_000, "intern_grant") == 30
    assert beneficiaries(30_000, "long_placement") == 20
    assert beneficiaries(20_000, "transport") == 100
    assert capped_grant(26_000, "equipment") == 20_000


@pytest.mark.parametrize(
    ("length", "euros"),
    [({"weeks": 5}, 0), ({"weeks": 6}, 200), ({"weeks": 17}, 200), ({"months": 4}, 200),
     ({"months": 4.5}, 1200), ({"months": 5}, 1500), ({"months": 6}, 1800), ({"months": 8}, 1800),
     ({"weeks": 26}, 1800), ({"weeks": 0}, 0)],
)  # fmt: skip
def test_student_aid(length, euros):
    assert student_aid(**length) == euros


@given(st.floats(0, 60), st.floats(0, 60))
def test_a_longer_placement_is_never_paid_less(one, two):
    assert student_aid(min(one, two)) <= student_aid(max(one, two)) <= aid_rule("student")["cap"]


def test_impossible_values_are_refused():
    for call in (
        lambda: student_aid(),
        lambda: student_aid(6, months=2),
        lambda: student_aid(-1),
        lambda: capped_grant(float("nan")),
        lambda: beneficiaries(-1, "transport"),
        lambda: shared_grant(pd.Series([2, -1]), 10),
    ):
        with pytest.raises(InputError):
            call()
    with pytest.raises(InputError, match="transport"):
        beneficiaries(1, "transports")


@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any),
    st.integers(0, 10**8),
)
def test_shares_add_up_to_the_cent(activity, cents):
    told = shared_grant(pd.Series(activity), cents / 100)
    assert round(told.sum() * 100) == cents
    exact = pd.Series(activity) / sum(activity) * cents / 100
    assert ((told - exact).abs() < 0.01 + 1e-6).all()
    assert (told[pd.Series(activity) == 0] == 0).all()


def test_no_activity_no_share():
    assert shared_grant(pd.Series([0, 0]), 100).isna().all()


def test_every_rule_belongs_to_an_action():
    plans = read_bundle(default_bundle_path()).plans
    actions = set(zip(plans["plan_id"], plans["action_id"], strict=True))
    for rule in catalogue.entry("aids", "rules").values():
        assert (rule["plan_id"], rule["action_id"]) in actions
