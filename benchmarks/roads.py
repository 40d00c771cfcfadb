"""Ways to get road times out of an OpenStreetMap extract: size, speed and truth, in one run.

Run: ``python benchmarks/roads.py [--junctions 100000] [--valhalla BUILD_TILES]``. No extract of a
real department is needed: a network of its size is drawn here (a shaken lattice, winding roads of
every kind, one-way streets, limits, forbidden turns) and written as an extract. With
``--valhalla`` (the program ``valhalla_build_tiles``, and the package ``valhalla`` importable) the
same matrix is asked of Valhalla too. Times are of the processor.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

KINDS = ("trunk", "primary", "secondary", "tertiary", "unclassified", "residential")
SHARE = (0.01, 0.06, 0.10, 0.22, 0.43, 0.18)
SHAPES = 6
"""Vertices between two junctions: a road is not a straight line."""
SIDE_KM = 110.0
PLACES = 250


def draw(path: Path, junctions: int) -> pd.DataFrame:
    """Write a network as an extract; returns places to travel between."""
    import osmium

    rng = np.random.default_rng(53)
    side = int(np.sqrt(junctions))
    step = SIDE_KM / side / 111.2
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    lon = -0.7 + (x + rng.uniform(-0.3, 0.3, x.shape)) * step / np.cos(np.radians(48.0))
    lat = 47.6 + (y + rng.uniform(-0.3, 0.3, y.shape)) * step
    point = np.column_stack([lon.ravel(), lat.ravel()])
    number = np.arange(side * side).reshape(side, side)
    pairs = np.vstack(
        [
            np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
            np.column_stack([number[:-1].ravel(), number[1:].ravel()]),
        ]
    )
    pairs = pairs[rng.random(len(pairs)) < 0.7]  # three roads a junction, as in the country
    kind = rng.choice(len(KINDS), len(pairs), p=SHARE)
    limit = rng.choice([0, 30, 50, 80], len(pairs), p=[0.6, 0.1, 0.2, 0.1])
    one_way = rng.random(len(pairs)) < 0.03
    part = np.linspace(0, 1, SHAPES + 2)[1:-1]
    shaken = rng.normal(0, step / 40, (len(pairs), SHAPES, 2))
    inner = (
        point[pairs[:, 0], None] * (1 - part[:, None]) + point[pairs[:, 1], None] * part[:, None]
    )
    inner = (inner + shaken).reshape(-1, 2)
    every = np.vstack([point, inner])
    with osmium.SimpleWriter(str(path), overwrite=True) as out:
        for id_, (a, b) in enumerate(every.tolist(), 1):
            out.add_node(osmium.osm.mutable.Node(id=id_, location=(a, b), version=1))
        for id_, (a, b) in enumerate(pairs.tolist(), 1):
            first = len(point) + (id_ - 1) * SHAPES + 1
            tags = {"highway": KINDS[kind[id_ - 1]]}
            if limit[id_ - 1]:
                tags["maxspeed"] = str(limit[id_ - 1])
            if one_way[id_ - 1]:
                tags["oneway"] = "yes"
            nodes = [a + 1, *range(first, first + SHAPES), b + 1]
            out.add_way(osmium.osm.mutable.Way(id=id_, nodes=nodes, tags=tags, version=1))
        for id_, (source, via, target) in enumerate(_turns(pairs, rng), 1):
            members = [("w", source, "from"), ("n", via, "via"), ("w", target, "to")]
            tags = {"type": "restriction", "restriction": "no_left_turn"}
            out.add_relation(
                osmium.osm.mutable.Relation(id=id_, members=members, tags=tags, version=1)
            )
    chosen = np.sort(rng.choice(len(point), PLACES, replace=False))
    return pd.DataFrame(point[chosen], columns=["lon", "lat"])


def _turns(pairs: np.ndarray, rng: np.random.Generator) -> list[tuple[int, int, int]]:
    """A forbidden turn at one junction in a hundred."""
    table = pd.DataFrame({"at": pairs.ravel(), "way": np.repeat(np.arange(1, len(pairs) + 1), 2)})
    ways = table.groupby("at")["way"].agg(list)
    ways = ways[ways.str.len() > 2]
    picked = ways.iloc[np.sort(rng.choice(len(ways), len(ways) // 100, replace=False))]
    return [(w[0], int(at) + 1, w[1]) for at, w in picked.items()]


def timed(what: str, call, *args):
    before = os.times()
    wall = time.perf_counter()
    made = call(*args)
    after = os.times()
    cpu = sum(after[:4]) - sum(before[:4])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {what:44s} {cpu:7.2f} s of processor, {time.perf_counter() - wall:7.2f} s, peak {peak:5.0f} MB", flush=True)  # fmt: skip
    return made


def gdal(path: Path) -> int:
    """The same lines through GDAL, in pyogrio: no vertex identity, no relation of turns."""
    import pyogrio

    lines = pyogrio.read_dataframe(path, layer="lines", columns=["highway", "other_tags"])
    return int(lines.geometry.count_coordinates().sum())


def valhalla_times(build: Path, path: Path, folder: Path, places: pd.DataFrame) -> np.ndarray:
    """Minutes of Valhalla, by its own defaults for cars."""
    import valhalla

    config = valhalla.get_config(tile_extract=str(folder / "no.tar"), tile_dir=str(folder / "t"))
    config["service_limits"]["auto"] |= {"max_matrix_distance": 1e6, "max_matrix_location_pairs": 10**6}  # fmt: skip
    told = folder / "valhalla.json"
    told.write_text(json.dumps(config))
    timed("valhalla: tiles", lambda: subprocess.run([build, "-c", told, path], check=True, capture_output=True))  # fmt: skip
    size = sum(f.stat().st_size for f in (folder / "t").rglob("*.gph")) / 1e6
    print(f"  valhalla: {size:.0f} MB of tiles")
    actor = valhalla.Actor(config)
    at = [{"lon": a, "lat": b} for a, b in places.to_numpy().tolist()]
    asked = {"sources": at, "targets": at, "costing": "auto", "verbose": False}
    made = timed(f"valhalla: {len(at)} × {len(at)}", actor.matrix, asked)
    table = made["sources_to_targets"]
    rows = (
        table["durations"] if isinstance(table, dict) else [[c["time"] for c in r] for r in table]
    )
    return np.array(rows, dtype=float) / 60


def main() -> None:
    """Print one line per step."""
    from demomed.analysis.routing import road_times
    from demomed.analysis.travel import TravelModel, travel_times
    from demomed.ingestion.osm import read_network

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--junctions", type=int, default=100_000)
    parser.add_argument("--valhalla", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "drawn.osm.pbf"
        places = timed("extract drawn", draw, path, options.junctions)
        print(f"  {path.stat().st_size / 1e6:.1f} MB, {options.junctions:,} junctions")
        network = timed("osmium: network read", read_network, path)
        print(f"  {len(network.lon):,} vertices, {len(network.bans):,} forbidden turns")
        ours, _ = timed(f"scipy: {PLACES} × {PLACES}, no limit", road_times, network, places, places, 600.0)  # fmt: skip
        timed(f"scipy: {PLACES} × {PLACES}, 60 min", road_times, network, places, places, 60.0)
        print(f"  vertices through GDAL: {timed('pyogrio (GDAL): lines read', gdal, path):,}")
        matrix = ours.pivot(index="origin", columns="destination", values="minutes").to_numpy()
        crow = travel_times(
            places.assign(area_km2=0.0, density_class=7), places, 600.0, TravelModel()
        )
        crow = crow.pivot(index="origin", columns="destination", values="minutes").to_numpy()
        _compare("estimated, straight lines", crow, matrix)
        if options.valhalla:
            theirs = valhalla_times(options.valhalla, path, Path(name), places)
            _compare("valhalla", theirs, matrix)


def _compare(who: str, other: np.ndarray, ours: np.ndarray) -> None:
    both = np.isfinite(other) & np.isfinite(ours) & ~np.eye(len(ours), dtype=bool)
    ratio = other[both] / ours[both]
    correlation = np.corrcoef(other[both], ours[both])[0, 1]
    print(
        f"  {who} over ours: median {np.median(ratio):.3f}, from {np.quantile(ratio, 0.05):.3f} to "
        f"{np.quantile(ratio, 0.95):.3f} (5–95 %), correlation {correlation:.4f}"
    )


if __name__ == "__main__":
    main()
