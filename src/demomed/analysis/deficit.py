"""How many practitioners a target would take."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from demomed.core.faults import Fault, InputError

ROUNDING = 1e-9
LARGEST_SUPPLY = 1e6
"""Added supply beyond which a target counts as out of reach."""


def deficit(
    count: pd.Series, population: pd.Series, target: float, *, per: float = 100_000
) -> pd.DataFrame:
    """Practitioners missing to reach a target density.

    Δ = max(0, target · population / ``per`` − count); posts are whole persons, rounded up.

    Parameters
    ----------
    count
        Practitioners, index = zone.
    population
        Inhabitants, same index.
    target
        Target density, practitioners per ``per`` inhabitants.
    per
        Inhabitants the density refers to.

    Returns
    -------
    DataFrame
        Index of ``count``: ``missing_count`` (not rounded) and ``posts_count``. Missing where count
        or population is.

    Examples
    --------
    >>> deficit(pd.Series([13.0]), pd.Series([17_600.0]), 80).round(2).values.tolist()
    [[1.08, 2.0]]
    """
    if not target >= 0:
        raise InputError(
            Fault("déficit", f"densité cible {target}", "un nombre positif", "corriger la cible")
        )
    missing = (target * population.reindex(count.index) / per - count).clip(lower=0).astype(float)
    return pd.DataFrame({"missing_count": missing, "posts_count": np.ceil(missing - ROUNDING)})


def added_supply(
    access: Callable[[float], pd.Series], target: float, *, tolerance: float = 1e-6
) -> float:
    """Least supply to add at one site so that every zone concerned reaches an access target.

    Access rises with supply, so bisection finds it whatever the method behind ``access``.

    Parameters
    ----------
    access
        From the supply added at the site to the access of the zones concerned.
    target
        Access to reach, in the unit of ``access``.
    tolerance
        Absolute precision, in units of supply.

    Returns
    -------
    float
        Added supply; 0 if the target is reached already.

    Raises
    ------
    InputError
        If no supply at this site brings every zone to the target (some are beyond its reach).

    Examples
    --------
    >>> round(added_supply(lambda s: pd.Series([1 + s / 2, 2 + s]), 3), 4)
    4.0
    """

    def reached(supply: float) -> bool:
        return bool((access(supply) >= target).all())

    if reached(0.0):
        return 0.0
    high = 1.0
    while not reached(high):
        high *= 2
        if high > LARGEST_SUPPLY:
            lost = access(high)
            codes = ", ".join(map(str, lost.index[lost < target][:10]))
            raise InputError(
                Fault(
                    "accès cible",
                    f"hors d'atteinte depuis ce site pour : {codes}",
                    "des zones que le site dessert",
                    "changer de site, en ajouter un, ou abaisser la cible",
                )
            )
    low = high / 2 if high > 1 else 0.0
    while high - low > tolerance:
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high
