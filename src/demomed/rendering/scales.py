"""One scale for several portals: bounds of classes drawn from all of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from demomed.core.indicator import PublicIndicators, get_indicator
from demomed.rendering.classes import CLASSES_BY_LEVEL, make_classes

Breaks = Mapping[tuple[str, str], tuple[float, ...]]
"""Inner bounds of the classes by layer and level, in shown units."""


def shared_breaks(
    publications: Sequence[PublicIndicators],
) -> dict[tuple[str, str], tuple[float, ...]]:
    """Inner bounds that make the maps of several departments, or dates, comparable.

    Parameters
    ----------
    publications
        Public indicators of each; their order does not matter.

    Returns
    -------
    dict
        By layer (« density_gp ») and level (« epci », « commune »): natural classes of all the
        values above zero together. Counts are drawn as circles and have none; indicators whose
        declaration fixes the bounds keep theirs; a layer of a single value has none.

    Examples
    --------
    >>> shared_breaks([])
    {}
    """
    tables = [public.table for public in publications]
    if not tables:
        return {}
    rows = pd.concat(tables, ignore_index=True)
    rows = rows.loc[rows["level"].isin(list(CLASSES_BY_LEVEL)) & (rows["value"] > 0)]
    rows = rows.drop_duplicates(["level", "zone_code", "indicator", "profession", "date", "value"])
    found: dict[tuple[str, str], tuple[float, ...]] = {}
    keys = [rows["indicator"], rows["profession"].fillna(""), rows["level"]]
    for (id_, profession, level), held in rows.groupby(keys, sort=True):
        declared = get_indicator(str(id_))
        if declared.kind == "count" or declared.breaks:
            continue
        shown = (held["value"].astype(float) * declared.scale).round(declared.decimals)
        classing = make_classes(
            sorted(shown.tolist()), CLASSES_BY_LEVEL[str(level)], decimals=declared.decimals
        )
        if len(classing.bounds) > 2:
            layer = "_".join(filter(None, (str(id_), str(profession))))
            found[layer, str(level)] = classing.bounds[1:-1]
    return found
