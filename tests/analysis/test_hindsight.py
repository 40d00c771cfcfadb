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
    assert told["p_value"] == pytest.approx(stats.fisher_exact([[10, 10], [11, 69]]).pvalue)
    grown = first_against_rest(score, before, after.where(after.index != "b", 25), share=0.25)
    assert np.isnan(grown["p_value"])
    with pytest.raises(InputError, match="entre 0 et 1"):
        first_against_rest(score, before, after, share=1.5)
