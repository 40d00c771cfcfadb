"""Faults found in an input file, told all at once and in French."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

NEAR_NAME, NEAR_CODE = 0.75, 0.8
"""Likeness from which a name, and a code, is offered in place of another."""
MOST_OFFERED = 3


@dataclass(frozen=True)
class Fault:
    """One fault of one input: where it is, what was found, what was expected, what to do.

    Parameters
    ----------
    file
        File name as the user knows it (never an absolute path).
    found, expected, remedy
        French fragments, without final full stop.
    row
        Row as a spreadsheet counts it (header = 1), or ``None`` for the whole file.
    column
        Column name as written in the file, or ``None``.

    Examples
    --------
    >>> print(Fault("praticiens.csv", "« 1004 »", "un code commune de 5 caractères",
    ...             "rétablir le zéro initial", row=214, column="code commune"))
    praticiens.csv, ligne 214, colonne « code commune » : « 1004 » ; attendu : un code commune de 5 caractères ; à faire : rétablir le zéro initial.
    """

    file: str
    found: str
    expected: str
    remedy: str
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        where = self.file
        if self.row is not None:
            where += f", ligne {self.row}"
        if self.column is not None:
            where += f", colonne « {self.column} »"
        stop = "" if self.remedy.endswith(("?", "!", ".")) else "."
        return f"{where} : {self.found} ; attendu : {self.expected} ; à faire : {self.remedy}{stop}"


class InputError(ValueError):
    """An input cannot be used; carries every fault found, not the first only, and what else to know.

    Examples
    --------
    >>> error = InputError([Fault("a.csv", "fichier vide", "un tableau", "vérifier l'export")])
    >>> len(error.faults)
    1
    """

    def __init__(self, faults: Iterable[Fault] | Fault, notices: Iterable[str] = ()) -> None:
        self.notices: tuple[str, ...] = tuple(notices)
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the faults in French, not the inside of the package."""
        return [f"- {fault}" for fault in self.faults]


@dataclass
class Report:
    """What a reader has to say of a file: faults (the file is refused) and notices (it is read).

    Examples
    --------
    >>> report = Report("praticiens.csv")
    >>> report.notice("2 codes de communes fusionnées ramenés au code de 2025")
    >>> report.raise_if_faulty()
    >>> report.fault("« abc »", "un nombre", "corriger la cellule", row=2, column="ETP")
    >>> len(report.faults), len(report.notices)
    (1, 1)
    """

    file: str
    faults: list[Fault] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def fault(
        self,
        found: str,
        expected: str,
        remedy: str,
        *,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        """Add one fault of this file."""
        self.faults.append(Fault(self.file, found, expected, remedy, row=row, column=column))

    def notice(self, text: str) -> None:
        """Add one thing the user must know although the file is accepted (French, no full stop)."""
        self.notices.append(f"{self.file} : {text}")

    def raise_if_faulty(self) -> None:
        """Raise :class:`InputError` with every fault, in file order, if there is any."""
        if self.faults:
            ordered = sorted(self.faults, key=lambda f: (f.row is not None, f.row or 0))
            raise InputError(ordered, self.notices)


def closest(word: str, known: Iterable[str]) -> str:
    """French hint naming the closest known words, or all of them if none is near.

    Examples
    --------
    >>> closest("densit", ["densite", "age"])
    'vouliez-vous dire « densite » ?'
    >>> closest("zzz", ["densite", "age"])
    'valeurs connues : age, densite'
    """
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"vouliez-vous dire « {near[0]} » ?"
    return "valeurs connues : " + ", ".join(names)


def closest_communes(word: str, names: Mapping[str, str]) -> str:
    """French hint naming the communes whose name, or code, is the most like a word; empty if none.

    Parameters
    ----------
    word
        What was written: a code, or a name in its place. A code has the first two characters of
        those that are offered for it.
    names
        Name of each commune, by code.

    Examples
    --------
    >>> names = {"53130": "Laval", "53147": "Mayenne", "59139": "Caullery"}
    >>> closest_communes("laval", names), closest_communes("53139", names)
    ('vouliez-vous dire « 53130 » (Laval) ?', 'vouliez-vous dire « 53130 » (Laval) ?')
    >>> closest_communes("99999", names)
    ''
    """
    if any(letter.isdigit() for letter in word):
        pool = [code for code in names if code[:2] == word[:2]]
        found = difflib.get_close_matches(word, pool, n=MOST_OFFERED, cutoff=NEAR_CODE)
    else:
        by_name = {name.casefold(): code for code, name in sorted(names.items(), reverse=True)}
        near = difflib.get_close_matches(word.casefold(), by_name, n=MOST_OFFERED, cutoff=NEAR_NAME)
        found = [by_name[name] for name in near]
    offered = ", ".join(f"« {code} » ({names[code]})" for code in found)
    return f"vouliez-vous dire {offered} ?" if offered else ""
