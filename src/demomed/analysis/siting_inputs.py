"""What the choice of sites is given: checked whole, aligned, turned into arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from demomed.analysis.savings import Floats
from demomed.core.faults import Fault, InputError, Report, closest

Objective = Literal["p-median", "mclp", "p-center", "lscp"]
OBJECTIVES: dict[str, str] = {
    "p-median": "temps total de trajet (habitants × minutes)",
    "mclp": "habitants à portée",
    "p-center": "plus long trajet (minutes)",
    "lscp": "nombre de sites",
}
"""What each objective counts, in French."""
TRAVEL_COLUMNS = ("origin_code", "destination_code", "minutes")


@dataclass(frozen=True)
class Problem:
    """Aligned arrays: minutes demand × candidates, minutes to what exists, weights."""

    codes: pd.Index
    candidates: pd.Index
    existing: tuple[str, ...]
    minutes: Floats
    today: Floats
    nearest_today: np.ndarray
    weight: Floats
    limit_min: float | None
    notices: tuple[str, ...]


def read_problem(
    demand: pd.Series,
    candidates: Sequence[str] | pd.Index,
    travel: pd.DataFrame,
    p: int,
    objective: str,
    limit_min: float | None,
    existing: Sequence[str],
    weights: pd.Series | None,
) -> Problem:
    """Check and align what :func:`demomed.analysis.siting.best_sites` was given."""
    report = Report("choix de sites")
    if objective not in OBJECTIVES:
        report.fault(
            f"objectif « {objective} »", "un objectif connu", closest(objective, OBJECTIVES)
        )
    needs_limit = objective in ("mclp", "lscp")
    if needs_limit and not (limit_min is not None and limit_min >= 0):
        report.fault(
            f"limite de temps : {limit_min}",
            "un nombre de minutes",
            "donner « limit_min », par exemple 15",
        )
    matrix = travel_matrix(travel, report)
    weight = _weights(demand, weights, report)
    sites = pd.Index(sorted({str(code) for code in candidates} - {str(c) for c in existing}))
    open_codes = tuple(sorted({str(code) for code in existing}))
    _check_codes(report, matrix, weight.index, sites, open_codes)
    if objective != "lscp" and not 1 <= p <= len(sites):
        report.fault(
            f"{p} sites à choisir parmi {len(sites)} candidats (hors sites existants)",
            "un nombre de sites entre 1 et celui des candidats",
            "réduire p ou ajouter des candidats",
        )
    report.raise_if_faulty()
    notices = []
    if (weight == 0).any():
        notices.append(f"points sans habitant, laissés de côté : {int((weight == 0).sum())}")
    weight = weight[weight > 0].sort_index()
    minutes = matrix.reindex(index=weight.index, columns=sites).to_numpy(dtype=float)
    there = matrix.reindex(index=weight.index, columns=list(open_codes)).to_numpy(dtype=float)
    minutes = np.where(np.isnan(minutes), np.inf, minutes)
    there = np.where(np.isnan(there), np.inf, there)
    today = there.min(axis=1, initial=np.inf)
    nearest = np.full(len(weight), "", dtype=object)
    if open_codes:
        nearest = np.where(
            np.isfinite(today), np.array(open_codes, dtype=object)[there.argmin(axis=1)], ""
        )
    problem = Problem(
        weight.index,
        sites,
        open_codes,
        minutes,
        today,
        nearest,
        weight.to_numpy(),
        limit_min,
        tuple(notices),
    )
    if objective != "mclp":
        _check_reach(problem, limit_min if objective == "lscp" else None)
    return problem


def travel_matrix(travel: pd.DataFrame, report: Report) -> pd.DataFrame:
    """Minutes as a table demand × sites, from that table or a long one."""
    if set(TRAVEL_COLUMNS) <= set(travel.columns):
        twice = travel.duplicated(["origin_code", "destination_code"])
        if twice.any():
            row = travel.loc[twice].iloc[0]
            report.fault(
                f"trajet « {row['origin_code']} » → « {row['destination_code']} » donné deux fois",
                "un temps par couple",
                "garder le plus court",
            )
            travel = travel.loc[~twice]
        matrix = travel.pivot(index="origin_code", columns="destination_code", values="minutes")
    else:
        matrix = travel
    matrix = matrix.set_axis(matrix.index.astype(str)).set_axis(matrix.columns.astype(str), axis=1)
    negative = (matrix < 0).to_numpy().sum()
    if negative:
        report.fault(
            f"{negative} temps de trajet négatifs", "des minutes ≥ 0", "corriger les temps"
        )
    return matrix


def _weights(demand: pd.Series, weights: pd.Series | None, report: Report) -> pd.Series:
    weight = demand if weights is None else weights.reindex(demand.index)
    weight = pd.to_numeric(weight, errors="coerce").astype(float)
    weight.index = weight.index.astype(str)
    for bad, found, remedy in (
        (~np.isfinite(weight), "poids manquant", "compléter ou retirer ces points"),
        (weight < 0, "poids négatif", "corriger ces valeurs"),
    ):
        if bad.any():
            codes = ", ".join(weight.index[bad][:10])
            report.fault(f"{found} : {codes}", "un nombre d'habitants positif", remedy)
    if weight.index.has_duplicates:
        codes = ", ".join(sorted(set(weight.index[weight.index.duplicated()]))[:10])
        report.fault(f"points en double : {codes}", "une ligne par point", "additionner ces lignes")
    elif (weight == 0).all():
        report.fault("aucun habitant", "au moins un point habité", "vérifier la population")
    return weight


def _check_codes(
    report: Report,
    matrix: pd.DataFrame,
    demand: pd.Index,
    candidates: pd.Index,
    existing: tuple[str, ...],
) -> None:
    for label, codes, known in (
        ("points sans temps de trajet", demand, matrix.index),
        ("candidats absents des temps de trajet", candidates, matrix.columns),
        ("sites existants absents des temps de trajet", pd.Index(existing), matrix.columns),
    ):
        lost = codes.difference(known)
        if len(lost):
            more = f" et {len(lost) - 10} autres" if len(lost) > 10 else ""
            report.fault(
                f"{label} : {', '.join(lost[:10])}{more}",
                "les mêmes codes dans les deux tables",
                "compléter les temps de trajet",
            )


def _check_reach(problem: Problem, limit_min: float | None) -> None:
    best = np.minimum(problem.minutes.min(axis=1, initial=np.inf), problem.today)
    lost = ~np.isfinite(best) if limit_min is None else best > limit_min
    if lost.any():
        codes = ", ".join(problem.codes[lost])
        points = "1 point" if lost.sum() == 1 else f"{int(lost.sum())} points"
        within = "" if limit_min is None else f" en {limit_min:g} minutes".replace(".", ",")
        raise InputError(
            Fault(
                "choix de sites",
                f"{points} qu'aucun candidat n'atteint{within} : {codes}",
                "une solution qui serve tout le monde",
                "ajouter des candidats, allonger la limite, ou choisir l'objectif « mclp »",
            )
        )
