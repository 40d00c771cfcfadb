"""Command that turns a diagnosis into a list of places to open: plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from demomed.cli.grouped import TravelledFiles, grouped
from demomed.cli.options import RECIPE, DepartmentOption, RecipeOption
from demomed.cli.report import say, say_path, show_table, steps, warn
from demomed.core.locks import check_writable


@grouped
def plan(
    *,
    department: DepartmentOption,
    sites: Annotated[
        int, typer.Option("--sites", help="Nombre de sites, un par zone.", metavar="N")
    ] = 3,
    horizon: Annotated[
        int, typer.Option("--horizon", help="Horizon des départs, en années.", metavar="ANNÉES")
    ] = 5,
    recipe: RecipeOption = RECIPE,
    profession: Annotated[
        str, typer.Option("--profession", help="Profession dont l'accessibilité est publiée.")
    ] = "gp",
    limit: Annotated[
        float, typer.Option("--limit", help="Minutes dans lesquelles un site dessert.")
    ] = 15,
    target: Annotated[
        float | None, typer.Option("--target", help="Accessibilité à atteindre (2,5 par défaut).")
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(
            "--scenario", help="Scénario : nom du catalogue, ou fichier .toml.", metavar="FICHIER"
        ),
    ] = None,
    files: TravelledFiles,
    out_file: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Dossier à écrire (page plan.html et plan.csv), ou fichier .csv seul.",
        ),
    ] = None,
) -> None:
    """Dit où ouvrir d'abord, avec combien de praticiens, et ce qui changerait la réponse."""
    if out_file is not None:
        check_writable(out_file.parent)
    with steps(5) as step:
        step("Lecture des données")
        from demomed import __version__, pipeline
        from demomed.analysis.plan import check_request, development_plan
        from demomed.analysis.scenario import scenario as apply
        from demomed.dossiers.material import Material
        from demomed.dossiers.plan import plan_report, plan_reserves
        from demomed.ingestion.scenarios import read_scenario
        from demomed.rendering import plan as told
        from demomed.rendering.publish import write_report
        from demomed.rendering.scene import make_scene

        pipeline.check_options(recipe=recipe)
        asked = None
        if scenario is not None:
            is_file = scenario.lower().endswith(".toml")
            asked = read_scenario(
                Path(scenario) if is_file else scenario, communes=pipeline.commune_names()
            )
        territory = files.territory(department, progress=step)
        if asked is not None:
            territory = apply(territory, asked)
        check_request(
            territory, sites=sites, horizon=horizon, profession=profession, limit_min=limit
        )
        public, ranking = pipeline.protected_ranking(territory, recipe, progress=step)
        step("Choix des communes")
        made = development_plan(
            territory, ranking, sites=sites, horizon=horizon, profession=profession,
            limit_min=limit, target=target,
        )  # fmt: skip
    say(told.plan_title(made, f"{territory.department.name} ({territory.department.code})"))
    show_table(*told.plan_table(made))
    say(told.plan_answer(made, ranking))
    say(told.plan_shortfall(made))
    say(told.plan_nearness(made))
    say(told.plan_note(made))
    if out_file is not None and out_file.suffix.lower() == ".csv":
        pipeline.write_bytes(out_file, told.plan_csv(made))
        say_path("Écrit", out_file)
    elif out_file is not None:
        scene = make_scene(territory)
        material = Material(territory, public, ranking, scene, (), __version__)
        written = write_report(plan_report(material, made, ranking), out_file)
        say(f"Écrit dans {out_file} : {', '.join(written)}")
    reserves = (*plan_reserves(public, made), *told.plan_notices(made))
    warn((*territory.notices, *ranking.notices, *reserves))
