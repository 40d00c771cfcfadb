"""APL workbooks of the DREES for the five professions: one sheet per year, wording that moves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from demomed.core.catalogue import entry
from demomed.core.faults import Report
from demomed.core.schemas import APL, validate
from demomed.ingestion.cells import fold
from demomed.ingestion.container import SHOWN_FAULTS, container
from demomed.ingestion.headers import numbers
from demomed.ingestion.workbook import open_workbook, sheet_rows

_CODE = r"(?:\d{2}|2[AB])\d{3}"
_AGE = re.compile(r"(\d\d) ans (?:ou|et) moins")
_YEAR = re.compile(r"(20\d\d)")
_KEYS = ["commune_code", "service", "year", "age_limit"]


def read_apl_workbook(path: Path, *, codes: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """APL of the communes from any DREES workbook, every year it holds.

    The header is the row that names a commune code and an « APL aux … »; units and footer rows
    have no commune code and are left out. Without age in the columns, the age said in the title of
    the sheet is the age limit of the series. Merged communes take the mean weighted by standardised
    population, which is summed; municipal districts become their city the same way. Source: DREES,
    accessibilité potentielle localisée.

    Parameters
    ----------
    path
        The workbook (GPs, nurses, dentists, physiotherapists or midwives).
    codes
        Gazetteer of commune codes.

    Returns
    -------
    tuple
        Contract ``apl`` (consultations per standardised inhabitant for GPs, FTE per 100 000 for the
        others), sorted, and notices. An empty cell stays missing.

    Raises
    ------
    InputError
        If no sheet holds an APL, or a profession is unknown.
    """
    report = Report(path.name)
    frames = []
    with open_workbook(container(path, report), report) as book:
        for name in book.sheetnames:
            frame = _sheet(book, name, report)
            if frame is not None:
                frames.append(frame)
    if not frames:
        report.fault(
            "aucune feuille d'APL",
            "une feuille avec « Code commune INSEE » et « APL aux … »",
            "télécharger le classeur de la DREES",
        )
    report.raise_if_faulty()
    table = _today(pd.concat(frames, ignore_index=True), codes, report)
    validate(table, APL, report)
    report.raise_if_faulty()
    return table, tuple(report.notices)


def _header(rows: list[tuple[int, list[str]]]) -> tuple[int, dict[int, Any], str] | None:
    """Row of the header, meaning of its columns, and the text above it."""
    layout = entry("layouts", "apl")
    codes = {fold(name) for name in layout["columns"]["code"]}
    above: list[str] = []
    for row, cells in rows[:40]:
        found: dict[int, Any] = {}
        for position, cell in enumerate(cells):
            folded = fold(cell)
            if folded in codes:
                found[position] = "code"
            elif folded.startswith("apl aux"):
                age = _AGE.search(folded)
                who = _AGE.sub("", folded.removeprefix("apl aux")).removesuffix(" de ").strip()
                found[position] = ("apl", who.removesuffix(" de").strip(), age[1] if age else None)
            elif folded.startswith(tuple(fold(p) for p in layout["population"]["standardised"])):
                found[position] = "population"
        if "code" in found.values() and any(isinstance(v, tuple) for v in found.values()):
            return row, found, " ".join(above)
        above.extend(fold(cell) for cell in cells if cell)
    return None


def _sheet(book: Any, name: str, report: Report) -> pd.DataFrame | None:
    rows = list(sheet_rows(book, name))
    header = _header(rows)
    if header is None:
        return None
    start, columns, above = header
    year = _YEAR.search(name) or _YEAR.search(above)
    services = entry("layouts", "apl")["services"]
    series = [value for value in columns.values() if isinstance(value, tuple)]
    for _, who, _ in series:
        if who not in services:
            report.fault(
                f"feuille « {name} » : profession « {who} »",
                "une profession connue",
                "compléter le catalogue des APL",
                row=start,
            )
    if year is None:
        report.fault(
            f"feuille « {name} » sans année",
            "une année dans son nom",
            "renommer la feuille, par exemple « APL 2024 »",
        )
    if "population" not in columns.values():
        report.fault(
            f"feuille « {name} » sans population standardisée",
            "cette colonne, poids des moyennes",
            "reprendre le classeur d'origine",
            row=start,
        )
    if report.faults:
        return None
    assert year is not None
    place = {meaning: position for position, meaning in columns.items()}
    data = [
        (n, cells)
        for n, cells in rows
        if n > start and re.fullmatch(_CODE, _cell(cells, place["code"]))
    ]
    _tell_left_out(rows, start, place["code"], name, report)
    index = pd.Index([n for n, _ in data], dtype="int64")
    said = _AGE.search(above)
    default = said[1] if said and not any(age for _, _, age in series) else "all"
    population = _numbers(data, place["population"], index, "Population standardisée", report)
    frames = [
        pd.DataFrame(
            {
                "commune_code": [_cell(cells, place["code"]) for _, cells in data],
                "service": services[who],
                "year": int(year[1]),
                "age_limit": age or default,
                "apl": _numbers(data, place[("apl", who, age)], index, "APL", report).to_numpy(),
                "standardised_population": population.to_numpy(),
            }
        )
        for _, who, age in series
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _cell(cells: list[str], position: int) -> str:
    return cells[position] if position < len(cells) else ""


def _numbers(
    data: list[tuple[int, list[str]]], position: int, index: pd.Index, column: str, report: Report
) -> pd.Series:
    text = pd.Series(
        [_cell(cells, position) for _, cells in data], index=index, dtype="str", name=column
    )
    return numbers(text.mask(text == ""), report, missing=("nd", "nc", "ns", "na"))


def _tell_left_out(
    rows: list[tuple[int, list[str]]], start: int, code: int, name: str, report: Report
) -> None:
    """A row with a figure where the code should be is a code that lost its zero, not a footer."""
    odd = [
        (n, _cell(c, code))
        for n, c in rows
        if n > start and re.fullmatch(r"\d{3,4}|\d{6}", _cell(c, code))
    ]
    for row, text in odd[:SHOWN_FAULTS]:
        report.fault(
            f"feuille « {name} » : code « {text} »",
            "un code commune de 5 caractères",
            "mettre la colonne au format Texte : le zéro initial se perd",
            row=row,
        )


def _today(table: pd.DataFrame, codes: pd.DataFrame, report: Report) -> pd.DataFrame:
    today = dict(zip(codes["old_code"], codes["commune_code"], strict=True))
    current = table["commune_code"].map(today)
    unknown = table.loc[current.isna(), "commune_code"]
    if len(unknown):
        shown = ", ".join(sorted(set(unknown))[:SHOWN_FAULTS])
        report.notice(f"codes hors de la liste officielle, écartés ({shown}) : {unknown.nunique()}")
    again = table.duplicated(_KEYS)
    for code in sorted(set(table.loc[again, "commune_code"]))[:SHOWN_FAULTS]:
        report.fault(
            f"commune {code} répétée pour la même année",
            "une ligne par commune",
            "reprendre le classeur d'origine",
        )
    report.raise_if_faulty()
    moved = int((current.notna() & (current != table["commune_code"])).sum())
    if moved:
        report.notice(
            f"lignes de communes fusionnées ou d'arrondissements, réunies par moyenne pondérée : {moved}"
        )
    table = table.assign(commune_code=current).dropna(subset=["commune_code"])
    table["weighted"] = table["apl"] * table["standardised_population"]
    groups = table.groupby(_KEYS)
    merged = groups[["weighted", "standardised_population"]].sum(min_count=1)
    merged["apl"] = (merged["weighted"] / merged["standardised_population"]).where(
        merged["standardised_population"] > 0
    )
    alone = groups["apl"].transform("size") == 1
    single = table.loc[alone].set_index(_KEYS)["apl"]
    merged.loc[single.index, "apl"] = single
    broken = table["weighted"].isna().groupby(
        [table[key] for key in _KEYS]
    ).any() & ~merged.index.isin(single.index)
    merged["apl"] = merged["apl"].mask(broken)
    result = merged.reset_index()
    result["source_id"] = result["service"].map(entry("layouts", "apl")["sources"])
    return result[[*_KEYS, "apl", "standardised_population", "source_id"]].sort_values(
        _KEYS, ignore_index=True
    )
