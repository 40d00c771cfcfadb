"""Opens a table kept by hand, whatever its format: finds the sheet, the header and the last row."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from demomed.core.faults import Fault, InputError, Report
from demomed.ingestion.cells import Unreadable, fold, number, quoted
from demomed.ingestion.spreadsheet import Grid, read_grids

HEADER_SEARCH_ROWS = 40
MAX_FILE_BYTES = 60_000_000
MAX_LINES_IN_A_CELL = 20
_ERRORS = frozenset({"#REF!", "#N/A", "#DIV/0!", "#VALEUR!", "#VALUE!", "#NOM?", "#NAME?", "#NUL!"})
_TOTAL = re.compile(r"(sous )?totaux?\b|(sous )?total\b|ensemble$|moyenne$|nombre total\b")


@dataclass(frozen=True)
class HandTable:
    """A table opened: its cells as text, under the fields that were recognised.

    Parameters
    ----------
    frame
        One column per recognised field, index ``row`` = row as the spreadsheet counts it; every
        cell is text, empty when blank.
    written
        Field → column name as written in the file.
    unknown
        Columns of the file that no field recognises, as written (their cells are not kept).
    """

    frame: pd.DataFrame
    written: Mapping[str, str]
    unknown: tuple[str, ...]

    def column(self, field: str) -> pd.Series:
        """Cells of one field, empty text everywhere if the file does not have it."""
        if field in self.frame:
            return self.frame[field]
        return pd.Series("", index=self.frame.index, name=field, dtype="object")


NEAR_FILE = 0.75
"""Likeness from which the name of a file, its ending apart, is offered in place of another."""


def _near_name(path: Path) -> str:
    """The file of the same folder whose name is the most alike; empty if none is, or if it is there."""
    if path.exists() or not path.parent.is_dir():
        return ""
    names = [beside.name for beside in path.parent.iterdir() if beside.is_file()]
    stems = {Path(name).stem.casefold(): name for name in sorted(names)}
    near = difflib.get_close_matches(path.stem.casefold(), stems, n=1, cutoff=NEAR_FILE)
    near = [stems[stem] for stem in near]
    return f"vouliez-vous dire « {near[0]} » ?" if near else ""


def read_bytes(path: Path) -> bytes:
    """Bytes of a file, or a fault that says why they cannot be read."""
    try:
        size = path.stat().st_size
        if path.is_file() and size <= MAX_FILE_BYTES:
            return path.read_bytes()
        found = (
            f"fichier de {size // 1_000_000} Mo" if path.is_file() else "ce n'est pas un fichier"
        )
        remedy = "vérifier que c'est bien le tableau attendu"
    except (OSError, ValueError):
        found, remedy = (
            "fichier introuvable ou illisible",
            _near_name(path) or "vérifier le nom, le dossier et les droits",
        )
    raise InputError(
        Fault(path.name, found, f"un tableau de moins de {MAX_FILE_BYTES // 1_000_000} Mo", remedy)
    )


def open_table(
    data: bytes,
    *,
    fields: Mapping[str, str],
    report: Report,
    expected: Sequence[str] = (),
) -> HandTable:
    """Table of a CSV, XLSX or ODS file whose header row is found by content.

    Title rows above the header, blank rows, repeated headers, total rows and notes below the
    table are skipped (and said). Two header rows, merged cells, several tables in one workbook,
    an opened quotation mark, cells beyond the header and errors of formulas are faults.

    Parameters
    ----------
    data
        The file.
    fields
        Folded column name → field; see :func:`demomed.ingestion.cells.fold`.
    report
        Receives faults and notices; its ``file`` names the file.
    expected
        Column names to show as examples when no header is found.

    Returns
    -------
    HandTable
        Only the cells of recognised fields: the others are dropped here and never looked at again.

    Raises
    ------
    InputError
        If no table can be found at all.

    Examples
    --------
    >>> report = Report("liste.csv")
    >>> table = open_table("Liste 2025\\n\\nCommune;Âge\\nLaval;54\\n".encode("cp1252"),
    ...                    fields={"commune": "commune_name", "age": "age"}, report=report)
    >>> table.frame
        commune_name age
    row
    4          Laval  54
    """
    grid, position = _best(read_grids(data, report.file), fields, expected, report)
    header_row, header = grid.rows[position]
    _check_header(grid, position, fields, report)
    below = [
        (row, cells)
        for row, cells in grid.rows[position + 1 :]
        if not _is_repeated_header(cells, header, report, row)
    ]
    columns = _columns(header, header_row, fields, report)
    kept = _body(below, header, set(columns.values()), report)
    if not kept and not report.faults:
        report.fault(
            "un en-tête sans aucune ligne dessous",
            "au moins une ligne",
            "vérifier que l'export contient les données",
            row=header_row,
        )
    report.raise_if_faulty()
    frame = pd.DataFrame(
        {
            field: [cells[index] if index < len(cells) else "" for _, cells in kept]
            for field, index in columns.items()
        },
        index=pd.Index([row for row, _ in kept], name="row"),
        dtype="object",
    )
    unknown = tuple(name for i, name in enumerate(header) if name and i not in columns.values())
    return HandTable(frame, {field: header[i] for field, i in columns.items()}, unknown)


def _score(cells: tuple[str, ...], fields: Mapping[str, str]) -> int:
    return len({fields[word] for word in map(fold, cells) if word in fields})


def _best(
    alternatives: list[list[Grid]],
    fields: Mapping[str, str],
    expected: Sequence[str],
    report: Report,
) -> tuple[Grid, int]:
    found: list[tuple[int, int, int, Grid, int]] = []
    for order, grids in enumerate(alternatives):
        for grid in grids:
            rows = grid.rows[:HEADER_SEARCH_ROWS]
            scores = [_score(cells, fields) for _, cells in rows]
            best = max(scores, default=0)
            if best:
                found.append((best, len(grid.rows), -order, grid, scores.index(best)))
    if not found:
        names = ", ".join(f"« {name} »" for name in expected or sorted(fields)[:6])
        raise InputError(
            Fault(
                report.file,
                "aucune ligne d'en-tête reconnue dans les premières lignes",
                f"des colonnes nommées, par exemple {names}",
                "mettre les noms des colonnes du modèle sur la première ligne",
            )
        )
    found.sort(key=lambda item: item[:3], reverse=True)
    score, _, order, grid, position = found[0]
    rivals = [item[3].name for item in found[1:] if item[2] == order and item[0] == score]
    if rivals:
        sheets = ", ".join(f"« {name} »" for name in sorted([grid.name, *rivals]))
        report.fault(
            f"{len(rivals) + 1} feuilles portent le même en-tête ({sheets})",
            "une seule feuille de données",
            "réunir les lignes dans une seule feuille, avec une colonne de plus si besoin",
        )
    elif grid.name and any(item[2] == order and 2 * item[0] >= score for item in found[1:]):
        report.notice(f"feuille lue : « {grid.name} »")
    return grid, position


def _check_header(grid: Grid, position: int, fields: Mapping[str, str], report: Report) -> None:
    header_row, header = grid.rows[position]
    above = grid.rows[position - 1] if position else None
    below = grid.rows[position + 1] if position + 1 < len(grid.rows) else None
    blank = [i for i, name in enumerate(header) if not name]
    split = above is not None and any(
        i < len(above[1]) and fold(above[1][i]) in fields for i in blank
    )
    if below is not None and fold("".join(below[1])) != fold("".join(header)):
        words = [fold(cell) for cell in below[1] if cell]
        again = sum(word in fields for word in words)
        split |= again >= 2 and 2 * again >= len(words)
    if split:
        report.fault(
            "un en-tête sur deux lignes",
            "une seule ligne d'en-tête",
            "écrire chaque nom de colonne sur une seule ligne, juste au-dessus des données",
            row=header_row,
        )
    for first, last, column in grid.merged:
        if last > header_row:
            report.fault(
                "cellules fusionnées",
                "une valeur par cellule",
                "défusionner, puis recopier la valeur dans chaque ligne",
                row=first,
                column=header[column] if column < len(header) else None,
            )


def _is_repeated_header(
    cells: tuple[str, ...], header: tuple[str, ...], report: Report, row: int
) -> bool:
    written, names = ([c for c in row_ if c] for row_ in (cells, header))
    if fold(written[0]) != fold(names[0]) or [*map(fold, written)] != [*map(fold, names)]:
        return False
    report.notice(f"en-tête répété ligne {row}, ligne passée")
    return True


def _columns(
    header: tuple[str, ...], row: int, fields: Mapping[str, str], report: Report
) -> dict[str, int]:
    columns: dict[str, int] = {}
    for index, name in enumerate(header):
        field = fields.get(fold(name))
        if field is None:
            continue
        if field in columns:
            report.fault(
                f"deux colonnes pour la même information (« {header[columns[field]]} » et « {name} »)",
                "une seule",
                "supprimer ou renommer l'une des deux",
                row=row,
                column=name,
            )
        else:
            columns[field] = index
    return columns


def _body(
    rows: list[tuple[int, tuple[str, ...]]],
    header: tuple[str, ...],
    recognised: set[int],
    report: Report,
) -> list[tuple[int, tuple[str, ...]]]:
    kept = []
    width = max(i for i, name in enumerate(header) if name) + 1
    for row, cells in rows:
        filled = [cell for cell in cells if cell]
        if _is_total(filled):
            report.notice(f"ligne {row} : total, ligne passée")
            continue
        if len(filled) == 1 and not any(cells[i] for i in recognised if i < len(cells)):
            report.notice(f"ligne {row} : texte seul, ligne passée")
            continue
        _check_row(row, cells, header, width, report)
        kept.append((row, cells))
    while kept and _is_note(kept[-1][1], len(recognised)):
        report.notice(f"ligne {kept[-1][0]} : note sous le tableau, ligne passée")
        kept.pop()
    return kept


def _is_total(filled: list[str]) -> bool:
    if not _TOTAL.match(fold(filled[0])):
        return False
    for cell in filled[1:]:
        try:
            number(cell)
        except Unreadable:
            return False
    return True


def _is_note(cells: tuple[str, ...], width: int) -> bool:
    filled = [cell for cell in cells if cell]
    text = filled[0] if len(filled) == 1 else ""
    return width > 1 and (
        len(text) > 40 or fold(text).startswith(("source", "note", "nb", "lecture"))
    )


def _check_row(
    row: int, cells: tuple[str, ...], header: tuple[str, ...], width: int, report: Report
) -> None:
    if any(cell for cell in cells[width:]):
        report.fault(
            f"{len(cells)} cellules pour {width} colonnes",
            "autant de cellules que de colonnes",
            "chercher un séparateur écrit dans une cellule, ou mettre cette cellule entre guillemets",
            row=row,
        )
    for index, cell in enumerate(cells[:width]):
        if cell.count("\n") > MAX_LINES_IN_A_CELL:
            report.fault(
                "une cellule de plusieurs dizaines de lignes",
                "un texte court",
                "chercher un guillemet ouvert et jamais refermé",
                row=row,
                column=header[index] or None,
            )
        elif cell in _ERRORS:
            report.fault(
                quoted(cell),
                "une valeur",
                "corriger la formule du tableur",
                row=row,
                column=header[index] or None,
            )
