"""Rank of a department: ties, direction, chance; and measures crossed with the density grid."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demomed.analysis.aggregate import zone_mean
from demomed.analysis.standing import (
    THREE,
    by_density_class,
    shared_population,
    standing,
    with_rates,
)
from demomed.analysis.uncertainty import count_interval
from demomed.core.faults import InputError

VALUES = st.lists(st.integers(0, 6), min_size=2, max_size=20)


def exact(values):
    density = pd.Series(values, dtype=float, index=[f"{k:02d}" for k in range(len(values))])
    return pd.DataFrame({"density": density, "low": density, "high": density})


@given(VALUES)
def test_without_chance_the_range_is_the_ties(values):
    rates = exact(values)
    for favourable, ascending in (("high", False), ("low", True)):
        ranks = rates["density"].rank(method="min", ascending=ascending)
        for code in rates.index:
            found = standing(rates, code, favourable=favourable)
            assert found.rank == ranks[code]
            assert found.best == found.rank
            assert found.worst == found.rank + found.ties


def test_only_disjoint_intervals_are_told_apart():
    rates = pd.DataFrame(
        {"density": [9.0, 6.0, 5.0, 1.0], "low": [7.0, 4.0, 3.0, 0.5], "high": [11, 8, 6.5, 2.0]},
        index=list("abcd"),
    )
    found = standing(rates, "b")
    assert (found.rank, found.best, found.worst) == (2, 1, 3)
    assert standing(rates, "c").best == 2
    assert standing(rates, "d", favourable="low").rank == 1


def test_missing_values_are_not_ranked():
    rates = exact([1, 2, 3]).astype(float)
    rates.loc["00"] = np.nan
    assert standing(rates, "01").count == 2
    with pytest.raises(InputError, match="00"):
        standing(rates, "00")


def test_interval_is_that_of_the_count_at_the_population_of_the_density():
    rates = with_rates(pd.Series([4.0, 250.0, 0.0]), pd.Series([2.0, 80.0, 0.0]))
    exact_low = count_interval(pd.Series([4.0]), method="exact")["low"].iloc[0]
    byar_high = count_interval(pd.Series([250.0]), method="byar")["high"].iloc[0]
    assert rates["low"].iloc[0] == pytest.approx(exact_low / 200_000 * 1e5)
    assert rates["high"].iloc[1] == pytest.approx(byar_high * 80 / 250)
    assert rates[["low", "high"]].iloc[2].isna().all()


def test_zero_practitioners_are_not_surely_last():
    counts = pd.Series([0.0, 1.0, 30.0], index=list("abc"))
    people = pd.Series([50_000.0, 50_000.0, 500_000.0], index=counts.index)
    rates = with_rates(counts, counts / people * 1e5, population=people)
    assert rates.loc["a", ["low", "high"]].tolist() == pytest.approx([0, 3.688879454 * 2])
    assert standing(rates, "b").worst == 3
    assert standing(rates, "a").best == 1 + int(rates.loc["c", "low"] > rates.loc["a", "high"])


def test_an_unknown_interval_tells_no_department_apart():
    rates = exact([5, 9, 1]).astype(float)
    rates.loc["02", ["low", "high"]] = np.nan
    assert standing(rates, "00").worst == 3
    assert (standing(rates, "02").best, standing(rates, "02").worst) == (1, 3)


def test_population_is_that_of_the_labels_of_the_same_denominator():
    people = pd.Series({"x": 50_000.0, "F": 68e6})
    women = people * 0.43
    counts = pd.DataFrame(
        {"rare": [0, 2400], "many": [40, 55_000], "hers": [60, 9000]}, people.index
    )
    base = pd.DataFrame({"rare": people, "many": people, "hers": women})
    densities = (counts / base * 1e5).round(1)
    found = shared_population(counts, densities, "rare", whole="F")
    assert found["x"] == 50_000
    hers = shared_population(counts, densities, "hers", whole="F")
    assert hers["x"] == pytest.approx(women["x"], rel=1e-3)
    counts.loc["x", "hers"] = 0
    assert np.isnan(shared_population(counts, densities.mul(counts > 0), "hers", whole="F")["x"])


def test_classes_of_the_grid_share_the_whole():
    rng = np.random.default_rng(2)
    classes = pd.Series(rng.integers(1, 8, 60), dtype="Int64")
    classes[5] = pd.NA
    values, people = pd.Series(rng.random(60)), pd.Series(rng.integers(50, 900, 60), dtype=float)
    seven, three = (by_density_class(values, people, classes, groups=g) for g in (7, 3))
    held = classes.notna()
    assert seven["weight"].sum() == three["weight"].sum() == people[held].sum()
    assert seven["count"].sum() == three["count"].sum() == 59
    rural = seven.loc[[k for k in seven.index if THREE[k] == 3]]
    mean = (rural["value"] * rural["weight"]).sum() / rural["weight"].sum()
    assert three.loc[3, "value"] == pytest.approx(mean)
    whole = zone_mean(values[held], people[held], pd.Series("x", index=values.index[held]))
    total = (seven["value"] * seven["weight"]).sum() / seven["weight"].sum()
    assert total == pytest.approx(whole["value"].iloc[0])


def test_a_class_mostly_unknown_has_no_value():
    values, people = pd.Series([1.0, None]), pd.Series([10.0, 90.0])
    found = by_density_class(values, people, pd.Series([6, 6]))
    assert np.isnan(found.loc[6, "value"])
    assert found.loc[6, "coverage_share"] == pytest.approx(0.1)
