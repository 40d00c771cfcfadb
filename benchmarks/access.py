"""Floating catchments beside PySAL's ``access``: time, memory and agreement, in one run.

Run: ``python benchmarks/access.py`` (the package ``access`` must be installed; ``--sizes 250``
for some of the sizes). Each measure runs in a process of its own, from the same three tables to the
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
from measure import Measure, fresh_peak, memory_mb, tell
from pairs import scattered

if TYPE_CHECKING:
    from demomed.analysis.travel import TravelModel

SIZES = ((250, 100), (2_000, 800), (35_000, 15_000))
KM = 45.0
STEPS = {10: 1.0, 20: 0.68, 30: 0.22}
SETTLED = 3_000
"""Cycles after which PySAL's equilibrium hardly moves any more."""
DENSE = 2_000
"""Up to this size all pairs are given; above, those within 45 km (some 5.8 million)."""
AGREES = 1e-9
"""Largest relative difference of two catchments; an equilibrium has none to hold."""


def world(folder: Path, places: int, sites: int) -> None:
    """Seeded places spread like communes, and the minutes between them."""
    from demomed.analysis.travel import travel_times

    rng = np.random.default_rng(41)
    points = scattered(places)
    chosen = points.iloc[np.sort(rng.choice(places, sites, replace=False))]
    sites_table = chosen.reset_index(drop=True)
    flat = model()
    limit = 1e4 if places <= DENSE else KM * 60 * flat.circuity / flat.default_kmh
    start = time.process_time()
    pairs = travel_times(points, sites_table, limit, flat)
    print(f"  {len(pairs):>9,} pairs built in {time.process_time() - start:.2f} s of processor")
    np.save(folder / "origin.npy", pairs["origin"].cat.codes.to_numpy().astype(np.int64))
    np.save(folder / "destination.npy", pairs["destination"].cat.codes.to_numpy().astype(np.int64))
    np.save(folder / "minutes.npy", pairs["minutes"].to_numpy())
    np.save(folder / "people.npy", np.round(np.exp(rng.normal(6.3, 1.2, places))) + 1)
    np.save(folder / "doctors.npy", rng.integers(1, 10, sites).astype(float))


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


def measure(who: str, method: str, folder: Path) -> None:
    """In the child process: one call, its cost, and its result beside the input."""
    people, doctors, travel = tables(folder)
    call = ours if who == "ours" else theirs
    small = travel.iloc[:200]  # imports and first-call costs are paid before
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if who == "ours" or not method.startswith("raam"):
            call(method, people, doctors, small)
        before, start = fresh_peak(), time.process_time()
        made = call(method, people, doctors, travel)
        seconds = time.process_time() - start
    np.save(folder / f"{who}-{method}.result.npy", made.reindex(people.index).to_numpy())
    print(json.dumps({"seconds": seconds, "memory": max(memory_mb("VmHWM") - before, 0.0)}))


def run(who: str, method: str, folder: Path) -> dict[str, float] | None:
    call = [sys.executable, __file__, "--measure", who, method, str(folder)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None


def compare(folder: Path, method: str) -> tuple[float, float]:
    """Largest and mean difference of both results, relative to the mean."""
    a, b = (np.load(folder / f"{who}-{method}.result.npy") for who in ("ours", "theirs"))
    apart = np.abs(a - np.where(np.isfinite(b), b, 0.0)) / np.abs(a[np.isfinite(a)]).mean()
    return float(apart.max()), float(apart.mean())


def main() -> None:
    """One measure per size and method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", nargs=3, metavar=("WHO", "METHOD", "FOLDER"))
    parser.add_argument("--sizes", type=int, nargs="*", default=[size for size, _ in SIZES])
    options = parser.parse_args()
    if options.measure:
        who, method, folder = options.measure
        measure(who, method, Path(folder))
        return
    for places, sites in SIZES:
        if places not in options.sizes:
            continue
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            world(folder, places, sites)
            for method in ("e2sfca", "3sfca", "raam", "raam settled"):
                mine, other = (run(who, method, folder) for who in ("ours", "theirs"))
                assert mine is not None, "ours fails"
                report(folder, f"{places:,} places × {sites:,} sites", method, mine, other)


def report(folder: Path, size: str, method: str, mine: dict, other: dict | None) -> None:
    """Tell one measure, and how far both results are from each other."""
    largest, mean = compare(folder, method) if other else (0.0, 0.0)
    tell(
        Measure(
            f"{method}, {size}",
            mine["seconds"],
            theirs=other and other["seconds"],
            peer="access",
            memory=mine["memory"],
            their_memory=other and other["memory"],
            is_true=method.startswith("raam") or largest < AGREES,
            note=f"difference {largest:.1e} at most, {mean:.1e} on average" if other else "",
        )
    )


if __name__ == "__main__":
    main()
