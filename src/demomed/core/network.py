"""A road network as arrays: the ways of an extract, before any question is asked of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class RoadNetwork:
    """Ways between vertices, with the speed each way.

    Parameters
    ----------
    lon, lat
        Degrees of each vertex.
    wait_minutes
        What passing a vertex costs (traffic lights).
    node, start
        Vertices of all ways one after the other; way ``i`` is ``node[start[i]:start[i + 1]]``.
    forward_kmh, backward_kmh
        Speed along each way in both directions, zero where it is closed.
    fixed_minutes
        Minutes from end to end where they are known (ferries), missing elsewhere.
    extra_minutes
        Minutes added to a way however long it is (boarding).
    can_start
        Whether a trip may begin or end on the way.
    bans
        One row per forbidden turn: way, vertex, way; positions.
    access_kmh, access_km
        How a place joins the network, and how far from it a place may be.
    """

    lon: Floats
    lat: Floats
    wait_minutes: Floats
    node: Integers
    start: Integers
    forward_kmh: Floats
    backward_kmh: Floats
    fixed_minutes: Floats
    extra_minutes: Floats
    can_start: NDArray[np.bool_]
    bans: Integers
    access_kmh: float
    access_km: float

    @property
    def way(self) -> Integers:
        """Way of each position of :attr:`node`."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))
