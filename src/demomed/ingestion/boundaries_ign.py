"""Outlines of communes and EPCI: IGN ADMIN EXPRESS (v3, v4) and responses of geo.api.gouv.fr."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry import shape

from demomed.core.catalogue import entry
from demomed.core.faults import Fault, InputError, Report, closest
from demomed.ingestion.container import SHOWN_FAULTS

WGS84 = "EPSG:4326"
_AREAS = ("Polygon", "MultiPolygon")
_CODES = {"commune": r"(?:\d{2}|2[AB])\d{3}", "epci": r"\d{9}"}


def read_outlines(
    path: Path, kind: Literal["commune", "epci"] = "commune", *, departments: Sequence[str] = ()
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Outlines of communes or EPCI in degrees, whatever the vintage of the file.

    The layer and its fields are found by name whatever the case: upper case until 2024 (shapefile
    or GeoPackage, ``SIREN_EPCI``), lower case since 2025 (``codes_siren_des_epci``, several values
    joined by ``/``). A JSON or GeoJSON response of geo.api.gouv.fr must hold the contours. Source:
    IGN, ADMIN EXPRESS; Direction interministérielle du numérique, API Découpage administratif.

    Parameters
    ----------
    path
        ``.gpkg``, ``.shp``, a zip of either, or a ``.json``/``.geojson`` response.
    kind
        What to read.
    departments
        Departments of the communes to keep; all by default.

    Returns
    -------
    tuple
        For communes ``commune_code, commune_name, departement_code, epci_siren`` (first of the
        list, missing if none), ``population`` (missing if not given), ``geometry``; for EPCI
        ``epci_siren, epci_name, geometry``; sorted by code, EPSG:4326. And notices.

    Raises
    ------
    InputError
        If the file has points instead of outlines, no coordinate system, or odd or repeated codes.
    """
    report = Report(path.name)
    head = _head(path, report)
    frame = (
        _from_api(path, report) if head[:1] in (b"{", b"[") else _from_vector(path, kind, report)
    )
    columns = _columns(frame, kind, report)
    report.raise_if_faulty()
    frame = frame.rename(columns=columns)
    frame = frame[[*columns.values(), "geometry"]]
    frame["code"] = frame["code"].astype("str").str.strip()
    _check(frame, kind, report)
    report.raise_if_faulty()
    frame = frame.to_crs(WGS84)
    broken = ~frame.geometry.is_valid
    if broken.any():
        frame.loc[broken, "geometry"] = frame.geometry[broken].make_valid()
        report.notice(f"contours réparés : {int(broken.sum())}")
    result = _communes(frame, departments, report) if kind == "commune" else _epci(frame)
    return result, tuple(report.notices)


def _head(path: Path, report: Report) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
    except OSError as error:
        raise InputError(
            Fault(
                report.file,
                "fichier introuvable ou illisible",
                "un fichier du disque",
                "vérifier le nom",
            )
        ) from error


def _from_api(path: Path, report: Report) -> gpd.GeoDataFrame:
    """Communes of a response in JSON (``contour`` in each object) or GeoJSON."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        if isinstance(content, Mapping) and content.get("type") == "FeatureCollection":
            records = [dict(f.get("properties") or {}) for f in content["features"]]
            shapes = [f.get("geometry") for f in content["features"]]
        else:
            records = content if isinstance(content, list) else [content]
            shapes = [record.get("contour") for record in records]
        outlines = [shape(item) if item else None for item in shapes]
    except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.ShapelyError) as error:
        raise InputError(
            Fault(
                report.file,
                "JSON interrompu ou d'une autre forme",
                "une réponse de l'API Découpage administratif",
                "la télécharger à nouveau",
            )
        ) from error
    if not records or any(not isinstance(record, Mapping) for record in records):
        raise InputError(
            Fault(
                report.file,
                "réponse sans commune",
                "au moins une commune",
                "vérifier l'adresse demandée",
            )
        )
    if not any(outline is not None and outline.geom_type in _AREAS for outline in outlines):
        raise InputError(
            Fault(
                report.file,
                "des points, ou aucune forme",
                "les contours des communes",
                "ajouter « geometry=contour » à l'adresse (« fields=contour » ne suffit pas)",
            )
        )
    flat = [
        {k: v for k, v in record.items() if not isinstance(v, Mapping | list)} for record in records
    ]
    return gpd.GeoDataFrame(flat, geometry=outlines, crs=WGS84)


def _from_vector(path: Path, kind: str, report: Report) -> gpd.GeoDataFrame:
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read_layer(path, kind, report)
    except (DataSourceError, DataLayerError, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            Fault(
                report.file,
                "fichier géographique illisible",
                "un GeoPackage, un shapefile ou leur zip",
                "extraire l'archive, puis indiquer le .gpkg ou le .shp",
            )
        ) from error


def _read_layer(path: Path, kind: str, report: Report) -> gpd.GeoDataFrame:
    import pyogrio

    layers = [str(name) for name, _ in pyogrio.list_layers(path)]
    scored = [
        (
            len(_wanted(pyogrio.read_info(path, layer=name)["fields"], kind)),
            _named(name, kind),
            name,
        )
        for name in layers
    ]
    known, _, layer = max(scored, default=(0, 0, ""))
    if known < len(entry("layouts", "boundaries")[kind]["required"]):
        report.fault(
            f"aucune couche « {kind} » ({', '.join(layers) or 'fichier sans couche'})",
            "une couche d'ADMIN EXPRESS",
            closest(kind, layers) if layers else "vérifier le fichier",
        )
        report.raise_if_faulty()
    fields = list(_wanted(pyogrio.read_info(path, layer=layer)["fields"], kind))
    frame = gpd.read_file(path, layer=layer, columns=fields, engine="pyogrio")
    if frame.crs is None:
        report.fault(
            "système de coordonnées absent", "EPSG:2154 ou WGS 84", "joindre le fichier .prj"
        )
        report.raise_if_faulty()
    return frame


def _named(layer: str, kind: str) -> int:
    name = layer.lower()
    return 2 * (name == kind) + (name.startswith(kind) and "associee" not in name)


def _wanted(fields: Sequence[str], kind: str) -> dict[str, str]:
    """Field of the file → our column, whatever the case."""
    lower = {str(field).lower(): str(field) for field in fields}
    found = {}
    for ours, names in entry("layouts", "boundaries")[kind]["columns"].items():
        for name in names:
            if name.lower() in lower and lower[name.lower()] not in found:
                found[lower[name.lower()]] = ours
                break
    return (
        found
        if set(entry("layouts", "boundaries")[kind]["required"]) <= set(found.values())
        else {}
    )


def _columns(frame: gpd.GeoDataFrame, kind: str, report: Report) -> dict[str, str]:
    found = _wanted([c for c in frame.columns if c != "geometry"], kind)
    if not found:
        report.fault(
            "champs « code » ou « nom » absents",
            "les champs d'ADMIN EXPRESS ou de l'API",
            "télécharger le fichier du producteur",
        )
    return found


def _check(frame: gpd.GeoDataFrame, kind: str, report: Report) -> None:
    good = frame["code"].str.fullmatch(_CODES[kind]).fillna(False).astype(bool)
    for row, code in frame.loc[~good, "code"].head(SHOWN_FAULTS).items():
        report.fault(
            f"code « {code} »",
            "un code officiel",
            "ne pas ouvrir le fichier dans un tableur : les zéros se perdent",
            row=int(row) + 1,
        )  # type: ignore[call-overload]
    for row, code in frame.loc[frame["code"].duplicated(), "code"].head(SHOWN_FAULTS).items():
        report.fault(
            f"code {code} répété",
            "un contour par code",
            "ne garder qu'une couche ou un millésime",
            row=int(row) + 1,
        )  # type: ignore[call-overload]
    empty = frame.geometry.isna() | frame.geometry.is_empty | ~frame.geometry.geom_type.isin(_AREAS)
    for code in frame.loc[empty, "code"].head(SHOWN_FAULTS):
        report.fault(
            f"{code} sans contour", "un polygone", "demander les contours (« geometry=contour »)"
        )


def _communes(
    frame: gpd.GeoDataFrame, departments: Sequence[str], report: Report
) -> gpd.GeoDataFrame:
    rules = entry("layouts", "boundaries")["epci_codes"]
    code = frame["code"]
    own = (
        frame["departement"].astype("str")
        if "departement" in frame
        else pd.Series(None, index=frame.index, dtype="str")
    )
    derived = code.str[:2].where(~code.str[:2].isin(["97", "98"]), code.str[:3])
    epci = (
        frame["epci"].astype("str")
        if "epci" in frame
        else pd.Series(None, index=frame.index, dtype="str")
    )
    listed = epci.str.split(rules["separator"])
    several = int((listed.str.len() > 1).sum())
    if several:
        report.notice(f"communes dans plusieurs groupements, le premier est gardé : {several}")
    first = listed.str[0].str.strip().astype("str")
    population = (
        pd.to_numeric(frame["population"], errors="coerce")
        if "population" in frame
        else float("nan")
    )
    result = gpd.GeoDataFrame(
        {
            "commune_code": code,
            "commune_name": frame["name"].astype("str"),
            "departement_code": own.where(own.notna(), derived),
            "epci_siren": first.mask(first.isin(rules["none"])),
            "population": pd.Series(population, index=frame.index, dtype="float64"),
        },
        geometry=frame.geometry,
        crs=frame.crs,
    )
    if departments:
        result = result[result["departement_code"].isin(list(departments))]
    return result.sort_values("commune_code", ignore_index=True)


def _epci(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    result = frame.rename(columns={"code": "epci_siren", "name": "epci_name"})
    result = result[["epci_siren", "epci_name", "geometry"]]
    return result.sort_values("epci_siren", ignore_index=True)
