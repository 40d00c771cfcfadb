"""What an earlier ranking said of what came after."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from demomed.analysis.hindsight import first_against_rest, foresight, loss_share, rank_correlation
from demomed.core.faults import InputError


def some(n: int = 60, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"score": rng.normal(size=n).round(1)}, [f"z{i:02d}" for i in range(n)])
    table["loss"] = (table["score"] + rng.normal(size=n)).round(1)
    table["departement_code"] = np.where(np.arange(n) % 3, "53", "61")
    return table


def test_correlation_is_that_of_scipy_with_ties() -> None:
    table = some()
    expected = stats.spearmanr(table["score"], table["loss"]).statistic
    told = rank_correlation(table["score"], table["loss"])
    assert told["rho"] == pytest.approx(expected)
    assert told["low"] < expected < told["high"]


def test_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Independent pairs: 95 % of the intervals hold zero, give or take what 400 draws allow."""
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        a, b = rng.normal(size=(2, 25))
        told = rank_correlation(pd.Series(a), pd.Series(b))
        held += told["low"] <= 0 <= told["high"]
    assert 0.92 <= held / 400 <= 0.98


def test_within_groups_a_difference_between_them_counts_for_nothing() -> None:
    table = some()
    moved = table["loss"] + 100 * (table["departement_code"] == "61")
    group = table["departement_code"]
    before = rank_correlation(table["score"], table["loss"], within=group)
    after = rank_correlation(table["score"], moved, within=group)
    pd.testing.assert_series_equal(before, after)
    assert rank_correlation(table["score"], moved)["rho"] != pytest.approx(before["rho"], abs=0.05)


def test_order_of_rows_and_missing_pairs() -> None:
    table = some()
    table.loc["z03", "loss"] = np.nan
    shuffled = table.sample(frac=1, random_state=2)
    told = rank_correlation(table["score"], table["loss"])
    assert told["n"] == 59
    pd.testing.assert_series_equal(told, rank_correlation(shuffled["score"], shuffled["loss"]))


@pytest.mark.parametrize("values", [[1.0] * 8, [1.0, 2.0, 3.0, 4.0]])
def test_constant_or_too_few_is_missing_not_zero(values: list[float]) -> None:
    other = pd.Series(range(len(values)), dtype=float)
    assert np.isnan(rank_correlation(pd.Series(values), other)["rho"])


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
