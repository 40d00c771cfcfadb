"""Compute, protect, rank: from a territory to what may be published of it."""

from __future__ import annotations

from functools import cache

import pandas as pd

from demomed.analysis import compute
from demomed.analysis.priority import rank
from demomed.analysis.recipes import load_recipe
from demomed.core import catalogue
from demomed.core.disclosure import THRESHOLD, protect
from demomed.core.fingerprint import code_fingerprint, fingerprint, library_versions
from demomed.core.groups import touching
from demomed.core.indicator import Indicators, PublicIndicators
from demomed.core.memory import Memory
from demomed.core.ranking import Ranking, Unrankable, Unranked
from demomed.core.territory import LEVELS, Territory
from demomed.pipeline.loading import Step, quiet

COMPUTED_WITH: tuple[str, ...] = ("core", "analysis", "pipeline")
"""Folders of the package that say how indicators are computed and protected."""
LIBRARIES: tuple[str, ...] = ("geopandas", "numpy", "pandas", "pyproj", "scipy", "shapely")
ON_PAGES: tuple[str, ...] = ("pages", "portraits", "dossiers")
"""Sections of the catalogue that only say what pages show: neither measures nor tables."""


def measured(
    territory: Territory,
    *,
    threshold: int,
    internal: bool,
    progress: Step,
    memory: Memory,
    previous: PublicIndicators | None = None,
    moves: pd.DataFrame | None = None,
) -> PublicIndicators:
    """Every indicator of a territory, after the gate (open for authorised readers)."""

    def measure() -> PublicIndicators:
        progress("Calcul des indicateurs")
        indicators = compute(territory, level=LEVELS)
        progress("Protection des données personnelles")
        if internal:
            return protect(indicators, threshold=threshold, internal=True)
        return protected(territory, indicators, threshold=threshold, previous=previous, moves=moves)

    parts = (computing_code(), territory, threshold, internal, previous, moves)
    return memory.recall("indicateurs", parts, measure, about=territory.department.code)


def protected(
    territory: Territory,
    indicators: Indicators,
    *,
    threshold: int = THRESHOLD,
    previous: PublicIndicators | None = None,
    moves: pd.DataFrame | None = None,
) -> PublicIndicators:
    """Pass indicators through the gate with all it needs to know of the territory.

    Everything that is published together goes through in one call: two partial calls could tell
    more together than either alone. Of an intercommunality that is mostly in another department, the
    portal of that department alone tells facts about persons. What was published earlier is given as ``previous``, and who
    came and left since as ``moves``, so that the difference of two dates tells of nobody.
    """
    return protect(
        indicators,
        hierarchy={level: territory.members(level) for level in LEVELS},
        neighbours={"epci": touching(territory.zones("epci"))},
        elsewhere=zones_elsewhere(territory),
        threshold=threshold,
        previous=previous,
        moves=moves,
    )


def ranked(territory: Territory, public: PublicIndicators, recipe: str) -> Ranking | Unranked:
    """The ranking of the intercommunalities, or why the data allow none.

    Parameters
    ----------
    territory
        The department.
    public
        Its indicators after the gate.
    recipe
        Recipe of the catalogue.
    """
    try:
        return _rank(territory, public, recipe)
    except Unrankable as refusal:
        return refusal.unranked


def rank_territory(
    territory: Territory, recipe: str = "installation", *, progress: Step = quiet
) -> Ranking:
    """Rank the intercommunalities of a territory by a recipe of the catalogue."""
    return protected_ranking(territory, recipe, progress=progress)[1]


def protected_ranking(
    territory: Territory, recipe: str = "installation", *, progress: Step = quiet
) -> tuple[PublicIndicators, Ranking]:
    """Protected indicators of the intercommunalities of a territory, and their ranking."""
    progress("Calcul des indicateurs")
    values = compute(territory, level="epci")
    progress("Protection des données personnelles")
    public = protected(territory, values)
    progress("Classement")
    return public, _rank(territory, public, recipe)


def _rank(territory: Territory, public: PublicIndicators, recipe: str) -> Ranking:
    """Rank by a recipe that says where the travel times of the territory come from."""
    told = load_recipe(recipe).on_times(territory.times_nature)
    return rank(public, told, outside=zones_elsewhere(territory))


def zones_elsewhere(territory: Territory) -> tuple[str, ...]:
    """Intercommunalities of which most inhabitants live in another department."""
    members = territory.members("epci")
    communes = territory.communes.loc[members.index]
    people = communes["population"].astype(float)
    inside = people.where(communes["departement_code"] == territory.department.code, 0.0)
    own, total = inside.groupby(members).sum(), people.groupby(members).sum()
    return tuple(str(code) for code in total.index[own < total / 2])


@cache
def computing_code() -> str:
    """Fingerprint of all that says how indicators are computed and protected."""
    return fingerprint(
        code_fingerprint(COMPUTED_WITH),
        catalogue_fingerprint(without=("texts", "themes")),
        library_versions(LIBRARIES),
    )


@cache
def catalogue_fingerprint(without: tuple[str, ...] = ()) -> str:
    """Fingerprint of the catalogue but for the texts of the pages, which documents carry."""
    held = (f"catalogue/{name}" for name in catalogue.sections())
    left_out = {f"catalogue/{name}" for name in (*ON_PAGES, *without)}
    return code_fingerprint(name for name in held if name not in left_out)
