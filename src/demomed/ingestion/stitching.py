"""Joins outlines drawn at different precisions into one coverage without gap or overlap."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

GRID_M = 0.1
NARROW_M = 50.0
NOBODY = -1


def stitch(
    fine: gpd.GeoDataFrame, coarse: gpd.GeoDataFrame, claimed: BaseGeometry
) -> gpd.GeoDataFrame:
    """Join two sets of outlines of different precision along the border of the finer one.

    All lines are noded together; each face belongs to the fine outline that covers it, else to the
    coarse one. A face left between the two lines goes to the coarse outline with which it shares
    the longest border, and so does, among all outlines, a sliver (mean width under 50 m) that is
    not the main face of its outline.

    Parameters
    ----------
    fine, coarse
        Outlines in metres, index = code; the two sets of codes have nothing in common.
    claimed
        What the coarse file gives to the territories of the fine one: a face there, outside the
        fine outlines, is a gap to be filled and not the sea.

    Returns
    -------
    GeoDataFrame
        All codes, sorted, borders shared exactly.

    Examples
    --------
    >>> box = shapely.box
    >>> fine = gpd.GeoDataFrame(geometry=[box(0, 0, 900, 900)], index=["a"], crs=2154)
    >>> coarse = gpd.GeoDataFrame(geometry=[box(1000, 0, 2000, 900)], index=["b"], crs=2154)
    >>> joined = stitch(fine, coarse, box(0, 0, 1000, 900))
    >>> joined.area.to_dict()
    {'a': 810000.0, 'b': 990000.0}
    """
    both = pd.concat([fine, coarse])
    lines = shapely.union_all(
        shapely.boundary([*both.geometry.to_numpy(), claimed]), grid_size=GRID_M
    )
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    points = shapely.point_on_surface(faces)
    owner = np.full(len(faces), NOBODY)
    for offset, part in ((len(fine), coarse), (0, fine)):
        face, outline = shapely.STRtree(part.geometry.to_numpy()).query(points, predicate="within")
        owner[face] = outline + offset
    shapely.prepare(claimed)
    gap = (owner == NOBODY) & shapely.contains_properly(claimed, points)
    sliver = _mean_width(faces) < NARROW_M
    main = pd.Series(shapely.area(faces)).groupby(owner).idxmax().drop(NOBODY, errors="ignore")
    sliver[main] = False
    orphans = np.flatnonzero(gap | (sliver & (owner != NOBODY)))
    owner[orphans] = NOBODY
    _adopt(faces, owner, orphans, lambda face, near: sliver[face] or near >= len(fine))
    owned = owner != NOBODY
    grouped = pd.Series(faces[owned]).groupby(owner[owned])
    outlines = {both.index[int(i)]: shapely.coverage_union_all(g.to_numpy()) for i, g in grouped}
    index = pd.Index(sorted(outlines), name=fine.index.name, dtype="str")
    return gpd.GeoDataFrame(geometry=[outlines[c] for c in index], index=index, crs=fine.crs)


def _mean_width(faces: np.ndarray) -> np.ndarray:
    """Twice the area over the perimeter: the width of a long thin face."""
    return 2 * shapely.area(faces) / shapely.length(faces)


def _adopt(
    faces: np.ndarray,
    owner: np.ndarray,
    orphans: np.ndarray,
    allowed: Callable[[int, int], bool],
) -> None:
    """Give each orphan face to the owner of the neighbour with the longest common border.

    Faces next to an owner come first, then those next to them; what touches nobody stays alone.
    """
    tree = shapely.STRtree(faces)
    while len(orphans):
        adopted = {}
        for face in orphans:
            near = tree.query(faces[face], predicate="touches")
            near = np.sort([n for n in near if owner[n] != NOBODY and allowed(face, owner[n])])
            if len(near):
                shared = shapely.length(shapely.intersection(faces[face], faces[near]))
                if shared.max() > 0:
                    adopted[face] = owner[near[int(shared.argmax())]]
        if not adopted:
            return
        owner[list(adopted)] = list(adopted.values())
        orphans = orphans[owner[orphans] == NOBODY]


def cut_out(
    fine: gpd.GeoDataFrame, parent: str, child: str, pattern: BaseGeometry
) -> gpd.GeoDataFrame:
    """Cut a re-created commune out of the fine outline of the commune it came from.

    Parameters
    ----------
    fine
        Outlines in metres, index = code, without the child.
    parent, child
        Codes.
    pattern
        Outline of the child in another, coarser file.

    Returns
    -------
    GeoDataFrame
        The child added; together the two cover exactly the former outline, and neighbours that
        meet the new border receive its end points, so that borders stay shared.
    """
    whole = fine.geometry[parent]
    pieces = shapely.get_parts(
        np.array([whole.intersection(pattern), whole.difference(pattern)], dtype=object)
    )
    pieces = pieces[shapely.get_dimensions(pieces) == 2]
    inside = shapely.contains_properly(pattern, shapely.point_on_surface(pieces))
    owner = np.full(len(pieces), NOBODY)
    for number, side in enumerate((inside, ~inside)):
        if side.any():
            owner[np.flatnonzero(side)[shapely.area(pieces[side]).argmax()]] = number
    _adopt(pieces, owner, np.flatnonzero(owner == NOBODY), lambda face, near: True)
    outlines = fine.geometry.to_dict()
    for number, code in enumerate((child, parent)):
        outlines[code] = shapely.union_all(pieces[owner == number])
    ends = shapely.MultiPoint(shapely.get_coordinates([outlines[parent], outlines[child]]))
    for code in fine.index[fine.geometry.touches(whole)]:
        outlines[code] = shapely.snap(outlines[code], ends, 1e-6)
    index = pd.Index(sorted(outlines), name=fine.index.name, dtype="str")
    return gpd.GeoDataFrame(geometry=[outlines[c] for c in index], index=index, crs=fine.crs)
