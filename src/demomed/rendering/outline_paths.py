"""The zones of a sheet's small map: outlines as paths, and who touches whom."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

WIDTH = 320.0
"""Width of the small map, pixels."""


def neighbours(zones: gpd.GeoDataFrame) -> list[list[int]]:
    """Places of the zones that touch each zone, in the order of the zones.

    Examples
    --------
    >>> squares = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(5, 5, 6, 6)]
    >>> neighbours(gpd.GeoDataFrame(geometry=squares))
    [[1], [0], []]
    """
    shapes = np.asarray(zones.geometry.array)
    return [
        [j for j in np.flatnonzero(shapely.dwithin(shapes, shape, 1e-6)).tolist() if j != i]
        for i, shape in enumerate(shapes)
    ]


def outline_paths(zones: gpd.GeoDataFrame) -> tuple[tuple[tuple[str, str, str], ...], str]:
    """Outlines of the zones as SVG paths (code, name, path) and the view box that holds them.

    Parameters
    ----------
    zones
        Zone table of a level, WGS84.
    """
    flat = zones.geometry.to_crs(2154)
    west, south, east, north = flat.total_bounds
    scale = WIDTH / ((east - west) or 1.0)

    def ring(points: Any) -> str:
        steps = np.column_stack(
            [np.round((points[:, 0] - west) * scale), np.round((north - points[:, 1]) * scale)]
        ).astype(int)
        kept = steps[np.insert(np.any(np.diff(steps, axis=0) != 0, axis=1), 0, True)]
        return "M" + "L".join(f"{x} {y}" for x, y in kept[:-1].tolist()) + "Z"

    paths = []
    for code, name, shape in zip(zones.index, zones["zone_name"], flat, strict=True):
        rings = [
            ring(shapely.get_coordinates(border))
            for part in shapely.get_parts(shape)
            for border in (part.exterior, *part.interiors)
        ]
        paths.append((str(code), str(name), "".join(rings)))
    return tuple(paths), f"-2 -2 {WIDTH + 4:.0f} {(north - south) * scale + 4:.0f}"
