"""The report to print: the pages and dossiers of a portal, one after the other, on paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from demomed.core import catalogue
from demomed.core.catalogue import texts as catalogue_texts
from demomed.core.document import Layer, MapDocument, SourceLine
from demomed.core.indicator import PublicIndicators
from demomed.core.portrait import PlainTable
from demomed.core.report import Figure, Report, Section
from demomed.core.territory import Territory
from demomed.rendering import assets
from demomed.rendering.binding import Page, single
from demomed.rendering.french import calls, typeset
from demomed.rendering.internal import licence_of
from demomed.rendering.page import report_page
from demomed.rendering.reports import plain_table
from demomed.rendering.static import static_svg
from demomed.rendering.surroundings import all_banners

PAGE = "rapport"


@dataclass(frozen=True)
class Printed(Report):
    """A report to print: ``openings`` are the places of the parts that begin a sheet of paper."""

    openings: tuple[int, ...] = ()


def compose_printed(
    territory: Territory,
    public: PublicIndicators,
    documents: Sequence[MapDocument],
    dossiers: Sequence[Report] = (),
    *,
    version: str,
    language: str = "fr",
) -> Printed:
    """One report of all the pages of a portal: figures, maps, tables, ranking, caveats, sources.

    Nothing is computed: each sentence, map and value is that of a page, which the gate has passed.

    Parameters
    ----------
    territory
        The department.
    public
        Indicators after the gate, of which the pages were made.
    documents, dossiers
        Pages of the portal, in the order in which they are printed.
    version
        Version of the package.
    language
        Language of the texts around.

    Returns
    -------
    Printed
        The same for the same pages; a map that two pages share is drawn once.

    Raises
    ------
    TypeError
        If ``public`` did not come through the gate.
    """
    if not isinstance(public, PublicIndicators):
        raise TypeError("a report is published: it takes PublicIndicators, made by protect()")
    words, texts = catalogue.entry("printed", PAGE), catalogue_texts(language)
    department = territory.department
    names = calls(department)
    told: list[MapDocument | Report] = [*documents, *dossiers]
    summary = Section(typeset(words["summary"]), items=tuple(document.lead for document in told))
    figures = (figure for document in documents for figure in document.key_figures)
    parts = (summary, *_page_sections(documents, words), *_dossier_sections(dossiers, words))
    opened = {one.title for one in told}
    return Printed(
        page_id=PAGE,
        language=language,
        department_code=department.code,
        department_name=department.name,
        title=typeset(words["title"].format(**names)),
        nav=typeset(words["nav"]),
        lead=typeset(words["lead"]),
        date_label="",
        nature_label="",
        key_figures=tuple(
            {one.layer_id or (one.label, one.value): one for one in figures}.values()
        ),
        sections=parts,
        absent=tuple(_once(one for document in told for one in document.absent)),
        method=(typeset(words["method_note"]), *_once(t for d in told for t in d.method)),
        caveats=tuple(_once(text for document in told for text in document.caveats)),
        sources=_sources(told),
        downloads=(),
        navigation=(),
        banner=all_banners([document.banner for document in told]),
        licence=licence_of(public.internal, texts),
        contact=typeset(texts["compose"]["contact"]),
        version=version,
        theme=department.theme,
        internal=public.internal,
        openings=tuple(place for place, one in enumerate(parts) if one.title in opened),
    )


def render_printed(report: Report) -> bytes:
    """The report as one self-contained page laid out for A4 paper.

    Parameters
    ----------
    report
        From :func:`compose_printed`.
    """
    plain = report_page(report)
    words = {key: typeset(text) for key, text in _words().items() if isinstance(text, str)}
    values = {
        **plain.values,
        "w": words,
        "openings": report.openings if isinstance(report, Printed) else (),
        "navigation": (),
    }
    sheet = assets.compact_css(assets.template_text("printed.css"))
    styles = {**plain.styles, "printed.css": sheet}
    return single(Page(report.page_id, styles, {}, "printed.html", values))


def _words() -> Mapping[str, Any]:
    return catalogue.entry("printed", PAGE)


def _once(found: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(found))


def _sources(told: Sequence[MapDocument | Report]) -> tuple[SourceLine, ...]:
    """Sources of all the pages, each once."""
    return tuple({line.id: line for document in told for line in document.sources}.values())


def _page_sections(documents: Sequence[MapDocument], words: Mapping[str, Any]) -> Iterable[Section]:
    """One part a page: what it says, its map, its values by zone, its ranking."""
    drawn: set[str] = set()
    for document in documents:
        layer = next(one for one in document.layers if one.id == document.default_layer)
        worth = words["worth"].format(nature=layer.nature_label, date=layer.date_label)
        paragraphs = [document.lead, typeset(worth)]
        figures = []
        if layer.id in drawn:
            paragraphs.append(typeset(words["drawn"].format(label=layer.label)))
        else:
            drawn.add(layer.id)
            svg = static_svg(document, layer.id, document.default_level)
            figures.append(Figure(layer.label, svg))
        yield Section(
            title=document.title,
            paragraphs=tuple(paragraphs),
            figures=tuple(figures),
            tables=tuple(_tables(document, words)),
        )


def _tables(document: MapDocument, words: Mapping[str, Any]) -> Iterable[PlainTable]:
    if document.ranking_title and any(bar.parts for bar in document.ranking):
        yield _ranking(document, words)
    level = document.default_level
    layers = [layer for layer in document.layers if level in layer.levels][: words["columns"]]
    if layers:
        yield _zones(document, layers, words)


def _zones(document: MapDocument, layers: Sequence[Layer], words: Mapping[str, Any]) -> PlainTable:
    """One row per zone, one column per layer, the interval beside the value."""
    cells, level = [], document.default_level
    for place, name in enumerate(document.zones[level].names):
        line = [name]
        for layer in layers:
            values = layer.levels[level]
            text, interval = values.texts[place], values.intervals[place]
            line.append(words["cell"].format(value=text, interval=interval) if interval else text)
        cells.append(line)
    heads = [document.zones[level].label]
    heads += [f"{layer.label} ({layer.unit})" if layer.unit else layer.label for layer in layers]
    return plain_table(
        words["table"].format(title=document.title, zones=document.zones[level].label_plural),
        heads,
        cells,
        numeric=range(1, len(heads)),
        note=words["reading"],
    )


def _ranking(document: MapDocument, words: Mapping[str, Any]) -> PlainTable:
    rows = [(bar.name, bar.rank, bar.text, bar.interval, bar.status) for bar in document.ranking]
    return plain_table(document.ranking_title, words["ranking_heads"], rows, title=words["ranking"])


def _dossier_sections(dossiers: Sequence[Report], words: Mapping[str, Any]) -> Iterable[Section]:
    """The parts of every dossier; the first bears its name and says what it answers."""
    seen: set[str] = set()
    for report in dossiers:
        for place, section in enumerate(report.sections or (Section(""),)):
            part = typeset(words["part"].format(nav=report.nav, title=section.title))
            figures = [
                replace(one, title=f"{report.nav}, {one.title}") if one.title in seen else one
                for one in section.figures
            ]
            seen |= {one.title for one in figures}
            yield replace(
                section,
                title=part if place else report.title,
                paragraphs=section.paragraphs if place else (report.lead, *section.paragraphs),
                figures=tuple(figures),
            )
