"""Commands about the sources: list, fetch, check, inventory, bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from demomed.cli.downloads import fetch, say_readiness
from demomed.cli.grouped import ScopedFiles, grouped
from demomed.cli.options import CsvOption, DataOption, DepartmentOption, TodayOption, day_of
from demomed.cli.report import describe, plural, say, say_path, show_table, steps, warn

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(help="Les sources : ce qui est connu, présent, périmé.", no_args_is_help=True)
app.command("fetch")(fetch)


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
    today: TodayOption = None,
) -> None:
    """Dit ce qui est présent, son âge et ce qui est périmé."""
    import demomed.analysis  # noqa: F401  (declares the indicators)
    from demomed.core.indicator import indicators
    from demomed.ingestion.bundle import MANIFEST, default_bundle_path, read_bundle
    from demomed.ingestion.freshness import freshness, lacking
    from demomed.ingestion.readiness import held_sources

    folder = data or default_bundle_path()
    is_lot = (folder / MANIFEST).is_file()
    held = read_bundle(folder).sources if is_lot or not folder.is_dir() else held_sources(folder)
    table = freshness(held, day_of(today))
    right = {"Âge (jours)", "Limite"}
    headings = ("Source", "Millésime", "État au", "Âge (jours)", "Limite", "État")
    show_table(
        {name: "right" if name in right else "left" for name in headings},
        [_age_line(str(id_), row) for id_, row in table.iterrows()],
    )
    stale = int(table["is_stale"].sum())
    say(f"{plural(len(table), 'source', 'sources')}, {plural(stale, 'périmée', 'périmées')}")
    needs = {
        one.label.format(profession="…"): [id_ for id_ in one.sources if id_ != "register"]
        for one in indicators().values()
    }
    lacks = lacking(needs, table)
    for label, states in lacks.items():
        told = ", ".join(f"{id_} ({STATES[state]})" for id_, state in states.items())
        say(f"  {label} : {told}")
    if not lacks:
        say("Aucun indicateur ne manque d'une source à jour.")
    if not is_lot:
        say_readiness(folder)
    if strict and stale:
        raise typer.Exit(1)


MARKS = {"présent": "●", "partiel": "◐", "absent": "○"}
STATES = {"stale": "périmée", "absent": "absente"}


def _age_line(source_id: str, row: pd.Series) -> tuple[str, ...]:
    limit = str(row["max_age_days"]).replace("<NA>", "—")
    state = "périmée" if row["is_stale"] else "à jour"
    return source_id, row["vintage"], row["as_of"], str(row["age_days"]), limit, state


@app.command("inventory")
@grouped
def sources_inventory(
    *,
    department: DepartmentOption,
    files: ScopedFiles,
    out_file: CsvOption = None,
) -> None:
    """Dit ce que l'on a, thème par thème et intercommunalité par intercommunalité, et de quelle date."""
    with steps(2) as step:
        step("Lecture des données")
        from demomed.analysis.inventory import inventory, inventory_matrix
        from demomed.ingestion.writing import write_text

        territory = files.territory(department, progress=step)
        step("Inventaire")
        matrix = inventory_matrix(inventory(territory))
    describe(territory)
    zones = list(matrix.columns[3:])
    numbers = {zone: str(rank) for rank, zone in enumerate(zones, start=1)}
    show_table(
        dict.fromkeys([*matrix.columns[:3], *numbers.values()], "left"),
        [
            [MARKS.get(str(cell), str(cell)) for cell in line]
            for line in matrix.itertuples(index=False)
        ],
    )
    say(", ".join(f"{mark} {word}" for word, mark in MARKS.items()))
    for zone, number in numbers.items():
        say(f"{number:>3} {zone}")
    if out_file is not None:
        write_text(out_file, matrix.to_csv(sep=";", index=False, lineterminator="\n"))
        say_path("Écrit", out_file)


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
    say_path("Écrit", out_dir)
