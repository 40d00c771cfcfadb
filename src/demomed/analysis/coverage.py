"""Who lives far from care: coverage gaps, under-served population, cumulated remoteness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from demomed.analysis.aggregate import LEAST_COVERAGE, zone_mean, zone_quantile, zone_sum
from demomed.core.faults import Fault, InputError

THRESHOLDS: tuple[float, ...] = (10, 15, 20, 30)
"""Minutes; a trip of exactly the threshold is within it."""

UNDERSERVED_APL = 2.5
"""Consultations per inhabitant per year at or below which a commune is under-served (DREES, Insee)."""


def _zones(index: pd.Index, zones: pd.Series | None) -> pd.Series:
    return pd.Series("ensemble", index=index, dtype="object") if zones is None else zones


def share_of_population(
    is_concerned: pd.Series,
    population: pd.Series,
    zones: pd.Series | None = None,
    *,
    least_coverage: float = LEAST_COVERAGE,
) -> pd.DataFrame:
    """Inhabitants of the communes that meet a condition, and their share.

    Parameters
    ----------
    is_concerned
        1, 0 or missing per commune.
    population
        Inhabitants per commune.
    zones
        Zone of each commune that counts; ``None`` for one group « ensemble ».
    least_coverage
        Share of population whose condition must be known for the zone to get a value.

    Returns
    -------
    DataFrame
        ``value, numerator, denominator, coverage_share``; the denominator is the population of
        the communes whose condition is known.

    Examples
    --------
    >>> met = pd.Series({"a": 1.0, "b": 0.0}); people = pd.Series({"a": 300, "b": 100})
    >>> share_of_population(met, people).loc["ensemble"].tolist()
    [0.75, 300.0, 400.0, 1.0]
    """
    return zone_mean(
        is_concerned, population, _zones(population.index, zones), least_coverage=least_coverage
    )


def beyond(minutes: pd.Series, threshold: float) -> pd.Series:
    """1 where the trip is longer than the threshold, 0 where it is within, missing if unknown."""
    return (minutes > threshold).astype(float).where(minutes.notna())


def coverage_gap(
    minutes: pd.Series,
    population: pd.Series,
    *,
    thresholds: Sequence[float] = THRESHOLDS,
    zones: pd.Series | None = None,
    least_coverage: float = LEAST_COVERAGE,
) -> pd.DataFrame:
    """Population and share further than some minutes from the nearest site.

    Parameters
    ----------
    minutes
        Time to the nearest site per commune; infinite = out of reach, missing = unknown.
    population
        Inhabitants per commune.
    thresholds
        Minutes, inclusive: exactly 15 minutes is within 15 minutes.
    zones
        Zone of each commune that counts; ``None`` for one group « ensemble ».
    least_coverage
        Share of population with a known time under which a zone is missing.

    Returns
    -------
    DataFrame
        One row per zone: ``beyond_<t>_count, beyond_<t>_share`` for each threshold, ``mean_min,
        median_min, p90_min`` (weighted by population), ``max_min`` (worst inhabited commune),
        ``coverage_share``. Given the level of the density grid as zones, the same table tells
        town from country.

    Examples
    --------
    >>> minutes = pd.Series([4, 14, 22, 11.0]); people = pd.Series([5200, 900, 310, 1450])
    >>> gap = coverage_gap(minutes, people, thresholds=(10, 15)).loc["ensemble"]
    >>> gap["beyond_10_count"], gap["beyond_10_share"].round(6), gap["mean_min"].round(6)
    (np.float64(2660.0), np.float64(0.338422), np.float64(7.14631))
    """
    places = _zones(population.index, zones)
    mean = zone_mean(minutes, population, places, least_coverage=least_coverage)
    parts: dict[str, pd.Series] = {}
    for threshold in thresholds:
        part = share_of_population(
            beyond(minutes, threshold), population, places, least_coverage=least_coverage
        )
        parts[f"beyond_{threshold:g}_count"] = part["numerator"]
        parts[f"beyond_{threshold:g}_share"] = part["value"]
    enough = mean["denominator"].notna()
    parts["mean_min"] = mean["value"]
    for name, q in (("median_min", 0.5), ("p90_min", 0.9)):
        parts[name] = zone_quantile(minutes, population, places, q).where(enough)
    lived_in = minutes.where(population.reindex(minutes.index) > 0).reindex(places.index)
    parts["max_min"] = lived_in.groupby(places.to_numpy()).max().reindex(mean.index).where(enough)
    parts["coverage_share"] = mean["coverage_share"]
    return pd.DataFrame(parts)


def underserved(
    apl: pd.Series,
    population: pd.Series,
    *,
    threshold: float = UNDERSERVED_APL,
    inclusive: bool = True,
    zones: pd.Series | None = None,
    least_coverage: float = LEAST_COVERAGE,
) -> pd.DataFrame:
    """Population living in an under-served commune, and its share.

    Under-served means an accessibility of at most 2.5 consultations per inhabitant per year
    (Insee: « inférieure ou égale à 2,5 »); ``inclusive=False`` follows « moins de 2,5 » (DREES).

    Parameters
    ----------
    apl
        Local potential accessibility per commune; missing is left out of both sides.
    population
        Inhabitants per commune.
    threshold, inclusive
        The mark, and whether it belongs to the under-served side.
    zones, least_coverage
        As in :func:`coverage_gap`.

    Returns
    -------
    DataFrame
        As in :func:`share_of_population`.

    Examples
    --------
    >>> apl = pd.Series([3.10, 1.80, None, 2.40]); people = pd.Series([5200, 900, 310, 1450])
    >>> underserved(apl, people)["value"].round(6).tolist()
    [0.311258]
    """
    low = apl <= threshold if inclusive else apl < threshold
    return share_of_population(
        low.astype(float).where(apl.notna()), population, zones, least_coverage=least_coverage
    )


def gates_beyond(
    minutes: pd.DataFrame,
    population: pd.Series,
    thresholds: Mapping[str, float],
    *,
    zones: pd.Series | None = None,
) -> pd.DataFrame:
    """Population by number of gates of care beyond their threshold.

    Cumulated difficulty in the manner of the DREES (general practitioner, pharmacy, emergency).

    Parameters
    ----------
    minutes
        One column per gate, index commune.
    population
        Inhabitants per commune.
    thresholds
        Minutes of each gate, inclusive.
    zones
        Zone of each commune that counts; ``None`` for one group « ensemble ».

    Returns
    -------
    DataFrame
        One row per zone; columns 0, 1, … number of gates: inhabitants with exactly that many
        gates beyond, and ``unknown``: inhabitants of communes with a missing time. Rows add up to
        the population.

    Examples
    --------
    >>> minutes = pd.DataFrame({"gp": [4.0, 16.0], "pharmacy": [4.0, 18.0]})
    >>> gates_beyond(minutes, pd.Series([300, 100]), {"gp": 15, "pharmacy": 15}).loc["ensemble"].tolist()
    [300.0, 0.0, 100.0, 0.0]
    """
    absent = sorted(set(thresholds) - set(minutes.columns))
    if absent:
        raise InputError(
            Fault(
                "cumul",
                f"temps absents pour {', '.join(absent)}",
                "une colonne par service",
                "les calculer",
            )
        )
    places = _zones(population.index, zones)
    number = gate_count(minutes, thresholds)
    columns: dict[object, pd.Series] = {
        k: zone_sum(population.where(number == k, 0), places) for k in range(len(thresholds) + 1)
    }
    columns["unknown"] = zone_sum(population.where(number.isna(), 0), places)
    return pd.DataFrame(columns)


def gate_count(minutes: pd.DataFrame, thresholds: Mapping[str, float]) -> pd.Series:
    """Number of gates beyond their threshold per commune; missing if a time is missing."""
    over = np.column_stack([beyond(minutes[gate], limit) for gate, limit in thresholds.items()])
    return pd.Series(over.sum(axis=1), index=minutes.index)
