"""Inventory: what is known where, and of what date."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

import demomed
from demomed.analysis.inventory import inventory, inventory_matrix


@pytest.fixture(scope="module")
def mayenne():
    return demomed.load_territory("53")


def states(table, theme):
    return table.loc[table["theme"] == theme].set_index("zone_code")["state"]


def test_every_theme_and_every_zone_once(mayenne):
    table = inventory(mayenne)
    assert not table.duplicated(["theme", "zone_code"]).any()
    assert set(table["zone_code"]) == set(mayenne.epci.index)
    assert len(table) == table["theme"].nunique() * len(mayenne.epci)
    assert (table["known_count"] <= table["commune_count"]).all()


def test_present_partial_absent(mayenne):
    """One commune without value makes a zone partial, all of them absent; zero is a value."""
    siren = mayenne.epci.index[0]
    members = mayenne.members("epci")
    inside = members.index[members == siren]
    communes = mayenne.communes.copy()
    communes.loc[inside, "emergency_km"] = 0.0
    assert states(inventory(replace(mayenne, communes=communes)), "emergency")[siren] == "present"
    communes.loc[inside[0], "emergency_km"] = None
    assert states(inventory(replace(mayenne, communes=communes)), "emergency")[siren] == "partial"
    communes.loc[inside, "emergency_km"] = None
    table = inventory(replace(mayenne, communes=communes))
    assert states(table, "emergency")[siren] == "absent"
    row = table.loc[(table["theme"] == "emergency") & (table["zone_code"] == siren)].iloc[0]
    assert (row["known_count"], row["commune_count"]) == (0, len(inside))


def test_a_list_needs_one_row_and_a_source_not_held_is_absent(mayenne):
    table = inventory(mayenne)
    assert set(states(table, "structures")) == {"absent"}
    assert table.loc[table["theme"] == "structures", "as_of"].isna().all()
    assert set(states(table, "register")) == {"absent"}, "fictional persons are no data"
    members = mayenne.members("epci")
    persons = mayenne.practitioners
    one = persons.loc[persons["commune_code"].isin(members.index)].iloc[:1]
    siren = members[one["commune_code"].iloc[0]]
    own = replace(mayenne, practitioners=one, register_kind="user")
    found = states(inventory(own), "register")
    assert found[siren] == "present" and (found.drop(siren) == "absent").all()


def test_latest_year_only(mayenne):
    old = mayenne.apl.assign(apl=mayenne.apl["apl"].where(mayenne.apl["year"] == 2022))
    found = states(inventory(replace(mayenne, apl=old)), "apl_gp")
    assert set(found) == {"absent"}


def test_matrix_has_one_line_a_theme_and_one_column_a_zone(mayenne):
    table = inventory(mayenne)
    matrix = inventory_matrix(table)
    assert list(matrix.columns[:3]) == ["Thème", "Source", "État au"]
    assert list(matrix.columns[3:]) == table["zone_name"].drop_duplicates().tolist()
    assert len(matrix) == table["theme"].nunique()
    assert set(pd.unique(matrix.iloc[:, 3:].to_numpy().ravel())) <= {"présent", "partiel", "absent"}
    line = matrix.set_index("Thème").loc["Population municipale"]
    assert line["État au"] == mayenne.sources["insee_populations"].as_of
