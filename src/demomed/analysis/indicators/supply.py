"""Declared indicators of supply: how many professionals and structures, for how many people."""

from __future__ import annotations

import pandas as pd

from demomed.analysis.aggregate import zone_sum
from demomed.analysis.density import CountRule, density_table, head_count
from demomed.analysis.indicators.inputs import (
    is_registered,
    origin_of_counts,
    population,
    register_of,
    zone_counts,
)
from demomed.core.indicator import indicator
from demomed.core.territory import Territory

PROFESSIONS = (
    "gp",
    "nurse",
    "dentist",
    "physiotherapist",
    "midwife",
    "speech_therapist",
    "podiatrist",
)
STRUCTURES = ("pharmacy", "msp", "health_centre")
DENSITIES = (
    "gp",
    "nurse",
    "physiotherapist",
    "dentist",
    "midwife",
    "speech_therapist",
    "pharmacy",
    "podiatrist",
    "psychologist",
    "psychiatrist",
    "paediatrician",
    "gynaecologist",
    "ophthalmologist",
)
REGISTERED = ("gp", "nurse", "dentist", "physiotherapist", "midwife", "speech_therapist")


@indicator(
    label="Nombre de {profession}",
    short_label="Nombre",
    unit="",
    kind="count",
    favourable="high",
    theme="offre",
    description="Nombre de professionnels libéraux ou de structures qui exercent dans le territoire, comptés à leur lieu d’exercice.",
    caveat="Un professionnel qui exerce en plusieurs lieux est compté dans chacun : la somme dépasse le nombre de personnes. Une commune à 0 est un vrai zéro ; une commune rétablie depuis le millésime est comptée avec celle dont elle s’est séparée.",
    numerator="professionnels ou structures, par lieu d’exercice",
    denominator="",
    sources=("insee_bpe",),
    nature="official",
    dated_by="supply",
    professions=(*PROFESSIONS, *STRUCTURES),
)
def supply_count(territory: Territory, zones: pd.Series, profession: str | None) -> pd.DataFrame:
    """Sum of the official counts of the communes of each zone."""
    service = profession or "gp"
    total = zone_counts(territory, service, zones)
    table = pd.DataFrame({"value": total, "numerator": total})
    return table.assign(**origin_of_counts(territory, service))


@indicator(
    label="Densité : {profession} pour 100 000 habitants",
    short_label="Densité",
    unit="pour 100 000 habitants",
    kind="ratio",
    favourable="high",
    theme="offre",
    description="Professionnels libéraux (Base permanente des équipements) ou pharmacies, comptés à leur lieu d’exercice, rapportés à la population municipale et exprimés pour 100 000 habitants.",
    caveat="Le dénominateur est toute la population, y compris pour les sages-femmes : ces densités ne se comparent pas à celles calculées sur les seules femmes. Les fichiers employés n’isolent ni les médecins à expertise particulière ni les remplaçants. De 1 à 11 professionnels, la valeur est hachurée (coefficient de variation supérieur à 30 %).",
    numerator="professionnels, par lieu d’exercice",
    denominator="habitants (population municipale)",
    sources=("insee_bpe", "insee_populations"),
    nature="official",
    professions=DENSITIES,
)
def density(territory: Territory, zones: pd.Series, profession: str | None) -> pd.DataFrame:
    """Summed counts over summed population, with the interval of the count."""
    count = zone_counts(territory, profession or "gp", zones)
    return density_table(count, zone_sum(population(territory), zones))


def _registered(
    territory: Territory, service: str, zones: pd.Series, rule: CountRule = "main_site"
) -> pd.Series:
    """Count of the register; missing everywhere when the register is silent on the profession."""
    total = head_count(register_of(territory, service), service, rule, zones=zones)
    return total if is_registered(territory, service) else total * float("nan")


@indicator(
    label="Nombre de {profession} (registre)",
    short_label="Personnes",
    unit="",
    kind="count",
    favourable="high",
    theme="offre",
    description="Personnes inscrites au registre de la mission, chacune comptée une fois, à son lieu d’exercice principal.",
    caveat="Les remplaçants et les étudiants ne sont pas comptés. Les praticiens sans commune connue ne figurent dans aucun territoire. Hors du département, le registre ne compte que les personnes qu’il contient.",
    numerator="personnes, à leur lieu d’exercice principal",
    denominator="",
    sources=("register",),
    nature="register",
    professions=REGISTERED,
)
def register_count(territory: Territory, zones: pd.Series, profession: str | None) -> pd.DataFrame:
    """Head count by main site of the register."""
    total = _registered(territory, profession or "gp", zones)
    return pd.DataFrame({"value": total, "numerator": total})


@indicator(
    label="Densité : {profession} pour 100 000 habitants (registre)",
    short_label="Densité (registre)",
    unit="pour 100 000 habitants",
    kind="ratio",
    favourable="high",
    theme="offre",
    description="Personnes du registre de la mission, chacune comptée une fois à son lieu d’exercice principal, rapportées à la population municipale et exprimées pour 100 000 habitants.",
    caveat="Les remplaçants et les étudiants ne sont pas comptés. À ne pas comparer à la densité officielle, qui compte les lieux d’exercice et non les personnes.",
    numerator="personnes, à leur lieu d’exercice principal",
    denominator="habitants (population municipale)",
    sources=("register", "insee_populations"),
    nature="register",
    professions=REGISTERED,
)
def register_density(
    territory: Territory, zones: pd.Series, profession: str | None
) -> pd.DataFrame:
    """Persons of the register over the population, with the interval of the count."""
    total = _registered(territory, profession or "gp", zones)
    return density_table(total, zone_sum(population(territory), zones))


@indicator(
    label="Équivalents temps plein : {profession} (registre)",
    short_label="Temps plein",
    unit="équivalents temps plein",
    kind="count",
    favourable="high",
    theme="offre",
    description="Temps de travail des personnes du registre, réparti entre leurs lieux d’exercice.",
    caveat="Une personne dont l’activité n’est pas connue compte pour un temps plein ; quand la répartition entre ses lieux n’est pas connue, elle est partagée également.",
    numerator="équivalents temps plein",
    denominator="",
    sources=("register",),
    nature="register",
    decimals=1,
    professions=REGISTERED,
    public_levels=(),  # where there is one practitioner, it is that person's working time
)
def register_etp(territory: Territory, zones: pd.Series, profession: str | None) -> pd.DataFrame:
    """Full-time equivalents of the register, shared between sites."""
    total = _registered(territory, profession or "gp", zones, "etp")
    return pd.DataFrame({"value": total, "numerator": total})
