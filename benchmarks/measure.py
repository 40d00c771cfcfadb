"""What a benchmark measured, in one form: a line for the reader, and a record for the suite.

A benchmark calls :func:`tell` once for each measure. The suite names a file in ``DEMOMED_RECORD``
and finds there one JSON line for each; a benchmark run by hand only prints.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

RECORD = "DEMOMED_RECORD"


@dataclass(frozen=True)
class Measure:
    """One figure of ours, beside the peer's for the same work, or beside its mark.

    Parameters
    ----------
    what
        The work, with its size.
    ours, theirs
        Figures in ``unit``; ``theirs`` is missing without a peer, and where the peer fails.
    unit
        ``"s CPU"``, ``"s"``, ``"ms"``, ``"MB"``, ``"kB gz"``; less is always better.
    peer
        Name of what ours is set beside; empty if nothing.
    wall
        Elapsed seconds of ours.
    memory, their_memory
        Peak resident memory (MB) of the process that did the work, or what the call added to it.
    mark
        Figure that ours must not exceed.
    is_true
        Whether what was made is what it must be (same counts as the peer, nothing exposed, …).
    note
        What else there is to know.
    """

    what: str
    ours: float
    unit: str = "s CPU"
    theirs: float | None = None
    peer: str = ""
    wall: float | None = None
    memory: float | None = None
    their_memory: float | None = None
    mark: float | None = None
    is_true: bool = True
    note: str = ""

    @property
    def is_held(self) -> bool:
        """Whether the result is right and the mark, if there is one, is held."""
        return self.is_true and (self.mark is None or self.ours <= self.mark)

    @property
    def ratio(self) -> float | None:
        """How many times the peer's figure is ours."""
        return self.theirs / self.ours if self.theirs is not None and self.ours > 0 else None

    def __str__(self) -> str:
        parts = [f"{self.what}: {figure(self.ours)} {self.unit}"]
        if self.wall is not None:
            parts.append(f"{figure(self.wall)} s elapsed")
        if self.memory is not None:
            parts.append(f"{self.memory:.0f} MB")
        if self.peer:
            told = "fails" if self.theirs is None else f"{figure(self.theirs)} {self.unit}"
            heavy = "" if self.their_memory is None else f", {self.their_memory:.0f} MB"
            parts.append(f"{self.peer} {told}{heavy}")
        if self.ratio is not None:
            parts.append(f"{self.ratio:.1f} ×")
        if self.mark is not None:
            parts.append(f"mark {figure(self.mark)}")
        if not self.is_held:
            parts.append("NOT HELD")
        return "; ".join([*parts, self.note] if self.note else parts)


@dataclass(frozen=True)
class Cost:
    """What a process of its own took and said: seconds, megabytes at its peak, last line."""

    cpu: float
    wall: float
    peak: float
    code: int
    said: str


def figure(value: float) -> str:
    """Three significant figures, without exponent."""
    if not value:
        return "0"
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def tell(measure: Measure) -> Measure:
    """Print a measure, and add it to the record of the suite if there is one."""
    print(measure, flush=True)
    if path := os.environ.get(RECORD):
        with Path(path).open("a", encoding="utf-8") as record:
            record.write(json.dumps(asdict(measure), ensure_ascii=False) + "\n")
    return measure


def told(path: Path) -> list[Measure]:
    """Measures of a record."""
    return [Measure(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def apart(*arguments: str) -> Cost:
    """Run Python with some arguments in a process of its own, and count what it takes.

    Called from a small process: the system counts in a child's peak what its parent held.
    """
    begun = time.monotonic()
    child = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    with child.stdout:
        said = child.stdout.read().strip().splitlines()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return Cost(
        used.ru_utime + used.ru_stime,
        time.monotonic() - begun,
        used.ru_maxrss / 1024,
        child.returncode,
        said[-1] if said else "",
    )


def memory_mb(field: str) -> float:
    """A line of this process's memory: ``VmHWM`` is its peak, ``VmRSS`` what it holds now."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def fresh_peak() -> float:
    """Start the peak of this process again from here; what it holds now (MB)."""
    Path("/proc/self/clear_refs").write_text("5")
    return memory_mb("VmRSS")
