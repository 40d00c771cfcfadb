"""Reads back a published page: its elements, its tables, its data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "br", "img", "input", "hr", "source", "track", "embed", "base"})
IMPLIED: Mapping[str, tuple[str, ...]] = {
    "td": ("td", "th"),
    "th": ("td", "th"),
    "tr": ("td", "th", "tr"),
    "/tr": ("td", "th"),
    "/tbody": ("td", "th", "tr"),
    "/thead": ("th", "tr"),
}
"""Cells and rows that a tag closes although their end tag is left out."""
KEPT = frozenset({"style", "script", "title"})


@dataclass
class TableMarkup:
    """A table as written: its caption, header cells and rows.

    Parameters
    ----------
    level
        Level of the data table, or an empty string.
    columns
        Identifier and full label (label and unit) of each column.
    rows
        Zone code of each row and its cells.
    """

    level: str
    caption: str = ""
    columns: list[tuple[str, str]] = field(default_factory=list)
    rows: list[tuple[str, list[str]]] = field(default_factory=list)
    headers_without_scope: int = 0


@dataclass
class PageMarkup:
    """A page as written.

    Parameters
    ----------
    elements
        Tag and attributes of every element, in order.
    kept
        Text of styles, scripts and titles, with their attributes.
    tables
        Every table.
    """

    elements: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    kept: list[tuple[str, Mapping[str, str], str]] = field(default_factory=list)
    tables: list[TableMarkup] = field(default_factory=list)

    def texts(self, tag: str) -> list[str]:
        """Texts of the styles, the scripts or the title."""
        return [text for known, _, text in self.kept if known == tag]

    def elements_with_text(self, tag: str) -> Iterator[tuple[str, Mapping[str, str], str]]:
        """Tag, attributes and text of the styles, the scripts or the title."""
        return (item for item in self.kept if item[0] == tag)

    def text_of(self, identifier: str) -> str:
        """Text of the script or style of this identifier, or an empty string."""
        found = (text for _, attributes, text in self.kept if attributes.get("id") == identifier)
        return next(found, "")

    def column(self, level: str, identifier: str) -> dict[str, str] | None:
        """Cells of a column of the data table of a level, by zone code; ``None`` if absent."""
        for table in self.tables:
            if table.level != level:
                continue
            for place, (known, _) in enumerate(table.columns):
                if known == identifier:
                    return {code: cells[place] for code, cells in table.rows}
        return None

    def data_columns(self) -> Iterator[tuple[str, str, str]]:
        """Level, identifier and « label|unit » of every column of the data tables."""
        for table in self.tables:
            for identifier, label in table.columns:
                if table.level and identifier:
                    yield table.level, identifier, label


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = PageMarkup()
        self.open: list[str] = []
        self.level = ""
        self.depth = 0
        self.text: list[str] | None = None
        self.attributes: Mapping[str, str] = {}
        self.small: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        for left in IMPLIED.get(tag, ()):
            if left in self.open[self._table_start() :]:
                self.handle_endtag(left)
        self.page.elements.append((tag, attributes))
        if tag in VOID:
            return
        self.open.append(tag)
        if tag in KEPT and "svg" not in self.open:
            self.text, self.attributes = [], attributes
        elif tag == "div" and "data-niveau" in attributes:
            self.level, self.depth = attributes["data-niveau"], len(self.open)
        elif tag == "table":
            self.page.tables.append(TableMarkup(self.level))
        elif (
            self.page.tables and tag in ("caption", "th", "td", "tr", "small") and self._in_table()
        ):
            self._cell(tag, attributes)

    def _table_start(self) -> int:
        return max((i for i, tag in enumerate(self.open) if tag == "table"), default=0)

    def _in_table(self) -> bool:
        return "table" in self.open

    def _cell(self, tag: str, attributes: Mapping[str, str]) -> None:
        table = self.page.tables[-1]
        if tag == "tr" and "tbody" in self.open:
            table.rows.append((attributes.get("data-z", ""), []))
        elif tag == "small":
            self.small = []
        elif tag != "tr":
            self.text, self.attributes = [], attributes
            if tag == "th" and "scope" not in attributes:
                table.headers_without_scope += 1

    def handle_data(self, data: str) -> None:
        if self.small is not None:
            self.small.append(data)
        elif self.text is not None:
            self.text.append(data)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.open:
            return
        for left in IMPLIED.get(f"/{tag}", ()):
            if left in self.open[self._table_start() :]:
                self.handle_endtag(left)
        if tag in KEPT and self.text is not None and "svg" not in self.open:
            self.page.kept.append((tag, self.attributes, "".join(self.text)))
            self.text = None
        elif tag in ("caption", "th", "td") and self.text is not None:
            self._close_cell(tag, "".join(self.text).strip())
        while self.open.pop() != tag:
            pass
        if self.level and len(self.open) < self.depth:
            self.level = ""

    def _close_cell(self, tag: str, text: str) -> None:
        table = self.page.tables[-1]
        if tag == "caption":
            table.caption = text
        elif "thead" in self.open:
            unit = "".join(self.small or ()).strip()
            table.columns.append((self.attributes.get("data-c", ""), f"{text}|{unit}"))
        elif table.rows:
            table.rows[-1][1].append(text)
        self.text = self.small = None


def read_markup(text: str) -> PageMarkup:
    """Read a page back.

    Parameters
    ----------
    text
        HTML of a page.

    Examples
    --------
    >>> page = read_markup("<title>Offre</title><table><caption>A</caption></table>")
    >>> page.texts("title"), page.tables[0].caption
    (['Offre'], 'A')
    """
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.page
