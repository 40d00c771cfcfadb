"""Commands that compute without publishing: build, for the analysis, and rank."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from demomed.cli.grouped import DatedFiles, TravelledFiles, grouped
from demomed.cli.options import RECIPE, CsvOption, DepartmentOption, RecipeOption
from demomed.cli.report import describe, say, say_path, show_table, status_line, steps, warn
from demomed.core.locks import check_writable


@grouped
def build(
    *,
    department: DepartmentOption,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Dossier de sortie (data/processed/CODE par défaut)."),
    ] = None,
    files: DatedFiles,
) -> None:
    """Calcule les indicateurs et les range pour l'analyse (usage interne, non protégés)."""
    if out_dir is not None:
        check_writable(out_dir)
    with steps(3) as step:
        step("Lecture des données")
        from demomed import analysis, pipeline
        from demomed.core.territory import LEVELS

        territory = files.territory(department, progress=step)
        step("Calcul des indicateurs")
        values = analysis.compute(territory, level=LEVELS)
        step("Écriture")
        target = out_dir or Path("data/processed") / territory.department.code
        path = pipeline.write_internal(values, target)
    describe(territory)
    say(f"Indicateurs : {status_line(values.table)}")
    say_path("Écrit", path, " (usage interne : les petits effectifs n'y sont pas masqués)")
    warn(territory.notices)


@grouped
def rank(
    *,
    department: DepartmentOption,
    recipe: RecipeOption = RECIPE,
    files: TravelledFiles,
    out_file: CsvOption = None,
) -> None:
    """Classe les intercommunalités par priorité, avec l'incertitude des rangs."""
    if out_file is not None:
        check_writable(out_file.parent)
    with steps(4) as step:
        step("Lecture des données")
        from demomed import pipeline

        pipeline.check_options(recipe=recipe)
        territory = files.territory(department, progress=step)
        ranking = pipeline.rank_territory(territory, recipe, progress=step)
    say(f"{ranking.recipe.title} — {territory.department.name}")
    say(ranking.recipe.question)
    show_table(
        {
            "Rang": "right",
            "Intercommunalité": "left",
            "Score": "right",
            "Rang 5–95 %": "left",
            "Conclusion": "left",
        },
        [_rank_line(row) for row in ranking.table.itertuples()],
    )
    if ranking.recipe.caveat:
        say(ranking.recipe.caveat)
    if out_file is not None:
        pipeline.write_ranking(ranking, out_file)
        say_path("Écrit", out_file)
    warn((*territory.notices, *ranking.notices))


def _rank_line(row: Any) -> tuple[str, ...]:
    """One zone of the ranking, « n.d. » where too little is known to score it."""
    scored = row.rank == row.rank and row.rank is not None
    return (
        str(int(row.rank)) if scored else "n.d.",
        str(row.zone_name),
        f"{row.score:.0f}" if scored else "n.d.",
        f"{row.rank_low:.0f} à {row.rank_high:.0f}" if scored else "",
        str(row.verdict),
    )
