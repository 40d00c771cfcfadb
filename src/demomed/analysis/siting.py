"""Where one more site, or several, helps most; what each brings; how far the answer can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from demomed.analysis.choice import Choice, choose
from demomed.analysis.covering import Cover, Floats, Ints, fewest, shortest_longest
from demomed.analysis.savings import Savings
from demomed.analysis.siting_inputs import OBJECTIVES, Problem, read_problem
from demomed.core.faults import Fault, InputError

Objective = Literal["p-median", "mclp", "p-center", "lscp"]
SOLVER_SECONDS = 300.0


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


def best_sites(
    demand: pd.Series,
    candidates: Sequence[str] | pd.Index,
    travel: pd.DataFrame,
    p: int = 1,
    objective: Objective = "p-median",
    *,
    limit_min: float | None = None,
    existing: Sequence[str] = (),
    weights: pd.Series | None = None,
    time_limit: float | None = SOLVER_SECONDS,
) -> Siting:
    """Choose where to open ``p`` new sites.

    *p-median*: least total travel time to the nearest site (Hakimi, 1964); *mclp*: most
    inhabitants within ``limit_min`` (Church and ReVelle, 1974); *p-center*: shortest longest trip
    (Hakimi, 1964); *lscp*: fewest new sites so that everyone is within ``limit_min`` (Toregas and
    others, 1971; ``p`` is not used). Existing sites stay open and are not counted in ``p``.

    Parameters
    ----------
    demand
        Inhabitants, index = demand codes. Points without inhabitants do not count.
    candidates
        Codes where a site may open.
    travel
        Minutes: a table demand × sites, or a long one ``origin_code, destination_code, minutes``;
        a missing pair is unreachable, never 0.
    p
        Number of new sites.
    objective
        ``"p-median"``, ``"mclp"``, ``"p-center"`` or ``"lscp"``.
    limit_min
        Limit in minutes, inclusive, for ``"mclp"`` and ``"lscp"``.
    existing
        Codes of the sites that are open already.
    weights
        Replaces the inhabitants, for instance by those of one age group.
    time_limit
        Seconds left to each integer programme; department-size problems need a few. When it
        runs out, the gap says how far the answer may be from the best. ``None``: no limit.

    Returns
    -------
    Siting
        Ties are settled in code order. The gap is always told; 0 means proven.

    Raises
    ------
    InputError
        Every fault at once: more sites than candidates, negative or missing weights, unknown
        codes, a limit that is absent, demand that no candidate reaches (with the list).

    Examples
    --------
    >>> minutes = pd.DataFrame({"a": [4, 16], "b": [18, 3]}, index=["x", "y"])
    >>> best_sites(pd.Series([400, 900], index=["x", "y"]), ["a", "b"], minutes).sites
    ('b',)
    """
    problem = read_problem(demand, candidates, travel, p, objective, limit_min, existing, weights)
    if objective in ("p-median", "mclp"):
        found: Choice | Cover = choose(_savings(problem, objective), p, time_limit=time_limit)
    else:
        found = _cover(problem, objective, p, time_limit)
    return _told(problem, objective, found)


def _savings(problem: Problem, objective: str) -> Savings:
    demand, sites = problem.minutes.shape
    if objective == "mclp":
        limit = np.inf if problem.limit_min is None else problem.limit_min
        row, site = np.nonzero((problem.minutes <= limit) & (problem.today > limit)[:, None])
        return Savings.from_pairs(row, site, problem.weight[row], demand, sites)
    return Savings.from_matrix(_times_saved(problem) * problem.weight[:, None])


def _times_saved(problem: Problem) -> Floats:
    return np.maximum(_reference(problem)[:, None] - problem.minutes, 0)


def _reference(problem: Problem) -> Floats:
    """Minutes everyone is granted: today's, or a time worse than any the candidates offer.

    Where a pair is unreachable, the granted time is so long that serving everyone comes first.
    """
    finite = np.where(np.isfinite(problem.minutes), problem.minutes, -np.inf)
    worst = finite.max(axis=1, initial=0.0)
    unreachable = ~np.isfinite(problem.minutes).all(axis=1)
    longest = float(worst.max(initial=1.0)) + 1
    penalty = longest * float(problem.weight.sum()) / problem.weight
    granted = np.where(unreachable, worst + penalty, worst)
    return np.where(np.isfinite(problem.today), problem.today, granted)


def _cover(problem: Problem, objective: str, p: int, time_limit: float | None) -> Cover:
    minutes = np.minimum(problem.minutes, problem.today[:, None])
    if objective == "p-center":
        return shortest_longest(minutes, p, time_limit=time_limit)
    assert problem.limit_min is not None
    left = problem.today > problem.limit_min
    if not left.any():
        return Cover(np.empty(0, dtype=np.int64), 0.0, 0.0, True, "code")
    return fewest(problem.minutes[left] <= problem.limit_min, time_limit=time_limit)


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


def _told(problem: Problem, objective: Objective, found: Choice | Cover) -> Siting:
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


def siting_curve(
    demand: pd.Series,
    candidates: Sequence[str] | pd.Index,
    travel: pd.DataFrame,
    p_max: int,
    objective: Objective = "p-median",
    *,
    limit_min: float | None = None,
    existing: Sequence[str] = (),
    weights: pd.Series | None = None,
) -> pd.DataFrame:
    """What one site, two, three… bring, each number chosen anew.

    Parameters
    ----------
    demand, candidates, travel, objective, limit_min, existing, weights
        As in :func:`best_sites`; not ``"lscp"``.
    p_max
        Largest number of new sites.

    Returns
    -------
    DataFrame
        Index ``p``: ``sites, value, gain`` (against today), ``added`` (against one site less),
        ``gap``.
    """
    rows: list[dict[str, object]] = []
    previous = np.nan
    for p in range(1, p_max + 1):
        found = best_sites(
            demand,
            candidates,
            travel,
            p,
            objective,
            limit_min=limit_min,
            existing=existing,
            weights=weights,
        )
        previous = found.before if not rows else previous
        sign = 1 if objective == "mclp" else -1
        rows.append(
            {
                "p": p,
                "sites": found.sites,
                "value": found.value,
                "gain": found.gain,
                "added": sign * (found.value - previous),
                "gap": found.gap,
            }
        )
        previous = found.value
    return pd.DataFrame(rows).set_index("p")


def tour(
    demand: pd.Series,
    candidates: Sequence[str] | pd.Index,
    travel: pd.DataFrame,
    p: int,
    radius_min: float,
    *,
    existing: Sequence[str] = (),
    weights: pd.Series | None = None,
) -> Siting:
    """The ``p`` stops of a mobile unit that bring most inhabitants within ``radius_min`` minutes.

    Parameters
    ----------
    demand, candidates, travel, existing, weights
        As in :func:`best_sites`.
    p
        Number of stops.
    radius_min
        Time people may travel to a stop, in minutes, inclusive.

    Returns
    -------
    Siting
        Maximal covering; its ``table`` tells what each stop alone brings.
    """
    return best_sites(
        demand,
        candidates,
        travel,
        p,
        "mclp",
        limit_min=radius_min,
        existing=existing,
        weights=weights,
    )


def crews_needed(
    demand: pd.Series,
    candidates: Sequence[str] | pd.Index,
    travel: pd.DataFrame,
    limit_min: float,
    *,
    existing: Sequence[str] = (),
) -> Siting:
    """The fewest bases so that a crew reaches every inhabited place within ``limit_min`` minutes.

    Parameters
    ----------
    demand, candidates, travel, existing
        As in :func:`best_sites`.
    limit_min
        Time limit in minutes, inclusive.

    Returns
    -------
    Siting
        Set covering; ``value`` is the number of crews to add. It never rises with the limit.

    Raises
    ------
    InputError
        If some places are beyond the limit of every base: they are listed.
    """
    return best_sites(demand, candidates, travel, 1, "lscp", limit_min=limit_min, existing=existing)
