"""The gate: nothing about a person leaves it, and no calculation brings it back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from demomed.core.faults import Fault, InputError
from demomed.core.indicator import COLUMNS, Indicators, PublicIndicators, get_indicator

THRESHOLD = 5
"""Smallest number of persons behind a published fact about persons; never lower."""

EMPTIED: tuple[str, ...] = ("value", "low", "high", "numerator", "denominator")
"""Columns a masked row leaves empty."""


def protect(
    indicators: Indicators,
    *,
    hierarchy: Mapping[str, pd.Series] | None = None,
    threshold: int = THRESHOLD,
    previous: PublicIndicators | None = None,
    internal: bool = False,
) -> PublicIndicators:
    """Hide what would tell the age of a person."""
    if threshold < THRESHOLD:
        raise InputError(
            Fault(
                "seuil de secret",
                f"{threshold}",
                f"un seuil d'au moins {THRESHOLD} personnes",
                f"laisser {THRESHOLD}, ou donner 10 ou 11 si l'organisme l'exige",
            )
        )
    table = indicators.table.assign(coarse="")
    if not internal:
        table = _mask(table, _primary(table, threshold))
    return PublicIndicators(table[[*COLUMNS, "coarse"]], threshold=threshold, internal=internal)


def _primary(table: pd.DataFrame, threshold: int) -> pd.Series:
    """Rows that say something on fewer than ``threshold`` persons."""
    sensitive = table["indicator"].map(lambda id_: get_indicator(id_).sensitive).astype(bool)
    told = table["value"].notna()
    base = pd.to_numeric(table["denominator"]).astype(float)
    part = pd.to_numeric(table["numerator"]).astype(float)
    rest = base - part
    small = ~(base >= threshold)
    counts = np.isfinite(part) & (part >= 0) & (rest >= 0)
    small |= counts & ((part < threshold) | (rest < threshold))
    return sensitive & told & small


def _mask(table: pd.DataFrame, hidden: pd.Series) -> pd.DataFrame:
    masked = table.copy()
    masked.loc[hidden, list(EMPTIED)] = np.nan
    masked.loc[hidden, "status"] = "masked"
    return masked
