"""Kill the writing of snapshots at random moments: nothing broken is accepted, nothing earlier is lost.

Run: ``python benchmarks/kill.py --times 200`` from a set-up checkout (not on Windows).
"""

import argparse
import os
import random
import signal
import tempfile
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from demomed.analysis import compute
from demomed.ingestion.snapshots import (
    list_snapshots,
    provenance_of,
    register_fingerprint,
    verify_snapshot,
    write_snapshot,
)
from demomed.pipeline import load_territory

LONGEST = 0.12
"""Seconds: several snapshots fit in it, so that a kill may fall on any step of any of them."""


def main() -> None:
    """Print what the kills left, and stop at the first broken or lost state."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=53)
    options = parser.parse_args()
    territory = load_territory("53")
    values = compute(territory, level="epci")
    told = provenance_of(territory, version="benchmark", reference_date=date(2025, 1, 1))
    fingerprint = register_fingerprint(territory.practitioners)
    draw = random.Random(options.seed)
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        root, day = Path(folder), date(1900, 1, 1)
        known: dict[date, bytes] = {}
        for _ in range(options.times):
            child = os.fork()
            if not child:
                while True:
                    write_snapshot(root, "53", day, values, told, fingerprint)
                    day += timedelta(days=1)
            time.sleep(draw.uniform(0, LONGEST))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            left = {p.name for p in (root / "53").iterdir()} if (root / "53").is_dir() else set()
            seen["unfinished folder left"] += any(name.endswith(".partial") for name in left)
            seen["lock left"] += any(name.startswith(".verrou") for name in left)
            states = {s.date: s.path for s in list_snapshots(root)}
            lost = [
                d for d, sums in known.items() if (states[d] / "SHA256SUMS").read_bytes() != sums
            ]
            broken = [d for d in states if d not in known and verify_snapshot(root, "53", d)]
            if lost or broken:
                raise SystemExit(f"broken: {broken}, lost: {lost}")
            known = {d: (path / "SHA256SUMS").read_bytes() for d, path in states.items()}
            day = max(states, default=day) + timedelta(days=1)
        if any(verify_snapshot(root, "53", d) for d in known):
            raise SystemExit("an early state was altered")
    print(f"{options.times} kills, {len(known)} states written, 0 broken, 0 lost")
    for what, count in sorted(seen.items()):
        print(f"{what}: {count} times")


if __name__ == "__main__":
    main()
