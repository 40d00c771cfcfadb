"""How much two rankings agree, with an interval: Spearman's correlation, weighted or not."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from demomed.analysis.uncertainty import check_level

LEAST = 4
"""Pairs from which an interval can be told."""


@dataclass(frozen=True)
class RankCorrelation:
    """A rank correlation and its interval.

    Parameters
    ----------
    value
        Between −1 and 1; missing with fewer than two pairs or without any variation.
    low, high
        Interval; missing with fewer than four pairs (or as few in weight).
    count
        Pairs compared.
    """

    value: float
    low: float
    high: float
    count: int


def rank_correlation(
    first: pd.Series,
    second: pd.Series,
    weights: pd.Series | None = None,
    *,
    removed: int = 0,
    level: float = 0.95,
) -> RankCorrelation:
    """Spearman's rank correlation with the interval of Bonett and Wright (2000).

    The interval is that of Fisher's transform with variance ``(1 + r²/2) / (n − 3)``. With weights,
    the rank of a place is the weight below it plus half the weight of its ties, the correlation is
    weighted, and ``n`` is the effective number ``(Σw)² / Σw²`` (Kish).

    Parameters
    ----------
    first, second
        Values of the same places; pairs with a missing member are left out, ties share their mean
        rank.
    weights
        Weight of each place, of any unit; places without weight are left out.
    removed
        Levels taken out of the values beforehand (those of the groups, less one): each costs one
        pair of the interval.
    level
        Confidence.

    Examples
    --------
    >>> found = rank_correlation(pd.Series([1, 2, 3, 4, 5.0]), pd.Series([1, 3, 2, 4, 6.0]))
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3), found.count
    (0.9, -0.169, 0.996, 5)
    """
    check_level(level)
    both = pd.DataFrame({"a": first, "b": second.reindex(first.index)}).astype(float)
    both["w"] = 1.0 if weights is None else weights.reindex(first.index).astype(float)
    both = both.dropna()
    both = both.loc[both["w"] > 0]
    w = both["w"].to_numpy()
    value = _weighted_correlation(
        _ranks(both["a"].to_numpy(), w), _ranks(both["b"].to_numpy(), w), w
    )
    if math.isnan(value):
        return RankCorrelation(value, math.nan, math.nan, len(both))
    effective = float(w.sum() ** 2 / (w @ w)) - removed
    if effective < LEAST or abs(value) >= 1 - 1e-12:
        return RankCorrelation(value, math.nan, math.nan, len(both))
    half = special.ndtri((1 + level) / 2) * math.sqrt((1 + value**2 / 2) / (effective - 3))
    centre = math.atanh(value)
    return RankCorrelation(value, math.tanh(centre - half), math.tanh(centre + half), len(both))


def _ranks(x: NDArray[np.float64], w: NDArray[np.float64]) -> NDArray[np.float64]:
    _, code = np.unique(x, return_inverse=True)
    held = np.bincount(code, weights=w) if len(x) else np.empty(0)
    return np.asarray((np.cumsum(held) - held / 2)[code])


def _weighted_correlation(
    a: NDArray[np.float64], b: NDArray[np.float64], w: NDArray[np.float64]
) -> float:
    if len(a) < 2:
        return math.nan
    a, b = a - np.average(a, weights=w), b - np.average(b, weights=w)
    spread = float((w @ a**2) * (w @ b**2))
    return float(w @ (a * b)) / math.sqrt(spread) if spread > 0 else math.nan
