"""Departures and cohorts: worked examples, identities, exact laws, refusals."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demomed.analysis.age_bands import (
    SCENARIOS,
    project_cohorts,
    stay_from_hazard,
    three_scenarios,
)
from demomed.analysis.projection import (
    departure_interval,
    departures,
    departures_at_age,
    departures_by_zone,
    official_departures,
    survival,
)
from demomed.core.faults import InputError

BANDS = list(range(30, 75, 5))
STOCK = pd.Series([14.0, 16, 12, 14, 18, 25, 33, 21, 9], index=BANDS)
STAY = pd.Series([0.97, 0.97, 0.98, 0.98, 0.97, 0.93, 0.60, 0.35, 0.20], index=BANDS)
ENTRANTS = pd.Series([9.0, 6, 3, 1, 1, 0, 0, 0, 0], index=BANDS)
HAZARD = pd.Series({60: 0.05, 62: 0.12, 65: 0.30, 67: 0.45, 70: 0.25})
AGES = pd.Series([54, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 70, 72], dtype=float)


@pytest.fixture
def cohorts():
    return project_cohorts(STOCK, STAY, ENTRANTS, 10, population={0: 303_000, 10: 300_000})


def test_worked_cohorts(cohorts):
    assert cohorts.stock[5].tolist() == pytest.approx(
        [9, 19.58, 18.52, 12.76, 14.72, 17.46, 23.25, 19.80, 9.15]
    )
    assert cohorts.stock[10].tolist() == pytest.approx(
        [9, 14.73, 21.9926, 19.1496, 13.5048, 14.2784, 16.2378, 13.95, 8.76]
    )
    summary = cohorts.summary
    assert summary["total"].tolist() == pytest.approx([162, 144.24, 131.6032])
    assert summary["share_55_plus"].tolist() == pytest.approx(
        [0.543210, 0.482945, 0.404445], abs=5e-7
    )
    assert summary["share_60_plus"].tolist() == pytest.approx(
        [0.388889, 0.361897, 0.295949], abs=5e-7
    )
    assert cohorts.flows["exits"].tolist() == pytest.approx([37.76, 32.6368])
    assert cohorts.flows["replacement_rate"].tolist() == pytest.approx(
        [0.529661, 0.612805], abs=5e-7
    )


def test_worked_density_at_the_horizon(cohorts):
    density = cohorts.summary["density_per_100k"]
    assert density[0] == pytest.approx(53.465347, abs=5e-7)
    assert density[10] == pytest.approx(43.867733, abs=5e-7)
    assert any("population" in notice for notice in cohorts.notices)


def test_constant_stock_entrants_keep_the_stock():
    needed = project_cohorts(STOCK, STAY, ENTRANTS, 5).flows["constant_stock_entrants"].iloc[0]
    scaled = ENTRANTS * needed / ENTRANTS.sum()
    assert project_cohorts(STOCK, STAY, scaled, 5).summary.loc[5, "total"] == pytest.approx(162)


counts = st.lists(st.floats(0, 100), min_size=4, max_size=4)
shares = st.lists(st.floats(0, 1), min_size=4, max_size=4)


@settings(max_examples=60, deadline=None)
@given(counts, shares, counts)
def test_stock_is_what_was_less_exits_plus_entrants(stock, stay, entrants):
    bands = [50, 55, 60, 65]
    made = project_cohorts(
        *(pd.Series(values, index=bands) for values in (stock, stay, entrants)), 15
    )
    total = made.summary["total"]
    for year in (5, 10, 15):
        flow = made.flows.loc[year]
        assert total[year] == pytest.approx(total[year - 5] - flow["exits"] + flow["entrants"])


def test_three_scenarios_are_named_and_ordered():
    made = three_scenarios(STOCK, STAY, recent=ENTRANTS, target=ENTRANTS * 2)
    assert list(made) == list(SCENARIOS)
    totals = [one.summary.loc[10, "total"] for one in made.values()]
    assert totals == sorted(totals) and totals[0] < totals[1] < totals[2]
    for name, one in made.items():
        assert SCENARIOS[name] in one.label and "10 ans" in one.label
    assert made["none"].flows["replacement_rate"].tolist() == [0, 0]


def test_no_exit_means_no_replacement_rate():
    made = project_cohorts(STOCK, STAY * 0 + 1, ENTRANTS, 5)
    assert np.isnan(made.flows["replacement_rate"].iloc[0])


def test_worked_hazard_survival():
    assert survival(AGES, 5, HAZARD).round(6).tolist() == [
        1, 0.9025, 0.794200, 0.698896, 0.615028, 0.453179, 0.333921, 0.208701, 0.130438,
        0.081524, 0.087347, 0.093586, 0.127617, 0.237305, 0.237305,
    ]  # fmt: skip


def test_worked_hazard_departures():
    five, ten = departures(AGES, 5, HAZARD), departures(AGES, 10, HAZARD)
    assert five.remaining == pytest.approx(6.001547, abs=5e-7)
    assert five.expected == pytest.approx(8.998453, abs=5e-7)
    assert five.variance == pytest.approx(2.160179, abs=5e-7)
    assert ten.remaining == pytest.approx(1.632673, abs=5e-7)
    assert ten.expected == pytest.approx(13.367327, abs=5e-7)
    assert five.low <= five.expected <= five.high


def test_worked_fixed_age():
    assert departures_at_age(AGES, 5, leaving_age=67) == 9
    assert departures_at_age(AGES, 10, leaving_age=67) == 14
    assert departures_at_age(AGES, 5, leaving_age=70) < departures_at_age(AGES, 5, leaving_age=65)


def test_fixed_age_is_a_hazard_of_one():
    sudden = pd.Series({67: 1.0})
    for horizon in (0, 1, 5, 10):
        kept = departures(AGES[AGES < 67], horizon, sudden)
        fixed = departures_at_age(AGES[AGES < 67], horizon - 1) if horizon else 0
        assert kept.expected == fixed
        assert kept.low == kept.high == kept.expected


@pytest.mark.parametrize("seed", range(8))
def test_interval_by_plain_enumeration(seed):
    probabilities = np.random.default_rng(seed).random(6)
    law = np.zeros(7)
    for outcome in product((0, 1), repeat=6):
        weight = np.prod([p if o else 1 - p for p, o in zip(probabilities, outcome, strict=True)])
        law[sum(outcome)] += weight
    cumulative = law.cumsum()
    low, high = departure_interval(probabilities)
    assert low == np.argmax(cumulative >= 0.025)
    assert high == np.argmax(cumulative >= 0.975)


def test_unknown_ages_follow_the_others_or_stay():
    ages = pd.Series([66.0, 66.0, 40.0, np.nan, np.nan, np.nan])
    sudden = pd.Series({67: 1.0})
    spread = departures(ages, 5, sudden)
    left = departures(ages, 5, sudden, unknown="leave_out")
    assert spread.expected == pytest.approx(4) and left.expected == 2
    assert spread.unknown_count == 3 and any("inconnus" in n for n in spread.notices)
    assert departures_at_age(ages, 5) == pytest.approx(4)
    assert departures_at_age(ages, 5, unknown="leave_out") == 2
    nobody_known = departures(pd.Series([np.nan, np.nan]), 5, sudden)
    assert np.isnan(nobody_known.expected) and np.isnan(nobody_known.low)
    assert departures(pd.Series([], dtype=float), 5, sudden).expected == 0


def test_unusual_ages_are_told():
    assert any("inhabituels" in n for n in departures(pd.Series([22.0, 93.0]), 5, HAZARD).notices)
    assert not departures(AGES, 5, HAZARD).notices


def test_departures_by_zone_add_up_and_keep_empty_zones():
    people = pd.DataFrame(
        {"commune_code": ["a", "a", "b", "b", "c"], "age": [66.0, 40, 68, np.nan, 61]}
    )
    zones = pd.Series({"a": "E1", "b": "E2", "c": "E1", "d": "E3"})
    table = departures_by_zone(people, zones, 5, HAZARD)
    assert table.index.tolist() == ["E1", "E2", "E3"]
    assert table["head_count"].tolist() == [3, 2, 0]
    assert table.loc["E3", "expected_departures"] == 0
    whole = departures(people["age"], 5, HAZARD)
    assert table["expected_departures"].sum() == pytest.approx(whole.expected)
    assert (table["remaining_count"] + table["expected_departures"]).tolist() == [3, 2, 0]


def test_stay_of_bands_from_yearly_probabilities():
    stay = stay_from_hazard([50, 55, 60, 65], HAZARD)
    assert stay[50] == 1
    assert stay[60] == pytest.approx(
        np.mean([0.615028, 0.453179, 0.333921, 0.208701, 0.130438]), abs=1e-6
    )
    assert stay.is_monotonic_decreasing


def test_official_signal_gives_a_range():
    count = pd.Series({"a": 20.0, "b": 10.0})
    table = official_departures(
        count, pd.Series({"a": 0.3, "b": np.nan}), pd.Series({"a": 0.1, "b": 0.1})
    )
    assert table.loc["a", ["low_count", "high_count"]].tolist() == [2, 6]
    assert pd.isna(table.loc["b", "high_count"])
    assert table["label"].str.contains("fourchette").all()
    with pytest.raises(InputError, match="interverties"):
        official_departures(count, pd.Series({"a": 0.1, "b": 0.1}), pd.Series({"a": 0.3, "b": 0}))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: project_cohorts(STOCK, STAY, ENTRANTS, 7), "multiple de cinq"),
        (lambda: project_cohorts(STOCK, STAY, ENTRANTS, 0), "multiple de cinq"),
        (lambda: project_cohorts(STOCK, STAY * 2, ENTRANTS, 5), "hors de 0–1"),
        (lambda: project_cohorts(STOCK - 20, STAY, ENTRANTS, 5), "effectif négatif"),
        (lambda: project_cohorts(STOCK, STAY, -ENTRANTS, 5), "arrivées négatif"),
        (lambda: project_cohorts(STOCK, STAY.iloc[1:], ENTRANTS, 5), "autres tranches"),
        (lambda: project_cohorts(STOCK.iloc[::2], STAY, ENTRANTS, 5), "tranches de cinq ans"),
        (lambda: project_cohorts(STOCK, STAY, ENTRANTS, 5, scenario=" "), "scénario sans nom"),
        (lambda: survival(AGES, -1, HAZARD), "horizon de -1"),
        (lambda: survival(AGES, 5, HAZARD * 3), "hors de 0–1"),
        (lambda: departures(AGES - 80, 5, HAZARD), "âges impossibles"),
        (lambda: departures_at_age(AGES, -5), "horizon de -5"),
    ],
)
def test_what_the_method_does_not_serve_is_refused(call, words):
    with pytest.raises(InputError, match=words):
        call()
