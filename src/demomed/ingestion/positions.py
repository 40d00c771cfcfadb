"""Where a structure stands: degrees, Lambert-93 metres, or the chef-lieu of its commune."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pyproj import Transformer

from demomed.core.faults import Report
from demomed.ingestion import cells
from demomed.ingestion.mapping import Words, parse_column
from demomed.ingestion.notices import said
from demomed.ingestion.tabular import HandTable

FAR_FROM_COMMUNE_KM = 25.0
"""Distance from the chef-lieu above which a position is said to be doubtful."""


def positions(table: HandTable, vocabulary: Words, report: Report) -> pd.DataFrame:
    """Longitude and latitude in degrees of each row, and whether they were given.

    Degrees are kept; metres within metropolitan France are Lambert-93 (EPSG:2154) and converted;
    exchanged, lonely or foreign coordinates are faults.

    Returns
    -------
    DataFrame
        Index ``row``; ``lon, lat`` (missing if not given), ``position_source`` (``"given"`` or
        ``"none"``).
    """
    pairs = {
        field: parse_column(
            table, field, cells.number, report,
            expected="des degrés (ou des mètres en Lambert-93)",
            remedy="écrire un nombre, par exemple -0,77",
        )
        for field in ("lon", "lat")
    }  # fmt: skip
    lon = pd.to_numeric(pairs["lon"]).astype("float64")
    lat = pd.to_numeric(pairs["lat"]).astype("float64")
    limit = vocabulary.limit
    is_lon = lambda v: v.between(limit("lon_min"), limit("lon_max"))  # noqa: E731
    is_lat = lambda v: v.between(limit("lat_min"), limit("lat_max"))  # noqa: E731
    is_x = lambda v: v.between(limit("x_min"), limit("x_max"))  # noqa: E731
    is_y = lambda v: v.between(limit("y_min"), limit("y_max"))  # noqa: E731
    degrees, metres = is_lon(lon) & is_lat(lat), is_x(lon) & is_y(lat)
    exchanged = (is_lon(lat) & is_lat(lon)) | (is_x(lat) & is_y(lon))
    alone = lon.notna() != lat.notna()
    elsewhere = lon.notna() & lat.notna() & ~(degrees | metres | exchanged)
    column = table.written.get("lon") or table.written.get("lat")
    for rows, found, remedy in (
        (exchanged, "longitude et latitude échangées", "échanger les deux colonnes"),
        (alone, "une seule des deux coordonnées", "compléter, ou vider les deux cellules"),
        (
            elsewhere,
            "un point hors de France métropolitaine",
            "vérifier, ou vider les deux cellules",
        ),
    ):
        for row in rows.index[rows]:
            report.fault(
                found, "longitude puis latitude, en degrés", remedy, row=int(row), column=column
            )
    if metres.any():
        to_degrees = Transformer.from_crs("EPSG:2154", "EPSG:4326", always_xy=True)
        x, y = to_degrees.transform(lon[metres].to_numpy(), lat[metres].to_numpy())
        lon, lat = lon.copy(), lat.copy()
        lon[metres], lat[metres] = np.round(x, 6), np.round(y, 6)
        rows = [int(row) for row in metres.index[metres]]
        report.notice(f"{said(rows, 'structures')} : coordonnées Lambert-93 converties en degrés")
    given = (degrees | metres).map({True: "given", False: "none"})
    return pd.DataFrame({"lon": lon, "lat": lat, "position_source": given})


def at_commune(frame: pd.DataFrame, communes: pd.DataFrame | None, report: Report) -> pd.DataFrame:
    """Structures without coordinates go to the chef-lieu; the others are compared with it."""
    if communes is None:
        return frame
    places = communes if "commune_code" not in communes else communes.set_index("commune_code")
    seat = {
        axis: frame["commune_code"].map(places[axis]).astype("float64") for axis in ("lon", "lat")
    }
    known = seat["lon"].notna() & seat["lat"].notna()
    without = (frame["position_source"] == "none") & known
    east = (frame["lon"] - seat["lon"]) * np.cos(np.radians(seat["lat"]))
    away_km = np.hypot(east, frame["lat"] - seat["lat"]) * np.pi * 6371.0088 / 180
    far = [int(row) for row in frame.index[known & (away_km > FAR_FROM_COMMUNE_KM)]]
    if far:
        report.notice(
            f"{said(far, 'structures')} : à plus de {FAR_FROM_COMMUNE_KM:.0f} km de la commune, "
            "position à vérifier"
        )
    return frame.assign(
        lon=frame["lon"].where(~without, seat["lon"]),
        lat=frame["lat"].where(~without, seat["lat"]),
        position_source=frame["position_source"].where(~without, "commune"),
    )
