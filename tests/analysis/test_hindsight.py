"""What an earlier ranking said of what came after."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from demomed.analysis.hindsight import first_against_rest, foresight, loss_share
from demomed.core.faults import InputError


def some(n: int = 60, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"score": rng.normal(size=n).round(1)}, [f"z{i:02d}" for i in range(n)])
    table["loss"] = (table["score"] + rng.normal(size=n)).round(1)
    table["departement_code"] = np.where(np.arange(n) % 3, "53", "61")
    return table


def test_correlation_is_that_of_scipy_with_ties() -> None:
    table = some()
    told = foresight(table[["score"]], table["loss"]).loc["score"]
    expected = stats.spearmanr(table["score"], table["loss"]).statistic
    assert told["rho"] == pytest.approx(expected)
    assert told["low"] < expected < told["high"]


def test_within_groups_a_difference_between_them_counts_for_nothing() -> None:
    table = some()
    moved = table["loss"] + 100 * (table["departement_code"] == "61")
    group = table["departement_code"]
    before = foresight(table[["score"]], table["loss"], within=group)
    after = foresight(table[["score"]], moved, within=group)
    pd.testing.assert_frame_equal(before, after)
    whole = foresight(table[["score"]], moved)["rho"].item()
    assert whole != pytest.approx(before["rho"].item(), abs=0.05)


def test_order_of_rows_is_nothing() -> None:
    table = some().sample(frac=1, random_state=2)
    told = foresight(some()[["score"]], some()["loss"], within=some()["departement_code"])
    again = foresight(table[["score"]], table["loss"], within=table["departement_code"])
    pd.testing.assert_frame_equal(told, again)


def test_predictors_are_compared_on_the_same_zones() -> None:
    table = some()
    predictors = table[["score"]].assign(other=table["score"].where(table.index != "z05"))
    assert foresight(predictors, table["loss"])["n"].tolist() == [59, 59]


def test_loss_needs_someone_to_lose() -> None:
    loss = loss_share(pd.Series({"a": 0, "b": 8, "c": 8}), pd.Series({"a": 3, "b": 10, "c": 8}))
    assert np.isnan(loss["a"])
    assert loss["b"] == -0.25
    assert loss["c"] == 0


def test_first_against_rest_by_hand() -> None:
    score = pd.Series({"a": 3.0, "b": 9.0, "c": 9.0, "d": 1.0, "e": np.nan})
    before = pd.Series({"a": 10, "b": 20, "c": 30, "d": 40, "e": 50})
    after = pd.Series({"a": 9, "b": 10, "c": 30, "d": 30, "e": 0})
    told = first_against_rest(score, before, after, share=0.25)
    assert told["first_count"] == 1
    assert told["first_loss"] == pytest.approx(0.5)
    assert told["rest_loss"] == pytest.approx(11 / 80)
    assert told["difference"] == pytest.approx(0.5 - 11 / 80)
    assert np.isnan(told[["low", "high"]]).all()  # one zone alone says nothing of chance
    with pytest.raises(InputError, match="entre 0 et 1"):
        first_against_rest(score, before, after, share=1.5)


def test_chance_is_that_of_zones_not_of_persons() -> None:
    """Same losses in all, held by a few zones or by each: the fewer, the wider."""
    codes = [f"z{i:02d}" for i in range(40)]
    score = pd.Series(range(40, 0, -1), codes, dtype=float)
    before = pd.Series(10.0, codes)
    even = first_against_rest(score, before, before - 1, share=0.5)
    assert even["low"] == pytest.approx(0) == even["high"]
    moved = pd.Series([-4.0, 6.0] * 20, codes)  # arrivals here, departures there: as many in all
    lumped = first_against_rest(score, before, before - moved, share=0.5)
    assert lumped["difference"] == pytest.approx(even["difference"])
    # Each side: twenty zones of standard deviation 0.5 each.
    assert lumped["high"] - lumped["low"] == pytest.approx(
        2 * 1.96 * 0.5 * (2 / 20) ** 0.5, rel=0.1
    )
    again = first_against_rest(score, before, before - moved, share=0.5)
    pd.testing.assert_series_equal(lumped, again)


def test_levels_of_groups_are_paid_for_in_the_interval() -> None:
    table = some()
    group = pd.Series(np.repeat(np.arange(20), 3), table.index)
    inside = foresight(table[["score"]], table["loss"], within=group).loc["score"]
    rho = inside["rho"]
    half = 1.959964 * np.sqrt((1 + rho**2 / 2) / (60 - 19 - 3))
    assert inside["high"] == pytest.approx(np.tanh(np.arctanh(rho) + half), abs=1e-6)
    assert inside["n"] == 60
