"""The rules of a published page, verified on its bytes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from demomed.core.fingerprint import code_fingerprint, fingerprint
from demomed.core.memory import Memory
from demomed.rendering.check_data import CSV, Rows, check_csv, check_data, csv_rows
from demomed.rendering.finding import Finding
from demomed.rendering.internal import check_stamps
from demomed.rendering.language import NATIVE, speaking
from demomed.rendering.markup import PageMarkup, read_markup

CHECKED_WITH: tuple[str, ...] = ("core", "rendering")
"""Folders of the package that hold the rules."""
MANY, PER_COMMUNE = 450, 300
"""Communes above which a page may weigh more, and bytes for each of them."""
HEAVIEST, HEAVIEST_COUNTRY = 500_000, 1_500_000
"""Bytes that a page of a department may weigh, and a page of the country."""
REMOTE = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//|^\s*(?:https?|ftp|wss?):", re.IGNORECASE)
CSS_REMOTE = re.compile(r"url\(\s*['\"]?(?!data:|#)([^)'\"]+)|(@import\b[^;]*)", re.IGNORECASE)
JS_REMOTE = re.compile(
    r"\bfetch\s*\(|\bXMLHttpRequest\b|\bimport\s*\(|\bimportScripts\b|\bWebSocket\b|\bEventSource\b"
    r"|\bsendBeacon\b|\blocalStorage\b|\bsessionStorage\b|\bdocument\.cookie\b|\bindexedDB\b"
)
LOADING = {
    "script": ("src",),
    "link": ("href",),
    "img": ("src", "srcset"),
    "iframe": ("src", "srcdoc"),
    "embed": ("src",),
    "object": ("data",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "input": ("src",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
    "base": ("href",),
    "form": ("action",),
}
"""Attributes that make a browser ask for a file."""


def check_site(directory: str | Path, *, internal: bool = False) -> list[Finding]:
    """Verify a published folder: requests, structure, weights, tables, masked values, hashes.

    Parameters
    ----------
    directory
        Folder written by :func:`demomed.rendering.publish.publish_site`.
    internal
        Whether the portal is meant for internal use; if not, unmasked values are findings.

    Returns
    -------
    list of Finding
        Empty when every rule holds; one finding if there is no such folder.
    """
    folder = Path(directory)
    if not folder.is_dir():
        return [
            Finding(folder.name, "aucun dossier de ce nom", "un portail publié", "vérifier le nom")
        ]
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return check_files(files, internal=internal)


def check_files(
    files: Mapping[str, bytes], *, internal: bool = False, memory: Memory | None = None
) -> list[Finding]:
    """Verify the files of a portal in memory.

    Parameters
    ----------
    files
        Content by name.
    internal
        Whether every file must say that it is for internal use; if not, none may.
    memory
        Verdicts of earlier publications on the very same page beside the very same table.
    """
    kept = memory or Memory()
    beside = (
        fingerprint(code_fingerprint(CHECKED_WITH), files.get(CSV), sorted(files))
        if kept.keeps
        else ""
    )
    findings: list[Finding] = [*check_stamps(files, internal=internal)]
    rows = csv_rows(files.get(CSV))
    most = heaviest(rows)
    for name, content in sorted(files.items()):
        if name.endswith(".html"):
            findings += kept.recall(
                "verdict",
                (beside, name, content),
                lambda name=name, content=content: _check_page(name, content, files, rows, most),  # type: ignore[misc]
                about=name,
            )
        elif name.endswith(".css"):
            findings += _check_css(name, content.decode("utf-8"))
        elif name.endswith(".js"):
            findings += _check_js(name, content.decode("utf-8"))
    findings += check_csv(rows)
    findings += _check_manifest(files)
    return findings


def _check_page(
    name: str, content: bytes, files: Mapping[str, bytes], rows: Mapping[Any, Any], most: int
) -> list[Finding]:
    text = content.decode("utf-8")
    page = read_markup(text)
    data = page.text_of("donnees")
    carried = json.loads(data) if data else {}
    findings = [
        *_check_weight(name, content, HEAVIEST_COUNTRY if "portals" in carried else most),
        *_check_requests(name, page),
        *_check_structure(name, page),
        *_check_tables(name, page),
        *_check_links(name, page, {*files, *carried.get("portals", {}).get("hrefs", {}).values()}),
    ]
    for style in page.texts("style"):
        findings += _check_css(name, style)
    for tag, attributes, script in page.elements_with_text("script"):
        if tag == "script" and attributes.get("type", "") != "application/json":
            findings += _check_js(name, script)
    if "arcs" in carried:
        with speaking(str(dict(page.elements)["html"].get("lang", NATIVE))):
            findings += check_data(name, carried, text, page, rows)
    return findings


def heaviest(rows: Rows) -> int:
    """Bytes that a page may weigh: more where a department has more communes than most.

    Examples
    --------
    >>> heaviest({})
    500000
    """
    communes = {code for level, code, _ in rows if level == "commune"}
    return HEAVIEST + PER_COMMUNE * max(0, len(communes) - MANY)


def _check_weight(name: str, content: bytes, heaviest: int) -> Iterator[Finding]:
    if len(content) > heaviest:
        yield Finding(
            name,
            f"{len(content) // 1000} ko",
            f"{heaviest // 1000} ko au plus",
            "publier moins d'indicateurs par page ou généraliser les contours",
        )


def _check_requests(name: str, page: PageMarkup) -> Iterator[Finding]:
    for tag, attributes in page.elements:
        for attribute in LOADING.get(tag, ()):
            address = attributes.get(attribute, "")
            if REMOTE.search(address):
                yield _remote(name, f'<{tag} {attribute}="{address[:80]}">')
        for attribute in attributes:
            if attribute == "style" or attribute.startswith("on"):
                yield Finding(
                    name,
                    f"attribut « {attribute} » sur <{tag}>",
                    "ni style ni script en attribut",
                    "passer par une classe ou par le script de la page",
                )


def _check_css(name: str, text: str) -> Iterator[Finding]:
    for match in CSS_REMOTE.finditer(text):
        yield _remote(name, match[0][:80])


def _check_js(name: str, text: str) -> Iterator[Finding]:
    for match in JS_REMOTE.finditer(text):
        yield _remote(name, match[0])


def _remote(name: str, found: str) -> Finding:
    return Finding(
        name,
        f"une requête ou un stockage : « {found} »",
        "aucune requête, aucun stockage",
        "mettre le contenu dans la page ou le retirer",
    )


def _check_structure(name: str, page: PageMarkup) -> Iterator[Finding]:
    def fault(found: str, expected: str, remedy: str) -> Finding:
        return Finding(name, found, expected, remedy)

    root = next((a for tag, a in page.elements if tag == "html"), {})
    if not root.get("lang"):
        yield fault("aucune langue", "un attribut « lang »", "dire la langue du document")
    if not "".join(page.texts("title")).strip():
        yield fault("aucun titre", "un titre propre à la page", "donner un titre au document")
    views = [
        a["content"] for tag, a in page.elements if tag == "meta" and a.get("name") == "viewport"
    ]
    if len(views) != 1 or re.search(r"maximum-scale|user-scalable", "".join(views)):
        yield fault(
            f"{len(views)} réglage(s) d'affichage, ou un agrandissement interdit",
            "un seul réglage qui laisse agrandir",
            "retirer « maximum-scale » et « user-scalable »",
        )
    steps = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    if steps.count(1) != 1 or any(after > before + 1 for before, after in pairwise(steps)):
        yield fault(
            f"titres {' '.join(f'h{step}' for step in steps)}",
            "un seul h1 et aucun niveau sauté",
            "rétablir l'ordre des titres",
        )
    missing = {"main", "header", "footer"} - {tag for tag, _ in page.elements}
    if missing:
        yield fault(
            f"repère absent : {', '.join(sorted(missing))}",
            "en-tête, contenu principal et pied de page",
            "rétablir les repères",
        )
    ids = [a["id"] for _, a in page.elements if a.get("id")]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        yield fault(
            f"identifiant répété : {', '.join(twice[:5])}",
            "des identifiants uniques",
            "renommer l'un des éléments",
        )


def _check_tables(name: str, page: PageMarkup) -> Iterator[Finding]:
    for table in page.tables:
        if not table.caption:
            yield Finding(
                name, "un tableau sans légende", "un titre (caption)", "titrer le tableau"
            )
        if table.headers_without_scope:
            yield Finding(
                name,
                f"{table.headers_without_scope} en-tête(s) de tableau sans portée",
                "un attribut « scope » sur chaque en-tête",
                "dire si l'en-tête vaut pour la ligne ou la colonne",
            )


def _check_links(name: str, page: PageMarkup, files: Collection[str]) -> Iterator[Finding]:
    ids = {a.get("id") for _, a in page.elements}
    for tag, attributes in page.elements:
        address = attributes.get("href") or (attributes.get("src") if tag == "script" else None)
        if not address or tag not in ("a", "link", "script") or REMOTE.search(address):
            continue
        target, _, anchor = address.partition("#")
        if re.match(r"[a-z]+:", target):
            if not target.startswith("mailto:"):
                yield _broken(name, address)
        elif (target and target not in files and target != "manifest.json") or (
            not target and anchor not in ids
        ):
            yield _broken(name, address)


def _broken(name: str, address: str) -> Finding:
    return Finding(
        name,
        f"un lien vers « {address[:80]} »",
        "un fichier publié ou un endroit de la page",
        "publier ce fichier ou corriger le lien",
    )


def _check_manifest(files: Mapping[str, bytes]) -> Iterator[Finding]:
    name = "manifest.json"
    if name not in files:
        yield Finding(name, "pas de liste des fichiers", "un manifeste", "publier à nouveau")
        return
    try:
        listed = json.loads(files[name])["files"]
    except (ValueError, KeyError, TypeError):
        yield Finding(name, "une liste illisible", "un manifeste", "publier à nouveau")
        return
    for file in sorted((set(listed) | set(files)) - {name}):
        if file not in files:
            yield Finding(
                file, "un fichier absent", "tous les fichiers listés", "publier à nouveau"
            )
        elif file not in listed:
            yield Finding(file, "un fichier non listé", "les seuls fichiers publiés", "le retirer")
        elif hashlib.sha256(files[file]).hexdigest() != listed[file]["sha256"]:
            yield Finding(
                file, "un contenu modifié", "le fichier tel que publié", "publier à nouveau"
            )
