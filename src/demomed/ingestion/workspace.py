"""A working folder for a mission: model files, its own words, and the commands to run on them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from demomed.core import catalogue
from demomed.core.faults import Fault, InputError
from demomed.ingestion.template import write_template

OFFICIAL = "officiel"


def default_department() -> str:
    """Department of a working folder when none is asked for.

    Examples
    --------
    >>> default_department() in catalogue.departments()
    True
    """
    return str(catalogue.entry("workspace", "mission")["department"])


def write_workspace(
    folder: Path | str, department: str, *, shipped: bool = True
) -> tuple[str, ...]:
    """Write a working folder in which every command works at once.

    The folder is made aside and put in place whole. Same call, same bytes.

    Parameters
    ----------
    folder
        Folder to make; it may exist if it is empty.
    department
        Code of a declared department.
    shipped
        Whether the department is in the shipped data; otherwise the commands read the official
        files of the sub-folder ``officiel``.

    Returns
    -------
    tuple of str
        Names of the files written, sorted.

    Raises
    ------
    InputError
        If the folder holds something, is a file, or the department is not declared.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as there:
    ...     names = write_workspace(Path(there) / "mission", "53")
    >>> names
    ('.gitignore', 'LISEZMOI.md', 'Makefile', 'mots-de-la-mission.toml', 'registre.csv', 'structures.csv')
    """
    chosen = catalogue.department(department)
    target = Path(folder)
    _refuse_occupied(target)
    texts = catalogue.entry("workspace", "mission")["files"]
    told = {
        "@code@": chosen.code,
        "@nom@": chosen.name,
        "@de@": chosen.of,
        "@donnees@": "" if shipped else f" --data {OFFICIAL}",
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".demomed-", dir=target.parent) as aside:
        made = Path(aside) / "mission"
        made.mkdir()
        for name, raw in texts.items():
            (made / name).write_text(_filled(raw["text"], told), encoding="utf-8", newline="\n")
        write_template(made / "registre.csv", "register")
        write_template(made / "structures.csv", "structures")
        if not shipped:
            (made / OFFICIAL).mkdir()
        names = tuple(sorted(path.name for path in made.iterdir() if path.is_file()))
        if target.is_dir():
            target.rmdir()
        shutil.move(made, target)
    return names


def _filled(text: str, told: dict[str, str]) -> str:
    for mark, value in told.items():
        text = text.replace(mark, value)
    return text


def _refuse_occupied(target: Path) -> None:
    if target.is_dir() and not any(target.iterdir()):
        return
    if target.exists():
        found = "dossier qui contient déjà des fichiers" if target.is_dir() else "c'est un fichier"
        raise InputError(
            Fault(
                target.name,
                found,
                "un dossier vide ou un nom libre, pour ne rien effacer",
                "choisir un autre nom",
            )
        )
