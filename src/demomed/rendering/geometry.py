"""Shapes of a page: zones once, places to write their names, neighbours, outlines, points."""

from __future__ import annotations

import math
from collections.abc import Mapping
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
MARGIN = 0.04
"""Share of the department's size drawn around it."""


def collection(geometries: gpd.GeoSeries, properties: pd.DataFrame | None = None) -> dict[str, Any]:
    """A GeoJSON FeatureCollection in the order of the index, five decimals, ``id`` = the index.

    Parameters
    ----------
    geometries
        WGS84.
    properties
        Further properties, same index.

    Examples
    --------
    >>> square = gpd.GeoSeries([shapely.box(0, 0, 1, 1)], index=["A"], crs=4326)
    >>> collection(square)["features"][0]["properties"]
    {'id': 'A'}
    """
    shapes = shapely.transform(np.asarray(geometries.array), lambda xy: np.round(xy, DECIMALS))
    extra = properties.to_dict("records") if properties is not None else [{}] * len(shapes)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"id": str(code), **more},
                "geometry": _plain(shapely.geometry.mapping(shape)),
            }
            for code, more, shape in zip(geometries.index, extra, shapes, strict=True)
        ],
    }


def _plain(mapped: Mapping[str, Any]) -> dict[str, Any]:
    if mapped["type"] == "GeometryCollection":
        return {"type": mapped["type"], "geometries": [_plain(g) for g in mapped["geometries"]]}
    return {"type": mapped["type"], "coordinates": mapped["coordinates"]}


def label_points(geometries: gpd.GeoSeries) -> tuple[tuple[float, float], ...]:
    """The place inside each shape that is furthest from its border, as longitude and latitude.

    Centre of the largest inscribed circle of the largest part; always inside.

    Examples
    --------
    >>> label_points(gpd.GeoSeries([shapely.box(0, 0, 2, 2)], crs=4326))
    ((1.0, 1.0),)
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


def zone_table(territory: Territory, level: Level, texts: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Zones of a level with their names, how a sentence calls them, and their parent.

    Returns
    -------
    GeoDataFrame
        Index zone code, sorted by name; ``zone_name, short_name, phrase, parent, geometry``.
    """
    zones = territory.zones(level).copy()
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
    order = sorted(zones.index, key=lambda code: (sort_name(zones.at[code, "short_name"]), code))
    return zones.loc[order]


def sort_name(name: str) -> str:
    """A name without accents nor case, as a French list is sorted.

    Examples
    --------
    >>> sorted(["Évron", "Ernée", "Fougerolles"], key=sort_name)
    ['Ernée', 'Évron', 'Fougerolles']
    """
    decomposed = pd.Series([name]).str.normalize("NFKD").iloc[0]
    return "".join(c for c in decomposed if not 0x300 <= ord(c) < 0x370).casefold()


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


def frame_of(territory: Territory) -> Any:
    """Box of what a page shows: the department and its intercommunalities, with a margin."""
    west, south, east, north = shapely.bounds(
        shapely.union_all(
            [shapely.box(*territory.zones(level).total_bounds) for level in ("departement", "epci")]
        )
    )
    pad = MARGIN * max(east - west, north - south)
    return shapely.box(west - pad, south - pad, east + pad, north + pad)


def context_of(territory: Territory) -> dict[str, Any]:
    """Neighbouring departments clipped to the page, with their names and a place for each."""
    around = territory.departements.loc[territory.departements.index != territory.department.code]
    around = around.loc[:, ["departement_name", "geometry"]].sort_index()
    clipped = gpd.GeoSeries(
        shapely.intersection(np.asarray(around.geometry.array), frame_of(territory)),
        index=around.index,
        crs=around.crs,
    )
    kept = clipped.loc[[not s.is_empty and s.area > 0 for s in clipped]]
    kept = kept.map(_only_polygons)
    labels = pd.DataFrame(
        {
            "name": around.loc[kept.index, "departement_name"].astype(str),
            "label": [list(point) for point in label_points(kept)],
        },
        index=kept.index,
    )
    return collection(kept, labels)


def _only_polygons(shape: Any) -> Any:
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def outlines_of(territory: Territory) -> dict[str, Any]:
    """Border of the department, as lines; those of the zones are in their own geometry."""
    zone = territory.zones("departement")
    lines = gpd.GeoSeries(shapely.boundary(np.asarray(zone.geometry.array)), index=zone.index)
    return collection(lines, pd.DataFrame({"kind": "departement"}, index=zone.index))
