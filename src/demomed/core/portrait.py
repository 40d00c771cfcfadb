"""The portrait of a territory and the search over communes, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from demomed.core.document import Absent, KeyFigure, Link, SourceLine


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its text, where it leads, whether it names the row or holds a number."""

    text: str
    href: str = ""
    header: bool = False
    numeric: bool = False


@dataclass(frozen=True)
class PlainTable:
    """A table of a sheet: caption, heads and rows of cells."""

    title: str
    caption: str
    note: str
    heads: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Figure:
    """A drawing with what it says in words.

    Parameters
    ----------
    title
        What the drawing shows, as a heading.
    svg
        One ``<svg>`` element, made by :class:`demomed.rendering.canvas.Canvas` or by the static
        maps, whose texts are already escaped.
    note
        How to read it.
    """

    title: str
    svg: str
    note: str = ""


@dataclass(frozen=True)
class PortraitRow:
    """One indicator of a territory, beside its department and the other territories.

    Parameters
    ----------
    label, unit, text, interval, note
        What is told; ``text`` is « n.d. » when no source gives it, « secret » when it is hidden.
    department, rank
        Value of the department, and rank among the territories in words; empty when there is none.
    others
        Place of each other territory on the scale of the small drawing, 0 to 100.
    place, reference
        Places of this territory and of its department on it; ``None`` when they have no value.
    href
        Map that shows it, at this territory; empty when no page does.
    """

    label: str
    unit: str
    text: str
    interval: str
    note: str
    department: str
    rank: str
    others: tuple[float, ...]
    place: float | None
    reference: float | None
    href: str = ""


@dataclass(frozen=True)
class PortraitSection:
    """Indicators of one subject."""

    title: str
    rows: tuple[PortraitRow, ...]


@dataclass(frozen=True)
class Sheet:
    """The page of one territory, or of the department.

    Parameters
    ----------
    zone_code, level
        The territory; level ``"epci"`` or ``"departement"``.
    shapes
        Code, name and SVG path of every territory of the small map, the same on every sheet.
    box
        View box of the small map.
    pyramids, series
        Drawings of the department, from public counts; none on the sheet of a territory.
    """

    page_id: str
    language: str
    department_code: str
    department_name: str
    zone_code: str
    zone_name: str
    level: str
    title: str
    lead: str
    key_figures: tuple[KeyFigure, ...]
    shapes: tuple[tuple[str, str, str], ...]
    box: str
    sections: tuple[PortraitSection, ...]
    tables: tuple[PlainTable, ...]
    caveats: tuple[str, ...]
    sources: tuple[SourceLine, ...]
    navigation: tuple[Link, ...]
    banner: str
    licence: str
    contact: str
    version: str
    theme: str
    internal: bool = False
    pyramids: tuple[Figure, ...] = ()
    series: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class CommuneFact:
    """What is known of every commune on one subject, in the order of the communes.

    ``href`` holds ``{code}`` in place of the commune's code; empty when no map shows the fact.
    """

    label: str
    unit: str
    texts: tuple[str, ...]
    href: str = ""


@dataclass(frozen=True)
class CommuneSearch:
    """« Que sait-on de ma commune ? »: names, territories and facts of every commune."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    parents: tuple[int | None, ...]
    parent_names: tuple[str, ...]
    parent_hrefs: tuple[str, ...]
    facts: tuple[CommuneFact, ...]


@dataclass(frozen=True)
class Notice:
    """The page of a theme that no source feeds yet: what is wanted, and nothing made up."""

    page_id: str
    language: str
    department_code: str
    department_name: str
    title: str
    nav: str
    lead: str
    absent: tuple[Absent, ...]
    method: tuple[str, ...]
    caveats: tuple[str, ...]
    navigation: tuple[Link, ...]
    licence: str
    contact: str
    version: str
    theme: str
    banner: str = ""
    internal: bool = False
    sources: tuple[SourceLine, ...] = ()
