"""What the user reads on the terminal: steps, summaries, tables, notices and refusals, in French."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Never

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from demomed.core.faults import InputError

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


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


def say(text: str = "") -> None:
    """One line of the summary, on standard output."""
    out.print(escape(text))


def warn(texts: tuple[str, ...]) -> None:
    """Notices worth reading, on standard error."""
    for text in texts:
        err.print(escape(f"à noter : {text}"))


def plural(count: int, one: str, many: str) -> str:
    """« 1 zone », « 3 zones »."""
    return f"{count} {one if count < 2 else many}"


def show_table(headings: Mapping[str, str], rows: Iterable[Sequence[str]]) -> None:
    """A table on standard output; ``headings`` gives the side (``"left"``, ``"right"``) of each column."""
    table = Table(box=None, pad_edge=False)
    for heading, side in headings.items():
        table.add_column(heading, justify="right" if side == "right" else "left")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    out.print(table)


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


def describe(territory: Any) -> None:
    """What was read: department, zones, sources with their dates."""
    department = territory.department
    inside = territory.members("commune").index
    people = f"{int(territory.communes.loc[inside, 'population'].sum()):,}".replace(",", "\u202f")
    say(
        f"{department.name} ({department.code}) : {plural(len(inside), 'commune', 'communes')}, "
        f"{plural(len(territory.epci), 'intercommunalité', 'intercommunalités')}, {people} habitants"
    )
    if territory.register_kind == "example":
        say("Registre : données d'exemple (fictives) ; donner le vôtre avec --register")
    else:
        persons = territory.practitioners["practitioner_id"].nunique()
        say(f"Registre : {plural(persons, 'praticien', 'praticiens')}")


def refuse(error: InputError) -> Never:
    """Every fault on its line, then the way out; exit code 2."""
    count = len(error.faults)
    err.print(f"Rien n'a été écrit : {plural(count, 'défaut', 'défauts')}.")
    for fault in error.faults:
        err.print(escape(f"- {fault}"))
    sys.exit(2)
