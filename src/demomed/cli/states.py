"""Commands of the department over time: snapshot, and snapshots list, show, verify, diff."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import date as Date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from demomed.cli.changes import show_figures, show_persons
from demomed.cli.grouped import ScopedFiles, grouped
from demomed.cli.options import (
    ROOT,
    THRESHOLD,
    DataOption,
    DepartmentOption,
    RegisterOption,
    RootOption,
    ThresholdOption,
    day_of,
    parse_date,
)
from demomed.cli.report import describe, plural, say, say_path, show_table, status_line, steps, warn

if TYPE_CHECKING:
    pass

app = typer.Typer(
    help="Les états datés d'un département : liste, contenu, intégrité, ce qui a changé.",
    no_args_is_help=True,
)
AnyDepartment = Annotated[
    str | None,
    typer.Option("--department", "-d", help="Code du département ; tous par défaut."),
]
WhichDate = Annotated[str, typer.Argument(help="Date de l'état, AAAA-MM-JJ.", metavar="DATE")]


@grouped
def snapshot(
    *,
    department: DepartmentOption,
    files: ScopedFiles,
    date: Annotated[
        str | None,
        typer.Option(
            "--date", help="Date de l'état et des âges, AAAA-MM-JJ ; aujourd'hui par défaut."
        ),
    ] = None,
    root: RootOption = ROOT,
    cohorts: Annotated[
        Path | None,
        typer.Option(
            "--cohorts",
            help="Dossier des tables de cohortes publiées ce jour : ce qu'elles disent est gardé.",
        ),
    ] = None,
    threshold: ThresholdOption = THRESHOLD,
) -> None:
    """Range l'état du jour : tous les indicateurs, leur provenance et l'empreinte du registre."""
    with steps(4) as step:
        step("Lecture des données")
        from demomed import pipeline, states

        pipeline.check_options(threshold=threshold)
        day = parse_date(date) or day_of(None)
        territory = files.territory(department, progress=step, reference_date=day)
        told_cohorts = None
        if cohorts is not None:
            from functools import partial

            from demomed.dossiers.cohortes_counts import retold_counts
            from demomed.mission import read_cohorts

            tables, notices = read_cohorts(territory, cohorts, data=files.data)
            warn(notices)
            told_cohorts = partial(retold_counts, territory, tables, day, threshold=threshold)
        taken = states.take_snapshot(
            territory, day, root, register=files.register, cohorts=told_cohorts,
            threshold=threshold, progress=step,
        )  # fmt: skip
    describe(territory)
    say(f"Indicateurs : {status_line(taken.public.table)}")
    say_path("Écrit", taken.path, f" (usage interne ; {_french(day)})")
    if taken.kept is not None:
        say(f"Lignes du registre gardées près de lui : {taken.kept}")
    if taken.earlier is not None:
        words = ["demomed", "snapshots", "diff", taken.earlier.isoformat(), day.isoformat()]
        words += ["--department", department]
        given = {"--states": None if root == ROOT else root}
        given |= {"--data": files.data, "--register": files.register}
        words += [word for name, path in given.items() if path for word in (name, str(path))]
        say(f"État précédent : {_french(taken.earlier)} ; pour comparer : {shlex.join(words)}")
    warn(territory.notices)


@app.command("list")
def snapshots_list(department: AnyDepartment = None, root: RootOption = ROOT) -> None:
    """Liste les états rangés, du plus ancien au plus récent, et dit s'ils sont entiers."""
    from demomed.ingestion.snapshots import list_snapshots, read_snapshot, verify_snapshot

    stored = list_snapshots(root, department)
    if not stored:
        say(f"Aucun état dans {root} ; en ranger un avec « demomed snapshot »")
        return
    rows = []
    for one in stored:
        faults = verify_snapshot(root, one.department_code, one.date)
        told: tuple[str, ...] = ("", "", "")
        if not faults:
            state = read_snapshot(root, one.department_code, one.date)
            told = (
                str(len(state.indicators)),
                _kind(state.provenance),
                str(state.provenance["version"]),
            )
        state_word = plural(len(faults), "défaut", "défauts") if faults else "entier"
        rows.append((one.department_code, one.date.isoformat(), *told, state_word))
    show_table(
        {
            "Département": "left",
            "Date": "left",
            "Chiffres": "right",
            "Registre": "left",
            "Version": "left",
            "Intégrité": "left",
        },
        rows,
    )


@app.command("show")
def snapshots_show(date: WhichDate, department: DepartmentOption, root: RootOption = ROOT) -> None:
    """Montre un état : ses chiffres par niveau, ses sources et qui elles comptent."""
    from demomed.ingestion.snapshots import read_snapshot

    state = read_snapshot(root, department, _day(date))
    say(f"Département {department}, état du {_french(state.date)} (usage interne)")
    say(f"Registre : {_kind(state.provenance)}, empreinte {state.register_hash[:16]}…")
    counts = state.indicators.table["level"].value_counts()
    say("Chiffres : " + ", ".join(f"{level} {counts[level]}" for level in sorted(counts.index)))
    say(f"Publiables : {status_line(state.public.table)}")
    sources = state.provenance["sources"]
    show_table(
        {"Source": "left", "Millésime": "left", "État au": "left", "Qui ou quoi": "left"},
        [(s["title"], s["vintage"], s["as_of"], s["field"]) for _, s in sorted(sources.items())],
    )
    warn(tuple(state.provenance.get("notices", ())))


@app.command("verify")
def snapshots_verify(
    date: Annotated[
        str | None, typer.Argument(help="Date d'un état ; tous par défaut.", metavar="DATE")
    ] = None,
    department: AnyDepartment = None,
    root: RootOption = ROOT,
) -> None:
    """Vérifie que les états sont entiers et inchangés. Code de sortie 1 s'il y a un défaut."""
    from demomed.ingestion.snapshots import list_snapshots, verify_snapshot

    wanted = None if date is None else _day(date)
    stored = [
        (s.department_code, s.date)
        for s in list_snapshots(root, department)
        if wanted in (None, s.date)
    ]
    if wanted is not None and not stored:
        stored = [(department or "", wanted)] if department else []
    faults = [fault for code, day in stored for fault in verify_snapshot(root, code, day)]
    for fault in faults:
        say(f"- {fault}")
    say(
        f"{plural(len(stored), 'état vérifié', 'états vérifiés')}, "
        f"{plural(len(faults), 'défaut', 'défauts') if faults else 'aucun défaut'}"
    )
    if faults or (wanted is not None and not stored):
        raise typer.Exit(1)


@app.command("diff")
def snapshots_diff(
    first: Annotated[str, typer.Argument(help="Date du premier état.", metavar="DATE1")],
    second: Annotated[str, typer.Argument(help="Date du second.", metavar="DATE2")],
    department: DepartmentOption,
    data: DataOption = None,
    register: RegisterOption = None,
    root: RootOption = ROOT,
    out_file: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Fichier CSV des chiffres qui changent.", metavar="FICHIER"
        ),
    ] = None,
) -> None:
    """Dit ce qui a changé entre deux états : arrivées, départs, déménagements, âges, définitions."""
    with steps(2) as step:
        step("Lecture des états")
        from demomed import pipeline, states
        from demomed.ingestion.snapshots import read_snapshot

        one, two = (read_snapshot(root, department, _day(text)) for text in (first, second))
        territory = pipeline.load_territory(department, data=data)
        step("Comparaison")
        told = states.changes(territory, one, two, register=register)
    names = territory.zones("epci")["short_name"].to_dict()
    say(
        f"Département {department}, du {_french(one.date)} au {_french(two.date)} "
        "(usage interne : personnes non protégées)"
    )
    if told.persons is not None:
        show_persons(told.persons, names)
    show_figures(told.figures)
    if out_file is not None:
        content = told.figures.to_csv(index=False, sep=";", lineterminator="\n")
        pipeline.write_bytes(out_file, ("\ufeff" + content).encode("utf-8"))
        say_path("Écrit", out_file, " (usage interne)")
    warn(told.notices)


def _kind(provenance: Mapping[str, Any]) -> str:
    return "exemple (fictif)" if provenance.get("register_kind") == "example" else "mission"


def _french(day: Date) -> str:
    return f"{day:%d/%m/%Y}"


def _day(text: str) -> Date:
    day = parse_date(text)
    assert day is not None
    return day
