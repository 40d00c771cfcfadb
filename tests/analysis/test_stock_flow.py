"""Stock and flow: the generations add up to the change, and the trap of the share is seen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demomed.analysis.stock_flow import (
    bands_of,
    first_age,
    flow_summary,
    generation_flow,
    stock_by_year,
)
from demomed.core.faults import InputError

AGES = [0, *range(25, 70, 5)]
COUNTS = st.lists(st.integers(0, 500), min_size=len(AGES), max_size=len(AGES))


@given(COUNTS, COUNTS)
def test_generations_add_up_to_the_change_of_the_stock(before, after):
    bands = pd.DataFrame([before, after], index=[2018, 2023], columns=AGES, dtype=float)
    flow = generation_flow(bands, 2018)
    assert flow["net"].sum() == pytest.approx(sum(after) - sum(before))
    told = flow_summary(flow)
    assert told["gained"] - told["lost"] == pytest.approx(told["net"])
    assert 0 <= told["lost_old"] <= told["lost"]


def test_the_trap_of_the_worked_example_4a():
    """The share of 55+ falls from 0.543 to 0.483 while the stock falls from 162 to 144.24."""
    then = [14, 16, 12, 14, 18, 25, 33, 21, 9]
    now = [9, 19.58, 18.52, 12.76, 14.72, 17.46, 23.25, 19.80, 9.15]
    bands = pd.DataFrame([then, now], index=[2020, 2025], columns=range(30, 75, 5), dtype=float)
    stock = stock_by_year(bands)
    assert stock["stock"].tolist() == pytest.approx([162, 144.24])
    assert stock["share"].tolist() == pytest.approx([0.543210, 0.482945], abs=5e-7)
    flow = generation_flow(bands, 2020)
    # entrants 20 and exits 37.76: what balances inside a generation is in neither
    assert flow["net"].sum() == pytest.approx(20 - 37.76)
    assert flow.loc[35, "net"] == pytest.approx(6 - 14 * 0.03)
    assert flow.loc[70, "before"] == 30


def test_bands_are_read_without_totals_and_incomplete_years_left_out():
    rows = pd.DataFrame(
        {
            "year": [2020, 2020, 2020, 2020, 2021],
            "age_band": ["all", "<25", "25-29", "25-29", "<25"],
            "sex": ["all", "all", "all", "female", "all"],
            "count": [30, 10, 20, 15, 12],
        }
    )
    bands = bands_of(rows)
    assert bands.index.tolist() == [2020]
    assert bands.loc[2020].tolist() == [10.0, 20.0]
    assert bands_of(rows.iloc[:1]).empty


def test_nobody_has_no_share():
    bands = pd.DataFrame({25: [0.0], 55: [0.0]}, index=[2023])
    assert np.isnan(stock_by_year(bands).loc[2023, "share"])


def test_what_cannot_be_compared_is_refused():
    bands = pd.DataFrame([[1.0, 2.0, 3.0]], index=[2023], columns=[0, 25, 30])
    with pytest.raises(InputError, match="2018"):
        generation_flow(bands, 2018)
    uneven = pd.DataFrame([[1.0] * 4] * 2, index=[2018, 2023], columns=[0, 25, 30, 45])
    with pytest.raises(InputError, match="irrégulières"):
        generation_flow(uneven, 2018)
    with pytest.raises(InputError, match="vieux"):
        first_age("vieux")
