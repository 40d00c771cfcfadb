"""Base permanente des équipements: geolocated detail, where a random point is never a place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from demomed.core.catalogue import entry
from demomed.core.faults import Report
from demomed.core.schemas import (
    SERVICE,
    SOURCE,
    YEAR,
    code,
    commune,
    contract,
    number,
    one_of,
    validate,
)
from demomed.ingestion.bpe_codes import bpe_services, check_presence, tell_unknown
from demomed.ingestion.bulk import stream_columns, text_frame
from demomed.ingestion.headers import numbers
from demomed.ingestion.lonlat import lonlat

EQUIPMENTS = contract(
    "equipments",
    {
        "commune_code": commune(),
        "service": SERVICE,
        "year": YEAR,
        "lon": number(-180, 180, nullable=True),
        "lat": number(-90, 90, nullable=True),
        "position_source": one_of("given", "none"),
        "geo_quality": code(r"\S.*", "une qualité", nullable=True),
        "source_id": SOURCE,
    },
)
"""Contract: one row an equipment; without a reliable point, ``lon`` and ``lat`` are missing."""


def read_bpe_detail(
    path: Path,
    *,
    codes: pd.DataFrame,
    services: Sequence[str] = (),
    departments: Sequence[str] = (),
    year: str | None = None,
    source_id: str = "insee_bpe_detail",
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Equipments with their commune and, when it is a real one, their point.

    A point of geolocation quality 33 is drawn at random in the commune: it is dropped, never
    mapped. Names, addresses and SIRET numbers of the file are never read. Source: Insee, Base
    permanente des équipements, fichier détail géolocalisé.

    Parameters
    ----------
    path
        ``BPEnn.csv``, plain, gzip or in its zip.
    codes
        Gazetteer of commune codes.
    services, departments
        What to keep; everything by default.
    year
        Vintage, for the old layouts that have no ``AN`` column.
    source_id
        Written on every row.

    Returns
    -------
    tuple
        Contract :data:`EQUIPMENTS`, sorted, and notices.

    Raises
    ------
    InputError
        If the vintage or one of its codes is unknown.
    """
    report = Report(path.name)
    layout = entry("layouts", "bpe")["detail"]
    table = stream_columns(
        path, layout["columns"], report, optional=layout["optional"], keep=_health_only
    )
    rows = text_frame(table)
    if rows.empty:
        report.fault(
            "aucun équipement de santé (TYPEQU en D)",
            "le fichier détail de la base",
            "vérifier que c'est le bon fichier",
        )
        report.raise_if_faulty()
    rows = rows.mask(rows.isin(layout["missing"]))
    if "year" not in rows:
        rows["year"] = pd.Series(year, index=rows.index, dtype="str")
    if not rows["year"].str.fullmatch(r"\d{4}").fillna(False).all():
        report.fault(
            "millésime absent du fichier ou illisible",
            "une colonne AN remplie par une année",
            "donner le millésime au lecteur",
            column="AN",
        )
        report.raise_if_faulty()
    rows["service"] = _services(rows, services, codes, report)
    rows = rows.dropna(subset=["service"])
    return _finished(rows, layout, codes, departments, source_id, report), tuple(report.notices)


def _health_only(block: pa.Table) -> pa.Table:
    return block.filter(pc.starts_with(block["type"].cast(pa.string()), "D"))


def _services(
    rows: pd.DataFrame, services: Sequence[str], codes: pd.DataFrame, report: Report
) -> pd.Series:
    of = dict(zip(codes["old_code"], codes["departement_code"], strict=True))
    found = pd.Series(None, index=rows.index, dtype="object")
    for year, same in rows.groupby("year"):
        present = set(same["type"])
        tell_unknown(present, str(year), report)
        national = (
            same["commune"].map(of).nunique()
            >= entry("layouts", "bpe")["counts"]["national_departments"]
        )
        known = bpe_services(str(year), report, services)
        known = check_presence(known, present, str(year), national=national, report=report)
        found.loc[same.index] = same["type"].map(known)
    report.raise_if_faulty()
    return found


def _finished(
    rows: pd.DataFrame,
    layout: dict,
    codes: pd.DataFrame,
    departments: Sequence[str],
    source_id: str,
    report: Report,
) -> pd.DataFrame:
    today = dict(zip(codes["old_code"], codes["commune_code"], strict=True))
    of = dict(zip(codes["commune_code"], codes["departement_code"], strict=True))
    rows = rows.assign(commune_code=rows["commune"].map(today))
    unknown = rows.loc[rows["commune_code"].isna(), "commune"]
    if len(unknown):
        shown = ", ".join(sorted(set(unknown.dropna()))[:5])
        report.notice(
            f"équipements de communes hors de la liste officielle ({shown}), écartés : {len(unknown)}"
        )
    rows = rows.dropna(subset=["commune_code"])
    if departments:
        rows = rows[rows["commune_code"].map(of).isin(list(departments))]
    place = _points(rows, layout, report)
    result = pd.DataFrame(
        {
            "commune_code": rows["commune_code"].astype("str"),
            "service": rows["service"].astype("str"),
            "year": rows["year"].astype("int64"),
            "lon": place["lon"],
            "lat": place["lat"],
            "position_source": place["lon"].notna().map({True: "given", False: "none"}),
            "geo_quality": rows.get("quality", pd.Series(None, index=rows.index, dtype="str")),
            "source_id": source_id,
        }
    )
    result = result.sort_values(list(result.columns[:5]), ignore_index=True)
    validate(result, EQUIPMENTS, report)
    report.raise_if_faulty()
    return result


def _points(rows: pd.DataFrame, layout: dict, report: Report) -> pd.DataFrame:
    blank = pd.Series(float("nan"), index=rows.index)
    pairs = []
    for x, y in (("lon", "lat"), ("x", "y")):
        if x in rows and y in rows:
            pairs.append((numbers(rows[x], report, column=x), numbers(rows[y], report, column=y)))
    report.raise_if_faulty()
    place = lonlat(pairs or [(blank, blank)], rows["commune"])
    if "quality" not in rows:
        reliable = pd.Series(False, index=rows.index)
    else:
        reliable = rows["quality"].isin(layout["place_qualities"])
    random = int((place["lon"].notna() & ~reliable).sum())
    if random:
        report.notice(
            "équipements dont le point est tiré au hasard dans la commune ou de qualité inconnue, "
            f"laissés sans position : {random}"
        )
    return place.where(reliable)
