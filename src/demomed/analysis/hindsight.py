"""What an earlier ranking said of what came after: correlation of ranks, and the first against the rest."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
        compared, which removes what distinguishes the groups; the interval pays for the levels
        removed, one pair for each group but one.

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
    removed = 0
    if within is not None and kept.any():
        removed = int(within.reindex(predictors.index)[kept].nunique()) - 1
    rows = {}
    for name, column in predictors.items():
        found = rank_correlation(
            *(_placed(values[kept], within) for values in (column, happened.reindex(column.index))),
            removed=removed,
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
    foreseen: pd.Series,
    before: pd.Series,
    after: pd.Series,
    *,
    share: float = 0.2,
    draws: int = 4000,
    seed: int = 0,
) -> pd.Series:
    """Loss of supply in the zones that came first, and in the others.

    A loss is arrivals taken from departures: it is not a number of persons who each leave or stay,
    and a test on persons would be too sure. The interval of the difference is that of whole zones
    drawn with replacement, on either side (percentiles of the bootstrap, Efron, 1979).

    Parameters
    ----------
    foreseen
        Score by zone, the highest first.
    before, after
        Practitioners by zone at both dates.
    share
        Share of the zones that « come first »; at least one. Ties are settled in code order.
    draws, seed
        Bootstrap.

    Returns
    -------
    Series
        ``first_count`` (zones), ``first_loss, rest_loss`` (share of the practitioners lost, all
        together), ``difference`` (first less rest), ``low, high`` (its interval at 95 %; missing
        with fewer than two zones on either side).

    Examples
    --------
    >>> first_against_rest(pd.Series({"a": 9, "b": 1}), pd.Series({"a": 10, "b": 30}),
    ...                    pd.Series({"a": 7, "b": 27}), share=0.5).round(2).tolist()
    [1.0, 0.3, 0.1, 0.2, nan, nan]
    """
    if not 0 < share < 1:
        raise InputError(
            Fault("premiers du classement", f"part de {share:g}", "entre 0 et 1", "par exemple 0,2")
        )
    score = foreseen.dropna().sort_index(kind="stable").sort_values(ascending=False, kind="stable")
    size = max(round(share * len(score)), 1)
    both = pd.DataFrame({"before": before, "after": after}).reindex(score.index).fillna(0.0)
    sides = [part.to_numpy(float) for part in (both.iloc[:size], both.iloc[size:])]
    first, rest = (float(_lost(side.sum(axis=0))) for side in sides)
    low = high = np.nan
    if min(map(len, sides)) > 1:
        random = np.random.default_rng(seed)
        told = [_lost(_redrawn(side, draws, random)) for side in sides]
        low, high = np.nanpercentile(told[0] - told[1], [2.5, 97.5])
    names = ("first_count", "first_loss", "rest_loss", "difference", "low", "high")
    return pd.Series((float(size), first, rest, first - rest, low, high), index=names)


def _lost(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share lost, from sums before and after in the last axis; missing where there was nobody."""
    before, after = sums[..., 0], sums[..., 1]
    return np.asarray(
        1 - np.divide(after, before, out=np.full_like(after, np.nan), where=before > 0)
    )


def _redrawn(
    side: NDArray[np.float64], draws: int, random: np.random.Generator
) -> NDArray[np.float64]:
    """Sums of as many zones, drawn with replacement, one row per draw."""
    times = random.multinomial(len(side), np.full(len(side), 1 / len(side)), size=draws)
    return np.asarray(times @ side)
