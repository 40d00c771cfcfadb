"""Parts of a page as its template reads them: choices, ranking bars, tables, locator."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from demomed.core.document import (
    DataTable,
    Layer,
    MapDocument,
    PointLayer,
    RankingBar,
)
from demomed.rendering import french
from demomed.rendering.payload import features_of


def locator(outlines: Mapping[str, Any], width: float = 240.0) -> dict[str, str] | None:
    """A small drawing of the department's outline as an SVG path.

    Parameters
    ----------
    outlines
        Outlines of a document.
    width
        Width of the drawing, pixels.

    Returns
    -------
    dict or None
        ``path`` and ``box``; ``None`` when there is no outline.
    """
    rings = [
        ring
        for feature in features_of(outlines)
        for ring in _rings(feature["geometry"])
        if len(ring) > 2
    ]
    if not rings:
        return None
    xs = [point[0] for ring in rings for point in ring]
    ys = [point[1] for ring in rings for point in ring]
    squeeze = math.cos(math.radians((min(ys) + max(ys)) / 2))
    scale = width / ((max(xs) - min(xs)) * squeeze or 1)
    height = (max(ys) - min(ys)) * scale

    def place(point: Sequence[float]) -> str:
        x = (point[0] - min(xs)) * squeeze * scale
        return f"{x:.1f} {(max(ys) - point[1]) * scale:.1f}"

    path = "".join("M" + "L".join(place(point) for point in ring) + "Z" for ring in rings)
    return {"path": path, "box": f"-2 -2 {width + 4:.0f} {height + 4:.0f}"}


def _rings(geometry: Mapping[str, Any]) -> list[Sequence[Sequence[float]]]:
    if geometry["type"] == "Polygon":
        return list(geometry["coordinates"])
    if geometry["type"] == "MultiPolygon":
        return [ring for polygon in geometry["coordinates"] for ring in polygon]
    if geometry["type"] == "LineString":
        return [geometry["coordinates"]]
    if geometry["type"] == "MultiLineString":
        return list(geometry["coordinates"])
    return []


def choice_groups(document: MapDocument, colon: str) -> list[dict[str, Any]]:
    """Indicators of a page by group, each with the shortest name that tells it apart."""
    groups: dict[str, list[Any]] = {}
    for layer in document.layers:
        groups.setdefault(layer.group, []).append(layer)
    return [
        {
            "label": label,
            "choices": list(zip(layers, choice_names(layers, colon), strict=True)),
            "current": any(layer.id == document.default_layer for layer in layers),
        }
        for label, layers in groups.items()
    ]


def choice_names(layers: Sequence[Layer], colon: str) -> list[str]:
    """The shortest names that tell the layers of a group apart.

    Parameters
    ----------
    layers
        Layers of one group.
    colon
        What stands between a short label and a profession when both are needed.

    Returns
    -------
    list of str
        Short labels, else professions, else both, else full labels.
    """
    short = [layer.short_label for layer in layers]
    subjects = [layer.subject for layer in layers]
    both = [
        f"{name}{colon}{who}" if who else name for name, who in zip(short, subjects, strict=True)
    ]
    for names in (short, [french.capitalised(who) for who in subjects], both):
        if all(names) and len(set(names)) == len(names):
            return names
    return [layer.label for layer in layers]


def ranking_rows(document: MapDocument, theme: Mapping[str, Any]) -> dict[str, Any]:
    """Bars of the ranking, in hundredths of the longest, with the keys of their parts."""
    colours = _bar_colours(document, theme)
    labels = list(dict.fromkeys(label for bar in document.ranking for label, _ in bar.parts))
    wheel = theme["scales"]["categories"]
    of_part = {label: wheel[i % len(wheel)] for i, label in enumerate(labels)}
    ends = [
        max(bar.value or 0.0, bar.high or 0.0, sum(value for _, value in bar.parts))
        for bar in document.ranking
    ]
    top = max(ends, default=0.0) or 1.0
    plain = theme["colours"]["circle"]
    rows = [
        {
            "bar": bar,
            "rects": _rects(bar, top, colours.get(bar.code, plain), of_part),
            "whisker": _whisker(bar, top),
            "status": "" if bar.value is not None else bar.status,
        }
        for bar in document.ranking
    ]
    return {
        "level": next(iter(document.zones), document.default_level),
        "rows": rows,
        "swatches": [{"label": label, "colour": colour} for label, colour in of_part.items()],
    }


def _bar_colours(document: MapDocument, theme: Mapping[str, Any]) -> dict[str, str]:
    level = next(iter(document.zones), document.default_level)
    layer = next((x for x in document.layers if x.id == document.default_layer), None)
    if layer is None or level not in layer.levels or level not in document.zones:
        return {}
    values = layer.levels[level]
    return {
        code: values.colours[chosen]
        for code, chosen in zip(document.zones[level].codes, values.classes, strict=True)
        if chosen is not None
    }


def _rects(
    bar: RankingBar, top: float, colour: str, of_part: Mapping[str, str]
) -> list[dict[str, str]]:
    pieces = [(value, of_part[label]) for label, value in bar.parts] or [(bar.value or 0.0, colour)]
    rects, start = [], 0.0
    for value, fill in pieces:
        if value > 0:
            rects.append({"x": _percent(start, top), "width": _percent(value, top), "colour": fill})
            start += value
    return rects


def _whisker(bar: RankingBar, top: float) -> tuple[str, str] | None:
    if bar.low is None or bar.high is None:
        return None
    return _percent(bar.low, top), _percent(bar.high, top)


def _percent(value: float, top: float) -> str:
    return f"{max(0.0, min(100.0, 100 * value / top)):.2f}".rstrip("0").rstrip(".")


def places_rows(points: PointLayer) -> dict[str, Any]:
    """Places of one kind as rows of a table."""
    rows = sorted(zip(points.names, points.details, strict=True))
    return {"label": points.label, "names": points.names, "rows": rows}


def table_rows(table: DataTable, document: MapDocument) -> dict[str, Any]:
    """A table with the header cell of each row, and a sort key where the text does not say it."""
    zones = document.zones.get(table.level)
    known = dict(zip(zones.codes, zones.names, strict=True)) if zones else {}
    head = _head_column(table, known)
    rows = []
    for code, cells, keys in zip(table.codes, table.cells, table.sort_keys, strict=True):
        shown = [
            {
                "text": text,
                "header": j == head,
                "plain": column.numeric or j == 1,
                "key": _sort_key(text, key) if column.numeric else None,
            }
            for j, (column, text, key) in enumerate(zip(table.columns, cells, keys, strict=True))
        ]
        rows.append({"code": code, "cells": shown})
    return {
        "level": table.level,
        "caption": table.caption,
        "columns": table.columns,
        "worded": len(table.columns) > 1 and not table.columns[1].numeric,
        "rows": rows,
    }


def _head_column(table: DataTable, known: Mapping[str, str]) -> int:
    for j in range(len(table.columns)):
        if table.codes and table.cells[0][j] == known.get(table.codes[0]):
            return j
    return next((j for j, column in enumerate(table.columns) if not column.numeric), 0)


def _sort_key(text: str, key: float | str | None) -> str | None:
    """Key to write beside a cell, or ``None`` when its text already says it."""
    read = text.replace("\u202f", "").replace("\u00a0", "").replace(",", ".").replace("\u2212", "-")
    try:
        said: float | None = float(read)
    except ValueError:
        said = None
    if key is None:
        return None if said is None else ""
    if isinstance(key, str):
        return None
    return None if said is not None and math.isclose(said, key) else repr(float(key))


def dates_table(document: MapDocument, texts: Mapping[str, Any]) -> dict[str, Any] | None:
    """Values of the earlier dates at the coarsest level, one column per layer and date.

    Parameters
    ----------
    document
        The page as data.
    texts
        Texts of the page's controls.

    Returns
    -------
    dict or None
        ``None`` when no layer has an earlier date.
    """
    level, zones = next(iter(document.zones.items()))
    told = [
        (layer, past) for layer in document.layers for past in layer.past if level in past.levels
    ]
    if not told:
        return None
    heads = [{"id": "", "label": zones.label[:1].upper() + zones.label[1:], "date": ""}]
    heads += [
        {"id": f"{layer.id} {past.date}", "label": layer.label, "date": past.date_label}
        for layer, past in told
    ]
    columns = [past.levels[level].texts for _, past in told]
    rows = [
        {"code": code, "name": name, "texts": texts_}
        for code, name, *texts_ in zip(zones.codes, zones.names, *columns, strict=True)
    ]
    return {
        "caption": texts["dates_table"].format(zone=zones.label),
        "heads": heads,
        "rows": rows,
    }
