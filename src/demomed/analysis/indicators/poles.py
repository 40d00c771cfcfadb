"""Declared indicators of « pôles de santé de proximité »: three kinds of care in one commune."""

from __future__ import annotations

import pandas as pd

from demomed.analysis.coverage import beyond, share_of_population
from demomed.analysis.indicators.inputs import counts, population
from demomed.analysis.travel import nearest_km
from demomed.core.indicator import indicator
from demomed.core.territory import Territory

TOGETHER = ("gp", "nurse", "pharmacy")
"""What a commune must have, at least one of each."""
WITHIN_KM, MARGIN_KM = 10.0, 2.0


def has_pole(counts_by_commune: pd.DataFrame) -> pd.Series:
    """Communes with at least one of each service.

    Parameters
    ----------
    counts_by_commune
        One column per service, index commune.

    Returns
    -------
    Series
        1, 0, or missing where a count is missing and no other is zero.

    Examples
    --------
    >>> has_pole(pd.DataFrame({"gp": [2, 1, 0, 1], "pharmacy": [1, 0, None, None]})).tolist()
    [1.0, 0.0, 0.0, nan]
    """
    least = counts_by_commune.min(axis=1, skipna=True)
    known = counts_by_commune.notna().all(axis=1) | (least <= 0)
    return (least >= 1).astype(float).where(known)


def pole_km(territory: Territory) -> pd.Series:
    """Kilometres as the crow flies from each commune held to the nearest pôle, 0 in its own.

    Missing everywhere when no commune held has one.
    """
    found = has_pole(pd.DataFrame({s: counts(territory, s) for s in TOGETHER}))
    places = territory.communes.loc[found == 1, ["lon", "lat"]]
    if places.empty:
        return pd.Series(float("nan"), index=territory.communes.index)
    km, _ = nearest_km(pd.DataFrame(territory.communes), places.reset_index())
    return km.where(found != 1, 0.0)


@indicator(
    label="Habitants à 10 km au plus d’un pôle de santé de proximité",
    short_label="Pôle de santé à 10 km",
    unit="%",
    kind="ratio",
    favourable="high",
    theme="acces",
    description="Part des habitants dont la commune est à 10 km au plus d’une commune qui réunit au moins un généraliste, un infirmier et une pharmacie.",
    caveat="Distance estimée à vol d’oiseau, de chef-lieu à chef-lieu\u202f; les communes des départements voisins comptent. La fourchette est celle des distances de 8 et de 12 km. Réunir trois soignants dans une commune ne dit pas qu’ils travaillent ensemble.",
    numerator="habitants à 10 km au plus d’un pôle",
    denominator="habitants",
    sources=("insee_bpe", "insee_populations", "ign_chefs_lieux"),
    nature="estimated",
    scale=100.0,
    levels=("epci", "departement"),
)
def pole_within_10km(
    territory: Territory, zones: pd.Series, profession: str | None
) -> pd.DataFrame:
    """Share of the population within ten kilometres of a commune with the three kinds of care."""
    km, people = pole_km(territory), population(territory)

    def within(limit: float) -> pd.DataFrame:
        return share_of_population(1 - beyond(km, limit), people, zones)

    return (
        within(WITHIN_KM)
        .drop(columns="coverage_share")
        .assign(
            low=within(WITHIN_KM - MARGIN_KM)["value"], high=within(WITHIN_KM + MARGIN_KM)["value"]
        )
    )
