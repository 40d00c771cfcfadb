"""How far a figure could move by chance: intervals of counts, rates and shares."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from demomed.core.faults import Fault, InputError

CountMethod = Literal["auto", "exact", "byar", "mid-p"]
ShareMethod = Literal["wilson", "clopper-pearson"]

EXACT_BELOW = 10
"""Events below which the exact interval replaces Byar's (practice of English public health)."""

FEWEST = 5
"""Practitioners below which a rate is « effectif trop faible »."""

CV_LIMIT = 0.30
"""Coefficient of variation above which a rate is « effectif trop faible »."""


def as_floats(values: ArrayLike) -> NDArray[np.float64]:
    """One-dimensional floats of any numbers; missing becomes NaN."""
    return np.atleast_1d(
        np.asarray(pd.to_numeric(pd.Series(np.ravel(values)), errors="raise"), dtype=float)
    )


def index_of(values: ArrayLike) -> pd.Index:
    """Index of a Series, or positions."""
    return values.index if isinstance(values, pd.Series) else pd.RangeIndex(np.size(values))


def as_bounds(
    values: ArrayLike, low: NDArray[np.float64], high: NDArray[np.float64]
) -> pd.DataFrame:
    """``low, high`` on the index of the values."""
    return pd.DataFrame({"low": low, "high": high}, index=index_of(values))


def check_level(level: float) -> None:
    """Refuse a confidence that is not between 0 and 1."""
    if not 0 < level < 1:
        raise InputError(
            Fault("intervalle", f"niveau {level}", "un niveau entre 0 et 1", "par exemple 0.95")
        )


def _byar(x: NDArray[np.float64], alpha: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    z = special.ndtri(1 - alpha / 2)
    safe = np.where(x > 0, x, 1.0)
    low = safe * (1 - 1 / (9 * safe) - z / (3 * np.sqrt(safe))) ** 3
    up = x + 1
    high = up * (1 - 1 / (9 * up) + z / (3 * np.sqrt(up))) ** 3
    return np.where(x > 0, np.maximum(low, 0.0), np.where(np.isnan(x), np.nan, 0.0)), high


def _garwood(
    x: NDArray[np.float64], alpha: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low = special.gammaincinv(np.where(x > 0, x, 1.0), alpha / 2)
    high = special.gammaincinv(x + 1, 1 - alpha / 2)
    return np.where(x > 0, low, np.where(np.isnan(x), np.nan, 0.0)), high


def _mid_p(x: NDArray[np.float64], alpha: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    def below(rate: NDArray[np.float64]) -> NDArray[np.float64]:
        """P(X < x) + P(X = x)/2, which falls as the rate rises."""
        safe = np.maximum(rate, np.finfo(float).tiny)
        point = np.exp(x * np.log(safe) - safe - special.gammaln(x + 1))
        return special.pdtr(x, safe) - point / 2

    def solve(target: float, ceiling: NDArray[np.float64]) -> NDArray[np.float64]:
        low, high = np.zeros_like(x), ceiling
        for _ in range(80):
            middle = (low + high) / 2
            right = below(middle) > target
            low, high = np.where(right, middle, low), np.where(right, high, middle)
        return (low + high) / 2

    ceiling = _garwood(x, alpha)[1]
    low, high = solve(1 - alpha / 2, ceiling), solve(alpha / 2, ceiling)
    return (
        np.where(x > 0, low, np.where(np.isnan(x), np.nan, 0.0)),
        np.where(np.isnan(x), np.nan, high),
    )


def count_interval(
    count: ArrayLike, *, level: float = 0.95, method: CountMethod = "auto"
) -> pd.DataFrame:
    """Interval of a Poisson count.

    Practitioners are not a random sample: the interval tells how far the count could move by one
    or two people by chance. Exact limits are Garwood's (1936), the approximation is Byar's
    (Breslow & Day 1987), mid-P is the shorter exact interval.

    Parameters
    ----------
    count
        Events, non-negative; missing stays missing.
    level
        Confidence, between 0 and 1.
    method
        ``"auto"`` is exact below ten events and Byar from ten on.

    Returns
    -------
    DataFrame
        ``low, high`` in events, index of ``count``; the lower bound of zero event is zero.

    Examples
    --------
    >>> count_interval([0, 7], method="exact").round(3)
         low    high
    0  0.000   3.689
    1  2.814  14.423
    """
    check_level(level)
    x = as_floats(count)
    if (x < 0).any():
        raise InputError(
            Fault(
                "intervalle",
                "effectif négatif",
                "un effectif nul ou positif",
                "corriger l'effectif",
            )
        )
    alpha = 1 - level
    if method == "auto":
        exact, byar = _garwood(x, alpha), _byar(x, alpha)
        few = x < EXACT_BELOW
        low, high = (np.where(few, e, b) for e, b in zip(exact, byar, strict=True))
    else:
        low, high = {"exact": _garwood, "byar": _byar, "mid-p": _mid_p}[method](x, alpha)
    return as_bounds(count, low, high)


def rate_interval(
    count: ArrayLike,
    population: ArrayLike,
    *,
    per: float = 100_000,
    level: float = 0.95,
    method: CountMethod = "auto",
) -> pd.DataFrame:
    """Interval of a rate: that of its count, divided by the population.

    Parameters
    ----------
    count, population
        Events and inhabitants, aligned by position.
    per
        Inhabitants the rate is expressed for.
    level, method
        As in :func:`count_interval`.

    Returns
    -------
    DataFrame
        ``low, high`` per ``per`` inhabitants; missing where the population is zero or missing.

    Examples
    --------
    >>> rate_interval([13], [17_600], method="byar").round(6)
             low        high
    0  39.291142  126.316631
    """
    people = as_floats(population)
    factor = np.divide(per, people, out=np.full_like(people, np.nan), where=people > 0)
    return count_interval(count, level=level, method=method).mul(factor, axis=0)


def share_interval(
    part: ArrayLike, whole: ArrayLike, *, level: float = 0.95, method: ShareMethod = "wilson"
) -> pd.DataFrame:
    """Interval of a proportion, Wilson's (1927) by default.

    Parameters
    ----------
    part, whole
        Numbers of persons, ``0 <= part <= whole``.
    level
        Confidence, between 0 and 1.
    method
        ``"wilson"`` or the conservative ``"clopper-pearson"``; never Wald.

    Returns
    -------
    DataFrame
        ``low, high`` between 0 and 1, index of ``part``; missing where ``whole`` is zero.

    Examples
    --------
    >>> share_interval([8], [14]).round(6)
            low      high
    0  0.325906  0.786192
    """
    check_level(level)
    x, n = as_floats(part), as_floats(whole)
    known = n > 0
    safe = np.where(known, n, 1.0)
    if method == "wilson":
        z = special.ndtri(1 - (1 - level) / 2)
        p = x / safe
        middle = p + z * z / (2 * safe)
        half = z * np.sqrt(p * (1 - p) / safe + z * z / (4 * safe * safe))
        scale = 1 + z * z / safe
        low, high = (middle - half) / scale, (middle + half) / scale
    else:
        tail = (1 - level) / 2
        inner = np.where((x > 0) & known, x, 1.0)
        outer = np.where((x < safe) & known, safe - x, 1.0)
        low = special.betaincinv(inner, safe - inner + 1, tail)
        high = special.betaincinv(safe - outer + 1, outer, 1 - tail)
    low = np.where(x == 0, 0.0, low)
    high = np.where(x == n, 1.0, high)
    empty = ~known | np.isnan(x)
    return as_bounds(part, np.where(empty, np.nan, low), np.where(empty, np.nan, high))


def is_unstable(
    count: ArrayLike, *, fewest: float = FEWEST, cv_limit: float = CV_LIMIT
) -> pd.Series:
    """Whether a rate rests on too few practitioners to be read.

    A count of n has the coefficient of variation 1/√n; above 30 %, or below five practitioners,
    the value is drawn hatched. A true zero is a plain value, and so is not unstable.

    Examples
    --------
    >>> is_unstable([0, 4, 11, 12]).tolist()
    [False, True, True, False]
    """
    x = as_floats(count)
    cv = 1 / np.sqrt(np.where(x > 0, x, np.nan))
    return pd.Series((x > 0) & ((x < fewest) | (cv > cv_limit)), index=index_of(count))
