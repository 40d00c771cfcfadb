"""Tables as producers publish them: encoding, separator and header row found by content."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from demomed.core.faults import Fault, InputError, Report, closest
from demomed.ingestion.headers import column_advice, expected_column
from demomed.ingestion.official import OfficialFile

HEADER_SEARCH_ROWS = 40
SHOWN_FAULTS = 5
WRITTEN = "written"
_MOJIBAKE = re.compile("Ã[\u0080-\u00bf]")


def plain(text: str) -> str:
    """Text reduced to lower-case letters and digits, to compare names whatever their spelling.

    Examples
    --------
    >>> plain("Ménil-Hubert en  Exmes"), plain("L’AIGLE"), plain("St-Œuf")
    ('menil hubert en exmes', 'l aigle', 'st oeuf')
    """
    text = text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae")
    text = unicodedata.normalize("NFKD", text)
    text = "".join(c for c in text if not unicodedata.combining(c)).lower()
    return " ".join(re.findall(r"[a-z0-9]+", text))


def decode(file: OfficialFile, report: Report) -> str:
    """Text of a file: UTF-8 (with or without mark), UTF-16 with mark, else Windows-1252.

    A Windows-1252 file is accepted with a notice; a binary file or a text encoded twice is a fault.
    """
    content = file.content
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    if b"\x00" in content[:4096]:
        report.fault("encodage illisible", "un texte UTF-8", "l'exporter en CSV UTF-8")
        return ""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        report.notice("lu en Windows-1252, faute d'être en UTF-8")
        text = content.decode("cp1252", errors="replace")
    if len(_MOJIBAKE.findall(text[:200_000])) > 2:
        report.fault(
            "accents abîmés (« Ã© » pour « é »)",
            "un texte UTF-8",
            "reprendre le fichier d'origine, sans l'avoir réenregistré dans un autre encodage",
        )
    return text


def _cells_of_text(text: str) -> list[list[str]]:
    sample = "\n".join(text.splitlines()[:HEADER_SEARCH_ROWS])
    separator = max(";,\t|", key=lambda mark: (sample.count(mark), -";,\t|".index(mark)))
    if separator == "," and sample.count(";") * 2 > sample.count(","):
        separator = ";"
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def _cell_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


@contextmanager
def _workbook(file: OfficialFile) -> Iterator[CalamineWorkbook]:
    """Workbook opened for reading; whatever is wrong in it becomes a fault."""
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(file.content)) as workbook:
            yield workbook
    except InputError:
        raise
    except (CalamineError, OSError) as error:
        raise InputError(
            Fault(file.stem, "classeur illisible", "un classeur .xlsx", "le télécharger à nouveau")
        ) from error


def sheet_names(file: OfficialFile) -> list[str]:
    """Names of the sheets of a workbook, in order."""
    with _workbook(file) as workbook:
        return list(workbook.sheet_names)


def _cells_of_workbook(file: OfficialFile, sheet: str | None, report: Report) -> list[list[str]]:
    with _workbook(file) as workbook:
        if sheet is not None and sheet not in workbook.sheet_names:
            report.fault(
                f"feuille « {sheet} » absente",
                "cette feuille",
                closest(sheet, workbook.sheet_names),
            )
            return []
        page = workbook.get_sheet_by_name(sheet) if sheet else workbook.get_sheet_by_index(0)
        rows = page.to_python(skip_empty_area=False)
    return [[_cell_text(value) for value in row] for row in rows]


def _matches(header: str, patterns: Sequence[str]) -> bool:
    name = plain(header)
    return any(
        name.startswith(plain(p[:-1])) if p.endswith("*") else name == plain(p) for p in patterns
    )


def _find_columns(cells: Sequence[str], wanted: Mapping[str, Sequence[str]]) -> dict[str, int]:
    found = {}
    for name, patterns in wanted.items():
        for position, header in enumerate(cells):
            if _matches(header, patterns):
                found[name] = position
                break
    return found


def read_table(
    file: OfficialFile,
    wanted: Mapping[str, str | Sequence[str]],
    report: Report,
    *,
    optional: Iterable[str] = (),
    keep: str | None = None,
    sheet: str | None = None,
) -> pd.DataFrame:
    """Read the wanted columns of a CSV or workbook, every cell as text.

    The header row is the one that holds the wanted columns, wherever it is; columns are found by
    name, whatever the case, accents and punctuation.

    Parameters
    ----------
    file
        The official file.
    wanted
        Our column name → name or names in the file; a name that ends with ``*`` is a prefix.
    report
        Collects faults (missing columns, unreadable file) and notices.
    optional
        Wanted columns that may be absent.
    keep
        Regular expression: other columns to keep under their own name; the header row must hold
        at least one.
    sheet
        Sheet of a workbook; the first one by default.

    Returns
    -------
    DataFrame
        Columns in the order of ``wanted`` then kept ones; empty cells are missing; the index is
        the row as a spreadsheet counts it (named ``file_row``). Empty if there is a fault.
    """
    names = {ours: [n] if isinstance(n, str) else list(n) for ours, n in wanted.items()}
    required = [name for name in names if name not in set(optional)]
    if file.content[:2] == b"PK":
        rows = _cells_of_workbook(file, sheet, report)
    else:
        rows = _cells_of_text(decode(file, report))
    if report.faults:
        return pd.DataFrame(columns=list(names))
    best, header_row = {}, -1
    for position, cells in enumerate(rows[:HEADER_SEARCH_ROWS]):
        found = _find_columns(cells, names)
        score = sum(name in found for name in required)
        if keep and not any(re.fullmatch(keep, cell.strip()) for cell in cells):
            continue
        if score > sum(name in best for name in required):
            best, header_row = found, position
        if score == len(required):
            break
    missing = [name for name in required if name not in best]
    if missing:
        seen = [cell for cell in (rows[header_row] if header_row >= 0 else rows[0]) if cell]
        for name in missing:
            report.fault(
                f"colonne « {names[name][0].rstrip('*')} » absente",
                expected_column(names[name]),
                column_advice(names[name][0], seen),
            )
        return pd.DataFrame(columns=list(names))
    header = [cell.strip() for cell in rows[header_row]]
    positions = {name: best[name] for name in names if name in best}
    if keep:
        taken = set(positions.values())
        for position, cell in enumerate(header):
            if position not in taken and re.fullmatch(keep, cell):
                positions[cell] = position
    width = len(header)
    body = [
        (number, cells)
        for number, cells in enumerate(rows[header_row + 1 :], start=header_row + 2)
        if any(cells)
    ]
    short = [number for number, cells in body if len(cells) < max(positions.values()) + 1]
    long = [number for number, cells in body if len(cells) > width and any(cells[width:])]
    for number in (short + long)[:SHOWN_FAULTS]:
        report.fault(
            "nombre de cellules différent de l'en-tête",
            f"{width} cellules",
            "vérifier les séparateurs de cette ligne",
            row=number,
        )
    if short or long:
        return pd.DataFrame(columns=list(names))
    if not body:
        report.fault("aucune ligne de données", "au moins une ligne", "vérifier le fichier")
    index = pd.Index([number for number, _ in body], name="file_row", dtype="int64")
    columns = {
        name: pd.Series([cells[position].strip() for _, cells in body], index=index, dtype="str")
        for name, position in positions.items()
    }
    table = pd.DataFrame(columns, index=index)
    table = table.mask(table == "")
    table.attrs[WRITTEN] = {name: header[position] for name, position in positions.items()}
    return table


def written(table: pd.DataFrame, column: str) -> str:
    """Name of a column as the file writes it."""
    names: dict[str, str] = table.attrs.get(WRITTEN, {})
    return names.get(column, column)


def numbers(
    table: pd.DataFrame, column: str, report: Report, *, missing: Iterable[str] = ()
) -> pd.Series:
    """Numbers of a text column; decimal commas and spaces are accepted.

    Parameters
    ----------
    table, column
        Table of :func:`read_table` and the column to read.
    report
        Receives one fault per cell that is no number (the first five, then their total).
    missing
        Texts that stand for a missing value, such as ``"ND"``.

    Returns
    -------
    Series
        float64, same index; missing cells are ``NaN``.
    """
    text = table[column]
    name = written(table, column)
    cleaned = text.str.replace(r"[\s\u00a0\u202f]", "", regex=True).str.replace(",", ".")
    values = pd.to_numeric(cleaned, errors="coerce").astype("float64")
    values = values.where(np.isfinite(values))
    allowed = {item.lower() for item in missing}
    bad = values.isna() & text.notna() & ~text.str.lower().isin(allowed)
    for row, cell in text[bad].head(SHOWN_FAULTS).items():
        report.fault(f"« {cell} »", "un nombre", "corriger la cellule", row=int(row), column=name)
    if bad.sum() > SHOWN_FAULTS:
        report.fault(
            f"{int(bad.sum())} cellules qui ne sont pas des nombres dans « {name} »",
            "des nombres",
            "corriger la colonne",
        )
    return values.rename(column)
