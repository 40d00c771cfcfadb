"""A tour of sites, and the crews that tours need."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from demomed.analysis.siting import best_sites
from demomed.analysis.siting_answer import Siting


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
