"""Arrivals and departures as the public may read them: small flows hidden, totals only when safe."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linprog

from demomed.analysis.change import FLOWS, RegisterChange
from demomed.analysis.flows_and_ages import AgeChanges, ages_betrayed

BETWEEN = ("arrivals", "departures", "moves_in", "moves_out")
_SIGNS = np.array([1.0, -1.0, 1.0, -1.0])


def public_flows(
    change: RegisterChange, *, threshold: int = 5, ages: AgeChanges | None = None
) -> pd.DataFrame:
    """Flows of each zone and of all zones, without those of fewer persons than a threshold.

    Head counts are public at both dates; who came and went is not, when few did. If one flow of a
    zone counts 1 to ``threshold − 1`` persons, all flows of that zone are hidden. The total is
    given only if it lets nobody narrow a hidden flow, which linear programmes verify: from the
    head counts and the totals, each hidden flow must keep an interval as wide as the threshold,
    or as wide as the head counts alone leave it. Flows that would tell, with the ages published at
    both dates, those of the persons who came or left are hidden too. To publish at one level only.

    Parameters
    ----------
    change
        From :func:`demomed.analysis.change.diff_registers`.
    threshold
        Persons.
    ages
        From :func:`demomed.analysis.flows_and_ages.age_changes`, if ages are published.

    Returns
    -------
    DataFrame
        Index ``service, zone_code``, the total under ``""``; ``stock_before, stock_after, net``,
        the flows (missing when hidden) and ``status`` (``"value"`` or ``"masked"``).
    """
    blocks = []
    for _, rows in change.flows.groupby(level="service", sort=True):
        few = rows[list(FLOWS)].ge(1) & rows[list(FLOWS)].lt(threshold)
        hidden = few.any(axis=1).to_numpy() | _betrayed(rows, "epci", ages or {}, threshold)
        blocks.append(_masked(rows, hidden))
        service = rows.index[0][0]
        total = change.total().loc[[service]]
        total.index = pd.MultiIndex.from_tuples([(service, "")], names=rows.index.names)
        safe = _total_is_safe(rows.loc[hidden], threshold)
        own = total[list(FLOWS)].ge(1) & total[list(FLOWS)].lt(threshold)
        every = [
            bounds
            for (profession, level, _), told in (ages or {}).items()
            if (profession, level) == (service, "departement")
            for bounds in told
        ]
        whole = {(service, "departement", ""): every}
        unsafe = not safe or bool(own.any(axis=None))
        blocks.append(_masked(total, _betrayed(total, "departement", whole, threshold) | unsafe))
    return pd.concat(blocks)


def _betrayed(
    rows: pd.DataFrame, level: str, ages: AgeChanges, threshold: int
) -> NDArray[np.bool_]:
    came, left = rows["arrivals"] + rows["moves_in"], rows["departures"] + rows["moves_out"]
    return np.array(
        [
            ages_betrayed(
                float(came.iloc[i]),
                float(left.iloc[i]),
                ages.get((service, level, zone), ()),
                threshold=threshold,
            )
            for i, (service, zone) in enumerate(rows.index)
        ],
        dtype=bool,
    )


def _masked(rows: pd.DataFrame, hidden: NDArray[np.bool_]) -> pd.DataFrame:
    told = pd.DataFrame(
        {
            "stock_before": rows["stock_before"],
            "stock_after": rows["stock_after"],
            "net": rows["stock_after"] - rows["stock_before"],
        }
    )
    for name in FLOWS:
        told[name] = rows[name].astype("Int64").mask(hidden)
    told["status"] = np.where(hidden, "masked", "value")
    return told


def _total_is_safe(hidden: pd.DataFrame, threshold: int) -> bool:
    """Whether publishing the totals narrows no hidden flow below the threshold."""
    if hidden.empty:
        return True
    alone, narrowed = intervals(hidden, totals=False), intervals(hidden, totals=True)
    width, left = (found[..., 1] - found[..., 0] for found in (alone, narrowed))
    return bool((left >= np.minimum(width, threshold) - 1e-6).all())


def intervals(hidden: pd.DataFrame, *, totals: bool) -> NDArray[np.float64]:
    """What a reader can compute of the hidden flows of some zones.

    The reader knows both head counts of each zone, that nobody leaves who was not there and, with
    ``totals``, the arrivals and departures of these zones together, as well as the moves.

    Parameters
    ----------
    hidden
        Rows of ``RegisterChange.flows`` of one profession.
    totals
        Whether the total is published.

    Returns
    -------
    array
        Zone × flow of :data:`BETWEEN` × (least, most).
    """
    size = len(hidden)
    before = hidden["stock_before"].to_numpy(dtype=float)
    after = hidden["stock_after"].to_numpy(dtype=float)
    equal, value = [np.kron(np.eye(size), _SIGNS)], [after - before]
    if totals:
        known = hidden[list(BETWEEN)].to_numpy(dtype=float).sum(axis=0)
        equal.append(np.kron(np.ones((1, size)), np.eye(len(BETWEEN))))
        value.append(known)
    left = np.kron(np.eye(size), np.array([0.0, 1.0, 0.0, 1.0]))
    found = np.empty((size, len(BETWEEN), 2))
    for position in range(size * len(BETWEEN)):
        aim = np.zeros(size * len(BETWEEN))
        for side, sign in enumerate((1.0, -1.0)):
            aim[position] = sign
            solved = linprog(
                aim, A_ub=left, b_ub=before, A_eq=np.vstack(equal), b_eq=np.concatenate(value)
            )
            found[position // len(BETWEEN), position % len(BETWEEN), side] = sign * solved.fun
    return found
