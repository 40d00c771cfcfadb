"""Density class of each commune: Insee's grid with seven levels."""

from __future__ import annotations

import pandas as pd

from demomed.core.faults import Report
from demomed.ingestion.communes import Geography, to_today
from demomed.ingestion.official import OfficialFolder
from demomed.ingestion.published import numbers, read_table


def read_density_grid(folder: OfficialFolder, geography: Geography) -> pd.Series:
    """Class of each commune, 1 (large urban centres) to 7 (very scattered rural).

    Returns
    -------
    Series
        Int64, index ``commune_code``; a commune merged since takes the class of its most populous
        part (the lowest code at equality).
    """
    file = folder.file("insee_density_grid")
    report = Report(file.stem)
    table = read_table(file, {"code": "CODGEO", "level": "DENS", "population": "PMUN*"}, report)
    if not report.faults:
        table["level"] = numbers(table, "level", report)
        table["population"] = numbers(table, "population", report)
        table = to_today(table, "code", geography.successor(), report)
        if not table["level"].dropna().between(1, 7).all():
            report.fault(
                "niveau de densité hors de 1 à 7", "un niveau de 1 à 7", "vérifier la grille"
            )
    folder.remember(file, len(table), report)
    table = table.sort_values(["commune_code", "population", "code"], ascending=[True, False, True])
    first = table.drop_duplicates("commune_code").set_index("commune_code")
    return first["level"].astype("Int64").rename("density_class")
