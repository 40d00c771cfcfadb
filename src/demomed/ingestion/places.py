"""Points of the communes, today's and former ones, and their postal codes."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from demomed.core.faults import Report
from demomed.ingestion.communes import Geography, to_today
from demomed.ingestion.official import OfficialFolder
from demomed.ingestion.published import numbers, read_table

BEST_SOURCE = "chef_lieu_carto"


def read_places(folder: OfficialFolder, geography: Geography) -> pd.DataFrame:
    """Chef-lieu of every commune, today's, delegated, associated or former.

    Returns
    -------
    DataFrame
        ``place_code`` (code at its creation), ``current_code`` (in the producer's year),
        ``place_name, commune_code`` (today), ``lon, lat, is_official``.
    """
    file = folder.file("ign_chefs_lieux")
    report = Report(file.stem)
    table = read_table(
        file,
        {
            "place_code": "code_initial",
            "current_code": "code_actuel",
            "place_name": "nom",
            "origin": "source",
            "lon": "lon",
            "lat": "lat",
        },
        report,
    )
    if not report.faults:
        for column in ("lon", "lat"):
            table[column] = numbers(table, column, report)
        successor = geography.successor()
        gone = ~table["place_code"].isin(successor.index)
        if gone.any():
            report.notice(
                f"lieux écartés, leur code n'est plus dans l'historique : {int(gone.sum())}"
            )
        table = to_today(table[~gone], "place_code", successor, report)
    folder.remember(file, len(table), report)
    table["is_official"] = table["origin"] == BEST_SOURCE
    columns = [
        "place_code",
        "current_code",
        "place_name",
        "commune_code",
        "lon",
        "lat",
        "is_official",
    ]
    return table[columns].sort_values("place_code", ignore_index=True)


def seats(places: pd.DataFrame, outlines: gpd.GeoDataFrame | None = None) -> pd.DataFrame:
    """Chef-lieu point of each commune.

    The place that bears the commune's code; else, where codes changed, the place that bore it in
    the producer's year; else a point inside the outline.

    Parameters
    ----------
    places
        Table of :func:`read_places`.
    outlines
        Outlines that stand in for communes without any place (index ``commune_code``).

    Returns
    -------
    DataFrame
        ``lon, lat, place_code``, index ``commune_code``.
    """
    order = places.assign(
        own=places["place_code"] == places["commune_code"],
        renamed=places["current_code"] == places["commune_code"],
    ).sort_values(
        ["commune_code", "own", "renamed", "is_official", "place_code"],
        ascending=[True, False, False, False, True],
    )
    candidates = order[order["own"] | order["renamed"]]
    chosen = candidates.drop_duplicates("commune_code").set_index("commune_code")
    result = chosen[["lon", "lat", "place_code"]]
    if outlines is not None:
        lacking = outlines.index.difference(result.index)
        points = outlines.geometry.loc[lacking].representative_point().to_crs("EPSG:4326")
        extra = pd.DataFrame(
            {"lon": points.x.round(5), "lat": points.y.round(5), "place_code": pd.NA}, index=lacking
        )
        result = pd.concat([result, extra.astype({"place_code": "str"})]) if len(extra) else result
    return result.sort_index()
