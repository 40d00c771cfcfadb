"""Command that makes the report to print: report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from demomed.cli.grouped import DatedFiles, grouped
from demomed.cli.options import (
    RECIPE,
    THRESHOLD,
    DepartmentOption,
    RecipeOption,
    ThresholdOption,
)
from demomed.cli.report import describe, plural, say, say_path, steps, warn
from demomed.core.faults import Fault, InputError, closest
from demomed.core.locks import check_writable

ENDINGS = (".html", ".pdf")


@grouped
def report(
    *,
    department: DepartmentOption,
    out_file: Annotated[
        Path,
        typer.Option("--out", "-o", help="Rapport à écrire, .html ou .pdf.", metavar="FICHIER"),
    ] = Path("rapport.html"),
    files: DatedFiles,
    recipe: RecipeOption = RECIPE,
    threshold: ThresholdOption = THRESHOLD,
) -> None:
    """Écrit le rapport à imprimer d'un département : chiffres, cartes, classement, tableaux, sources."""
    ending = _check_ending(out_file)
    check_writable(out_file.parent)
    with steps(7) as step:
        step("Lecture des données")
        from demomed import pipeline
        from demomed.rendering.browser import print_pdf, require_browser

        if ending == ".pdf":
            require_browser(out_file)
        pipeline.check_options(recipe=recipe, threshold=threshold)
        territory = files.territory(department, progress=step)
        made, page = pipeline.print_report(
            territory, recipe=recipe, threshold=threshold, progress=step
        )
        if ending == ".pdf":
            step("Impression en PDF")
            print_pdf(page, out_file)
        else:
            pipeline.write_bytes(out_file, page)
    describe(territory)
    say(
        f"Rapport : {plural(len(made.sections), 'partie', 'parties')}, "
        f"{plural(sum(len(one.figures) for one in made.sections), 'dessin', 'dessins')}, "
        f"{plural(len(made.sources), 'source', 'sources')}"
    )
    warn(territory.notices)
    say_path("À ouvrir", out_file)


def _check_ending(path: Path) -> str:
    """Refuse what is neither a page nor a PDF, before any work."""
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(
            Fault(path.name, f"« {path.suffix} »", ".html ou .pdf", closest(ending, ENDINGS))
        )
    if path.is_dir():
        raise InputError(
            Fault(
                path.name, "c'est un dossier", "un fichier", "ajouter le nom du fichier au chemin"
            )
        )
    return ending
