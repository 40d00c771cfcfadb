"""Series: index, breaks of definition, series of the shipped data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from demomed.analysis.trend import series_apl, series_published, series_supply, trend
from demomed.core.faults import InputError
from demomed.pipeline import load_territory


def made(values, definition="accueils", years=(2008, 2015, 2023)):
    return pd.DataFrame({"year": years, "value": values, "definition": definition})


@pytest.fixture(scope="module")
def mayenne():
    return load_territory("53")


def test_tripled_since_2008():
    told = trend(made([40, 70, 120]), 2008)
    assert told.factor == 3.0
    assert told.table["index_100"].tolist() == [100.0, 175.0, 300.0]
    assert told.notices == ()


@pytest.mark.parametrize(
    ("values", "base", "word"),
    [([0, 1, 2], 2008, "nulle"), ([np.nan, 1, 2], 2008, "inconnue"), ([1, 1, 2], 2010, "absente")],
)
def test_a_base_that_cannot_be_one_is_refused(values, base, word):
    with pytest.raises(InputError, match=f"valeur {word} en {base}"):
        trend(made(values), base)


def test_two_definitions_are_refused_or_said():
    mixed = made([161, 170, 343], ["presse", "presse", "DREES"])
    with pytest.raises(InputError, match=r"« presse » ; « DREES »"):
        trend(mixed, 2008)
    forced = trend(mixed, 2008, force=True)
    assert forced.notices == ("Rupture de série en 2023\u202f: « presse » puis « DREES ».",)
    assert forced.table["is_break"].tolist() == [False, False, True]
    assert "Rupture" in forced._repr_html_()


def test_order_of_rows_never_matters_and_a_gap_stays_a_gap():
    told = trend(made([40, np.nan, 20])[::-1], 2008)
    assert told.table.index.tolist() == [2008, 2015, 2023]
    assert np.isnan(told.table.loc[2015, "index_100"])
    assert told.factor == 0.5


def test_a_year_twice_is_refused():
    with pytest.raises(InputError, match="2008 en double"):
        trend(made([1, 2, 3], years=(2008, 2008, 2023)), 2008)


def test_general_practitioners_2012_to_2025(mayenne):
    series = series_published(mayenne, "drees_doctors", "Médecine Générale")
    told = trend(series, 2012)
    assert (told.table.index.min(), told.table.index.max()) == (2012, 2025)
    assert told.table.loc[[2019, 2025], "value"].tolist() == [344.0, 333.0]
    assert told.table.loc[2025, "index_100"] == pytest.approx(333 / 354 * 100)


def test_department_53_is_not_region_53(mayenne):
    region = series_published(
        mayenne, "drees_doctors", "Médecine Générale", area_level="region", area_code="52"
    )
    assert region["value"].min() > 1000
    assert series_published(mayenne, "drees_doctors", "Médecine Générale")["year"].is_unique


def test_an_unpublished_label_names_the_closest(mayenne):
    with pytest.raises(InputError, match="Médecine Générale"):
        series_published(mayenne, "drees_doctors", "Médecine Generale")


def test_bpe_2017_to_2021_are_two_definitions(mayenne):
    series = series_supply(mayenne, mayenne.members("departement"), "gp")
    assert series[["year", "value"]].to_numpy().tolist() == [[2017, 221.0], [2021, 194.0]]
    with pytest.raises(InputError, match="définitions différentes"):
        trend(series, 2017)
    assert len(trend(series, 2017, force=True).notices) == 1
    centres = series_supply(mayenne, mayenne.members("departement"), "msp")
    assert centres["definition"].str.startswith("maisons de santé").all()
    shops = series_supply(mayenne, mayenne.members("departement"), "pharmacy")
    with pytest.raises(InputError, match=r"code D301.*code D307"):
        trend(shops, 2017)
    assert trend(centres, 2020).table.loc[[2020, 2021], "value"].tolist() == [14.0, 15.0]


def test_apl_2022_2023_by_zone(mayenne):
    series = series_apl(mayenne, mayenne.members("departement"))
    assert series["year"].tolist() == [2022, 2023]
    assert series.loc[1, "value"] == pytest.approx(2.90, abs=0.005)
    by_epci = series_apl(mayenne, mayenne.members("epci"))
    assert len(by_epci) == 2 * len(mayenne.epci)
    one = by_epci.loc[by_epci["zone_code"] == by_epci["zone_code"].iloc[0]]
    assert trend(one, 2022).table["index_100"].iloc[0] == 100


def test_a_zone_with_a_silent_commune_has_no_total(toyland):
    supply = toyland.supply.loc[
        ~((toyland.supply["commune_code"] == "99003") & (toyland.supply["service"] == "gp"))
    ]
    partial = replace(toyland, supply=supply)
    series = series_supply(partial, partial.members("epci"), "gp")
    latest = series.loc[series["year"] == series["year"].max()].set_index("zone_code")["value"]
    assert latest.isna().to_dict() == {"200000001": True, "200000002": False}
