"""Distances and estimated times: WE-12, nearest sites against a naive twin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demomed.analysis.travel import (
    TravelModel,
    chord_km,
    edge_minutes,
    haversine_km,
    nearest_minutes,
    travel_times,
    unit_vectors,
)
from demomed.core.faults import InputError

CROW = TravelModel(circuity=1.3, speed_kmh={}, default_kmh=60.0, local_km=1e9, least_minutes=0.0)

PAIRS = [  # lat, lon, lat, lon, kilometres
    (48.07, -0.77, 48.30, -0.62, 27.887975),
    (48.07, -0.77, 47.83, -0.70, 27.191266),
    (48.30, -0.62, 48.43, 0.09, 54.407245),
    (10.0, 5.0, 11.0, 5.0, 111.195080),
    (0.0, 0.0, 0.0, 180.0, 20_015.114442),
]


@pytest.mark.parametrize(("lat_a", "lon_a", "lat_b", "lon_b", "km"), PAIRS)
def test_worked_example_12(lat_a, lon_a, lat_b, lon_b, km):
    assert haversine_km(lon_a, lat_a, lon_b, lat_b) == pytest.approx(km, abs=5e-7)
    chord = np.linalg.norm(unit_vectors(lon_a, lat_a) - unit_vectors(lon_b, lat_b))
    assert chord_km(chord) == pytest.approx(km, abs=5e-6)


def test_worked_example_12_minutes():
    assert CROW.minutes([27.887975], [None])[0] == pytest.approx(36.254367, abs=2e-6)


def test_local_roads_then_main_roads():
    model = TravelModel(circuity=1.0, speed_kmh={6: 50.0}, main_road_kmh=100.0, local_km=10.0)
    assert model.minutes([10.0, 35.0], [6, 6]).tolist() == pytest.approx([12.0, 27.0])


def test_a_short_trip_takes_the_least_minutes_and_unknown_density_the_default_speed():
    model = TravelModel()
    assert model.minutes([0.01], [7])[0] == model.least_minutes
    assert model.local_kmh([1, None, 7]).tolist() == [
        model.speed_kmh[1],
        model.default_kmh,
        model.speed_kmh[7],
    ]


def test_own_commune_is_never_at_zero():
    model = TravelModel(circuity=1.3, speed_kmh={7: 50.0})
    wide = model.own_minutes([100 * np.pi], [7])[0]
    assert wide == pytest.approx(1.3 * (2 / 3) * 10 / 50 * 60)
    assert model.own_minutes([np.nan], [7])[0] == model.least_minutes


@pytest.mark.parametrize("bad", [{"circuity": 0.0}, {"default_kmh": -1.0}, {"speed_kmh": {1: 0.0}}])
def test_impossible_parameters_are_refused(bad):
    with pytest.raises(InputError, match="vitesses positives"):
        TravelModel(**bad)


def communes(rows):
    return pd.DataFrame(rows, columns=["lon", "lat", "area_km2", "density_class"]).rename(index=str)


points = st.tuples(
    st.floats(-1, 1), st.floats(47, 49), st.floats(1, 80), st.sampled_from([1, 3, 5, 6, 7])
)


@given(st.lists(points, min_size=1, max_size=12), st.lists(st.integers(0, 11), max_size=8))
def test_nearest_agrees_with_every_pair(rows, chosen):
    origins = communes(rows)
    held = [str(i) for i in chosen if i < len(rows)]  # several sites of one commune allowed
    sites = origins.loc[held, ["lon", "lat"]].rename_axis("commune_code").reset_index()
    model = TravelModel()
    made = nearest_minutes(origins, sites, model)
    for code, row in origins.iterrows():
        best = np.inf
        for _, site in sites.iterrows():
            if site["commune_code"] == code:
                best = min(best, model.own_minutes([row["area_km2"]], [row["density_class"]])[0])
            else:
                km = haversine_km(row["lon"], row["lat"], site["lon"], site["lat"])
                best = min(best, model.minutes([km], [row["density_class"]])[0])
        assert made[code] == pytest.approx(best, rel=1e-6)


@given(st.lists(points, min_size=3, max_size=12))
def test_one_more_site_never_lengthens_a_trip(rows):
    origins = communes(rows)
    sites = origins[["lon", "lat"]].rename_axis("commune_code").reset_index()
    few, more = nearest_minutes(origins, sites.iloc[:1]), nearest_minutes(origins, sites.iloc[:2])
    assert (more <= few + 1e-9).all()


def test_no_site_is_out_of_reach():
    origins = communes([(0.0, 48.0, 10.0, 6)])
    nothing = pd.DataFrame({"commune_code": [], "lon": [], "lat": []})
    assert np.isinf(nearest_minutes(origins, nothing)).all()


def test_pairs_within_a_limit_agree_with_every_pair():
    rng = np.random.default_rng(7)
    places = pd.DataFrame(
        {
            "lon": rng.uniform(-1, 0, 60),
            "lat": rng.uniform(47.5, 48.2, 60),
            "area_km2": 15.0,
            "density_class": rng.choice([2, 6], 60),
        },
        index=[f"p{i:02d}" for i in range(60)],
    )
    sites = places.iloc[::4]
    model = TravelModel()
    made = travel_times(places, sites, 25.0, model)
    assert (made["minutes"] <= 25).all()
    found = {(o, d): m for o, d, m in made.itertuples(index=False)}
    for o, origin in places.iterrows():
        for d, site in sites.iterrows():
            km = haversine_km(origin["lon"], origin["lat"], site["lon"], site["lat"])
            minutes = model.minutes([km], [origin["density_class"]])[0]
            if o == d:
                minutes = model.own_minutes([origin["area_km2"]], [origin["density_class"]])[0]
            if minutes <= 25 - 1e-6:
                assert found.pop((o, d)) == pytest.approx(minutes, rel=1e-6)
    assert not found
    order = (
        made["origin"].cat.codes.to_numpy() * len(sites) + made["destination"].cat.codes.to_numpy()
    )
    assert (np.diff(order) > 0).all()


def test_a_former_commune_away_from_the_seat_travels_to_it():
    places = pd.DataFrame(
        {
            "lon": [0.0, 0.06],
            "lat": [48.0, 48.0],
            "area_km2": 12.0,
            "density_class": 6,
            "home": ["a", "a"],
        },
        index=["a", "former"],
    )
    sites = pd.DataFrame({"lon": [0.0], "lat": [48.0]}, index=["a"])
    made = travel_times(places, sites, 30).set_index("origin")["minutes"]
    model = TravelModel()
    assert made["a"] == model.own_minutes([12.0], [6])[0]
    assert made["former"] == pytest.approx(
        model.minutes([haversine_km(0.06, 48.0, 0.0, 48.0)], [6])[0]
    )


def test_a_limit_must_be_positive():
    empty = pd.DataFrame({"lon": [], "lat": [], "area_km2": [], "density_class": []})
    with pytest.raises(InputError, match="limite"):
        travel_times(empty, empty, 0)


def test_the_edge_is_that_of_the_communes_held(toyland):
    made = edge_minutes(toyland.communes)
    assert made.index.equals(toyland.communes.index)
    # Bourg-Toy is 0.06 degrees of longitude (about 4.5 km) from the western edge
    model = TravelModel()
    expected = model.minutes([haversine_km(0.0, 48.0, -0.06, 48.0)], [3])[0]
    assert made["99001"] == pytest.approx(expected, rel=0.01)


def test_a_commune_without_a_known_place_is_near_no_other():
    places = pd.DataFrame(
        {"lon": [0.0, 0.1, np.nan], "lat": [48.0, 48.0, np.nan], "area_km2": 20.0, "density_class": 6},
        index=["a", "b", "unknown"],
    )  # fmt: skip
    found = travel_times(places, places, 30)
    assert set(found["origin"]) == {"a", "b"} == set(found["destination"])
    sites = pd.DataFrame({"commune_code": ["a"], "lon": [0.0], "lat": [48.0]})
    minutes = nearest_minutes(places, sites)
    assert minutes.notna().tolist() == [True, True, False]
