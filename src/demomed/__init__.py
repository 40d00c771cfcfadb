"""Geospatial medical demography for the health missions of the French departments.

Raw files become a :class:`Territory`; a Territory gives :class:`Indicators`; Indicators give a
:class:`Ranking`; what may be published goes through one gate, :func:`protect`; together they make
a ``MapDocument``; a MapDocument becomes a page.

Examples
--------
>>> import demomed
>>> mayenne = demomed.load_territory("53")
>>> values = demomed.compute(mayenne, ["density"], level="epci")
>>> len(values.wide())
10
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "load_territory": "demomed.pipeline",
    "publish": "demomed.pipeline",
    "rank_territory": "demomed.pipeline",
    "show": "demomed.pipeline",
    "compute": "demomed.analysis",
    "density": "demomed.analysis.density",
    "age_share": "demomed.analysis.ageing",
    "coverage_gap": "demomed.analysis.coverage",
    "rank": "demomed.analysis.priority",
    "best_sites": "demomed.analysis.siting",
    "compare": "demomed.analysis.scenario",
    "development_plan": "demomed.analysis.plan",
    "scenario": "demomed.analysis.scenario",
    "read_scenario": "demomed.ingestion.scenarios",
    "protect": "demomed.core.disclosure",
    "compose": "demomed.rendering.compose",
    "InputError": "demomed.core.faults",
    "Territory": "demomed.core.territory",
    "Indicators": "demomed.core.indicator",
    "PublicIndicators": "demomed.core.indicator",
    "Ranking": "demomed.core.ranking",
}

__all__ = [
    "Indicators",
    "InputError",
    "PublicIndicators",
    "Ranking",
    "Territory",
    "__version__",
    "age_share",
    "best_sites",
    "compare",
    "compose",
    "compute",
    "coverage_gap",
    "density",
    "development_plan",
    "load_territory",
    "protect",
    "publish",
    "rank",
    "rank_territory",
    "read_scenario",
    "scenario",
    "show",
]

if TYPE_CHECKING:
    from demomed.analysis import compute as compute
    from demomed.analysis.ageing import age_share as age_share
    from demomed.analysis.coverage import coverage_gap as coverage_gap
    from demomed.analysis.density import density as density
    from demomed.analysis.plan import development_plan as development_plan
    from demomed.analysis.priority import rank as rank
    from demomed.analysis.scenario import compare as compare
    from demomed.analysis.scenario import scenario as scenario
    from demomed.analysis.siting import best_sites as best_sites
    from demomed.core.disclosure import protect as protect
    from demomed.core.faults import InputError as InputError
    from demomed.core.indicator import Indicators as Indicators
    from demomed.core.indicator import PublicIndicators as PublicIndicators
    from demomed.core.ranking import Ranking as Ranking
    from demomed.core.territory import Territory as Territory
    from demomed.ingestion.scenarios import read_scenario as read_scenario
    from demomed.pipeline import load_territory as load_territory
    from demomed.pipeline import publish as publish
    from demomed.pipeline import rank_territory as rank_territory
    from demomed.pipeline import show as show
    from demomed.rendering.compose import compose as compose


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'demomed' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
