"""A page of text, tables and drawings as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from demomed.core.document import Absent, KeyFigure, Link, SourceLine
from demomed.core.portrait import Figure as Figure
from demomed.core.portrait import PlainTable


@dataclass(frozen=True)
class Section:
    """A part of a dossier: paragraphs, then a list, drawings and tables, all optional.

    ``is_compact`` sets small drawings three abreast.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[PlainTable, ...] = ()
    is_compact: bool = False


@dataclass(frozen=True)
class Report:
    """A dossier of the portal: a question, its answer, and what the answer rests on.

    Parameters
    ----------
    page_id
        File name without extension.
    nav
        Short name, on the index.
    lead
        The answer in a sentence or two.
    nature_label
        What the figures of the lead are worth (« donnée officielle », « simulation »…).
    files
        Files that go with the page, by name; its downloads lead to them.
    """

    page_id: str
    language: str
    department_code: str
    department_name: str
    title: str
    nav: str
    lead: str
    date_label: str
    nature_label: str
    key_figures: tuple[KeyFigure, ...]
    sections: tuple[Section, ...]
    absent: tuple[Absent, ...]
    method: tuple[str, ...]
    caveats: tuple[str, ...]
    sources: tuple[SourceLine, ...]
    downloads: tuple[Link, ...]
    navigation: tuple[Link, ...]
    banner: str
    licence: str
    contact: str
    version: str
    theme: str
    internal: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict)
