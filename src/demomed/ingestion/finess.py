"""FINESS: open sites of the health directory, from the Etalab CSV or the JSON published since 2026."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from demomed.core.catalogue import entry
from demomed.core.faults import Fault, InputError, Report
from demomed.ingestion.cells import masked
from demomed.ingestion.container import container, reading
from demomed.ingestion.finess_csv import read_csv_sites
from demomed.ingestion.finess_json import read_json_sites
from demomed.ingestion.lonlat import lonlat
from demomed.ingestion.structures import STRUCTURES, structure_kinds

SOURCE_ID = "finess"
_NUMBER = r"(?:\d{2}|2[AB])\d{7}"


def read_finess(
    path: Path,
    *,
    codes: pd.DataFrame,
    communes: pd.DataFrame | None = None,
    departments: Sequence[str] = (),
    kinds: Sequence[str] = (),
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Open health sites of FINESS with their kind and their place.

    Definition: one row is one geographic establishment of a known category (maison de santé 603,
    centre de santé 124, pharmacy 620, CPTS 604, hospitals); closed and inactive sites are left out.
    The layout is recognised by content: CSV in two sections, or JSON, gzip or not. Source: DREES
    and ATIH, then Agence du numérique en santé, FINESS.

    Parameters
    ----------
    path
        File of the producer.
    codes
        Gazetteer of commune codes.
    communes
        ``commune_code, lon, lat``: place of the sites without usable coordinates
        (``position_source = "commune"``).
    departments
        Departments to keep; all by default.
    kinds
        Kinds of structures to keep; all by default.

    Returns
    -------
    tuple
        Contract :data:`demomed.ingestion.structures.STRUCTURES`, sorted by FINESS number, and
        notices in French.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    report = Report(path.name)
    sites = _read(path, report)
    report.raise_if_faulty()
    sites = _known_kinds(sites, kinds, report)
    sites = _to_today(sites, codes, report)
    if departments:
        department = sites["commune_code"].map(_departments(codes))
        sites = sites[department.isin(list(departments))]
    sites = _placed(sites, communes, report)
    return _structures(sites), tuple(report.notices)


def finess_communes(path: Path) -> Mapping[str, str]:
    """Commune code of every open site, by FINESS number, whatever its category."""
    report = Report(path.name)
    sites = _read(path, report)
    report.raise_if_faulty()
    known = sites.dropna(subset=["commune"])
    return dict(zip(known["finess"], known["commune"], strict=True))


def _read(path: Path, report: Report) -> pd.DataFrame:
    box = container(path, report)
    if box.kind == "text":
        with reading(report), box.open() as stream:
            start = stream.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
        sites = read_json_sites(box, report) if start[:1] == b"{" else read_csv_sites(box, report)
    else:
        raise InputError(
            Fault(
                report.file,
                "un classeur",
                "le CSV « etalab » ou le JSON du producteur",
                "télécharger le fichier d'origine",
            )
        )
    report.raise_if_faulty()
    bad = ~sites["finess"].str.fullmatch(_NUMBER).fillna(False).astype(bool)
    for row, number in sites.loc[bad, "finess"].head(5).items():
        report.fault(
            f"numéro FINESS « {str(number)[:12]} »",
            "neuf caractères",
            "reprendre le fichier d'origine, sans l'ouvrir dans un tableur",
            row=int(row),  # type: ignore[call-overload]
        )
    for row, number in sites.loc[sites["finess"].duplicated(), "finess"].head(5).items():
        report.fault(
            f"numéro FINESS {number} répété",
            "une ligne par site",
            "ne pas mettre deux extractions bout à bout",
            row=int(row),  # type: ignore[call-overload]
        )
    return sites


def _known_kinds(sites: pd.DataFrame, kinds: Sequence[str], report: Report) -> pd.DataFrame:
    declared = entry("layouts", "finess")["categories"]
    kind_of = {code: item["kind"] for item in declared for code in item["codes"]}
    label_of = {code: item["label"] for item in declared for code in item["codes"]}
    kind = sites["category"].map(kind_of)
    if sites.empty or not kind.notna().any():
        report.fault(
            "aucun site d'une catégorie connue",
            "des catégories comme 603, 124 ou 620",
            "vérifier que le fichier est entier, ou compléter le catalogue des catégories",
        )
        report.raise_if_faulty()
    label = sites["category_label"].where(
        sites["category_label"].notna(), sites["category"].map(label_of)
    )
    sites = sites.assign(kind=kind, original_kind=label)
    return sites[kind.isin(list(kinds)) if kinds else kind.notna()]


def _departments(codes: pd.DataFrame) -> dict[str, str]:
    return dict(zip(codes["commune_code"], codes["departement_code"], strict=True))


def _to_today(sites: pd.DataFrame, codes: pd.DataFrame, report: Report) -> pd.DataFrame:
    today = dict(zip(codes["old_code"], codes["commune_code"], strict=True))
    commune = sites["commune"].map(today)
    unknown = sites.loc[commune.isna(), "commune"].dropna()
    if len(unknown):
        shown = ", ".join(sorted(set(unknown))[:5])
        report.notice(
            f"sites dans une commune hors de la liste officielle ({shown}) : {len(unknown)}"
        )
    return sites.assign(commune_code=commune)


def _placed(sites: pd.DataFrame, communes: pd.DataFrame | None, report: Report) -> pd.DataFrame:
    pairs = [(sites[x], sites[y]) for x, y in (("x", "y"), ("x2", "y2"))]
    place = lonlat(pairs, sites["commune"])
    exchanged = int(place["reading"].str.endswith("exchanged").fillna(False).sum())
    if exchanged:
        report.notice(f"sites aux coordonnées échangées, remises dans l'ordre : {exchanged}")
    given = place["lon"].notna()
    had = pd.concat([sites["x"], sites["x2"]], axis=1).notna().any(axis=1)
    lost = int((had & ~given).sum())
    if lost:
        report.notice(f"sites aux coordonnées hors de leur territoire, sans position : {lost}")
    sites = sites.assign(
        lon=place["lon"], lat=place["lat"],
        position_source=given.map({True: "given", False: "none"}),
    )  # fmt: skip
    if communes is None:
        return sites
    points = communes if "commune_code" in communes else communes.reset_index()
    points = points.drop_duplicates("commune_code").set_index("commune_code")
    lon, lat = (sites["commune_code"].map(points[name]) for name in ("lon", "lat"))
    moved = ~given & lon.notna()
    if moved.any():
        report.notice(
            f"sites sans coordonnées, placés au chef-lieu de la commune : {int(moved.sum())}"
        )
    return sites.assign(
        lon=sites["lon"].where(~moved, lon),
        lat=sites["lat"].where(~moved, lat),
        position_source=sites["position_source"].mask(moved, "commune"),
    )


def _structures(sites: pd.DataFrame) -> pd.DataFrame:
    families = structure_kinds()["family"]
    sites = sites.sort_values("finess").reset_index(drop=True)
    name = sites["long_name"].where(sites["long_name"].notna(), sites["name"])
    year = sites["opened"].str.extract(r"((?:18|19|20)\d{2})", expand=False)
    columns = {
        "structure_id": "finess-" + sites["finess"].str.lower(),
        "structure_name": name.map(
            lambda text: masked(re.sub(r"\s+", " ", str(text))), na_action="ignore"
        ),
        "kind": sites["kind"],
        "family": sites["kind"].map(families),
        "original_kind": sites["original_kind"],
        "status": "open",
        "opening_year": pd.to_numeric(year),
        "commune_code": sites["commune_code"],
        "lon": sites["lon"],
        "lat": sites["lat"],
        "position_source": sites["position_source"],
        "finess": sites["finess"],
        "count": 1,
        "source_id": SOURCE_ID,
    }
    blank = pd.Series(None, index=sites.index, dtype="object")
    table = {}
    for column, contract in STRUCTURES.columns.items():
        values = pd.Series(columns.get(column, blank), index=sites.index)
        dtype = str(contract.dtype)
        if dtype in ("float64", "Int64", "int64"):
            values = pd.to_numeric(values)
        table[column] = values.astype(dtype)
    return STRUCTURES.validate(pd.DataFrame(table, index=sites.index))
