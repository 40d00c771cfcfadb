"""Small static maps for the dossiers: one colour a class, a pattern where colour alone would tell."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import shapely

from demomed.core.catalogue import entry
from demomed.core.document import ZoneSet
from demomed.rendering.french import number, typeset
from demomed.rendering.geometry import FLAT
from demomed.rendering.scene import Scene
from demomed.rendering.static_map import flat, frame_for
from demomed.rendering.static_marks import MARGIN, WIDTH, Frame, path_of, patterns, text_element

Pattern = Literal["", "missing", "rising", "falling", "dots", "cross"]

FINEST = 6.0
"""Smallest bend drawn, in units of the drawing: the map is shown at less than half its size."""
STEP = 44.0
"""Height of a line of the legend."""
NAME_WIDTH, NAME_STEP = 14, 34.0
"""Characters of a line of a text written on a zone, and its height."""
PATTERNS: Mapping[str, tuple[int, str]] = {
    "rising": (14, "M-2 2l4-4M0 14L14 0M12 16l4-4"),
    "falling": (14, "M-2 12l4 4M0 0l14 14M12-2l4 4"),
    "cross": (14, "M0 7h14M7 0v14"),
    "dots": (14, "M4 4h0M11 11h0"),
}


@dataclass(frozen=True)
class Place:
    """A place marked on the map: its sign (a number), its name, its longitude and latitude."""

    sign: str
    name: str
    lonlat: tuple[float, float]


@dataclass(frozen=True)
class Swatch:
    """One class of a small map.

    Parameters
    ----------
    label
        What it means, in French.
    colour
        Its colour; empty for « missing ».
    pattern
        Drawn over the colour, so that the class is known without it.
    """

    label: str
    colour: str = ""
    pattern: Pattern = ""


def small_map(
    scene: Scene,
    level: str,
    swatches: Sequence[Swatch],
    classes: Mapping[str, int],
    *,
    title: str,
    description: str,
    key: str,
    theme: str,
    tips: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    places: Sequence[Place] = (),
) -> str:
    """One map of a department with its legend under it.

    Parameters
    ----------
    scene
        Shapes of the department.
    level
        ``"commune"`` or ``"epci"``; borders of the intercommunalities are drawn over communes.
    swatches
        Classes, in the order of the legend; those that no zone has are left out of it.
    classes
        Position in ``swatches`` of each zone, by code; a zone that is absent is not drawn.
    title, description
        What a reader who cannot see it is told.
    key
        Identifier, unique on its page.
    theme
        Theme of the department.
    tips, labels
        Text shown on hover and text written on each zone, by code; long texts take several lines.
    places
        Places marked above the zones.

    Returns
    -------
    str
        One ``<svg>`` element; the same bytes for the same zones.
    """
    zones, colours = scene.sets[level], entry("themes", theme)["colours"]
    shapes = flat(zones.geometry)
    frame = frame_for(shapes, 0.0)
    used = [k for k in range(len(swatches)) if k in set(classes.values())]
    root = ET.Element(
        "svg",
        {
            "viewBox": f"0 0 {WIDTH + 2 * MARGIN:.0f} {frame.height + STEP * (len(used) + 1):.0f}",
            "role": "img",
            "class": "map",
            "aria-labelledby": f"t-{key} d-{key}",
            "fill": colours["ink"],
        },
    )
    text_element(root, "title", title, {"id": f"t-{key}"})
    text_element(root, "desc", description, {"id": f"d-{key}"})
    patterns(root, key, {"colours": colours})
    _patterns(root, key, colours)
    _zones(root, zones, shapes, frame, swatches, classes, tips or {}, key, colours)
    if level == "commune":
        _lines(root, flat(scene.sets["epci"].geometry), frame, "3", colours)
    _lines(root, flat(scene.outlines), frame, "5", colours)
    _labels(root, zones, frame, labels or {}, colours)
    _places(root, places, frame, colours)
    _legend(root, swatches, used, classes, frame, key, colours)
    return ET.tostring(root, encoding="unicode")


def _patterns(root: ET.Element, key: str, colours: Mapping[str, str]) -> None:
    defs = ET.SubElement(root, "defs")
    for name, (size, path) in PATTERNS.items():
        box = {"width": str(size), "height": str(size), "patternUnits": "userSpaceOnUse"}
        pattern = ET.SubElement(defs, "pattern", {"id": f"{name}-{key}", **box})
        stroke = {"stroke": colours["ink"], "stroke-opacity": ".6", "fill": "none"}
        width = {"stroke-width": "5" if name == "dots" else "2", "stroke-linecap": "round"}
        ET.SubElement(pattern, "path", {"d": path, **stroke, **width})


def _zones(
    root: ET.Element,
    zones: ZoneSet,
    shapes: np.ndarray,
    frame: Frame,
    swatches: Sequence[Swatch],
    classes: Mapping[str, int],
    tips: Mapping[str, str],
    key: str,
    colours: Mapping[str, str],
) -> None:
    line = {"stroke": colours["rules"], "stroke-width": "1.5", "stroke-linejoin": "round"}
    group = ET.SubElement(root, "g", line)
    over: dict[str, list[str]] = {}
    simple = shapely.coverage_simplify(shapes, FINEST / frame.scale)
    for code, name, shape in zip(zones.codes, zones.names, simple, strict=True):
        if code not in classes:
            continue
        swatch, path = swatches[classes[code]], path_of(shape, frame)
        fill = swatch.colour or f"url(#missing-{key})"
        element = ET.SubElement(group, "path", {"d": path, "fill": fill})
        told = tips.get(code, swatch.label)
        text_element(element, "title", typeset(f"{name} : {told}"), {})
        if swatch.pattern in PATTERNS:
            over.setdefault(swatch.pattern, []).append(path)
    for pattern, paths in over.items():
        lines = {"fill": f"url(#{pattern}-{key})", "pointer-events": "none", "d": "".join(paths)}
        ET.SubElement(root, "path", lines)


def _lines(
    root: ET.Element, shapes: np.ndarray, frame: Frame, width: str, colours: Mapping[str, str]
) -> None:
    simple = shapely.simplify(shapes, FINEST / frame.scale)
    if len(shapes) and shapes[0].geom_type.endswith("Polygon"):
        simple = shapely.coverage_simplify(shapes, FINEST / frame.scale)
    look = {"fill": "none", "stroke": colours["ink"], "stroke-opacity": ".7", "stroke-width": width}
    ET.SubElement(root, "path", {"d": "".join(path_of(s, frame) for s in simple), **look})


def _labels(
    root: ET.Element,
    zones: ZoneSet,
    frame: Frame,
    labels: Mapping[str, str],
    colours: Mapping[str, str],
) -> None:
    if not labels:
        return
    halo = {"stroke": "#ffffff", "stroke-width": "6", "paint-order": "stroke"}
    group = ET.SubElement(root, "g", {"text-anchor": "middle", "fill": colours["ink"], **halo})
    for code, (x, y) in zip(zones.codes, _places_of(zones.label_points, frame), strict=True):
        lines = textwrap.wrap(labels.get(code, ""), NAME_WIDTH)
        for number_, line in enumerate(lines):
            top = y + 10 + NAME_STEP * (number_ - (len(lines) - 1) / 2)
            where = {"x": f"{x:.0f}", "y": f"{top:.0f}", "font-size": "32"}
            text_element(group, "text", line, where | {"font-weight": "600"})


def _places_of(lonlat: Sequence[tuple[float, float]], frame: Frame) -> np.ndarray:
    points = gpd.GeoSeries(shapely.points(np.asarray(lonlat)), crs=4326).to_crs(FLAT)
    return frame.place(shapely.get_coordinates(np.asarray(points.array)))


def _places(
    root: ET.Element, places: Sequence[Place], frame: Frame, colours: Mapping[str, str]
) -> None:
    if not places:
        return
    halo = {"stroke": colours["paper"], "stroke-width": "6", "paint-order": "stroke"}
    group = ET.SubElement(root, "g", {"fill": colours["ink"], "font-size": "32", **halo})
    found = _places_of([place.lonlat for place in places], frame)
    for place, (x, y) in zip(places, found, strict=True):
        mark = ET.SubElement(group, "circle", {"cx": f"{x:.0f}", "cy": f"{y:.0f}", "r": "24"})
        text_element(mark, "title", typeset(f"{place.sign} : {place.name}"), {})
        where = {"x": f"{x:.0f}", "y": f"{y + 11:.0f}", "text-anchor": "middle"}
        look = {"fill": colours["paper"], "stroke": "none", "font-weight": "700"}
        text_element(group, "text", place.sign, where | look)
        under = {"x": f"{x:.0f}", "y": f"{y + 56:.0f}", "text-anchor": "middle"}
        text_element(group, "text", place.name, under | {"font-weight": "600"})


def _legend(
    root: ET.Element,
    swatches: Sequence[Swatch],
    used: Sequence[int],
    classes: Mapping[str, int],
    frame: Frame,
    key: str,
    colours: Mapping[str, str],
) -> None:
    held = list(classes.values())
    y = frame.height + STEP
    for k in used:
        swatch = swatches[k]
        box = {"x": f"{MARGIN:.0f}", "y": f"{y - 26:.0f}", "width": "56", "height": "34"}
        edge = {"stroke": colours["secondary"], "stroke-width": "1.5"}
        fill = swatch.colour or f"url(#missing-{key})"
        ET.SubElement(root, "rect", {**box, **edge, "fill": fill})
        if swatch.pattern in PATTERNS:
            ET.SubElement(root, "rect", {**box, "fill": f"url(#{swatch.pattern}-{key})"})
        text = typeset(f"{swatch.label} ({number(held.count(k))})")
        where = {"x": f"{MARGIN + 74:.0f}", "y": f"{y:.0f}", "font-size": "31"}
        text_element(root, "text", text, where)
        y += STEP


def class_swatches(
    bounds: Sequence[float], colours: Sequence[str], decimals: int, absent: str
) -> tuple[Swatch, ...]:
    """Classes between fixed inner bounds, and « missing » after them.

    Parameters
    ----------
    bounds
        Inner bounds, rising; a value on a bound belongs to the lower class.
    colours
        One more than bounds, from the lowest class.
    decimals
        Decimals of the bounds.
    absent
        Words for a missing value.

    Examples
    --------
    >>> [s.label for s in class_swatches((1, 2), ("#fff", "#ccc", "#000"), 0, "n.d.")]
    ['1 ou moins', 'plus de 1, jusqu’à 2', 'plus de 2', 'n.d.']
    """
    told = [number(b, decimals) for b in bounds]
    labels = [
        f"{told[0]} ou moins",
        *(f"plus de {a}, jusqu’à {b}" for a, b in pairwise(told)),
        f"plus de {told[-1]}",
    ]
    pairs = zip(labels, colours, strict=True)
    return (*(Swatch(label, colour) for label, colour in pairs), Swatch(absent))


def class_of(value: float, bounds: Sequence[float]) -> int:
    """Position of a value among :func:`class_swatches`, the last one when it is missing.

    Examples
    --------
    >>> [class_of(v, (1, 2)) for v in (1.0, 1.5, 9.0, float("nan"))]
    [0, 1, 2, 3]
    """
    if np.isnan(value):
        return len(bounds) + 1
    return int(np.searchsorted(np.asarray(bounds, dtype=float), value, side="left"))
