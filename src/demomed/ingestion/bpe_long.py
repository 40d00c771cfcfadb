"""Base permanente des équipements: long counts (Melodi), where an absent line is a true zero."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from demomed.core.catalogue import entry
from demomed.core.faults import Report
from demomed.core.schemas import SUPPLY, validate
from demomed.ingestion.bpe_codes import bpe_services, check_presence, tell_unknown
from demomed.ingestion.bulk import Keep, stream_columns, text_frame
from demomed.ingestion.headers import SHOWN_FAULTS, numbers


def read_bpe_counts(
    path: Path,
    *,
    codes: pd.DataFrame,
    services: Sequence[str] = (),
    departments: Sequence[str] = (),
    source_id: str = "insee_bpe_counts",
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Equipments per commune and service from the long counts of the base.

    Definition: number of equipments (``BPE_MEASURE = FACILITIES``) at commune level; totals
    (``_T``) and the other geographic levels of the file are set aside; a commune that the file
    does not mention for an equipment has none. Source: Insee, Base permanente des équipements.

    Parameters
    ----------
    path
        ``DS_BPE_…_data.csv``, plain, gzip or in its zip.
    codes
        Gazetteer of commune codes.
    services
        Services to read; all those the vintage knows by default.
    departments
        Departments to keep; all by default.
    source_id
        Written on every row.

    Returns
    -------
    tuple
        Contract ``supply`` (``commune_code, service, year, count, source_id``), zeros written for
        every commune of the departments that the file covers, and notices. Paris, Lyon and
        Marseille come once, from the city or from its districts.

    Raises
    ------
    InputError
        If the vintage or one of its codes is unknown: never a silent zero.
    """
    report = Report(path.name)
    layout = entry("layouts", "bpe")["counts"]
    table = stream_columns(
        path, layout["columns"], report, optional=layout["optional"], keep=_communes_only(layout)
    )
    rows = text_frame(table)
    if rows.empty:
        report.fault(
            "aucune ligne de niveau commune",
            "des lignes GEO_OBJECT = COM ou ARM",
            "prendre le fichier détaillé par commune, pas celui des régions",
        )
        report.raise_if_faulty()
    rows["count"] = numbers(rows["value"], report, column="OBS_VALUE")
    said = {int(fault.row) for fault in report.faults if fault.row is not None}
    for row in [row for row in rows.index[rows["count"].isna()] if row not in said][:SHOWN_FAULTS]:
        report.fault(
            "nombre absent",
            "un nombre d'équipements, 0 s'il n'y en a pas",
            "reprendre le fichier de l'Insee",
            row=int(row),
            column="OBS_VALUE",
        )
    for row in rows.index[
        rows["year"].isna() | ~rows["year"].str.fullmatch(r"\d{4}").fillna(False)
    ][:SHOWN_FAULTS]:
        report.fault("année illisible", "une année", "corriger", row=int(row), column="TIME_PERIOD")
    report.raise_if_faulty()
    years = sorted(rows["year"].dropna().unique())
    frames = [
        _one_year(rows[rows["year"] == year], year, codes, services, report) for year in years
    ]
    report.raise_if_faulty()
    result = pd.concat(frames, ignore_index=True).assign(source_id=source_id)
    if departments:
        of = dict(zip(codes["commune_code"], codes["departement_code"], strict=True))
        result = result[result["commune_code"].map(of).isin(list(departments))]
    result = result.sort_values(["service", "year", "commune_code"], ignore_index=True)
    validate(result, SUPPLY, report)
    report.raise_if_faulty()
    return result, tuple(report.notices)


def _communes_only(layout: dict) -> Keep:
    """Keep the commune lines of the headcount, without totals, as each block is read."""

    def keep(block: pa.Table) -> pa.Table:
        level = pc.is_in(block["level"].cast(pa.string()), pa.array(layout["commune_levels"]))
        detail = pc.not_equal(block["type"].cast(pa.string()), layout["total"])
        kept = pc.and_(level, detail)
        if "measure" in block.column_names:
            kept = pc.and_(kept, pc.equal(block["measure"].cast(pa.string()), layout["measure"]))
        return block.filter(kept)

    return keep


def _one_year(
    rows: pd.DataFrame, year: str, codes: pd.DataFrame, services: Sequence[str], report: Report
) -> pd.DataFrame:
    of = dict(zip(codes["commune_code"], codes["departement_code"], strict=True))
    today = dict(zip(codes["old_code"], codes["commune_code"], strict=True))
    present = set(rows["type"].dropna())
    known = bpe_services(year, report, services)
    tell_unknown(present, year, report)
    rows = without_cities(rows, "area", report)
    commune = rows["area"].map(today)
    unknown = rows.loc[commune.isna(), "area"]
    if len(unknown):
        shown = ", ".join(sorted(set(unknown.dropna()))[:5])
        report.notice(f"lignes de communes hors de la liste officielle ({shown}) : {len(unknown)}")
    covered = sorted(set(commune.dropna().map(of)))
    national = len(covered) >= entry("layouts", "bpe")["counts"]["national_departments"]
    known = check_presence(known, present, year, national=national, report=report)
    service = rows["type"].map(known)
    counts = (
        rows.assign(commune_code=commune, service=service)
        .dropna(subset=["commune_code", "service"])
        .groupby(["commune_code", "service"])["count"]
        .sum(min_count=1)
    )
    communes = sorted(code for code, department in of.items() if department in set(covered))
    full = pd.MultiIndex.from_product(
        [communes, sorted(known.values())], names=["commune_code", "service"]
    )
    table = counts.reindex(full, fill_value=0).rename("count").reset_index()
    table["count"] = table["count"].astype("int64")
    return table.assign(year=int(year))[["commune_code", "service", "year", "count"]]


def without_cities(rows: pd.DataFrame, column: str, report: Report) -> pd.DataFrame:
    """Rows without the lines of a city whose districts are there too, so that it counts once.

    Examples
    --------
    >>> rows = pd.DataFrame({"area": ["75056", "75101", "69123"]})
    >>> without_cities(rows, "area", Report("bpe.csv"))["area"].tolist()
    ['75101', '69123']
    """
    dropped = pd.Series(False, index=rows.index)
    codes = rows[column].fillna("")
    for city, districts in entry("layouts", "bpe")["cities"].items():
        if (codes.str.startswith(districts) & (codes != city)).any():
            dropped |= codes == city
    if dropped.any():
        report.notice(
            f"lignes de villes aussi publiées par arrondissement, écartées : {int(dropped.sum())}"
        )
    return rows[~dropped]
