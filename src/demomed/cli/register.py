"""Commands for the files a mission keeps by hand: model, and report to send back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from demomed.cli.options import DateOption, parse_date
from demomed.cli.report import out, say_path, steps
from demomed.core.faults import Fault, InputError

app = typer.Typer(
    help="Le registre des praticiens et la liste des structures : modèle et contrôle.",
    no_args_is_help=True,
)
KindOption = Annotated[
    bool,
    typer.Option("--structures", help="La liste des structures, au lieu du registre."),
]


def _kind(structures: bool) -> Literal["register", "structures"]:
    return "structures" if structures else "register"


@app.command("template")
def register_template(
    out_file: Annotated[
        Path,
        typer.Option("--out", "-o", help="Fichier à écrire, .csv ou .xlsx.", metavar="FICHIER"),
    ],
    structures: KindOption = False,
) -> None:
    """Écrit un modèle à remplir, avec quelques lignes fictives et le mode d'emploi des colonnes."""
    from demomed.ingestion.template import write_template

    if out_file.exists():
        raise InputError(
            Fault(
                out_file.name,
                "un fichier porte déjà ce nom",
                "un nom libre, pour ne pas effacer un registre rempli",
                "choisir un autre nom",
            )
        )
    write_template(out_file, _kind(structures))
    say_path("Écrit", out_file)


@app.command("check")
def register_check(
    file: Annotated[Path, typer.Argument(help="Fichier à contrôler.", metavar="FICHIER")],
    structures: KindOption = False,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", help="Vos noms de colonnes et vos mots (TOML)."),
    ] = None,
    reference_date: DateOption = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Lot de données à la place de celui livré.", metavar="DOSSIER"),
    ] = None,
    out_file: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Fichier texte où écrire aussi le compte rendu."),
    ] = None,
) -> None:
    """Contrôle un fichier ; le compte rendu peut être renvoyé tel quel. Code de sortie 2 s'il est à corriger."""
    with steps(2) as step:
        step("Lecture des communes")
        from demomed.ingestion.bundle import default_bundle_path, read_bundle
        from demomed.ingestion.validation import validation_report
        from demomed.ingestion.writing import write_text

        bundle = read_bundle(data or default_bundle_path())
        step("Contrôle du fichier")
        validation = validation_report(
            file,
            kind=_kind(structures),
            codes=bundle.codes,
            reference_date=parse_date(reference_date) or bundle.reference_date,
            mapping=mapping,
            communes=bundle.communes,
            places=bundle.places,
        )
    out.print(validation.text, markup=False, end="")
    if out_file is not None:
        write_text(out_file, validation.text)
        say_path("Écrit", out_file)
    if not validation.is_accepted:
        raise typer.Exit(2)
