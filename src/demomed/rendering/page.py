"""From a document to the bytes of its page: one file, no request, nothing left to chance."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from demomed.core import catalogue
from demomed.core.document import (
    DataTable,
    IndexDocument,
    Layer,
    MapDocument,
    PointLayer,
    RankingBar,
)
from demomed.core.portrait import Notice, Sheet
from demomed.core.report import Report
from demomed.rendering import assets, french
from demomed.rendering.leaflet import map_parts
from demomed.rendering.payload import features_of, payload
from demomed.rendering.static import static_svg
from demomed.rendering.surroundings import drawing_name

Mode = Literal["single", "split", "csp"]
"""One file a page; page and assets apart; one file a page and its policy told."""


@dataclass(frozen=True)
class Page:
    """A page taken apart: its HTML around the styles and scripts it needs.

    Parameters
    ----------
    name
        File name without extension.
    styles, scripts
        Named style sheets and scripts, in the order in which they apply.
    template
        Template of the page.
    values
        What the template says.
    """

    name: str
    styles: Mapping[str, str]
    scripts: Mapping[str, str]
    template: str
    values: Mapping[str, Any]


def render_page(document: MapDocument) -> bytes:
    """The page of a map as one self-contained HTML file, under its own strict policy.

    Parameters
    ----------
    document
        The page as data.

    Returns
    -------
    bytes
        UTF-8; the same bytes for equal documents.
    """
    return single(map_page(document))


def render_index(index: IndexDocument) -> bytes:
    """The catalogue page of a department's maps as one self-contained HTML file.

    Parameters
    ----------
    index
        The page as data.

    Returns
    -------
    bytes
        UTF-8; the same bytes for equal documents.
    """
    return single(index_page(index))


def map_page(document: MapDocument) -> Page:
    """The page of a map, taken apart.

    Parameters
    ----------
    document
        The page as data.
    """
    theme = catalogue.entry("themes", document.theme)
    texts = page_texts(document.language)
    declared = map_parts(document)
    layer = next((x for x in document.layers if x.id == document.default_layer), None)
    values = {
        "doc": document,
        "t": texts,
        "page_title": document.title,
        "skip_target": "tableau",
        "skip_label": "skip_table",
        "navigation": document.navigation,
        "current": layer,
        "groups": _groups(document, texts["colon"]),
        "map_id": declared.map_id,
        "ranking": _ranking(document, theme),
        "tables": [_table(table, document) for table in document.tables],
        "places": [_places(points) for points in document.points if points.names],
        "payload": assets.script_json(payload(document, texts, theme)),
        "drawing": drawing_name(document.page_id),
    }
    script = _script(
        assets.template_text("base.js"),
        assets.template_text("core.js"),
        declared.script,
        *(assets.template_text(name) for name in assets.SCRIPT_PARTS),
    )
    return Page(
        document.page_id,
        {"leaflet.css": assets.leaflet_css(images=False), "page.css": _css(theme)},
        {"leaflet.js": assets.leaflet_js(), f"{document.page_id}.js": script},
        "page.html",
        {**values, "theme": _theme(theme)},
    )


def index_page(index: IndexDocument) -> Page:
    """The catalogue page of a department, taken apart.

    Parameters
    ----------
    index
        The page as data.
    """
    theme = catalogue.entry("themes", index.theme)
    values = {
        "doc": index,
        "t": page_texts(index.language),
        "page_title": index.title,
        "skip_target": "cartes",
        "skip_label": "skip_maps",
        "navigation": (),
        "locator": locator(index.outlines),
        "theme": _theme(theme),
        "payload": _home_payload(index) if index.search else "",
    }
    styles = {
        "page.css": _css(theme),
        "home.css": assets.compact_css(assets.template_text("home.css")),
    }
    scripts = (
        {"index.js": _script(*map(assets.template_text, assets.HOME_PARTS))} if index.search else {}
    )
    return Page("index", styles, scripts, "index.html", values)


def _home_payload(index: IndexDocument) -> Markup:
    texts, known = page_texts(index.language), index.search
    assert known is not None
    search = {
        "codes": known.codes,
        "names": known.names,
        "parents": known.parents,
        "parentNames": known.parent_names,
        "parentHrefs": known.parent_hrefs if index.sheets else [None] * len(known.parent_names),
        "facts": [dataclasses.asdict(fact) for fact in known.facts],
    }
    said = {key: texts[key] for key in sorted(assets.script_texts(assets.HOME_PARTS))}
    return assets.script_json({"search": search, "t": said})


def sheet_page(sheet: Sheet) -> Page:
    """The sheet of a territory, taken apart.

    Parameters
    ----------
    sheet
        The page as data.
    """
    theme = catalogue.entry("themes", sheet.theme)
    values = {
        "doc": sheet,
        "t": page_texts(sheet.language),
        "page_title": sheet.title,
        "skip_target": "portrait",
        "skip_label": "skip_table",
        "navigation": sheet.navigation,
        "theme": _theme(theme),
    }
    styles = {
        "page.css": _css(theme),
        "sheet.css": assets.compact_css(assets.template_text("sheet.css")),
    }
    return Page(sheet.page_id, styles, {}, "sheet.html", values)


def notice_page(notice: Notice) -> Page:
    """The page of a theme without source, taken apart.

    Parameters
    ----------
    notice
        The page as data.
    """
    theme = catalogue.entry("themes", notice.theme)
    values = {
        "doc": notice,
        "t": page_texts(notice.language),
        "page_title": notice.title,
        "skip_target": "attendu",
        "skip_label": "skip_table",
        "navigation": notice.navigation,
        "theme": _theme(theme),
    }
    return Page(notice.page_id, {"page.css": _css(theme)}, {}, "notice.html", values)


def report_page(report: Report) -> Page:
    """The page of a dossier, taken apart.

    Parameters
    ----------
    report
        The page as data.
    """
    theme = catalogue.entry("themes", report.theme)
    values = {
        "doc": report,
        "t": page_texts(report.language),
        "page_title": report.title,
        "skip_target": "dossier",
        "skip_label": "skip_report",
        "navigation": report.navigation,
        "theme": _theme(theme),
        "drawings": {
            figure.title: Markup(figure.svg)
            for section in report.sections
            for figure in section.figures
        },
    }
    styles = {
        "page.css": _css(theme),
        "report.css": assets.compact_css(assets.template_text("report.css")),
    }
    return Page(report.page_id, styles, {}, "report.html", values)


def _script(*parts: str) -> str:
    return "".join(['(() => {\n"use strict";\n', *parts, "})();\n"])


def single(page: Page) -> bytes:
    """A page as one file: styles and scripts inline, allowed by their hashes and nothing else.

    Parameters
    ----------
    page
        A page taken apart.
    """
    styles = Markup("").join(
        Markup("<style>{}</style>\n").format(Markup(assets.guarded(name, text)))
        for name, text in page.styles.items()
    )
    scripts = Markup("").join(
        Markup("<script>{}</script>\n").format(Markup(assets.guarded(name, text)))
        for name, text in page.scripts.items()
    )
    return _fill(page, styles, scripts, policy(page))


def linked(page: Page, folder: str) -> bytes:
    """A page that refers to its styles and scripts in a folder beside it.

    Parameters
    ----------
    page
        A page taken apart.
    folder
        Relative address of the folder.
    """
    styles = Markup("").join(
        Markup('<link rel="stylesheet" href="{}/{}">\n').format(folder, name)
        for name in page.styles
    )
    scripts = Markup("").join(
        Markup('<script src="{}/{}"></script>\n').format(folder, name) for name in page.scripts
    )
    return _fill(page, styles, scripts, "")


def policy(page: Page) -> str:
    """The strictest content security policy under which the single-file page works.

    Parameters
    ----------
    page
        A page taken apart.

    Returns
    -------
    str
        One line: everything refused but the page's own inline styles, scripts and images.
    """

    def sources(texts: Iterable[str]) -> str:
        return " ".join(assets.digest(text) for text in texts) or "'none'"

    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {sources(page.scripts.values())}",
            f"style-src {sources(page.styles.values())}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def page_texts(language: str) -> dict[str, Any]:
    """Texts of the page's controls in one language, with its typography.

    Parameters
    ----------
    language
        Code of the language, for instance ``"fr"``.
    """
    texts = catalogue.texts(language)["page"]
    if language != "fr":
        return dict(texts)
    return {
        key: french.typeset(value) if isinstance(value, str) else value
        for key, value in texts.items()
    }


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


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("demomed.rendering", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


def _fill(page: Page, styles: Markup, scripts: Markup, rule: str) -> bytes:
    template = _environment().get_template(page.template)
    html = template.render(**page.values, styles=styles, scripts=scripts, policy=rule)
    return html.encode("utf-8")


def _css(theme: Mapping[str, Any]) -> str:
    return assets.theme_css(theme) + assets.compact_css(assets.template_text("page.css"))


def _theme(theme: Mapping[str, Any]) -> dict[str, str]:
    return {
        "name": str(theme["name"]),
        "logo": assets.theme_logo(theme),
        "footer": str(theme.get("brand", {}).get("footer", "")),
    }


def _groups(document: MapDocument, colon: str) -> list[dict[str, Any]]:
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


def _ranking(document: MapDocument, theme: Mapping[str, Any]) -> dict[str, Any]:
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
        "level": "epci" if "epci" in document.zones else document.default_level,
        "rows": rows,
        "swatches": [{"label": label, "colour": colour} for label, colour in of_part.items()],
    }


def _bar_colours(document: MapDocument, theme: Mapping[str, Any]) -> dict[str, str]:
    level = "epci" if "epci" in document.zones else document.default_level
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


def _places(points: PointLayer) -> dict[str, Any]:
    rows = sorted(zip(points.names, points.details, strict=True))
    return {"label": points.label, "names": points.names, "rows": rows}


def _table(table: DataTable, document: MapDocument) -> dict[str, Any]:
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


def twin(document: MapDocument) -> Markup:
    """The printable drawing of a page: the layer and level it opens with, as SVG.

    Parameters
    ----------
    document
        The page as data.
    """
    return Markup(static_svg(document, document.default_layer, document.default_level))
