"""Communes of one department as a script that the national page asks for."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from demomed.core.indicator import get_indicator
from demomed.rendering.assets import script_json
from demomed.rendering.columns import encode_codes, encode_numbers, encode_shapes
from demomed.rendering.facts import visible
from demomed.rendering.geometry import FLAT, collection
from demomed.rendering.topology import Topology

TOLERANCE_M = 250.0
"""Generalisation of the communes drawn over the country, in metres."""
CALL = "demomedCommunes"
"""Function of the page that takes the communes."""


def communes_script(code: str, communes: gpd.GeoDataFrame, rows: pd.DataFrame) -> bytes:
    """Outlines and public values of the communes of one department, as a script.

    A page opened from a disk may not read a file beside it, but it may run a script that stands
    there: this one only hands over data.

    Parameters
    ----------
    code
        Code of the department.
    communes
        Its communes, index ``commune_code``; a commune without outline is left out.
    rows
        Public rows of the communes.
    """
    drawn = communes.loc[communes.geometry.notna()].sort_index()
    simple = shapely.coverage_simplify(np.asarray(drawn.geometry.to_crs(FLAT).array), TOLERANCE_M)
    shapes = collection(gpd.GeoSeries(simple, index=drawn.index, crs=FLAT).to_crs(4326))["features"]
    topology = Topology(shape["geometry"] for shape in shapes)
    geo = encode_shapes([topology.shape(shape["geometry"]) for shape in shapes])
    part: dict[str, Any] = {
        "arcs": ";".join(topology.arcs),
        "codes": encode_codes(list(drawn.index)),
        "names": list(drawn["commune_name"].astype(str)),
        "geo": geo,
        "values": _values(rows, drawn.index),
    }
    return f"{CALL}({script_json(code)},{script_json(part)});\n".encode()


def _values(rows: pd.DataFrame, codes: pd.Index) -> dict[str, str]:
    """Values as shown, in the order of the communes, by layer."""
    found = {}
    for (id_, profession), mine in rows.groupby(["indicator", "profession"], sort=False):
        declared = get_indicator(str(id_))
        stored = mine.set_index("zone_code")["value"].astype(float).reindex(codes)
        shown = [
            None
            if np.isnan(value)
            else visible(value * declared.scale, declared.decimals, share=declared.scale == 100)
            for value in stored
        ]
        found["_".join(filter(None, (str(id_), str(profession))))] = encode_numbers(shown)
    return found
