"""The map of the static drawing: neighbours, zones, borders, circles, names, scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import shapely

from demomed.core.document import Layer, LevelValues, MapDocument, ZoneSet
from demomed.rendering.french import typeset, with_unit
from demomed.rendering.geometry import FLAT
from demomed.rendering.static_labels import LONGEST_LABEL, draw_labels, placed_labels
from demomed.rendering.static_marks import (
    MARGIN,
    PIXEL,
    WIDTH,
    Frame,
    path_of,
    text_element,
    text_lines,
)

FINEST = 3.0
"""Smallest bend drawn, in units of the drawing: a print has no zoom."""
SCALES_KM: tuple[int, ...] = (1, 2, 5, 10, 20, 50, 100)


def _fill(
    status: str, rank: int | None, values: LevelValues, key: str, theme: Mapping[str, Any]
) -> str:
    if rank is not None:
        return values.colours[rank]
    if values.radii:
        return str(theme["colours"]["panel"])
    if status == "zero":
        return str(theme["colours"]["zero"])
    return f"url(#{status}-{key})"


def draw_map(
    root: ET.Element,
    document: MapDocument,
    layer: Layer,
    zones: ZoneSet,
    values: LevelValues,
    shapes: np.ndarray,
    frame: Frame,
    key: str,
    theme: Mapping[str, Any],
    words: Mapping[str, str],
) -> None:
    """Draw the map of a layer: neighbours, zones and their states, borders, circles, names, scale."""
    colours = theme["colours"]
    box = {
        "x": f"{MARGIN:.0f}",
        "y": f"{frame.top:.0f}",
        "width": f"{WIDTH:.0f}",
        "height": f"{frame.height:.0f}",
    }
    area = ET.SubElement(root, "g", {"stroke-linejoin": "round"})
    ET.SubElement(area, "rect", {**box, "fill": colours["neighbour"]})
    around = ET.SubElement(area, "g", {"fill": colours["neighbour"], "stroke": "#ffffff"})
    context = shapely.coverage_simplify(flat(document.context), FINEST / frame.scale)
    for shape in shapely.clip_by_rect(context, *frame.bounds):
        ET.SubElement(around, "path", {"d": path_of(shape, frame)})
    fine = zones.level == "commune"
    stroke = {"stroke": colours["rules"] if fine else colours["ink"]}
    shapes = shapely.coverage_simplify(shapes, FINEST / frame.scale)
    drawn = ET.SubElement(area, "g", {**stroke, "stroke-width": "1" if fine else "2"})
    weak = []
    for position, shape in enumerate(shapes):
        status = values.statuses[position]
        path = path_of(shape, frame)
        colour = _fill(status, values.classes[position], values, key, theme)
        element = ET.SubElement(drawn, "path", {"d": path, "fill": colour})
        value = values.texts[position]
        if values.values[position] is not None:
            value = with_unit(value, layer.unit)
        told = words["zone"].format(name=zones.names[position], value=value)
        text_element(element, "title", typeset(told), {})
        if status == "unstable" and not values.radii:
            weak.append(path)
    if weak:
        lines = {"d": "".join(weak), "fill": f"url(#unstable-{key})", "pointer-events": "none"}
        ET.SubElement(area, "path", lines)
    _borders(area, document, zones, frame, colours)
    _circles(area, zones, values, frame, colours)
    _towns(area, document, frame, colours, named=fine)
    if not fine:
        places = _points(zones.label_points, frame)
        marks = [words["coarse_mark"] if len(t) > LONGEST_LABEL else t for t in values.texts]
        labels = placed_labels(places, zones.short_names, marks, shapely.area(shapes))
        draw_labels(area, labels, colours)
    _scale_bar(root, frame, colours, words)


def _borders(
    area: ET.Element,
    document: MapDocument,
    zones: ZoneSet,
    frame: Frame,
    colours: Mapping[str, str],
) -> None:
    group = ET.SubElement(area, "g", {"fill": "none", "stroke": colours["ink"]})
    if zones.level == "commune" and "epci" in document.zones:
        shapes = shapely.coverage_simplify(
            flat(document.zones["epci"].geometry), FINEST / frame.scale
        )
        path = "".join(path_of(shape, frame) for shape in shapes)
        ET.SubElement(group, "path", {"d": path, "stroke-width": "2", "stroke-opacity": ".7"})
    for line in shapely.simplify(flat(document.outlines), FINEST / frame.scale / 2):
        ET.SubElement(group, "path", {"d": path_of(line, frame), "stroke-width": "4"})


def _points(lonlat: Sequence[tuple[float, float]], frame: Frame) -> np.ndarray:
    if not lonlat:
        return np.empty((0, 2))
    flat = gpd.GeoSeries(shapely.points(np.asarray(lonlat)), crs=4326).to_crs(FLAT)
    return frame.place(shapely.get_coordinates(np.asarray(flat.array)))


def _circles(
    area: ET.Element,
    zones: ZoneSet,
    values: LevelValues,
    frame: Frame,
    colours: Mapping[str, str],
) -> None:
    if not values.radii:
        return
    places = _points(zones.label_points, frame)
    group = ET.SubElement(
        area, "g", {"fill": colours["circle"], "fill-opacity": ".35", "stroke": colours["circle"]}
    )
    for position in sorted(range(len(values.radii)), key=lambda i: (-values.radii[i], i)):
        if values.radii[position] > 0:
            x, y = places[position]
            size = f"{values.radii[position] * PIXEL:.1f}"
            ET.SubElement(group, "circle", {"cx": f"{x:.0f}", "cy": f"{y:.0f}", "r": size})


def _towns(
    area: ET.Element,
    document: MapDocument,
    frame: Frame,
    colours: Mapping[str, str],
    *,
    named: bool,
) -> None:
    for points in document.points:
        if points.id != "towns":
            continue
        group = ET.SubElement(
            area,
            "g",
            {
                "fill": colours["ink"],
                "stroke": "#ffffff",
                "stroke-width": "3",
                "paint-order": "stroke",
            },
        )
        for name, (x, y) in zip(points.names, _points(points.lonlat, frame), strict=True):
            ET.SubElement(group, "circle", {"cx": f"{x:.0f}", "cy": f"{y:.0f}", "r": "4"})
            if named:
                where = {"x": f"{x + 8:.0f}", "y": f"{y + 5:.0f}", "font-size": "16"}
                text_element(group, "text", name, where)


def _scale_bar(
    root: ET.Element, frame: Frame, colours: Mapping[str, str], words: Mapping[str, str]
) -> None:
    if frame.height <= 0:
        return
    most = WIDTH / 4 / frame.scale / 1000
    km = max((k for k in SCALES_KM if k <= most), default=SCALES_KM[0])
    length, y = km * 1000 * frame.scale, frame.top + frame.height - 16
    ET.SubElement(
        root,
        "path",
        {
            "d": f"M{MARGIN + 14:.0f} {y - 8:.0f}v8h{length:.0f}v-8",
            "fill": "none",
            "stroke": colours["ink"],
            "stroke-width": "2",
        },
    )
    label = typeset(words["scale"].format(km=km))
    text_lines(root, [label], MARGIN + 22 + length, y, 16)


def flat(features: Mapping[str, Any]) -> np.ndarray:
    """Shapes of a FeatureCollection in Lambert-93."""
    shapes = [shapely.geometry.shape(f["geometry"]) for f in features.get("features", ())]
    if not shapes:
        return np.array([], dtype=object)
    return np.asarray(gpd.GeoSeries(shapes, crs=4326).to_crs(FLAT).array)


def frame_for(shapes: np.ndarray, top: float) -> Frame:
    """Scale and place of the drawing that hold all shapes."""
    if not len(shapes):
        return Frame(1.0, 0.0, 0.0, top, 0.0)
    west, south, east, north = shapely.total_bounds(shapes)
    pad = 0.03 * max(east - west, north - south)
    west, south, east, north = west - pad, south - pad, east + pad, north + pad
    scale = min(WIDTH / (east - west), 1.15 * WIDTH / (north - south))
    return Frame(scale, west, north, top, (north - south) * scale)
