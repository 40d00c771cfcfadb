"""Where a department stands among all: rank with ties, direction and the play of chance."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

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


PER = 1e5
ROUNDED = 0.05
"""Half of the last digit that the densities are published with."""


def shared_population(
    counts: pd.DataFrame, densities: pd.DataFrame, label: str, *, whole: Hashable
) -> pd.Series:
    """Population of each area, as implied by every label of the same denominator.

    A density of zero implies no population; another profession of the same area does, if the
    source takes the same denominator for it (all inhabitants, women, children). Two labels have
    the same when the populations that they imply for the whole agree within the rounding of the
    densities.

    Parameters
    ----------
    counts, densities
        Professionals, and professionals per 100 000; index area, one column per label.
    label
        The column whose population is wanted.
    whole
        The area where denominators are compared, the largest.

    Returns
    -------
    Series
        Persons, index of ``counts``: from the label of most professionals in the area, which
        rounding moves least; missing where no label of the same denominator has any.

    Examples
    --------
    >>> counts = pd.DataFrame({"a": [0.0, 500.0], "b": [40.0, 9000.0], "c": [30.0, 800.0]},
    ...                       index=["01", "F"])
    >>> densities = pd.DataFrame({"a": [0.0, 5.0], "b": [80.0, 90.0], "c": [90.0, 40.0]},
    ...                          index=["01", "F"])
    >>> shared_population(counts, densities, "a", whole="F").tolist()
    [50000.0, 10000000.0]
    """
    people, rate = counts.loc[whole], densities.loc[whole]
    least, most = people / (rate + ROUNDED), people / (rate - ROUNDED)
    same = (least <= most[label]) & (most >= least[label]) & (rate > ROUNDED)
    shared = counts.loc[:, same].where(counts.loc[:, same] > 0)
    implied = shared / densities.loc[:, same] * PER
    return implied.where(shared.eq(shared.max(axis=1), axis=0)).bfill(axis=1).iloc[:, 0]


def with_rates(
    counts: pd.Series,
    densities: pd.Series,
    *,
    population: pd.Series | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Published densities with the interval of their counts.

    The population is not published with the counts: it is the one that the density implies, so
    the interval is that of the count (Byar from 10, exact under) times density over count.

    Parameters
    ----------
    counts
        Professionals.
    densities
        Professionals per 100 000 of the population that the source takes.
    population
        Persons, from :func:`shared_population`: what the count is divided by where it is zero.
    level
        Confidence.

    Returns
    -------
    DataFrame
        ``count, density, low, high``, index of ``counts``. Zero professionals are not a density
        of exactly zero: ``low`` is 0 and ``high`` the limit of the count (3.689 at 95 %) over the
        population; missing where the population is not known.

    Examples
    --------
    >>> with_rates(pd.Series([20.0]), pd.Series([10.0])).round(2).iloc[0].tolist()
    [20.0, 10.0, 6.11, 15.44]
    >>> with_rates(pd.Series([0.0]), pd.Series([0.0]), population=pd.Series([5e4])).round(2).iloc[
    ...     0].tolist()
    [0.0, 0.0, 0.0, 7.38]
    """
    few = count_interval(counts, method="exact", level=level)
    many = count_interval(counts, method="byar", level=level)
    chosen = many.where(counts >= 10, few)
    scale = (densities / counts).where(counts > 0)
    if population is not None:
        scale = scale.where(counts != 0, PER / population)
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
        Index department; ``density, low, high``. An interval that is not known tells a department
        from no other.
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
    low, high = others["low"].astype(float), others["high"].astype(float)
    above, below = low > float(mine["high"]), high < float(mine["low"])
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
