"""Rates of small areas drawn towards a mean, so that chance does not make the extremes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, eye_array

from demomed.analysis.uncertainty import as_floats, index_of


def _shrink(
    rate: NDArray[np.float64],
    base: NDArray[np.float64],
    mean: NDArray[np.float64],
    spread: NDArray[np.float64],
    mean_base: NDArray[np.float64],
) -> NDArray[np.float64]:
    between = np.maximum(spread - mean / mean_base, 0.0)
    chance = np.divide(mean, base, out=np.full_like(base, np.nan), where=base > 0)
    total = between + chance
    weight = np.divide(between, total, out=np.zeros_like(total), where=total > 0)
    return weight * rate + (1 - weight) * mean


def variance_between(events: ArrayLike, base: ArrayLike, *, towards: float | None = None) -> float:
    """Variance of the rates between areas that chance does not explain (Marshall 1991), unclipped.

    ``A = Σ b (r − m)² / Σ b − m / b̄``. At zero or under, the areas differ no more than chance would
    have them do, and :func:`smooth_rates` gives the mean for all.

    Parameters
    ----------
    events, base
        Events and persons of each area; areas with a missing entry or a zero ``base`` are left out.
    towards
        The rate ``m``; their own mean if not given.

    Returns
    -------
    float
        Missing when no area is known.

    Examples
    --------
    >>> f"{variance_between([2, 21, 6, 9], [3000, 12345, 18000, 9000]):.4e}"
    '2.4480e-07'
    """
    e, b = as_floats(events), as_floats(base)
    known = (b > 0) & ~np.isnan(e)
    if not known.any():
        return float("nan")
    e, b = e[known], b[known]
    mean = e.sum() / b.sum() if towards is None else towards
    return float(np.average((e / b - mean) ** 2, weights=b) - mean / b.mean())


def smooth_rates(
    events: ArrayLike,
    base: ArrayLike,
    *,
    neighbours: csr_array | None = None,
    towards: float | None = None,
) -> pd.Series:
    """Empirical-Bayes rates: small areas drawn towards the mean (Marshall 1991).

    The variance between areas is clipped at zero; without that, some unclipped implementations
    return rates far above every raw one.

    Parameters
    ----------
    events, base
        Events and persons of each area.
    neighbours
        Square 0/1 matrix; given, each area is drawn towards the mean of its neighbourhood (itself
        included) instead of the mean of all.
    towards
        Rate per person known from elsewhere; given, areas are drawn towards it, and the variance
        between them is taken around it.

    Returns
    -------
    Series
        Smoothed rate per person, index of ``events``; missing where an entry is missing or
        ``base`` is zero (such areas weigh nothing in the means).

    Examples
    --------
    >>> (smooth_rates([2, 21, 6, 9], [3000, 12345, 18000, 9000]) * 1e5).round(2).tolist()
    [79.36, 151.71, 42.88, 97.03]
    """
    e, b = as_floats(events), as_floats(base)
    known = (b > 0) & ~np.isnan(e)
    e0, b0 = np.where(known, e, 0.0), np.where(known, b, 0.0)
    rate = np.divide(e0, b0, out=np.zeros_like(e0), where=known)
    if neighbours is None:
        around = csr_array(np.ones((1, len(e))))
    else:
        around = ((neighbours + eye_array(len(e), format="csr")) > 0).astype(float).tocsr()
    total_b = around @ b0
    count = around @ known.astype(float)
    mean = np.divide(around @ e0, total_b, out=np.zeros_like(total_b), where=total_b > 0)
    second = np.divide(
        around @ (b0 * rate**2), total_b, out=np.zeros_like(total_b), where=total_b > 0
    )
    centre = mean if towards is None else np.full_like(mean, towards)
    spread = np.maximum(second - 2 * mean * centre + centre**2, 0.0)
    mean_base = np.divide(total_b, count, out=np.ones_like(total_b), where=total_b > 0)
    smoothed = _shrink(
        rate,
        b0,
        np.broadcast_to(centre, e.shape),
        np.broadcast_to(spread, e.shape),
        np.broadcast_to(mean_base, e.shape),
    )
    return pd.Series(np.where(known, smoothed, np.nan), index=index_of(events), name="smoothed")


def standardised_rates(events: ArrayLike, base: ArrayLike) -> pd.Series:
    """Empirical-Bayes standardised rates of Assunção and Reis (1999), for spatial statistics.

    ``(r_i − m) / √(A + m/b_i)`` with the mean ``m`` and the variance between areas ``A`` of
    :func:`smooth_rates` (A clipped at zero): the rate of a small area, which chance moves more,
    weighs less in a Moran statistic than its raw value would.

    Parameters
    ----------
    events, base
        Events and persons of each area.

    Returns
    -------
    Series
        Index of ``events``; missing where an entry is missing, where ``base`` is zero, and
        everywhere when there is no event.

    Examples
    --------
    >>> standardised_rates([2, 21, 6, 9], [3000, 12345, 18000, 9000]).round(3).tolist()
    [-0.313, 1.426, -1.039, 0.175]
    """
    e, b = as_floats(events), as_floats(base)
    known = (b > 0) & ~np.isnan(e)
    if not known.any() or not e[known].sum() > 0:
        return pd.Series(np.nan, index=index_of(events), name="standardised")
    mean = e[known].sum() / b[known].sum()
    rate = np.divide(e, b, out=np.full_like(b, np.nan), where=known)
    between = max(variance_between(e, b), 0.0)
    chance = np.divide(mean, b, out=np.full_like(b, np.nan), where=known)
    return pd.Series(
        (rate - mean) / np.sqrt(between + chance), index=index_of(events), name="standardised"
    )
