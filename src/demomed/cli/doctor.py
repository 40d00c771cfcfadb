"""Commands for a first day: what is installed and what is missing, and a folder to work in."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from demomed.cli.options import DataOption
from demomed.cli.report import plural, say, say_path, show_table
from demomed.core.faults import InputError

PACKAGE = "demomed"
ENOUGH_MB = 200
EXTRAS = {
    "notebook": "Carnets Jupyter",
    "docs": "Documentation",
    "dev": "Développement et tests",
}
MARKS = {"ok": "●", "missing": "○", "optional": "◌"}
LEGEND = "● présent, ○ manque et il le faut, ◌ absent mais facultatif"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")


@dataclass(frozen=True)
class Finding:
    """One thing looked at: its state (``ok``, ``missing``, ``optional``), what was found, what to do."""

    what: str
    state: str
    found: str
    remedy: str = ""


def doctor(data: DataOption = None) -> None:
    """Dit ce qui est installé, ce qui manque et comment l'obtenir. Code de sortie 1 s'il manque l'indispensable."""
    findings = [*_programs(), *_browser(), *_bundle(data), *_folder(), *_register()]
    show_table(
        dict.fromkeys(("", "Quoi", "Trouvé", "À faire"), "left"),
        [(MARKS[one.state], one.what, one.found, one.remedy) for one in findings],
    )
    say(LEGEND)
    missing = sum(one.state == "missing" for one in findings)
    if missing:
        say(f"{plural(missing, 'chose indispensable manque', 'choses indispensables manquent')}.")
        raise typer.Exit(1)
    say("Rien d'indispensable ne manque.")


def _programs() -> Iterator[Finding]:
    """Python, the package, what it needs, then each optional set of programs."""
    yield Finding("Python", "ok", ".".join(map(str, sys.version_info[:3])))
    try:
        told = importlib.metadata.metadata(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        yield Finding(
            PACKAGE, "missing", "code lu sans avoir été installé", "pip install demomed (la roue)"
        )
        return
    yield Finding(PACKAGE, "ok", told["Version"])
    sets: dict[str, list[str]] = {"": []}
    for line in importlib.metadata.requires(PACKAGE) or ():
        extra = _EXTRA.search(line)
        sets.setdefault(extra.group(1) if extra else "", []).append(line)
    needed = sets.pop("")
    for line in needed:
        yield _program(line)
    for name, lines in sets.items():
        yield _extra(name, lines)


def _program(line: str) -> Finding:
    """One required program, its version held against the declared bounds."""
    from packaging.requirements import Requirement

    wanted = Requirement(line)
    version = _version(line)
    if version is None:
        return Finding(wanted.name, "missing", "absent", f"pip install '{line}'")
    if wanted.specifier.contains(version, prereleases=True):
        return Finding(wanted.name, "ok", version)
    return Finding(
        wanted.name,
        "missing",
        f"{version}, il faut {wanted.specifier}",
        f"pip install '{wanted.name}{wanted.specifier}'",
    )


def _extra(extra: str, lines: list[str]) -> Finding:
    """One optional set: complete, or the names that are missing."""
    label = EXTRAS.get(extra, extra)
    absent = [_name(line) for line in lines if _version(line) is None]
    if not absent:
        return Finding(label, "ok", plural(len(lines), "programme", "programmes"))
    return Finding(
        label, "optional", f"il manque {', '.join(absent)}", f"pip install '{PACKAGE}[{extra}]'"
    )


def _name(line: str) -> str:
    found = _NAME.match(line)
    return found.group() if found else line


def _version(line: str) -> str | None:
    try:
        return importlib.metadata.version(_name(line))
    except importlib.metadata.PackageNotFoundError:
        return None


def _browser() -> Iterator[Finding]:
    from demomed.rendering.browser import find_browser

    found = find_browser()
    if found:
        yield Finding("Navigateur pour le PDF", "ok", found.name)
    else:
        yield Finding(
            "Navigateur pour le PDF",
            "optional",
            "absent",
            "installer Chromium, Chrome ou Edge ; sans lui le rapport s'écrit en HTML",
        )


def _bundle(data: Path | None) -> Iterator[Finding]:
    """Integrity of the data, and how many sources are past their age today."""
    from demomed.ingestion.bundle import default_bundle_path, read_bundle
    from demomed.ingestion.freshness import freshness

    try:
        bundle = read_bundle(data or default_bundle_path())
    except InputError as error:
        for fault in error.faults:
            yield Finding("Lot de données", "missing", fault.found, fault.remedy)
        return
    codes = ", ".join(bundle.manifest.departments)
    yield Finding(
        "Lot de données",
        "ok",
        f"empreintes exactes ; départements {codes} ; "
        + plural(len(bundle.sources), "source", "sources"),
    )
    stale = int(freshness(bundle.sources, date.today())["is_stale"].sum())
    yield Finding(
        "Fraîcheur des sources",
        "optional" if stale else "ok",
        plural(stale, "source périmée", "sources périmées") if stale else "aucune n'est périmée",
        "demomed sources check" if stale else "",
    )


def _folder() -> Iterator[Finding]:
    """Whether something can be written here, and whether there is room."""
    here = Path.cwd()
    try:
        with tempfile.TemporaryFile(dir=here):
            pass
    except OSError:
        yield Finding("Dossier courant", "missing", "on ne peut pas y écrire", "changer de dossier")
        return
    free = shutil.disk_usage(here).free // 10**6
    enough = free >= ENOUGH_MB
    yield Finding(
        "Dossier courant",
        "ok" if enough else "missing",
        f"on peut y écrire ; {free / 1000:.1f} Go libres".replace(".", ","),
        "" if enough else "libérer de la place",
    )


def _register() -> Iterator[Finding]:
    """The register of the mission where the commands of the project and of ``init`` look for it."""
    here = Path.cwd()
    found = sorted((*here.glob("registre.*"), *here.glob("data/raw/*/registre.*")))
    names = ", ".join(path.relative_to(here).as_posix() for path in found)
    yield Finding(
        "Registre de la mission",
        "ok" if found else "optional",
        names or "absent : les âges détaillés seront ceux d'un exemple fictif",
        "" if found else "demomed init ma-mission",
    )


def init(
    folder: Annotated[Path, typer.Argument(help="Dossier à faire.", metavar="DOSSIER")],
    department: Annotated[
        str | None,
        typer.Option(
            "--department",
            "-d",
            help="Code du département (celui que nomme le catalogue par défaut).",
            metavar="CODE",
        ),
    ] = None,
) -> None:
    """Fait un dossier de travail : modèles à remplir, vos mots, commandes, mode d'emploi."""
    from demomed.ingestion.bundle import default_bundle_path, read_bundle
    from demomed.ingestion.workspace import (
        OFFICIAL,
        default_department,
        example_places,
        write_workspace,
    )

    chosen = department or default_department()
    bundle = read_bundle(default_bundle_path())
    shipped = chosen in bundle.manifest.departments
    places = example_places(bundle.codes, bundle.communes, chosen)
    names = write_workspace(folder, chosen, shipped=shipped, places=places)
    for name in names:
        say_path("Écrit", folder / name)
    if not shipped:
        say(
            f"Ce département n'est pas livré : mettre les fichiers officiels dans {folder / OFFICIAL}"
        )
    say_path("À lire", folder / "LISEZMOI.md")
