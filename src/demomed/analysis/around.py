"""Communes of a department and of the ring around it: what can change its figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from demomed.analysis.travel import chord_km, is_located, unit_vectors
from demomed.core.territory import Territory

SURROUNDINGS_KM = 40.0
"""Width of the ring of communes whose supply is taken to reach the department, in kilometres."""


def communes_around(territory: Territory, within_km: float = SURROUNDINGS_KM) -> pd.Index:
    """Communes of the department, and those at some distance of one of them at most.

    Parameters
    ----------
    territory
        The department with its surroundings.
    within_km
        Width of the ring, in kilometres as the crow flies, between the points of the communes.

    Returns
    -------
    Index
        Codes, in the order of ``territory.communes``; a commune of unknown position is left out.
    """
    communes = pd.DataFrame(territory.communes.drop(columns="geometry"))
    communes = communes.loc[is_located(communes)]
    points = unit_vectors(communes["lon"], communes["lat"])
    inside = (communes["departement_code"] == territory.department.code).to_numpy()
    if not inside.any():
        return communes.index[:0]
    away, _ = cKDTree(points[inside]).query(points)
    return communes.index[chord_km(np.minimum(away, 2.0)) <= within_km]
