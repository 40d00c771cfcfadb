"""Declared indicator of access « de type APL », beside the official one and told apart from it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from demomed.analysis.aggregate import zone_mean
from demomed.analysis.apl_like import apl_like as apl_like_table
from demomed.analysis.indicators.inputs import population, told_times
from demomed.core.indicator import indicator
from demomed.core.territory import Territory

APL_LIKE = "apl_like"
TOLD = "is_told"
"""Column that says, where it is given, in which communes the value is told."""


def with_apl_like(territory: Territory) -> Territory:
    """The territory with its access « de type APL » worked out once for all levels.

    Only the official head counts are used, never the register: activities are facts about persons.
    What was worked out before, for a wider territory, is kept.
    """
    if APL_LIKE in territory.extra:
        return territory
    public = replace(territory, practitioners=territory.practitioners.iloc[:0])
    return replace(territory, extra={**territory.extra, APL_LIKE: apl_like_table(public)})


_SOURCES = (
    "insee_bpe",
    "cnam_professionals",
    "drees_apl_gp",
    "ign_chefs_lieux",
    "insee_populations_history",
    "insee_density_grid",
)
_NOT_THE_APL = (
    "Ce n’est pas l’APL\u202f: ni les temps de trajet, ni l’activité des médecins, ni les poids officiels ne sont publics."
    " Le calcul part des effectifs, d’une activité moyenne et de {times}, avec une décroissance calée sur l’APL de quinze"
    " départements. Il sert à simuler un changement\u202f; pour décrire, c’est l’APL publiée qui fait foi."
)
_SAYS = (
    "Notre calcul, dans l’esprit de l’APL\u202f: consultations de généraliste accessibles par an et par habitant"
    " standardisé, d’après les effectifs et des {times}."
)


def _words(short: str, long: str) -> dict[str, str]:
    return {"description": _SAYS.format(times=short), "caveat": _NOT_THE_APL.format(times=long)}


@indicator(
    label="Accessibilité aux {profession}, calcul de type APL",
    short_label="De type APL",
    unit="consultations par an et par habitant",
    kind="ratio",
    favourable="high",
    theme="acces",
    **_words("temps estimés", "temps estimés à vol d’oiseau"),
    variants={
        "provided": _words("temps fournis par la mission", "temps fournis par la mission"),
        "routed": _words("temps de route", "temps calculés sur le réseau d’OpenStreetMap"),
    },
    numerator="consultations accessibles dans l’année",
    denominator="habitants standardisés par l’âge",
    sources=_SOURCES,
    nature="estimated",
    decimals=1,
    professions=("gp",),
    breaks=(1.5, 2.0, 2.5, 3.2, 4.0),
)
def apl_like(territory: Territory, zones: pd.Series, profession: str | None) -> pd.DataFrame:
    """Access « de type APL », where the official one is published."""
    table = with_apl_like(territory).extra[APL_LIKE]
    mean = zone_mean(
        table["apl_like"].where(table[TOLD] if TOLD in table else table["apl"].notna()),
        table["standardised_population"],
        zones,
        coverage_by=population(territory),
    )
    return mean.drop(columns="coverage_share").assign(**told_times(territory, _SOURCES))
