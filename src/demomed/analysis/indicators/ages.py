"""Declared indicators of age: the official signal below the department, then the register."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from demomed.analysis.ageing import age_share, typical_ages
from demomed.analysis.aggregate import zone_mean
from demomed.analysis.indicators.inputs import apl, is_registered, population, register_rows
from demomed.core.indicator import Measure, indicator
from demomed.core.territory import Territory

PROFESSIONS = ("gp", "nurse", "dentist", "physiotherapist")
FEWEST = 5
"""Persons of known age below which a share or a mean is « effectif trop faible »."""

REGISTER_CAVEAT = (
    "Les âges inconnus sont laissés de côté ; ils sont comptés à part. Les remplaçants et les"
    " étudiants ne sont pas comptés. Une part qui baisse peut accompagner une situation qui se"
    " dégrade : elle se lit avec le nombre de praticiens."
)


def reachable_share_over(
    everyone: pd.DataFrame, younger: pd.DataFrame, people: pd.Series, zones: pd.Series
) -> pd.DataFrame:
    """Share of the reachable supply that doctors over an age provide.

    ``1 − Σ(APL of the younger × P̃) / Σ(APL of all × P̃)``, P̃ the standardised population (DREES):
    the part of the consultations within reach of the inhabitants that would go with the older
    doctors.

    Parameters
    ----------
    everyone, younger
        ``apl, standardised_population`` per commune, for all doctors and for those up to the age.
    people
        Inhabitants, in which the coverage is measured.
    zones
        Zone of each commune that counts.

    Returns
    -------
    DataFrame
        ``value, numerator, denominator`` (consultations a year); missing where no consultation at
        all is within reach, or where less than 80 % of the inhabitants have an APL.
    """
    weight = everyone["standardised_population"]
    both = younger["apl"].notna()
    total = zone_mean(everyone["apl"].where(both), weight, zones, coverage_by=people)
    part = zone_mean(younger["apl"], weight, zones, coverage_by=people)
    older = total["numerator"] - part["numerator"]
    reached = total["numerator"].where(total["numerator"] > 0)
    return pd.DataFrame({"value": older / reached, "numerator": older, "denominator": reached})


def _reachable(
    territory: Territory, zones: pd.Series, profession: str | None, *, at: int
) -> pd.DataFrame:
    service = profession or "gp"
    everyone, younger = apl(territory, service), apl(territory, service, str(at))
    return reachable_share_over(everyone, younger, population(territory), zones)


def _named(measure: Measure, name: str) -> Measure:
    measure.__name__ = name  # type: ignore[attr-defined]
    measure.__module__ = __name__
    return measure


for _age in (60, 62, 65):
    indicator(
        label=f"Offre accessible assurée par des médecins de plus de {_age} ans",
        short_label=f"Plus de {_age} ans",
        unit="%",
        kind="ratio",
        favourable="low",
        theme="age",
        description=f"Part des consultations de médecine générale accessibles aux habitants qui sont assurées par des médecins de plus de {_age} ans.",
        caveat="Calculée à partir de l’accessibilité potentielle localisée (APL) publiée par commune pour tous les généralistes, puis pour les plus jeunes d’entre eux. C’est une part de l’offre à portée des habitants, y compris celle des communes voisines : ce n’est pas la part des médecins installés dans le territoire.",
        numerator=f"consultations accessibles assurées par des médecins de plus de {_age} ans",
        denominator="consultations accessibles",
        sources=("drees_apl_gp",),
        nature="derived",
        scale=100.0,
        professions=("gp",),
        # By commune it would bring the age of the few doctors within reach of it.
        public_levels=("epci", "departement"),
    )(_named(partial(_reachable, at=_age), f"reachable_share_over_{_age}"))


def _applicable(
    table: pd.DataFrame, territory: Territory, service: str, zones: pd.Series
) -> pd.DataFrame:
    """Every zone: « sans objet » without any practitioner, missing if the register is silent."""
    held = table.reindex(sorted(zones.unique()))
    nobody = held["known_count"].add(held["unknown_count"]).fillna(0) == 0
    empty = "not_applicable" if is_registered(territory, service) else "missing"
    status = np.where(nobody, empty, np.where(held["value"].isna(), "missing", "value"))
    return held.assign(status=status).drop(columns=["known_count", "unknown_count"])


def _age_share(
    territory: Territory, zones: pd.Series, profession: str | None, *, at: int, strict: bool
) -> pd.DataFrame:
    service = profession or "gp"
    rows = register_rows(territory, service)
    made = age_share(rows, at, strict=strict, by=rows["commune_code"].map(zones))
    columns = ["value", "low", "high", "numerator", "denominator", "unknown_count"]
    table = made[columns].assign(known_count=made["denominator"])
    return _applicable(table, territory, service, zones)


_SHARES: tuple[tuple[str, int, bool, str], ...] = (
    ("share_55_plus", 55, False, "55 ans ou plus"),
    ("share_over_55", 55, True, "plus de 55 ans"),
    ("share_60_plus", 60, False, "60 ans ou plus"),
    ("share_65_plus", 65, False, "65 ans ou plus"),
)
for _id, _at, _strict, _words in _SHARES:
    indicator(
        label=f"Part des {{profession}} de {_words}",
        short_label=_words[0].upper() + _words[1:],
        unit="%",
        kind="ratio",
        favourable="low",
        theme="age",
        description=f"Part des praticiens du registre qui ont {_words}, parmi ceux dont l’âge est connu.",
        caveat=REGISTER_CAVEAT,
        numerator=f"praticiens de {_words}",
        denominator="praticiens d’âge connu",
        sources=("register",),
        nature="register",
        scale=100.0,
        professions=PROFESSIONS,
        sensitive=True,
        minimum=FEWEST,
    )(_named(partial(_age_share, at=_at, strict=_strict), _id))


@indicator(
    label="Nombre de {profession} de 55 ans ou plus",
    short_label="55 ans ou plus",
    unit="",
    kind="count",
    favourable="low",
    theme="age",
    description="Nombre de praticiens du registre qui ont 55 ans ou plus.",
    caveat="Les praticiens d’âge inconnu ne sont pas comptés : c’est un minimum. Ce nombre se lit avec le nombre total de praticiens.",
    numerator="praticiens de 55 ans ou plus",
    denominator="praticiens d’âge connu",
    sources=("register",),
    nature="register",
    professions=PROFESSIONS,
    sensitive=True,
)
def practitioners_55_plus(
    territory: Territory, zones: pd.Series, profession: str | None
) -> pd.DataFrame:
    """Number of practitioners known to have reached 55; nobody at all is a true zero."""
    made = _age_share(territory, zones, profession, at=55, strict=False)
    nobody = made["status"] == "not_applicable"  # a true zero
    number = made["numerator"].where(made["denominator"] > 0).mask(nobody, 0.0)
    return pd.DataFrame(
        {"value": number, "numerator": number, "denominator": made["denominator"].mask(nobody, 0.0)}
    )


def _typical(
    territory: Territory, zones: pd.Series, profession: str | None, *, column: str
) -> pd.DataFrame:
    service = profession or "gp"
    rows = register_rows(territory, service)
    made = typical_ages(rows, by=rows["commune_code"].map(zones))
    mean = column == "mean_age"
    return _applicable(
        pd.DataFrame(
            {
                "value": made[column],
                "numerator": made[column] * made["known_count"] if mean else np.nan,
                "denominator": made["known_count"],
                "known_count": made["known_count"],
                "unknown_count": made["unknown_count"],
            }
        ),
        territory,
        service,
        zones,
    )


for _id, _words, _definition, _numerator in (
    (
        "mean_age",
        "moyen",
        "Somme des âges des praticiens du registre, divisée par leur nombre.",
        "somme des âges connus",
    ),
    ("median_age", "médian", "Âge qui partage les praticiens du registre en deux moitiés.", ""),
):
    indicator(
        label=f"Âge {_words} des {{profession}}",
        short_label=f"Âge {_words}",
        unit="ans",
        kind="ratio",
        favourable="low",
        theme="age",
        description=_definition,
        caveat=REGISTER_CAVEAT,
        numerator=_numerator,
        denominator="praticiens d’âge connu",
        sources=("register",),
        nature="register",
        professions=PROFESSIONS,
        sensitive=True,
        minimum=FEWEST,
        public_levels=("departement",),
    )(_named(partial(_typical, column=_id), _id))
