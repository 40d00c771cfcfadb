"""Population standardised by age of every commune, published or told from another profession's."""

from __future__ import annotations

import pandas as pd

from demomed.analysis.apl_versions import AplVersion, apl_version, default_version
from demomed.analysis.indicators.inputs import apl, population
from demomed.analysis.need import completed_need, need_ratio
from demomed.core.territory import Territory


def standardised_demand(
    territory: Territory, profession: str = "gp", *, version: AplVersion | None = None
) -> pd.Series:
    """Population standardised by age of every commune held: as published, else estimated.

    Where it is not published for the profession, it is the municipal population times a need
    ratio, told from another profession's by the line of the version; times 1 without a line. Each
    commune is read on its own: the part of the country that is held changes nothing.

    Parameters
    ----------
    territory
        A territory.
    profession
        Profession whose needs are meant.
    version
        Parameters of the computation; those meant for the profession by default.

    Returns
    -------
    Series
        Inhabitants, index ``commune_code``; missing where neither population is known.
    """
    line = (version or apl_version(default_version(profession))).need
    people = population(territory)
    published = apl(territory, profession)["standardised_population"]
    if line is None:
        return published.fillna(people).rename("standardised_population")
    other = apl(territory, line.profession)["standardised_population"]
    ratio = completed_need(need_ratio(published, people), need_ratio(other, people), line)
    return published.fillna(people * ratio).rename("standardised_population")
