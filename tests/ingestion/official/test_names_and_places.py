"""Short names of EPCI, populations of former communes, approximate names of departments."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demomed.core.faults import Report
from demomed.ingestion.communes import to_today
from demomed.ingestion.demography import age_band, departement_codes
from demomed.ingestion.epci import short_names, shortenings
from demomed.ingestion.places import seats
from demomed.ingestion.population import last_known_population


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("CC de l'Ernée", "L'Ernée"),
        ("CC du Pays de Craon", "Craon"),
        ("CC des Pays de L'Aigle", "L'Aigle"),
        ("CC du Pays Sabolien", "Pays Sabolien"),
        ("CC du Bocage Mayennais", "Bocage Mayennais"),
        ("CU d'Alençon", "Alençon"),
        ("CC Andaine - Passais", "Andaine – Passais"),
        ("CC Terres d'Argentan Interco", "Terres d'Argentan"),
        ("CA de Blois « Agglopolys »", "Blois Agglopolys"),
        ("CC du Pays Fertois et du Bocage Carrougien", "Pays Fertois et Bocage Carrougien"),
        ("CC du Val d'Essonne (CCVE)", "Val d'Essonne"),
    ],
)
def test_short_names(name, short):
    assert shortenings(name)[-1] == short


def epci(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["epci_name", "departement_codes"])


def test_clashing_names_in_a_department_take_their_longer_form():
    table = epci(("CC du Pays de Vitré", "35"), ("CA de Vitré", "35"), ("CC de Vitré", "53"))
    assert short_names(table).tolist() == ["Pays de Vitré", "CA de Vitré", "Vitré"]


def test_same_short_name_in_two_departments_is_allowed():
    table = epci(("CC des Collines", "41"), ("CC des Collines", "61"))
    assert short_names(table).tolist() == ["Les Collines", "Les Collines"]


@given(st.lists(st.sampled_from(["CC", "CA"]), min_size=1, max_size=6))
def test_short_names_stop_even_when_nothing_can_tell_them_apart(kinds):
    table = epci(*((f"{kind} du Pays de Foix", "09") for kind in kinds))
    names = short_names(table)
    assert len(names) == len(kinds)
    if sorted(kinds) == ["CA", "CC"]:
        assert names.is_unique


def history(**figures: dict[int, int]) -> pd.DataFrame:
    rows = [
        {"year": year, "code": code[1:], "population": population}
        for code, years in figures.items()
        for year, population in years.items()
    ]
    return pd.DataFrame(rows)


def places(**communes: str) -> pd.DataFrame:
    return pd.DataFrame(
        {"place_code": [c[1:] for c in communes], "commune_code": list(communes.values())}
    )


def test_places_take_the_last_year_in_which_all_were_apart():
    known = history(c1={2018: 10, 2019: 11, 2020: 40}, c2={2018: 20, 2019: 21})
    assert last_known_population(places(c1="1", c2="1"), known).tolist() == [11, 21]


def test_a_place_absorbed_before_the_series_is_missing_and_the_seat_counts_it():
    known = history(c1={2018: 10, 2024: 12})
    result = last_known_population(places(c1="1", c9="1"), known)
    assert result[0] == 12
    assert pd.isna(result[1])


def test_a_commune_restored_later_counts_apart():
    known = history(c1={2018: 30, 2020: 20}, c5={2020: 9})
    assert last_known_population(places(c1="1"), known).tolist() == [20]
    assert last_known_population(places(c5="5"), known).tolist() == [9]


def test_seat_prefers_the_code_then_the_official_point():
    table = pd.DataFrame(
        {
            "place_code": ["10", "11", "20"],
            "current_code": ["11", "11", "30"],
            "place_name": ["a", "b", "c"],
            "commune_code": ["11", "11", "30"],
            "lon": [1.0, 2.0, 3.0],
            "lat": [48.0, 48.0, 48.0],
            "is_official": [True, False, True],
        }
    )
    chosen = seats(table)
    assert chosen["place_code"].to_dict() == {"11": "11", "30": "20"}


OFFICIAL = pd.DataFrame(
    {
        "departement_name": ["Nord", "Pas-de-Calais", "Côte-d'Or", "Val-d'Oise"],
        "region_code": ["32", "32", "27", "11"],
    },
    index=["59", "62", "21", "95"],
)


def codes_of(*pairs: tuple[str, str]) -> tuple[list, Report]:
    report = Report("essai")
    names = pd.DataFrame(pairs, columns=["region_code", "name"])
    return departement_codes(names, OFFICIAL, report).tolist(), report


def test_odd_spellings_and_the_only_one_left():
    found, report = codes_of(
        ("32", "Nord"), ("32", "Nord-Pas-De-Calais"), ("27", "Côte-D Or"), ("11", "Val-D Oise")
    )
    assert found == ["59", "62", "21", "95"]
    assert len(report.notices) == 1
    assert "Pas-de-Calais" in report.notices[0]


def test_two_unknown_names_are_never_guessed():
    found, report = codes_of(("32", "Nor"), ("32", "Pas de Kalais"))
    assert pd.isna(found).all()
    assert len(report.faults) == 2


@pytest.mark.parametrize(
    ("label", "band"),
    [
        ("00-Ensemble", "all"),
        ("02 - Entre 25 et 29 ans", "25-29"),
        ("10 - 65 ans et plus", "65+"),
        ("01-Moins de 25 ans", "<25"),
        ("divers", None),
    ],
)
def test_age_bands(label, band):
    assert age_band(label) == band


SUCCESSOR = pd.Series({"01001": "01001", "01002": "01001", "2A004": "2A004"})


def test_to_today_maps_keeps_and_tells():
    report = Report("essai")
    table = pd.DataFrame({"code": ["01002", "01001", "97801"]}, index=[2, 3, 4])
    mapped = to_today(table, "code", SUCCESSOR, report, ignore=r"97[78]\d\d")
    assert mapped["commune_code"].tolist() == ["01001", "01001"]
    assert report.faults == []
    assert len(report.notices) == 2


def test_to_today_advises_the_lost_zero():
    report = Report("essai")
    to_today(pd.DataFrame({"code": ["1002"]}, index=[7]), "code", SUCCESSOR, report)
    assert report.faults[0].row == 7
    assert "« 01002 »" in report.faults[0].remedy
