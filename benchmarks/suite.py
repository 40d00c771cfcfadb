"""Every benchmark of the folder, one after the other, each in its own process; writes RESULTS.md.

Run: ``python benchmarks/suite.py`` (or ``make bench``); ``--quick`` leaves the long ones out,
``--only access gate`` keeps some. Benchmarks on official files run where ``DEMOMED_OFFICIAL`` names
their folder. An entry whose measure says « ours … theirs … » has its ratio in the table.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
TOLD = (
    "demomed",
    "numpy",
    "pandas",
    "geopandas",
    "shapely",
    "scipy",
    "access",
    "spopt",
    "distributed",
)
PEER = re.compile(r"ours\s+([\d.]+)\s*s.*?theirs\s+(?:([\d.]+)\s*s|fails)")


@dataclass(frozen=True)
class Entry:
    """One benchmark: its script, its arguments, and what it needs."""

    name: str
    arguments: tuple[str, ...] = ()
    long: bool = False
    official: bool = False


ENTRIES = (
    Entry("publish", ("--repeat", "3")),
    Entry("access"),
    Entry("siting", ("--peer",)),
    Entry("gate"),
    Entry("ranking"),
    Entry("pages"),
    Entry("rpps", long=True),
    Entry("kill", ("--times", "50"), long=True),
    Entry("vintages", official=True),
    Entry("backtest", official=True),
    Entry("apl_agreement", official=True, long=True),
    Entry("national", official=True, long=True),
)


@dataclass(frozen=True)
class Outcome:
    """What one benchmark printed, and what it cost."""

    entry: Entry
    text: str
    code: int
    cpu: float
    wall: float
    peak: float

    @property
    def peers(self) -> list[tuple[float, float | None]]:
        """Seconds of ours and of the peer, for each line that tells both."""
        return [(float(a), float(b) if b else None) for a, b in PEER.findall(self.text)]


def run(entry: Entry) -> Outcome:
    """One benchmark in a process of its own."""
    begun = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, str(HERE / f"{entry.name}.py"), *entry.arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=HERE.parent,
    )
    assert child.stdout is not None
    text = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return Outcome(
        entry,
        text.strip(),
        child.returncode,
        used.ru_utime + used.ru_stime,
        time.monotonic() - begun,
        used.ru_maxrss / 1024,
    )


def machine() -> str:
    """Kind of the machine, never its name."""
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.exists() else []
    model = next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model or platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}"


def versions() -> str:
    """Versions of what is measured and of its peers."""
    found = [f"Python {platform.python_version()}"]
    for name in TOLD:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} absent")
    return ", ".join(found)


def row(one: Outcome) -> str:
    """Line of the table: the slowest pair tells the ratio."""
    ours, peer, ratio = "", "", ""
    if one.peers:
        mine, theirs = max(one.peers, key=lambda pair: pair[1] or 0.0)
        ours = f"{mine:.3f} s"
        peer = "fails" if theirs is None else f"{theirs:.3f} s"
        ratio = "" if not theirs or not mine else f"{theirs / mine:.1f} ×"
    state = "held" if one.code == 0 else f"exit {one.code}"
    return (
        f"| {one.entry.name} | {ours} | {peer} | {ratio} | {one.cpu:.1f} s | {one.wall:.0f} s "
        f"| {one.peak:.0f} MB | {state} |"
    )


def report(done: list[Outcome], skipped: list[str], day: str) -> str:
    """The page of results."""
    lines = [
        "# Results of the benchmarks",
        "",
        f"{day}. {machine()}. {versions()}.",
        "",
        "CPU and memory are those of the script and its children (memory: the largest process).",
        "« Ours » and « peer » are the slowest pair of the same measure in the same run; the whole is",
        "below. What has no peer is measured against its mark.",
        "",
        "| benchmark | ours | peer | ratio | CPU | wall | peak memory | marks |",
        "|---|---|---|---|---|---|---|---|",
        *map(row, done),
        "",
    ]
    if skipped:
        lines += [f"Not run this time: {', '.join(skipped)}.", ""]
    for one in done:
        call = " ".join(["python", f"benchmarks/{one.entry.name}.py", *one.entry.arguments])
        lines += [f"## {one.entry.name}", "", f"`{call}`", "", "```text", one.text, "```", ""]
    return "\n".join(lines)


def main() -> None:
    """Run what is asked for and write the results; 1 if a mark is not held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="*", choices=[e.name for e in ENTRIES])
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    official = "DEMOMED_OFFICIAL" in os.environ
    chosen = [
        e
        for e in ENTRIES
        if (not options.only or e.name in options.only)
        and not (options.quick and e.long)
        and (official or not e.official)
    ]
    done = []
    for entry in chosen:
        done.append(run(entry))
        print(row(done[-1]), flush=True)
    skipped = [e.name for e in ENTRIES if e not in chosen]
    day = datetime.now(UTC).date().isoformat()
    options.out.write_text(report(done, skipped, day), encoding="utf-8")
    sys.exit(max((one.code for one in done), default=0) and 1)


if __name__ == "__main__":
    main()
