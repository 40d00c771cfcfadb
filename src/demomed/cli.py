"""Command line: the same verbs as the notebooks, French messages, exit code 2 on bad input."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Never

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from demomed.core.faults import Fault, InputError, closest

app = typer.Typer(
    name="demomed",
    help="Démographie médicale des départements : des fichiers officiels aux cartes publiées.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
# The parent of every complaint about the command line, wherever this version of typer keeps it.
USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]
sources_app = typer.Typer(
    help="Les sources : ce qui est connu, présent, périmé.", no_args_is_help=True
)
app.add_typer(sources_app, name="sources")

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

DepartmentOption = Annotated[
    str, typer.Option("--department", "-d", help="Code du département.", metavar="CODE")
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="Dossier de données (lot de référence) à la place de celui livré."),
]
RegisterOption = Annotated[
    Path | None, typer.Option("--register", help="Registre des praticiens (CSV ou XLSX).")
]
StructuresOption = Annotated[
    Path | None, typer.Option("--structures", help="Liste des structures (CSV ou XLSX).")
]
ScopeOption = Annotated[
    str,
    typer.Option(
        "--scope",
        help="EPCI à cheval sur la limite : « whole » (entiers) ou « department ».",
    ),
]
DateOption = Annotated[
    str | None,
    typer.Option("--date", help="Date de référence des âges, AAAA-MM-JJ.", metavar="DATE"),
]


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


def parse_date(text: str | None) -> date | None:
    """ISO date of an option, or a French fault."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            Fault("--date", f"« {text} »", "une date AAAA-MM-JJ", "écrire par exemple 2026-01-01")
        ) from None


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
    say(
        f"{department.name} ({department.code}) : "
        f"{plural(len(territory.zones('commune')), 'commune', 'communes')}, "
        f"{plural(len(territory.epci), 'intercommunalité', 'intercommunalités')}, "
        f"{int(territory.communes.loc[territory.members('commune').index, 'population'].sum()):,}"
        " habitants".replace(",", " ")
    )
    if territory.register_kind == "example":
        say("Registre : données d'exemple (fictives) ; donner le vôtre avec --register")
    else:
        persons = territory.practitioners["practitioner_id"].nunique()
        say(f"Registre : {plural(persons, 'praticien', 'praticiens')}")


@app.command()
def publish(
    department: DepartmentOption,
    out_dir: Annotated[
        Path | None, typer.Option("--out", "-o", help="Dossier du portail (maps/CODE par défaut).")
    ] = None,
    data: DataOption = None,
    register: RegisterOption = None,
    structures: StructuresOption = None,
    scope: ScopeOption = "whole",
    reference_date: DateOption = None,
    recipe: Annotated[
        str, typer.Option("--recipe", help="Recette du classement.")
    ] = "installation",
    threshold: Annotated[
        int, typer.Option("--threshold", help="Seuil du secret, en personnes (5 au moins).")
    ] = 5,
    mode: Annotated[
        str, typer.Option("--mode", help="« single » (un fichier par page), « split » ou « csp ».")
    ] = "single",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tout vérifier sans rien écrire.")
    ] = False,
) -> None:
    """Construit et publie les cartes, tableaux et classements d'un département."""
    with steps(6) as step:
        step("Lecture des données")
        from demomed import pipeline

        territory = pipeline.load_territory(
            department,
            data=data,
            register=register,
            structures=structures,
            scope=scope,  # type: ignore[arg-type]
            reference_date=parse_date(reference_date),
        )
        target = out_dir or Path("maps") / territory.department.code
        result = (
            None
            if dry_run
            else pipeline.publish(
                territory, target, recipe=recipe, threshold=threshold, mode=mode, progress=step
            )
        )
    describe(territory)
    if result is None:
        warn(territory.notices)
        say("Essai à blanc : rien n'a été écrit.")
        return
    say(f"Indicateurs : {status_line(result.indicators.table)}")
    say(f"Écrit dans {target} : {', '.join(result.files)}")
    for document in result.documents.values():
        say(f"  {document.page_id}.html — {document.lead}")
    warn(result.notices)
    say(f"À ouvrir : {target / 'index.html'}")


@app.command()
def build(
    department: DepartmentOption,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Dossier de sortie (data/processed/CODE par défaut)."),
    ] = None,
    data: DataOption = None,
    register: RegisterOption = None,
    structures: StructuresOption = None,
    scope: ScopeOption = "whole",
    reference_date: DateOption = None,
) -> None:
    """Calcule les indicateurs et les range pour l'analyse (usage interne, non protégés)."""
    with steps(3) as step:
        step("Lecture des données")
        from demomed import analysis, pipeline
        from demomed.core.territory import LEVELS

        territory = pipeline.load_territory(
            department,
            data=data,
            register=register,
            structures=structures,
            scope=scope,  # type: ignore[arg-type]
            reference_date=parse_date(reference_date),
        )
        step("Calcul des indicateurs")
        values = analysis.compute(territory, level=LEVELS)
        step("Écriture")
        target = out_dir or Path("data/processed") / territory.department.code
        path = pipeline.write_internal(values, target)
    describe(territory)
    say(f"Indicateurs : {status_line(values.table)}")
    say(f"Écrit : {path} (usage interne : les petits effectifs n'y sont pas masqués)")
    warn(territory.notices)


@app.command()
def rank(
    department: DepartmentOption,
    recipe: Annotated[
        str, typer.Option("--recipe", help="Recette du classement.")
    ] = "installation",
    data: DataOption = None,
    register: RegisterOption = None,
    structures: StructuresOption = None,
    scope: ScopeOption = "whole",
    out_file: Annotated[
        Path | None, typer.Option("--out", "-o", help="Fichier CSV à écrire, en plus de l'écran.")
    ] = None,
) -> None:
    """Classe les intercommunalités par priorité, avec l'incertitude des rangs."""
    with steps(4) as step:
        step("Lecture des données")
        from demomed import pipeline

        territory = pipeline.load_territory(
            department,
            data=data,
            register=register,
            structures=structures,
            scope=scope,  # type: ignore[arg-type]
        )
        ranking = pipeline.rank_territory(territory, recipe, progress=step)
    say(f"{ranking.recipe.title} — {territory.department.name}")
    say(ranking.recipe.question)
    table = Table(box=None, pad_edge=False)
    for heading in ("Rang", "Intercommunalité", "Score", "Rang 5–95 %", "Conclusion"):
        table.add_column(heading, justify="right" if heading in {"Rang", "Score"} else "left")
    for row in ranking.table.itertuples():
        scored = row.rank == row.rank and row.rank is not None
        table.add_row(
            str(int(row.rank)) if scored else "n.d.",
            escape(str(row.zone_name)),
            f"{row.score:.0f}" if scored else "n.d.",
            f"{row.rank_low:.0f} à {row.rank_high:.0f}" if scored else "",
            escape(str(row.verdict)),
        )
    out.print(table)
    if ranking.recipe.caveat:
        say(ranking.recipe.caveat)
    if out_file is not None:
        pipeline.write_ranking(ranking, out_file)
        say(f"Écrit : {out_file}")
    warn((*territory.notices, *ranking.notices))


@app.command()
def check(
    directory: Annotated[
        Path, typer.Argument(help="Dossier publié à vérifier.", metavar="DOSSIER")
    ],
) -> None:
    """Vérifie un portail publié : aucune requête externe, tableaux égaux aux cartes, rien de secret."""
    from demomed.rendering.check import check_site

    findings = check_site(directory)
    for finding in findings:
        say(str(finding))
    if findings:
        say(f"{plural(len(findings), 'défaut', 'défauts')} dans {directory}")
        raise typer.Exit(1)
    say(f"{directory} : aucun défaut")


@sources_app.command("list")
def sources_list(data: DataOption = None) -> None:
    """Liste les sources du lot de données, leur millésime et leur licence."""
    from demomed.ingestion.bundle import default_bundle_path, read_bundle

    bundle = read_bundle(data or default_bundle_path())
    table = Table(box=None, pad_edge=False)
    for heading in ("Source", "Producteur", "Millésime", "État au", "Licence"):
        table.add_column(heading)
    for source in bundle.sources.values():
        table.add_row(
            *(
                escape(t)
                for t in (source.id, source.producer, source.vintage, source.as_of, source.licence)
            )
        )
    out.print(table)
    say(plural(len(bundle.sources), "source", "sources"))


@sources_app.command("check")
def sources_check(
    data: DataOption = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Code de sortie 1 si une source est périmée.")
    ] = False,
    today: Annotated[
        str | None, typer.Option("--today", help="Date du jour, AAAA-MM-JJ.", metavar="DATE")
    ] = None,
) -> None:
    """Dit ce qui est présent, son âge et ce qui est périmé."""
    from demomed.ingestion.bundle import default_bundle_path, read_bundle

    bundle = read_bundle(data or default_bundle_path())
    now = parse_date(today) or date.today()
    table = Table(box=None, pad_edge=False)
    for heading in ("Source", "Millésime", "État au", "Âge (jours)", "Limite", "État"):
        table.add_column(
            heading, justify="right" if heading in {"Âge (jours)", "Limite"} else "left"
        )
    stale = 0
    for source in bundle.sources.values():
        age = (now - date.fromisoformat(source.as_of)).days
        late = source.max_age_days is not None and age > source.max_age_days
        stale += late
        table.add_row(
            escape(source.id),
            escape(source.vintage),
            source.as_of,
            str(age),
            str(source.max_age_days or "—"),
            "périmée" if late else "à jour",
        )
    out.print(table)
    say(
        f"{plural(len(bundle.sources), 'source', 'sources')}, {plural(stale, 'périmée', 'périmées')}"
    )
    if strict and stale:
        raise typer.Exit(1)


@sources_app.command("bundle")
def sources_bundle(
    source: Annotated[
        Path, typer.Option("--from", help="Dossier des fichiers officiels.", metavar="DOSSIER")
    ],
    out_dir: Annotated[Path, typer.Option("--out", "-o", help="Dossier du lot à écrire.")] = Path(
        "data/reference"
    ),
    department: Annotated[
        list[str] | None, typer.Option("--department", "-d", help="Départements (53, 41 et 61).")
    ] = None,
) -> None:
    """Construit le lot de référence à partir des fichiers officiels."""
    with steps(14) as step:
        step("Préparation")
        from demomed.ingestion.bundle import build_bundle

        codes = tuple(department) if department else ("53", "41", "61")
        manifest = build_bundle(source, out_dir, departments=codes, progress=step)
    for name, table in manifest.tables.items():
        say(f"{name} : {plural(table['rows'], 'ligne', 'lignes')}")
    warn(tuple(manifest.notices))
    say(f"Écrit : {out_dir}")


def usage_fault(error: Exception, given: list[str], command: Any) -> Fault:
    """A command line that cannot be understood, told in French with the closest known word."""
    where = "ligne de commande"
    option = getattr(error, "option_name", None)
    parameter = getattr(error, "param", None)
    if type(error).__name__ == "NoSuchOption" and option:
        near = getattr(error, "possibilities", None) or ["--help"]
        return Fault(
            where, f"option « {option} » inconnue", "une option connue", closest(option, near)
        )
    if type(error).__name__ == "MissingParameter" and parameter is not None:
        return Fault(
            where, "paramètre absent", parameter.opts[0], "voir la même commande avec --help"
        )
    word = next((text for text in given if not text.startswith("-")), "")
    known = list(getattr(command, "commands", {}))
    if word not in known:
        return Fault(where, f"« {word} »", "une commande connue", closest(word, known))
    return Fault(where, str(error), "une valeur permise", "voir la même commande avec --help")


def refuse(error: InputError) -> Never:
    """Every fault on its line, then the way out; exit code 2."""
    count = len(error.faults)
    err.print(f"Rien n'a été écrit : {plural(count, 'défaut', 'défauts')}.")
    for fault in error.faults:
        err.print(escape(f"- {fault}"))
    sys.exit(2)


def main(arguments: list[str] | None = None) -> None:
    """Entry point: runs a command and turns every foreseeable fault into French and exit code 2."""
    command = typer.main.get_command(app)
    try:
        code = command.main(args=arguments, prog_name="demomed", standalone_mode=False)
    except InputError as error:
        refuse(error)
    except USAGE_ERROR as error:
        refuse(InputError(usage_fault(error, arguments or sys.argv[1:], command)))
    except (typer.Abort, KeyboardInterrupt):
        err.print("Interrompu : rien n'a été écrit.")
        sys.exit(130)
    except PermissionError as error:
        refuse(
            InputError(
                Fault(
                    str(error.filename or "fichier"),
                    "accès refusé par le système",
                    "un fichier ou un dossier accessible",
                    "fermer le fichier s'il est ouvert, ou choisir un autre dossier",
                )
            )
        )
    sys.exit(code if isinstance(code, int) else 0)
