"""CPU time and peak memory of the main job, each department in its own process and the three together.

Run: ``python benchmarks/publish.py`` from a set-up checkout; ``--repeat`` for the number of times,
of which the median is told.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from measure import Cost, Measure, apart, tell

RUN = "from demomed.cli import main; main({args!r})"
ONE, ALL, MEMORY = 10.0, 30.0, 700.0
"""Marks: seconds of processor for a department, for the three, and megabytes."""
DEPARTMENTS = ("53", "41", "61")


def publish(code: str) -> Cost:
    """Publish a department in a process of its own, nothing kept from before."""
    with tempfile.TemporaryDirectory() as folder:
        args = ["publish", "--fresh", "--department", code, "--out", str(Path(folder) / code)]
        cost = apart("-c", RUN.format(args=args))
    if cost.code:
        raise SystemExit(f"publish {code}: exit {cost.code}")
    return cost


def main() -> None:
    """One measure per department, then the three one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--departments", nargs="*", default=list(DEPARTMENTS))
    options = parser.parse_args()
    total = elapsed = peak = 0.0
    for code in options.departments:
        runs = [publish(code) for _ in range(options.repeat)]
        cpu, wall = (statistics.median(getattr(r, x) for r in runs) for x in ("cpu", "wall"))
        most = max(run.peak for run in runs)
        total, elapsed, peak = total + cpu, elapsed + wall, max(peak, most)
        tell(
            Measure(
                f"publish {code}",
                cpu,
                wall=wall,
                memory=most,
                mark=ONE,
                is_true=most <= MEMORY,
                note=f"memory mark {MEMORY:.0f} MB, median of {options.repeat}",
            )
        )
    if len(options.departments) > 1:
        said = " + ".join(options.departments)
        tell(Measure(f"publish {said}", total, wall=elapsed, memory=peak, mark=ALL))


if __name__ == "__main__":
    main()
