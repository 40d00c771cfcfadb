"""Mean and median ages: what they tell, what they told before, and when they are withheld."""

from __future__ import annotations

from itertools import combinations_with_replacement, product

import numpy as np
import pandas as pd
import pytest

from demomed.core.attack import feasible_intervals, head_counts
from demomed.core.disclosure import EMPTIED, protect
from demomed.core.facts import quantity
from demomed.core.indicator import PublicIndicators, get_indicator, indicators
from demomed.core.movements import COLUMNS
from demomed.core.typical import admits, rounded_half_up

FEW = ("share_55_plus", "share_60_plus", "practitioners_55_plus")
TYPICAL = ("mean_age", "median_age")

SMALL_TOWN = [36, 40, 42, 43, 55, 60, 61, 65]
"""Eight persons: sum 402, median 49, four of 55 or more."""
AROUND = {"B": [30, 47, 48, 57, 62], "C": [44, 50, 58], "D": [46, 53, 56], "E": [34, 45, 47]}
"""Their neighbours: with the small town, 8 of 22 of 55 or more and a median of 47.5."""


def typical(public: PublicIndicators, id_: str = "mean_age") -> pd.DataFrame:
    return public.table.loc[public.table["indicator"] == id_].set_index("level")


def small_town(made_register):
    ages = {"A": SMALL_TOWN, **AROUND}
    return made_register(ages, dict.fromkeys(ages, "EPCI"))


def told_only(values, rows: pd.Series) -> PublicIndicators:
    """A publication of some exact rows, all others hidden."""
    table = values.table.assign(coarse="")
    table.loc[~rows, list(EMPTIED)] = np.nan
    table.loc[~rows, "status"] = "masked"
    return PublicIndicators(table)


def seen(found: pd.DataFrame, level: str, code: str, age: int = 55) -> pd.Series:
    mine = (found["level"] == level) & (found["zone_code"] == code) & (found["set"] == "zone")
    return found.loc[mine & (found["from_age"] == age) & found["to_age"].isna()].iloc[0]


def test_exact_means_and_medians_rebuild_a_small_town(made_register) -> None:
    """By hand: 11 of the 22 have reached 48; if none of the 8 of 55+ were in town, 3 of its 8
    could be 48 to 54, and their ages would sum to 5 × 47 + 3 × 54 = 397 at most, not 402."""
    register = small_town(made_register)
    values = register.measured(["share_55_plus", *TYPICAL])
    table = values.table
    in_epci = (table["level"] == "epci") & (table["indicator"] != "mean_age")
    town = (table["zone_code"] == "A") & (table["indicator"] == "mean_age")
    assert table.loc[in_epci, "value"].tolist() == [8 / 22, 47.5]
    assert table.loc[town, "numerator"].tolist() == [402]

    def attacked(rows: pd.Series) -> pd.Series:
        public = told_only(values, rows)
        found = feasible_intervals(public, head_counts(values), register.hierarchy, whole=True)
        return seen(found, "commune", "A")

    assert attacked(in_epci)["low"] == 0
    assert attacked(in_epci | town)["low"] == 1
    town |= (table["zone_code"] == "A") & (table["indicator"] == "median_age")
    rebuilt = attacked(in_epci | town)
    assert (rebuilt["low"], rebuilt["high"]) == (1, 4)
    assert rebuilt["is_exposed"]


def test_small_town_is_safe_behind_the_gate(made_register) -> None:
    register = small_town(made_register)
    values = register.measured([*FEW, "share_over_55", "share_65_plus", *TYPICAL])
    public = protect(values, hierarchy=register.hierarchy)
    for whole in (False, True):
        found = feasible_intervals(public, head_counts(values), register.hierarchy, whole=whole)
        assert not found["is_exposed"].any()
        town = seen(found, "commune", "A")
        assert town["high"] - town["low"] >= 5


def test_narrower_ages_tell_the_attacker_more(made_register) -> None:
    """A mean of 49 of twelve persons, ages unknown: at 26 to 75, fewer can be 55 or more."""
    register = made_register({"A": [40] * 9 + [76] * 3}, {"A": "E"})
    values = register.measured(["share_55_plus", "mean_age"])
    public = told_only(values, values.table["indicator"] == "mean_age")
    highs = [
        seen(
            feasible_intervals(public, head_counts(values), register.hierarchy, plausible=[ages]),
            "departement",
            "53",
        )["high"]
        for ages in ((20, 90), (26, 75), (40, 76))
    ]
    assert highs == sorted(highs, reverse=True)
    assert highs[0] > highs[-1]


def test_mean_and_median_are_told_of_departments_and_rounded(made_register) -> None:
    ages = [33, 44, 47, 47, 48, 52, 56, 57, 59, 61, 62, 64]
    register = made_register({"A": ages}, {"A": "E"})
    public = protect(register.measured(TYPICAL), hierarchy=register.hierarchy)
    mean, median = typical(public), typical(public, "median_age")
    assert list(mean.index) == list(median.index) == ["departement"]
    assert mean.loc["departement", "value"] == 53  # 52.5
    assert median.loc["departement", "value"] == 54
    assert mean["numerator"].isna().all()
    assert mean.loc["departement", "denominator"] == 12


def test_mean_and_median_of_ten_persons_are_hidden(made_register) -> None:
    for number, told in ((10, False), (11, True)):
        register = made_register({"A": [40, 60, *[50] * (number - 2)]}, {"A": "E"})
        public = protect(register.measured(TYPICAL), hierarchy=register.hierarchy)
        for id_ in TYPICAL:
            assert typical(public, id_)["value"].notna().all() == told
            assert typical(public, id_)["denominator"].notna().all() == told
            assert (typical(public, id_)["status"] == ("value" if told else "masked")).all()


def test_mean_is_hidden_when_a_few_have_left(made_register) -> None:
    def told(gone: int) -> bool:
        first = made_register({"A": [40, 60] * 20}, {"A": "E"})
        then = made_register({"A": ([40, 60] * 20)[gone:]}, {"A": "E"})
        before = protect(first.measured(TYPICAL), hierarchy=first.hierarchy)
        values = then.measured(TYPICAL, date="2027-01-01")
        rows = [
            ("2026-01-01", "gp", level, zone, gone, 0)
            for level, zone in (("commune", "A"), ("epci", "E"), ("departement", "53"))
        ]
        moves = pd.DataFrame(rows, columns=list(COLUMNS))
        public = protect(values, hierarchy=then.hierarchy, previous=before, moves=moves)
        return bool(typical(public)["value"].notna().all())

    assert [told(gone) for gone in (0, 1, 10, 11)] == [True, False, False, True]


def test_means_tell_nothing_beside_the_counts(random_register) -> None:
    """The attack finds the same intervals with the means and medians told and without them."""
    compared = 0
    for seed in range(6):
        register = random_register(seed)
        values = register.measured([*FEW, *TYPICAL])
        public = protect(values, hierarchy=register.hierarchy)
        if typical(public)["value"].isna().all():
            continue
        compared += 1
        silent = public.table["indicator"].isin(TYPICAL)
        table = public.table.copy()
        table.loc[silent, list(EMPTIED)] = np.nan
        both = [
            feasible_intervals(told, head_counts(values), register.hierarchy)
            for told in (public, PublicIndicators(table))
        ]
        for end in ("low", "high"):
            np.testing.assert_allclose(both[0][end], both[1][end], atol=1e-5)
    assert compared >= 3


def test_a_mean_is_withheld_when_it_would_narrow_a_hidden_count(made_register) -> None:
    """Twelve persons of 80 and more: the mean would say so, though the count is hidden."""
    register = made_register({"A": [74] * 12}, {"A": "E"})
    values = register.measured(["share_55_plus", *TYPICAL])
    public = protect(values, hierarchy=register.hierarchy)
    assert typical(public)["value"].isna().all()
    assert typical(public, "median_age")["value"].isna().all()


@pytest.mark.parametrize("base", [4, 5])
def test_admits_agrees_with_every_possible_register(base: int) -> None:
    ages, plausible = (30, 32), (28, 34)
    possible = set()
    for persons in combinations_with_replacement(range(plausible[0], plausible[1] + 1), base):
        counts = tuple(sum(p >= age for p in persons) for age in ages)
        mean, median = (rounded_half_up(float(f(persons))) for f in (np.mean, np.median))
        possible |= {(counts, mean, median), (counts, mean, None), (counts, None, median)}
    years = [None, *range(27, 37)]
    for counts in product(range(base + 1), repeat=2):
        if counts[0] < counts[1]:
            continue
        for mean, median in product(years, years):
            if mean is median is None:
                continue
            told = [np.nan if v is None else float(v) for v in (mean, median)]
            found = admits(counts, ages, base, told[0], told[1], plausible)
            assert found == ((counts, mean, median) in possible), (counts, mean, median)


def test_means_and_medians_are_public_at_one_level_only() -> None:
    """Zones that do not overlap: no difference of two means is of fewer persons."""
    kinds = {id_ for id_ in indicators() if quantity(id_).kind in ("mean", "median")}
    assert kinds == set(TYPICAL)
    for id_ in kinds:
        assert get_indicator(id_).public_levels == ("departement",)
        assert get_indicator(id_).decimals == 0
