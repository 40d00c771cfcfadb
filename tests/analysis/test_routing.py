"""Times by road on a small extract written here: directions, limits, turns, lights, ferries."""

from __future__ import annotations

import builtins

import numpy as np
import pandas as pd
import pytest

import demomed
from demomed import travelling
from demomed.analysis.routing import road_times
from demomed.analysis.travel import haversine_km
from demomed.cli import main
from demomed.core.catalogue import entry
from demomed.core.faults import InputError
from demomed.ingestion import osm
from demomed.ingestion.osm import read_network

KMH = entry("layouts", "roads")["kmh"]
LAT = 48.0
NODES = {  # a main road A–B–C, a road B–D–E, an island F–G behind a ferry from C, a lost road X–Y
    1: (0.00, LAT), 2: (0.10, LAT), 3: (0.20, LAT), 4: (0.10, LAT + 0.05), 5: (0.10, LAT + 0.10),
    6: (0.30, LAT), 7: (0.40, LAT), 8: (0.50, LAT + 0.3), 9: (0.60, LAT + 0.3),
    10: (0.00, LAT + 0.10),
}  # fmt: skip
ROAD = {"highway": "primary"}
WAYS = {
    1: ([1, 2], ROAD),
    2: ([2, 3], ROAD),
    3: ([2, 4, 5], ROAD),
    4: ([3, 6], {"route": "ferry", "motor_vehicle": "yes", "duration": "00:20"}),
    5: ([6, 7], ROAD),
    6: ([8, 9], ROAD),
    7: ([5, 10], ROAD),
    8: ([10, 1], ROAD),
}
PLACES = {"A": 1, "B": 2, "C": 3, "D": 4, "E": 5, "F": 6, "G": 7, "X": 8}


def write(path, ways=WAYS, signals=(), bans=()):
    lines = ["<?xml version='1.0' encoding='UTF-8'?>", '<osm version="0.6">']
    for id_, (lon, lat) in NODES.items():
        light = '<tag k="highway" v="traffic_signals"/>' if id_ in signals else ""
        lines.append(f'<node id="{id_}" version="1" lon="{lon}" lat="{lat}">{light}</node>')
    for id_, (nodes, tags) in ways.items():
        inside = "".join(f'<nd ref="{n}"/>' for n in nodes)
        inside += "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
        lines.append(f'<way id="{id_}" version="1">{inside}</way>')
    for number, (source, via, target, kind) in enumerate(bans, start=1):
        lines.append(
            f'<relation id="{number}" version="1"><member type="way" ref="{source}" role="from"/>'
            f'<member type="node" ref="{via}" role="via"/><member type="way" ref="{target}" role="to"/>'
            f'<tag k="type" v="restriction"/><tag k="restriction" v="{kind}"/></relation>'
        )
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return path


def places(*names):
    at = [NODES[PLACES[name]] for name in names]
    return pd.DataFrame(at, columns=["lon", "lat"], index=list(names))


def minutes(path, origin, destination, limit=600.0):
    found, _ = road_times(read_network(path), places(origin), places(destination), limit)
    return found["minutes"].iloc[0] if len(found) else np.inf


def leg(a, b, kmh=KMH["primary"]):
    (x1, y1), (x2, y2) = NODES[PLACES[a]], NODES[PLACES[b]]
    return float(haversine_km(x1, y1, x2, y2)) / kmh * 60


def changed(way, **tags):
    nodes, known = WAYS[way]
    return {**WAYS, way: (nodes, {**known, **tags})}


def test_the_quickest_way_and_the_speed_of_the_road(tmp_path):
    path = write(tmp_path / "t.osm")
    assert minutes(path, "A", "C") == pytest.approx(leg("A", "B") + leg("B", "C"))
    assert minutes(path, "A", "D") == pytest.approx(leg("A", "B") + leg("B", "D"))
    assert minutes(path, "A", "A") == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("tags", "forward", "backward"),
    [
        ({"oneway": "yes"}, True, False),
        ({"oneway": "-1"}, False, True),
        ({"oneway": "no"}, True, True),
        ({"junction": "roundabout"}, True, False),
        ({"junction": "roundabout", "oneway": "no"}, True, True),
        ({"highway": "motorway"}, True, False),
    ],
)
def test_directions(tmp_path, tags, forward, backward):
    # B–C alone is what is tested; around it the roads close a ring so that all reaches all.
    ring = {**changed(2, **tags), 9: ([3, 5], {"highway": "residential"})}
    path = write(tmp_path / "t.osm", ring)
    speed = KMH[tags.get("highway", "primary")]
    direct = leg("B", "C", speed)
    assert (minutes(path, "B", "C") == pytest.approx(direct)) == forward
    assert (minutes(path, "C", "B") == pytest.approx(direct)) == backward
    assert np.isfinite(minutes(path, "C", "B"))


@pytest.mark.parametrize(
    ("tags", "kmh"),
    [
        ({"maxspeed": "50"}, 45.0),
        ({"maxspeed": "30 mph"}, 30 * 1.609344 * 0.9),
        ({"maxspeed": "FR:urban"}, 45.0),
        ({"maxspeed": "110"}, KMH["primary"]),
        ({"maxspeed": "signals"}, KMH["primary"]),
        ({"maxspeed:forward": "20"}, 18.0),
        ({"maxspeed:backward": "20"}, KMH["primary"]),
    ],
)
def test_limits(tmp_path, tags, kmh):
    path = write(tmp_path / "t.osm", changed(2, **tags))
    assert minutes(path, "B", "C") == pytest.approx(leg("B", "C", kmh))


@pytest.mark.parametrize("tags", [{"access": "private"}, {"motor_vehicle": "no"}, {"area": "yes"}])
def test_closed_roads(tmp_path, tags):
    path = write(tmp_path / "t.osm", changed(1, **tags))
    assert minutes(path, "A", "B") > 2 * leg("A", "B")  # around, by the north
    path = write(tmp_path / "t.osm", changed(1, access="private", motor_vehicle="yes"))
    assert minutes(path, "A", "B") == pytest.approx(leg("A", "B"))


def test_forbidden_turns_bind_those_who_come_by_that_way_only(tmp_path):
    path = write(tmp_path / "t.osm", bans=[(1, 2, 3, "no_left_turn")])
    around = minutes(path, "A", "D")
    assert around > leg("A", "B") + leg("B", "D") + 1
    assert minutes(path, "A", "C") == pytest.approx(leg("A", "B") + leg("B", "C"))
    assert minutes(path, "C", "D") == pytest.approx(leg("C", "B") + leg("B", "D"))
    assert minutes(path, "D", "A") == pytest.approx(leg("D", "B") + leg("B", "A"))


def test_only_rules_forbid_every_other_way(tmp_path):
    path = write(tmp_path / "t.osm", bans=[(1, 2, 2, "only_straight_on")])
    assert minutes(path, "A", "C") == pytest.approx(leg("A", "B") + leg("B", "C"))
    assert minutes(path, "A", "D") > leg("A", "B") + leg("B", "D") + 1


def test_traffic_lights_cost_their_wait(tmp_path):
    wait = entry("layouts", "roads")["signal_seconds"] / 60
    path = write(tmp_path / "t.osm", signals=[2, 4])
    assert minutes(path, "A", "C") == pytest.approx(leg("A", "B") + leg("B", "C") + wait)
    assert minutes(path, "A", "D") == pytest.approx(leg("A", "B") + leg("B", "D") + 2 * wait)
    assert minutes(path, "D", "A") == pytest.approx(leg("A", "B") + leg("B", "D") + wait)


def test_ferries_take_their_duration_and_the_wait(tmp_path):
    rules = entry("layouts", "roads")
    path = write(tmp_path / "t.osm")
    whole = 20 + rules["ferry_wait_minutes"]
    assert minutes(path, "C", "G") == pytest.approx(whole + leg("F", "G"))
    slow = write(tmp_path / "s.osm", changed(4, duration=""))
    assert minutes(slow, "C", "F") == pytest.approx(
        leg("C", "F", rules["ferry_kmh"]) + rules["ferry_wait_minutes"]
    )
    foot = write(tmp_path / "f.osm", changed(4, motor_vehicle="no"))
    with pytest.raises(InputError, match="aucun lieu"):  # an island without a ferry for cars
        minutes(foot, "C", "G")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("00:20", 20), ("1:05:00", 65), ("PT1H20M", 80), ("PT20M", 20), ("45", 45), ("soon", None)],
)
def test_durations(text, wanted):
    assert osm._duration(text) == wanted


def test_a_lost_road_is_not_joined_and_far_places_are_told(tmp_path):
    network = read_network(write(tmp_path / "t.osm"))
    found, notices = road_times(network, places("A", "X"), places("B"), 60.0)
    assert found["origin"].astype(str).tolist() == ["A"]
    assert "1 (X)" in notices[0]
    with pytest.raises(InputError, match="aucun lieu à moins de 3 km"):
        road_times(network, places("X"), places("B"), 60.0)


def test_a_place_off_the_road_pays_its_access(tmp_path):
    network = read_network(write(tmp_path / "t.osm"))
    off = pd.DataFrame({"lon": [0.1], "lat": [LAT - 0.01]}, index=["off"])
    found, _ = road_times(network, off, places("B"), 60.0)
    km = float(haversine_km(0.1, LAT, 0.1, LAT - 0.01))
    assert found["minutes"].iloc[0] == pytest.approx(km / network.access_kmh * 60)


def test_the_limit_is_inclusive_and_pairs_are_in_order(tmp_path):
    network = read_network(write(tmp_path / "t.osm"))
    all_of = places("A", "B", "C", "D", "E")
    found, _ = road_times(network, all_of, all_of, 600.0)
    assert len(found) == 25
    order = found["origin"].cat.codes.to_numpy() * 5 + found["destination"].cat.codes.to_numpy()
    assert (np.diff(order) > 0).all()
    longest = found["minutes"].max()
    assert len(road_times(network, all_of, all_of, longest)[0]) == 25
    assert len(road_times(network, all_of, all_of, longest - 0.01)[0]) < 25
    with pytest.raises(InputError, match="limite"):
        road_times(network, all_of, all_of, -1.0)


def test_bad_extracts(tmp_path):
    with pytest.raises(InputError, match="introuvable"):
        read_network(tmp_path / "absent.osm.pbf")
    junk = tmp_path / "junk.osm.pbf"
    junk.write_bytes(b"not an extract" * 20)
    with pytest.raises(InputError, match="lisible"):
        read_network(junk)
    with pytest.raises(InputError, match="aucune route"):
        read_network(write(tmp_path / "empty.osm", {1: ([1, 2], {"highway": "footway"})}))


def test_without_the_reader_the_way_out_is_told(tmp_path, monkeypatch):
    real = builtins.__import__

    def absent(name, *args, **kwargs):
        if name == "osmium":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(InputError, match=r"demomed\[road\]"):
        read_network(write(tmp_path / "t.osm"))


# -- demomed travel build -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mayenne():
    return demomed.load_territory("53")


def extract(territory, path):
    """A star of roads that joins every commune of the department to its middle."""
    inside = territory.communes[territory.communes["departement_code"] == "53"]
    rows = ["<?xml version='1.0' encoding='UTF-8'?>", '<osm version="0.6">']
    middle = (inside["lon"].mean(), inside["lat"].mean())
    points = [middle, *zip(inside["lon"], inside["lat"], strict=True)]
    rows += [
        f'<node id="{i}" version="1" lon="{x:.7f}" lat="{y:.7f}"/>'
        for i, (x, y) in enumerate(points, 1)
    ]
    rows += [
        f'<way id="{i}" version="1"><nd ref="1"/><nd ref="{i}"/><tag k="highway" v="primary"/></way>'
        for i in range(2, len(points) + 1)
    ]
    path.write_text("\n".join([*rows, "</osm>"]), encoding="utf-8")
    return path


def test_build_is_found_again_and_every_parameter_is_in_the_key(mayenne, tmp_path):
    cache = tmp_path / "cache"
    made = travelling.build_travel(mayenne, limit_min=30, surroundings_km=0, cache=cache)
    again = travelling.build_travel(mayenne, limit_min=30, surroundings_km=0, cache=cache)
    assert (made.is_cached, again.is_cached) == (False, True)
    assert made.path == again.path
    assert made.destinations == 240
    pd.testing.assert_frame_equal(made.table.pairs, again.table.pairs)
    extracts = [extract(mayenne, tmp_path / "a.osm"), tmp_path / "b.osm"]
    extracts[1].write_text(extracts[0].read_text() + "<!-- other -->")
    others = [
        travelling.build_travel(mayenne, limit_min=31, surroundings_km=0, cache=cache),
        travelling.build_travel(mayenne, limit_min=30, surroundings_km=1, cache=cache),
        *(
            travelling.build_travel(mayenne, osm=o, limit_min=30, surroundings_km=0, cache=cache)
            for o in extracts
        ),
    ]
    assert not any(one.is_cached for one in others)
    assert len({made.path, *(one.path for one in others)}) == 5
    assert not list(cache.glob("*.partial"))


def test_a_road_table_is_used_and_named(mayenne, tmp_path):
    told = []
    made = travelling.build_travel(
        mayenne, osm=extract(mayenne, tmp_path / "a.osm"), limit_min=60, surroundings_km=0,
        cache=tmp_path, out=tmp_path / "mine.parquet", progress=told.append,
    )  # fmt: skip
    assert made.path == tmp_path / "mine.parquet"
    assert made.table.nature == "routed"
    assert any("lieux sur" in text for text in told)
    given = demomed.load_territory("53", travel=made.path)
    values = demomed.compute(given, "minutes_nearest").table
    assert set(values["nature"]) == {"routed"}
    assert given.sources["travel_times"].licence == "ODbL 1.0"
    star = made.table.pairs.set_index(["origin", "destination"])["minutes"]
    assert star.loc[("53130", "53147")] == pytest.approx(star.loc[("53147", "53130")], abs=0.02)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--limit", "0"], "limite de 0 minutes"),
        (["--limit", "nan"], "limite de nan"),
        (["--surroundings", "-1"], "voisinage de -1 km"),
        (["--osm", "absent.osm.pbf"], "absent.osm.pbf"),
    ],
)
def test_bad_parameters_of_the_command(options, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main(["travel", "build", "-d", "53", *options])
    assert stopped.value.code == 2
    assert words in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.parquet"))


def test_the_command_tells_what_it_made(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for word in ("Écrit", "Retrouvé"):
        with pytest.raises(SystemExit) as stopped:
            main(["travel", "build", "-d", "53", "--limit", "20", "--surroundings", "0"])
        assert stopped.value.code == 0
        told = capsys.readouterr().out
        assert word in told
        assert "240 communes d’arrivée" in told
        assert "--travel" in told
