"""The static twin of a map: one SVG for print, for pages without script, and for reuse."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from demomed.core.catalogue import entry
from demomed.core.catalogue import texts as catalogue_texts
from demomed.core.document import Layer, LegendEntry, LevelValues, MapDocument
from demomed.core.faults import Fault, InputError, closest
from demomed.rendering.french import capitalised, number, typeset
from demomed.rendering.internal import META, internal_stamp
from demomed.rendering.language import spoken
from demomed.rendering.static_map import draw_map, flat, frame_for
from demomed.rendering.static_marks import (
    LEGEND,
    LINE,
    MARGIN,
    PIXEL,
    WIDTH,
    Frame,
    patterns,
    text_element,
    text_lines,
)


@spoken
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
    texts = catalogue_texts(document.language)
    words = texts["compose"]["static"] | {"coarse_mark": typeset(texts["page"]["coarse_mark"])}
    titles = textwrap.wrap(f"{layer.label}, {layer.date_label}".strip(" ,"), 72)
    nature = typeset(words["nature"].format(nature=layer.nature_label))
    subtitle = textwrap.wrap(f"{document.title}. {nature}", 100)
    footer = _footer(document, layer, words)
    shapes = flat(zones.geometry)
    frame = frame_for(shapes, MARGIN + LINE * (len(titles) + len(subtitle) + 1))
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
    if document.internal:
        root.set(f"data-{META}", internal_stamp(document.language))
    text_element(root, "title", f"{document.title} – {layer.label}", {"id": f"t-{key}"})
    text_element(root, "desc", layer.text_alternative, {"id": f"d-{key}"})
    patterns(root, key, theme)
    ET.SubElement(
        root, "rect", {"width": f"{width:.0f}", "height": f"{height:.0f}", "fill": "#ffffff"}
    )
    text_lines(root, titles, MARGIN, MARGIN + LINE, 26, weight="600")
    text_lines(root, subtitle, MARGIN, MARGIN + LINE * (len(titles) + 1), 19)
    draw_map(root, document, layer, zones, values, shapes, frame, key, theme, words)
    draw_legend(root, layer, values, frame, key, theme, words)
    text_lines(root, footer, MARGIN, bottom + 22, 17, colour=theme["colours"]["secondary"], step=22)
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


def _footer(document: MapDocument, layer: Layer, words: Mapping[str, str]) -> list[str]:
    used = [s for s in document.sources if s.id in layer.source_ids]
    sources = " ; ".join(", ".join(filter(None, (s.producer, s.title, s.vintage))) for s in used)
    text = words["sources"].format(sources=sources) if sources else ""
    stamp = capitalised(internal_stamp(document.language)) + "." if document.internal else ""
    texts = [stamp, text, layer.caveat, words["projection"], document.licence]
    return textwrap.wrap(typeset(" ".join(filter(None, texts))), 160)


def draw_legend(
    root: ET.Element,
    layer: Layer,
    values: LevelValues,
    frame: Frame,
    key: str,
    theme: Mapping[str, Any],
    words: Mapping[str, str],
) -> None:
    """Write the legend of a layer: unit, classes or circles, states, reference, how it was classed."""
    colours = theme["colours"]
    x, y = WIDTH + 2 * MARGIN, frame.top + LINE
    y = text_lines(root, textwrap.wrap(layer.unit, 40), x, y, 19, weight="600")
    for item in values.legend:
        y = _legend_line(root, item, x, y + 8, key, colours, words)
    if layer.legend_note:
        y = text_lines(root, textwrap.wrap(layer.legend_note, 40), x, y + LINE, 18)
    y = text_lines(
        root,
        textwrap.wrap(values.reference, 42),
        x,
        y + 10,
        17,
        colour=colours["secondary"],
        step=22,
    )
    text_lines(
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
    return text_lines(root, textwrap.wrap(label, 34), left, middle + 6, 18, step=22) + 2 * size - 26
