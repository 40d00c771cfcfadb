"""Who may leave, zone by zone, from the official accessibility by age."""

from __future__ import annotations

import numpy as np
import pandas as pd

from demomed.analysis.indicators.ages import reachable_share_over
from demomed.analysis.indicators.inputs import apl, population, zone_counts
from demomed.analysis.projection import official_departures
from demomed.core.territory import Level, Territory


def zone_departures(
    territory: Territory, profession: str = "gp", horizon: int = 5, *, level: Level = "epci"
) -> pd.DataFrame:
    """Departures by intercommunality or department from the official accessibility by age.

    Parameters
    ----------
    territory
        A territory.
    profession
        Profession with a published accessibility.
    horizon
        Years: 5 (a range) or 10 (one number, if all those over 60 have stopped), see
        :func:`~demomed.analysis.projection.official_departures`.
    level
        ``"epci"``, taken whole across the border as the territory holds it, or
        ``"departement"``, its own communes only: the former do not add up to the latter.

    Returns
    -------
    DataFrame
        Index: code of the zone; ``departures_low_count, departures_high_count``,
        missing where the accessibility is not published by age.
    """
    zones = territory.members(level).astype(object)
    held = set(territory.apl.loc[territory.apl["service"] == profession, "age_limit"].unique())
    codes = sorted(zones.unique())
    columns = {"low_count": "departures_low_count", "high_count": "departures_high_count"}
    if not {"all", "60", "65"} <= held:
        return pd.DataFrame(np.nan, index=codes, columns=list(columns.values()))
    everyone, people = apl(territory, profession), population(territory)
    over = {
        limit: reachable_share_over(everyone, apl(territory, profession, limit), people, zones)
        for limit in ("60", "65")
    }
    number = zone_counts(territory, profession, zones)
    table = official_departures(number, over["60"]["value"], over["65"]["value"], horizon)
    return table[list(columns)].rename(columns=columns).reindex(codes)
