"""Estimated population of the departments by sex and broad age at 1 January, Insee's workbook."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd

from demomed.core.faults import Report
from demomed.ingestion.cells import fold
from demomed.ingestion.container import SHOWN_FAULTS, container, reading

SEXES = {"ensemble": "all", "hommes": "male", "femmes": "female"}
_CODE = re.compile(r"\d{2}|2[AB]|97\d")
_BAND = re.compile(r"(\d+) a (\d+) ans|(\d+) ans et plus")
_TOTAL = "total"
_HEADER_ROWS = 12


def read_population_estimates(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Population of each department at 1 January, by sex and broad age, every year of the workbook.

    One sheet a year, named after it; the two header rows (sex, then age) are found by their words.
    Source: Insee, estimations de population. The last three years are provisional.

    Returns
    -------
    tuple
        ``departement_code, year, sex`` (``all``, ``male``, ``female``), ``age_band`` (``00-19``,
        ``75+``, ``all``), ``population`` (persons), sorted; and notices. Totals of France and of
        its parts are left out.

    Raises
    ------
    InputError
        If no sheet is recognised, or if the bands of a department do not add up to its total.
    """
    report = Report(path.name)
    box = container(path, report)
    frames = []
    if box.kind == "workbook":
        with reading(report), box.open() as stream:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            for name in book.sheetnames:
                if re.fullmatch(r"(19|20)\d\d", name.strip()):
                    rows = [list(row) for row in book[name].iter_rows(values_only=True)]
                    frames += _sheet(rows, int(name), report)
            book.close()
    if not frames:
        report.fault(
            "aucune feuille d'une année avec départements, sexes et âges",
            "le classeur des estimations de population de l'Insee",
            "le télécharger à nouveau, sans le modifier",
        )
    report.raise_if_faulty()
    columns = ["departement_code", "year", "sex", "age_band"]
    table = pd.DataFrame(frames, columns=[*columns, "population"])
    _check_totals(table, report)
    report.raise_if_faulty()
    return table.sort_values(columns, ignore_index=True), tuple(report.notices)


def _sheet(rows: list[list[Any]], year: int, report: Report) -> list[tuple[Any, ...]]:
    """Long rows of one sheet; none if it has no such header."""
    head = next(
        (i for i, row in enumerate(rows[:_HEADER_ROWS]) if fold(str(row[0])) == "departements"),
        None,
    )
    if head is None or head + 1 >= len(rows):
        return []
    columns: dict[int, tuple[str, str]] = {}
    sex = ""
    for place, cell in enumerate(rows[head + 1]):
        over = rows[head][place] if place < len(rows[head]) else None
        sex = SEXES.get(fold(str(over or "")), sex)
        band = _band(fold(str(cell or "")))
        if sex and band:
            columns[place] = (sex, band)
    found = []
    for number, row in enumerate(rows[head + 2 :], start=head + 3):
        code = str(row[0] or "").strip()
        if not _CODE.fullmatch(code):
            continue
        for place, (one_sex, band) in columns.items():
            value = row[place]
            if not isinstance(value, int | float):
                report.fault(
                    f"« {value} »", "un nombre d'habitants", "rétablir la cellule", row=number
                )
                continue
            found.append((code, year, one_sex, band, int(value)))
    return found


def _band(text: str) -> str:
    """Age band of a header, ``""`` if it is none."""
    if text == _TOTAL:
        return "all"
    match = _BAND.fullmatch(text)
    if match is None:
        return ""
    return f"{int(match[3])}+" if match[3] else f"{int(match[1]):02d}-{int(match[2]):02d}"


def _check_totals(table: pd.DataFrame, report: Report) -> None:
    keys = ["departement_code", "year", "sex"]
    whole = table["age_band"] == "all"
    parts = table[~whole].groupby(keys)["population"].sum()
    totals = table[whole].set_index(keys)["population"]
    wrong = totals.index[(totals - parts.reindex(totals.index)).abs() != 0]
    for code, year, sex in wrong[:SHOWN_FAULTS]:
        report.fault(
            f"{code}, {year}, {sex} : les âges ne font pas le total",
            "des tranches dont la somme est le total",
            "reprendre le classeur du producteur",
        )
