"""All pairs of places within 45 km, as in France entire: ours beside two usual ways.

Run: ``python benchmarks/pairs.py`` (``--places 2000`` for less). The places are seeded, one to
15.7 km² like the communes. Beside it, the tree of scikit-learn on the sphere (haversine) and the
join of geopandas in Lambert-93. Each way in a process of its own; all must find as many pairs.
"""

from __future__ import annotations

import argparse
import json
import time

from measure import Measure, apart, fresh_peak, memory_mb, tell

KM = 45.0
PLACES = 35_000
AREA_PER_PLACE = 15.7
"""Square kilometres around each place, as the communes of France have."""
EARTH_KM = 6371.0088
WAYS = ("ours", "scikit-learn", "geopandas")


def scattered(places: int, seed: int = 53):
    """Seeded places spread like communes: ``lon, lat, area_km2, density_class``."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    side = np.sqrt(places * AREA_PER_PLACE)
    lat = 46.5 + (rng.uniform(0, side, places) - side / 2) / 111.2
    lon = 2.5 + (rng.uniform(0, side, places) - side / 2) / (111.2 * np.cos(np.radians(lat)))
    return pd.DataFrame({"lon": lon, "lat": lat, "area_km2": AREA_PER_PLACE, "density_class": 6})


def ours(points) -> int:
    from demomed.analysis.travel import pairs_within

    return pairs_within(points, points, KM).nnz


def scikit_learn(points) -> int:
    import numpy as np
    from scipy.sparse import csr_array
    from sklearn.neighbors import BallTree

    radians = np.radians(points[["lat", "lon"]].to_numpy())
    tree = BallTree(radians, metric="haversine")
    near, far = tree.query_radius(radians, KM / EARTH_KM, return_distance=True)
    ends = np.concatenate([[0], np.cumsum([len(one) for one in near])])
    made = csr_array(
        (np.concatenate(far) * EARTH_KM, np.concatenate(near), ends), shape=(len(points),) * 2
    )
    return made.nnz


def geopandas_join(points) -> int:
    import geopandas as gpd

    placed = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(points["lon"], points["lat"]), crs=4326
    ).to_crs(2154)
    pairs = gpd.sjoin(placed, placed, predicate="dwithin", distance=KM * 1000)
    there = placed.geometry.iloc[pairs["index_right"].to_numpy()]
    km = pairs.geometry.reset_index(drop=True).distance(there.reset_index(drop=True)) / 1000
    return len(pairs.assign(km=km.to_numpy()))


def measure(way: str, places: int) -> None:
    """In the child process: one way, its seconds, the memory it adds, how many pairs it found."""
    find = {"ours": ours, "scikit-learn": scikit_learn, "geopandas": geopandas_join}[way]
    find(scattered(200))  # imports and first-call costs are paid before
    points = scattered(places)
    before, start, begun = fresh_peak(), time.process_time(), time.perf_counter()
    count = find(points)
    seconds, wall = time.process_time() - start, time.perf_counter() - begun
    print(json.dumps([seconds, wall, memory_mb("VmHWM") - before, count]))


def main() -> None:
    """One measure for each peer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=PLACES)
    parser.add_argument("--measure", choices=WAYS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.places)
        return
    cost = {way: apart(__file__, "--measure", way, "--places", str(options.places)) for way in WAYS}
    mine = json.loads(cost["ours"].said)
    for peer in WAYS[1:]:
        theirs = json.loads(cost[peer].said) if cost[peer].code == 0 else None
        # Lambert-93 stretches distances by less than one in a hundred: a few pairs more or less.
        apart_by = abs(theirs[3] / mine[3] - 1) if theirs else 0.0
        tell(
            Measure(
                f"pairs within {KM:.0f} km of {options.places:,} places",
                mine[0],
                theirs=theirs and theirs[0],
                peer=peer,
                wall=mine[1],
                memory=mine[2],
                their_memory=theirs and theirs[2],
                is_true=apart_by < (0.02 if peer == "geopandas" else 1e-5),
                note=f"{mine[3]:,} pairs" + (f", {theirs[3]:,} theirs" if theirs else ""),
            )
        )


if __name__ == "__main__":
    main()
