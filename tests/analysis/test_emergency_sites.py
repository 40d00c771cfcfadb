"""Emergency services: the published distances decide where they speak."""

from dataclasses import replace

import pytest

from demomed.analysis import compute
from demomed.analysis.indicators.emergency import with_agreed_emergencies
from demomed.pipeline import load_territory

DOMFRONT, FERTE = "61145", "61168"


@pytest.fixture(scope="module")
def orne():
    return load_territory("61")


def emergencies(territory):
    rows = territory.structures.loc[territory.structures["kind"] == "emergency"]
    return set(rows["commune_code"])


def test_a_service_that_the_distances_do_not_know_is_set_aside_and_told(orne):
    assert DOMFRONT not in emergencies(orne) and FERTE in emergencies(orne)
    assert sum("Domfront" in notice for notice in orne.notices) == 1
    values = compute(orne, ["minutes_nearest"], "commune", professions=["emergency"]).table
    row = values.set_index("zone_code").loc[DOMFRONT]
    assert row["value"] > 15
    assert "cartosante_emergency" in row["sources"] and "insee_bpe" in row["sources"]


def test_the_equipment_base_is_kept_where_nothing_is_published(orne):
    unknown = orne.communes.index[orne.communes["emergency_km"].isna()]
    assert emergencies(orne) & set(unknown)


def test_a_service_that_only_the_distances_know_is_added_at_the_chef_lieu(orne):
    rows = orne.structures
    is_there = (rows["kind"] == "emergency") & (rows["commune_code"] == FERTE)
    again = with_agreed_emergencies(replace(orne, structures=rows.loc[~is_there]))
    added = again.structures.loc[
        (again.structures["kind"] == "emergency") & (again.structures["commune_code"] == FERTE)
    ]
    assert added[["lon", "lat"]].iloc[0].tolist() == (
        orne.communes.loc[FERTE, ["lon", "lat"]].tolist()
    )
    assert added["source_id"].tolist() == ["cartosante_emergency"]
    assert (again.structures.dtypes == rows.dtypes).all()


def test_a_list_of_the_mission_is_left_as_it_is(orne):
    own = replace(orne, structures_kind="user", structures=orne.structures.iloc[:3])
    assert with_agreed_emergencies(own) is own


def test_times_move_by_a_fifth_both_ways(toyland):
    values = compute(toyland, ["minutes_nearest"], "commune", professions=["gp"]).table
    assert (values["low"] / values["value"]).to_numpy() == pytest.approx(0.8)
    assert (values["high"] / values["value"]).to_numpy() == pytest.approx(1.2)


def test_what_is_set_aside_far_away_is_not_told(orne):
    assert not [text for text in load_territory("41").notices if "Domfront" in text]
    assert [text for text in load_territory("53").notices if "Domfront" in text]
