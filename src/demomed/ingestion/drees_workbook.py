"""Demography workbooks of the DREES: too large for memory, read row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from demomed.core.catalogue import entry
from demomed.core.faults import Report
from demomed.ingestion.cells import fold
from demomed.ingestion.container import container
from demomed.ingestion.demography import published_labels
from demomed.ingestion.headcounts import (
    FRANCE,
    band,
    finished,
    prefix_code,
    sex_of,
    tell_unread,
    unprefixed,
)
from demomed.ingestion.headers import find_columns, normalise, numbers, tell_missing
from demomed.ingestion.workbook import header_of, open_workbook, sheet_rows

_COUNT = re.compile(r"effectif[ _](\d{4})")
_TEXTS = ("region", "departement", "group", "speciality", "exercise", "sector", "age", "sex")


def read_drees_workbook(
    path: Path,
    *,
    departments: Sequence[str] = (),
    years: Sequence[int] = (),
    sheet: str | None = None,
    service: str | None = None,
    profession: str = "",
    source_id: str = "drees_demography",
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Head counts of a DREES workbook (doctors, dentists, midwives, nurses…), by five-year age.

    The rows of other departments are dropped as they are read; regions and France are kept. « ND »
    (fewer than ten professionals in some workbooks) is missing, never zero. Source: DREES,
    démographie des professionnels de santé.

    Parameters
    ----------
    path
        The workbook.
    departments, years
        What to keep; everything by default.
    sheet
        Beginning of the sheet name; by default the sheet of head counts with most dimensions.
    service, profession
        Service and label of a workbook about one profession only.
    source_id
        Written on every row.

    Returns
    -------
    tuple
        Contract :data:`demomed.ingestion.headcounts.HEADCOUNTS`; ``field`` is the mode of practice
        and the sector. And notices.

    Raises
    ------
    InputError
        If no sheet has departments and head counts, or a label is not understood.
    """
    report = Report(path.name)
    layout = entry("layouts", "headcounts")["drees"]
    with open_workbook(container(path, report), report) as book:
        name, row, header, found = _sheet(book, layout, sheet, report)
        counts = {
            int(m[1]): i
            for i, cell in enumerate(header)
            if (m := _COUNT.fullmatch(fold(cell).replace(" ", "_")))
        }
        counts = {year: i for year, i in counts.items() if not years or year in years}
        if not counts:
            report.fault(
                f"feuille « {name} » : aucune colonne « effectif_AAAA » voulue",
                "une par année",
                "vérifier les années demandées",
                row=row,
            )
        report.raise_if_faulty()
        kept = list(_rows(book, name, row, found, counts, departments))
    if not kept:
        report.fault(
            f"feuille « {name} » : aucune ligne pour ces départements",
            "des lignes",
            "vérifier les codes demandés",
        )
        report.raise_if_faulty()
    table = pd.DataFrame(kept, columns=["row", *_TEXTS, *counts]).set_index("row")
    return _long(table, list(counts), layout, service, profession, source_id, report), tuple(
        report.notices
    )


def _sheet(
    book: Any, layout: Mapping[str, Any], sheet: str | None, report: Report
) -> tuple[str, int, list[str], dict[str, int]]:
    wanted = normalise(layout["columns"])
    best: tuple[int, str, int, list[str], dict[str, int]] = (-1, "", 0, [], {})
    for name in book.sheetnames:
        if sheet is not None and not fold(name).startswith(fold(sheet)):
            continue
        score, row, header, _ = header_of(book, name, wanted, layout["optional"])
        found = find_columns(header, wanted)
        has_counts = any(_COUNT.fullmatch(fold(cell).replace(" ", "_")) for cell in header)
        if score and has_counts and len(found) > best[0]:
            best = (len(found), name, row, header, found)
    if best[0] < 0:
        report.fault(
            "aucune feuille avec des départements et des effectifs",
            "une feuille « Effectifs »",
            "télécharger le classeur de la DREES",
        )
        report.raise_if_faulty()
    _, name, row, header, found = best
    tell_missing(header, wanted, found, layout["optional"], report)
    report.raise_if_faulty()
    return name, row, header, found


def _rows(
    book: Any,
    name: str,
    start: int,
    found: Mapping[str, int],
    counts: Mapping[int, int],
    departments: Sequence[str],
) -> Iterator[list[Any]]:
    """Rows of the wanted departments, of the regions and of France, as they come."""
    wanted = set(departments)
    for row, cells in sheet_rows(book, name):
        if row <= start:
            continue
        texts = [
            cells[found[key]] if key in found and found[key] < len(cells) else "" for key in _TEXTS
        ]
        if wanted and not _is_total(texts[1]) and prefix_code(texts[1]) not in wanted:
            continue
        if any(texts):
            yield [row, *texts, *(cells[i] if i < len(cells) else "" for i in counts.values())]


def _is_total(label: str) -> bool:
    folded = fold(unprefixed(label))
    return any(
        folded.startswith(word) for word in entry("layouts", "headcounts")["drees"]["totals"]
    )


def _long(
    table: pd.DataFrame,
    years: Sequence[int],
    layout: Mapping[str, Any],
    service: str | None,
    profession: str,
    source_id: str,
    report: Report,
) -> pd.DataFrame:
    total, all_regions = table["departement"].map(_is_total), table["region"].map(_is_total)
    level = (
        pd.Series("departement", index=table.index)
        .mask(total, "region")
        .mask(total & all_regions, "france")
    )
    code = table["departement"].map(prefix_code)
    code = code.mask(total, table["region"].map(prefix_code)).mask(level == "france", FRANCE)
    table = table.assign(
        area_level=level,
        area_code=code,
        age_band=table["age"].map(band),
        sex_read=table["sex"].map(sex_of),
    )
    for written, read, expected in (
        ("departement", "area_code", "un département comme « 053-Mayenne »"),
        ("age", "age_band", "une tranche d'âge"),
        ("sex", "sex_read", "ensemble, hommes ou femmes"),
    ):
        tell_unread(table, written, read, expected, report)
    table["profession_label"] = [
        _profession(s, g, profession)
        for s, g in zip(table["speciality"], table["group"], strict=True)
    ]
    known = {fold(label): id_ for label, id_ in published_labels("drees").items()}
    table["service"] = service or table["profession_label"].map(
        lambda label: known.get(fold(label))
    )
    table["field"] = [_field(e, s) for e, s in zip(table["exercise"], table["sector"], strict=True)]
    for year in years:
        text = table[year].astype("str")
        table[year] = numbers(
            text.mask(text == ""), report, missing=layout["missing"], column=f"effectif_{year}"
        )
    report.raise_if_faulty()
    keys = [
        "area_level",
        "area_code",
        "service",
        "profession_label",
        "field",
        "age_band",
        "sex_read",
    ]
    long = table.melt(id_vars=keys, value_vars=list(years), var_name="year", value_name="count")
    masked = int(long["count"].isna().sum())
    if masked:
        report.notice(f"effectifs masqués ou absents, laissés inconnus : {masked}")
    long = long.rename(columns={"sex_read": "sex"}).assign(source_id=source_id)
    return finished(long.astype({"year": "int64", "service": "str"}), report)


def _profession(speciality: str, group: str, default: str) -> str:
    """Most precise label that is no total."""
    for label in (speciality, group):
        if label and not _is_total(label):
            return unprefixed(label)
    return default or "Ensemble"


def _field(exercise: str, sector: str) -> str:
    parts = [unprefixed(label).lower() for label in (exercise, sector) if label]
    return ", ".join(dict.fromkeys(parts)) or "ensemble"
