"""How far a choice of sites stands when the travel times are wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from demomed.analysis.covering import Floats
from demomed.analysis.siting import best_sites
from demomed.analysis.siting_inputs import Objective, travel_matrix
from demomed.core.faults import Report

SPREAD = 0.2
"""Relative error of travel times under which the answer is tried again."""
DRAWS = 200
"""Tables of travel times drawn unless asked otherwise."""


def stability(
    demand: pd.Series,
    candidates: Sequence[str] | pd.Index,
    travel: pd.DataFrame,
    p: int = 1,
    objective: Objective = "p-median",
    *,
    limit_min: float | None = None,
    existing: Sequence[str] = (),
    weights: pd.Series | None = None,
    spread: float = SPREAD,
    draws: int = DRAWS,
    seed: int = 53,
) -> pd.DataFrame:
    """How often each site is chosen when the travel times are wrong.

    All times shorter, then longer, by ``spread``; then, in each draw, all the times to a site
    wrong together and all the times from a place wrong together, each by up to ``spread``. Errors
    drawn trip by trip would average out and make any choice look sure: the roads to a town are
    all badly told at once. All times moved together change nothing for the p-median and the
    p-center.

    Parameters
    ----------
    demand, candidates, travel, p, objective, limit_min, existing, weights
        As in :func:`~demomed.analysis.siting.best_sites`.
    spread
        Relative error, 0.2 for ±20 %.
    draws, seed
        Number of drawn tables of times, and seed. A share of 0.5 over 200 draws is known to
        within 7 points (95 %).

    Returns
    -------
    DataFrame
        Index ``site_code``, most frequent first: ``is_chosen``, ``is_chosen_faster``,
        ``is_chosen_slower``, ``chosen_share`` (0–1) over the draws.

    Examples
    --------
    >>> minutes = pd.DataFrame({"a": [4.0, 16.0], "b": [18.0, 3.0]}, index=["x", "y"])
    >>> people = pd.Series([400, 900], index=["x", "y"])
    >>> stability(people, ["a", "b"], minutes)["chosen_share"].to_dict()
    {'b': 0.995, 'a': 0.005}
    """
    matrix = travel_matrix(travel, Report("choix de sites"))
    matrix = matrix.sort_index().sort_index(axis=1)

    def chosen(factor: float | Floats) -> set[str]:
        return set(
            best_sites(
                demand, candidates, matrix * factor, p, objective,
                limit_min=limit_min, existing=existing, weights=weights,
            ).sites
        )  # fmt: skip

    reference, faster, slower = chosen(1.0), chosen(1 - spread), chosen(1 + spread)
    rng = np.random.default_rng(seed)
    origins, sites = (rng.uniform(1 - spread, 1 + spread, (draws, size)) for size in matrix.shape)
    known = matrix.reindex(columns=sorted({str(code) for code in candidates}))
    if p == 1 and objective == "p-median" and not len(existing) and known.notna().all(axis=None):
        held = (demand if weights is None else weights).astype(float)
        held = held.set_axis(held.index.astype(str)).reindex(matrix.index).fillna(0.0)
        places = matrix.columns.get_indexer(known.columns)
        total = (origins * held.to_numpy()) @ known.to_numpy() * sites[:, places]
        sets = [{known.columns[place]} for place in total.argmin(axis=1)]
    else:
        sets = [chosen(o[:, None] * s) for o, s in zip(origins, sites, strict=True)]
    codes = sorted(set().union(reference, faster, slower, *sets))
    table = pd.DataFrame(
        {
            "is_chosen": [code in reference for code in codes],
            "is_chosen_faster": [code in faster for code in codes],
            "is_chosen_slower": [code in slower for code in codes],
            "chosen_share": [sum(code in one for one in sets) / max(draws, 1) for code in codes],
        },
        index=pd.Index(codes, name="site_code"),
    )
    return table.sort_values(["chosen_share", "is_chosen"], ascending=False, kind="stable")
