"""A working folder for a mission: model files, its own words, and the commands to run on them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

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


def example_places(
    codes: pd.DataFrame, communes: pd.DataFrame, department: str, most: int = 4
) -> tuple[tuple[str, str], ...]:
    """Communes of a department where fictional rows may be: the most peopled that are known.

    Parameters
    ----------
    codes
        Every commune code ever used (``commune_code, commune_name, departement_code``), of the
        whole country.
    communes
        Communes whose ``population`` is known; those of a department that is not among them come
        in the order of their codes.
    department
        Code of the department.
    most
        How many communes at most.

    Returns
    -------
    tuple
        Code and name of each.
    """
    mine = codes.loc[codes["departement_code"] == department]
    mine = mine.drop_duplicates("commune_code").sort_values("commune_code")
    people = communes.set_index("commune_code")["population"]
    order = mine["commune_code"].map(people).fillna(0).sort_values(ascending=False, kind="stable")
    first = mine.loc[order.index[:most]]
    return tuple(zip(first["commune_code"], first["commune_name"], strict=True))


def write_workspace(
    folder: Path | str,
    department: str,
    *,
    shipped: bool = True,
    places: Sequence[tuple[str, str]] = (),
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
    places
        Communes of the department where the fictional rows are, as
        :func:`demomed.ingestion.template.write_template` takes them.

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
    entry = catalogue.entry("workspace", "mission")
    texts = entry["files"]
    told = {
        "@code@": chosen.code,
        "@nom@": chosen.name,
        "@de@": chosen.of,
        "@avant@": entry["ready"] if shipped else entry["to_fill"].replace("@officiel@", OFFICIAL),
        "@donnees@": "" if shipped else f" --data {OFFICIAL}",
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".demomed-", dir=target.parent) as aside:
        made = Path(aside) / "mission"
        made.mkdir()
        for name, raw in texts.items():
            (made / name).write_text(_filled(raw["text"], told), encoding="utf-8", newline="\n")
        write_template(made / "registre.csv", "register", places=places)
        write_template(made / "structures.csv", "structures", places=places)
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
