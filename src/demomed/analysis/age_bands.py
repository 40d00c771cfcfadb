"""A stock of practitioners by five-year bands, projected under named entry scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from demomed.analysis.projection import survival
from demomed.core.faults import Report

STEP = 5
"""Years of a cohort step."""
SCENARIOS: Mapping[str, str] = {
    "none": "sans nouvelle installation",
    "recent": "installations au rythme des dernières années",
    "target": "installations au rythme visé",
}
"""Entry scenarios, always named beside a projected figure."""


@dataclass(frozen=True)
class Cohorts:
    """A stock by five-year bands, projected.

    Parameters
    ----------
    stock
        Index = band, columns = years from now (0, 5, 10…).
    flows
        Index = end of each step: ``exits, entrants, replacement_rate`` (entrants / exits, missing
        without exits) and ``constant_stock_entrants`` (entrants that keep the stock = exits).
    summary
        Index = years from now: ``total``, ``share_55_plus``, ``share_60_plus`` and, with a
        population, ``density_per_100k``.
    scenario, label
        Entry scenario, and its French name with the horizon.
    notices
        French remarks.
    """

    stock: pd.DataFrame
    flows: pd.DataFrame
    summary: pd.DataFrame
    scenario: str
    label: str
    notices: tuple[str, ...] = ()


def project_cohorts(
    stock: pd.Series,
    stay: pd.Series,
    entrants: pd.Series,
    horizon: int = 10,
    *,
    scenario: str = "recent",
    population: Mapping[int, float] | None = None,
) -> Cohorts:
    """Project a stock by five-year bands (component method).

    N(k+1, t+5) = N(k, t)·stay(k) + entrants(k+1); the last band is open and keeps its own
    stayers; exits = Σ N·(1 − stay). By construction N(t+5) = N(t) − exits + entrants.

    Parameters
    ----------
    stock
        Practitioners now; index = lower age of each band, five years apart, last band open.
    stay
        Share of each band still practising five years later, 0–1, same index.
    entrants
        Arrivals per step, by the band they are in at its end, same index.
    horizon
        5, 10, 15… years; others are refused (use :func:`departures` for them).
    scenario
        Key of :data:`SCENARIOS`, or a French name of one's own; it is told with every figure.
    population
        Inhabitants by years from now; the last one given holds for later years, which is said.

    Returns
    -------
    Cohorts
        The share of 55+ may fall while the situation gets worse: never show it without the stock.

    Raises
    ------
    InputError
        Shares outside 0–1, negative counts, bands that do not match, horizon not served.

    Examples
    --------
    >>> bands = [30, 35, 40]
    >>> stock = pd.Series([10.0, 10, 10], index=bands)
    >>> stay = pd.Series([1.0, 0.9, 0.5], index=bands)
    >>> project_cohorts(stock, stay, stock * 0, 5, scenario="none").stock[5].tolist()
    [0.0, 10.0, 14.0]
    """
    _check_cohorts(stock, stay, entrants, horizon, scenario)
    bands = stock.index
    kept, arriving = stay.to_numpy(dtype=float), entrants.to_numpy(dtype=float)
    columns, flows = {0: stock.to_numpy(dtype=float)}, []
    for year in range(STEP, horizon + 1, STEP):
        before = columns[year - STEP]
        staying = before * kept
        after = np.concatenate([[0.0], staying[:-1]])
        after[-1] += staying[-1]
        columns[year] = after + arriving
        exits = float((before * (1 - kept)).sum())
        came = float(arriving.sum())
        flows.append(
            {
                "year": year,
                "exits": exits,
                "entrants": came,
                "replacement_rate": came / exits if exits > 0 else np.nan,
                "constant_stock_entrants": exits,
            }
        )
    table = pd.DataFrame(columns, index=bands)
    table.columns.name = "year"
    label = f"{SCENARIOS.get(scenario, scenario)}, horizon {horizon} ans"
    summary, notices = _summary(table, population)
    return Cohorts(table, pd.DataFrame(flows).set_index("year"), summary, scenario, label, notices)


def three_scenarios(
    stock: pd.Series,
    stay: pd.Series,
    *,
    recent: pd.Series,
    target: pd.Series,
    horizon: int = 10,
    population: Mapping[int, float] | None = None,
) -> dict[str, Cohorts]:
    """The same stock under the three entry scenarios: none, recent pace, target pace.

    Entrants are the weak part of a projection; one scenario alone is never shown.

    Parameters
    ----------
    stock, stay, horizon, population
        As in :func:`project_cohorts`.
    recent, target
        Entrants per step by band: mean of the last years, and what is aimed at.
    """
    pace = {"none": stock * 0.0, "recent": recent, "target": target}
    return {
        name: project_cohorts(stock, stay, entrants, horizon, scenario=name, population=population)
        for name, entrants in pace.items()
    }


def stay_from_hazard(bands: Sequence[int], hazard: pd.Series) -> pd.Series:
    """Five-year staying shares of age bands from yearly leaving probabilities.

    Parameters
    ----------
    bands
        Lower ages, five years apart; the last is open and counted as five years wide.
    hazard
        As in :func:`survival`.

    Returns
    -------
    Series
        Index ``bands``: mean of the survival over the five ages of each band.
    """
    ages = pd.Series([band + year for band in bands for year in range(STEP)], dtype=float)
    stay = survival(ages, STEP, hazard)
    return pd.Series(stay.to_numpy().reshape(-1, STEP).mean(axis=1), index=pd.Index(bands))


def _summary(
    table: pd.DataFrame, population: Mapping[int, float] | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    total = table.sum()
    safe = total.where(total > 0)
    summary = pd.DataFrame(
        {
            "total": total,
            "share_55_plus": table[table.index >= 55].sum() / safe,
            "share_60_plus": table[table.index >= 60].sum() / safe,
        }
    )
    summary.index.name = "year"
    notices: list[str] = []
    if population is not None:
        people = pd.Series(population, dtype=float).reindex(table.columns)
        if people.isna().any():
            held = people.last_valid_index()
            notices.append(
                "population non donnée à certains horizons : dernière valeur connue conservée "
                f"(année {held})"
            )
        summary["density_per_100k"] = total / people.ffill() * 100_000
    return summary, tuple(notices)


def _check_cohorts(
    stock: pd.Series, stay: pd.Series, entrants: pd.Series, horizon: int, scenario: str
) -> None:
    report = Report("projection par générations")
    bands = list(stock.index)
    if len(bands) < 2 or any(b - a != STEP for a, b in pairwise(bands)):
        report.fault(
            f"tranches d'âge {bands}", "des tranches de cinq ans, croissantes", "regrouper les âges"
        )
    for name, series in (("part qui reste", stay), ("arrivées", entrants)):
        if list(series.index) != bands:
            report.fault(f"{name} : autres tranches", "les tranches du stock", "aligner les tables")
    if not stay.between(0, 1).all():
        report.fault("part qui reste hors de 0–1", "une part entre 0 et 1", "corriger la table")
    for name, series in (("effectif", stock), ("arrivées", entrants)):
        if not (series >= 0).all():
            report.fault(f"{name} négatif ou manquant", "des nombres positifs", "corriger la table")
    if horizon <= 0 or horizon % STEP:
        report.fault(
            f"horizon de {horizon} ans",
            "un multiple de cinq ans",
            "choisir 5 ou 10 ans, ou la méthode par probabilités de départ",
        )
    if not scenario.strip():
        report.fault("scénario sans nom", "un nom de scénario", "nommer le scénario d'arrivées")
    report.raise_if_faulty()
