"""Where one more site, or several, helps most; what each brings; how far the answer can be trusted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from demomed.analysis.choice import Choice, choose
from demomed.analysis.covering import Cover, Floats, fewest, shortest_longest
from demomed.analysis.savings import Savings
from demomed.analysis.siting_answer import Siting, answer
from demomed.analysis.siting_inputs import Objective, Problem, read_problem

SOLVER_SECONDS = 300.0


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
    return answer(problem, objective, found)


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
