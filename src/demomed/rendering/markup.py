"""Reads back a published page: its elements, its tables, its data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

KEPT = "style, script, title"
"""Elements whose text is read, drawings apart."""


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
        Tag and attributes of every element, in order, in small letters, those of drawings too.
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


def read_markup(text: str) -> PageMarkup:
    """Read a page back as a browser does: by the rules of HTML 5, whatever is left out or misplaced.

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
    tree = LexborHTMLParser(text)
    drawn = {node.mem_id for node in tree.css("svg title, svg style, svg script")}
    return PageMarkup(
        elements=[(str(node.tag).lower(), _attributes(node)) for node in _elements(tree)],
        kept=[
            (str(node.tag), _attributes(node), node.text())
            for node in tree.css(KEPT)
            if node.mem_id not in drawn
        ],
        tables=[_table(node) for node in tree.css("table")],
    )


def _elements(tree: LexborHTMLParser) -> Iterator[LexborNode]:
    return tree.root.traverse(include_text=False) if tree.root is not None else iter(())


def _attributes(node: LexborNode) -> dict[str, str]:
    return {name.lower(): value or "" for name, value in node.attributes.items()}


def _table(node: LexborNode) -> TableMarkup:
    caption, cells = node.css_first("caption"), node.css("thead th, thead td")
    return TableMarkup(
        level=_level(node),
        caption=caption.text().strip() if caption is not None else "",
        columns=[(_attributes(cell).get("data-c", ""), "|".join(_told(cell))) for cell in cells],
        rows=[
            (_attributes(row).get("data-z", ""), [_told(cell)[0] for cell in row.css("th, td")])
            for row in node.css("tbody tr")
        ],
        headers_without_scope=len(node.css("th:not([scope])")),
    )


def _level(node: LexborNode) -> str:
    """Level of the part of the page that a node is in."""
    above = node.parent
    while above is not None:
        if above.tag == "div" and "data-niveau" in above.attributes:
            return above.attributes["data-niveau"] or ""
        above = above.parent
    return ""


def _told(cell: LexborNode) -> tuple[str, str]:
    """What a cell tells, and what it tells in small."""
    small = cell.css_first("small")
    if small is None:
        return cell.text().strip(), ""
    less = small.text()
    return cell.text().rpartition(less)[0].strip(), less.strip()
