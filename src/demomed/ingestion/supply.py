"""Professionals and structures per commune: Insee's Base permanente des équipements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from demomed.core.catalogue import services
from demomed.core.faults import Report
from demomed.core.schemas import SUPPLY, validate
from demomed.ingestion.communes import Geography, to_today
from demomed.ingestion.official import OfficialFile, OfficialFolder
from demomed.ingestion.published import numbers, read_table, sheet_names

EQUIPMENT = r"NB_[A-Z]\d{3}"
DISTRICTS_SHEET = "ARM"


def read_supply(
    folder: OfficialFolder,
    geography: Geography,
    source_id: str,
    *,
    communes: pd.Index | None = None,
) -> pd.DataFrame:
    """Counts of one source of the base, brought to the communes of today.

    A city published both whole and by district is counted once, through its districts.

    Parameters
    ----------
    folder, geography
        Official folder and communes of today.
    source_id
        ``"insee_bpe"`` or ``"insee_bpe_gp_2017"``.
    communes
        Communes to keep; all by default.

    Returns
    -------
    DataFrame
        ``commune_code, service, year, count, source_id``; a zero is written; a commune the file
        ignores is absent, and so is a vintage kept for the past whose file is not there; except where the source lists only the communes that have someone: the
        others are 0 unless they were re-created after the vintage.
    """
    declaration = folder.declaration(source_id)
    frames = []
    for vintage in declaration["vintages"]:
        is_current = vintage["status"] == "current"
        for file in folder.files(source_id, vintage["files"], required=is_current):
            counts = _read_counts(file, folder, geography, vintage, declaration)
            kept = counts if communes is None else counts[counts["commune_code"].isin(communes)]
            frames.append(kept)
    if not frames:
        return pd.DataFrame(columns=["commune_code", "service", "year", "count", "source_id"])
    table = pd.concat(frames, ignore_index=True).assign(source_id=source_id)
    table = table.sort_values(["service", "year", "commune_code"], ignore_index=True)
    report = Report(declaration["title"])
    validate(table, SUPPLY, report)
    report.raise_if_faulty()
    return table


def _read_counts(
    file: OfficialFile,
    folder: OfficialFolder,
    geography: Geography,
    vintage: Mapping[str, Any],
    declaration: Mapping[str, Any],
) -> pd.DataFrame:
    report = Report(file.stem)
    year = str(vintage["vintage"])
    table = _read_sheets(file, report)
    service_of = {
        f"NB_{service.bpe[year]}": service.id
        for service in services().values()
        if year in service.bpe
    }
    known = [column for column in table if column in service_of]
    if not known and not report.faults:
        report.fault(
            "aucune colonne d'équipement connue",
            f"des colonnes « NB_Dnnn » du millésime {year}",
            "vérifier le millésime, les codes ont changé en 2024",
        )
    report.raise_if_faulty()
    cities = set(declaration["city_codes"])
    if cities & set(table["code"]) and any(table["code"].str[:3].isin(["751"])):
        table = table[~table["code"].isin(cities)]
    table = to_today(table, "code", geography.successor(), report).drop_duplicates("code")
    for column in known:
        table[column] = numbers(table, column, report)
    folder.remember(file, len(table), report)
    wide = (
        table.rename(columns=service_of)
        .groupby("commune_code")[[service_of[column] for column in known]]
        .sum(min_count=1)
    )
    if declaration.get("lists_only_present"):
        later = geography.restored.index[geography.restored > vintage["as_of"]]
        wide = wide.reindex(geography.communes.index.difference(later), fill_value=0)
    long = wide.rename_axis(columns="service").stack().rename("count").reset_index()
    long["count"] = long["count"].astype("int64")
    long["service"] = long["service"].astype("str")
    return long.assign(year=int(year))[["commune_code", "service", "year", "count"]]


def _read_sheets(file: OfficialFile, report: Report) -> pd.DataFrame:
    wanted = {"code": "CODGEO"}
    if file.content[:2] != b"PK":
        return read_table(file, wanted, report, keep=EQUIPMENT)
    names = sheet_names(file)
    sheets = [names[0]] + [name for name in names if name == DISTRICTS_SHEET]
    frames = [read_table(file, wanted, report, keep=EQUIPMENT, sheet=name) for name in sheets]
    return pd.concat(frames)
