"""How unequally access is shared out among inhabitants."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demomed.core.faults import Fault, InputError


def _sorted(
    values: pd.Series, people: pd.Series, by: pd.Series | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x = values.to_numpy(dtype=float, na_value=np.nan)
    w = people.reindex(values.index).to_numpy(dtype=float, na_value=np.nan)
    key = x if by is None else by.reindex(values.index).to_numpy(dtype=float, na_value=np.nan)
    kept = ~np.isnan(x) & ~np.isnan(key) & (w > 0)
    if (x[kept] < 0).any():
        raise InputError(Fault("inégalités", "accès négatif", "des valeurs positives", "corriger"))
    order = np.argsort(key[kept], kind="stable")
    return x[kept][order], w[kept][order]


def _concentration(x: NDArray[np.float64], w: NDArray[np.float64]) -> float:
    """One minus twice the area under the curve of cumulated access by cumulated people."""
    total = float(x @ w)
    if not total > 0:
        return float("nan")
    people = np.concatenate([[0.0], np.cumsum(w)]) / w.sum()
    share = np.concatenate([[0.0], np.cumsum(x * w)]) / total
    return float(1 - np.sum(np.diff(people) * (share[1:] + share[:-1])))


def gini(values: pd.Series, people: pd.Series) -> float:
    """Gini index of access among inhabitants: 0 when all have the same, 1 when one has all.

    Parameters
    ----------
    values
        Access by place, non-negative; missing is left out.
    people
        Inhabitants by place.

    Returns
    -------
    float
        Missing when nobody has any access.

    Examples
    --------
    >>> round(gini(pd.Series([1.73, 2.09, 0.625]), pd.Series([1200, 800, 2000])), 6)
    0.267187
    """
    return _concentration(*_sorted(values, people))


def lorenz(values: pd.Series, people: pd.Series, by: pd.Series | None = None) -> pd.DataFrame:
    """Cumulated access by cumulated inhabitants, the worst-served first (Lorenz curve).

    Parameters
    ----------
    values, people
        As in :func:`gini`.
    by
        Order of the places, for a concentration curve (by income, say); the access itself by
        default. Places without it are left out.

    Returns
    -------
    DataFrame
        ``people, access``, shares from 0 to 1, one row per place and one for the start; empty when
        nobody has any access.

    Examples
    --------
    >>> lorenz(pd.Series([3.0, 1.0]), pd.Series([1, 1])).to_numpy().tolist()
    [[0.0, 0.0], [0.5, 0.25], [1.0, 1.0]]
    """
    x, w = _sorted(values, people, by)
    if not float(x @ w) > 0:
        return pd.DataFrame({"people": [], "access": []}, dtype=float)
    steps = {"people": w, "access": x * w}
    return pd.DataFrame(
        {name: np.concatenate([[0.0], np.cumsum(s)]) / s.sum() for name, s in steps.items()}
    )


def concentration_index(values: pd.Series, people: pd.Series, income: pd.Series) -> float:
    """Concentration of access along income: negative when the poorer have more, positive when less.

    Places of the same income are taken in the order given; places without income are left out.

    Examples
    --------
    >>> concentration_index(pd.Series([1.0, 3.0]), pd.Series([1, 1]), pd.Series([10, 20]))
    0.25
    """
    return _concentration(*_sorted(values, people, income))


def palma(values: pd.Series, people: pd.Series) -> float:
    """Access of the best-served tenth of inhabitants over that of the worst-served 40 %.

    A place across a limit is shared between both sides. Missing if the worst-served have none.

    Examples
    --------
    >>> round(palma(pd.Series([1.0, 1.0, 1.0]), pd.Series([10, 10, 10])), 6)
    0.25
    """
    x, w = _sorted(values, people)
    if not len(x):
        return float("nan")
    position = np.concatenate([[0.0], np.cumsum(w) / w.sum()])
    had = np.concatenate([[0.0], np.cumsum(x * w)])
    low = float(np.interp(0.4, position, had))
    high = float(had[-1] - np.interp(0.9, position, had))
    return high / low if low > 0 else float("nan")


def shortfall(values: pd.Series, people: pd.Series, threshold: float, *, power: int = 0) -> float:
    """Foster-Greer-Thorbecke measure of access under a threshold.

    Mean over inhabitants of ``((threshold − access) / threshold) ** power`` for those under the
    threshold (strictly), 0 for the others: power 0 is the share of people, 1 the depth, 2 the
    severity.

    Examples
    --------
    >>> access, people = pd.Series([1.0, 2.0, 4.0]), pd.Series([100, 100, 200])
    >>> [shortfall(access, people, 2.5, power=p) for p in (0, 1)]
    [0.5, 0.2]
    """
    if not threshold > 0 or power < 0:
        raise InputError(Fault("inégalités", f"seuil {threshold}", "un seuil positif", "corriger"))
    x, w = _sorted(values, people)
    if not len(x):
        return float("nan")
    under = x < threshold
    depth = np.where(under, (1 - np.minimum(x, threshold) / threshold) ** power, 0.0)
    return float(depth @ w / w.sum())
