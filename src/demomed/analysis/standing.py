"""Where a department stands among all: rank with ties, direction and the play of chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from demomed.analysis.aggregate import LEAST_COVERAGE, zone_mean, zone_sum
from demomed.analysis.uncertainty import count_interval
from demomed.core.faults import Fault, InputError


@dataclass(frozen=True)
class Standing:
    """Rank of a department.

    Parameters
    ----------
    rank
        1 is the most favourable; equal values share the smallest rank.
    best, worst
        Ranks it might have: only departments whose interval lies wholly on one side of its own
        are told to be before or after it.
    ties
        Other departments of the same value.
    count
        Departments ranked.
    """

    rank: int
    best: int
    worst: int
    ties: int
    count: int


def with_rates(counts: pd.Series, densities: pd.Series, *, level: float = 0.95) -> pd.DataFrame:
    """Published densities with the interval of their counts.

    The population is not published with the counts: it is the one that the density implies, so
    the interval is that of the count (Byar from 10, exact under) times density over count.

    Parameters
    ----------
    counts
        Professionals.
    densities
        Professionals per 100 000 of the population that the source takes.
    level
        Confidence.

    Returns
    -------
    DataFrame
        ``count, density, low, high``, index of ``counts``; without bounds where the count is zero
        (the population then is not implied by anything).

    Examples
    --------
    >>> with_rates(pd.Series([20.0]), pd.Series([10.0])).round(2).iloc[0].tolist()
    [20.0, 10.0, 6.11, 15.44]
    """
    few = count_interval(counts, method="exact", level=level)
    many = count_interval(counts, method="byar", level=level)
    chosen = many.where(counts >= 10, few)
    scale = (densities / counts).where(counts > 0)
    return pd.DataFrame(
        {
            "count": counts,
            "density": densities,
            "low": chosen["low"] * scale,
            "high": chosen["high"] * scale,
        }
    )


def standing(
    rates: pd.DataFrame, code: str, *, favourable: Literal["high", "low"] = "high"
) -> Standing:
    """Rank of one department among those that have a value.

    Parameters
    ----------
    rates
        Index department; ``density``, and ``low, high`` where known.
    code
        The department.
    favourable
        Whether a high value comes first.

    Raises
    ------
    InputError
        If the department has no value.

    Examples
    --------
    >>> rates = pd.DataFrame({"density": [9.0, 5.0, 5.0], "low": [8, 4, 4], "high": [10, 6, 6]},
    ...                      index=["01", "02", "03"])
    >>> standing(rates, "02")
    Standing(rank=2, best=2, worst=3, ties=1, count=3)
    """
    known = rates.loc[rates["density"].notna()]
    if code not in known.index:
        raise InputError(
            Fault(
                "rang", f"département {code} sans valeur", "une valeur", "choisir une autre mesure"
            )
        )
    sign = 1.0 if favourable == "high" else -1.0
    mine, others = known.loc[code], known.drop(index=code)
    value, theirs = float(mine["density"]), others["density"].astype(float)
    ahead = (sign * (theirs - value)) > 0
    low, high = (bound.astype(float).fillna(theirs) for bound in (others["low"], others["high"]))
    own_low, own_high = (value if np.isnan(mine[b]) else float(mine[b]) for b in ("low", "high"))
    above, below = low > own_high, high < own_low
    surely_ahead, surely_behind = (above, below) if favourable == "high" else (below, above)
    return Standing(
        rank=int(ahead.sum()) + 1,
        best=int(surely_ahead.sum()) + 1,
        worst=len(known) - int(surely_behind.sum()),
        ties=int((theirs == value).sum()),
        count=len(known),
    )


THREE: dict[int, int] = {1: 1, 2: 2, 3: 2, 4: 2, 5: 3, 6: 3, 7: 3}
"""From the seven levels of the density grid to its three: dense, intermediate, rural (Insee)."""


def by_density_class(
    values: pd.Series,
    weights: pd.Series,
    classes: pd.Series,
    *,
    groups: Literal[3, 7] = 7,
    least_coverage: float = LEAST_COVERAGE,
) -> pd.DataFrame:
    """Weighted mean of any measure of the communes in each class of the density grid.

    Parameters
    ----------
    values
        By commune; missing is left out.
    weights
        The right weight of the measure: population for times and densities, standardised
        population for the APL.
    classes
        Level of the density grid, 1 to 7; a commune without one is in no class.
    groups
        Seven levels, or the three that Insee makes of them.
    least_coverage
        Share of weight that must be known for a class to get a value.

    Returns
    -------
    DataFrame
        Index class, every class present; ``value, weight`` (of all its communes)``, count``
        (communes)``, coverage_share``.

    Examples
    --------
    >>> values, people = pd.Series([4.0, 14.0, 22.0]), pd.Series([5200.0, 900.0, 310.0])
    >>> by_density_class(values, people, pd.Series([3, 6, 7]), groups=3)["value"].round(3).to_dict()
    {2: 4.0, 3: 16.05}
    """
    zones = classes.dropna().astype(int)
    if groups == 3:
        zones = zones.map(THREE)
    zones = zones.rename("density_class")
    mean = zone_mean(values, weights, zones, least_coverage=least_coverage)
    return pd.DataFrame(
        {
            "value": mean["value"],
            "weight": zone_sum(weights.reindex(zones.index), zones),
            "count": zones.value_counts().reindex(mean.index),
            "coverage_share": mean["coverage_share"],
        }
    )
