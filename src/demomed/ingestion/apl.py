"""Local potential accessibility (APL) of the DREES, per commune."""

from __future__ import annotations

import re

import pandas as pd

from demomed.core.faults import Report
from demomed.core.schemas import APL, validate
from demomed.ingestion.communes import COMMUNE_CODE, Geography, to_today
from demomed.ingestion.official import OfficialFolder
from demomed.ingestion.published import numbers, read_table, sheet_names

KEY = ["commune_code", "service", "year", "age_limit"]


def read_apl_gp(folder: OfficialFolder, geography: Geography) -> pd.DataFrame:
    """APL to general practitioners, all ages and by age limit (long file).

    Returns
    -------
    DataFrame
        ``commune_code, service, year, age_limit, apl, standardised_population, source_id``.
    """
    source_id = "drees_apl_gp"
    declaration = folder.declaration(source_id)
    file = folder.file(source_id)
    report = Report(file.stem)
    table = read_table(
        file,
        {
            "code": ["Code_INSEE", "Code commune INSEE"],
            "standardised_population": ["Pop_standardisee_med"],
            "year": "annee",
            "limit": "age_medecins",
            "apl": "APL",
        },
        report,
    )
    if not report.faults:
        for column in ("standardised_population", "year", "apl"):
            table[column] = numbers(table, column, report)
        table["age_limit"] = table["limit"].map(declaration["age_limits"])
        for row, limit in table.loc[table["age_limit"].isna(), "limit"].head().items():
            report.fault(
                f"« {limit} »",
                "une série d'âge déclarée",
                "compléter la déclaration de la source",
                row=int(row),
                column="age_medecins",
            )
        table = to_today(table, "code", geography.successor(), report)
    folder.remember(file, len(table), report)
    return _merged(table.assign(service=declaration["service"]), source_id, file.stem)


def read_apl_nurse(folder: OfficialFolder, geography: Geography) -> pd.DataFrame:
    """APL to nurses, from the official workbook (one sheet per year).

    Returns
    -------
    DataFrame
        Same columns as :func:`read_apl_gp`.
    """
    source_id = "drees_apl_nurse"
    declaration = folder.declaration(source_id)
    file = folder.file(source_id)
    report = Report(file.stem)
    frames = []
    for sheet in sheet_names(file):
        year = re.search(r"\d{4}", sheet)
        if not sheet.startswith(declaration["sheet_prefix"]) or not year:
            continue
        table = read_table(
            file,
            {
                "code": ["Code commune INSEE"],
                "apl": ["APL aux*"],
                "standardised_population": ["Population standardisée*"],
            },
            report,
            sheet=sheet,
        )
        table = table[table["code"].str.fullmatch(COMMUNE_CODE).fillna(False)]
        for column in ("standardised_population", "apl"):
            table[column] = numbers(table, column, report)
        table = to_today(table, "code", geography.successor(), report)
        frames.append(table.assign(year=int(year.group())))
    if not frames:
        report.fault(
            "aucune feuille d'APL",
            f"des feuilles « {declaration['sheet_prefix']}AAAA »",
            "vérifier le classeur",
        )
    report.raise_if_faulty()
    table = pd.concat(frames)
    folder.remember(file, len(table), report)
    table = table.assign(service=declaration["service"], age_limit=declaration["age_limit"])
    return _merged(table, source_id, file.stem)


def _merged(table: pd.DataFrame, source_id: str, file: str) -> pd.DataFrame:
    """One row per commune of today: mean weighted by standardised population, population summed."""
    table = table.astype({"year": "int64"}).reset_index(drop=True)
    usable = table["apl"].notna() & table["standardised_population"].notna()
    weight = table["standardised_population"].where(usable)
    parts = table.assign(weighted=table["apl"] * weight, weight=weight)
    groups = parts.groupby(KEY, sort=True)
    sums = groups[["weighted", "weight", "standardised_population"]].sum(min_count=1)
    alone = groups["apl"].first().where(groups.size() == 1)
    mean = sums["weighted"] / sums["weight"].where(sums["weight"] > 0)
    result = sums[["standardised_population"]].assign(apl=alone.where(alone.notna(), mean))
    result = result.round({"apl": 4, "standardised_population": 3}).reset_index()
    result = result[[*KEY, "apl", "standardised_population"]].assign(source_id=source_id)
    report = Report(file)
    validate(result, APL, report)
    report.raise_if_faulty()
    return result
