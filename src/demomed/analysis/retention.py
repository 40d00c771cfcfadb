"""How long recruits stay: Kaplan–Meier, those who are still there counted as such."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

DAYS_PER_YEAR = 365.25
HORIZONS: tuple[float, ...] = (1, 2, 3, 5, 10)


def follow_up(recruits: pd.DataFrame, at: date) -> pd.DataFrame:
    """Years of presence of each recruit at a date, and whether the departure was seen.

    Parameters
    ----------
    recruits
        ``installed_date, left_date`` (``datetime64``); a missing departure is « still there ».
    at
        Date of the state; departures after it are not yet seen, installations after it are left
        out, as those without a date.

    Returns
    -------
    DataFrame
        ``years, has_left``, index of the rows kept.
    """
    now = pd.Timestamp(at)
    rows = recruits.loc[recruits["installed_date"] <= now]
    has_left = rows["left_date"] <= now
    until = rows["left_date"].where(has_left, now)
    years = (until - rows["installed_date"]).dt.days / DAYS_PER_YEAR
    return pd.DataFrame({"years": years.astype(float), "has_left": has_left.astype(bool)})


def retention_curve(presence: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Share still present after each length of stay (Kaplan and Meier, 1958).

    Whoever is still there counts among those at risk until the last day seen: leaving them out,
    or counting them as gone, would bias the share. The interval is Greenwood's on the log-log
    scale.

    Parameters
    ----------
    presence
        ``years, has_left``, from :func:`follow_up`.
    confidence
        Level of the interval, 0 to 1.

    Returns
    -------
    DataFrame
        Index ``years``, each observed length in order; ``at_risk, left, share, low, high``. The
        interval is missing while nobody or once everybody has left.

    Examples
    --------
    >>> seen = pd.DataFrame({"years": [1.0, 2.0, 2.0, 3.0], "has_left": [True, False, True, False]})
    >>> retention_curve(seen)["share"].round(3).tolist()
    [0.75, 0.5, 0.5]
    """
    from scipy.stats import CensoredData, ecdf

    columns = ["at_risk", "left", "share", "low", "high"]
    if presence.empty:
        return pd.DataFrame(columns=columns, index=pd.Index([], name="years"), dtype=float)
    years = presence["years"].to_numpy(dtype=float)
    gone = presence["has_left"].to_numpy(dtype=bool)
    survival = ecdf(CensoredData.right_censored(years, ~gone)).sf
    with warnings.catch_warnings():  # the interval is not defined where nobody, or everybody, left
        warnings.simplefilter("ignore", RuntimeWarning)
        band = survival.confidence_interval(confidence_level=confidence, method="log-log")
    times = survival.quantiles
    return pd.DataFrame(
        {
            "at_risk": [(years >= t).sum() for t in times],
            "left": [(gone & (years == t)).sum() for t in times],
            "share": survival.probabilities,
            "low": band.low.probabilities,
            "high": band.high.probabilities,
        },
        index=pd.Index(times, name="years"),
    )


def retention(
    recruits: pd.DataFrame,
    at: date,
    *,
    horizons: Sequence[float] = HORIZONS,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Share of recruits still present after some years.

    Parameters
    ----------
    recruits, at
        As in :func:`follow_up`.
    horizons
        Years.
    confidence
        Level of the interval.

    Returns
    -------
    DataFrame
        Index ``years``; ``share, low, high, at_risk`` (followed that long). Missing beyond the
        longest stay seen, unless everybody has left by then.
    """
    presence = follow_up(recruits, at)
    curve = retention_curve(presence, confidence=confidence)
    rows = []
    for horizon in horizons:
        at_risk = int((presence["years"] >= horizon).sum())
        before = curve.loc[curve.index <= horizon]
        over = len(curve) and horizon > curve.index[-1] and curve["share"].iloc[-1] > 0
        if not len(curve) or over:
            rows.append((np.nan, np.nan, np.nan, at_risk))
        elif before.empty:
            rows.append((1.0, np.nan, np.nan, at_risk))
        else:
            rows.append((*before[["share", "low", "high"]].iloc[-1], at_risk))
    return pd.DataFrame(
        rows, columns=["share", "low", "high", "at_risk"], index=pd.Index(horizons, name="years")
    )
