"""How well the computed access ranks zones as the published one does, in one department."""

from __future__ import annotations

import pandas as pd

from demomed.analysis.rank_correlation import RankCorrelation, rank_correlation
from demomed.core.indicator import Indicators
from demomed.core.territory import Level


def kernel_agreement(
    indicators: Indicators, profession: str = "gp", *, level: Level = "epci"
) -> RankCorrelation:
    """Rank correlation of the access « de type APL » with the published one (Spearman).

    What a plan or a scenario adds is shared around by the same two-step method with decay: where
    the method does not find the published order of the zones, its effects cannot order them.

    Parameters
    ----------
    indicators
        Values of ``apl`` and ``apl_like`` in the present.
    profession
        Profession with both.
    level
        Zones compared.

    Returns
    -------
    RankCorrelation
        Zones with both values; see :func:`~demomed.analysis.rank_correlation.rank_correlation`.
        Value missing where fewer than two zones have both.
    """
    made, official = (
        _values(indicators, indicator, profession, level) for indicator in ("apl_like", "apl")
    )
    return rank_correlation(made.reindex(official.index), official)


def _values(indicators: Indicators, indicator: str, profession: str, level: str) -> pd.Series:
    table = indicators.select(indicator, profession=profession, level=level).table
    return table.set_index("zone_code")["value"].astype(float)
