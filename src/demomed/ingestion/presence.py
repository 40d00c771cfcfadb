"""When a practitioner came and means to leave, as a register says it by hand."""

from __future__ import annotations

import re
from datetime import date
from functools import partial

import pandas as pd

from demomed.core.faults import Report
from demomed.ingestion import cells
from demomed.ingestion.cells import Unreadable
from demomed.ingestion.mapping import parse_column
from demomed.ingestion.notices import quoting
from demomed.ingestion.tabular import HandTable

_DAY_SHAPE = re.compile(r"[0-9]{1,2}[/.\-][0-9]{1,2}[/.\-][0-9]{4}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")


class _NoSuchDay(Unreadable):
    """A day that no calendar has: « 31/02/2020 »."""


_DAY_REMEDIES = {
    cells.SpreadsheetSerial: "c'est le nombre de jours du tableur : mettre la colonne au format Date "
    "et réexporter",
    _NoSuchDay: "ce jour n'existe pas : corriger la date",
}


def dates(table: HandTable, reference: date, report: Report) -> pd.DataFrame:
    """First day of the installation and last day before the departure, as each row tells them.

    Words that no rule reads are left empty and quoted in a notice; a day that no calendar has, a
    number of days of a spreadsheet and a departure before the installation are faults; an
    installation after the reference date is told.

    Parameters
    ----------
    table
        With any of the fields ``installed_date, departure_date``.
    reference
        Date of the register.
    report
        Receives faults and notices.

    Returns
    -------
    DataFrame
        Index ``row``; ``installed_date, departure_date``, ``None`` where nothing is known.
    """
    frame = pd.DataFrame(index=table.frame.index)
    for field, forward in (("installed_date", False), ("departure_date", True)):
        unread: set[str] = set()
        frame[field] = parse_column(
            table,
            field,
            partial(_read_day, year=reference.year, forward=forward, unread=unread),
            report,
            expected="une date",
            remedy=lambda _, error: _DAY_REMEDIES[type(error)],
        )
        _say_unread(table, field, unread, report)
    _judge_dates(table, frame, reference, report)
    return frame


def _read_day(cell: str, *, year: int, forward: bool, unread: set[str]) -> date | None:
    """Last day of a departure, first of an installation; words that no rule reads go to ``unread``."""
    try:
        span = cells.period(cell, reference_year=year, forward=forward)
    except cells.SpreadsheetSerial:
        raise
    except Unreadable:
        if _DAY_SHAPE.fullmatch(cell.strip()):
            raise _NoSuchDay(cell) from None
        unread.add(cell)
        return None
    return None if span is None else span[forward]


def _say_unread(table: HandTable, field: str, unread: set[str], report: Report) -> None:
    written = table.column(field)
    cells_ = {int(row): cell for row, cell in written.items() if cell in unread}
    if cells_:
        report.notice(
            f"« {table.written[field]} », date non lue, laissée vide, {quoting(cells_)} ; attendu : un "
            "jour (05/03/2026), un mois (juin 2026), une saison (été 2026), « fin 2026 » ou une année"
        )


def _judge_dates(table: HandTable, frame: pd.DataFrame, reference: date, report: Report) -> None:
    """A departure before the installation is a fault; an installation to come is told."""
    to_come: dict[int, str] = {}
    for row, start, end in frame.itertuples(name=None):
        if start is not None and end is not None and end < start:
            report.fault(
                "un départ avant l'installation",
                "une date de départ après la date d'installation",
                "corriger l'une des deux dates",
                row=int(row),
                column=table.written["departure_date"],
            )
        if start is not None and start > reference:
            to_come[int(row)] = str(table.column("installed_date").at[row])
    if to_come:
        report.notice(
            f"installation après le {reference:%d/%m/%Y}, date du registre, {quoting(to_come)} ; "
            "ces praticiens sont comptés comme déjà installés"
        )
