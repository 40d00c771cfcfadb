"""Ages of practitioners: shares above a threshold, mean and median, pyramid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demomed.analysis.uncertainty import share_interval
from demomed.core.faults import Fault, InputError, closest

Unknown = Literal["exclude", "lower", "upper"]
UNKNOWN_RULES: tuple[Unknown, ...] = ("exclude", "lower", "upper")
BANDS: tuple[int, ...] = (25, 30, 35, 40, 45, 50, 55, 60, 65, 70)
"""Lower bounds of the five-year bands of a pyramid; the last band is open."""


def _limits(practitioners: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Youngest and oldest age each person may have; missing on both sides when unknown."""

    def column(name: str) -> pd.Series:
        if name not in practitioners:
            return pd.Series(np.nan, index=practitioners.index)
        return pd.to_numeric(practitioners[name]).astype(float)

    age = column("age")
    low, high = age.fillna(column("age_low")), age.fillna(column("age_high"))
    return low.to_numpy(na_value=np.nan), high.to_numpy(na_value=np.nan)


def _places(practitioners: pd.DataFrame, by: str | pd.Series | None) -> pd.Series:
    if by is None:
        return pd.Series("ensemble", index=practitioners.index, dtype="object")
    return practitioners[by] if isinstance(by, str) else by.reindex(practitioners.index)


def persons(practitioners: pd.DataFrame) -> pd.DataFrame:
    """One row per person: the main site of each (a table without sites is kept as it is)."""
    if "is_main_site" not in practitioners:
        return practitioners
    return practitioners.loc[practitioners["is_main_site"].astype(bool)]


def age_share(
    practitioners: pd.DataFrame,
    at: float = 55,
    *,
    strict: bool = False,
    unknown: Unknown = "exclude",
    by: str | pd.Series | None = None,
    weight: str | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Share of practitioners who have reached an age.

    « 55 ans ou plus » is ``age >= 55``; « plus de 55 ans » is ``age > 55``: the press mixes both,
    here ``strict`` decides. Each person counts once, at the main site.

    Parameters
    ----------
    practitioners
        Register: ``age`` in completed years, and ``age_low, age_high`` where only a band is known
        (a band wholly on one side of the threshold is known, a band across it is not).
    at
        Threshold in years.
    strict
        ``True`` for strictly over the threshold.
    unknown
        ``"exclude"``: unknown ages are left out; ``"lower"``: all of them below the threshold;
        ``"upper"``: all of them above.
    by
        Column or Series naming the group of each row; ``None`` makes one group « ensemble ».
    weight
        Column of full-time equivalents to count with instead of persons (no interval then).
    level
        Confidence of the Wilson interval.

    Returns
    -------
    DataFrame
        One row per group, sorted: ``value, low, high, numerator, denominator, unknown_count,
        value_lower, value_upper``. Without any known age the value is missing.

    Examples
    --------
    >>> ages = pd.DataFrame({"age": [34, 41, 55, 58, 66, None]})
    >>> age_share(ages).loc["ensemble", ["value", "value_lower", "value_upper"]].round(3).tolist()
    [0.6, 0.5, 0.667]
    >>> float(age_share(ages, strict=True).loc["ensemble", "value"])
    0.4
    """
    if unknown not in UNKNOWN_RULES:
        raise InputError(
            Fault(
                "âges", f"règle « {unknown} »", "une règle connue", closest(unknown, UNKNOWN_RULES)
            )
        )
    rows = persons(practitioners)
    place = _places(practitioners, by).reindex(rows.index)
    low, high = _limits(rows)
    over = low > at if strict else low >= at
    under = high <= at if strict else high < at
    amount = np.ones(len(rows)) if weight is None else rows[weight].to_numpy(dtype=float)
    codes, names = pd.factorize(place.to_numpy(), sort=True)
    inside = codes >= 0

    def total(which: NDArray[np.bool_]) -> NDArray[np.float64]:
        kept = inside & which
        return np.bincount(codes[kept], weights=amount[kept], minlength=len(names)).astype(float)

    old, young, unsure = total(over), total(under), total(~over & ~under)
    every = old + young + unsure
    numerator = old + unsure if unknown == "upper" else old
    denominator = old + young if unknown == "exclude" else every
    return _share_table(numerator, denominator, old, unsure, every, names, weight, level)


def _share_table(
    numerator: NDArray[np.float64],
    denominator: NDArray[np.float64],
    old: NDArray[np.float64],
    unsure: NDArray[np.float64],
    every: NDArray[np.float64],
    names: NDArray[np.object_],
    weight: str | None,
    level: float,
) -> pd.DataFrame:
    def ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)

    table = pd.DataFrame({"value": ratio(numerator, denominator)}, index=pd.Index(names))
    if weight is None:
        table[["low", "high"]] = share_interval(numerator, denominator, level=level).to_numpy()
    else:
        table[["low", "high"]] = np.nan
    return table.assign(
        numerator=numerator,
        denominator=denominator,
        unknown_count=unsure,
        value_lower=ratio(old, every),
        value_upper=ratio(old + unsure, every),
    )


def typical_ages(practitioners: pd.DataFrame, *, by: str | pd.Series | None = None) -> pd.DataFrame:
    """Mean and median age, with the number of known and unknown ages.

    A person known by a closed band counts at its middle; open bands and unknown ages are left out.

    Returns
    -------
    DataFrame
        One row per group, sorted: ``mean_age, median_age`` in years, ``known_count,
        unknown_count``; missing without any known age.

    Examples
    --------
    >>> typical_ages(pd.DataFrame({"age": [34, 41, 66, None]})).loc["ensemble"].tolist()
    [47.0, 41.0, 3.0, 1.0]
    """
    rows = persons(practitioners)
    low, high = _limits(rows)
    age = pd.Series((low + high) / 2, index=rows.index)
    age = age.where(np.isfinite(age))
    groups = age.groupby(_places(practitioners, by).reindex(rows.index).to_numpy(), sort=True)
    known = groups.count()
    return pd.DataFrame(
        {
            "mean_age": groups.mean(),
            "median_age": groups.median(),
            "known_count": known.astype(float),
            "unknown_count": (groups.size() - known).astype(float),
        }
    )


def renewal_index(practitioners: pd.DataFrame, *, by: str | pd.Series | None = None) -> pd.Series:
    """Practitioners under 40 for one of 60 or more; missing where nobody has reached 60.

    Examples
    --------
    >>> renewal_index(pd.DataFrame({"age": [34, 38, 61, 70, 66, 67]})).tolist()
    [0.5]
    """
    shares = age_share(practitioners, 40, by=by), age_share(practitioners, 60, by=by)
    young = shares[0]["denominator"] - shares[0]["numerator"]
    old = shares[1]["numerator"]
    return (young / old.where(old > 0)).rename("renewal_index")


def pyramid(practitioners: pd.DataFrame, *, bands: Sequence[int] = BANDS) -> pd.DataFrame:
    """Head counts by sex and age band; every person is in exactly one cell.

    Parameters
    ----------
    practitioners
        Register with ``age`` and ``sex`` (``F``, ``M`` or missing); a person whose band is within
        one band of the pyramid is placed there.
    bands
        Lower bounds, inclusive; ages below the first bound are in a first band « under ».

    Returns
    -------
    DataFrame
        Index ``band`` (lower bound, 0 for « under the first », −1 for unknown age), columns ``F,
        M, unknown``. Subject to the secrecy rule like every fact about persons.

    Examples
    --------
    >>> made = pyramid(pd.DataFrame({"age": [34, 36, 71, None], "sex": ["F", "F", "M", None]}))
    >>> int(made.to_numpy().sum()), int(made.loc[30, "F"]), int(made.loc[-1, "unknown"])
    (4, 1, 1)
    """
    rows = persons(practitioners)
    low, high = _limits(rows)
    edges = np.array([0, *bands], dtype=float)
    first = np.searchsorted(edges, np.nan_to_num(low, nan=-1.0), side="right") - 1
    last = np.searchsorted(edges, np.nan_to_num(high, nan=-1.0), side="right") - 1
    sure = (first == last) & (first >= 0)
    band = pd.Series(np.where(sure, edges[np.maximum(first, 0)], -1).astype(int), index=rows.index)
    sex = rows["sex"].where(rows["sex"].isin(["F", "M"]), "unknown")
    cells = pd.crosstab(band.to_numpy(), sex.to_numpy())
    wanted = [0, *bands, -1]
    return (
        cells.reindex(index=wanted, columns=["F", "M", "unknown"], fill_value=0)
        .rename_axis(index="band", columns=None)
        .astype(int)
    )
