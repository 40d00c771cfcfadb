"""Degrees, metres, exchanged: what a pair of coordinates is, decided by the territory it falls in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pyproj import Transformer

from demomed.core.catalogue import entry

Pair = tuple[pd.Series, pd.Series]


def territory_of(communes: pd.Series) -> pd.Series:
    """Territory of each commune code; mainland and Corsica when no prefix says otherwise.

    Examples
    --------
    >>> territory_of(pd.Series(["53130", "97411", None])).tolist()
    ['metropole', 'reunion', 'metropole']
    """
    prefix = communes.astype("str").str[:3]
    found = pd.Series("metropole", index=communes.index, dtype="str")
    for territory in entry("layouts", "territories")["territory"]:
        found = found.mask(
            prefix.isin(territory["prefixes"]).fillna(False).astype(bool), territory["id"]
        )
    return found


def _inside(x: np.ndarray, y: np.ndarray, box: Sequence[float]) -> np.ndarray:
    west, south, east, north = box
    with np.errstate(invalid="ignore"):
        return (x >= west) & (x <= east) & (y >= south) & (y <= north)


def _readings(
    x: np.ndarray, y: np.ndarray, territory: Mapping[str, Any]
) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """The four ways to understand a pair: degrees or metres, in order or exchanged."""
    to_degrees = Transformer.from_crs(territory["crs"], "EPSG:4326", always_xy=True)
    projected = to_degrees.transform(x, y, errcheck=False)
    exchanged = to_degrees.transform(y, x, errcheck=False)
    return [
        ("degrees", x, y),
        ("degrees_exchanged", y, x),
        ("metres", *projected),
        ("metres_exchanged", *exchanged),
    ]


def lonlat(pairs: Sequence[Pair], communes: pd.Series) -> pd.DataFrame:
    """Longitude and latitude of each row, from the first pair that falls in its territory.

    A pair may be in degrees or in metres of the territory's official projection, in order or
    exchanged: only the value range tells, since published files mix the four.

    Parameters
    ----------
    pairs
        Numbers ``(x, y)``, in order of preference; missing allowed.
    communes
        Commune code of each row, which gives the territory.

    Returns
    -------
    DataFrame
        Same index: ``lon, lat`` in degrees (WGS 84), missing if no pair falls in the territory, and
        ``reading`` (``degrees``, ``degrees_exchanged``, ``metres``, ``metres_exchanged``, missing).

    Examples
    --------
    >>> place = lonlat([(pd.Series([48.07, 421000.0]), pd.Series([-0.77, 6780000.0]))],
    ...                pd.Series(["53130", "53130"]))
    >>> place["reading"].tolist()
    ['degrees_exchanged', 'metres']
    """
    index = communes.index
    lon, lat = np.full(len(index), np.nan), np.full(len(index), np.nan)
    reading = np.full(len(index), None, dtype=object)
    where = territory_of(communes).to_numpy()
    for territory in entry("layouts", "territories")["territory"]:
        for x, y in pairs:
            todo = np.flatnonzero((where == territory["id"]) & np.isnan(lon))
            if not len(todo):
                continue
            values = (x.to_numpy("float64")[todo], y.to_numpy("float64")[todo])
            for name, east, north in _readings(*values, territory):
                good = _inside(east, north, territory["box"]) & np.isnan(lon[todo])
                lon[todo[good]], lat[todo[good]] = east[good], north[good]
                reading[todo[good]] = name
    frame = pd.DataFrame({"lon": lon, "lat": lat}, index=index)
    frame["reading"] = pd.Series(reading, index=index).astype("str")
    return frame
