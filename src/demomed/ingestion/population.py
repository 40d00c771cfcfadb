"""Legal populations of the communes, today and at earlier geographies."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pandas as pd

from demomed.core.faults import Report
from demomed.core.schemas import POPULATION, validate
from demomed.ingestion.communes import Geography, to_today
from demomed.ingestion.container import reading
from demomed.ingestion.official import OfficialFile, OfficialFolder
from demomed.ingestion.published import numbers, read_table

MEMBER = "donnees_communes.csv"
"""Table of the communes in Insee's archive of the populations."""


def read_population(folder: OfficialFolder, geography: Geography) -> pd.Series:
    """Municipal population of each commune of today.

    Returns
    -------
    Series
        Inhabitants, int64, index ``commune_code``; a commune the file ignores is absent.
    """
    file = folder.file("insee_populations")
    report = Report(file.stem)
    table = read_table(_communes_of(file, report), {"code": "COM", "population": ["PMUN"]}, report)
    if not report.faults:
        table["population"] = numbers(table, "population", report)
        table = to_today(table, "code", geography.successor(), report)
    report.raise_if_faulty()
    total = table.groupby("commune_code")["population"].sum().reset_index()
    validate(total, POPULATION, report)
    folder.remember(file, len(table), report)
    return total.set_index("commune_code")["population"].round().astype("int64")


def _communes_of(file: OfficialFile, report: Report) -> OfficialFile:
    """The table of the communes, out of the archive of all levels when that is what was downloaded."""
    if not file.content.startswith(b"PK"):
        return file
    with reading(report), zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        names = [name for name in archive.namelist() if name.rsplit("/", 1)[-1] == MEMBER]
        if not names:
            report.fault(
                f"« {MEMBER} » n'est pas dans l'archive",
                "l'archive des populations en CSV",
                "la télécharger à nouveau sur la page de l'Insee",
            )
            report.raise_if_faulty()
        return OfficialFile(file.name, archive.read(names[0]), file.sha256)


def read_population_history(folder: OfficialFolder) -> pd.DataFrame:
    """Municipal population of every commune code at several geographies.

    Returns
    -------
    DataFrame
        ``year`` (of the geography), ``code`` (as it was), ``population``.
    """
    file = folder.file("insee_populations_history")
    report = Report(file.stem)
    table = read_table(file, {"year": "cog", "code": "CODGEO", "population": "POP"}, report)
    if not report.faults:
        table["population"] = numbers(table, "population", report)
        table["year"] = numbers(table, "year", report)
    folder.remember(file, len(table), report)
    return table.dropna().astype({"year": "int64"}).reset_index(drop=True)


def last_known_population(places: pd.DataFrame, history: pd.DataFrame) -> pd.Series:
    """Last municipal population known for each place, on its own ground.

    The places of a commune are given the figures of one geography: the last in which most of them
    were separate communes. A commune that had already absorbed others counts them, and those are
    missing; so the places of a commune never count an inhabitant twice.

    Parameters
    ----------
    places
        ``place_code``, ``commune_code``; every place of a commune must be present.
    history
        Table of :func:`read_population_history`.

    Returns
    -------
    Series
        Inhabitants, Int64, index of ``places``.
    """
    wide = history.pivot_table(index="code", columns="year", values="population")
    known = wide.reindex(places["place_code"]).set_axis(places.index)
    separate = known.notna().groupby(places["commune_code"]).transform("sum")
    best = separate.iloc[:, ::-1].idxmax(axis=1)
    column = known.columns.get_indexer(best)
    values = known.to_numpy()[np.arange(len(known)), column]
    result = pd.Series(values, index=places.index, name="population")
    return result.round().astype("Int64")
