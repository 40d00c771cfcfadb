"""Portals for internal use: unmasked, kept apart from public ones, and stamped on every file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from demomed.core.catalogue import texts as catalogue_texts
from demomed.core.faults import Fault, InputError
from demomed.rendering.finding import Finding
from demomed.rendering.french import NARROW, typeset
from demomed.rendering.markup import PageMarkup, read_markup
from demomed.rendering.table import to_csv

MANIFEST = "manifest.json"
"""List of the files of a portal; it also says for whom the portal is."""
SUFFIX = "-interne"
"""End of the name of every folder for internal use, and of no other."""
META = "diffusion"
"""Name of the stamp: of the column of a table, of the meta tag of a page."""


def internal_stamp(language: str = "fr") -> str:
    """The two words that every file for internal use carries.

    Examples
    --------
    >>> internal_stamp()
    'usage interne'
    """
    return str(catalogue_texts(language)["compose"]["internal_stamp"])


def licence_of(internal: bool, texts: Mapping[str, Any]) -> str:
    """Under what terms a page may be used again: not at all when it is for internal use."""
    words = texts["compose"]
    return typeset(words["licence_internal" if internal else "licence"])


def check_folder(out: str | Path, *, internal: bool) -> None:
    """Refuse to mix what is public with what is not, before anything is computed or written.

    Parameters
    ----------
    out
        Folder to be written.
    internal
        Whether unmasked values are to be written in it.

    Raises
    ------
    InputError
        If the name of the folder says the contrary, or what it holds already.
    """
    out = Path(out)
    name = out.resolve().name
    if internal != name.endswith(SUFFIX):
        found = "valeurs non masquées" if internal else "portail public"
        wanted = (
            f"un dossier dont le nom finit par « {SUFFIX} »"
            if internal
            else f"un dossier dont le nom ne finit pas par « {SUFFIX} »"
        )
        raise InputError(Fault(name, f"{found} dans ce dossier", wanted, "changer « --out »"))
    held = _held(out)
    if held is not None and held != internal:
        raise InputError(
            Fault(
                name,
                "un portail à usage interne" if held else "un portail public",
                "un dossier vide ou un portail de même diffusion",
                "changer « --out »",
            )
        )


def _held(out: Path) -> bool | None:
    try:
        return bool(json.loads((out / MANIFEST).read_text(encoding="utf-8"))["internal"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def says_internal(site: Mapping[str, bytes]) -> bool:
    """Whether any file of a portal says that it is for internal use."""
    return any(_is_stamped(name, content) for name, content in site.items())


def stamped(files: Mapping[str, bytes], *, language: str = "fr") -> dict[str, bytes]:
    """Tables and shapes of a portal for internal use, each saying so.

    Parameters
    ----------
    files
        CSV and GeoJSON by name; other files are left as they are.
    language
        Language of the texts.

    Returns
    -------
    dict
        A CSV has one more column on every line; a GeoJSON one more member.
    """
    stamp = internal_stamp(language)
    return {
        name: _stamped_csv(content, stamp)
        if name.endswith(".csv")
        else _stamped_geojson(content, stamp)
        if name.endswith(".geojson")
        else content
        for name, content in files.items()
    }


def _stamped_csv(content: bytes, stamp: str) -> bytes:
    head, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    return to_csv([*head, META], [[*row, stamp] for row in rows])


def _stamped_geojson(content: bytes, stamp: str) -> bytes:
    whole = {META: stamp, **json.loads(content)}
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return (text + "\n").encode("utf-8")


def check_stamps(files: Mapping[str, bytes], *, internal: bool) -> Iterator[Finding]:
    """Every file for internal use says so; no file of a public portal does.

    Parameters
    ----------
    files
        Content by name.
    internal
        Whether the portal is meant for internal use.
    """
    for name, content in sorted(files.items()):
        found = _is_stamped(name, content)
        if found is None or found == internal:
            continue
        yield Finding(
            name,
            "un fichier à usage interne, non masqué" if found else "aucune mention d'usage interne",
            "la mention « usage interne »" if internal else "un fichier public",
            "publier à nouveau avec « --internal »"
            if internal
            else "ne pas le diffuser ; publier sans « --internal »",
        )


def _is_stamped(name: str, content: bytes) -> bool | None:
    """Whether a file says that it is for internal use; ``None`` for a file that says nothing."""
    if name == MANIFEST:
        try:
            return bool(json.loads(content).get("internal"))
        except (ValueError, AttributeError):
            return None
    if name.endswith(".html"):
        head = content.partition(b"</head>")[0]  # the mark stands there; the rest is long to read
        return has_stamp(read_markup(head.decode("utf-8")))
    if name.endswith(".csv"):
        return META in content.decode("utf-8-sig").split("\r\n", 1)[0].split(";")
    if name.endswith(".geojson"):
        return content.startswith(f'{{"{META}"'.encode())
    if name.endswith(".svg"):
        return f'data-{META}="'.encode() in content[:2000]
    return None


def has_stamp(page: PageMarkup) -> bool:
    """Whether a page says that it is for internal use."""
    return any(tag == "meta" and a.get("name") == META for tag, a in page.elements)


def plain_stamp(language: str = "fr") -> str:
    """The full warning, with ordinary spaces, for a spreadsheet."""
    return typeset(str(catalogue_texts(language)["compose"]["internal"])).replace(NARROW, " ")
