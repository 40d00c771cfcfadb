"""Command that checks a published portal, and attacks it: check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date as Date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from demomed.cli.grouped import ScopedFiles, grouped
from demomed.cli.options import THRESHOLD, day_of, parse_date
from demomed.cli.report import plural, refuse, say, steps
from demomed.core.faults import Fault, InputError

if TYPE_CHECKING:
    from demomed.rendering.finding import Finding

UNDONE = "attaque contre le secret des âges non faite"
NOT_ATTACKED = (
    f"{UNDONE} : le portail ne vient pas du registre d'exemple, donner le sien avec « --register »"
)
NOT_SHIPPED = (
    f"{UNDONE} : le département n'est pas dans les données livrées, donner celles de la "
    "publication avec « --data »"
)
NOT_ASKED = f"{UNDONE} : « --no-attack »"
NO_SECRECY = f"{UNDONE} : un portail à usage interne n'est pas masqué"
UNNAMED = f"{UNDONE} : le portail ne dit pas de quel département il est"


def _is_shipped(department: str) -> bool:
    """Whether the shipped data hold a department."""
    from demomed.ingestion.bundle import default_bundle_path, read_bundle

    return department in read_bundle(default_bundle_path()).manifest.departments


@grouped
def check(
    *,
    directory: Annotated[
        Path, typer.Argument(help="Dossier publié à vérifier.", metavar="DOSSIER")
    ],
    internal: Annotated[
        bool,
        typer.Option("--internal", help="Le portail est à usage interne : vérifier qu'il le dit."),
    ] = False,
    attack: Annotated[
        bool,
        typer.Option(
            "--attack/--no-attack",
            help="Chercher par calcul ce que les tableaux publiés disent des âges.",
        ),
    ] = True,
    threshold: Annotated[
        int, typer.Option("--threshold", help="Seuil du secret de ce portail, en personnes.")
    ] = THRESHOLD,
    files: ScopedFiles,
    states_root: Annotated[
        Path | None,
        typer.Option(
            "--states",
            help="Dossier des états rangés : l'attaque lit aussi ce qu'ils ont publié.",
        ),
    ] = None,
    date: Annotated[
        str | None,
        typer.Option("--date", help="Date de ce portail, AAAA-MM-JJ ; aujourd'hui par défaut."),
    ] = None,
) -> None:
    """Vérifie un portail publié : aucune requête externe, tableaux égaux aux cartes, rien de secret."""
    from demomed import audit
    from demomed.rendering import finding
    from demomed.rendering.check import check_site

    _refuse_several(directory, audit.portals_in(directory))
    with steps(3) as step:
        step("Lecture des pages et des tableaux")
        findings = check_site(directory, internal=internal)
        proof = Proof(unproved=NO_SECRECY if internal else NOT_ASKED)
        if attack and not internal:
            proof = _attacked(
                directory,
                files,
                threshold=threshold,
                states_root=states_root,
                day=parse_date(date),
                step=step,
            )
    told = finding.grouped([*findings, *proof.findings])
    for one in told:
        say(str(one))
    if told:
        say(f"{plural(len(told), 'défaut', 'défauts')} dans {directory}")
        raise typer.Exit(1)
    if not proof.is_made:
        say(f"{directory} : aucun défaut ; {proof.unproved}")
        return
    kept = "avec les états précédents" if proof.with_states else "sans état précédent"
    say(f"{directory} : aucun défaut, attaque comprise (indicateurs.csv, {kept})")
    for page in audit.not_attacked(directory):
        say(f"{page} dit des personnes autre chose que ce tableau : l'attaque ne la lit pas")


def _refuse_several(directory: Path, portals: Sequence[str]) -> None:
    """A folder of portals is none: each has its own tables, and is checked by itself."""
    if portals:
        refuse(
            InputError(
                Fault(
                    directory.name or str(directory),
                    f"ce dossier contient plusieurs portails : {', '.join(portals)}",
                    "le dossier d'un seul portail",
                    f"en donner un, par exemple « demomed check {directory / portals[0]} »",
                )
            ),
            "Vérification impossible",
        )


class Proof(NamedTuple):
    """What came of the attack, and why it was not made."""

    is_made: bool = False
    findings: Sequence[Finding] = ()
    with_states: bool = False
    unproved: str = ""


def _attacked(
    directory: Path,
    files: ScopedFiles,
    *,
    threshold: int,
    states_root: Path | None,
    day: Date | None,
    step: Callable[[str], None],
) -> Proof:
    """Read the department again, and seek what the published tables tell of the ages."""
    from demomed import audit, states

    department = audit.department_of(directory)
    if not department:
        return Proof(unproved=UNNAMED)
    if files.data is None and not _is_shipped(department):
        return Proof(unproved=NOT_SHIPPED)
    step("Lecture des données du département")
    earlier = None
    try:
        territory = files.territory(department, progress=step, reference_date=day)
        if states_root is not None:
            at = day or day_of(None)
            earlier = states.earlier_state(territory, states_root, at, register=files.register)
    except InputError as error:
        refuse(error, "Vérification impossible")
    step("Attaque : ce que les tableaux disent des âges")
    if files.register is None and not audit.is_of(directory, territory):
        return Proof(unproved=NOT_ATTACKED)
    findings = audit.attack_site(
        directory,
        territory,
        threshold=threshold,
        previous=earlier.told if earlier else None,
        moves=earlier.moves if earlier else None,
    )
    return Proof(True, findings, with_states=earlier is not None)
