"""Commands of what if: a portal for a scenario told against the present, and a model of scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from demomed.cli.grouped import TravelledFiles, grouped
from demomed.cli.options import RECIPE, RecipeOption
from demomed.cli.report import plural, say, say_path, steps, warn
from demomed.core.faults import Fault, InputError, Report
from demomed.core.locks import check_writable

MODEL = "exemple"
app = typer.Typer(help="« Et si… ? » : un portail simulé, comparé au présent, et un modèle.")


@app.callback(invoke_without_command=True)
@grouped
def scenario(
    *,
    context: typer.Context,
    department: Annotated[
        str | None, typer.Option("--department", "-d", help="Code du département.", metavar="CODE")
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            "--file", "-f", help="Scénario : fichier .toml, ou nom du catalogue.", metavar="FICHIER"
        ),
    ] = None,
    recipe: RecipeOption = RECIPE,
    files: TravelledFiles,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Dossier (maps/CODE-scenario-NOM par défaut)."),
    ] = None,
) -> None:
    """Publie un scénario : toutes les pages, marquées « scénario », et sa comparaison au présent."""
    if context.invoked_subcommand is not None:
        return
    _refuse_silence(department, file)
    assert department is not None
    assert file is not None
    with steps(7) as step:
        step("Lecture des données")
        from demomed import pipeline
        from demomed.analysis.scenario import scenario as apply
        from demomed.ingestion.scenarios import read_scenario

        pipeline.check_options(recipe=recipe)
        if out_dir is not None:
            check_writable(out_dir)
        asked = read_scenario(
            Path(file) if file.lower().endswith(".toml") else file,
            communes=pipeline.commune_names(),
        )
        present = files.territory(department, progress=step)
        target = out_dir or pipeline.scenario_folder(present.department.code, asked.id)
        _refuse_present(target)
        result = pipeline.publish(
            apply(present, asked), target, recipe=recipe, progress=step, present=present
        )
    pages = sum(name.endswith(".html") for name in result.files)
    say(f"Écrit dans {target} : {plural(len(result.files), 'fichier', 'fichiers')}, "
        f"dont {plural(pages, 'page', 'pages')}, toutes marquées « scénario »")  # fmt: skip
    warn(result.notices)
    say_path("À ouvrir", target / "scenario.html")


def _refuse_silence(department: str | None, file: str | None) -> None:
    report = Report("scénario")
    for name, given in (("--department", department), ("--file", file)):
        if given is None:
            report.fault(
                f"option « {name} » absente",
                "un département et un scénario",
                f"ajouter « {name} », ou demander un modèle : demomed scenario template",
            )
    report.raise_if_faulty()


def _refuse_present(target: Path) -> None:
    """A scenario never takes the place of the portal of the present."""
    if (target / "index.html").exists() and not (target / "scenario.html").exists():
        raise InputError(
            Fault(
                target.name,
                "le portail de la situation présente",
                "un dossier pour le scénario",
                "en choisir un autre : un scénario ne remplace pas le présent",
            )
        )


@app.command("template")
def scenario_template(
    out_file: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Fichier .toml à écrire ; à l'écran sinon."),
    ] = None,
) -> None:
    """Donne un modèle de scénario à copier et à modifier, chaque clé expliquée."""
    from demomed.core.catalogue import declaration_text

    text = declaration_text("scenarios", MODEL)
    if out_file is None:
        typer.echo(text, nl=False)
        return
    if out_file.exists():
        raise InputError(
            Fault(
                out_file.name,
                "un fichier porte déjà ce nom",
                "un nom libre, pour ne pas effacer un scénario",
                "choisir un autre nom",
            )
        )
    from demomed.pipeline import write_bytes

    write_bytes(out_file, text.encode("utf-8"))
    say_path("Écrit", out_file)
