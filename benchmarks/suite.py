"""Every benchmark of the folder, one after the other, each in its own process; writes RESULTS.md.

Run: ``python benchmarks/suite.py --date 2026-05-04`` (or ``make bench DATE=2026-05-04``); ``--quick``
takes small sizes and leaves the long ones out, ``--only access gate`` keeps some, ``--leave
departments-96`` leaves some out. Benchmarks on the national files run where ``--official`` (or
``DEMOMED_OFFICIAL``) names their folder. A benchmark that fails is told, and the others go on.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from measure import RECORD, Measure, figure, told

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
OFFICIAL = "DEMOMED_OFFICIAL"
TOLD = ("demomed", "numpy", "scipy", "pandas", "geopandas", "shapely", "pyarrow", "playwright")
PEERS = ("access", "spopt", "PuLP", "highspy", "scikit-learn", "folium")
HEAD = (
    "benchmark",
    "measure",
    "ours",
    "peer",
    "ratio",
    "mark",
    "elapsed",
    "memory",
    "its memory",
    "state",
)
READING = """\
Every benchmark runs in processes of its own, one after the other. « Ours » is processor time (s CPU),
elapsed time (s, ms) or weight, and less is better; « ratio » is how many times the peer's figure is
ours, in the same run on the same numbers; both answers are compared, and « state » is « held » when
ours is right and within its mark. Memory is the peak of the process that did the work, or what the
call added to it (see each script). What has no peer is set beside its mark.
"""
PEER_NOTES = """\
Peers are called as their documentation says, imports and first calls paid before, their defaults kept;
`access` starts from the same table of times. `spopt` is given two solvers, 30 seconds each, and the
better answer is told; PuLP calls « Optimal » what a solver held when its time ran out. The default
folium page holds the same layers and its Leaflet comes from the disk. The loop of pandas does less
than the ranking. Annuaire: every person of the made file is fictional.
"""


@dataclass(frozen=True)
class Entry:
    """One benchmark: its script and arguments, whole and quick, and what it needs.

    Parameters
    ----------
    name
        Name in the results.
    script
        File of the folder, without its ending.
    arguments, quick
        What follows it; ``quick`` is missing where no small size is worth telling.
    official
        Whether it reads the national files.
    """

    name: str
    script: str
    arguments: tuple[str, ...] = ()
    quick: tuple[str, ...] | None = None
    official: bool = False


ENTRIES = (
    Entry("pairs", "pairs", (), ("--places", "3000")),
    Entry("access", "access", (), ("--sizes", "250")),
    Entry("siting", "siting", (), None),
    Entry("ranking", "ranking", (), ("--most", "4000")),
    Entry("gate", "gate", ("--registers", "60"), ("53", "--registers", "3")),
    Entry("rpps", "rpps", (), ("--lines", "100000")),
    Entry("publish", "publish", (), ("--repeat", "1", "--departments", "53")),
    Entry("pages", "pages", (), ("53", "--only", "acces")),
    Entry("kill", "kill", ("--times", "10"), None),
    Entry("vintages", "vintages", (), ()),
    Entry(
        "national",
        "national",
        ("--what", "reading", "access", "page"),
        ("--what", "reading", "access", "page"),
        True,
    ),
    Entry("departments-1-3-15-30", "national", ("--sizes", "1", "3", "15", "30"), None, True),
    Entry("backtest", "backtest", (), None, official=True),
    Entry("apl_agreement", "apl_agreement", ("--shipped",), None, official=True),
    Entry("departments-96", "national", ("--sizes", "96"), None, official=True),
)
TOOLS = ("measure", "suite", "axe", "docs_walk", "release", "roads", "departments")
"""Scripts of the folder that are not measures of the suite; ``roads`` writes extracts of its own."""


@dataclass(frozen=True)
class Outcome:
    """What one benchmark told, and what it cost; without measures it was not run, or failed."""

    entry: Entry
    measures: tuple[Measure, ...] = ()
    text: str = ""
    code: int | None = None
    cpu: float = 0.0
    wall: float = 0.0

    @property
    def is_held(self) -> bool:
        """Whether it ended well and every measure is held."""
        return self.code == 0 and all(one.is_held for one in self.measures)


def run(entry: Entry, arguments: tuple[str, ...]) -> Outcome:
    """One benchmark in a process of its own."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "measures.jsonl"
        record.touch()
        child = subprocess.Popen(
            [sys.executable, str(HERE / f"{entry.script}.py"), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=HERE.parent,
            env={**os.environ, RECORD: str(record)},
        )
        assert child.stdout is not None
        with child.stdout:
            text = child.stdout.read().strip()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        return Outcome(
            entry,
            tuple(told(record)),
            text,
            child.returncode,
            used.ru_utime + used.ru_stime,
            time.monotonic() - begun,
        )


def machine() -> str:
    """Kind of the machine, never its name."""
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.exists() else []
    model = next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model or platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}"


def versions(names: tuple[str, ...]) -> str:
    """Versions of some packages."""
    found = []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} absent")
    return ", ".join(found)


def rows(one: Outcome) -> list[str]:
    """Lines of the table: one for each measure, one for a benchmark without any."""
    if not one.measures:
        state = "not run" if one.code is None else f"**failed**, exit {one.code}"
        return [_line(one.entry.name, *[""] * (len(HEAD) - 2), state)]
    lines = [_row(one.entry.name, measure) for measure in one.measures]
    if one.code:
        lines.append(_line(one.entry.name, *[""] * (len(HEAD) - 2), f"**failed**, exit {one.code}"))
    return lines


def _row(name: str, one: Measure) -> str:
    def amount(value: float | None, unit: str) -> str:
        return "" if value is None else f"{figure(value)} {unit}"

    theirs = amount(one.theirs, one.unit) if one.theirs is not None else "fails"
    return _line(
        name,
        one.what,
        amount(one.ours, one.unit),
        f"{one.peer}: {theirs}" if one.peer else "",
        "" if one.ratio is None else f"{one.ratio:.1f} ×",
        amount(one.mark, one.unit),
        amount(one.wall, "s"),
        "" if one.memory is None else f"{one.memory:.0f} MB",
        "" if one.their_memory is None else f"{one.their_memory:.0f} MB",
        "held" if one.is_held else "**not held**",
    )


def _line(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '·') for cell in cells)} |"


def report(done: list[Outcome], day: str, *, quick: bool) -> str:
    """The page of results, for any outcomes."""
    sizes = "Small sizes (`--quick`): the orders of magnitude only." if quick else "Whole sizes."
    lines = [
        "# Results of the benchmarks",
        "",
        f"{day}. {machine()}. {sizes}",
        "",
        f"Python {platform.python_version()}, {versions(TOLD)}. Peers: {versions(PEERS)}.",
        "",
        READING,
        PEER_NOTES,
        _line(*HEAD),
        _line(*["---"] * len(HEAD)),
        *(line for one in done for line in rows(one)),
        "",
    ]
    for one in done:
        if one.code is None:
            continue
        lines += [
            f"## {one.entry.name}",
            "",
            f"{one.cpu:.0f} s CPU, {one.wall:.0f} s elapsed, exit {one.code}.",
            "",
            "```text",
            _without_paths(one.text),
            "```",
            "",
        ]
    return "\n".join(lines)


def _without_paths(text: str) -> str:
    """What a benchmark printed, without the folders of this machine."""
    for folder in (HERE.parent, Path(sys.prefix), Path(tempfile.gettempdir()), Path.home()):
        text = text.replace(str(folder), "…")
    return text.replace(os.environ.get(OFFICIAL) or "\0", "…")


def main() -> None:
    """Run what is asked for and write the results; 1 if a mark is not held."""
    names = [entry.name for entry in ENTRIES]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", required=True, help="day of the run, AAAA-MM-JJ")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="*", choices=names, default=names)
    parser.add_argument("--leave", nargs="*", choices=names, default=[])
    parser.add_argument("--official", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    if options.official:
        os.environ[OFFICIAL] = str(options.official)
    done = []
    for entry in ENTRIES:
        arguments = entry.quick if options.quick else entry.arguments
        is_asked = entry.name in options.only and entry.name not in options.leave
        if arguments is None or not is_asked or (entry.official and OFFICIAL not in os.environ):
            done.append(Outcome(entry))
            continue
        done.append(run(entry, arguments))
        for line in rows(done[-1]):
            print(line, flush=True)
        options.out.write_text(report(done, options.date, quick=options.quick), encoding="utf-8")
    options.out.write_text(report(done, options.date, quick=options.quick), encoding="utf-8")
    sys.exit(0 if all(one.is_held for one in done if one.code is not None) else 1)


if __name__ == "__main__":
    main()
