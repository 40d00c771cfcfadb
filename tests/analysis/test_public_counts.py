"""Public counts attacked by who reads everything that is left."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from demomed.analysis.public_counts import TOTAL, public_counts, told_counts

AGES = pd.DataFrame({"<55": [7, 12, 5], "55-64": [6, 9, 10], "65+": [2, 8, 6]}, index=list("ABC"))


def attacked(told: pd.DataFrame) -> np.ndarray:
    """Interval of each cell, by linear programming on the published table alone."""
    rows = len(told) - 1
    columns = told.shape[1] - (told.shape[1] > 1)
    size = rows * columns
    places = np.arange(size).reshape(rows, columns)
    groups = [([places[i, j]], told.iat[i, j]) for i in range(rows) for j in range(columns)]
    groups += [(list(places[:, j]), told.iat[rows, j]) for j in range(columns)]
    if columns > 1:
        groups += [(list(places[i]), told.iat[i, columns]) for i in range(rows)]
        groups += [(list(places.ravel()), told.iat[rows, columns])]
    known = [(cells, value) for cells, value in groups if not pd.isna(value)]
    equal = np.zeros((len(known), size))
    for line, (cells, _) in enumerate(known):
        equal[line, cells] = 1
    value = [float(v) for _, v in known]
    found = np.empty((size, 2))
    for cell in range(size):
        for side, sign in enumerate((1, -1)):
            aim = np.zeros(size)
            aim[cell] = sign
            options = {"A_eq": equal, "b_eq": value} if known else {}
            solved = linprog(aim, bounds=(0, 10_000), **options)
            assert solved.status == 0
            found[cell, side] = sign * solved.fun
    return found.reshape(rows, columns, 2)


def test_the_worked_example_hides_the_cheapest_square():
    told = public_counts(AGES)
    assert told.isna().sum().sum() == 4
    assert told.loc[["A", "C"], ["<55", "65+"]].isna().all(axis=None)
    assert attacked(told)[0, 2] == pytest.approx([0, 8])
    assert told[TOTAL].tolist() == [15, 29, 21, 65]
    assert told.loc[TOTAL].tolist() == [24, 25, 16, 65]


def test_nothing_small_nothing_hidden():
    told = public_counts(AGES.replace(2, 20))
    assert not told.isna().any(axis=None)
    assert told.loc["A", TOTAL] == 33


def test_a_plain_list_hides_a_second_count():
    told = public_counts(pd.DataFrame({"count": [2, 8, 30]}, index=list("abc")))
    assert told["count"].isna().to_dict() == {"a": True, "b": True, "c": False, TOTAL: False}
    alone = public_counts(pd.DataFrame({"count": [3]}, index=["a"]))
    assert alone["count"].isna().all()


def test_what_a_table_tells_is_found_plainly_or_by_its_totals():
    assert told_counts(public_counts(AGES).astype(float)) == []
    whole = public_counts(AGES, threshold=1).astype(float)
    assert told_counts(whole) == [("A", "65+", 2.0, 2.0)]
    alone = whole.copy()
    alone.loc["A", "65+"] = np.nan
    assert told_counts(alone) == [("A", "65+", 2.0, 2.0)]
    for total in (("A", TOTAL), (TOTAL, "65+")):
        alone.loc[total] = np.nan
    assert told_counts(alone) == [("A", "65+", 2.0, 2.0)]  # the total of the totals gives it back


def test_zeros_are_shown_and_an_empty_table_stays_empty():
    told = public_counts(pd.DataFrame({"x": [0, 9], "y": [0, 7]}))
    assert told.loc[0].tolist() == [0, 0, 0]
    assert public_counts(pd.DataFrame({"x": [], "y": []})).loc[TOTAL].tolist() == [0, 0, 0]


@settings(max_examples=15)
@given(
    st.integers(1, 4).flatmap(
        lambda n: st.lists(
            st.lists(st.integers(0, 12), min_size=n, max_size=n), min_size=1, max_size=4
        )
    )
)
def test_no_hidden_count_can_be_placed(rows):
    table = pd.DataFrame(rows)
    told = public_counts(table)
    counts = table.to_numpy()
    small = (counts >= 1) & (counts < 5)
    inside = told.to_numpy(dtype=object)[: counts.shape[0], : counts.shape[1]]
    assert pd.isna(inside[small]).all()
    shown = ~pd.isna(inside)
    assert (inside[shown] == counts[shown]).all()
    reach = attacked(told)
    assert (reach[..., 1] - reach[..., 0])[small].min(initial=np.inf) >= 5 - 1e-6
