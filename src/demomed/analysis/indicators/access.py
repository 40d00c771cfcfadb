"""Declared indicators of distance to care: minutes, people beyond, cumulated remoteness."""

from __future__ import annotations

from functools import partial

import pandas as pd

from demomed.analysis.aggregate import zone_mean, zone_sum
from demomed.analysis.coverage import beyond, gate_count, share_of_population
from demomed.analysis.indicators.emergency import EMERGENCY, emergency_sources
from demomed.analysis.indicators.inputs import (
    demand,
    origin_of_counts,
    place_times,
    population,
    told_times,
)
from demomed.analysis.travel import TravelModel
from demomed.core.indicator import Measure, indicator
from demomed.core.territory import Territory

GATES = ("gp", "msp", "pharmacy", "emergency")
CUMULATED: dict[str, float] = {"gp": 15.0, "pharmacy": 15.0, "emergency": 30.0}
"""Gates of the cumulated remoteness and their minutes (30 is the usual national mark of emergency)."""

SOURCES = (
    "insee_bpe",
    "insee_populations",
    "ign_chefs_lieux",
    "insee_populations_history",
    "insee_density_grid",
)
_MODEL = TravelModel()


def _number(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def _percent(share: float) -> str:
    return _number(round(100 * share)) + "\u202f%"


ESTIMATED = (
    "Temps estimé à vol d’oiseau, de chef-lieu à chef-lieu (ceux des anciennes communes, au"
    " prorata de leur dernière population connue)\u202f: distance majorée de"
    f" {_percent(_MODEL.circuity - 1)} pour les détours, parcourue à"
    f" {_number(_MODEL.speed_kmh[1])} km/h dans les centres urbains (niveaux 1 et 2 de la grille de"
    f" densité) et {_number(_MODEL.default_kmh)} km/h ailleurs, puis"
    f" {_number(_MODEL.main_road_kmh)} km/h au-delà de {_number(_MODEL.local_km)} km de route\u202f;"
    f" {_number(_MODEL.least_minutes)} minutes au moins. Dans sa propre commune, le trajet est celui"
    " des deux tiers du rayon d’un disque de même surface. Les vitesses sont ajustées sur l’APL"
    " officielle, dont ces temps ne sont donc pas indépendants. La fourchette est une convention"
    f"\u202f: temps minorés ou majorés de {_percent(_MODEL.margin)}. Les sites des départements"
    " voisins comptent."
)
_GAPS = (
    " Le trajet dans sa propre commune est au moins celui des deux tiers du rayon d’un disque de même"
    " surface\u202f; les lieux et les trajets que la table ne donne pas ont un temps estimé à vol d’oiseau."
    " Aucune fourchette\u202f: l’erreur de ces temps n’est pas connue. Les sites des départements voisins"
    " comptent."
)
PROVIDED = "Temps d’une table fournie par la mission, entre communes ou anciennes communes." + _GAPS
ROUTED = (
    "Temps calculé sur le réseau routier d’OpenStreetMap, hors encombrements, avec des vitesses"
    " conventionnelles par type de route." + _GAPS
)


def _variants(**words: str) -> dict[str, dict[str, str]]:
    """The same indicator on times that are not estimated: other words, and another reserve."""
    return {
        "provided": {**words, "caveat": PROVIDED},
        "routed": {**words, "caveat": ROUTED},
    }


@indicator(
    label="Temps d’accès estimé : {profession}",
    short_label="Temps d’accès",
    unit="min",
    kind="time",
    favourable="low",
    theme="acces",
    description="Temps moyen, pondéré par la population, entre la commune de résidence et le site le plus proche.",
    caveat=ESTIMATED,
    numerator="minutes × habitants",
    denominator="habitants",
    sources=SOURCES,
    nature="estimated",
    variants=_variants(label="Temps d’accès : {profession}"),
    professions=GATES,
    breaks=(5.0, 10.0, 15.0, 20.0, 30.0),
)
def minutes_nearest(territory: Territory, zones: pd.Series, profession: str | None) -> pd.DataFrame:
    """Mean of the minutes to the nearest site, weighted by the population."""
    gate = profession or "gp"
    found, people, zones = _demand(territory, gate, zones)
    table = zone_mean(found["minutes"], people, zones).drop(columns="coverage_share")
    for bound in ("low", "high"):
        table[bound] = zone_mean(found[bound], people, zones)["value"]
    return table.assign(**_told(territory, gate))


def _demand(
    territory: Territory, gate: str, zones: pd.Series
) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Times, inhabitants and zone of each place of demand."""
    points = demand(territory)
    return place_times(territory, gate), points["population"], _zones(points, zones)


def _zones(points: pd.DataFrame, zones: pd.Series) -> pd.Series:
    return points["home"].map(zones).dropna().rename(zones.name)


def _told(territory: Territory, gate: str) -> dict[str, str]:
    """Nature of the times, and the sources of the figure."""
    return told_times(territory, _sources(territory, gate).split(";"))


def _sources(territory: Territory, gate: str) -> str:
    own = origin_of_counts(territory, gate).get("sources")
    official = emergency_sources(territory.communes) if gate == EMERGENCY else ()
    return ";".join(dict.fromkeys([*(own.split(";") if own else ()), *official, *SOURCES]))


def _beyond(
    territory: Territory, zones: pd.Series, profession: str | None, *, limit: float
) -> pd.DataFrame:
    gate = profession or "gp"
    found, people, zones = _demand(territory, gate, zones)
    table = share_of_population(beyond(found["minutes"], limit), people, zones)
    for bound in ("low", "high"):
        table[bound] = share_of_population(beyond(found[bound], limit), people, zones)["value"]
    return table.drop(columns="coverage_share").assign(**_told(territory, gate))


def _named(measure: Measure, name: str) -> Measure:
    measure.__name__ = name  # type: ignore[attr-defined]
    measure.__module__ = __name__
    return measure


for _limit in (10, 15, 20, 30):
    indicator(
        label=f"Habitants à plus de {_limit} min : {{profession}}",
        short_label=f"Plus de {_limit} min",
        unit="%",
        kind="ratio",
        favourable="low",
        theme="acces",
        description=f"Part des habitants dont la commune est à plus de {_limit} minutes du site le plus proche.",
        caveat=ESTIMATED,
        numerator=f"habitants à plus de {_limit} minutes",
        denominator="habitants",
        sources=SOURCES,
        nature="estimated",
        variants=_variants(),
        scale=100.0,
        professions=GATES,
        levels=("epci", "departement"),
    )(_named(partial(_beyond, limit=float(_limit)), f"beyond_{_limit}"))


@indicator(
    label="Nombre d’habitants à plus de 15 min : {profession}",
    short_label="Habitants à plus de 15 min",
    unit="habitants",
    kind="count",
    favourable="low",
    theme="acces",
    description="Nombre d’habitants dont la commune est à plus de 15 minutes du site le plus proche.",
    caveat=ESTIMATED,
    numerator="habitants à plus de 15 minutes",
    denominator="habitants",
    sources=SOURCES,
    nature="estimated",
    variants=_variants(),
    professions=GATES,
)
def inhabitants_beyond_15(
    territory: Territory, zones: pd.Series, profession: str | None
) -> pd.DataFrame:
    """Inhabitants of the communes more than 15 minutes from the nearest site."""
    gate = profession or "gp"
    found, people, zones = _demand(territory, gate, zones)

    def concerned(column: str) -> pd.Series:
        return zone_sum(people * beyond(found[column], 15.0), zones)

    number = concerned("minutes")
    return pd.DataFrame(
        {
            "value": number,
            "low": concerned("low"),
            "high": concerned("high"),
            "numerator": number,
            "denominator": zone_sum(people, zones),
            **_told(territory, gate),
        }
    )


@indicator(
    label="Éloignements cumulés : généraliste, pharmacie, urgences",
    short_label="Éloignements cumulés",
    unit="%",
    kind="ratio",
    favourable="low",
    theme="acces",
    description="Part des habitants dont la commune cumule au moins deux éloignements parmi trois : plus de 15 minutes d’un généraliste, plus de 15 minutes d’une pharmacie, plus de 30 minutes d’un service d’urgences.",
    caveat=ESTIMATED,
    numerator="habitants qui cumulent au moins deux éloignements",
    denominator="habitants",
    sources=SOURCES,
    nature="estimated",
    variants=_variants(),
    scale=100.0,
    levels=("epci", "departement"),
)
def cumulated_remoteness(
    territory: Territory, zones: pd.Series, profession: str | None
) -> pd.DataFrame:
    """Share of the population with two gates of care or more beyond their threshold."""

    points = demand(territory)
    found = {gate: place_times(territory, gate) for gate in CUMULATED}
    held = _zones(points, zones)

    def cumulated(column: str) -> pd.DataFrame:
        number = gate_count(pd.DataFrame({g: f[column] for g, f in found.items()}), CUMULATED)
        several = (number >= 2).astype(float).where(number.notna())
        return share_of_population(several, points["population"], held)

    table = cumulated("minutes").drop(columns="coverage_share")
    return table.assign(
        low=cumulated("low")["value"],
        high=cumulated("high")["value"],
        **_told(territory, EMERGENCY),
    )


@indicator(
    label="Distance routière au service d’urgences",
    short_label="Urgences, par la route",
    unit="km",
    kind="time",
    favourable="low",
    theme="acces",
    description="Distance moyenne par la route, pondérée par la population, entre la commune de résidence et la structure d’urgences la plus proche.",
    caveat="Distances de commune à commune, en kilomètres entiers ; une commune qui a un service est à 0 km. Le producteur ne précise pas l’unité dans son export.",
    numerator="kilomètres × habitants",
    denominator="habitants",
    sources=("cartosante_emergency", "insee_populations"),
    nature="official",
    breaks=(10.0, 20.0, 30.0, 40.0),
)
def emergency_km(territory: Territory, zones: pd.Series, profession: str | None) -> pd.DataFrame:
    """Mean of the road distances published by commune, weighted by the population."""
    km = territory.communes["emergency_km"].astype(float)
    return zone_mean(km, population(territory), zones).drop(columns="coverage_share")
