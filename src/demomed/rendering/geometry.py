"""Shapes of a page: zones once, places to write their names, neighbours, outlines, points."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from demomed.core.document import ZoneSet
from demomed.core.territory import Level, Territory
from demomed.rendering.facts import zone_phrase

DECIMALS = 5
"""Decimals of degrees kept: about one metre, so that shared borders stay shared."""
MARGIN = 0.1
"""Share of the department's size drawn around it."""
PLACES_MARGIN = 0.02
"""Share of the department's size around it in which places are drawn."""
FLAT = "EPSG:2154"
"""Lambert-93, in which lines are generalised."""
TOLERANCES_M: tuple[float, ...] = (100, 150, 200, 250, 300, 400, 500, 700, 1000)
"""Generalisations tried, in metres (side of the square of the smallest bend kept)."""
MOST_POINTS = 6_000
"""Points of the communes drawn: the finest generalisation that stays under is kept."""


@dataclass(frozen=True)
class Shapes:
    """Generalised shapes of a page, WGS84: all zones keep their shared borders.

    Parameters
    ----------
    zones
        Shapes of each level, index zone code.
    neighbours
        Neighbouring departments clipped to the page.
    tolerance
        Generalisation in metres.
    """

    zones: Mapping[str, gpd.GeoSeries]
    neighbours: gpd.GeoSeries
    tolerance: float


def generalise(territory: Territory, most_points: int = MOST_POINTS) -> Shapes:
    """Communes, intercommunalities and neighbours drawn with fewer points and the same borders.

    The communes and what is left of the neighbouring departments are simplified together, so that
    no gap opens between them; the other levels are the union of their simplified communes.

    Parameters
    ----------
    territory
        The department and its surroundings.
    most_points
        Points allowed to the communes.
    """
    members = territory.members("epci")
    inside = territory.communes["departement_code"] == territory.department.code
    held = territory.communes.loc[inside | territory.communes.index.isin(members.index)]
    held = held.loc[is_outlined(held)]
    own = held.loc[inside.reindex(held.index)].index
    flat = np.asarray(held.geometry.to_crs(FLAT).array)
    around = territory.departements.drop(
        index=territory.department.code, errors="ignore"
    ).sort_index()
    beyond = shapely.difference(
        np.asarray(around.geometry.to_crs(FLAT).array),
        shapely.union_all(flat[~held.index.isin(own)]),
    )
    coverage = np.concatenate([flat, beyond])
    zone_of = members.reindex(held.index)
    for tolerance in TOLERANCES_M:
        simple = shapely.coverage_simplify(coverage, tolerance)
        if shapely.get_num_coordinates(simple[: len(held)]).sum() <= most_points:
            break
    communes = gpd.GeoSeries(simple[: len(held)], index=held.index, crs=FLAT)
    epci = communes.groupby(zone_of).agg(_union)
    department = _union(communes.loc[own])
    zones = {
        "commune": communes.loc[own],
        "epci": epci,
        "departement": gpd.GeoSeries([department], index=[territory.department.code]),
    }
    world = {k: gpd.GeoSeries(v, crs=FLAT).to_crs(4326) for k, v in zones.items()}
    rest = gpd.GeoSeries(simple[len(held) :], index=around.index, crs=FLAT).to_crs(4326)
    return Shapes(world, _clipped(rest, frame_of(world)), float(tolerance))


def is_outlined(zones: gpd.GeoDataFrame) -> pd.Series:
    """Whether each zone has an outline; a commune created since the last survey has none yet."""
    return zones.geometry.notna() & ~zones.geometry.is_empty


def frame_of(zones: Mapping[str, gpd.GeoSeries], margin: float = MARGIN) -> Any:
    """Box of what a page shows: the department and its intercommunalities, with a margin.

    Parameters
    ----------
    zones
        Shapes of each level.
    margin
        Share of the larger side added all around.
    """
    boxes = [shapely.box(*series.total_bounds) for series in zones.values() if len(series)]
    west, south, east, north = shapely.bounds(shapely.union_all(boxes))
    pad = margin * max(east - west, north - south)
    return shapely.box(west - pad, south - pad, east + pad, north + pad)


def _union(part: gpd.GeoSeries) -> Any:
    shapes = np.asarray(part.array)
    if shapely.coverage_is_valid(shapes):
        return shapely.coverage_union_all(shapes)
    return shapely.union_all(shapes)


def _clipped(around: gpd.GeoSeries, frame: Any) -> gpd.GeoSeries:
    cut = shapely.intersection(np.asarray(around.array), frame)
    parts = [
        [p for p in shapely.get_parts(s) if p.geom_type == "Polygon" and p.area > 0] for s in cut
    ]
    kept = [bool(found) for found in parts]
    shapes = [p[0] if len(p) == 1 else shapely.MultiPolygon(p) for p in parts if p]
    return gpd.GeoSeries(shapes, index=around.index[kept], crs=4326)


def collection(geometries: gpd.GeoSeries, properties: pd.DataFrame | None = None) -> dict[str, Any]:
    """A GeoJSON FeatureCollection in the order of the index, five decimals, ``id`` = the index.

    Parameters
    ----------
    geometries
        WGS84.
    properties
        Properties of the features, same index.

    Examples
    --------
    >>> square = gpd.GeoSeries([shapely.box(0, 0, 1, 1)], index=["A"], crs=4326)
    >>> collection(square)["features"][0]["id"]
    'A'
    """
    shapes = shapely.transform(np.asarray(geometries.array), lambda xy: np.round(xy, DECIMALS))
    extra = properties.to_dict("records") if properties is not None else [{}] * len(shapes)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": str(code),
                "properties": more,
                "geometry": shapely.geometry.mapping(shape),
            }
            for code, more, shape in zip(geometries.index, extra, shapes, strict=True)
        ],
    }


def label_points(geometries: gpd.GeoSeries) -> tuple[tuple[float, float], ...]:
    """The place inside each shape that is furthest from its border, as longitude and latitude.

    Centre of the largest inscribed circle of the largest part; always inside.

    Examples
    --------
    >>> [[round(x, 1) for x in p] for p in label_points(gpd.GeoSeries([shapely.box(0, 0, 2, 2)]))]
    [[1.0, 1.0]]
    """
    found = []
    for shape in geometries:
        parts = shapely.get_parts(shape)
        largest = parts[int(np.argmax(shapely.area(parts)))]
        squeeze = math.cos(math.radians(shapely.get_coordinates(largest)[:, 1].mean()))
        flat = shapely.transform(largest, lambda xy, k=squeeze: xy * [k, 1.0])
        size = math.sqrt(shapely.area(flat)) or 1.0
        circle = shapely.maximum_inscribed_circle(flat, tolerance=size / 100)
        x, y = shapely.get_coordinates(circle)[0]
        found.append((round(float(x / squeeze), DECIMALS), round(float(y), DECIMALS)))
    return tuple(found)


def zone_table(
    territory: Territory, level: Level, shapes: Shapes, texts: Mapping[str, Any]
) -> gpd.GeoDataFrame:
    """Zones of a level with their names, how a sentence calls them, and their parent.

    Returns
    -------
    GeoDataFrame
        Those that have an outline. Index zone code, sorted by name; ``zone_name, short_name, phrase, parent, is_own,
        geometry``. ``is_own``: at least half of its inhabitants live in the department.
    """
    zones = territory.zones(level)
    zones = zones.loc[zones.index.isin(shapes.zones[level].index)].copy()
    zones["geometry"] = shapes.zones[level].reindex(zones.index)
    zones["phrase"] = [
        zone_phrase(full, short, texts) if level == "epci" else short
        for full, short in zip(zones["zone_name"], zones["short_name"], strict=True)
    ]
    if level == "commune":
        siren = territory.communes["epci_siren"].reindex(zones.index)
        names = territory.epci["epci_short_name"]
        zones["parent"] = siren.map(names).fillna("").to_numpy()
    else:
        zones["parent"] = ""
    zones["is_own"] = _own_share(territory, level).reindex(zones.index).fillna(0) >= 0.5
    key = filing_name if level == "epci" else sort_name
    order = sorted(zones.index, key=lambda code: (key(zones.at[code, "short_name"]), code))
    return zones.loc[order]


def _own_share(territory: Territory, level: Level) -> pd.Series:
    members = territory.members(level)
    people = territory.communes["population"].reindex(members.index).astype(float)
    inside = (
        territory.communes["departement_code"].reindex(members.index) == territory.department.code
    )
    return (people * inside).groupby(members).sum() / people.groupby(members).sum()


def sort_name(name: str) -> str:
    """A name without accents nor case, as a French list is sorted.

    Examples
    --------
    >>> sorted(["Évron", "Ernée", "Fougerolles"], key=sort_name)
    ['Ernée', 'Évron', 'Fougerolles']
    """
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


ARTICLES = frozenset({"Le", "La", "Les"})
"""What a short name may begin with in place of the « du » or « des » of the full one."""


def filing_name(name: str) -> str:
    """Where a list files an intercommunality: its short name, the article left aside.

    Examples
    --------
    >>> sorted(["Laval Agglomération", "Les Coëvrons", "Ernée"], key=filing_name)
    ['Les Coëvrons', 'Ernée', 'Laval Agglomération']
    """
    article, _, rest = name.partition(" ")
    return sort_name(rest if rest and article in ARTICLES else name)


def zone_set(zones: gpd.GeoDataFrame, level: Level, texts: Mapping[str, Any]) -> ZoneSet:
    """Zones of one level as the document holds them."""
    words = texts["compose"]["levels"][level]
    return ZoneSet(
        level=level,
        label=words["one"],
        label_plural=words["many"],
        codes=tuple(map(str, zones.index)),
        names=tuple(map(str, zones["zone_name"])),
        short_names=tuple(map(str, zones["short_name"])),
        parents=tuple(map(str, zones["parent"])) if (zones["parent"] != "").any() else (),
        label_points=label_points(zones.geometry),
        geometry=collection(zones.geometry),
    )


def context_of(territory: Territory, shapes: Shapes) -> dict[str, Any]:
    """Neighbouring departments clipped to the page, with their names and a place for each."""
    names = territory.departements["departement_name"].reindex(shapes.neighbours.index)
    labels = pd.DataFrame(
        {
            "name": names.astype(str),
            "label": [list(point) for point in label_points(shapes.neighbours)],
        },
        index=shapes.neighbours.index,
    )
    return collection(shapes.neighbours, labels)


def outlines_of(shapes: Shapes) -> dict[str, Any]:
    """Border of the department, as lines; those of the zones are in their own geometry."""
    zone = shapes.zones["departement"]
    lines = gpd.GeoSeries(shapely.boundary(np.asarray(zone.array)), index=zone.index)
    return collection(lines, pd.DataFrame({"kind": "departement"}, index=zone.index))
