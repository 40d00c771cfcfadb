"""Median income per commune and per EPCI: Insee's Filosofi."""

from __future__ import annotations

import pandas as pd

from demomed.core.faults import Report
from demomed.ingestion.communes import Geography, to_today
from demomed.ingestion.official import OfficialFolder
from demomed.ingestion.published import numbers, read_table

WANTED = {"code": ["codgeo"], "income": ["revenu_median", "MED21", "MED_SL"]}


def read_income_communes(folder: OfficialFolder, geography: Geography) -> pd.Series:
    """Median standard of living of each commune.

    Returns
    -------
    Series
        Euros a year per consumption unit, index ``commune_code``. A median cannot be averaged:
        a commune merged since the vintage is missing.
    """
    pattern = folder.declaration("insee_filosofi")["files"][0]
    file = folder.file("insee_filosofi", pattern)
    report = Report(file.stem)
    table = read_table(file, WANTED, report)
    if not report.faults:
        table["income"] = numbers(table, "income", report, missing=("s", "nd"))
        table = to_today(table, "code", geography.successor(), report)
        single = ~table["commune_code"].duplicated(keep=False)
        if not single.all():
            count = table.loc[~single, "commune_code"].nunique()
            report.notice(f"communes fusionnées depuis, laissées sans revenu médian : {count}")
        table = table[single]
    folder.remember(file, len(table), report)
    return table.set_index("commune_code")["income"].rename("median_income")


def read_income_epci(folder: OfficialFolder) -> pd.Series:
    """Median standard of living of each EPCI (same unit), index ``epci_siren``."""
    pattern = folder.declaration("insee_filosofi")["files"][1]
    file = folder.file("insee_filosofi", pattern)
    report = Report(file.stem)
    table = read_table(file, WANTED, report)
    if not report.faults:
        table["income"] = numbers(table, "income", report, missing=("s", "nd"))
    folder.remember(file, len(table), report)
    return table.set_index("code")["income"].rename_axis("epci_siren").rename("median_income")
