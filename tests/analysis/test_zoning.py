"""Simulated zoning, agreement tables, deficits to a target."""

import numpy as np
import pandas as pd
import pytest

from demomed.analysis.deficit import added_supply, deficit
from demomed.analysis.zoning import agreement, group_agreement, simulate_zoning
from demomed.core.faults import InputError

APL = pd.Series({"d": 4.5, "a": 2.0, "c": 3.5, "b": 3.0, "e": 2.4999, "f": 2.5})
PEOPLE = pd.Series({"a": 10.0, "b": 20, "c": 30, "d": 20, "e": 10, "f": 10})


def zones(**more):
    return simulate_zoning(APL, PEOPLE, **more)["zone_class_simulated"]


def test_all_below_the_threshold_are_in_even_beyond_the_share():
    found = zones(share_zip=0.05, share_zac=0.0)
    assert sorted(found[found == "ZIP"].index) == ["a", "e"]
    assert (found.drop(["a", "e"]) == "HZ").all()


def test_shares_are_filled_by_rising_accessibility():
    found = zones(share_zip=0.30, share_zac=0.50)
    assert found["a"] == found["e"] == found["f"] == "ZIP"
    assert found["b"] == found["c"] == "ZAC"
    assert found["d"] == "HZ"


@pytest.mark.parametrize(("cross", "expected"), [("exclude", "ZAC"), ("include", "ZIP")])
def test_the_unit_that_crosses_the_share(cross, expected):
    assert zones(share_zip=0.35, share_zac=0.2, cross=cross)["b"] == expected


def test_ties_follow_the_codes_and_order_of_rows_is_irrelevant():
    apl = pd.Series({"b": 3.0, "a": 3.0, "c": 3.0})
    people = pd.Series({"a": 1.0, "b": 1.0, "c": 1.0})
    made = simulate_zoning(apl, people, share_zip=0.34, share_zac=0.34)
    assert made["zone_class_simulated"].to_dict() == {"a": "ZIP", "b": "ZAC", "c": "HZ"}
    again = simulate_zoning(apl.iloc[::-1], people, share_zip=0.34, share_zac=0.34)
    pd.testing.assert_frame_equal(made, again.reindex(made.index))


def test_missing_accessibility_has_no_class_and_every_label_says_simulation():
    made = simulate_zoning(APL.where(APL != 3.5), PEOPLE)
    assert pd.isna(made.loc["c", "zone_class_simulated"])
    assert made["label"].dropna().str.contains("simulation").all()
    assert made["position"].dropna().tolist() == [5, 1, 4, 2, 3]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"share_zip": 0.7, "share_zac": 0.7}, "dont la somme"),
        ({"share_zip": -0.1}, "dont la somme"),
        ({"population": PEOPLE.drop("a")}, "population absente ou négative : a"),
        ({"population": PEOPLE * 0}, "aucun territoire peuplé"),
        ({"apl": pd.concat([APL, APL])}, "en double"),
    ],
)
def test_faults(change, words):
    with pytest.raises(InputError, match=words):
        simulate_zoning(**({"apl": APL, "population": PEOPLE} | change))


def test_agreement_counts_or_weighs():
    one = pd.Series(["ZIP", "ZIP", "ZAC", "HZ", None], index=list("abcde"), name="simulé")
    two = pd.Series(["ZIP", "ZAC", "ZAC", "HZ", "HZ"], index=list("abcde"), name="légal")
    table = agreement(one, two)
    assert table.to_numpy().sum() == 4 and table.attrs["left_out_count"] == 1
    assert table.loc["ZIP", "ZAC"] == 1 and table.loc["ZAC", "ZIP"] == 0
    assert table.attrs["agreement_share"] == 0.75
    assert table.attrs["kappa"] == pytest.approx((0.75 - 5 / 16) / (1 - 5 / 16))
    weighed = agreement(one, two, pd.Series([7.0, 1, 1, 1, 90], index=list("abcde")))
    assert weighed.attrs["agreement_share"] == 0.9
    single = agreement(one.iloc[:1], two.iloc[:1])
    assert single.attrs["agreement_share"] == 1 and np.isnan(single.attrs["kappa"])


def test_group_agreement():
    one = pd.Series([True, True, False, False], index=list("abcd"))
    two = pd.Series([True, False, True], index=list("abc"))
    found = group_agreement(one, two, pd.Series([10.0, 20, 30, 40], index=list("abcd")))
    assert found == {
        "both": 10, "only_first": 20, "only_second": 30, "neither": 40, "overlap_share": 1 / 6,
    }  # fmt: skip
    assert np.isnan(group_agreement(one & False, two & False)["overlap_share"])


def test_deficit_to_a_target_density():
    table = deficit(
        pd.Series([13.0, 20.0, np.nan, 8.0]), pd.Series([17_600.0, 17_600, 1, 10_000]), 80
    )
    assert table["missing_count"].iloc[0] == pytest.approx(1.08)
    assert table["posts_count"].tolist()[:2] == [2, 0]
    assert pd.isna(table["posts_count"].iloc[2])
    assert table["posts_count"].iloc[3] == 0
    with pytest.raises(InputError, match="densité cible"):
        deficit(pd.Series([1.0]), pd.Series([1.0]), -1)


def test_added_supply_is_the_least_that_reaches_the_target():
    def access(supply):
        return pd.Series({"a": 1 + supply / 7, "b": 2 + supply / 3})

    found = added_supply(access, 2.5)
    assert found == pytest.approx(10.5, abs=1e-5)
    assert (access(found) >= 2.5).all() and not (access(found - 1e-4) >= 2.5).all()
    assert added_supply(access, 1.0) == 0
    with pytest.raises(InputError, match=r"hors d'atteinte.*: far"):
        added_supply(lambda s: pd.Series({"near": s, "far": 0.0}), 1)
