"""Times behind one interface: a table replaces estimates, and where it is silent is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import demomed
from demomed.analysis.demand import demand_of, demand_points
from demomed.analysis.indicators.inputs import place_times, times
from demomed.analysis.travel import TravelModel, nearest_minutes
from demomed.analysis.travel_sources import Estimated, Tabled, times_of
from demomed.core.faults import InputError
from demomed.core.source import Source
from demomed.core.travel import TravelTable

SOURCE = Source("travel_times", "Table", "Mission", "libre", "", "2024", "2024-01-01")
PLACES = pd.DataFrame(
    {"lon": [0.0, 0.1, 0.2, 0.3], "lat": 48.0, "area_km2": 20.0, "density_class": 6.0},
    index=["a", "b", "c", "d"],
)


def table(rows, limit=60.0, nature="provided"):
    pairs = pd.DataFrame(rows, columns=["origin", "destination", "minutes"])
    return TravelTable(pairs, nature, limit, SOURCE)


def told(found):
    return {(o, d): round(m, 6) for o, d, m in found.itertuples(index=False)}


FULL = [
    ("a", "a", 0),
    ("a", "b", 21),
    ("b", "a", 23),
    ("b", "b", 0),
    ("c", "a", 44),
    ("c", "b", 0.0),
]


def test_a_table_is_believed_and_absent_pairs_are_beyond_reach():
    own = TravelModel().own_minutes([20.0], [6])[0]
    found = told(Tabled(table(FULL))(PLACES.loc[["a", "b", "c"]], PLACES.loc[["a", "b"]], 60.0))
    assert found == pytest.approx(
        {
            ("a", "a"): own,
            ("a", "b"): 21,
            ("b", "a"): 23,
            ("b", "b"): own,
            ("c", "a"): 44,
            ("c", "b"): 0,
        }
    )
    assert told(Tabled(table(FULL[1:3]))(PLACES.loc[["a", "b"]], PLACES.loc[["a"]], 60.0)) == {
        ("a", "a"): pytest.approx(own), ("b", "a"): 23,
    }  # fmt: skip


def test_the_limit_is_inclusive_and_must_be_positive():
    source = Tabled(table(FULL))
    assert ("b", "a") in told(source(PLACES.loc[["b"]], PLACES.loc[["a"]], 23.0))
    assert ("b", "a") not in told(source(PLACES.loc[["b"]], PLACES.loc[["a"]], 22.9))
    for one in (source, Estimated()):
        with pytest.raises(InputError, match="limite"):
            one(PLACES, PLACES, 0.0)


def test_a_place_unknown_to_the_table_is_estimated_on_either_side():
    found = told(Tabled(table(FULL))(PLACES.loc[["a", "d"]], PLACES.loc[["b", "d"]], 60.0))
    guess = told(Estimated()(PLACES.loc[["a", "d"]], PLACES.loc[["b", "d"]], 60.0))
    assert found.pop(("a", "b")) == 21
    assert guess.pop(("a", "b")) < 21
    assert found == pytest.approx(guess)


def test_beyond_the_end_of_the_table_a_time_is_never_shorter_than_its_end():
    source = Tabled(table([("a", "b", 20), ("b", "a", 20)], limit=30.0))
    places = PLACES.loc[["a", "b"]]
    assert ("a", "a") in told(source(places, places, 30.0))
    silent = Tabled(table([("a", "a", 0), ("b", "b", 0), ("b", "a", 9)], limit=30.0))
    found = told(silent(places, places, 60.0))
    assert found[("a", "b")] == 30.0  # estimated at 12 minutes, but the table says « over 30 »
    assert found[("b", "a")] == 9


def test_a_former_commune_takes_the_row_of_its_commune_when_it_has_none():
    points = pd.concat([PLACES.loc[["a"]], PLACES.loc[["d"]]]).assign(home="a")
    found = told(Tabled(table(FULL))(points, PLACES.loc[["b"]], 60.0))
    assert found == {("a", "b"): 21, ("d", "b"): 21}
    rows = [*FULL, ("d", "b", 5), ("d", "a", 31)]
    found = told(Tabled(table(rows))(points, PLACES.loc[["a", "b"]], 60.0))
    assert found[("d", "b")] == 5
    assert found[("d", "a")] == 31


def test_nearest_site_of_a_table():
    sites = PLACES.loc[["a", "b"], ["lon", "lat"]].rename_axis("commune_code").reset_index()
    nearest = Tabled(table(FULL)).nearest(PLACES, sites)
    own = TravelModel().own_minutes([20.0], [6])[0]
    far = nearest_minutes(PLACES, sites)
    assert nearest.to_dict() == pytest.approx({"a": own, "b": own, "c": 0.0, "d": far["d"]})
    only = [(code, code, 1.0) for code in "abc"]
    assert Tabled(table(only, limit=45.0)).nearest(PLACES.loc[["c"]], sites)["c"] == 45.0


def test_the_table_of_a_dense_estimate_gives_the_same_as_the_estimate(toyland):
    communes = pd.DataFrame(toyland.communes)
    dense = Estimated()(communes, communes, 240.0)
    pairs = dense.astype({"origin": object, "destination": object})
    again = Tabled(TravelTable(pairs, "estimated", 240.0, SOURCE))(communes, communes, 60.0)
    wanted = dense[dense["minutes"] <= 60.0].reset_index(drop=True)
    pd.testing.assert_frame_equal(again, wanted, check_categorical=False, check_dtype=False)


@pytest.fixture(scope="module")
def doubled():
    """Mayenne with a table in which every estimated time is doubled."""
    mayenne = demomed.load_territory("53")
    communes = pd.DataFrame(mayenne.communes)
    near = communes.loc[communes["departement_code"].isin(["53", "72", "35", "61", "49", "50"])]
    pairs = Estimated()(near, near, 60.0).astype({"origin": object, "destination": object})
    pairs["minutes"] *= 2
    given = TravelTable(pairs, "provided", 120.0, SOURCE)
    sources = {**mayenne.sources, "travel_times": SOURCE}
    return mayenne, replace(mayenne, travel=given, sources=sources)


def test_every_access_indicator_follows_the_table_and_says_so(doubled):
    before, after = (demomed.compute(t, level=("commune", "epci", "departement")) for t in doubled)
    moved = []
    for id_ in before.table["indicator"].unique():
        a, b = before.select(id_).table, after.select(id_).table
        if b["nature"].iloc[0] == "provided":
            moved.append(id_)
            assert b["sources"].str.endswith("travel_times").all()
            assert b["low"].isna().all()
            told_a, told_b = a["value"].astype(float), b["value"].astype(float)
            assert not np.allclose(told_a.fillna(0), told_b.fillna(0))
            if id_ != "apl_like":  # longer trips: fewer sites for each, fewer inhabitants for each
                assert (told_b >= told_a - 1e-9).all()
        else:
            pd.testing.assert_frame_equal(a, b)
    estimated = before.table.loc[before.table["nature"] == "estimated", "indicator"].unique()
    kilometres = {"pole_within_10km"}  # straight lines, whatever the times
    assert moved == [id_ for id_ in estimated if id_ not in kilometres]
    assert {"minutes_nearest", "beyond_15", "inhabitants_beyond_15", "cumulated_remoteness"} <= set(
        moved
    )
    assert times_of(doubled[1]).nature == "provided"
    assert times_of(doubled[1], TravelModel()).nature == "estimated"


def test_pages_name_the_source_of_the_times(doubled):
    _, given = doubled
    values = demomed.compute(given, level=("commune", "epci", "departement"))
    public = demomed.protect(
        values,
        hierarchy={level: given.members(level) for level in ("commune", "epci", "departement")},
    )
    page = demomed.compose(given, public, "acces", version="1")
    layer = next(one for one in page.layers if one.id == "minutes_nearest_gp")
    assert layer.nature == "provided"
    assert "fournis par la mission" in layer.nature_label
    assert "estimé" not in layer.label
    assert "table fournie par la mission" in layer.caveat
    assert any("table fournie par la mission" in line for line in page.method)
    assert not any("{travel}" in line for line in page.method)
    assert any(source.title == "Table" for source in page.sources)


def test_former_communes_are_the_places_of_demand():
    mayenne = demomed.load_territory("53")
    points = demand_of(mayenne)
    assert points.index.is_unique
    people = points.groupby("home")["population"].sum().reindex(mayenne.communes.index)
    assert (people == mayenne.communes["population"].astype(float)).all()
    np.testing.assert_allclose(points.groupby("home")["share"].sum(), 1.0)
    assert (points["home"] != points.index).sum() > 10
    found, by_place = times(mayenne, "gp"), place_times(mayenne, "gp")
    chef_lieu = place_times(replace(mayenne, places=mayenne.places.iloc[:0]), "gp")
    split = points.index[points["share"] < 1]
    home = points.loc[split, "home"].unique()
    assert (by_place.loc[points.index[points["share"] == 1], "minutes"]
            == chef_lieu["minutes"].reindex(points.index[points["share"] == 1])).all()  # fmt: skip
    assert (found.loc[home, "minutes"] != chef_lieu.loc[home, "minutes"]).any()


def test_a_commune_with_one_known_part_stays_whole():
    communes = PLACES.loc[["a"]].assign(population=300)
    places = pd.DataFrame(
        {"place_code": ["a", "x"], "commune_code": "a", "lon": [0.0, 0.5], "lat": 48.0,
         "population": pd.array([None, 100], dtype="Int64")}
    )  # fmt: skip
    assert demand_points(communes, places)[["population", "share"]].loc["a"].tolist() == [300, 1]
    zero = places.assign(population=0)
    assert demand_points(communes, zero).index.tolist() == ["a"]


def test_cells_of_a_grid_are_places_of_demand_too(toyland):
    """Inhabitants away from the town hall are no longer at its door."""
    home = toyland.communes.loc["99001"]
    cells = pd.DataFrame(
        {
            "place_code": [f"CRS3035RES200mN{n}" for n in range(4)],
            "commune_code": "99001",
            "lon": home["lon"] + np.array([0.0, 0.0, 0.2, 0.3]),
            "lat": home["lat"],
            "population": [100, 100, 50, 10],
        }
    )
    finer = replace(toyland, places=cells)
    points = demand_of(finer)
    assert (points["home"] == "99001").sum() == 4
    assert points.loc[points["home"] == "99001", "population"].sum() == 5200
    whole, split = (place_times(t, "gp")["minutes"] for t in (toyland, finer))
    assert split.loc[cells["place_code"]].max() > whole.loc["99001"]
    assert times(finer, "gp").index.equals(toyland.communes.index)
    shares = demomed.compute(finer, "beyond_10", level="epci", professions="gp").table["value"]
    assert (
        shares.iloc[0]
        > demomed.compute(toyland, "beyond_10", level="epci", professions="gp")
        .table["value"]
        .iloc[0]
    )
