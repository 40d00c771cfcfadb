"""The 96 departments from the national files: nothing lost, nothing counted twice."""

from __future__ import annotations

import gzip
import io

import pandas as pd
import pytest

from demomed.analysis import compute
from demomed.analysis.apl_versions import apl_version, default_version
from demomed.analysis.indicators.inputs import apl, population
from demomed.analysis.need import fitted_need, need_ratio
from demomed.core import catalogue
from demomed.national.campaign import Nation, department_territory, read_nation
from demomed.national.page import national_values
from demomed.pipeline import load_territory

FRANCE_WITH_OVERSEAS = 60_112
"""General practitioners of the equipment base of 2021, the three great cities counted once."""
GREAT_CITIES = ("75056", "69123", "13055")


@pytest.fixture(scope="module")
def nation(real_official, tmp_path_factory) -> Nation:
    return read_nation(real_official, cache=tmp_path_factory.mktemp("lots"))


def _read(path, **options) -> pd.DataFrame:
    return pd.read_csv(
        io.BytesIO(gzip.decompress(path.read_bytes())), sep=";", dtype=str, **options
    )


@pytest.mark.real
def test_population_and_practitioners_are_the_national_ones_to_the_unit(real_official, nation):
    people = _read(next(real_official.glob("population/insee_populations_legales_2023*.gz")))
    metropolitan = ~people["DEP"].str.startswith("97")
    population = int(people.loc[metropolitan, "PMUN"].astype(int).sum())
    counts = _read(next(real_official.glob("offre/bpe2021_equip-serv-medical*.gz")))
    counts = counts.loc[~counts["CODGEO"].isin(GREAT_CITIES)]
    doctors = counts.set_index("CODGEO")["NB_D201"].astype(int)
    assert int(doctors.sum()) == FRANCE_WITH_OVERSEAS
    inland = int(doctors[~doctors.index.str.startswith("97")].sum())
    table = national_values(nation).table
    density = table.loc[(table["indicator"] == "density") & (table["profession"] == "gp")]
    totals = density.groupby("level")[["numerator", "denominator"]].sum()
    for level in ("departement", "pays", "commune"):
        assert totals.loc[level].astype(int).tolist() == [inland, population]
    islands = nation.territory.communes.loc[nation.territory.communes["epci_siren"].isna()]
    missing = int(islands["population"].sum())
    assert int(totals.loc["epci", "denominator"]) == population - missing


@pytest.mark.real
def test_every_commune_is_in_exactly_one_portal(nation):
    assert set(nation.departments) == set(catalogue.departments())
    held: list[str] = []
    epci: set[str] = set()
    for code in nation.departments:
        territory = department_territory(nation, code)
        held += list(territory.members("commune").index)
        epci |= set(territory.epci.index)
    communes = nation.territory.communes
    assert len(held) == len(set(held))
    assert set(held) == set(communes.index)
    assert epci == set(communes["epci_siren"].dropna())


@pytest.mark.real
def test_the_declared_need_line_is_the_one_fitted_on_the_country(nation):
    line = apl_version(default_version("gp")).need
    people = population(nation.territory)
    gp, other = (
        need_ratio(apl(nation.territory, service)["standardised_population"], people)
        for service in ("gp", line.profession)
    )
    fitted = fitted_need(gp, other, people, line.profession)
    assert (fitted.level, fitted.slope) == pytest.approx((line.level, line.slope), abs=5e-7)


@pytest.mark.real
@pytest.mark.parametrize("code", ["53", "61"])
def test_a_department_alone_gives_the_figures_of_the_country(code, real_official, nation, tmp_path):
    alone = load_territory(code, data=real_official, cache=tmp_path)
    levels = ("commune", "epci", "departement")
    ours, theirs = (
        compute(territory, level=levels).table
        for territory in (department_territory(nation, code), alone)
    )
    keys = ["level", "zone_code", "indicator", "profession"]
    both = ours.merge(theirs, on=keys, suffixes=("", "_alone"), validate="one_to_one")
    assert len(both) == len(ours) == len(theirs)
    both = both.loc[~both["nature"].isin(["fictional", "register"])]
    assert (both["status"] == both["status_alone"]).all()
    # Areas of communes on the edge of the finer outlines differ a little, and times with them.
    pd.testing.assert_series_equal(
        both["value"], both["value_alone"], check_names=False, rtol=2e-3, atol=1e-6
    )
