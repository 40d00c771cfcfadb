"""How far a figure could move by chance: intervals, smoothing and funnel limits."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special
from scipy.sparse import csr_array, eye_array

from demomed.core.faults import Fault, InputError

CountMethod = Literal["auto", "exact", "byar", "mid-p"]
ShareMethod = Literal["wilson", "clopper-pearson"]

EXACT_BELOW = 10
"""Events below which the exact interval replaces Byar's (practice of English public health)."""

FEWEST = 5
"""Practitioners below which a rate is « effectif trop faible »."""

CV_LIMIT = 0.30
"""Coefficient of variation above which a rate is « effectif trop faible »."""


def _floats(values: ArrayLike) -> NDArray[np.float64]:
    return np.atleast_1d(
        np.asarray(pd.to_numeric(pd.Series(np.ravel(values)), errors="raise"), dtype=float)
    )


def _index(values: ArrayLike) -> pd.Index:
    return values.index if isinstance(values, pd.Series) else pd.RangeIndex(np.size(values))


def _bounds(values: ArrayLike, low: NDArray[np.float64], high: NDArray[np.float64]) -> pd.DataFrame:
    return pd.DataFrame({"low": low, "high": high}, index=_index(values))


def _check_level(level: float) -> None:
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
    _check_level(level)
    x = _floats(count)
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
    return _bounds(count, low, high)


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
    people = _floats(population)
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
    _check_level(level)
    x, n = _floats(part), _floats(whole)
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
    return _bounds(part, np.where(empty, np.nan, low), np.where(empty, np.nan, high))


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
    x = _floats(count)
    cv = 1 / np.sqrt(np.where(x > 0, x, np.nan))
    return pd.Series((x > 0) & ((x < fewest) | (cv > cv_limit)), index=_index(count))


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


def smooth_rates(
    events: ArrayLike, base: ArrayLike, *, neighbours: csr_array | None = None
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
    e, b = _floats(events), _floats(base)
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
    spread = np.maximum(second - mean**2, 0.0)
    mean_base = np.divide(total_b, count, out=np.ones_like(total_b), where=total_b > 0)
    smoothed = _shrink(
        rate,
        b0,
        np.broadcast_to(mean, e.shape),
        np.broadcast_to(spread, e.shape),
        np.broadcast_to(mean_base, e.shape),
    )
    return pd.Series(np.where(known, smoothed, np.nan), index=_index(events), name="smoothed")


def funnel_limits(
    base: ArrayLike,
    target: float,
    *,
    level: float = 0.95,
    method: Literal["exact", "normal"] = "exact",
    dispersion: float = 1.0,
) -> pd.DataFrame:
    """Control limits of a rate around a target for each size (Spiegelhalter 2005).

    Parameters
    ----------
    base
        Persons of each area.
    target
        Expected rate per person.
    level
        0.95 and 0.998 are the usual two lines.
    method
        Exact Poisson limits, interpolated, or the normal approximation.
    dispersion
        Factor φ of :func:`dispersion`; only above 1 does it widen the limits, by √φ.

    Returns
    -------
    DataFrame
        ``low, high`` per person, index of ``base``, clipped at zero; missing where base is zero.

    Examples
    --------
    >>> (funnel_limits([12345], 89.739048e-5) * 1e5).round(2)
         low    high
    0  36.43  142.54
    """
    _check_level(level)
    n = _floats(base)
    n = np.where(n > 0, n, np.nan)
    expected = target * n
    tail = (1 - level) / 2
    if method == "normal":
        half = special.ndtri(1 - tail) * np.sqrt(expected)
        low, high = expected - half, expected + half
    else:
        low, high = _poisson_point(tail, expected), _poisson_point(1 - tail, expected)
    widen = np.sqrt(max(dispersion, 1.0))
    low, high = (expected + widen * (limit - expected) for limit in (low, high))
    return _bounds(base, np.maximum(low, 0.0) / n, high / n)


def _poisson_point(p: float, expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Interpolated Poisson quantile."""
    mean = np.where(np.isnan(expected), 1.0, expected)
    r = np.ceil(np.maximum(special.pdtrik(p, mean), 0.0))
    r = np.where(np.isnan(r), 0.0, r)
    for _ in range(2):  # pdtrik is a numerical inverse: settle on the exact integer
        r = np.where((r > 0) & (special.pdtr(np.maximum(r - 1, 0), mean) >= p), r - 1, r)
        r = np.where(special.pdtr(r, mean) < p, r + 1, r)
    point = np.exp(r * np.log(mean) - mean - special.gammaln(r + 1))
    return np.where(np.isnan(expected), np.nan, r - (special.pdtr(r, mean) - p) / point)


def funnel_z(events: ArrayLike, base: ArrayLike, target: float) -> pd.Series:
    """Standardised distance to the target, (observed − expected)/√expected.

    Examples
    --------
    >>> funnel_z([21], [12345], 89.739048e-5).round(3).tolist()
    [2.981]
    """
    e, expected = _floats(events), target * _floats(base)
    root = np.sqrt(np.where(expected > 0, expected, np.nan))
    return pd.Series((e - expected) / root, index=_index(events), name="z")


def dispersion(z: ArrayLike, *, winsorise: float = 0.10) -> float:
    """Over-dispersion φ: mean of the squared scores, the tails brought to their quantiles.

    Parameters
    ----------
    z
        Scores of :func:`funnel_z`; missing ones are left out.
    winsorise
        Share of each tail brought to its quantile (linear interpolation).

    Returns
    -------
    float
        φ; missing without any score.

    Examples
    --------
    >>> dispersion([1.0, -1.0, 1.0, -1.0])
    1.0
    """
    scores = _floats(z)
    scores = scores[~np.isnan(scores)]
    if not len(scores):
        return float("nan")
    low, high = np.quantile(scores, [winsorise, 1 - winsorise])
    return float(np.mean(np.clip(scores, low, high) ** 2))
