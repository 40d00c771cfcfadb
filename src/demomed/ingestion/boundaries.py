"""Outlines of communes: the finest available, merged to the communes of today, simplified."""

from __future__ import annotations

import io

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from demomed.core.faults import Fault, InputError
from demomed.ingestion.communes import Geography
from demomed.ingestion.official import OfficialFile, OfficialFolder
from demomed.ingestion.stitching import cut_out, stitch

WGS84 = "EPSG:4326"
LAMBERT_93 = "EPSG:2154"
EQUAL_AREA = "EPSG:3035"
DECIMALS = (5, 6, 7)
MAX_AREA_CHANGE = 1e-6


def read_outlines(file: OfficialFile, code_fields: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Outlines of one GeoJSON file, in Lambert-93.

    Parameters
    ----------
    file
        GeoJSON in WGS 84.
    code_fields
        Names the property of the commune code may have.

    Returns
    -------
    GeoDataFrame
        ``old_code`` and geometry, EPSG:2154.

    Raises
    ------
    InputError
        If the file is no GeoJSON, has no such property, or holds invalid outlines.
    """
    try:
        frame = gpd.read_file(io.BytesIO(file.content))
    except (RuntimeError, ValueError) as error:
        raise InputError(
            Fault(
                file.stem, "contours illisibles", "un GeoJSON", "télécharger à nouveau le fichier"
            )
        ) from error
    field = next((name for name in code_fields if name in frame.columns), None)
    if field is None:
        raise InputError(
            Fault(
                file.stem,
                "propriété du code commune absente",
                "l'une de : " + ", ".join(code_fields),
                "vérifier le millésime du fichier",
            )
        )
    frame = frame[[field, "geometry"]].rename(columns={field: "old_code"}).to_crs(LAMBERT_93)
    return _repair(frame, file)


def _repair(frame: gpd.GeoDataFrame, file: OfficialFile) -> gpd.GeoDataFrame:
    """Rebuild rings that touch themselves; refuse what cannot be rebuilt with the same area."""
    broken = ~frame.geometry.is_valid
    if not broken.any():
        return frame
    rebuilt = shapely.make_valid(
        frame.geometry[broken].to_numpy(), method="structure", keep_collapsed=False
    )
    before = frame.area[broken].to_numpy()
    lost = np.abs(shapely.area(rebuilt) - before) > MAX_AREA_CHANGE * before
    if lost.any():
        raise InputError(
            Fault(
                file.stem,
                "contours invalides : " + ", ".join(frame["old_code"][broken][lost].head(5)),
                "des polygones valides",
                "reprendre le fichier du producteur",
            )
        )
    geometry = frame.geometry.to_numpy().copy()
    geometry[broken.to_numpy()] = rebuilt
    return frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=frame.crs))


class Outlines:
    """The outlines available, read once, given department by department.

    Parameters
    ----------
    folder, geography
        Official folder and communes of today.
    """

    def __init__(self, folder: OfficialFolder, geography: Geography) -> None:
        successor = geography.successor()
        self._geography = geography
        self._notices = folder.notices
        self._fine = _with_successor(
            _concat(folder, "ign_communes_2018", ("code", "INSEE_COM", "code_insee")), successor
        )
        self._coarse = _with_successor(
            _concat(folder, "ign_communes_2024", ("INSEE_COM", "code", "code_insee")), successor
        )
        self.fine_departements = frozenset(self._fine["departement_code"])

    def communes(self, departements: list[str], *, quiet: bool = False) -> gpd.GeoDataFrame:
        """Outlines of all communes of some departments, in Lambert-93.

        Fine outlines where the department has them, the national simplified ones elsewhere; a
        commune re-created since the fine file is cut out of its former outline along the national
        one. Borders are shared exactly.

        Parameters
        ----------
        departements
            Codes of the departments.
        quiet
            Give no notice of what is missing.

        Returns
        -------
        GeoDataFrame
            Index ``commune_code``. A commune without any published outline is absent, and its
            ground stays with the commune it came from; a notice says it.
        """
        wanted = set(departements)
        fine = _merge(self._fine[self._fine["departement_code"].isin(wanted)])
        fine = self._restore_split(fine)
        coarse_departements = wanted - self.fine_departements
        coarse = _merge(self._coarse[self._coarse["departement_code"].isin(coarse_departements)])
        if len(fine) and len(coarse):
            merged = self._stitch(fine, coarse)
        else:
            merged = pd.concat([fine, coarse])
        expected = self._geography.communes
        expected = expected[expected["departement_code"].isin(wanted)]
        if quiet:
            return merged.sort_index()
        absent = expected.index.difference(merged.index)
        for code in absent:
            self._notices.append(
                f"commune {code} {expected['commune_name'][code]} : pas de contour publié, son "
                "territoire reste dessiné avec la commune dont elle est issue"
            )
        if coarse_departements:
            self._notices.append(
                "contours simplifiés (tracé fin absent) : départements "
                + ", ".join(sorted(coarse_departements))
            )
        return merged.sort_index()

    def _restore_split(self, fine: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Cut out of the fine outlines the communes re-created since, along the coarse outlines."""
        departements = self._geography.communes["departement_code"].reindex(fine.index).unique()
        coarse = _merge(self._coarse[self._coarse["departement_code"].isin(departements)])
        new = coarse.loc[coarse.index.difference(fine.index)]
        for code, outline in new.geometry.items():
            covered = fine.intersection(outline).area
            parent = covered.idxmax()
            fine = cut_out(fine, str(parent), str(code), outline)
        return fine

    def _stitch(self, fine: gpd.GeoDataFrame, coarse: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Join coarse departments to fine ones: the fine border rules, no gap, no overlap."""
        domain = self._coarse[self._coarse["departement_code"].isin(self.fine_departements)]
        claimed = shapely.unary_union(domain.geometry.to_numpy())
        return stitch(fine, coarse, claimed)


def _concat(folder: OfficialFolder, source_id: str, fields: tuple[str, ...]) -> gpd.GeoDataFrame:
    frames = []
    for file in folder.files(source_id):
        frame = read_outlines(file, fields)
        folder.remember(file, len(frame))
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _with_successor(frame: gpd.GeoDataFrame, successor: pd.Series) -> gpd.GeoDataFrame:
    commune = frame["old_code"].map(successor)
    frame = frame.assign(commune_code=commune, departement_code=commune.str[:2])
    return frame[commune.notna()]


def _merge(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """One outline per commune of today."""
    frame = frame.sort_values(["commune_code", "old_code"])
    groups = frame.groupby("commune_code").geometry
    merged = {
        code: group.iloc[0] if len(group) == 1 else shapely.coverage_union_all(group.to_numpy())
        for code, group in groups
    }
    index = pd.Index(list(merged), name="commune_code", dtype="str")
    return gpd.GeoDataFrame(geometry=list(merged.values()), index=index, crs=frame.crs)


def simplify(outlines: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    """Simplify outlines with shared borders and give them in WGS 84, five decimals (about a metre).

    Where rounding to five decimals would make a ring cross itself, six or seven are kept.

    Parameters
    ----------
    outlines
        Coverage in Lambert-93.
    tolerance_m
        Square root of the area of the triangles dropped (Visvalingam-Whyatt), in metres.

    Returns
    -------
    GeoDataFrame
        Same index, EPSG:4326; valid, without overlap or gap.

    Raises
    ------
    InputError
        If the result is no clean coverage.
    """
    simple = shapely.coverage_simplify(outlines.geometry.to_numpy(), tolerance_m)
    frame = gpd.GeoDataFrame(geometry=simple, index=outlines.index, crs=outlines.crs).to_crs(WGS84)
    for decimals in DECIMALS:
        rounded = _rounded(frame, decimals)
        if not _faults(rounded):
            return rounded
    check_coverage(rounded)
    return rounded


def _rounded(frame: gpd.GeoDataFrame, decimals: int) -> gpd.GeoDataFrame:
    points = shapely.transform(frame.geometry.to_numpy(), lambda xy: np.round(xy, decimals))
    return frame.set_geometry(shapely.remove_repeated_points(points), crs=WGS84)


def check_coverage(outlines: gpd.GeoDataFrame) -> None:
    """Refuse outlines that are invalid, overlap, or do not share their borders."""
    faults = coverage_faults(outlines)
    if faults:
        raise InputError(faults)


def coverage_faults(outlines: gpd.GeoDataFrame) -> list[Fault]:
    """What keeps outlines from being valid, without overlap, with shared borders."""
    return [
        Fault(
            "contours",
            fault,
            "une couverture sans trou ni recouvrement",
            "vérifier les contours d'origine ou changer la tolérance",
        )
        for fault in _faults(outlines)
    ]


def _faults(outlines: gpd.GeoDataFrame) -> list[str]:
    """What keeps outlines from being a clean coverage, in French."""
    bad = outlines.index[~outlines.geometry.is_valid]
    if len(bad):
        return ["contours invalides : " + ", ".join(bad[:5])]
    if shapely.coverage_is_valid(outlines.geometry.to_numpy()):
        return []
    edges = shapely.coverage_invalid_edges(outlines.geometry.to_numpy())
    bad = outlines.index[~shapely.is_empty(edges)]
    return ["frontières non partagées : " + ", ".join(bad[:5])]


def dissolve(outlines: gpd.GeoDataFrame, zones: pd.Series) -> gpd.GeoSeries:
    """Outline of zones made of communes, along exactly the communes' borders.

    Parameters
    ----------
    outlines
        Clean coverage, index ``commune_code``.
    zones
        Zone of each commune (same index).

    Returns
    -------
    GeoSeries
        Index = zone, sorted.
    """
    groups = outlines.geometry.groupby(zones.reindex(outlines.index))
    unions = {zone: shapely.coverage_union_all(group.to_numpy()) for zone, group in groups}
    return gpd.GeoSeries(unions, crs=outlines.crs)


def area_km2(outlines: gpd.GeoDataFrame) -> pd.Series:
    """Area of outlines in km², in an equal-area projection."""
    return (outlines.to_crs(EQUAL_AREA).area / 1e6).round(3).rename("area_km2")
