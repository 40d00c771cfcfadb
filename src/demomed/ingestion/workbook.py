"""Sheets of a published workbook, streamed row by row: sheet and header row found by content."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import pandas as pd

from demomed.core.faults import Fault, InputError, Report, closest
from demomed.ingestion.cells import fold
from demomed.ingestion.container import Container, reading
from demomed.ingestion.headers import find_columns, normalise, tell_missing

HEADER_SEARCH_ROWS = 40


def cell_text(value: object) -> str:
    """Cell of a workbook as text: whole numbers without decimals, dates as ``AAAA-MM-JJ``.

    Examples
    --------
    >>> cell_text(53130.0), cell_text(" Laval "), cell_text(None)
    ('53130', 'Laval', '')
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return str(value).strip()


@contextmanager
def open_workbook(box: Container, report: Report) -> Iterator[Any]:
    """Workbook opened for streaming; its cells are read only as they are asked for."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    with reading(report), box.open() as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        except (InvalidFileException, KeyError, ValueError, SyntaxError, OSError) as error:
            raise InputError(
                Fault(
                    report.file,
                    "classeur illisible",
                    "un classeur .xlsx",
                    "le télécharger à nouveau",
                )
            ) from error
        try:
            yield book
        finally:
            book.close()


def sheet_rows(book: Any, name: str) -> Iterator[tuple[int, list[str]]]:
    """Non-blank rows of a sheet as text, with their number (first row = 1)."""
    for row, values in enumerate(book[name].iter_rows(values_only=True), start=1):
        cells = [cell_text(value) for value in values]
        if any(cells):
            yield row, cells


def header_of(
    book: Any, name: str, wanted: Mapping[str, Sequence[str]], optional: Sequence[str]
) -> tuple[int, int, list[str], dict[str, int]]:
    """Score, row, cells and positions of the row of a sheet that has most wanted columns."""
    best: tuple[int, int, list[str], dict[str, int]] = (0, 0, [], {})
    required = len([ours for ours in wanted if ours not in optional])
    for row, cells in sheet_rows(book, name):
        if row > HEADER_SEARCH_ROWS:
            break
        found = find_columns(cells, wanted)
        score = sum(ours not in optional for ours in found)
        if score > best[0]:
            best = (score, row, cells, found)
        if score == required and score:
            break
    return best


def read_sheet(
    box: Container,
    wanted: Mapping[str, str | Sequence[str]],
    report: Report,
    *,
    optional: Sequence[str] = (),
    sheet: str | None = None,
) -> pd.DataFrame:
    """Wanted columns of the sheet that has them, every cell as text.

    Parameters
    ----------
    box
        Workbook found by :func:`demomed.ingestion.bulk.container`.
    wanted, report, optional
        See :func:`demomed.ingestion.bulk.stream_columns`.
    sheet
        Folded beginning of the sheet name; by default the first sheet that has every column.

    Returns
    -------
    DataFrame
        Text columns, missing where empty; index ``file_row``.
    """
    names = normalise(wanted)
    with open_workbook(box, report) as book:
        candidates = [
            n for n in book.sheetnames if sheet is None or fold(n).startswith(fold(sheet))
        ]
        if not candidates:
            report.fault(
                f"feuille « {sheet} » absente",
                "cette feuille",
                closest(sheet or "", book.sheetnames),
            )
            report.raise_if_faulty()
        scored = [(header_of(book, name, names, optional), name) for name in candidates]
        (_, row, header, found), name = max(scored, key=lambda item: item[0][0])
        tell_missing(header, names, found, optional, report)
        report.raise_if_faulty()
        rows = [(n, cells) for n, cells in sheet_rows(book, name) if n > row]
    if not rows:
        report.fault(
            f"feuille « {name} » : un en-tête sans aucune ligne dessous",
            "au moins une ligne",
            "vérifier que le fichier est complet",
            row=row,
        )
        report.raise_if_faulty()
    index = pd.Index([number for number, _ in rows], name="file_row", dtype="int64")
    frame = pd.DataFrame(
        {
            ours: [cells[i] if i < len(cells) else "" for _, cells in rows]
            for ours, i in sorted(found.items(), key=lambda item: list(names).index(item[0]))
        },
        index=index,
        dtype="str",
    )
    return frame.mask(frame == "")
