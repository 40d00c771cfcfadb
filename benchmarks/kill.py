"""Kill the writing of snapshots and portals at random moments: nothing broken, nothing earlier lost.

Run: ``python benchmarks/kill.py --times 200`` from a set-up checkout (not on Windows).
"""

import argparse
import os
import random
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from measure import Measure, tell

from demomed.analysis import compute
from demomed.ingestion.snapshots import (
    list_snapshots,
    provenance_of,
    register_fingerprint,
    verify_snapshot,
    write_snapshot,
)
from demomed.pipeline import load_territory, protected, publish
from demomed.rendering.check import check_site
from demomed.rendering.publish import replace_folder

WRITINGS = 3
"""How many writings fit in the longest delay, so that a kill falls on any step of any of them."""


def killed(work: Callable[[], None], delay: float) -> None:
    """Run some work over and over in another process, and kill it after a delay."""
    child = os.fork()
    if not child:
        try:
            while True:
                work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise SystemExit("the work failed by itself: nothing was tried")


def longest(work: Callable[[], None]) -> float:
    """Seconds that a few writings take on this disk."""
    start = time.perf_counter()
    work()
    return WRITINGS * (time.perf_counter() - start)


def contents(folder: Path) -> dict[str, bytes]:
    """Files of a folder by name."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def snapshots(times: int, draw: random.Random, root: Path) -> str:
    """Kill the writing of snapshots; every state listed must be whole, and stay as it was."""
    territory = load_territory("53")
    values = compute(territory, level="epci")
    public = protected(territory, values)
    told = provenance_of(territory, version="benchmark", reference_date=date(2025, 1, 1))
    fingerprint = register_fingerprint(territory.practitioners)
    day = date(1900, 1, 1)
    known: dict[date, bytes] = {}
    seen: Counter[str] = Counter()

    def work() -> None:
        nonlocal day
        write_snapshot(root, "53", day, values, public, told, fingerprint)
        day += timedelta(days=1)

    most = longest(work)
    for _ in range(times):
        killed(work, draw.uniform(0, most))
        left = [p.name for p in (root / "53").iterdir()] if (root / "53").is_dir() else []
        seen["unfinished"] += any(name.endswith(".partial") for name in left)
        seen["locked"] += any(name.startswith(".verrou") for name in left)
        states = {s.date: s.path for s in list_snapshots(root)}
        lost = [d for d, sums in known.items() if (states[d] / "SHA256SUMS").read_bytes() != sums]
        broken = [d for d in states if d not in known and verify_snapshot(root, "53", d)]
        if lost or broken:
            raise SystemExit(f"broken: {broken}, lost: {lost}")
        known = {d: (path / "SHA256SUMS").read_bytes() for d, path in states.items()}
        day = max(states, default=day) + timedelta(days=1)
    if any(verify_snapshot(root, "53", d) for d in known):
        raise SystemExit("an early state was altered")
    return f"{len(known)} states written, {dict(seen)}"


def portals(times: int, draw: random.Random, root: Path) -> str:
    """Kill the replacement of a portal; one whole portal must always be there, or beside."""
    whole = []
    for code in ("53", "41"):
        publish(load_territory(code), root / code)
        if check_site(root / code):
            raise SystemExit(f"the portal of {code} has faults before any kill")
        whole.append(contents(root / code))
    out, turn = root / "portail", 0
    seen: Counter[str] = Counter()
    replace_folder(out, whole[0])

    def work() -> None:
        nonlocal turn
        turn += 1
        replace_folder(out, whole[turn % 2])

    most = longest(work)
    for _ in range(times):
        killed(work, draw.uniform(0, most))
        place = out if out.is_dir() else root / ".portail.precedent"
        seen["between two renames"] += place is not out
        seen["unfinished"] += (root / ".portail.en-cours").exists()
        if contents(place) not in whole:
            raise SystemExit(f"a portal that is neither the earlier nor the later: {place.name}")
        turn += 1
    return str(dict(seen))


def main() -> None:
    """Print what the kills left; stop at the first broken or lost state."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=53)
    parser.add_argument("--what", choices=["snapshots", "portals", "both"], default="both")
    options = parser.parse_args()
    for name, run in (("snapshots", snapshots), ("portals", portals)):
        if options.what in (name, "both"):
            start = time.process_time()
            with tempfile.TemporaryDirectory() as folder:
                told = run(options.times, random.Random(options.seed), Path(folder))
            seconds = time.process_time() - start
            tell(
                Measure(f"{name}: {options.times} kills", seconds, note=f"0 broken, 0 lost; {told}")
            )


if __name__ == "__main__":
    main()
