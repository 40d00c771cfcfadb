"""France in one run: national access at once, its page, the cost of so many departments.

Run: ``python benchmarks/national.py --data DOSSIER --what access page --sizes 1 3`` (official files, or
``DEMOMED_OFFICIAL``); ``--jobs N`` for the number of processes, ``--out DOSSIER`` to keep the portals.
CPU is that of this process and of its workers; memory is the highest resident set of each process,
added up. With several sizes, the memory of each is set beside that of the size before,
once every process has a department to do.
"""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
import threading
import time
from pathlib import Path

from measure import Measure, memory_mb, tell

from demomed.analysis.accessibility import SLOW, floating_catchment
from demomed.analysis.aggregate import zone_mean
from demomed.analysis.standardised import standardised_demand
from demomed.analysis.travel import TravelModel, is_located, travel_times
from demomed.ingestion.lots import CACHE
from demomed.national.campaign import Nation, publish_departments, read_nation
from demomed.national.engine import LocalEngine, cores
from demomed.national.page import country_files
from demomed.national.portals import Options

KM = 45.0
ACCESS_MARK, PAGE_MARK, DRAW_MARK, MEMORY_MARK, TIME_MARK = 5.0, 1_500.0, 1_500.0, 3_000.0, 600.0
"""Seconds of processor, kilobytes, milliseconds, megabytes, elapsed seconds for the whole country."""
DOUBLED = 1.5
"""Times the memory that more departments, however many, may take."""
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
DRAWN = "performance.getEntriesByName('demomed-dessin')[0].startTime"
TO_EPCI = """() => {
  const level = document.querySelector('input[name=maille][value=epci]');
  const start = performance.now();
  if (!level.checked) level.click();
  document.body.getBoundingClientRect();
  const zones = document.querySelectorAll('.leaflet-overlay-pane path').length;
  return {spent: performance.now() - start, zones};
}"""
FIRST = ("53", "41", "61", "72", "35", "49", "50", "14", "27", "28", "37", "36", "18", "45", "44")


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


def access(nation: Nation) -> None:
    """All pairs within 45 km, two steps, needs by age, means by EPCI, together."""
    territory = nation.territory
    start, begun = time.process_time(), time.perf_counter()
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
    tell(
        Measure(
            "national access: pairs, E2SFCA, standardised, by EPCI",
            time.process_time() - start,
            wall=time.perf_counter() - begun,
            memory=memory_mb("VmHWM"),
            mark=ACCESS_MARK,
            note=f"{len(pairs):,} pairs within {KM:g} km, {len(communes):,} communes, {len(mean):,} EPCI",
        )
    )


def page(nation: Nation) -> None:
    """Making, weight and first draw of the page of the country."""
    start = time.process_time()
    content = country_files(nation, nation.departments)["index.html"]
    spent = time.process_time() - start
    kilobytes = len(content) / 1000
    tell(Measure("page of the country, made", spent, memory=memory_mb("VmHWM")))
    tell(Measure("page of the country, weight", kilobytes, "kB", mark=PAGE_MARK))
    if not CHROMIUM.exists():
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "index.html"
        file.write_bytes(content)
        browser = play.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        seen = browser.new_page(viewport={"width": 1280, "height": 900})
        seen.goto(file.as_uri())
        drawn, other = seen.evaluate(DRAWN), seen.evaluate(TO_EPCI)
        browser.close()
    said = f"then {other['zones']:,} zones of the level of EPCI in {other['spent']:.0f} ms more"
    both = drawn + other["spent"]
    tell(Measure("page of the country, EPCI drawn", both, "ms", mark=DRAW_MARK, note=said))


def cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def scale(nation: Nation, size: int, jobs: int, out: Path) -> float:
    """Publish so many departments and tell their cost; the peak of memory."""
    codes = FIRST[:size] if size <= len(FIRST) else nation.departments[:size]
    begun, start = time.monotonic(), cpu()
    with Watch() as watch:
        report = publish_departments(nation, codes, out, LocalEngine(jobs), Options())
    seconds, wall = cpu() - start, time.monotonic() - begun
    for code, faults in report.faults.items():
        print(f"  {code}: {faults[0]}")
    whole = len(codes) == len(nation.departments)
    tell(
        Measure(
            f"{len(codes)} departments published, per department",
            seconds / max(len(report.written), 1),
            wall=wall,
            memory=watch.peak,
            is_true=not report.faults
            and watch.peak <= MEMORY_MARK
            and (not whole or wall <= TIME_MARK),
            note=f"{seconds:.0f} s CPU in all, {jobs} processes, {len(report.faults)} refused; "
            f"memory mark {MEMORY_MARK:.0f} MB" + (f", {TIME_MARK:.0f} s elapsed" if whole else ""),
        )
    )
    return watch.peak


def main() -> None:
    """Read the country, then measure what is asked for."""
    usual = os.environ.get("DEMOMED_OFFICIAL")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--what", nargs="*", choices=["reading", "access", "page"], default=[])
    parser.add_argument("--data", type=Path, default=usual and Path(usual), required=not usual)
    parser.add_argument("--sizes", type=int, nargs="*", default=[])
    parser.add_argument("--jobs", type=int, default=len(cores()))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--cache", type=Path, default=CACHE)
    options = parser.parse_args()
    start, begun = time.process_time(), time.perf_counter()
    nation = read_nation(options.data, cache=options.cache)
    spent, wall = time.process_time() - start, time.perf_counter() - begun
    if "reading" in options.what:
        said = f"{len(nation.departments)} departments; the bundle is built the first time only"
        tell(
            Measure("country read", spent, wall=wall, memory=memory_mb("VmHWM"), note=said),
        )
    if "access" in options.what:
        access(nation)
    if "page" in options.what:
        page(nation)
    peaks: list[tuple[int, float]] = []
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            peaks.append((size, scale(nation, size, options.jobs, options.out or Path(folder))))
    busy = [pair for pair in peaks if pair[0] >= options.jobs]  # every process has something to do
    for (few, before), (many, after) in itertools.pairwise(busy):
        told = f"memory of {many} departments over that of {few}"
        tell(Measure(told, after / before, "times", memory=after, mark=DOUBLED))


if __name__ == "__main__":
    main()
