"""What a choice of sites serves: assignment, table of the sites, figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from demomed.analysis.choice import Choice
from demomed.analysis.covering import Cover, Floats, Ints
from demomed.analysis.siting_inputs import OBJECTIVES, Objective, Problem
from demomed.core.faults import Fault, InputError


@dataclass(frozen=True)
class Siting:
    """Chosen sites, what they bring, and what is proven.

    Parameters
    ----------
    objective, limit_min
        What was sought, and the time limit in minutes if there is one.
    sites
        New sites, in code order.
    existing
        Sites that are there already.
    value
        Objective with the new sites: inhabitants × minutes, inhabitants covered, minutes of the
        longest trip, or number of new sites.
    before
        Objective without them; missing when nobody is served without them.
    gain
        Improvement from ``before`` to ``value``, always positive; missing with ``before``.
    gap
        Relative distance to the best that is still possible; 0 = proven optimal.
    is_optimal
        Whether the optimum is proven.
    ties
        ``"code"``: the first optimal set in code order, proven; ``"exchange"``: no exchange of one
        site leads to an equal set earlier in code order.
    assignment
        Index ``demand_code``: ``weight, site_code, minutes, minutes_before``.
    table
        Index ``site_code`` (new sites): ``served`` inhabitants nearest to it, ``reached`` within
        the limit, ``gained`` improvement lost if this site alone were not opened.
    notices
        French remarks.
    """

    objective: Objective
    limit_min: float | None
    sites: tuple[str, ...]
    existing: tuple[str, ...]
    value: float
    before: float
    gain: float
    gap: float
    is_optimal: bool
    ties: str
    assignment: pd.DataFrame
    table: pd.DataFrame
    notices: tuple[str, ...] = ()

    @property
    def mean_minutes(self) -> float:
        """Mean time to the nearest site, weighted by inhabitants (missing if someone has none)."""
        minutes, weight = self.assignment["minutes"], self.assignment["weight"]
        return float((minutes * weight).sum(skipna=False) / weight.sum())

    def _repr_html_(self) -> str:
        proof = "optimum prouvé" if self.is_optimal else f"écart possible {self.gap:.1%}"
        note = f"<p><small>{OBJECTIVES[self.objective]} ; {proof}</small></p>"
        return self.table.to_html() + note


def answer(problem: Problem, objective: Objective, found: Choice | Cover) -> Siting:
    """What the chosen sites bring, and what is proven of the choice.

    Parameters
    ----------
    problem
        Points, candidates and times, checked.
    objective
        What was sought.
    found
        Sites that were found, and the bound that was reached.

    Raises
    ------
    InputError
        If the objective wants everyone served and the sites leave somebody out.
    """
    chosen = found.sites
    near = _near(problem, chosen)
    if objective == "p-median" and not np.isfinite(near).all():
        _refuse_unserved(problem, near, chosen.size)
    value = _objective_value(problem, objective, near, chosen.size)
    before = _objective_value(problem, objective, problem.today, 0)
    sign = 1 if objective == "mclp" else -1
    gain = np.nan if objective == "lscp" else sign * (value - before)
    if isinstance(found, Choice):
        room = max(found.bound - found.value, 0.0)
        gap = 0.0 if found.is_optimal else room / max(value + room if sign > 0 else value, 1e-12)
    else:
        gap = 0.0 if found.is_optimal else (found.value - found.bound) / max(found.value, 1e-12)
    return Siting(
        objective=objective,
        limit_min=problem.limit_min,
        sites=tuple(problem.candidates[chosen]),
        existing=problem.existing,
        value=value,
        before=np.nan if objective == "lscp" else before,
        gain=gain,
        gap=gap,
        is_optimal=found.is_optimal,
        ties=found.ties,
        assignment=_assignment(problem, chosen, near),
        table=_site_table(problem, objective, chosen, near, value),
        notices=problem.notices,
    )


def _refuse_unserved(problem: Problem, near: Floats, count: int) -> None:
    lost = ", ".join(problem.codes[~np.isfinite(near)][:10])
    raise InputError(
        Fault(
            "choix de sites",
            f"{count} sites ne suffisent pas à servir tout le monde ; restent : {lost}",
            "un site atteignable pour chaque point",
            "augmenter p, compléter les temps de trajet, ou choisir l'objectif « mclp »",
        )
    )


def _assignment(problem: Problem, chosen: Ints, near: Floats) -> pd.DataFrame:
    server = problem.nearest_today.copy()
    if chosen.size:
        place = problem.minutes[:, chosen].argmin(axis=1)
        closer = problem.minutes[np.arange(len(near)), chosen[place]] < problem.today
        codes = problem.candidates.to_numpy(dtype=object)[chosen[place]]
        server = np.where(closer, codes, server)
    table = pd.DataFrame(
        {
            "weight": problem.weight,
            "site_code": server,
            "minutes": np.where(np.isfinite(near), near, np.nan),
            "minutes_before": np.where(np.isfinite(problem.today), problem.today, np.nan),
        },
        index=problem.codes,
    )
    return table.rename_axis("demand_code")


def _site_table(
    problem: Problem, objective: str, chosen: Ints, near: Floats, value: float
) -> pd.DataFrame:
    served = _assignment(problem, chosen, near).groupby("site_code")["weight"].sum()
    limit = np.inf if problem.limit_min is None else problem.limit_min
    sign = 1 if objective == "mclp" else -1
    rows = {}
    for place, site in enumerate(chosen):
        without = _near(problem, np.delete(chosen, place))
        other = _objective_value(problem, objective, without, chosen.size - 1)
        code = problem.candidates[site]
        rows[code] = {
            "served": float(served.get(code, 0.0)),
            "reached": float(problem.weight[problem.minutes[:, site] <= limit].sum()),
            "gained": np.nan if objective == "lscp" else sign * (value - other),
        }
    columns = ["served", "reached", "gained"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("site_code")


def _objective_value(problem: Problem, objective: str, near: Floats, count: int) -> float:
    if objective == "lscp":
        return float(count)
    if objective == "mclp":
        return float(problem.weight[near <= (problem.limit_min or 0.0)].sum())
    if not np.isfinite(near).all():
        return np.nan
    return float((problem.weight * near).sum() if objective == "p-median" else near.max())


def _near(problem: Problem, chosen: Ints) -> Floats:
    return np.minimum(problem.minutes[:, chosen].min(axis=1, initial=np.inf), problem.today)
