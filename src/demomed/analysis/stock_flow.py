"""Stock and flow beside the share of the old: a falling share may hide a worsening stock."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pandas as pd

from demomed.core.faults import Fault, InputError

STEP = 5
"""Years between two counts of the same generation, and width of an age band."""
OLD, YOUNG = 55, 35


def first_age(band: str) -> int:
    """Lowest age of a band as the sources write it; 0 for « <25 ».

    Examples
    --------
    >>> [first_age(band) for band in ("<25", "25-29", "65+")]
    [0, 25, 65]
    """
    if band.startswith("<"):
        return 0
    found = re.match(r"\d+", band)
    if not found:
        raise InputError(
            Fault("âges", f"tranche « {band} »", "« <25 », « 25-29 » ou « 65+ »", "corriger")
        )
    return int(found.group())


def bands_of(counts: pd.DataFrame) -> pd.DataFrame:
    """Persons by year and age band, youngest first.

    Parameters
    ----------
    counts
        Published counts of one area: ``year, age_band, sex, count``; only both sexes together and
        the bands, never the line of all ages, are kept.

    Returns
    -------
    DataFrame
        Index year; columns the bands' first age. A year with a missing band is left out.
    """
    rows = counts.loc[(counts["age_band"] != "all") & (counts["sex"] == "all")]
    if rows.empty:
        return pd.DataFrame(index=pd.Index([], name="year", dtype="int64"))
    wide = rows.assign(band=rows["age_band"].map(first_age)).pivot(
        index="year", columns="band", values="count"
    )
    return wide.sort_index().dropna().astype(float)


def published_stock(counts: pd.DataFrame) -> pd.Series:
    """Persons of all ages by year as the source publishes them; its bands may not add up to it.

    Parameters
    ----------
    counts
        Published counts of one area, as for :func:`bands_of`.

    Returns
    -------
    Series
        Index year; years without a line of all ages are absent.
    """
    rows = counts.loc[(counts["age_band"] == "all") & (counts["sex"] == "all")]
    return rows.set_index("year")["count"].astype(float).dropna().sort_index()


def stock_by_year(
    bands: pd.DataFrame,
    published: pd.Series | None = None,
    *,
    old: int = OLD,
    young: int = YOUNG,
) -> pd.DataFrame:
    """Persons, those who have reached an age, their share, and the young, each year.

    Parameters
    ----------
    bands
        From :func:`bands_of`.
    published
        From :func:`published_stock`; a year it does not hold is the sum of its bands.
    old, young
        Ages, lower bounds of bands: ``old`` and more, less than ``young``.

    Returns
    -------
    DataFrame
        Index year; ``stock, old, share, young``. The share is missing where nobody is counted.

    Examples
    --------
    >>> bands = pd.DataFrame({25: [10.0], 55: [30.0]}, index=[2023])
    >>> stock_by_year(bands).loc[2023].tolist()
    [40.0, 30.0, 0.75, 10.0]
    >>> stock_by_year(bands, pd.Series({2023: 41.0}))["stock"].tolist()
    [41.0]
    """
    stock = bands.sum(axis=1)
    if published is not None:
        stock = published.reindex(bands.index).fillna(stock)
    aged = bands.loc[:, bands.columns >= old].sum(axis=1)
    return pd.DataFrame(
        {
            "stock": stock,
            "old": aged,
            "share": (aged / stock).where(stock > 0),
            "young": bands.loc[:, bands.columns < young].sum(axis=1),
        }
    )


def generation_flow(bands: pd.DataFrame, start: int, *, step: int = STEP) -> pd.DataFrame:
    """What each generation gained or lost in five years.

    Who was 25-29 at the start is 30-34 five years later: the difference of both counts is what the
    generation gained (arrivals less departures). The youngest band gains all its persons; the last
    one, open, follows itself and the band before. The flows add up to the change of the sum
    of the bands.

    Parameters
    ----------
    bands
        From :func:`bands_of`, with five-year bands.
    start
        First year; the last is ``start + step``.
    step
        Years, equal to the width of the bands.

    Returns
    -------
    DataFrame
        Index the generation's first age **at the end**; ``before, after, net``.

    Raises
    ------
    InputError
        If one of both years is not counted, or the bands are not as wide as the step.

    Examples
    --------
    >>> bands = pd.DataFrame({0: [2, 3], 25: [8, 9], 30: [5, 4]}, index=[2018, 2023])
    >>> generation_flow(bands, 2018)["net"].tolist()
    [3.0, 7.0, -9.0]
    """
    ages = list(bands.columns)
    absent = [year for year in (start, start + step) if year not in bands.index]
    if absent or any(b - a != step for a, b in pairwise(ages[1:])):
        raise InputError(
            Fault(
                "générations",
                f"années absentes : {absent}" if absent else "tranches d'âge irrégulières",
                f"des tranches de {step} ans à deux dates séparées de {step} ans",
                "choisir une autre année",
            )
        )
    then, now = (bands.loc[year].to_numpy(dtype=float) for year in (start, start + step))
    before = np.concatenate([[0.0], then[:-1]])
    before[-1] += then[-1]
    return pd.DataFrame(
        {"before": before, "after": now, "net": now - before},
        index=pd.Index(ages, name="first_age"),
    )


def flow_summary(flow: pd.DataFrame, *, old: int = OLD) -> dict[str, float]:
    """Gains of the generations that grew, losses of those that shrank, and where the old stand.

    Parameters
    ----------
    flow
        From :func:`generation_flow`.
    old
        Age at the end from which a loss is told apart.

    Returns
    -------
    dict
        ``gained`` (sum of the growths), ``lost`` (of the declines), ``lost_old`` (declines of the
        generations that have reached ``old``), ``net``. Arrivals and departures that balance
        within a generation are in neither.

    Examples
    --------
    >>> flow = pd.DataFrame({"net": [3.0, 7.0, -9.0]}, index=[0, 25, 55])
    >>> flow_summary(flow)
    {'gained': 10.0, 'lost': 9.0, 'lost_old': 9.0, 'net': 1.0}
    """
    net = flow["net"]
    lost = -net.clip(upper=0)
    return {
        "gained": float(net.clip(lower=0).sum()),
        "lost": float(lost.sum()),
        "lost_old": float(lost[flow.index >= old].sum()),
        "net": float(net.sum()),
    }
