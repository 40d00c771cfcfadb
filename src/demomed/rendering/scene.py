"""Shapes and names of the zones of a department, made once for all the pages of its portal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from demomed.core.catalogue import texts as catalogue_texts
from demomed.core.document import ZoneSet
from demomed.core.territory import Level, Territory
from demomed.rendering.geometry import (
    Shapes,
    context_of,
    generalise,
    outlines_of,
    zone_set,
    zone_table,
)
from demomed.rendering.language import spoken

LEVELS_DRAWN: tuple[Level, ...] = ("epci", "commune")
"""Levels that a map may show."""


@dataclass(frozen=True)
class Scene:
    """What every page of a department draws.

    Parameters
    ----------
    shapes
        Generalised shapes.
    zones
        Zone table of each level, the department included.
    sets
        Zones of the drawn levels as documents hold them.
    context, outlines
        Neighbouring departments, and outline of this one.
    """

    shapes: Shapes
    zones: Mapping[str, gpd.GeoDataFrame]
    sets: Mapping[str, ZoneSet]
    context: Mapping[str, Any]
    outlines: Mapping[str, Any]


@spoken
def make_scene(territory: Territory, *, language: str = "fr") -> Scene:
    """Generalise the borders of a department once.

    Parameters
    ----------
    territory
        The department and its surroundings.
    language
        Language of the texts.
    """
    texts, shapes = catalogue_texts(language), generalise(territory)
    levels: tuple[Level, ...] = (*LEVELS_DRAWN, "departement")
    zones: dict[str, gpd.GeoDataFrame] = {
        level: zone_table(territory, level, shapes, texts) for level in levels
    }
    return Scene(
        shapes=shapes,
        zones=zones,
        sets={level: zone_set(zones[level], level, texts) for level in LEVELS_DRAWN},
        context=context_of(territory, shapes),
        outlines=outlines_of(shapes),
    )
