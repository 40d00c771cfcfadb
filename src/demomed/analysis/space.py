"""Do neighbours resemble each other? Global and local Moran statistics, with esda and libpysal.

Both libraries belong to the optional extra ``space``; they are imported when a function is called.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demomed.core.faults import Fault, InputError

EXTRA = "space"
LIBRARIES = ("esda", "libpysal")
SEED = 20_260_101
PERMUTATIONS = 9_999
LEVEL = 0.05
"""Rate of false discoveries accepted."""
QUADRANTS = ("HH", "LH", "LL", "HL")
"""High among high, low among high, low among low, high among low, as esda numbers them from 1."""
LEAST = 10
"""Zones under which neither statistic has any power."""


def is_available() -> bool:
    """Whether the libraries of the extra ``space`` are installed."""
    return all(find_spec(name) is not None for name in LIBRARIES)


def _libraries() -> tuple[Any, Any]:
    if not is_available():
        raise InputError(
            Fault(
                "statistiques spatiales",
                f"bibliothèques absentes ({', '.join(LIBRARIES)})",
                f"l'extra « {EXTRA} »",
                f"pip install 'demomed[{EXTRA}]'",
            )
        )
    from esda import moran
    from libpysal import graph

    return moran, graph


def neighbour_graph(shapes: gpd.GeoSeries, *, nearest: int = 0) -> Any:
    """Which zones touch which, at a border or a corner (queen), each row summing to one.

    Parameters
    ----------
    shapes
        Polygons of the zones, unique index.
    nearest
        Number of nearest zones (by centre, in Lambert-93) that are neighbours instead of the
        touching ones: 4 to 6 where many zones touch none.

    Returns
    -------
    libpysal.graph.Graph
        ``isolates`` are the zones without neighbour.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> row = gpd.GeoSeries([box(k, 0, k + 1, 1) for k in (0, 1, 5)], index=["a", "b", "c"], crs=2154)
    >>> neighbour_graph(row).isolates.tolist()
    ['c']
    """
    _, graph = _libraries()
    if nearest:
        centres = shapes.to_crs(2154).centroid
        made = graph.Graph.build_knn(centres, nearest)
    else:
        made = graph.Graph.build_contiguity(shapes, rook=False)
    return made.transform("R")


@dataclass(frozen=True)
class GlobalMoran:
    """Global autocorrelation of a quantity.

    Parameters
    ----------
    value
        Moran's I: near ``expected`` when neighbours have nothing in common, near 1 when alike.
    expected
        −1/(n − 1).
    variance_normal, variance_random
        Variances under normality and under randomisation (Cliff and Ord).
    p
        Share of the permutations at least as high, (1 + #)/(1 + permutations); one-sided.
    count
        Zones compared.
    """

    value: float
    expected: float
    variance_normal: float
    variance_random: float
    p: float
    count: int


def global_moran(
    values: pd.Series,
    graph: Any,
    *,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> GlobalMoran:
    """Moran's I over zones that have a value and a neighbour (Moran 1950; Cliff and Ord).

    Parameters
    ----------
    values
        One per zone of the graph; zones without value are left out with their links.
    graph
        From :func:`neighbour_graph`, or binary weights.
    permutations, seed
        Number of random exchanges of values, and where they start.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> grid = gpd.GeoSeries([box(k % 4, k // 4, k % 4 + 1, k // 4 + 1) for k in range(16)], crs=2154)
    >>> found = global_moran(pd.Series(range(16), dtype=float), neighbour_graph(grid))
    >>> round(found.value, 2), found.p < 0.001
    (0.62, True)
    """
    moran, _ = _libraries()
    held, kind, kept = _held(values, graph)
    if held is None:
        return GlobalMoran(*(float("nan"),) * 5, len(kept))
    x = kept.to_numpy()
    told = moran.Moran(x, held, transformation=kind, permutations=0)
    sparse, z = held.sparse, x - x.mean()
    order = np.argsort(np.random.default_rng(seed).random((permutations, len(z))), axis=1)
    mixed = z[order]
    simulated = (mixed * (sparse @ mixed.T).T).sum(axis=1)
    reached = float(z @ (sparse @ z))
    p = (1 + int((simulated >= reached - 1e-12 * abs(reached)).sum())) / (1 + permutations)
    return GlobalMoran(
        float(told.I), float(told.EI), float(told.VI_norm), float(told.VI_rand), p, len(kept)
    )


def local_moran(
    values: pd.Series,
    graph: Any,
    *,
    level: float = LEVEL,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> pd.DataFrame:
    """Local Moran statistics (Anselin 1995), with conditional permutations and FDR.

    ``I_i = z_i Σ_j w_ij z_j / m₂`` with ``m₂ = Σz²/n``: over row-standardised weights, their mean
    is the global I. The pseudo-p is two-sided: the direction of a surprise is not known beforehand.

    Parameters
    ----------
    values
        One per zone of the graph; zones without value, or without neighbour, are left out.
    graph
        From :func:`neighbour_graph`.
    level
        False discovery rate of the zones told as significant.
    permutations, seed
        Number of conditional permutations of each zone, and where they start.

    Returns
    -------
    DataFrame
        Index of ``values``; ``local`` (I_i), ``quadrant`` (one of :data:`QUADRANTS`), ``p``,
        ``adjusted`` (Benjamini-Hochberg), ``is_significant``; missing for the zones left out.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> grid = gpd.GeoSeries([box(k % 4, k // 4, k % 4 + 1, k // 4 + 1) for k in range(16)], crs=2154)
    >>> local_moran(pd.Series(range(16), dtype=float), neighbour_graph(grid))["quadrant"].iloc[0]
    'LL'
    """
    moran, _ = _libraries()
    held, kind, kept = _held(values, graph)
    if held is None:
        return pd.DataFrame(
            {"local": np.nan, "quadrant": "", "p": np.nan, "adjusted": np.nan},
            index=values.index,
        ).assign(is_significant=False)
    x = kept.to_numpy()
    told = moran.Moran_Local(x, held, transformation=kind, permutations=0)
    n = len(kept)
    p = pd.Series(_conditional(x - x.mean(), held.sparse, permutations, seed), index=kept.index)
    table = pd.DataFrame(
        {
            "local": told.Is * n / (n - 1),
            "quadrant": np.asarray(QUADRANTS, dtype=object)[told.q - 1],
            "p": p,
            "adjusted": false_discovery(p),
        },
        index=kept.index,
    ).reindex(values.index)
    return table.assign(
        quadrant=table["quadrant"].fillna(""), is_significant=table["adjusted"] <= level
    )


def _conditional(
    z: NDArray[np.float64], weights: Any, permutations: int, seed: int
) -> NDArray[np.float64]:
    """Two-sided pseudo-p of each zone: its neighbours' values drawn among all the other zones."""
    rows, n = weights.tocsr(), len(z)
    sizes = np.diff(rows.indptr)
    draws = np.random.default_rng(seed).random((permutations, n - 1))
    order = np.argsort(draws, axis=1)[:, : int(sizes.max())]
    found = np.ones(n)
    for i in range(n):
        start, stop = rows.indptr[i], rows.indptr[i + 1]
        near, weight = rows.indices[start:stop], rows.data[start:stop]
        reached = float(weight @ z[near])
        simulated = np.delete(z, i)[order[:, : stop - start]] @ weight
        slack = 1e-12 * max(abs(reached), 1.0)
        above = (simulated >= reached - slack).sum()
        below = (simulated <= reached + slack).sum()
        found[i] = min(1.0, 2 * (1 + min(above, below)) / (1 + permutations))
    return found


def _held(values: pd.Series, graph: Any) -> tuple[Any, str, pd.Series]:
    """Weights between the zones that have a value and a neighbour with one, rows standardised."""
    known = values.dropna().astype(float)
    rows = graph.adjacency.reset_index()
    is_binary = bool((rows["weight"].isin([0.0, 1.0])).all())
    while True:
        inside = rows["focal"].isin(known.index) & rows["neighbor"].isin(known.index)
        linked = rows.loc[inside & (rows["weight"] > 0)]
        kept = known.loc[known.index.isin(linked["focal"])]
        if len(kept) == len(known):
            break
        known = kept
    if len(known) < LEAST - 1 or known.nunique() < 2:
        return None, "", known
    from libpysal import graph as graphs

    part = graphs.Graph.from_arrays(
        linked["focal"].to_numpy(), linked["neighbor"].to_numpy(), linked["weight"].to_numpy()
    )
    ids = list(part.unique_ids)
    return part.to_W(), "B" if is_binary else "R", known.loc[ids]


def false_discovery(p: pd.Series) -> pd.Series:
    """Adjusted p-values of Benjamini and Hochberg (1995): the rate at which each would be rejected.

    Parameters
    ----------
    p
        p-values; missing ones stay missing and are not counted among the tests.

    Returns
    -------
    Series
        Index of ``p``; a test is rejected at α where its value is at most α.

    Examples
    --------
    >>> false_discovery(pd.Series([0.01, 0.04, 0.03, 0.5])).round(3).tolist()
    [0.04, 0.053, 0.053, 0.5]
    """
    known = p.dropna().astype(float)
    order = np.argsort(known.to_numpy(), kind="stable")
    ranks: NDArray[np.float64] = np.arange(1, len(known) + 1, dtype=float)
    raised = known.to_numpy()[order] * len(known) / ranks
    adjusted = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    found = pd.Series(np.nan, index=known.index)
    found.iloc[order] = adjusted
    return found.reindex(p.index).rename("adjusted")
