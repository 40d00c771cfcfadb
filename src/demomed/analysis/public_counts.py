"""Small tables of persons as the public may read them: few persons hidden, and what would give them back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from demomed.core.linear import Form, Statement, System
from demomed.core.suppression import Target, cheapest

TOTAL = "total"


def public_counts(table: pd.DataFrame, *, threshold: int = 5) -> pd.DataFrame:
    """Counts with their margins, without those of 1 to ``threshold − 1`` persons.

    Hiding small counts is not enough: totals would give them back. The cheapest set of further
    counts is hidden too, so that whoever reads the rest cannot place any hidden count within an
    interval narrower than the threshold (secondary suppression, proved by integer programming).
    Totals are the last to go. A zero is shown unless it must be hidden for another.

    Parameters
    ----------
    table
        Counts of distinct persons, rows × columns, without margins; one column is a plain list.
    threshold
        Persons.

    Returns
    -------
    DataFrame
        The table with a row and a column ``total`` (no such column for a plain list), ``Int64``,
        hidden counts missing.

    Examples
    --------
    >>> ages = pd.DataFrame({"<55": [7, 12, 5], "55-64": [6, 9, 10], "65+": [2, 8, 6]}, index=list("ABC"))
    >>> public_counts(ages).loc[["A", "C"]]
          <55  55-64   65+  total
    A    <NA>      6  <NA>     15
    C    <NA>     10  <NA>     21
    """
    counts = table.to_numpy(dtype=float)
    rows, columns = counts.shape
    if not counts.size:
        return _with_margins(table).astype("Int64")
    places = np.arange(counts.size).reshape(rows, columns)
    forms = [Form.sum([int(p)]) for p in places.ravel()]
    values = list(counts.ravel())
    sums = [places[:, j] for j in range(columns)]
    if columns > 1:
        sums = [*(places[i, :] for i in range(rows)), *sums, places.ravel()]
    forms += [Form.sum([int(p) for p in cells]) for cells in sums]
    values += [counts.ravel()[cells].sum() for cells in sums]
    most = counts.sum() + 2.0 * threshold
    last = 10.0 * (1.0 + counts.sum())
    small = [1 <= value < threshold for value in values]
    statements = [
        Statement(
            (form,),
            ((value,), (0.0,)),
            ((value,), (most * len(form.columns),)),
            (0.0, (last if rank >= counts.size else 0.5) + value),
            floor=int(few),
        )
        for rank, (form, value, few) in enumerate(zip(forms, values, small, strict=True))
    ]
    system = System(np.zeros(counts.size), np.full(counts.size, most))
    targets = [Target(form, threshold) for form, few in zip(forms, small, strict=True) if few]
    hidden = (
        cheapest(system, statements, targets).rungs > 0 if targets else np.zeros(len(forms), bool)
    )
    return _hide(_with_margins(table), hidden, rows, columns)


def told_counts(table: pd.DataFrame, *, threshold: int = 5) -> list[tuple[str, str, float, float]]:
    """Numbers of 1 to ``threshold − 1`` persons that a published table tells, plainly or by calculation.

    What a reader can do with the table alone, who does not know the persons: each hidden count is
    placed between its least and its greatest value that agree with all the counts shown (linear
    programming). It is independent of :func:`public_counts`, which also keeps wide the interval of
    each small count.

    Parameters
    ----------
    table
        Counts, missing where hidden; a row and a column ``total`` are sums, where there are any.
    threshold
        Persons.

    Returns
    -------
    list of tuple
        Row, column, least and greatest value of each number that is told.

    Examples
    --------
    >>> told_counts(pd.DataFrame({"left": [None, 8.0, 11.0]}, index=["a", "b", "total"]))
    [('a', 'left', 3.0, 3.0)]
    """
    inside = table.drop(index=TOTAL, columns=TOTAL, errors="ignore")
    rows, columns = inside.shape
    places = np.arange(rows * columns).reshape(rows, columns)
    forms = {
        (row, column): places[
            slice(None) if row == TOTAL else [inside.index.get_loc(row)],
            slice(None) if column == TOTAL else inside.columns.get_loc(column),
        ].ravel()
        for row in table.index
        for column in table.columns
    }
    shown = {
        key: float(table.at[key])
        for key in forms
        if pd.notna(table.at[key])  # type: ignore[index]
    }
    found = []
    for key, cells in forms.items():
        low, high = (shown[key],) * 2 if key in shown else _reach(cells, forms, shown, places.size)
        if 1 <= high < threshold:
            found.append((str(key[0]), str(key[1]), low, high))
    return found


def _reach(
    cells: np.ndarray,
    forms: Mapping[tuple[Any, Any], np.ndarray],
    shown: Mapping[tuple[Any, Any], float],
    count: int,
) -> tuple[float, float]:
    """Least and greatest sum of some cells that agree with what is shown."""
    if not shown:
        return 0.0, float("inf")
    left = np.zeros((len(shown), count))
    for line, key in enumerate(shown):
        left[line, forms[key]] = 1
    wanted = np.zeros(count)
    wanted[cells] = 1
    ends = []
    for sign in (1, -1):
        solved = linprog(sign * wanted, A_eq=left, b_eq=list(shown.values()), method="highs")
        ends.append(sign * round(float(solved.fun), 6) if solved.status == 0 else float("inf"))
    return ends[0], ends[1]


def _with_margins(table: pd.DataFrame) -> pd.DataFrame:
    told = table.astype("int64")
    if told.shape[1] > 1:
        told = told.assign(**{TOTAL: told.sum(axis=1)})
    bottom = told.sum().to_frame(TOTAL).T
    return pd.concat([told, bottom]).rename_axis(index=table.index.name, columns=table.columns.name)


def _hide(told: pd.DataFrame, hidden: np.ndarray, rows: int, columns: int) -> pd.DataFrame:
    mask = np.zeros(told.shape, dtype=bool)
    inside, margins = hidden[: rows * columns], hidden[rows * columns :]
    mask[:rows, :columns] = inside.reshape(rows, columns)
    if columns > 1:
        mask[:rows, columns] = margins[:rows]
        mask[rows, :] = margins[rows:]
    else:
        mask[rows, :] = margins
    return told.astype("Int64").mask(mask)
