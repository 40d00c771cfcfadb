"""Commands of the cohorts: template, and read, which tells what the public may know."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from demomed.cli.options import DataOption, DepartmentOption, TodayOption, day_of
from demomed.cli.report import say, show_table, warn
from demomed.cli.zones import free

app = typer.Typer(
    help="Étudiants et internes, aides et engagements, logements, recrues : petites tables de la "
    "mission.",
    no_args_is_help=True,
)


@app.command("template")
def cohorts_template(
    out_dir: Annotated[
        Path, typer.Option("--out", "-o", help="Dossier où écrire.", metavar="DOSSIER")
    ],
) -> None:
    """Écrit le modèle de chaque table (CSV), avec des lignes fictives."""
    from demomed.ingestion.cohorts import COHORTS, write_cohort_template
    from demomed.mission import cohort_files

    names = cohort_files()
    for kind in COHORTS:
        free(out_dir / f"{names[kind]}.csv")
    out_dir.mkdir(parents=True, exist_ok=True)
    for kind in COHORTS:
        say(f"Écrit : {write_cohort_template(out_dir / f'{names[kind]}.csv', kind)}")


@app.command("read")
def cohorts_read(
    folder: Annotated[Path, typer.Argument(help="Dossier des tables.", metavar="DOSSIER")],
    department: DepartmentOption,
    data: DataOption = None,
    today: TodayOption = None,
) -> None:
    """Lit les tables et montre ce qui peut en être publié ; tous les défauts d'un coup."""
    from demomed import mission, pipeline
    from demomed.dossiers.cohortes_tables import public_tables

    territory = pipeline.load_territory(department, data=data)
    tables, notices = mission.read_cohorts(territory, folder, data=data)
    for table in public_tables(territory, tables, day_of(today)):
        say(table.caption)
        show_table(
            {head.text: "right" if head.numeric else "left" for head in table.heads},
            [[cell.text for cell in row] for row in table.rows],
        )
        if table.note:
            say(table.note)
    warn(notices)
