"""Points of the health establishments known to FINESS, as Eurostat publishes them."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from demomed.core.faults import Report
from demomed.core.schemas import HOSPITALS, validate
from demomed.ingestion.official import OfficialFolder
from demomed.ingestion.published import numbers, read_table

FINESS_LENGTH = 9


def read_hospitals(folder: OfficialFolder, communes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Establishments inside the communes given.

    Parameters
    ----------
    folder
        Official folder.
    communes
        Outlines in EPSG:4326, index ``commune_code``.

    Returns
    -------
    DataFrame
        ``site_id`` (FINESS number as text, leading zero restored), ``site_name, kind, lon, lat,
        geo_quality`` (1 good to 3 poor), ``commune_code`` (the outline that holds the point).
    """
    file = folder.file("eurostat_hospitals")
    report = Report(file.stem)
    table = read_table(
        file,
        {
            "site_id": "id",
            "site_name": "hospital_name",
            "kind": "facility_type",
            "lon": "lon",
            "lat": "lat",
            "geo_quality": "geo_qual",
        },
        report,
    )
    report.raise_if_faulty()
    for column in ("lon", "lat", "geo_quality"):
        table[column] = numbers(table, column, report)
    table["site_id"] = table["site_id"].str.zfill(FINESS_LENGTH)
    unnamed = table["site_name"].isna()
    table["site_name"] = table["site_name"].where(~unnamed, table["kind"])
    folder.remember(file, len(table), report)
    located = table.dropna(subset=["lon", "lat"])
    points = gpd.GeoDataFrame(
        located, geometry=gpd.points_from_xy(located["lon"], located["lat"]), crs="EPSG:4326"
    )
    inside = points.sjoin(communes[["geometry"]], predicate="within")
    inside = inside.rename(columns={inside.columns[-1]: "commune_code"})
    result = pd.DataFrame(inside[list(HOSPITALS.columns)])
    result = result.astype({"geo_quality": "int64"})
    result = result.drop_duplicates("site_id").sort_values("site_id", ignore_index=True)
    report = Report(file.stem)
    validate(result, HOSPITALS, report)
    report.raise_if_faulty()
    return result
