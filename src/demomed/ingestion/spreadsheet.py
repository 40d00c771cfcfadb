"""Bytes of a CSV, XLSX or ODS file as grids of text cells, each row with its spreadsheet number."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from xml.etree import ElementTree

from demomed.core.faults import Fault, InputError

MAX_CELLS = 5_000_000
MAX_UNPACKED_BYTES = 400_000_000
SEPARATORS = (";", ",", "\t", "|")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_GARBLED = re.compile(r"Ã[\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸ]|â€[™œ˜“¦]|\ufffd")
_ODS = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TABLE, _OFFICE, _TEXT = _ODS % "table", _ODS % "office", _ODS % "text"


@dataclass(frozen=True)
class Grid:
    """One sheet: non-blank rows with their number (first = 1), and its merged row ranges.

    Parameters
    ----------
    name
        Sheet name, empty for a CSV.
    rows
        Pairs of row number and cells; blank rows are left out, numbers are kept.
    merged
        First row, last row, first column (0-based) of each merged range.
    """

    name: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    merged: tuple[tuple[int, int, int], ...] = field(default=())


def read_grids(data: bytes, file: str) -> list[list[Grid]]:
    """Every way to read the bytes as tables; the caller keeps the one whose header it knows.

    A workbook gives one alternative holding all visible sheets; a text gives one alternative per
    possible separator. Encoding is found from the bytes: byte-order mark, else UTF-8, else
    Windows-1252.

    Raises
    ------
    InputError
        If the bytes are no table at all, with what to do.
    """
    if not data.strip(b"\x00\t\r\n \xef\xbb\xbf"):
        raise InputError(
            Fault(
                file,
                "fichier vide",
                "un tableau avec un en-tête",
                "refaire l'export et vérifier sa taille",
            )
        )
    if data.startswith(_OLE):
        raise InputError(
            Fault(
                file,
                "classeur ancien (.xls) ou protégé par un mot de passe",
                "un fichier CSV, XLSX ou ODS sans mot de passe",
                "l'ouvrir, ôter le mot de passe, puis « Enregistrer sous » au format .xlsx",
            )
        )
    if data.startswith(_ZIP):
        return [_workbook(data, file)]
    text = decode(data, file)
    grids = [[_delimited(text, separator, file)] for separator in SEPARATORS if separator in text]
    return grids or [[_delimited(text, ";", file)]]


def decode(data: bytes, file: str) -> str:
    """Text of the bytes: byte-order mark, else UTF-8, else Windows-1252; anything else is refused."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8-sig", "cp1252"]
    text = None
    for encoding in candidates:
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None or _CONTROL.search(text):
        raise InputError(
            Fault(
                file,
                "ce n'est pas du texte (fichier binaire, ou encodage inconnu)",
                "un CSV en UTF-8 ou Windows-1252, un XLSX ou un ODS",
                "exporter de nouveau le tableau, au format « CSV UTF-8 » ou .xlsx",
            )
        )
    garbled = _GARBLED.search(text)
    if garbled:
        raise InputError(
            Fault(
                file,
                f"caractères mal lus (« {garbled[0]} »)",
                "un seul encodage d'un bout à l'autre",
                "reprendre le fichier d'origine et l'exporter en « CSV UTF-8 » : les accents sont déjà perdus ici",
                row=text.count("\n", 0, garbled.start()) + 1,
            )
        )
    return text


def _delimited(text: str, separator: str, file: str) -> Grid:
    rows = []
    cells = 0
    try:
        for number, record in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=separator), 1
        ):
            cells += len(record)
            if cells > MAX_CELLS:
                raise InputError(_oversized(file))
            if any(cell.strip() for cell in record):
                rows.append((number, tuple(cell.strip() for cell in record)))
    except csv.Error:
        raise InputError(
            Fault(
                file,
                "une cellule démesurée",
                "des cellules de texte court",
                "chercher un guillemet ouvert et jamais refermé",
            )
        ) from None
    return Grid("", tuple(rows))


def _oversized(file: str) -> Fault:
    return Fault(
        file,
        "feuille démesurée",
        f"moins de {MAX_CELLS // 1_000_000} millions de cellules",
        "supprimer les lignes et colonnes vides mises en forme au-delà du tableau",
    )


def _workbook(data: bytes, file: str) -> list[Grid]:
    broken = Fault(
        file,
        "classeur illisible (fichier abîmé ou incomplet)",
        "un classeur XLSX ou ODS entier",
        "l'ouvrir dans le tableur et l'enregistrer de nouveau, ou l'exporter en « CSV UTF-8 »",
    )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise InputError(_oversized(file))
            names = set(archive.namelist())
            if "xl/workbook.xml" in names:
                return _xlsx(data, file)
            is_open = {"content.xml", "mimetype"} <= names
            if is_open and b"spreadsheet" in archive.read("mimetype"):
                return _ods(archive.read("content.xml"), file)
    except InputError:
        raise
    except Exception:
        raise InputError(broken) from None
    raise InputError(
        Fault(
            file,
            "une archive ou un document qui n'est pas un classeur",
            "un fichier CSV, XLSX ou ODS",
            "extraire le tableau et l'enregistrer au format .xlsx ou « CSV UTF-8 »",
        )
    )


def _xlsx(data: bytes, file: str) -> list[Grid]:
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    grids = []
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        if sheet.max_row * sheet.max_column > MAX_CELLS:
            raise InputError(_oversized(file))
        rows = []
        for number, record in enumerate(sheet.iter_rows(values_only=True), 1):
            cells = tuple(cell_text(value) for value in record)
            if any(cells):
                rows.append((number, cells))
        merged = tuple(
            sorted((r.min_row, r.max_row, r.min_col - 1) for r in sheet.merged_cells.ranges)
        )
        grids.append(Grid(sheet.title, tuple(rows), merged))
    return grids


def cell_text(value: object) -> str:
    """Text of a spreadsheet value: whole numbers without decimals, dates as « 1961-03-05 ».

    Examples
    --------
    >>> cell_text(53130.0), cell_text(0.8), cell_text(None), cell_text(True)
    ('53130', '0.8', '', 'oui')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()


def _ods(content: bytes, file: str) -> list[Grid]:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise ValueError("entities are not part of a spreadsheet")
    grids = []
    for table in ElementTree.fromstring(content).iter(f"{_TABLE}table"):
        rows: list[tuple[int, tuple[str, ...]]] = []
        merged: list[tuple[int, int, int]] = []
        number = total = 0
        for row in table.iter(f"{_TABLE}table-row"):
            repeat = int(row.get(f"{_TABLE}number-rows-repeated", "1"))
            cells, spans = _ods_row(row)
            if any(cells):
                total += repeat * len(cells)
                if total > MAX_CELLS:
                    raise InputError(_oversized(file))
                rows.extend((number + k, cells) for k in range(1, repeat + 1))
                merged.extend((number + 1, number + height, column) for column, height in spans)
            number += repeat
        grids.append(Grid(table.get(f"{_TABLE}name", ""), tuple(rows), tuple(merged)))
    return grids


def _ods_row(row: ElementTree.Element) -> tuple[tuple[str, ...], list[tuple[int, int]]]:
    cells: list[str] = []
    spans: list[tuple[int, int]] = []
    blanks = 0
    for cell in row:
        if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        repeat = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        text = _ods_text(cell)
        height = int(cell.get(f"{_TABLE}number-rows-spanned", "1"))
        width = int(cell.get(f"{_TABLE}number-columns-spanned", "1"))
        if not text:
            blanks += repeat
            continue
        if blanks + repeat > 16_384:
            raise ValueError("more columns than a spreadsheet has")
        cells.extend([""] * blanks)
        blanks = 0
        if height > 1 or width > 1:
            spans.append((len(cells), height))
        cells.extend([text] * repeat)
    return tuple(cells), spans


def _ods_text(cell: ElementTree.Element) -> str:
    kind = cell.get(f"{_OFFICE}value-type")
    if kind in ("float", "percentage", "currency"):
        return cell_text(float(cell.get(f"{_OFFICE}value", "nan")))
    if kind == "date":
        return cell.get(f"{_OFFICE}date-value", "")[:10]
    if kind == "boolean":
        return cell_text(cell.get(f"{_OFFICE}boolean-value") == "true")
    return "\n".join(_paragraphs(cell)).strip()


def _paragraphs(cell: ElementTree.Element) -> Iterator[str]:
    for paragraph in cell.findall(f"{_TEXT}p"):
        yield "".join(paragraph.itertext())
