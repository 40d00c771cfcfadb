"""Points near other points, in metres."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray


def within_m(points: NDArray[Any], centres: NDArray[Any], metres: float) -> NDArray[np.bool_]:
    """Whether each point is within a distance of one of the centres, bound included.

    Parameters
    ----------
    points, centres
        Points in a projection in metres; a missing one is near nothing.
    metres
        Distance.

    Examples
    --------
    >>> within_m(shapely.points([[0, 0], [9, 0], [30, 0]]), shapely.points([[0, 4]]), 10).tolist()
    [True, True, False]
    >>> within_m(shapely.points([[0, 0]]), shapely.points(np.empty((0, 2))), 10).tolist()
    [False]
    """
    every = shapely.multipoints(np.asarray([p for p in centres if p is not None], dtype=object))
    shapely.prepare(every)
    near: NDArray[np.bool_] = shapely.dwithin(points, every, metres)
    return near
