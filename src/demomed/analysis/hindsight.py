"""What an earlier ranking said of what came after: correlation of ranks, and the first against the rest."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from demomed.analysis.rank_correlation import rank_correlation
from demomed.core.faults import Fault, InputError


def loss_share(before: pd.Series, after: pd.Series) -> pd.Series:
    """Share of the supply of a first date that is gone at a second one.

    Parameters
    ----------
    before, after
        Practitioners by zone at both dates, on the same geography.

    Returns
    -------
    Series
        Index of ``before``; positive where the supply fell, negative where it rose. Missing where
        there was nobody at the first date: nothing can be lost there.

    Examples
    --------
    >>> loss_share(pd.Series({"a": 10, "b": 4, "c": 0}), pd.Series({"a": 8, "b": 5, "c": 1})).round(2).tolist()
    [0.2, -0.25, nan]
    """
    first = before.astype(float)
    return (1 - after.reindex(before.index).astype(float) / first.where(first > 0)).rename("loss")


def foresight(
    predictors: pd.DataFrame, happened: pd.Series, *, within: pd.Series | None = None
) -> pd.DataFrame:
    """How each of several predictors goes with what happened, the same zones for all.

    Parameters
    ----------
    predictors
        One column per predictor, by zone; more means that more was to be expected.
    happened
        What happened, by zone.
    within
        Group of each zone (its department): the places of a zone within its group are then what is
        compared, which removes what distinguishes the groups.

    Returns
    -------
    DataFrame
        Index: predictors; ``n, rho, low, high`` (Spearman, interval of Bonett and Wright, 2000). A
        zone without one of the predictors is left out
        for all, so that they are compared on the same zones.

    Examples
    --------
    >>> table = pd.DataFrame({"good": range(6), "bad": [1, 0, 1, 0, 1, 0]})
    >>> foresight(table, pd.Series(range(6)))["rho"].round(2).to_dict()
    {'good': 1.0, 'bad': -0.29}
    """
    kept = predictors.notna().all(axis=1) & happened.reindex(predictors.index).notna()
    if within is not None:
        kept &= within.reindex(predictors.index).notna()
    rows = {}
    for name, column in predictors.items():
        found = rank_correlation(
            *(_placed(values[kept], within) for values in (column, happened.reindex(column.index)))
        )
        rows[str(name)] = {
            "n": found.count, "rho": found.value, "low": found.low, "high": found.high,
        }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("predictor")


def _placed(values: pd.Series, within: pd.Series | None) -> pd.Series:
    """Place of each zone in its group, 0 to 1; a zone alone in its group stands in the middle."""
    if within is None:
        return values
    groups = values.groupby(within.reindex(values.index).to_numpy())
    ends = (groups.transform("size") - 1).clip(lower=1)
    return ((groups.rank() - 1) / ends).where(groups.transform("size") > 1, 0.5)


def first_against_rest(
    foreseen: pd.Series, before: pd.Series, after: pd.Series, *, share: float = 0.2
) -> pd.Series:
    """Loss of supply in the zones that came first, and in the others.

    Parameters
    ----------
    foreseen
        Score by zone, the highest first.
    before, after
        Practitioners by zone at both dates.
    share
        Share of the zones that « come first »; at least one. Ties are settled in code order.

    Returns
    -------
    Series
        ``first_count`` (zones), ``first_loss, rest_loss`` (share of the practitioners lost, all
        together), ``p_value`` (exact test of Fisher on practitioners lost and kept, two-sided;
        missing if either group grew).

    Examples
    --------
    >>> first_against_rest(pd.Series({"a": 9, "b": 1}), pd.Series({"a": 10, "b": 30}),
    ...                    pd.Series({"a": 7, "b": 27}), share=0.5).round(2).tolist()
    [1.0, 0.3, 0.1, 0.15]
    """
    if not 0 < share < 1:
        raise InputError(
            Fault("premiers du classement", f"part de {share:g}", "entre 0 et 1", "par exemple 0,2")
        )
    score = foreseen.dropna().sort_index(kind="stable").sort_values(ascending=False, kind="stable")
    size = max(round(share * len(score)), 1)
    is_first = pd.Series(np.arange(len(score)) < size, index=score.index)
    sums = pd.DataFrame({"before": before, "after": after}).astype(float).reindex(score.index)
    total = sums.groupby(is_first).sum().reindex([True, False])
    lost = total["before"] - total["after"]
    told = lost / total["before"].where(total["before"] > 0)
    table = np.column_stack([lost, total["after"]])
    exact = float(stats.fisher_exact(table)[1]) if (lost >= 0).all() else np.nan
    return pd.Series(
        {
            "first_count": float(size),
            "first_loss": float(told[True]),
            "rest_loss": float(told[False]),
            "p_value": exact,
        }
    )
