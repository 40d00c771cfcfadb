"""Commands about travel times: build."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from demomed.cli.options import DataOption, DepartmentOption
from demomed.cli.report import plural, say, steps, warn

if TYPE_CHECKING:
    from demomed.travelling import TravelBuild

app = typer.Typer(help="Les temps de trajet : les calculer une fois.", no_args_is_help=True)


@app.callback()
def travel() -> None:
    """Les temps de trajet : les calculer une fois, les retrouver ensuite."""


@app.command("build")
def travel_build(
    department: DepartmentOption,
    osm: Annotated[
        Path | None,
        typer.Option(
            "--osm",
            help="Extrait OpenStreetMap (.osm.pbf) : temps par la route ; à vol d'oiseau sans lui.",
            metavar="EXTRAIT",
        ),
    ] = None,
    limit: Annotated[
        float,
        typer.Option("--limit", help="Plus long trajet gardé, en minutes.", metavar="MINUTES"),
    ] = 60,
    surroundings: Annotated[
        float,
        typer.Option("--surroundings", help="Largeur du voisinage, en kilomètres.", metavar="KM"),
    ] = 40,
    data: DataOption = None,
    out_file: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Copie de la table (Parquet), en plus du cache."),
    ] = None,
) -> None:
    """Calcule et garde les temps de trajet d'un département et de ses voisins."""
    with steps(4 if osm is None else 15) as step:
        step("Lecture des données")
        from demomed import pipeline, travelling

        territory = pipeline.load_territory(department, data=data, progress=step)
        made = travelling.build_travel(
            territory,
            osm=osm,
            limit_min=limit,
            surroundings_km=surroundings,
            out=out_file,
            progress=step,
        )
    say(f"{territory.department.name} ({territory.department.code}), voisins à {surroundings:g} km")
    _summary(made)
    warn(made.table.notices)
    say(f"À utiliser : demomed publish -d {territory.department.code} --travel {made.path}")


def _summary(made: TravelBuild) -> None:
    """What was computed or found again, and where it is."""
    pairs, source = made.table.pairs, made.table.source
    say(f"{source.title}, {source.vintage}")
    say(
        f"{plural(made.origins, 'lieu de départ', 'lieux de départ')}, "
        f"{plural(made.destinations, 'commune d’arrivée', 'communes d’arrivée')}, "
        f"{plural(len(pairs), 'trajet', 'trajets')}, médiane {pairs['minutes'].median():.0f} min"
    )
    say(f"{'Retrouvé, rien à recalculer' if made.is_cached else 'Écrit'} : {made.path}")
