"""Ages of a hand-kept register, from a date, a year, an age or a band; the date of birth ends here."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pandas as pd

from demomed.core.faults import Report
from demomed.ingestion import cells
from demomed.ingestion.cells import Unreadable
from demomed.ingestion.mapping import Words, parse_column
from demomed.ingestion.tabular import HandTable

AGE_SOURCES = ("birth_date", "birth_year", "age", "age_band", "none")
"""Where an age comes from, the surest first."""


def ages(table: HandTable, vocabulary: Words, reference: date, report: Report) -> pd.DataFrame:
    """Year of birth and age of each row, with the source of the age.

    A date of birth comes first, then a year, an age, an age band. Age is in completed years at the
    reference date; from a year alone it is the age reached in the year. Nothing is derived from an
    identifier or a date of diploma.

    Parameters
    ----------
    table
        With any of the fields ``birth_date, birth_year, age, age_band``.
    vocabulary
        With the limits ``age_min`` and ``age_max`` (years), outside which a birth is a fault.
    reference
        Date at which ages are reached.
    report
        Receives the faults.

    Returns
    -------
    DataFrame
        Index ``row``; ``birth_year, age, age_source, age_low, age_high`` (both bounds included;
        ``age_high`` missing for an open band). The date of birth is not kept.
    """
    low, high = int(vocabulary.limit("age_min")), int(vocabulary.limit("age_max"))

    def check(age: int, cell: str) -> None:
        if not low <= age <= high:
            raise Unreadable(cell)

    def read_date(cell: str) -> date | None:
        born = cells.day(cell)
        if born is not None:
            check(cells.completed_years(born, reference), cell)
        return born

    def read_year(cell: str) -> int | None:
        try:
            born = cells.year(cell)
        except cells.SpreadsheetSerial:
            raise
        except cells.Unreadable:
            exact = None if re.fullmatch(r"[0-9,.\s]*", cell) else cells.day(cell)
            if exact is None:
                raise
            born = exact.year
        if born is not None:
            check(reference.year - born, cell)
        return born

    def read_age(cell: str) -> int | None:
        value = cells.number(re.sub(r"\s*ans?$", "", cell.strip(), flags=re.IGNORECASE))
        if value is None:
            return None
        if value != int(value):
            raise Unreadable(cell)
        check(int(value), cell)
        return int(value)

    def read_band(cell: str) -> tuple[int, int | None] | None:
        band = cells.age_band(cell)
        if band is not None and band[0] > high:
            raise Unreadable(cell)
        return band

    span = f"de {low} à {high} ans au {reference:%d/%m/%Y}"
    dates = parse_column(
        table, "birth_date", read_date, report,
        expected=f"une date de naissance jj/mm/aaaa, {span}", remedy=_birth_remedy,
    )  # fmt: skip
    years = parse_column(
        table, "birth_year", read_year, report,
        expected=f"une année de naissance, {span}", remedy=_birth_remedy,
    )  # fmt: skip
    ages = parse_column(
        table, "age", read_age, report,
        expected=f"un âge entier, de {low} à {high} ans",
        remedy="corriger l'âge, ou vider la cellule s'il est inconnu",
    )  # fmt: skip
    bands = parse_column(
        table, "age_band", read_band, report,
        expected="une tranche d'âge", remedy="écrire par exemple « 55-59 » ou « 65 et plus »",
    )  # fmt: skip
    return _ages_of(dates, years, ages, bands, reference)


def _birth_remedy(cell: str, error: ValueError) -> str:
    if isinstance(error, cells.SpreadsheetSerial):
        return (
            "c'est le nombre de jours du tableur : mettre la colonne au format Date et réexporter"
        )
    if isinstance(error, cells.TwoDigitYear):
        return "écrire l'année en quatre chiffres, par exemple 1961"
    return "corriger la naissance, ou vider la cellule si elle est inconnue"


def _ages_of(
    dates: pd.Series, years: pd.Series, ages: pd.Series, bands: pd.Series, reference: date
) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for born, year, age, band in zip(dates, years, ages, bands, strict=True):
        if born is not None:
            reached = cells.completed_years(born, reference)
            rows.append((born.year, reached, "birth_date", reached, reached))
        elif year is not None:
            reached = reference.year - year
            rows.append((year, reached, "birth_year", reached, reached))
        elif age is not None:
            rows.append((None, age, "age", age, age))
        elif band is not None:
            rows.append((None, None, "age_band", *band))
        else:
            rows.append((None, None, "none", None, None))
    columns = ["birth_year", "age", "age_source", "age_low", "age_high"]
    return pd.DataFrame(rows, columns=columns, index=dates.index, dtype="object")
