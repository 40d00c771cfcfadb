"""A MapDocument as the compact data its page carries: geometry once, values once."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from demomed.core.document import Layer, LevelValues, MapDocument, Past, PastValues, ZoneSet
from demomed.rendering import assets
from demomed.rendering.coded_texts import (
    STATUS_LETTERS,
    encode_shown,
    encode_texts,
    fold,
    told_ends,
)
from demomed.rendering.columns import (
    MOST_DIGITS,
    class_letters,
    classes_between,
    encode_codes,
    encode_numbers,
    encode_shapes,
)
from demomed.rendering.language import spoken, writing
from demomed.rendering.topology import STEPS, Topology, encode_integers, encode_line, polygons


def features_of(shapes: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Features of a FeatureCollection, of a mapping of them, or of a bare geometry."""
    if not shapes:
        return []
    if shapes.get("type") == "FeatureCollection":
        return list(shapes["features"])
    if shapes.get("type") == "Feature":
        return [shapes]
    if "type" in shapes:
        return [{"type": "Feature", "properties": {}, "geometry": shapes}]
    return [feature for part in shapes.values() for feature in features_of(part)]


def encode_points(points: Sequence[tuple[float, float]]) -> str:
    """Places as one encoded line, in steps of the borders.

    Examples
    --------
    >>> encode_points([(0.0, 0.0), (0.0004, -0.0004)])
    'AACB'
    """
    return encode_line((round(x * STEPS), round(y * STEPS)) for x, y in points)


def _radii(values: LevelValues) -> Any:
    """Radius of the unit when every area follows the value, else every radius."""
    found = {
        round(radius / math.sqrt(value), 3)
        for value, radius in zip(values.values, values.radii, strict=False)
        if value and radius
    }
    if not found:
        return 0 if values.radii else None
    if max(found) - min(found) > 0.01 * max(found):
        return [round(radius, 1) for radius in values.radii]
    return max(found)


def _zones(zones: ZoneSet, topology: Topology) -> dict[str, Any]:
    features = zones.geometry.get("features", ())
    coded: dict[str, Any] = {
        "label": zones.label,
        "plural": zones.label_plural,
        "codes": encode_codes(zones.codes),
        "points": encode_points(zones.label_points),
        "geo": encode_shapes(topology.shape(feature["geometry"]) for feature in features),
    }
    if zones.short_names != zones.names:
        coded["short"] = zones.short_names
    return coded


def _parents(document: MapDocument) -> str | None:
    """Places of the intercommunalities one after the other, from 1; 0 for none."""
    places = _kinship(document)
    if places is None:
        return None
    return encode_integers(0 if place is None else place + 1 for place in places)


def _kinship(document: MapDocument) -> list[int | None] | None:
    """Place of the intercommunality of each commune among the zones, when both are there."""
    if "epci" not in document.zones or "commune" not in document.zones:
        return None
    upper, lower = document.zones["epci"], document.zones["commune"]
    if not any(lower.parents):
        return None
    known = {
        word: place
        for words in (upper.names, upper.short_names, upper.codes)
        for place, word in enumerate(words)
    }
    return [known.get(parent) for parent in lower.parents]


def _ranks(values: LevelValues) -> Any:
    """Ranks, or « + » or « - » when they follow from the values in that order."""
    for sign in (1, -1):
        order = sorted(
            sign * v
            for v, r in zip(values.values, values.ranks, strict=True)
            if r and v is not None
        )
        place = {value: order.index(value) + 1 for value in dict.fromkeys(order)}
        derived = tuple(None if v is None else place.get(sign * v) for v in values.values)
        if derived == tuple(values.ranks):
            return "+" if sign > 0 else "-"
    return values.ranks


def class_names(layer: Layer, values: LevelValues) -> list[str]:
    """Names of the classes of a layer of categories, by class index; none for a quantity."""
    if layer.kind != "category":
        return []
    by_colour = {entry.colour: entry.label for entry in values.legend if entry.kind == "class"}
    return [by_colour[colour] for colour in values.colours]


def _unnamed(values: LevelValues, names: Sequence[str]) -> dict[str, str]:
    """Texts of the zones that their class does not tell, by the letter of their status."""
    return {
        STATUS_LETTERS[status]: text
        for status, text, chosen in zip(values.statuses, values.texts, values.classes, strict=True)
        if chosen is None or names[chosen] != text
    }


def _classes(values: LevelValues) -> str | None:
    """Letters of the classes, or nothing when they follow from the values and the bounds."""
    zeros = [status == "zero" for status in values.statuses]
    if values.bounds and list(values.classes) == classes_between(
        values.values, values.bounds, zeros
    ):
        return None
    return fold(class_letters(values.classes))


def _values(
    values: LevelValues, decimals: int, words: dict[str, int], names: Sequence[str] = ()
) -> dict[str, Any]:
    coded = {
        "v": encode_numbers(values.values),
        "t": encode_shown(values, decimals) if not names else _unnamed(values, names),
        "k": names or None,
        "i": encode_texts(values.intervals),
        "p": encode_texts(values.parts),
        "s": fold("".join(STATUS_LETTERS[status] for status in values.statuses)),
        "c": _classes(values),
        "r": _ranks(values),
        "b": values.bounds,
        "colours": values.colours,
        "rad": _radii(values),
        "legend": [
            (e.kind, e.label, e.count, e.colour, *((e.size,) if e.size else ()))
            for e in values.legend
        ],
        "ref": words.setdefault(values.reference, len(words)),
        "cls": words.setdefault(values.classing, len(words)),
    }
    coded = {key: value for key, value in coded.items() if value is not None}
    return coded | _ends(values)


def _layer(layer: Layer, words: dict[str, int]) -> dict[str, Any]:
    return {
        "id": layer.id,
        "label": layer.label,
        "unit": layer.unit,
        "kind": layer.kind,
        "nature": layer.nature_label,
        "date": layer.date_label,
        **({"caveat": words.setdefault(layer.caveat, len(words))} if layer.caveat else {}),
        "finding": layer.finding,
        "alt": layer.text_alternative,
        "levels": {
            level: _values(values, layer.decimals, words, class_names(layer, values))
            for level, values in layer.levels.items()
        },
        "decimals": layer.decimals,
        **({"past": [_past(past, layer) for past in layer.past]} if layer.past else {}),
    }


def _past(past: Past, layer: Layer) -> dict[str, Any]:
    """An earlier date of a layer: what differs from the last one."""
    return {
        "k": past.date,
        "d": past.date_label,
        **({"b": 1} if past.is_broken else {}),
        **({"ref": past.reference} if past.reference else {}),
        "levels": {
            level: _past_values(values, layer.levels[level], layer.decimals)
            for level, values in past.levels.items()
        },
    }


def _past_values(values: PastValues, last: LevelValues, decimals: int) -> dict[str, Any]:
    """What an earlier date says of a level; its values are told as steps from the last ones."""
    steps = [
        None if then is None else round(then - (now or 0.0), MOST_DIGITS)
        for then, now in zip(values.values, last.values, strict=True)
    ]
    coded = {
        "v": encode_numbers(steps),
        "t": encode_shown(values, decimals),
        "i": encode_texts(values.intervals),
        "s": fold("".join(STATUS_LETTERS[status] for status in values.statuses)),
        "l": [(e.kind, e.label, e.count, e.colour) for e in values.special] or None,
    }
    return {key: value for key, value in coded.items() if value is not None} | _ends(values)


def _ends(values: LevelValues | PastValues) -> dict[str, str]:
    """Bounds of the intervals, unless the intervals write them as they are."""
    if told_ends(values.intervals) == (list(values.lows), list(values.highs)):
        return {}
    return {"lo": encode_numbers(values.lows), "hi": encode_numbers(values.highs)}


def script_parts(document: MapDocument) -> tuple[str, ...]:
    """Parts of the script of a page, in order; the declared map comes after the first two."""
    asks = document.portals is not None and document.portals.communes
    more = (assets.COMMUNES_PART,) if asks else ()
    return ("base.js", "core.js", *assets.SCRIPT_PARTS, *more)


@spoken
def payload(
    document: MapDocument, texts: Mapping[str, Any], theme: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything the page's script needs, and nothing the document does not say.

    Parameters
    ----------
    document
        The page as data.
    texts
        Texts of the page's controls.
    theme
        Declaration of the theme.

    Returns
    -------
    dict
        Plain data, ready for :func:`demomed.rendering.assets.script_json`.
    """
    context = features_of(document.context)
    outlines = features_of(document.outlines)
    inner = inner_borders(context)
    sets = [zones.geometry.get("features", ()) for zones in document.zones.values()]
    topology = Topology(
        feature["geometry"]
        for features in (*sets, outlines, context, [{"geometry": inner}])
        for feature in features
    )
    drawn = {
        "zones": {level: _zones(zones, topology) for level, zones in document.zones.items()},
        "outlines": [topology.shape(feature["geometry"]) for feature in outlines],
        "context": [topology.shape(feature["geometry"]) for feature in context],
        "contextLines": [topology.shape(inner)],
    }
    words: dict[str, int] = {}
    layers = [_layer(layer, words) for layer in document.layers]
    # What the tables above also say comes first: compression then finds it near.
    return {
        "points": [
            {
                "id": layer.id,
                "label": layer.label,
                "shape": layer.shape,
                "hollow": layer.hollow,
                "names": layer.names,
                "details": layer.details,
                "lonlat": encode_points(layer.lonlat),
                "visible": layer.visible,
            }
            for layer in document.points
        ],
        "w": list(words),
        "t": {key: texts[key] for key in sorted(assets.script_texts(script_parts(document)))},
        "layers": layers,
        "contextNames": [feature_name(feature) for feature in context],
        **drawn,
        **({} if document.portals is None else {"portals": dataclasses.asdict(document.portals)}),
        "arcs": ";".join(topology.arcs),
        "id": document.page_id,
        "layer": document.default_layer,
        "level": document.default_level,
        "upper": next(iter(document.zones), document.default_level),
        "sheets": document.sheets,
        "parents": _parents(document),
        "colours": dict(theme["colours"]),
        "signs": [writing().decimal, writing().thousands, writing().ordinals],
    }


def inner_borders(features: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Borders of clipped shapes without the edges of the frame that clipped them.

    Parameters
    ----------
    features
        Shapes cut by one rectangle.

    Returns
    -------
    dict
        A MultiLineString geometry, possibly without any line.
    """
    rings = [
        ring
        for feature in features
        for polygon in polygons(feature["geometry"])
        for ring in polygon
    ]
    xs = [point[0] for ring in rings for point in ring]
    ys = [point[1] for ring in rings for point in ring]
    sides = ((0, min(xs)), (0, max(xs)), (1, min(ys)), (1, max(ys))) if xs else ()
    lines: list[list[Sequence[float]]] = []
    for ring in rings:
        line: list[Sequence[float]] = []
        for a, b in pairwise(ring):
            if any(a[axis] == side == b[axis] for axis, side in sides):
                line = []
            elif line:
                line.append(b)
            else:
                line = [a, b]
                lines.append(line)
    return {"type": "MultiLineString", "coordinates": lines}


def feature_name(feature: Mapping[str, Any]) -> str:
    """Name a feature of the context carries, or an empty string."""
    properties = feature.get("properties") or {}
    return str(properties.get("name", properties.get("nom", "")))
