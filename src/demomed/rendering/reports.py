"""From the declaration of a dossier and its sections to the dossier as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from demomed.core.catalogue import entry
from demomed.core.catalogue import texts as catalogue_texts
from demomed.core.document import Absent, IndexCard, KeyFigure, Link, SourceLine
from demomed.core.indicator import NATURE_LABELS, PublicIndicators
from demomed.core.portrait import Cell, PlainTable
from demomed.core.report import Report, Section
from demomed.core.territory import Territory
from demomed.core.travel import TravelNature
from demomed.rendering.french import calls, capitalised, typeset
from demomed.rendering.internal import licence_of
from demomed.rendering.language import spoken
from demomed.rendering.surroundings import banner_of, navigation, source_lines_of


def dossier_words(page: str, times: TravelNature | None = None) -> Mapping[str, Any]:
    """Declaration of a dossier: its title, method, caveats and sentences.

    Parameters
    ----------
    page
        Name of its file in ``catalogue/dossiers``.
    times
        Where travel times come from; ``{times}`` stands for what the declaration calls them then.
    """
    words = entry("dossiers", page)
    return words if times is None else _timed(words, words["times"][times])


def _timed(words: Any, times: str) -> Any:
    """A declaration with the name of its travel times in place of ``{times}``."""
    if isinstance(words, str):
        return words.replace("{times}", times)
    if isinstance(words, Mapping):
        return {key: _timed(value, times) for key, value in words.items()}
    return [_timed(value, times) for value in words] if isinstance(words, list | tuple) else words


@spoken
def make_report(
    page: str,
    territory: Territory,
    public: PublicIndicators,
    *,
    lead: str,
    sections: Sequence[Section],
    nature: str,
    version: str,
    sources: Sequence[str] = (),
    source_lines: Sequence[SourceLine] = (),
    date_label: str = "",
    key_figures: Sequence[KeyFigure] = (),
    caveats: Sequence[str] = (),
    absent: Sequence[Absent] = (),
    downloads: Sequence[Link] = (),
    files: Mapping[str, bytes] | None = None,
    told: Mapping[str, str] | None = None,
    language: str = "fr",
) -> Report:
    """A dossier of the portal, with all that stands around its sections.

    Parameters
    ----------
    page
        Name of its file in ``catalogue/dossiers``, which gives ``title``, ``nav``, ``method`` and
        ``caveats``.
    territory
        The department.
    public
        Indicators after the gate; nothing else can be published.
    lead
        The answer in a sentence or two.
    sections
        Its parts, in order.
    nature
        Nature of its figures: ``official``, ``derived``, ``estimated``, ``register``,
        ``fictional`` or ``simulated``.
    version
        Version of the package.
    sources, source_lines
        Sources by identifier, and sources described by the dossier itself.
    date_label
        What the figures describe.
    key_figures, absent, downloads
        As on the other pages.
    files
        Files that go with the page, by name.
    told
        What stands between the braces of the title, the method and the caveats of the
        declaration, besides the names of the department.
    caveats
        What is added to the caveats of the declaration.
    language
        Language of the texts around.

    Raises
    ------
    TypeError
        If ``public`` did not come through the gate.
    """
    if not isinstance(public, PublicIndicators):
        raise TypeError("a dossier is published: it takes PublicIndicators, made by protect()")
    words, texts, department = dossier_words(page), catalogue_texts(language), territory.department
    names = {**calls(department), **(told or {})}
    declared = {key: words.get(key, ()) for key in ("method", "caveats")}
    if told:
        declared = {key: [t.format(**names) for t in texts] for key, texts in declared.items()}
    return Report(
        page_id=page,
        language=language,
        department_code=department.code,
        department_name=department.name,
        title=typeset(words["title"].format(**names)),
        nav=typeset(words["nav"]),
        lead=typeset(lead),
        date_label=typeset(date_label),
        nature_label=typeset(NATURE_LABELS[nature]),
        key_figures=tuple(key_figures),
        sections=tuple(sections),
        absent=tuple(absent),
        method=tuple(typeset(text) for text in declared["method"]),
        caveats=tuple(typeset(text) for text in (*declared["caveats"], *caveats)),
        sources=(*source_lines_of(tuple(sources), territory, texts), *source_lines),
        downloads=tuple(downloads),
        navigation=navigation(page, texts),
        banner=banner_of((nature,), texts),
        licence=licence_of(public.internal, texts),
        contact=typeset(texts["compose"]["contact"]),
        version=version,
        theme=department.theme,
        internal=public.internal,
        files=files or {},
    )


def report_card(report: Report) -> IndexCard:
    """A dossier as the index lists it.

    Parameters
    ----------
    report
        The dossier.
    """
    return IndexCard(f"{report.page_id}.html", report.nav, report.lead, report.nature_label)


def plain_table(
    caption: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numeric: Sequence[int] = (),
    links: Mapping[str, str] | None = None,
    title: str = "",
    note: str = "",
) -> PlainTable:
    """A table of texts; its first column names the rows.

    Parameters
    ----------
    caption, title, note
        What it shows, heading above it, how to read it.
    heads
        Column heads.
    rows
        Texts, one per head.
    numeric
        Columns aligned to the right.
    links
        Page to which a text of the first column leads.
    """
    right = set(numeric)
    return PlainTable(
        title=typeset(title),
        caption=typeset(caption),
        note=typeset(note),
        heads=tuple(
            Cell(typeset(capitalised(head)), numeric=j in right) for j, head in enumerate(heads)
        ),
        rows=tuple(
            tuple(
                Cell(
                    typeset(text),
                    href=(links or {}).get(text, "") if j == 0 else "",
                    header=j == 0,
                    numeric=j in right,
                )
                for j, text in enumerate(row)
            )
            for row in rows
        ),
    )
