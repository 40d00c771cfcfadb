"""From communes to zones: sums, weighted means and weighted quantiles that honour missing values."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LEAST_COVERAGE = 0.8
"""Share of the weight that must be known for the mean of a zone to be given."""


def _grouped(
    zones: pd.Series, *columns: pd.Series
) -> tuple[NDArray[np.intp], pd.Index, list[NDArray]]:
    """Codes of the zones, sorted zone codes, and each column aligned on ``zones`` as floats."""
    codes, names = pd.factorize(zones.to_numpy(), sort=True)
    aligned = [
        (c if c.index is zones.index else c.reindex(zones.index)).to_numpy(
            dtype=float, na_value=np.nan
        )
        for c in columns
    ]
    return codes, pd.Index(names, name="zone_code"), aligned


def _sums(codes: NDArray[np.intp], values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    return np.bincount(codes, weights=values, minlength=size).astype(float)


def zone_sum(values: pd.Series, zones: pd.Series) -> pd.Series:
    """Sum of an extensive quantity over the communes of each zone.

    A partial total is not a total: one missing commune makes the zone missing.

    Parameters
    ----------
    values
        Quantity per commune.
    zones
        Zone of each commune that counts (index: commune).

    Returns
    -------
    Series
        Index ``zone_code``, sorted.

    Examples
    --------
    >>> zones = pd.Series({"a": "Z", "b": "Z", "c": "Y"})
    >>> zone_sum(pd.Series({"a": 1.0, "b": 2.0, "c": 0.0}), zones).to_dict()
    {'Y': 0.0, 'Z': 3.0}
    """
    codes, names, (x,) = _grouped(zones, values)
    return pd.Series(_sums(codes, x, len(names)), index=names)


def zone_mean(
    values: pd.Series,
    weights: pd.Series,
    zones: pd.Series,
    *,
    coverage_by: pd.Series | None = None,
    least_coverage: float = LEAST_COVERAGE,
) -> pd.DataFrame:
    """Weighted mean of an intensive quantity over the communes of each zone.

    Communes whose value is missing are left out, and the share of weight that remains is told;
    under ``least_coverage`` the mean is missing.

    Parameters
    ----------
    values, weights
        Per commune; the *right* weight (population for times, standardised population for the
        APL).
    zones
        Zone of each commune that counts (index: commune).
    coverage_by
        Weight in which the coverage is measured when the weight itself may be missing.
    least_coverage
        Share of weight, 0 to 1.

    Returns
    -------
    DataFrame
        Index ``zone_code``; ``value, numerator`` (Σ weight × value)``, denominator`` (Σ weight of
        the known communes)``, coverage_share``. A zone without any weight is missing.

    Examples
    --------
    >>> zones = pd.Series({"a": "Z", "b": "Z"})
    >>> minutes, people = pd.Series({"a": 4.0, "b": 14.0}), pd.Series({"a": 300.0, "b": 100.0})
    >>> zone_mean(minutes, people, zones)[["value", "coverage_share"]].loc["Z"].tolist()
    [6.5, 1.0]
    """
    by = weights if coverage_by is None else coverage_by
    codes, names, (x, w, c) = _grouped(zones, values, weights, by)
    size = len(names)
    known = ~np.isnan(x) & ~np.isnan(w)
    some = known & (w > 0)
    numerator = _sums(
        codes, np.where(some, np.where(some, x, 0.0) * np.where(some, w, 0.0), 0.0), size
    )
    denominator = _sums(codes, np.where(known, w, 0.0), size)
    whole = _sums(codes, np.nan_to_num(c), size)
    present = _sums(codes, np.where(known, np.nan_to_num(c), 0.0), size)
    coverage = np.divide(present, whole, out=np.zeros(size), where=whole > 0)
    enough = (denominator > 0) & (coverage >= least_coverage)
    return pd.DataFrame(
        {
            "value": np.divide(numerator, denominator, out=np.full(size, np.nan), where=enough),
            "numerator": np.where(enough, numerator, np.nan),
            "denominator": np.where(enough, denominator, np.nan),
            "coverage_share": coverage,
        },
        index=names,
    )


def weighted_quantile(values: pd.Series, weights: pd.Series, q: float) -> float:
    """Smallest value at which the cumulated share of weight reaches ``q``.

    Parameters
    ----------
    values, weights
        Aligned; pairs with a missing member or no weight are left out.
    q
        Between 0 and 1.

    Returns
    -------
    float
        Missing without any weight.

    Examples
    --------
    >>> weighted_quantile(pd.Series([4, 14, 22, 11]), pd.Series([5200, 900, 310, 1450]), 0.9)
    14.0
    """
    x = values.to_numpy(dtype=float, na_value=np.nan)
    w = weights.reindex(values.index).to_numpy(dtype=float, na_value=np.nan)
    kept = ~np.isnan(x) & (w > 0)
    x, w = x[kept], w[kept]
    if not len(x):
        return float("nan")
    order = np.argsort(x, kind="stable")
    cumulated = np.cumsum(w[order])
    reached = np.searchsorted(cumulated, q * cumulated[-1] * (1 - 1e-12), side="left")
    return float(x[order][min(reached, len(x) - 1)])


def zone_quantile(values: pd.Series, weights: pd.Series, zones: pd.Series, q: float) -> pd.Series:
    """Weighted quantile in each zone; see :func:`weighted_quantile`.

    Returns
    -------
    Series
        Index ``zone_code``, sorted.

    Examples
    --------
    >>> zones = pd.Series({"a": "Z", "b": "Z"})
    >>> zone_quantile(pd.Series({"a": 4, "b": 9}), pd.Series({"a": 1, "b": 3}), zones, 0.5).to_dict()
    {'Z': 9.0}
    """
    aligned = values.reindex(zones.index)
    weight = weights.reindex(zones.index)
    groups = {
        code: weighted_quantile(aligned.loc[members], weight.loc[members], q)
        for code, members in sorted(zones.groupby(zones.to_numpy()).groups.items())
    }
    return pd.Series(groups, dtype=float).rename_axis("zone_code")
