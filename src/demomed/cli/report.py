"""What the user reads on the terminal: steps, summaries, tables, notices and refusals, in French."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Never

from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from demomed.core.faults import Fault, InputError

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
_LOG_WIDTH = 10_000
TRACE = "DEMOMED_TRACE"
"""Environment variable that shows the whole trace of a defect of the program."""
DEFECT = 70
"""Exit code of a defect of the program (``EX_SOFTWARE`` of sysexits)."""


@contextmanager
def steps(total: int) -> Iterator[Callable[[str], None]]:
    """Progress bar on a terminal, one plain line a step in a log."""
    if not err.is_terminal:
        yield lambda text: err.print(escape(f"… {text}"))
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("Démarrage", total=total)

        def step(text: str) -> None:
            bar.update(task, description=escape(text), advance=1)

        yield step


@contextmanager
def count_bar(total: int) -> Iterator[Callable[[int, str], None]]:
    """Bar of a known number of pieces of work on a terminal, one plain line a piece in a log."""
    if not err.is_terminal:
        yield lambda done, text: err.print(escape(f"… {done}/{total} {text}"))
        return
    columns = (
        TextColumn("{task.completed}/{task.total}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done, text: bar.update(task, completed=done, description=escape(text))


@contextmanager
def byte_bar() -> Iterator[Callable[[str, int, int | None], None]]:
    """Bar of the bytes received on a terminal; nothing in a log, where each file has its line."""
    if not err.is_terminal:
        yield lambda source, done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), DownloadColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda source, done, total: bar.update(
            task, description=escape(source), completed=done, total=total
        )


def say(text: str = "") -> None:
    """One line of the summary, on standard output."""
    out.print(escape(text))


def say_path(label: str, path: Path, note: str = "") -> None:
    """A line that ends with what was written or is to open; a terminal makes it a link.

    Parameters
    ----------
    label
        What the path is: « Écrit », « À ouvrir »…
    path
        File or folder, written as it was given.
    note
        What is told after it.
    """
    shown = escape(str(path))
    if out.is_terminal:
        shown = f"[link={Path(path).resolve().as_uri()}]{shown}[/link]"
    out.print(f"{escape(label)} : {shown}{escape(note)}")


def warn(texts: tuple[str, ...]) -> None:
    """Notices worth reading, on standard error."""
    for text in texts:
        err.print(escape(f"à noter : {text}"))


def thousands(count: int) -> str:
    """A count as French writes it, a thin space between thousands.

    Examples
    --------
    >>> thousands(12260).replace("\u202f", " ")
    '12 260'
    """
    return f"{count:,}".replace(",", "\u202f")


def plural(count: int, one: str, many: str) -> str:
    """« 1 zone », « 3 zones », « 12 260 zones »."""
    return f"{thousands(count)} {one if count < 2 else many}"


def show_table(headings: Mapping[str, str], rows: Iterable[Sequence[str]]) -> None:
    """A table on standard output; ``headings`` gives the side (``"left"``, ``"right"``) of each column.

    A terminal folds it to its width; a log or a pipe gets whole lines.
    """
    table = Table(box=None, pad_edge=False)
    for heading, side in headings.items():
        table.add_column(heading, justify="right" if side == "right" else "left")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    if out.is_terminal:
        out.print(table)
        return
    whole = Measurement.get(out, out.options.update(max_width=_LOG_WIDTH), table).maximum
    Console(file=out.file, width=whole, highlight=False).print(table)


def status_line(table: Any) -> str:
    """Count of values, missing, unstable and masked rows of an indicator table."""
    counts = table["status"].value_counts()
    parts = [
        plural(int(counts.get("value", 0)), "valeur", "valeurs"),
        plural(int(counts.get("unstable", 0)), "à effectif faible", "à effectif faible"),
        plural(int(counts.get("missing", 0)), "absente", "absentes"),
        plural(int(counts.get("masked", 0)), "masquée (secret)", "masquées (secret)"),
    ]
    return ", ".join(parts)


def say_territory(name: str, code: str, communes: Any, epci: int) -> None:
    """A department with the number of its communes, intercommunalities and inhabitants."""
    people = thousands(int(communes["population"].sum()))
    say(
        f"{name} ({code}) : {plural(len(communes), 'commune', 'communes')}, "
        f"{plural(epci, 'intercommunalité', 'intercommunalités')}, {people} habitants"
    )


def describe(territory: Any) -> None:
    """What was read: department, zones, sources with their dates."""
    department = territory.department
    inside = territory.communes.loc[territory.members("commune").index]
    say_territory(department.name, department.code, inside, len(territory.epci))
    if territory.register_kind == "example":
        say("Registre : données d'exemple (fictives) ; donner le vôtre avec --register")
    else:
        persons = territory.practitioners["practitioner_id"].nunique()
        say(f"Registre : {plural(persons, 'praticien', 'praticiens')}")
    if territory.structures_kind == "user":
        say(f"Structures : votre liste, {plural(len(territory.structures), 'lieu', 'lieux')}")
    else:
        say("Structures : comptes officiels ; donner votre liste avec --structures")


def show_faults(head: str, faults: Sequence[Fault]) -> None:
    """A head line, then every fault on its line, on standard error."""
    err.print(escape(head))
    for fault in faults:
        err.print(escape(f"- {fault}"))


def refuse(error: InputError, head: str = "Rien n'a été écrit") -> Never:
    """Every fault on its line, then the way out; exit code 2."""
    count = len(error.faults)
    show_faults(f"{head} : {plural(count, 'défaut', 'défauts')}.", error.faults)
    warn(error.notices)
    sys.exit(2)


def own_up(error: Exception) -> Never:
    """A defect of the program, told in a few lines with the place to report; exit code 70."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    err.print(
        escape(
            f"Erreur du programme, et non de vos fichiers : {type(error).__name__} "
            f"({Path(last.filename).name}, ligne {last.lineno}) : {error}"
        )
    )
    err.print(
        escape(
            f"À signaler avec la commande tapée ; {TRACE}=1 devant la commande en montre le détail."
        )
    )
    sys.exit(DEFECT)
