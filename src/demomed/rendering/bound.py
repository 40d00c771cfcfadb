"""Pages as the files of a portal, each made again only when something it is made of has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from demomed.core.document import IndexDocument, MapDocument
from demomed.core.fingerprint import code_fingerprint, fingerprint, library_versions
from demomed.core.memory import Memory
from demomed.core.portrait import Notice, Sheet
from demomed.core.report import Report
from demomed.rendering.binding import Page, linked, policy, single
from demomed.rendering.page import index_page, map_page, notice_page, report_page, sheet_page, twin
from demomed.rendering.raster import png_of
from demomed.rendering.surroundings import drawing_name, image_name

SideDocument = Sheet | Notice | Report
ASSETS = "assets"
DRAWN_WITH: tuple[str, ...] = (
    "core",
    "rendering",
    "catalogue/texts",
    "catalogue/themes",
    "catalogue/services.toml",
    "catalogue/departments",
)
"""Folders of the package that say how a document is drawn; what it says is in the document."""
LIBRARIES: tuple[str, ...] = (
    "branca",
    "folium",
    "font-source-sans-pro",
    "geopandas",
    "Jinja2",
    "MarkupSafe",
    "numpy",
    "pandas",
    "pyproj",
    "resvg-py",
    "shapely",
    "XStatic-Leaflet",
)


@dataclass(frozen=True)
class Bound:
    """A page as files by name, with the policy under which it works."""

    name: str
    policy: str
    files: dict[str, bytes]


@cache
def drawing_code() -> str:
    """Fingerprint of all that says how documents become files."""
    return fingerprint(code_fingerprint(DRAWN_WITH), library_versions(LIBRARIES))


def bound_pages(
    index: IndexDocument,
    documents: Sequence[MapDocument],
    sides: Iterable[SideDocument],
    mode: str,
    memory: Memory,
) -> list[Bound]:
    """The pages of a portal as files, its index first.

    Parameters
    ----------
    index, documents, sides
        Pages as data.
    mode
        ``"single"``, ``"split"`` or ``"csp"``.
    memory
        What earlier publications have made.
    """
    orders: list[tuple[str, object, Callable[[], Page]]] = [
        ("index", index, lambda: index_page(index))
    ]
    orders += [(d.page_id, d, lambda d=d: map_page(d)) for d in documents]  # type: ignore[misc]
    orders += [(d.page_id, d, lambda d=d: side_page(d)) for d in sides]  # type: ignore[misc]
    return [
        memory.recall(
            "page",
            (drawing_code(), mode, document),
            lambda make=make: bound(make(), mode),  # type: ignore[misc]
            about=name,
        )
        for name, document, make in orders
    ]


def drawings(documents: Sequence[MapDocument], memory: Memory) -> dict[str, bytes]:
    """The map of each page as SVG and as PNG, by file name.

    Parameters
    ----------
    documents
        Pages as data.
    memory
        What earlier publications have made.
    """
    found: dict[str, bytes] = {}
    for document in documents:
        drawing = str(twin(document))
        found[drawing_name(document.page_id)] = drawing.encode("utf-8")
        found[image_name(document.page_id)] = memory.recall(
            "image",
            (drawing_code(), drawing),
            lambda drawing=drawing: png_of(drawing),  # type: ignore[misc]
            about=document.page_id,
        )
    return found


def side_page(document: SideDocument) -> Page:
    """The page of a territory, of a dossier or of a theme without source, taken apart."""
    if isinstance(document, Sheet):
        return sheet_page(document)
    return report_page(document) if isinstance(document, Report) else notice_page(document)


def bound(page: Page, mode: str) -> Bound:
    """A page taken apart as files: one that holds all, or a page and its assets."""
    if mode != "split":
        return Bound(page.name, policy(page), {f"{page.name}.html": single(page)})
    parts: Iterable[tuple[str, str]] = (*page.styles.items(), *page.scripts.items())
    found = {f"{ASSETS}/{name}": text.encode("utf-8") for name, text in parts}
    return Bound(page.name, "", {f"{page.name}.html": linked(page, ASSETS), **found})
