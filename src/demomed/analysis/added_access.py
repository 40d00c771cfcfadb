"""What more, or less, care at some communes does to the accessibility of all."""

from __future__ import annotations

import math

import pandas as pd

from demomed.analysis.accessibility import floating_catchment
from demomed.analysis.apl_versions import apl_version, default_version
from demomed.analysis.decay import Decay, Steps
from demomed.analysis.demand import by_commune
from demomed.analysis.indicators.inputs import apl, demand, population
from demomed.analysis.travel import TravelModel
from demomed.analysis.travel_sources import times_of
from demomed.core.territory import Territory


def care_per_head(profession: str = "gp") -> float:
    """Yearly activity of one full-time practitioner, in the unit of the accessibility × inhabitants.

    Examples
    --------
    >>> care_per_head("gp")
    4950.0
    """
    version = apl_version(default_version(profession))
    return (version.consultations_per_practitioner or 1.0) * version.per


def other_care_per_head(profession: str = "gp") -> float:
    """The same at the other published activity; missing where the catalogue has none.

    Examples
    --------
    >>> other_care_per_head("gp")
    5400.0
    """
    version = apl_version(default_version(profession))
    return version.other_consultations * version.per or math.nan


def standardised_population(territory: Territory, profession: str = "gp") -> pd.Series:
    """Inhabitants of each commune weighted by their age as the accessibility does (DREES).

    The municipal population where no weight is published.
    """
    published = apl(territory, profession)["standardised_population"]
    return published.fillna(population(territory))


def added_access(
    territory: Territory,
    heads: pd.Series,
    profession: str = "gp",
    *,
    reach_min: float | None = None,
    model: TravelModel | None = None,
) -> pd.Series:
    """Accessibility that practitioners more (or fewer) at some communes add everywhere.

    The two-step method with decay (Luo & Qi 2009) is linear in supply: what is added is shared
    between the inhabitants around, and what the inhabitants gain adds up to what was added.

    Parameters
    ----------
    territory
        A territory.
    heads
        Full-time practitioners by commune of the territory, negative for those who leave.
    profession
        Profession with a published accessibility.
    reach_min
        Minutes within which all are served alike; by default the decay of the accessibility.
    model
        Travel parameters.

    Returns
    -------
    Series
        Index ``commune_code`` of all communes held, in the unit of the published accessibility;
        0 beyond reach.
    """
    version = apl_version(default_version(profession))
    decay: Decay = version.decay if reach_min is None else Steps({reach_min: 1.0})
    points = demand(territory)
    people = standardised_population(territory, profession)
    weight = people.loc[points["home"]].to_numpy(dtype=float) * points["share"]
    source = times_of(territory, model)
    total = heads.groupby(level=0).sum()
    gained = pd.Series(0.0, index=territory.communes.index, name="added_access")
    for sign in (1, -1):
        supply = (sign * total).clip(lower=0)
        supply = supply[supply > 0] * care_per_head(profession)
        if len(supply):
            places = territory.communes.loc[supply.index]
            travel = source(points, places, decay.limit)
            made = floating_catchment(weight, supply, travel, decay=decay)
            gained = gained + sign * by_commune(made.access, points, gained.index)
    return gained.rename("added_access")
