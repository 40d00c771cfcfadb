"""France in one run: national access at once, and the cost of 1, 3, 15 and 96 departments.

Run: ``python benchmarks/national.py --data DOSSIER`` (official files, or ``DEMOMED_OFFICIAL``);
``--sizes 1 3`` for a part of it, ``--jobs N`` for the number of processes, ``--out DOSSIER`` to keep
the portals. CPU is that of this process and of its workers; memory is the highest resident set of
each process, added up. Exits 1 if a department is refused or a mark is not held.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

from demomed.analysis.accessibility import SLOW, floating_catchment
from demomed.analysis.aggregate import zone_mean
from demomed.analysis.national import standardised_demand
from demomed.analysis.travel import TravelModel, is_located, travel_times
from demomed.ingestion.lots import CACHE
from demomed.national.campaign import Nation, publish_departments, read_nation
from demomed.national.engine import LocalEngine, cores
from demomed.national.page import country_files
from demomed.national.portals import Options

KM = 45.0
ACCESS_MARK, PAGE_MARK, MEMORY_MARK = 5.0, 1_500_000, 3_000.0
FIRST = ("53", "41", "61", "72", "35", "49", "50", "14", "27", "28", "37", "36", "18", "45", "44")
SIZES = (1, 3, 15, 96)


class Watch:
    """Resident memory of this process and of its children, at its highest."""

    def __init__(self) -> None:
        self.peak = 0.0
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def look(self) -> None:
        while not self.stopped.wait(0.2):
            self.peak = max(self.peak, sum(map(resident_mb, family())))

    def __enter__(self) -> Watch:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self.thread.join()


def family() -> list[int]:
    """This process and its children."""
    me = os.getpid()
    try:
        told = Path(f"/proc/{me}/task/{me}/children").read_text().split()
    except OSError:
        told = []
    return [me, *map(int, told)]


def resident_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((float(x.split()[1]) / 1024 for x in lines if x.startswith("VmRSS")), 0.0)


def access(nation: Nation) -> float:
    """CPU seconds of all pairs within 45 km, two steps, needs by age, means by EPCI."""
    territory = nation.territory
    start = time.process_time()
    demand = standardised_demand(territory)
    rows = territory.supply.loc[territory.supply["service"] == "gp"]
    supply = rows.loc[rows["year"] == rows["year"].max()].set_index("commune_code")["count"]
    communes = territory.communes.loc[is_located(territory.communes)]
    sites = communes.loc[communes.index.isin(supply.index[supply > 0])]
    model = TravelModel()
    pairs = travel_times(communes, sites, KM * 60 * model.circuity / model.main_road_kmh, model)
    made = floating_catchment(
        demand.loc[communes.index], supply.loc[sites.index].astype(float), pairs, decay=SLOW
    )
    zones = communes["epci_siren"].dropna()
    mean = zone_mean(made.access * 100_000, demand, zones)
    seconds = time.process_time() - start
    print(
        f"access: {len(pairs):,} pairs within {KM:g} km, {len(communes):,} communes,"
        f" {len(mean):,} EPCI: ours {seconds:.2f} s CPU (mark {ACCESS_MARK:g})",
        flush=True,
    )
    return seconds


def cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def scale(nation: Nation, size: int, jobs: int, out: Path) -> bool:
    """Publish so many departments and tell their cost; whether the marks are held."""
    codes = FIRST[:size] if size <= len(FIRST) else nation.departments
    begun, start = time.monotonic(), cpu()
    with Watch() as watch:
        report = publish_departments(nation, codes, out, LocalEngine(jobs), Options())
    seconds, wall = cpu() - start, time.monotonic() - begun
    print(
        f"departments: {len(report.written):3} published, {len(report.faults)} refused, {jobs} processes:"
        f" {seconds:7.1f} s CPU, {seconds / max(len(report.written), 1):5.1f} s each,"
        f" {wall:6.0f} s wall, peak {watch.peak:5.0f} MB (mark {MEMORY_MARK:g})",
        flush=True,
    )
    for code, faults in report.faults.items():
        print(f"  {code}: {faults[0]}")
    return not report.faults and watch.peak <= MEMORY_MARK


def main() -> None:
    """Print one line per measure."""
    usual = os.environ.get("DEMOMED_OFFICIAL")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=usual and Path(usual), required=not usual)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--jobs", type=int, default=len(cores()))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--cache", type=Path, default=CACHE)
    options = parser.parse_args()
    start = time.process_time()
    nation = read_nation(options.data, cache=options.cache)
    print(
        f"reading: {time.process_time() - start:.1f} s CPU, {len(nation.departments)} departments"
    )
    held = access(nation) < ACCESS_MARK
    start = time.process_time()
    page = len(country_files(nation, nation.departments)["index.html"])
    print(
        f"page: {page / 1e6:.2f} MB (mark {PAGE_MARK / 1e6:g}), {time.process_time() - start:.1f} s CPU"
    )
    held &= page <= PAGE_MARK
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            held &= scale(nation, size, options.jobs, options.out or Path(folder))
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
