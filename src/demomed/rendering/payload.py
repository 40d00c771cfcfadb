"""A MapDocument as the compact data its page carries: geometry once, values once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from demomed.core.document import Layer, LevelValues, MapDocument, ZoneSet
from demomed.rendering import french

STEPS = 100_000
"""Steps per degree: five decimals, about one metre."""


def encode_ring(points: Iterable[Sequence[float]]) -> list[int]:
    """Whole steps of 1e-5 degree, each point as the difference with the one before.

    Examples
    --------
    >>> encode_ring([(-0.5, 48.0), (-0.49999, 48.00002)])
    [-50000, 4800000, 1, 2]
    """
    steps: list[int] = []
    before_x = before_y = 0
    for point in points:
        x, y = round(point[0] * STEPS), round(point[1] * STEPS)
        steps += [x - before_x, y - before_y]
        before_x, before_y = x, y
    return steps


def encode_geometry(geometry: Mapping[str, Any] | None) -> list[Any]:
    """Polygons as lists of encoded rings; lines as ``["L", ring, …]``; nothing for no geometry.

    Examples
    --------
    >>> encode_geometry({"type": "LineString", "coordinates": [[0, 0], [0, 0.00001]]})
    ['L', [0, 0, 0, 1]]
    """
    if geometry is None:
        return []
    kind, coordinates = geometry["type"], geometry.get("coordinates", ())
    if kind == "Polygon":
        return [[encode_ring(ring) for ring in coordinates]]
    if kind == "MultiPolygon":
        return [[encode_ring(ring) for ring in polygon] for polygon in coordinates]
    if kind == "LineString":
        return ["L", encode_ring(coordinates)]
    if kind == "MultiLineString":
        return ["L", *(encode_ring(line) for line in coordinates)]
    if kind == "GeometryCollection":
        parts = [encode_geometry(part) for part in geometry["geometries"]]
        return [polygon for part in parts if part[:1] != ["L"] for polygon in part]
    return []


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


STATUS_LETTERS: Mapping[str, str] = {
    "value": "v",
    "zero": "z",
    "missing": "m",
    "unstable": "u",
    "masked": "k",
    "coarse": "c",
    "not_applicable": "n",
}
"""One letter per status; ``core.js`` holds the same list the other way round."""

_NUMBER = re.compile(r"\d[\d\u202f\u00a0]*(?:,\d+)?")


def encode_texts(texts: Sequence[str]) -> dict[str, Any] | None:
    """Texts that differ by their numbers as patterns, then numbers; ``None`` if all are empty.

    Parameters
    ----------
    texts
        One text per zone.

    Returns
    -------
    dict or None
        ``p``: patterns with « # » for each number; ``x``: per zone an empty string, or the number
        of its pattern followed by its numbers, joined by « | ».

    Examples
    --------
    >>> encode_texts(["31 à 54", "", "8 à 12"])
    {'p': ['# à #'], 'x': ['0|31|54', '', '0|8|12']}
    """
    if not any(texts):
        return None
    patterns: dict[str, int] = {}
    coded = []
    for text in texts:
        if not text:
            coded.append("")
            continue
        if "#" in text or "|" in text:
            pattern, numbers = text.replace("#", "\\#"), []
        else:
            pattern, numbers = _NUMBER.sub("#", text), _NUMBER.findall(text)
        place = patterns.setdefault(pattern, len(patterns))
        coded.append("|".join([str(place), *numbers]))
    return {"p": list(patterns), "x": coded}


def decode_texts(coded: Mapping[str, Any] | None, count: int) -> list[str]:
    """Texts back from :func:`encode_texts`, as the page's script reads them.

    Examples
    --------
    >>> decode_texts({"p": ["# à #"], "x": ["0|31|54", ""]}, 2)
    ['31 à 54', '']
    """
    if not coded:
        return [""] * count
    texts = []
    for code in coded["x"]:
        if not code:
            texts.append("")
            continue
        place, *numbers = code.split("|")
        left = iter(numbers)
        texts.append(
            re.sub(
                r"\\?#",
                lambda sign, left=left: next(left) if sign[0] == "#" else "#",  # type: ignore[misc]
                coded["p"][int(place)],
            )
        )
    return texts


def decode_shown(values: Mapping[str, Any], decimals: int) -> list[str]:
    """Shown texts of one layer at one level, as the page's script reads them."""
    return [
        values["t"].get(str(i)) or french.number(value, decimals)
        for i, value in enumerate(values["v"])
    ]


def _texts_apart(values: LevelValues, decimals: int) -> dict[str, str]:
    """Shown texts that are not just the value written in French, by position."""
    return {
        str(i): text
        for i, (value, text) in enumerate(zip(values.values, values.texts, strict=True))
        if value is None or text != french.number(value, decimals)
    }


def _zones(zones: ZoneSet) -> dict[str, Any]:
    features = zones.geometry.get("features", ())
    coded: dict[str, Any] = {
        "label": zones.label,
        "plural": zones.label_plural,
        "codes": zones.codes,
        "names": zones.names,
        "points": zones.label_points,
        "geo": [encode_geometry(feature["geometry"]) for feature in features],
    }
    if zones.short_names != zones.names:
        coded["short"] = zones.short_names
    return coded


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


def _values(values: LevelValues, decimals: int) -> dict[str, Any]:
    return {
        "v": [None if v is None else int(v) if v == int(v) else v for v in values.values],
        "t": _texts_apart(values, decimals),
        "i": encode_texts(values.intervals),
        "p": encode_texts(values.parts),
        "s": "".join(STATUS_LETTERS[status] for status in values.statuses),
        "c": "".join("-" if c is None else str(c) for c in values.classes),
        "r": values.ranks,
        "b": values.bounds,
        "colours": values.colours,
        "rad": [round(radius, 1) for radius in values.radii],
        "legend": [
            {"kind": e.kind, "label": e.label, "count": e.count, "colour": e.colour, "size": e.size}
            for e in values.legend
        ],
        "ref": values.reference,
        "cls": values.classing,
    }


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "id": layer.id,
        "label": layer.label,
        "unit": layer.unit,
        "kind": layer.kind,
        "nature": layer.nature_label,
        "date": layer.date_label,
        "caveat": layer.caveat,
        "finding": layer.finding,
        "alt": layer.text_alternative,
        "levels": {
            level: _values(values, layer.decimals) for level, values in layer.levels.items()
        },
        "decimals": layer.decimals,
    }


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
    return {
        "id": document.page_id,
        "layer": document.default_layer,
        "level": document.default_level,
        "zones": {level: _zones(zones) for level, zones in document.zones.items()},
        "parents": _kinship(document),
        "layers": [_layer(layer) for layer in document.layers],
        "context": [encode_geometry(feature["geometry"]) for feature in context],
        "contextNames": [feature_name(feature) for feature in context],
        "outlines": [encode_geometry(feature["geometry"]) for feature in outlines],
        "points": [
            {
                "id": layer.id,
                "label": layer.label,
                "shape": layer.shape,
                "hollow": layer.hollow,
                "names": layer.names,
                "details": layer.details,
                "lonlat": layer.lonlat,
                "visible": layer.visible,
            }
            for layer in document.points
        ],
        "colours": dict(theme["colours"]),
        "t": {key: text for key, text in texts.items() if isinstance(text, str)},
    }


def feature_name(feature: Mapping[str, Any]) -> str:
    """Name a feature of the context carries, or an empty string."""
    properties = feature.get("properties") or {}
    return str(properties.get("name", properties.get("nom", "")))
