"""A department worked out alone, from the bundle that ships, gives the figures of the country."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from demomed.analysis.apl_like import apl_like
from demomed.analysis.apl_versions import apl_version, default_version
from demomed.analysis.travel import TravelModel
from demomed.core import catalogue
from demomed.core.territory import Territory
from demomed.ingestion.around import Country
from demomed.ingestion.bundle import default_bundle_path, read_bundle
from demomed.ingestion.lots import RADIUS_KM
from demomed.ingestion.select import select_territory
from demomed.pipeline import load_territory

COUNTRY = Path(__file__).resolve().parents[1] / "golden" / "apl_like_country.csv"
"""Values of a run over the 96 departments, official files of 2021 to 2023 (catalogue/sources)."""
CORE = ("41", "53", "61")


@pytest.fixture(scope="module")
def country() -> Country:
    return Country(read_bundle(default_bundle_path()))


def values(territory: Territory) -> pd.Series:
    """Access of the communes of the department's intercommunalities, within its borders or not."""
    public = replace(territory, practitioners=territory.practitioners.iloc[:0])
    made = apl_like(public, edges=False)["apl_like"]
    made.index = made.index.astype(object)
    return made.loc[territory.communes["epci_siren"].isin(territory.epci.index).to_numpy()]


@pytest.mark.parametrize("code", CORE)
def test_a_department_cut_out_alone_has_the_same_access(code, country):
    whole = values(load_territory(code))
    bundle = country.around(code, radius_km=RADIUS_KM)
    assert len(bundle.communes) < len(country.bundle.communes)
    alone = values(select_territory(bundle, catalogue.department(code)))
    pd.testing.assert_series_equal(alone, whole, rtol=1e-12)


def test_the_shipped_departments_have_the_access_of_the_country():
    pinned = pd.read_csv(COUNTRY, sep=";", dtype={"commune_code": str, "departement_code": str})
    assert set(pinned["departement_code"]) == set(CORE)
    for code, rows in pinned.groupby("departement_code"):
        ours = values(load_territory(str(code))).reindex(rows["commune_code"])
        assert ours.to_numpy() == pytest.approx(rows["apl_like"].to_numpy(), abs=1e-5)


def test_the_ring_holds_twice_the_reach_of_the_catchment():
    limit = apl_version(default_version("gp")).decay.limit
    km = np.linspace(1, 60, 600)
    model = TravelModel()
    reach = max(
        km[model.minutes(km, pd.Series(float(kind), index=range(len(km)))) <= limit].max()
        for kind in model.speed_kmh
    )
    assert 2 * reach < RADIUS_KM
