"""Floating catchments beside PySAL's ``access``: time, memory and agreement, in one run.

Run: ``python benchmarks/access.py`` (the package ``access`` must be installed; ``--quick`` leaves
out the largest size). Each measure runs in a process of its own, from the same three tables to the
result; times are of the processor, memory is what the call adds at its peak.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from demomed.analysis.travel import TravelModel

SIZES = ((250, 100), (2_000, 800), (35_000, 15_000))
KM = 45.0
STEPS = {10: 1.0, 20: 0.68, 30: 0.22}
SETTLED = 3_000
"""Cycles after which PySAL's equilibrium hardly moves any more."""
DENSE = 2_000
"""Up to this size all pairs are given; above, those within 45 km (some 5.8 million)."""
AREA_PER_PLACE = 15.7
"""Square kilometres around each place, as the communes of France have."""


def world(folder: Path, places: int, sites: int) -> None:
    """Seeded places spread like communes, and the minutes between them."""
    from demomed.analysis.travel import travel_times

    rng = np.random.default_rng(53)
    side = np.sqrt(places * AREA_PER_PLACE)
    lat = 46.5 + (rng.uniform(0, side, places) - side / 2) / 111.2
    lon = 2.5 + (rng.uniform(0, side, places) - side / 2) / (111.2 * np.cos(np.radians(lat)))
    points = pd.DataFrame({"lon": lon, "lat": lat, "area_km2": AREA_PER_PLACE, "density_class": 6})
    chosen = points.iloc[np.sort(rng.choice(places, sites, replace=False))]
    sites_table = chosen.reset_index(drop=True)
    flat = model()
    if places == SIZES[-1][0]:
        every_pair(points, flat)
    limit = 1e4 if places <= DENSE else KM * 60 * flat.circuity / flat.default_kmh
    start = time.process_time()
    pairs = travel_times(points, sites_table, limit, flat)
    print(f"  {len(pairs):>9,} pairs built in {time.process_time() - start:.2f} s of processor")
    np.save(folder / "origin.npy", pairs["origin"].cat.codes.to_numpy().astype(np.int64))
    np.save(folder / "destination.npy", pairs["destination"].cat.codes.to_numpy().astype(np.int64))
    np.save(folder / "minutes.npy", pairs["minutes"].to_numpy())
    np.save(folder / "people.npy", np.round(np.exp(rng.normal(6.3, 1.2, places))) + 1)
    np.save(folder / "doctors.npy", rng.integers(1, 10, sites).astype(float))


def every_pair(points: pd.DataFrame, flat: TravelModel) -> None:
    """All the communes of the country as origins and as destinations, within 45 km."""
    from demomed.analysis.travel import pairs_within, travel_times

    start = time.process_time()
    km = pairs_within(points, points, KM)
    found = time.process_time() - start
    start = time.process_time()
    pairs = travel_times(points, points, KM * 60 * flat.circuity / flat.default_kmh, flat)
    whole = time.process_time() - start
    print(
        f"  all communes within {KM:.0f} km: {km.nnz:,} pairs found in {found:.2f} s; "
        f"{len(pairs):,} with minutes, as a table, in {whole:.2f} s of processor"
    )


def model() -> TravelModel:
    from demomed.analysis.travel import TravelModel

    return TravelModel(
        circuity=1.23, speed_kmh={}, default_kmh=60.0, local_km=1e9, least_minutes=0.0
    )


def tables(folder: Path) -> tuple[pd.Series, pd.Series, pd.DataFrame]:
    read = {p.stem: np.load(p) for p in folder.glob("*.npy")}
    travel = pd.DataFrame({k: read[k] for k in ("origin", "destination", "minutes")}, copy=False)
    return pd.Series(read["people"]), pd.Series(read["doctors"]), travel


def ours(method: str, people: pd.Series, doctors: pd.Series, travel: pd.DataFrame) -> pd.Series:
    from demomed.analysis.accessibility import floating_catchment
    from demomed.analysis.decay import Steps

    decay = None if method.startswith("raam") else Steps(STEPS)
    name = method.removesuffix(" settled")
    return floating_catchment(people, doctors, travel, method=name, decay=decay).access


def theirs(method: str, people: pd.Series, doctors: pd.Series, travel: pd.DataFrame) -> pd.Series:
    aside = Path(__file__).resolve().parent  # this script is called access.py too
    sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != aside]
    from access import Access, weights

    made = Access(
        demand_df=pd.DataFrame({"id": people.index, "people": people}),
        demand_index="id",
        demand_value="people",
        supply_df=pd.DataFrame({"id": doctors.index, "doctors": doctors}),
        supply_index="id",
        supply_value="doctors",
        cost_df=travel,
        cost_origin="origin",
        cost_dest="destination",
        cost_name="minutes",
    )
    step = weights.step_fn(STEPS)
    if method.startswith("raam"):
        cycles = SETTLED if method.endswith("settled") else 150  # 150 is their default
        table = made.raam(name="x", tau=60, max_cycles=cycles)
    elif method == "3sfca":
        table = made.three_stage_fca(name="x", weight_fn=step)
    else:
        table = made.enhanced_two_stage_fca(name="x", weight_fn=step)
    return table["x_doctors"]


def memory_mb(field: str) -> float:
    """A line of this process's memory: ``VmHWM`` is its peak, ``VmRSS`` what it holds now."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def measure(who: str, method: str, folder: Path) -> None:
    """In the child process: one call, its cost, and its result beside the input."""
    people, doctors, travel = tables(folder)
    call = ours if who == "ours" else theirs
    small = travel.iloc[:200]  # imports and first-call costs are paid before
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if who == "ours" or not method.startswith("raam"):
            call(method, people, doctors, small)
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
        before, start = memory_mb("VmRSS"), time.process_time()
        made = call(method, people, doctors, travel)
        seconds = time.process_time() - start
    np.save(folder / f"{who}-{method}.result.npy", made.reindex(people.index).to_numpy())
    print(json.dumps({"seconds": seconds, "memory": max(memory_mb("VmHWM") - before, 0.0)}))


def run(who: str, method: str, folder: Path) -> dict[str, float] | None:
    call = [sys.executable, __file__, "--measure", who, method, str(folder)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None


def compare(folder: Path, method: str) -> str:
    """Largest difference of both results, relative to the mean; for raam also who is better off."""
    a, b = (np.load(folder / f"{who}-{method}.result.npy") for who in ("ours", "theirs"))
    apart = np.abs(a - np.where(np.isfinite(b), b, 0.0)) / np.abs(a[np.isfinite(a)]).mean()
    return f"{apart.max():.1e} at most, {apart.mean():.1e} on average"


def main() -> None:
    """Print one line per size and method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", nargs=3, metavar=("WHO", "METHOD", "FOLDER"))
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if options.measure:
        who, method, folder = options.measure
        measure(who, method, Path(folder))
        return
    for places, sites in SIZES[:2] if options.quick else SIZES:
        print(f"{places:,} places × {sites:,} sites")
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            world(folder, places, sites)
            for method in ("e2sfca", "3sfca", "raam", "raam settled"):
                mine, other = (run(who, method, folder) for who in ("ours", "theirs"))
                report(folder, method, mine, other)


def report(folder: Path, method: str, mine: dict | None, other: dict | None) -> None:
    def told(one: dict | None) -> str:
        return "fails" if one is None else f"{one['seconds']:8.3f} s {one['memory']:7.0f} MB"

    line = f"  {method:12s} ours {told(mine)}   theirs {told(other)}"
    if mine and other:
        line += (
            f"   {other['seconds'] / mine['seconds']:6.1f} × as fast,"
            f" {mine['memory'] / max(other['memory'], 1e-9):5.2f} × the memory,"
            f" difference {compare(folder, method)}"
        )
    print(line, flush=True)


if __name__ == "__main__":
    main()
