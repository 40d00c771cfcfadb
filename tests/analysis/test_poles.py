"""« Pôle de santé de proximité »: three kinds of care in one commune, ten kilometres around."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from demomed.analysis import compute
from demomed.analysis.indicators.inputs import counts
from demomed.analysis.indicators.poles import TOGETHER, has_pole, pole_km
from demomed.analysis.travel import haversine_km


def test_one_of_each_is_needed_and_an_unknown_is_not_a_zero():
    table = pd.DataFrame(
        {"gp": [1, 5, 0, np.nan], "nurse": [1, 0, np.nan, 2], "pharmacy": [3, 4, 1, 1]}
    )
    found = has_pole(table)
    assert found.tolist()[:3] == [1.0, 0.0, 0.0]
    assert np.isnan(found[3])


def test_distance_against_a_naive_twin(toyland):
    km = pole_km(toyland)
    communes = toyland.communes
    poles = [c for c in communes.index if all(counts(toyland, s)[c] >= 1 for s in TOGETHER)]
    assert poles
    for code, row in communes.iterrows():
        nearest = min(
            haversine_km(row["lon"], row["lat"], communes.lon[p], communes.lat[p]) for p in poles
        )
        assert km[code] == pytest.approx(nearest, abs=1e-6)


def test_share_and_its_range(toyland):
    table = compute(toyland, "pole_within_10km", level="departement").table.iloc[0]
    km = pole_km(toyland)
    inside = toyland.communes["departement_code"] == toyland.department.code
    people = toyland.communes.loc[inside, "population"]
    shares = [people[km[inside] <= limit].sum() / people.sum() for limit in (8, 10, 12)]
    assert [table["low"], table["value"], table["high"]] == pytest.approx(shares)
    assert 0 < table["value"] < 1


def test_nowhere_is_unknown_not_far(toyland):
    none = toyland.supply.assign(count=0)
    assert pole_km(replace(toyland, supply=none)).isna().all()
