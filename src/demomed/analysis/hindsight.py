"""What an earlier ranking said of what came after: correlation of ranks, and the first against the rest."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special, stats

from demomed.analysis.uncertainty import check_level
from demomed.core.faults import Fault, InputError

FEWEST_PAIRS = 5
"""Zones below which a correlation of ranks is not told."""


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


def rank_correlation(
    foreseen: pd.Series,
    happened: pd.Series,
    *,
    within: pd.Series | None = None,
    level: float = 0.95,
) -> pd.Series:
    """Correlation of ranks (Spearman, 1904) with the interval of Bonett and Wright (2000).

    Parameters
    ----------
    foreseen, happened
        Two quantities by zone; pairs with a missing member are left out.
    within
        Group of each zone (its department): ranks are then taken inside each group, which removes
        what distinguishes the groups; groups of fewer than two zones are left out.
    level
        Confidence.

    Returns
    -------
    Series
        ``n, rho, low, high``. Missing ``rho`` under five zones or when one side is constant; ties
        have their mean rank.

    Examples
    --------
    >>> a = pd.Series([1, 2, 3, 4, 5, 6.0])
    >>> rank_correlation(a, pd.Series([2, 1, 4, 3, 6, 5.0])).round(3).tolist()
    [6.0, 0.829, -0.127, 0.986]
    """
    check_level(level)
    both = pd.DataFrame({"foreseen": foreseen, "happened": happened.reindex(foreseen.index)})
    both["group"] = "" if within is None else within.reindex(foreseen.index)
    both = both.dropna()
    groups = both.groupby("group", observed=True)
    both = both.loc[groups["foreseen"].transform("size") > 1]
    groups = both.groupby("group", observed=True)
    ranks = groups[["foreseen", "happened"]].rank() - groups[
        ["foreseen", "happened"]
    ].rank().groupby(both["group"]).transform("mean")
    n, lost = len(both), both["group"].nunique() - 1
    spread = float(np.sqrt((ranks**2).sum().prod()))
    if n - lost < FEWEST_PAIRS or spread == 0:
        return pd.Series({"n": float(n), "rho": np.nan, "low": np.nan, "high": np.nan})
    rho = float((ranks["foreseen"] * ranks["happened"]).sum() / spread)
    inside = min(max(rho, -1 + 1e-12), 1 - 1e-12)
    half = special.ndtri((1 + level) / 2) * np.sqrt((1 + rho**2 / 2) / (n - lost - 3))
    low, high = np.tanh(np.arctanh(inside) + np.array([-half, half]))
    return pd.Series({"n": float(n), "rho": rho, "low": float(low), "high": float(high)})


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
        Group of each zone, see :func:`rank_correlation`.

    Returns
    -------
    DataFrame
        Index: predictors; ``n, rho, low, high``. A zone without one of the predictors is left out
        for all, so that they are compared on the same zones.

    Examples
    --------
    >>> table = pd.DataFrame({"good": range(6), "bad": [1, 0, 1, 0, 1, 0]})
    >>> foresight(table, pd.Series(range(6)))["rho"].round(2).to_dict()
    {'good': 1.0, 'bad': -0.29}
    """
    kept = predictors.notna().all(axis=1) & happened.reindex(predictors.index).notna()
    rows = {
        str(name): rank_correlation(column[kept], happened, within=within)
        for name, column in predictors.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("predictor")


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
