"""Road distance from each commune to the nearest emergency department."""

from __future__ import annotations

import pandas as pd

from demomed.core.faults import Report
from demomed.ingestion.communes import Geography, to_today
from demomed.ingestion.official import OfficialFolder
from demomed.ingestion.published import numbers, read_table


def read_emergency(folder: OfficialFolder, geography: Geography) -> pd.Series:
    """Distance to the nearest emergency department, as published by CartoSanté.

    Returns
    -------
    Series
        Kilometres, index ``commune_code``; the shortest for a commune made of several; communes
        of departments that are not in the file are absent.
    """
    file = folder.file("cartosante_emergency")
    report = Report(file.stem)
    table = read_table(
        file, {"code": "Code", "distance": "Distance à la structure la plus proche*"}, report
    )
    if not report.faults:
        table["distance"] = numbers(table, "distance", report)
        table = to_today(table, "code", geography.successor(), report)
    folder.remember(file, len(table), report)
    return table.groupby("commune_code")["distance"].min().rename("emergency_km")
