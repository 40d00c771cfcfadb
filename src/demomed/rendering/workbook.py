"""The public indicators as a workbook, to sort and to compute with."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import openpyxl
import pandas as pd
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from demomed.core.catalogue import texts as catalogue_texts
from demomed.core.indicator import STATUS_LABELS, PublicIndicators, get_indicator
from demomed.rendering.french import NARROW, capitalised, day, typeset
from demomed.rendering.internal import META, internal_stamp, plain_stamp
from demomed.rendering.openness import (
    by_column,
    column_id,
    dates_of,
    holds_numbers,
    natures_of,
    only_public,
    shown_value,
)
from demomed.rendering.pages import name_service
from demomed.rendering.table import coarse_words, safe_cell

WORKBOOK = "indicateurs.xlsx"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Date of every member of a workbook: the first a zip archive can write."""
UNDATED = b"1980-01-01T00:00:00Z"


def workbook(
    public: PublicIndicators,
    tables: Mapping[str, Sequence[Sequence[Any]]],
    *,
    language: str = "fr",
) -> bytes:
    """The public indicators as a workbook: one sheet per level, one column per indicator.

    Parameters
    ----------
    public
        Indicators after the gate.
    tables
        Further sheets by title: rows of texts and numbers, the first one being the heads.
    language
        Language of the texts.

    Returns
    -------
    bytes
        XLSX; numbers as shown on the pages, words where there is none; the head of a column tells
        the nature and the date of its values, and a number that rests on too few is shown with
        these words (its format: it stays a number). The same bytes for the same input (neither
        date nor author).
    """
    only_public(public, "workbook")
    words = catalogue_texts(language)["compose"]
    book = openpyxl.Workbook(write_only=True)
    if public.internal:
        _sheet(book, capitalised(internal_stamp(language)), [[plain_stamp(language)]])
    for level in ("epci", "departement", "commune"):
        rows = public.table.loc[public.table["level"] == level]
        if len(rows):
            wide: list[list[Any]] = _wide(rows, words)
            if public.internal:
                marks = [META, *[internal_stamp(language)] * (len(wide) - 1)]
                wide = [[*line, mark] for line, mark in zip(wide, marks, strict=True)]
            _sheet(book, words["workbook"][level], wide)
    for title, lines in tables.items():
        _sheet(book, title, lines)
    if not book.worksheets:
        _sheet(book, words["workbook"]["epci"], [[words["zone_column"]]])
    buffer = io.BytesIO()
    book.save(buffer)
    return undated(buffer.getvalue())


def _wide(rows: pd.DataFrame, words: Mapping[str, Any]) -> list[list[Any]]:
    """Heads, then one line per zone: code, name, and what each indicator shows."""
    heads = {key: _head(mine) for key, mine in by_column(rows)}
    lines: dict[str, dict[str, Any]] = {}
    names: dict[str, str] = {}
    for record in rows.to_dict("records"):
        code = str(record["zone_code"])
        names[code] = str(record["zone_name"])
        indicator = get_indicator(record["indicator"])
        shown = shown_value(record, indicator)
        told: Any = coarse_words(record, indicator) or STATUS_LABELS[record["status"]]
        if shown is not None and record["status"] == "value":
            told = shown
        elif shown is not None:
            told = _Reserved(shown, told)
        lines.setdefault(code, {})[column_id(record)] = told
    first = [words["csv"]["header"][1], words["csv"]["header"][2], *heads.values()]
    body = [[code, names[code], *(of.get(key) for key in heads)] for code, of in lines.items()]
    return [first, *sorted(body, key=lambda line: str(line[0]))]


def _head(rows: pd.DataFrame) -> str:
    """Label, unit, nature and date of a column."""
    record = rows.iloc[0]
    indicator = get_indicator(record["indicator"]).told_as(record["nature"])
    label = name_service(typeset(indicator.label), str(record["profession"] or ""))
    unit = f" ({indicator.unit})" if indicator.unit not in label else ""
    about = [" ; ".join(natures_of(rows)), " ; ".join(map(day, dates_of(rows)))]
    told = f"{capitalised(label)}{unit} – {', '.join(filter(None, about))}"
    return told.replace(NARROW, " ")


class _Reserved(NamedTuple):
    """A number that is shown with a reserve."""

    value: float | int
    reserve: str


def _sheet(book: Any, title: str, lines: Iterable[Sequence[Any]]) -> None:
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "C2"
    for number, line in enumerate(lines):
        if number:
            sheet.append([_cell(sheet, value) for value in line])
            continue
        heads = []
        for value in line:
            cell = WriteOnlyCell(sheet, value=_guarded(str(value)))
            cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
            heads.append(cell)
        sheet.append(heads)


def _cell(sheet: Any, value: Any) -> Any:
    if not isinstance(value, _Reserved):
        return _guarded(value)
    cell = WriteOnlyCell(sheet, value=value.value)
    cell.number_format = f'General" ({value.reserve})"'
    return cell


def _guarded(value: Any) -> Any:
    """A text that no spreadsheet runs; one guarded already is left as it is."""
    return safe_cell(value) if isinstance(value, str) else value


def csv_sheets(files: Mapping[str, bytes], *, language: str = "fr") -> dict[str, list[list[Any]]]:
    """Dictionary and ranking, as published, as further sheets of a workbook.

    Parameters
    ----------
    files
        Files of the portal by name.
    language
        Language of the texts.
    """
    words = catalogue_texts(language)["compose"]
    return {
        title: _typed(name, files[name], words["package"])
        for name, title in words["workbook"]["tables"].items()
        if name in files
    }


def _typed(name: str, content: bytes, words: Mapping[str, Any]) -> list[list[Any]]:
    """Lines of a published CSV, the columns of numbers as numbers."""
    heads, *lines = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    own = words["words_of"].get(name, {})
    numeric = [holds_numbers(head, words, own) for head in heads]
    body = [[_number(v) if n else v for v, n in zip(line, numeric, strict=True)] for line in lines]
    return [heads, *body]


def _number(text: str) -> float | int | str | None:
    """A number of a French CSV; nothing where it is empty, the text where it is none."""
    if not text:
        return None
    try:
        return float(text.replace(",", ".")) if "," in text else int(text)
    except ValueError:
        return text


def undated(content: bytes) -> bytes:
    """A workbook without the dates its writer put in it.

    Parameters
    ----------
    content
        An XLSX file.
    """
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as after,
    ):
        for name in sorted(before.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            member = zipfile.ZipInfo(name, EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            text = before.read(name)
            if name == "docProps/core.xml":
                text = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", UNDATED, text)
            after.writestr(member, text)
    return buffer.getvalue()
