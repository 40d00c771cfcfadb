"""Commands about the sources: list, check, bundle."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from demomed.cli.options import DataOption, parse_date
from demomed.cli.report import plural, say, show_table, steps, warn

app = typer.Typer(help="Les sources : ce qui est connu, présent, périmé.", no_args_is_help=True)


@app.command("list")
def sources_list(data: DataOption = None) -> None:
    """Liste les sources du lot de données, leur millésime et leur licence."""
    from demomed.ingestion.bundle import default_bundle_path, read_bundle

    bundle = read_bundle(data or default_bundle_path())
    show_table(
        dict.fromkeys(("Source", "Producteur", "Millésime", "État au", "Licence"), "left"),
        [
            (source.id, source.producer, source.vintage, source.as_of, source.licence)
            for source in bundle.sources.values()
        ],
    )
    say(plural(len(bundle.sources), "source", "sources"))


@app.command("check")
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
    stale = 0
    lines = []
    for source in bundle.sources.values():
        age = (now - date.fromisoformat(source.as_of)).days
        late = source.max_age_days is not None and age > source.max_age_days
        stale += late
        limit = "—" if source.max_age_days is None else str(source.max_age_days)
        state = "périmée" if late else "à jour"
        lines.append((source.id, source.vintage, source.as_of, str(age), limit, state))
    right = {"Âge (jours)", "Limite"}
    headings = ("Source", "Millésime", "État au", "Âge (jours)", "Limite", "État")
    show_table({name: "right" if name in right else "left" for name in headings}, lines)
    say(
        f"{plural(len(bundle.sources), 'source', 'sources')}, {plural(stale, 'périmée', 'périmées')}"
    )
    if strict and stale:
        raise typer.Exit(1)


@app.command("bundle")
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
