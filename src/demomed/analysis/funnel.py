"""Funnel plots: how far a rate may stray from a target by chance, for each size."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from demomed.analysis.uncertainty import as_bounds, as_floats, check_level, index_of


def funnel_limits(
    base: ArrayLike,
    target: float,
    *,
    level: float = 0.95,
    method: Literal["exact", "interpolated", "normal"] = "exact",
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
        ``"exact"``: a count is out of the limits exactly where the Poisson probability of one at
        least as far is under ``(1 - level) / 2``, as :func:`demomed.core.chance.beyond_chance`
        tells; ``"interpolated"``: Spiegelhalter's quantiles, up to one person narrower;
        ``"normal"``: the normal approximation.
    dispersion
        Factor φ of :func:`dispersion`; only above 1 does it widen the limits, by √φ.

    Returns
    -------
    DataFrame
        ``low, high`` per person, index of ``base``, clipped at zero; missing where base is zero.

    Examples
    --------
    >>> (funnel_limits([12345], 89.739048e-5, method="interpolated") * 1e5).round(2)
         low    high
    0  36.43  142.54
    """
    check_level(level)
    n = as_floats(base)
    n = np.where(n > 0, n, np.nan)
    expected = target * n
    tail = (1 - level) / 2
    if method == "normal":
        half = special.ndtri(1 - tail) * np.sqrt(expected)
        low, high = expected - half, expected + half
    elif method == "exact":
        low, high = special.pdtrik(tail, expected), special.pdtrik(1 - tail, expected) + 1
        high = np.where(np.exp(-expected) > 1 - tail, 0.0, high)
    else:
        low, high = _poisson_point(tail, expected), _poisson_point(1 - tail, expected)
    widen = np.sqrt(max(dispersion, 1.0))
    low, high = (expected + widen * (limit - expected) for limit in (low, high))
    return as_bounds(base, np.maximum(low, 0.0) / n, high / n)


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
    e, expected = as_floats(events), target * as_floats(base)
    root = np.sqrt(np.where(expected > 0, expected, np.nan))
    return pd.Series((e - expected) / root, index=index_of(events), name="z")


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
    scores = as_floats(z)
    scores = scores[~np.isnan(scores)]
    if not len(scores):
        return float("nan")
    low, high = np.quantile(scores, [winsorise, 1 - winsorise])
    return float(np.mean(np.clip(scores, low, high) ** 2))
