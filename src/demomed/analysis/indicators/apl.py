"""Declared indicators of the official accessibility (APL) and of the under-served population."""

from __future__ import annotations

import pandas as pd

from demomed.analysis.aggregate import zone_mean
from demomed.analysis.coverage import UNDERSERVED_APL
from demomed.analysis.coverage import underserved as underserved_table
from demomed.analysis.indicators.inputs import apl as apl_table
from demomed.analysis.indicators.inputs import population
from demomed.core.indicator import indicator
from demomed.core.territory import Territory


def _weighted(territory: Territory, zones: pd.Series, service: str) -> pd.DataFrame:
    """Mean of the APL, weighted by the standardised population."""
    table = apl_table(territory, service)
    mean = zone_mean(
        table["apl"], table["standardised_population"], zones, coverage_by=population(territory)
    )
    return mean.drop(columns="coverage_share")


@indicator(
    label="Accessibilité aux {profession} (APL)",
    short_label="Accessibilité",
    unit="consultations par an et par habitant",
    kind="ratio",
    favourable="high",
    theme="acces",
    description="Offre de médecine générale accessible, en consultations par an et par habitant standardisé, compte tenu des médecins à moins de vingt minutes et des autres habitants qui les consultent.",
    caveat="Accessibilité potentielle localisée (APL) publiée par commune ; elle tient compte de l’âge des habitants. Les millésimes d’avant 2022 ne se comparent pas à celui-ci. Un territoire est la moyenne de ses communes, pondérée par la population standardisée.",
    numerator="consultations accessibles dans l’année",
    denominator="habitants standardisés par l’âge",
    sources=("drees_apl_gp",),
    nature="official",
    dated_by="apl",
    decimals=1,
    professions=("gp",),
    breaks=(1.5, 2.0, 2.5, 3.2, 4.0),
)
def apl(territory: Territory, zones: pd.Series, profession: str | None) -> pd.DataFrame:
    """Official accessibility to general practitioners."""
    return _weighted(territory, zones, profession or "gp")


@indicator(
    label="Accessibilité aux {profession} (APL)",
    short_label="Accessibilité",
    unit="équivalents temps plein pour 100 000 habitants",
    kind="ratio",
    favourable="high",
    theme="acces",
    description="Infirmiers, en équivalents temps plein pour 100 000 habitants, compte tenu de ceux qui exercent alentour et des autres habitants qu’ils soignent.",
    caveat="Accessibilité potentielle localisée (APL) publiée par commune pour les seuls infirmiers de 65 ans ou moins ; elle tient compte de l’âge des habitants. Un territoire est la moyenne de ses communes, pondérée par la population standardisée.",
    numerator="équivalents temps plein accessibles",
    denominator="habitants standardisés par l’âge",
    sources=("drees_apl_nurse",),
    nature="official",
    dated_by="apl",
    professions=("nurse",),
)
def apl_etp(territory: Territory, zones: pd.Series, profession: str | None) -> pd.DataFrame:
    """Official accessibility to nurses, in full-time equivalents."""
    return _weighted(territory, zones, profession or "nurse")


def _underserved(
    territory: Territory, zones: pd.Series, service: str, age_limit: str
) -> pd.DataFrame:
    table = underserved_table(
        apl_table(territory, service, age_limit)["apl"],
        population(territory),
        threshold=UNDERSERVED_APL,
        zones=zones,
    )
    return table.drop(columns="coverage_share")


@indicator(
    label="Habitants des communes sous-dotées en généralistes",
    short_label="Communes sous-dotées",
    unit="%",
    kind="ratio",
    favourable="low",
    theme="acces",
    description="Part des habitants dont la commune offre au plus 2,5 consultations de généraliste par an et par habitant.",
    caveat="Le seuil de 2,5, inclus, est celui des études nationales. Le zonage légal se décide sur d’autres territoires et avec les seuls médecins de 65 ans ou moins : les deux ne se confondent pas.",
    numerator="habitants des communes sous-dotées",
    denominator="habitants",
    sources=("drees_apl_gp", "insee_populations"),
    nature="official",
    scale=100.0,
    professions=("gp",),
    levels=("epci", "departement"),
)
def underserved_share(
    territory: Territory, zones: pd.Series, profession: str | None
) -> pd.DataFrame:
    """Share of the population at or below 2.5 consultations, all doctors counted."""
    return _underserved(territory, zones, profession or "gp", "all")


@indicator(
    label="Habitants des communes sous-dotées sans les généralistes de plus de 65 ans",
    short_label="Sous-dotées, 65 ans ou moins",
    unit="%",
    kind="ratio",
    favourable="low",
    theme="acces",
    description="Part des habitants dont la commune offrirait au plus 2,5 consultations de généraliste par an et par habitant si les médecins de plus de 65 ans n’étaient pas comptés.",
    caveat="Le seuil de 2,5 est inclus. L’écart avec la même part, tous médecins comptés, dit ce qui repose sur les médecins de plus de 65 ans.",
    numerator="habitants des communes sous-dotées sans les plus de 65 ans",
    denominator="habitants",
    sources=("drees_apl_gp", "insee_populations"),
    nature="official",
    scale=100.0,
    professions=("gp",),
    levels=("epci", "departement"),
)
def underserved_share_65(
    territory: Territory, zones: pd.Series, profession: str | None
) -> pd.DataFrame:
    """Share of the population at or below 2.5 consultations without doctors over 65."""
    return _underserved(territory, zones, profession or "gp", "65")
