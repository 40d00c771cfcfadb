"""Writes a portal: rendered and checked aside, then put in place in one move."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from markupsafe import Markup

from demomed.core.document import IndexDocument, MapDocument
from demomed.core.durable import exchanged, sync_folder, write_through
from demomed.core.faults import Fault, InputError, closest
from demomed.core.locks import writing
from demomed.core.memory import Memory
from demomed.core.report import Report
from demomed.rendering.binding import Mode, page_texts, single
from demomed.rendering.bound import Bound, SideDocument, bound_pages, drawings, side_page
from demomed.rendering.check import check_files
from demomed.rendering.finding import Finding
from demomed.rendering.internal import MANIFEST, check_folder, says_internal

INTEGRATION = "integration.txt"
HOME = "index.html"
PATIENCE = 30.0
"""Seconds a publication waits for another one that is being put in the same place."""


def publish_site(
    documents: Sequence[MapDocument],
    index: IndexDocument,
    files: Mapping[str, bytes],
    out: Path,
    *,
    mode: str = "single",
    sheets: Sequence[SideDocument] = (),
) -> list[str]:
    """Write the portal of one department: pages, drawings, tables, manifest.

    Parameters
    ----------
    documents
        Pages of the portal.
    index
        Its catalogue page.
    files
        Further files by name (tables), written as they are.
    out
        Folder of the portal. It is replaced in one move when everything is ready and checked; a
        failure before leaves it as it was.
    mode
        ``"single"``: one file a page; ``"split"``: styles and scripts in a folder beside the
        pages; ``"csp"``: one file a page, and the exact policy of each in ``integration.txt``.
    sheets
        Sheets of the territories, dossiers, and notices of the themes without source.

    Returns
    -------
    list of str
        Names of the files written, sorted.

    Raises
    ------
    InputError
        If the mode is unknown, if a page breaks a rule of publication, or if the folder holds
        files that no publication wrote.
    """
    written = checked_files(documents, index, files, mode=mode, sheets=sheets)
    replace_folder(Path(out), written)
    return sorted(written)


def checked_files(
    documents: Sequence[MapDocument],
    index: IndexDocument,
    files: Mapping[str, bytes],
    *,
    mode: str = "single",
    sheets: Sequence[SideDocument] = (),
    inputs: str = "",
    memory: Memory | None = None,
) -> dict[str, bytes]:
    """Every file of a portal in memory, once every rule of publication holds.

    Parameters
    ----------
    documents, index, files, mode, sheets
        As for :func:`publish_site`.
    inputs
        Fingerprint of what the portal is made of, for its manifest.
    memory
        What earlier publications have made and need not be made again; nothing by default.

    Raises
    ------
    InputError
        If a page breaks a rule of publication.
    """
    written = site_files(
        documents, index, files, mode=mode, sheets=sheets, inputs=inputs, memory=memory
    )
    findings = check_files(written, internal=index.internal, memory=memory)
    if findings:
        raise InputError(faults_of(findings))
    return written


def site_files(
    documents: Sequence[MapDocument],
    index: IndexDocument,
    files: Mapping[str, bytes],
    *,
    mode: str = "single",
    sheets: Sequence[SideDocument] = (),
    inputs: str = "",
    memory: Memory | None = None,
) -> dict[str, bytes]:
    """Every file of a portal in memory, the manifest last.

    Parameters
    ----------
    documents, index, files, mode, sheets, inputs, memory
        As for :func:`checked_files`.
    """
    check_mode(mode)
    kept = memory or Memory()
    pages = bound_pages(index, documents, sheets, mode, kept)
    site: dict[str, bytes] = dict(files)
    for page in pages:
        site |= page.files
    site |= drawings(documents, kept)
    site[INTEGRATION] = integration(documents, pages, mode, language=index.language)
    site[MANIFEST] = manifest(site, (*documents, *sheets), index, inputs)
    return site


def write_report(report: Report, out: Path) -> tuple[str, ...]:
    """Write a dossier in a folder of its own, with the files that go with it and a manifest.

    Parameters
    ----------
    report
        The dossier; its links to the other pages of a portal are left out.
    out
        Folder, replaced in one move. The folder of a portal is refused: the portal would disappear.

    Returns
    -------
    tuple of str
        Names of the files written, sorted.
    """
    if (out / HOME).exists():
        raise InputError(
            Fault(
                out.name,
                "le dossier d'un portail",
                f"un dossier pour cette page seule (« {report.page_id}.html »)",
                "en choisir un autre",
            )
        )
    alone = replace(report, navigation=())
    site = {f"{report.page_id}.html": single(side_page(alone)), **report.files}
    site[MANIFEST] = manifest(site, (alone,), alone)
    replace_folder(out, site)
    return tuple(sorted(site))


def check_mode(mode: str) -> None:
    """Refuse an unknown mode, the closest known one named."""
    known = get_args(Mode)
    if mode not in known:
        raise InputError(
            Fault("publication", f"mode « {mode} »", "un mode connu", closest(mode, known))
        )


def iframe_snippet(address: str, title: str, *, language: str = "fr") -> str:
    """HTML with which a portal shows a page, with a title and a link to the full page.

    Parameters
    ----------
    address
        Address of the page as the portal sees it.
    title
        Title of the page.
    language
        Language of the texts.

    Examples
    --------
    >>> "loading=\\"lazy\\"" in iframe_snippet("offre.html", "Offre « de soins »")
    True
    """
    texts = page_texts(language)
    return str(
        Markup(
            '<iframe src="{address}" title="{title}" loading="lazy" sandbox="allow-scripts '
            'allow-downloads allow-popups" style="width:100%;height:56rem;border:0"></iframe>\n'
            '<p><a href="{address}">{link}</a></p>'
        ).format(
            address=address,
            title=texts["iframe_title"].format(title=title),
            link=texts["full_page"].format(title=title),
        )
    )


def manifest(
    site: Mapping[str, bytes],
    documents: Sequence[MapDocument | SideDocument],
    index: IndexDocument | Report | MapDocument,
    inputs: str = "",
) -> bytes:
    """List of the files with their hashes, and of the sources; no date, no path.

    Parameters
    ----------
    site
        Files by name.
    documents, index
        What they were made from.
    inputs
        Fingerprint of all that, where the publication resumes by it.
    """
    sources = {line.id: line for document in documents for line in document.sources}
    described: dict[str, Any] = {
        "department": index.department_code,
        "name": index.department_name,
        "version": index.version,
        "licence": index.licence,
        "internal": index.internal,
        **({"inputs": inputs} if inputs else {}),
        "files": {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in sorted(site.items())
            if name != MANIFEST
        },
        "sources": [
            {
                "id": line.id,
                "title": line.title,
                "producer": line.producer,
                "vintage": line.vintage,
                "as_of": line.as_of,
                "licence": line.licence,
                "page": line.page,
            }
            for _, line in sorted(sources.items())
        ],
    }
    return (json.dumps(described, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def replace_folder(out: Path, site: Mapping[str, bytes], *, patience: float = PATIENCE) -> None:
    """Put files in place of a folder: written beside it and forced to the disk, then exchanged.

    A crash at any moment leaves the earlier folder or the later, whole, under its own name (where
    the system cannot exchange two folders in one step, a crash between two renames leaves the
    earlier one beside, under ``.<name>.precedent``, and the next writing puts it back).

    Parameters
    ----------
    out
        The folder; the files of the previous publication disappear with it.
    site
        New files by name; names may hold folders.
    patience
        Seconds to wait for another writer of this folder before refusing.

    Raises
    ------
    InputError
        If the folder holds files that its manifest does not list, if its name or what it holds is
        public and the files are not (or the other way round), or if another writer is at work.
    """
    out = Path(out)
    check_folder(out, internal=says_internal(site))
    aside = out.parent / f".{out.name}.en-cours"
    before = out.parent / f".{out.name}.precedent"
    with writing(out.parent, of=out.name, patience=patience):
        if before.exists() and not out.exists():
            before.rename(out)
        _refuse_strangers(out)
        for stale in (aside, before):
            if stale.exists():
                shutil.rmtree(stale)
        try:
            _write_aside(aside, site)
            _put_in_place(aside, out, before)
            sync_folder(out.parent)
        finally:
            if aside.exists():
                shutil.rmtree(aside)
        if before.exists():
            shutil.rmtree(before)


def _write_aside(aside: Path, site: Mapping[str, bytes]) -> None:
    targets = {aside / name: content for name, content in site.items()}
    folders = sorted({aside, *(target.parent for target in targets)})
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    for target, content in targets.items():
        write_through(target, content)
    for folder in folders:
        sync_folder(folder)


def _put_in_place(aside: Path, out: Path, before: Path) -> None:
    if not out.exists():
        aside.rename(out)
        return
    if exchanged(aside, out):
        return
    out.rename(before)
    try:
        aside.rename(out)
    except OSError:
        before.rename(out)
        raise


def _refuse_strangers(out: Path) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise InputError(
            Fault(out.name, "un fichier", "un dossier", "choisir un autre dossier de sortie")
        )
    present = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    strangers = sorted(present - _listed(out))
    if strangers:
        shown = ", ".join(strangers[:5]) + ("…" if len(strangers) > 5 else "")
        raise InputError(
            Fault(
                out.name,
                f"des fichiers qui ne viennent pas d'une publication ({shown})",
                "un dossier vide ou un portail déjà publié",
                "choisir un autre dossier de sortie, ou déplacer ces fichiers",
            )
        )


def _listed(out: Path) -> set[str]:
    try:
        known = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        return {MANIFEST, *known["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def integration(
    documents: Sequence[MapDocument], pages: Sequence[Bound], mode: str, *, language: str
) -> bytes:
    """How to show the maps inside other pages, and in mode ``"csp"`` the policy of each page.

    Parameters
    ----------
    documents
        Pages of maps.
    pages
        Every page, as files.
    mode
        As for :func:`publish_site`.
    language
        Language of the texts.
    """
    texts = page_texts(language)
    lines = [texts["integration"], ""]
    for document in documents:
        snippet = iframe_snippet(
            f"{document.page_id}.html", document.title, language=document.language
        )
        lines += [f"{document.page_id}.html", snippet, ""]
    if mode == "csp":
        lines += [texts["integration_policy"], ""]
        for page in pages:
            lines += [f"{page.name}.html", f"Content-Security-Policy: {page.policy}", ""]
    return "\n".join(lines).encode("utf-8")


def faults_of(findings: Iterable[Finding]) -> list[Fault]:
    """Broken rules of publication, as faults."""
    return [Fault(one.file, one.found, one.expected, one.remedy) for one in findings]
