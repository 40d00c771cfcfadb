"""CPU time and peak memory of the main job, each department in its own process and the three together.

Run: ``python benchmarks/publish.py`` from a set-up checkout.
"""

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

RUN = "from demomed.cli import main; main({args!r})"


def measure(departments: list[str], repeat: int) -> tuple[float, float]:
    """Median CPU seconds of publishing the departments one after the other, and peak memory in MB."""
    seconds = []
    peak = 0.0
    for _ in range(repeat):
        total = 0.0
        for code in departments:
            with tempfile.TemporaryDirectory() as folder:
                args = ["publish", "--department", code, "--out", str(Path(folder) / code)]
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                subprocess.run(
                    [sys.executable, "-c", RUN.format(args=args)],
                    check=True,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                total += after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                peak = max(peak, after.ru_maxrss / 1024)
        seconds.append(total)
    seconds.sort()
    return seconds[len(seconds) // 2], peak


def main() -> None:
    """Print one line per case, with the mark to hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    repeat = parser.parse_args().repeat
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores")
    for label, codes, mark in (
        ("53", ["53"], 10),
        ("41", ["41"], 10),
        ("61", ["61"], 10),
        ("53 + 41 + 61", ["53", "41", "61"], 30),
    ):
        cpu, peak = measure(codes, repeat)
        print(f"{label:14} {cpu:6.2f} s CPU (mark {mark}), peak {peak:5.0f} MB (mark 700)")


if __name__ == "__main__":
    main()
