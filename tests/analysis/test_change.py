"""Two states compared: persons of a register, figures, public flows."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demomed.analysis import compute
from demomed.analysis.change import ELSEWHERE, FLOWS, UNLOCATED, diff_indicators, diff_registers
from demomed.analysis.public_flows import BETWEEN, intervals, public_flows
from demomed.core.faults import InputError
from demomed.core.indicator import Indicators

MEMBERS = pd.Series({"a": "Z", "b": "Z", "c": "Y", "d": "X"})
COLUMNS = ["practitioner_id", "service", "commune_code", "age", "mode", "birth_year", "sex"]


def register(*rows):
    table = pd.DataFrame(rows, columns=COLUMNS).astype({"age": "Int64", "birth_year": "Int64"})
    return table.assign(is_main_site=True, is_example=False)


def person(id_, commune="a", age=50, service="gp", mode="liberal", birth_year=None, sex=None):
    return (id_, service, commune, age, mode, birth_year, sex)


BEFORE = register(
    person("1", "a", 54), person("2", "a", 70), person("3", "a", 40), person("4", "c", 59),
    person("5", "c", 30, "nurse"), person("6", "b", 45, mode="remplacant"), person("7", None, None),
)  # fmt: skip
AFTER = register(
    person("1", "b", 55), person("3", "c", 41), person("4", "c", 60), person("5", "c", 31),
    person("6", "b", 46), person("7", None, None), person("8", "z", 33),
)  # fmt: skip


def test_each_known_move_is_found():
    change = diff_registers(BEFORE, AFTER, MEMBERS)
    gp = change.flows.loc["gp"]
    assert gp.loc["Z"].to_dict() == {
        "stock_before": 3, "arrivals": 1, "departures": 1, "moves_in": 0, "moves_out": 1,
        "moves_within": 1, "stock_after": 2,
    }  # fmt: skip
    assert gp.loc["Y", ["arrivals", "moves_in", "stock_after"]].tolist() == [1, 1, 3]
    assert gp.loc["X"].sum() == 0
    assert gp.loc[ELSEWHERE, ["stock_before", "arrivals", "stock_after"]].tolist() == [0, 1, 1]
    assert gp.loc[UNLOCATED, ["stock_before", "stock_after"]].tolist() == [1, 1]
    told = change.events.set_index(["practitioner_id", "service"])
    assert told["kind"].to_dict() == {
        ("1", "gp"): "move_within", ("2", "gp"): "departure", ("3", "gp"): "move",
        ("5", "gp"): "arrival", ("5", "nurse"): "departure", ("6", "gp"): "arrival",
        ("8", "gp"): "arrival",
    }  # fmt: skip
    assert told.loc[("5", "gp"), "reason"] == "profession"
    assert told.loc[("6", "gp"), "reason"] == "status"
    assert told.loc[("8", "gp"), "reason"] == "register"
    assert told.loc[("1", "gp"), "reason"] == ""


def test_age_progress():
    ages = diff_registers(BEFORE, AFTER, MEMBERS).ages.loc["gp"]
    assert ages.loc["Z", ["reached_55", "reached_60", "known_before", "known_after"]].tolist() == [
        1, 0, 3, 2,
    ]  # fmt: skip
    assert ages.loc["Y", ["reached_60", "over_60_before", "over_60_after"]].tolist() == [1, 0, 1]
    assert ages.loc["Z", "mean_age_before"] == pytest.approx((54 + 70 + 40) / 3)
    assert np.isnan(ages.loc["X", "mean_age_before"])


def test_total_cancels_moves_and_balances():
    total = diff_registers(BEFORE, AFTER, MEMBERS).total().loc["gp"]
    assert total["stock_after"] == total["stock_before"] + total["arrivals"] - total["departures"]
    assert total["moves_within"] == 2
    assert "Usage interne" in diff_registers(BEFORE, AFTER, MEMBERS)._repr_html_()


def test_a_register_with_itself_changes_nothing(toyland):
    change = diff_registers(toyland.practitioners, toyland.practitioners, toyland.members("epci"))
    assert change.is_empty
    assert (change.flows[list(FLOWS)] == 0).all(axis=None)
    assert (change.flows["stock_before"] == change.flows["stock_after"]).all()
    assert not change.ages.filter(like="reached").to_numpy().any()


def test_stocks_are_the_register_counts(toyland):
    later = toyland.practitioners.iloc[3:]
    change = diff_registers(toyland.practitioners, later, toyland.members("epci"))
    counted = compute(toyland, "register_count", "epci", professions="gp").table
    stock = change.flows.loc["gp", "stock_before"].reindex(counted["zone_code"])
    assert stock.tolist() == counted["value"].tolist()


people = st.lists(
    st.tuples(
        st.sampled_from("123456789"),
        st.sampled_from(["gp", "nurse"]),
        st.sampled_from(["a", "b", "c", "d", "z", None]),
        st.one_of(st.none(), st.integers(25, 90)),
        st.sampled_from(["liberal", "remplacant", "salarie"]),
    ),
    min_size=1,
    max_size=9,
    unique_by=lambda p: p[0],
)


@settings(max_examples=20)
@given(people, people)
def test_balance_holds_whatever_happens(one, two):
    before, after = (register(person("0"), *((*p, None, None) for p in t)) for t in (one, two))
    change = diff_registers(before, after, MEMBERS)
    f = change.flows
    assert (
        f["stock_after"]
        == f["stock_before"] + f["arrivals"] - f["departures"] + f["moves_in"] - f["moves_out"]
    ).all()
    for service, rows in f.groupby(level="service"):
        assert rows["moves_in"].sum() == rows["moves_out"].sum()
        counted = [
            t.loc[(t.service == service) & (t["mode"] != "remplacant")] for t in (before, after)
        ]
        assert [rows["stock_before"].sum(), rows["stock_after"].sum()] == [len(t) for t in counted]
    back = diff_registers(after, before, MEMBERS)
    kinds = Counter(change.events["kind"])
    mirror = Counter(back.events["kind"])
    assert (kinds["arrival"], kinds["departure"]) == (mirror["departure"], mirror["arrival"])
    shuffled = diff_registers(before[::-1], after[::-1], MEMBERS)
    pd.testing.assert_frame_equal(shuffled.flows, f)
    pd.testing.assert_frame_equal(shuffled.events, change.events)


@pytest.mark.parametrize(
    ("later", "words"),
    [
        (register(person("1", birth_year=1961)), "naissance ou le sexe"),
        (register(person("1", sex="F")), "naissance ou le sexe"),
        (register(person("x")), "aucun identifiant commun"),
        (register(person("1")).assign(is_example=True), "fictif"),
    ],
)
def test_identifiers_of_other_persons_are_refused(later, words):
    first = register(person("1", birth_year=1960, sex="M"))
    with pytest.raises(InputError, match=words):
        diff_registers(first, later, MEMBERS)


def figures(**columns):
    base = {
        "level": "epci", "zone_code": ["A", "B"], "zone_name": ["a", "b"], "indicator": "density",
        "profession": "gp", "date": "2021", "value": [1.0, 2.0], "low": np.nan, "high": np.nan,
        "numerator": 1.0, "denominator": 1.0, "status": "value", "nature": "official",
        "sources": "bpe",
    }  # fmt: skip
    return Indicators(pd.DataFrame({**base, **columns}))


def test_same_figures_no_difference(toyland):
    values = compute(toyland, level=["commune", "epci"])
    assert diff_indicators(values, values).empty
    assert diff_indicators(figures(), figures(), fields=({"bpe": "x"}, {"bpe": "x"})).empty


def test_a_changed_value_has_its_delta():
    told = diff_indicators(figures(), figures(value=[1.0, 5.0], date="2024"))
    assert told[["zone_code", "kind", "delta"]].to_numpy().tolist() == [["B", "value", 3.0]]
    assert told.loc[0, ["date_before", "date_after"]].tolist() == ["2021", "2024"]


def test_a_changed_definition_is_never_a_delta():
    told = diff_indicators(figures(), figures(value=[1.0, 5.0], sources="cnam", nature="estimated"))
    assert told["kind"].tolist() == ["definition"] * 2
    assert told["definition"].tolist() == ["sources|nature"] * 2
    assert told["delta"].isna().all()
    other = diff_indicators(figures(), figures(), fields=({"bpe": "libéraux"}, {"bpe": "tous"}))
    assert other["definition"].tolist() == ["field"] * 2


def test_what_appears_disappears_or_goes_missing():
    told = diff_indicators(figures(), figures(zone_code=["A", "C"], value=[np.nan, 2.0]))
    assert told.set_index("zone_code")["kind"].to_dict() == {
        "A": "value", "B": "disappeared", "C": "appeared",
    }  # fmt: skip
    assert told["delta"].isna().all()


def moved(*zones):
    """A change of one profession: (stock before, arrivals, departures, in, out) per zone."""
    index = pd.MultiIndex.from_tuples(
        [("gp", f"Z{n}") for n in range(len(zones))], names=["service", "zone_code"]
    )
    flows = pd.DataFrame(zones, columns=["stock_before", *BETWEEN], index=index)
    flows["moves_within"] = 0
    flows["stock_after"] = (
        flows["stock_before"] + flows["arrivals"] - flows["departures"]
        + flows["moves_in"] - flows["moves_out"]
    )  # fmt: skip
    change = diff_registers(BEFORE, BEFORE, MEMBERS)
    return type(change)(flows, change.ages, change.events)


def test_small_flows_are_hidden_and_zeros_shown():
    told = public_flows(moved((20, 2, 0, 0, 0), (9, 0, 0, 0, 0), (30, 6, 5, 0, 0))).loc["gp"]
    assert told["status"].to_dict() == {
        "Z0": "masked", "Z1": "value", "Z2": "value", "": "masked",
    }  # fmt: skip
    assert told.loc["Z0", list(FLOWS)].isna().all()
    assert told.loc["Z1", "arrivals"] == 0
    assert told.loc["Z2", "departures"] == 5
    assert told.loc["Z0", ["stock_before", "net"]].tolist() == [20, 2]


def test_total_is_given_when_it_betrays_nobody():
    wide = [(30, 3, 3, 3, 3)] * 6
    told = public_flows(moved(*wide)).loc["gp"]
    assert (told.loc[told.index != "", "status"] == "masked").all()
    assert told.loc["", ["arrivals", "departures", "moves_within"]].tolist() == [18, 18, 18]
    narrow = public_flows(moved((30, 4, 0, 0, 0), (30, 0, 4, 0, 0))).loc["gp"]
    assert narrow.loc["", "status"] == "masked"


@pytest.mark.parametrize("totals", [False, True])
def test_intervals_against_enumeration(totals):
    zones = [(2, 1, 1, 1, 0), (1, 0, 0, 0, 1), (2, 1, 0, 0, 0)]
    rows = moved(*zones).flows
    candidates = []
    for before, *truth in zones:
        net = truth[0] - truth[1] + truth[2] - truth[3]
        candidates.append(
            [
                f
                for f in itertools.product(range(before + net + 1), range(before + 1), repeat=2)
                if f[0] - f[1] + f[2] - f[3] == net and f[1] + f[3] <= before
            ]
        )
    sums = np.array([z[1:] for z in zones]).sum(axis=0)
    worlds = np.array(
        [
            w
            for w in itertools.product(*candidates)
            if not totals or (np.sum(w, axis=0) == sums).all()
        ]
    )
    expected = np.stack([worlds.min(axis=0), worlds.max(axis=0)], axis=-1)
    assert intervals(rows, totals=totals) == pytest.approx(expected)
