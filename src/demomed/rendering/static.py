"""The static twin of a map: one SVG for print, for pages without script, and for reuse."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import shapely

from demomed.core.catalogue import entry
from demomed.core.catalogue import texts as catalogue_texts
from demomed.core.document import Layer, LegendEntry, LevelValues, MapDocument, ZoneSet
from demomed.core.faults import Fault, InputError, closest
from demomed.rendering.french import number, typeset, with_unit
from demomed.rendering.geometry import FLAT

WIDTH, MARGIN, LEGEND = 1000.0, 24.0, 400.0
"""Width of the map, margin, and width of the legend, in units of the drawing."""
LINE = 26.0
"""Height of a line of text."""
PIXEL = 1.7
"""Units of the drawing for one pixel of the screen: sizes of circles follow."""
FINEST = 3.0
"""Smallest bend drawn, in units of the drawing: a print has no zoom."""
SCALES_KM: tuple[int, ...] = (1, 2, 5, 10, 20, 50, 100)

_INVALID_XML = {c: None for c in range(32) if c not in (9, 10, 13)} | {0xFFFE: None, 0xFFFF: None}


@dataclass(frozen=True)
class Frame:
    """From Lambert-93 metres to the drawing: scale, origin and size."""

    scale: float
    west: float
    north: float
    top: float
    height: float

    def place(self, xy: np.ndarray) -> np.ndarray:
        """Metres to units of the drawing."""
        x = MARGIN + (xy[:, 0] - self.west) * self.scale
        y = self.top + (self.north - xy[:, 1]) * self.scale
        return np.column_stack([x, y])


def static_svg(document: MapDocument, layer_id: str | None = None, level: str | None = None) -> str:
    """One layer of a page drawn once for all, with its title, legend, scale and sources.

    Parameters
    ----------
    document
        The page.
    layer_id, level
        Layer and level drawn; those of the page by default.

    Returns
    -------
    str
        An SVG document in Lambert-93, the same bytes for the same document. Missing zones are
        hatched, masked ones dotted, weak values lined over their colour, so that the drawing
        still speaks in grey.

    Raises
    ------
    InputError
        If the layer is unknown or not drawn at that level.
    """
    layer, shown = _chosen(document, layer_id, level)
    zones, values = document.zones[shown], layer.levels[shown]
    theme = entry("themes", document.theme)
    words = catalogue_texts(document.language)["compose"]["static"]
    titles = textwrap.wrap(f"{layer.label}, {layer.date_label}".strip(" ,"), 72)
    nature = typeset(words["nature"].format(nature=layer.nature_label))
    subtitle = textwrap.wrap(f"{document.title}. {nature}", 100)
    footer = _footer(document, layer, words)
    shapes = _flat(zones.geometry)
    frame = _frame(shapes, MARGIN + LINE * (len(titles) + len(subtitle) + 1))
    legend_height = LINE * (4 + 1.6 * len(values.legend) + len(textwrap.wrap(values.classing, 40)))
    bottom = frame.top + max(frame.height, legend_height) + MARGIN
    width, height = WIDTH + LEGEND + 3 * MARGIN, bottom + 22 * len(footer) + MARGIN
    key = f"{layer.id}-{shown}"
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {width:.0f} {height:.0f}",
            "role": "img",
            "aria-labelledby": f"t-{key} d-{key}",
            "font-family": theme["fonts"]["text"],
            "fill": theme["colours"]["ink"],
        },
    )
    _text_element(root, "title", f"{document.title} – {layer.label}", {"id": f"t-{key}"})
    _text_element(root, "desc", layer.text_alternative, {"id": f"d-{key}"})
    _patterns(root, key, theme)
    ET.SubElement(
        root, "rect", {"width": f"{width:.0f}", "height": f"{height:.0f}", "fill": "#ffffff"}
    )
    _lines(root, titles, MARGIN, MARGIN + LINE, 26, weight="600")
    _lines(root, subtitle, MARGIN, MARGIN + LINE * (len(titles) + 1), 19)
    _draw_map(root, document, layer, zones, values, shapes, frame, key, theme, words)
    _draw_legend(root, layer, values, frame, key, theme, words)
    _lines(root, footer, MARGIN, bottom + 22, 17, colour=theme["colours"]["secondary"], step=22)
    return ET.tostring(root, encoding="unicode") + "\n"


def _chosen(document: MapDocument, layer_id: str | None, level: str | None) -> tuple[Layer, str]:
    wanted = layer_id or document.default_layer
    by_id = {layer.id: layer for layer in document.layers}
    if wanted not in by_id:
        raise InputError(
            Fault("dessin", f"couche « {wanted} »", "une couche de la page", closest(wanted, by_id))
        )
    layer = by_id[wanted]
    shown = level or document.default_level
    if level is None and shown not in layer.levels:
        shown = next(iter(layer.levels))
    if shown not in layer.levels:
        raise InputError(
            Fault(
                "dessin",
                f"échelle « {shown} »",
                "une échelle de la couche",
                closest(shown, layer.levels),
            )
        )
    return layer, shown


def _flat(features: Mapping[str, Any]) -> np.ndarray:
    shapes = [shapely.geometry.shape(f["geometry"]) for f in features.get("features", ())]
    if not shapes:
        return np.array([], dtype=object)
    return np.asarray(gpd.GeoSeries(shapes, crs=4326).to_crs(FLAT).array)


def _frame(shapes: np.ndarray, top: float) -> Frame:
    if not len(shapes):
        return Frame(1.0, 0.0, 0.0, top, 0.0)
    west, south, east, north = shapely.total_bounds(shapes)
    pad = 0.03 * max(east - west, north - south)
    west, south, east, north = west - pad, south - pad, east + pad, north + pad
    scale = min(WIDTH / (east - west), 1.15 * WIDTH / (north - south))
    return Frame(scale, west, north, top, (north - south) * scale)


def _path(shape: Any, frame: Frame) -> str:
    """Whole steps from point to point: a tenth of the weight of absolute coordinates."""
    pieces = []
    for part in shapely.get_parts(shape):
        lines = [part] if part.geom_type == "LineString" else [part.exterior, *part.interiors]
        for line in lines:
            xy = np.rint(frame.place(shapely.get_coordinates(line))).astype(int)
            steps = np.diff(xy, axis=0)
            steps = steps[(steps != 0).any(axis=1)]
            if not len(steps):
                continue
            moves = "".join(
                f"{value}" if value < 0 else f" {value}" for value in steps.ravel().tolist()
            )
            close = "" if part.geom_type == "LineString" else "z"
            pieces.append(f"M{xy[0][0]} {xy[0][1]}l{moves.lstrip()}{close}")
    return "".join(pieces)


def _text_element(
    parent: ET.Element, tag: str, text: str, attributes: Mapping[str, str]
) -> ET.Element:
    element = ET.SubElement(parent, tag, dict(attributes))
    element.text = text.translate(_INVALID_XML)
    return element


def _lines(
    parent: ET.Element,
    lines: Sequence[str],
    x: float,
    y: float,
    size: float,
    *,
    weight: str = "",
    colour: str = "",
    step: float = LINE,
) -> float:
    for line in lines:
        attributes = {"x": f"{x:.0f}", "y": f"{y:.0f}", "font-size": f"{size:g}"}
        if weight:
            attributes["font-weight"] = weight
        if colour:
            attributes["fill"] = colour
        _text_element(parent, "text", line, attributes)
        y += step
    return y


def _patterns(root: ET.Element, key: str, theme: Mapping[str, Any]) -> None:
    """Hatches and dots that still differ in grey."""
    colours = theme["colours"]
    defs = ET.SubElement(root, "defs")
    drawings = {
        "missing": (14, "M-2 2l4-4M0 14L14 0M12 16l4-4", colours["hatch"], "2", colours["panel"]),
        "unstable": (10, "M-2 8l4 4M0 0l10 10M8-2l4 4", colours["ink"], "1", ""),
        "not_applicable": (12, "M0 6h12", colours["rules"], "2", colours["panel"]),
        "coarse": (12, "M0 6h12M6 0v12", colours["hatch"], "1", colours["panel"]),
    }
    for name, (size, path, stroke, width, paper) in drawings.items():
        pattern = _pattern(defs, f"{name}-{key}", size, paper)
        ET.SubElement(
            pattern,
            "path",
            {"d": path, "stroke": stroke, "stroke-width": width, "fill": "none"}
            | ({"stroke-opacity": ".55"} if name == "unstable" else {}),
        )
    dots = _pattern(defs, f"masked-{key}", 12, colours["panel"])
    for x, y in ((3, 3), (9, 9)):
        ET.SubElement(
            dots, "circle", {"cx": str(x), "cy": str(y), "r": "2", "fill": colours["hatch"]}
        )


def _pattern(defs: ET.Element, name: str, size: int, paper: str) -> ET.Element:
    pattern = ET.SubElement(
        defs,
        "pattern",
        {"id": name, "width": str(size), "height": str(size), "patternUnits": "userSpaceOnUse"},
    )
    if paper:
        ET.SubElement(pattern, "rect", {"width": str(size), "height": str(size), "fill": paper})
    return pattern


def _fill(
    status: str, rank: int | None, values: LevelValues, key: str, theme: Mapping[str, Any]
) -> str:
    if rank is not None:
        return values.colours[rank]
    if status == "zero" or values.radii:
        return str(theme["colours"]["zero"])
    return f"url(#{status}-{key})"


def _draw_map(
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
    colours = theme["colours"]
    clip = ET.SubElement(ET.SubElement(root, "defs"), "clipPath", {"id": f"clip-{key}"})
    box = {
        "x": f"{MARGIN:.0f}",
        "y": f"{frame.top:.0f}",
        "width": f"{WIDTH:.0f}",
        "height": f"{frame.height:.0f}",
    }
    ET.SubElement(clip, "rect", box)
    area = ET.SubElement(root, "g", {"clip-path": f"url(#clip-{key})", "stroke-linejoin": "round"})
    ET.SubElement(area, "rect", {**box, "fill": colours["neighbour"]})
    around = ET.SubElement(area, "g", {"fill": colours["neighbour"], "stroke": "#ffffff"})
    for shape in shapely.coverage_simplify(_flat(document.context), FINEST / frame.scale):
        ET.SubElement(around, "path", {"d": _path(shape, frame)})
    fine = zones.level == "commune"
    stroke = {"stroke": colours["rules"] if fine else colours["ink"]}
    shapes = shapely.coverage_simplify(shapes, FINEST / frame.scale)
    drawn = ET.SubElement(area, "g", {**stroke, "stroke-width": "1" if fine else "2"})
    weak = []
    for position, shape in enumerate(shapes):
        status = values.statuses[position]
        path = _path(shape, frame)
        colour = _fill(status, values.classes[position], values, key, theme)
        element = ET.SubElement(drawn, "path", {"d": path, "fill": colour})
        value = values.texts[position]
        if values.values[position] is not None:
            value = with_unit(value, layer.unit)
        told = words["zone"].format(name=zones.names[position], value=value)
        _text_element(element, "title", typeset(told), {})
        if status == "unstable" and not values.radii:
            weak.append(path)
    if weak:
        lines = {"d": "".join(weak), "fill": f"url(#unstable-{key})", "pointer-events": "none"}
        ET.SubElement(area, "path", lines)
    _borders(area, document, zones, frame, colours)
    _circles(area, zones, values, frame, colours)
    _towns(area, document, frame, colours, named=fine)
    if not fine:
        _labels(area, zones, values, frame, colours)
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
            _flat(document.zones["epci"].geometry), FINEST / frame.scale
        )
        path = "".join(_path(shape, frame) for shape in shapes)
        ET.SubElement(group, "path", {"d": path, "stroke-width": "2", "stroke-opacity": ".7"})
    for line in shapely.simplify(_flat(document.outlines), FINEST / frame.scale / 2):
        ET.SubElement(group, "path", {"d": _path(line, frame), "stroke-width": "4"})


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


def _labels(
    area: ET.Element,
    zones: ZoneSet,
    values: LevelValues,
    frame: Frame,
    colours: Mapping[str, str],
) -> None:
    group = ET.SubElement(
        area,
        "g",
        {
            "text-anchor": "middle",
            "stroke": "#ffffff",
            "stroke-width": "4",
            "paint-order": "stroke",
            "fill": colours["ink"],
        },
    )
    for position, (x, y) in enumerate(_points(zones.label_points, frame)):
        name = textwrap.wrap(zones.short_names[position], 16)
        top = y - 9 * len(name)
        for line in name:
            _text_element(
                group, "text", line, {"x": f"{x:.0f}", "y": f"{top:.0f}", "font-size": "17"}
            )
            top += 18
        bold = {"x": f"{x:.0f}", "y": f"{top + 4:.0f}", "font-size": "21", "font-weight": "600"}
        _text_element(group, "text", values.texts[position], bold)


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
                _text_element(group, "text", name, where)


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
    _lines(root, [label], MARGIN + 22 + length, y, 16)


def _draw_legend(
    root: ET.Element,
    layer: Layer,
    values: LevelValues,
    frame: Frame,
    key: str,
    theme: Mapping[str, Any],
    words: Mapping[str, str],
) -> None:
    colours = theme["colours"]
    x, y = WIDTH + 2 * MARGIN, frame.top + LINE
    y = _lines(root, textwrap.wrap(layer.unit, 40), x, y, 19, weight="600")
    for item in values.legend:
        y = _legend_line(root, item, x, y + 8, key, colours, words)
    if layer.legend_note:
        y = _lines(root, textwrap.wrap(layer.legend_note, 40), x, y + LINE, 18)
    y = _lines(
        root,
        textwrap.wrap(values.reference, 42),
        x,
        y + 10,
        17,
        colour=colours["secondary"],
        step=22,
    )
    _lines(
        root,
        textwrap.wrap(values.classing, 42),
        x,
        y + 10,
        17,
        colour=colours["secondary"],
        step=22,
    )


def _legend_line(
    root: ET.Element,
    item: LegendEntry,
    x: float,
    y: float,
    key: str,
    colours: Mapping[str, str],
    words: Mapping[str, str],
) -> float:
    size = max(13.0, item.size * PIXEL) if item.kind == "circle" else 13.0
    middle = y + size - 7
    if item.kind == "circle":
        ET.SubElement(
            root,
            "circle",
            {
                "cx": f"{x + 52:.0f}",
                "cy": f"{middle:.0f}",
                "r": f"{item.size * PIXEL:.1f}",
                "fill": item.colour,
                "fill-opacity": ".35",
                "stroke": item.colour,
            },
        )
        label, left = item.label, x + 114
    else:
        fill = item.colour or f"url(#{item.kind}-{key})"
        ET.SubElement(
            root,
            "rect",
            {
                "x": f"{x:.0f}",
                "y": f"{middle - 12:.0f}",
                "width": "38",
                "height": "24",
                "fill": fill,
                "stroke": colours["secondary"],
            },
        )
        label = words["of_zones"].format(label=item.label, count=number(item.count))
        left = x + 50
    return _lines(root, textwrap.wrap(label, 34), left, middle + 6, 18, step=22) + 2 * size - 26


def _footer(document: MapDocument, layer: Layer, words: Mapping[str, str]) -> list[str]:
    used = [s for s in document.sources if s.id in layer.source_ids]
    sources = " ; ".join(", ".join(filter(None, (s.producer, s.title, s.vintage))) for s in used)
    text = words["sources"].format(sources=sources) if sources else ""
    texts = [text, layer.caveat, words["projection"], document.licence]
    return textwrap.wrap(typeset(" ".join(filter(None, texts))), 160)
