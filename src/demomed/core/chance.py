"""« S'écarte nettement »: the one rule by which a territory is said to stand out of chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

CLEAR = 0.998
"""Level of the limits beyond which every page says « nettement »."""
WATCH = 0.95
"""Level of the limits beyond which a territory is to be watched."""


def beyond_chance(
    events: ArrayLike,
    base: ArrayLike,
    target: float,
    *,
    level: float = CLEAR,
    share: bool = False,
) -> NDArray[np.int64]:
    """On which side of a target a count stands out, if chance alone hardly explains it.

    Exact one-sided probability of a count at least as far, under ``(1 - level) / 2``: Poisson for
    rates, binomial for shares of persons. At 99.8 % (Spiegelhalter, 2005), once in five hundred:
    with a dozen territories compared at once, one often passes limits at 95 % by chance alone.

    Parameters
    ----------
    events
        Persons counted in each territory.
    base
        Persons among whom they are counted.
    target
        Expected events per person of the base.
    level
        Level of the limits; the outer ones by default.
    share
        Whether the events are among the persons of the base.

    Returns
    -------
    ndarray
        -1 below, 1 above, 0 where it cannot be said: within the limits, no base, a part missing.

    Examples
    --------
    Nineteen for ten expected, 3 chances in 1 000, is not enough; twenty-two is.

    >>> beyond_chance([19, 22, 1, 10], 10_000, 0.001).tolist()
    [0, 1, -1, 0]
    """
    count, whole = np.broadcast_arrays(np.asarray(events, float), np.asarray(base, float))
    known = (whole > 0) & (count >= 0) & np.isfinite(count) & np.isfinite(target)
    count, whole = np.where(known, count, 0.0), np.where(known, whole, 1.0)
    at_most, at_least = _shares(count, whole, target) if share else _rates(count, whole * target)
    tail = (1 - level) / 2
    return np.where(known & (at_most < tail), -1, np.where(known & (at_least < tail), 1, 0))


def _rates(
    count: NDArray[np.float64], expected: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Poisson probabilities of at most, and at least, a count."""
    least = np.where(count > 0, special.gammainc(np.maximum(count, 1e-9), expected), 1.0)
    return special.gammaincc(count + 1, expected), least


def _shares(
    count: NDArray[np.float64], whole: NDArray[np.float64], target: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Binomial probabilities of at most, and at least, a count."""
    rest = np.maximum(whole - count, 1e-9)
    most = np.where(count < whole, special.betaincc(count + 1, rest, target), 1.0)
    least = special.betainc(np.maximum(count, 1e-9), whole - count + 1, target)
    return most, np.where(count > 0, least, 1.0)
