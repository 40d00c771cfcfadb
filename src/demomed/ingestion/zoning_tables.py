"""Regulatory zoning of the professions by commune, from any of its published tables."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pandas as pd

from demomed.core.catalogue import entry
from demomed.core.faults import Report
from demomed.core.schemas import SERVICE, code, commune, contract, validate
from demomed.ingestion.bulk import read_published
from demomed.ingestion.cells import Unreadable, day, fold
from demomed.ingestion.container import SHOWN_FAULTS

ZONING = contract(
    "zoning",
    {
        "commune_code": commune(),
        "service": SERVICE,
        "zone": code(r"[A-Za-z_]+", "une zone", nullable=True),
        "decided_date": code(r"\d{4}-\d\d-\d\d", "une date AAAA-MM-JJ", nullable=True),
    },
    key=("commune_code", "service"),
)


def read_zoning(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Zone of each commune for each profession of a table.

    Read as published: the table of all professions (``zmed_niveau``…), a CartoSanté export with its
    title rows, or the communes of the TVS zoning. A sort prefix (``1_ZIP``) is dropped; a commune
    that is a zone only for its priority neighbourhoods keeps its own level (``QPV_ZIP``). Source:
    agences régionales de santé, through the assurance maladie and CartoSanté.

    Parameters
    ----------
    path
        CSV or workbook, plain, gzip or zip.

    Returns
    -------
    tuple
        Contract :data:`ZONING`, sorted; ``zone`` is missing where the commune is not classified or
        the figure not available. And notices.

    Raises
    ------
    InputError
        If no profession is recognised, a zone is unknown, or a commune has two zones.
    """
    report = Report(path.name)
    layout = entry("layouts", "zoning")
    wanted: dict[str, list[str]] = {"commune_code": layout["code"]["names"]}
    for item in layout["columns"]:
        wanted[item["service"]] = item["names"]
        wanted[f"{item['service']} date"] = item["date"]
    rows = read_published(
        path, wanted, report, optional=[name for name in wanted if name != "commune_code"]
    )
    services = [item["service"] for item in layout["columns"] if item["service"] in rows]
    if not services:
        report.fault(
            "aucune colonne de zonage",
            "une colonne comme « zmed_niveau » ou « Zonage infirmiers »",
            "vérifier le fichier, ou ajouter le nom de la colonne au catalogue",
        )
        report.raise_if_faulty()
    nowhere = rows["commune_code"].isna()
    if nowhere.any():
        report.notice(f"lignes sans code de commune, écartées : {int(nowhere.sum())}")
    rows = rows[~nowhere]
    frames = [_one(rows, service, report) for service in services]
    report.raise_if_faulty()
    table = pd.concat(frames).drop_duplicates()
    again = table[table.duplicated(["commune_code", "service"])]
    for row, area in again["commune_code"].head(SHOWN_FAULTS).items():
        report.fault(
            f"deux zones pour {area}",
            "une zone par commune et profession",
            "ne garder qu'un zonage",
            row=int(row),  # type: ignore[call-overload]
        )
    validate(table, ZONING, report)
    report.raise_if_faulty()
    silent = int(table["zone"].isna().sum())
    if silent:
        report.notice(f"communes non classées ou sans résultat, laissées inconnues : {silent}")
    return table.sort_values(["service", "commune_code"], ignore_index=True), tuple(report.notices)


def zone_of(label: str) -> str | None:
    """Zone that a label names; ``None`` if the commune is not classified.

    Raises
    ------
    Unreadable
        If the label is none of the known zones.

    Examples
    --------
    >>> zone_of("1_ZIP"), zone_of("4_QPV_ZAC"), zone_of("3_intermediaire"), zone_of("NC")
    ('ZIP', 'QPV_ZAC', 'intermediaire', None)
    """
    layout = entry("layouts", "zoning")
    folded = fold(re.sub(r"^\s*\d+\s*[_\-. ]\s*", "", label))
    if folded in layout["levels"]:
        return str(layout["levels"][folded])
    if not folded or any(
        folded == s or folded.startswith(f"{s} ") for s in layout["unclassified"]["starts"]
    ):
        return None
    raise Unreadable(label)


def _one(rows: pd.DataFrame, service: str, report: Report) -> pd.DataFrame:
    zones: dict[str, str | None] = {}
    for label in rows[service].dropna().unique():
        try:
            zones[label] = zone_of(label)
        except Unreadable:
            where = rows.index[rows[service] == label]
            report.fault(
                f"zone « {label[:40]} » ({len(where)} lignes)",
                "une zone connue (ZIP, ZAC, très sous-dotée…)",
                "ajouter ce libellé au catalogue des zonages, ou corriger la cellule",
                row=int(where[0]),
                column=service,
            )
    decided = rows.get(f"{service} date")
    blank = pd.Series(None, index=rows.index, dtype="str")
    return pd.DataFrame(
        {
            "commune_code": rows["commune_code"],
            "service": service,
            "zone": rows[service].map(zones).astype("str"),
            "decided_date": blank if decided is None else _days(decided, report),
        }
    )


def _days(cells: pd.Series, report: Report) -> pd.Series:
    read: dict[str, str | None] = {}
    for text in cells.dropna().unique():
        try:
            found: date | None = day(text)
        except Unreadable:
            row = cells.index[cells == text][0]
            report.fault(f"date « {text[:20]} »", "jj/mm/aaaa", "corriger la cellule", row=int(row))
            continue
        read[text] = None if found is None else found.isoformat()
    return cells.map(read).astype("str")
