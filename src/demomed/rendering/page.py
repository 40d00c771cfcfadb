"""From a document to the bytes of its page: one file, no request, nothing left to chance."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from markupsafe import Markup

from demomed.core import catalogue
from demomed.core.document import (
    IndexDocument,
    MapDocument,
)
from demomed.core.portrait import Figure, Notice, Sheet
from demomed.core.report import Report
from demomed.rendering import assets
from demomed.rendering.binding import Page, one_script, page_css, page_texts, single, theme_words
from demomed.rendering.language import spoken
from demomed.rendering.leaflet import map_parts
from demomed.rendering.parts import (
    choice_groups,
    dates_table,
    locator,
    places_rows,
    ranking_rows,
    table_rows,
)
from demomed.rendering.payload import payload, script_parts
from demomed.rendering.static import static_svg
from demomed.rendering.surroundings import drawing_name


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


@spoken
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
        "groups": choice_groups(document, texts["colon"]),
        "map_id": declared.map_id,
        "ranking": ranking_rows(document, theme),
        "tables": [table_rows(table, document) for table in document.tables],
        "dates": dates_table(document, texts),
        "places": [places_rows(points) for points in document.points if points.names],
        "payload": assets.script_json(payload(document, texts, theme)),
        "drawing": drawing_name(document.page_id),
    }
    before, after = script_parts(document)[:2], script_parts(document)[2:]
    script = one_script(
        *map(assets.template_text, before), declared.script, *map(assets.template_text, after)
    )
    return Page(
        document.page_id,
        {"leaflet.css": assets.leaflet_css(images=False), "page.css": page_css(theme)},
        {"leaflet.js": assets.leaflet_js(), f"{document.page_id}.js": script},
        "page.html",
        {**values, "theme": theme_words(theme)},
    )


@spoken
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
        "theme": theme_words(theme),
        "payload": _home_payload(index) if index.search else "",
    }
    styles = {
        "page.css": page_css(theme),
        "home.css": assets.compact_css(assets.template_text("home.css")),
    }
    scripts = (
        {"index.js": one_script(*map(assets.template_text, assets.HOME_PARTS))}
        if index.search
        else {}
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


@spoken
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
        "theme": theme_words(theme),
        "drawings": _drawings((*sheet.pyramids, *sheet.series)),
    }
    styles = {
        "page.css": page_css(theme),
        "sheet.css": assets.compact_css(assets.template_text("sheet.css")),
    }
    if sheet.pyramids or sheet.series:
        styles["drawing.css"] = assets.compact_css(assets.template_text("drawing.css"))
    return Page(sheet.page_id, styles, {}, "sheet.html", values)


def _drawings(figures: Iterable[Figure]) -> dict[str, Markup]:
    """Drawings by title; a :class:`~demomed.rendering.canvas.Canvas` has escaped their texts."""
    return {figure.title: Markup(figure.svg) for figure in figures}


@spoken
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
        "theme": theme_words(theme),
    }
    return Page(notice.page_id, {"page.css": page_css(theme)}, {}, "notice.html", values)


@spoken
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
        "theme": theme_words(theme),
        "drawings": _drawings(figure for section in report.sections for figure in section.figures),
    }
    styles = {
        "page.css": page_css(theme),
        "drawing.css": assets.compact_css(assets.template_text("drawing.css")),
        "report.css": assets.compact_css(assets.template_text("report.css")),
    }
    return Page(report.page_id, styles, {}, "report.html", values)


def twin(document: MapDocument) -> Markup:
    """The printable drawing of a page: the layer and level it opens with, as SVG.

    Parameters
    ----------
    document
        The page as data.
    """
    return Markup(static_svg(document, document.default_layer, document.default_level))
