"""Command that publishes the portal of a department, or those of several: publish."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from demomed.cli.campaign import engine_of, publish_many, refuse_single
from demomed.cli.given import Given, read_given
from demomed.cli.grouped import DatedFiles, MissionTables, grouped
from demomed.cli.options import (
    RECIPE,
    THRESHOLD,
    RecipeOption,
    ThresholdOption,
    TodayOption,
    day_of,
)
from demomed.cli.report import describe, plural, say, say_path, status_line, steps, warn
from demomed.cli.trial import TRIAL, trial_folder
from demomed.core.faults import Fault, InputError

if TYPE_CHECKING:
    from demomed.core.territory import Territory
    from demomed.pipeline import Publication


@grouped
def publish(
    *,
    departments: Annotated[
        list[str] | None,
        typer.Option(
            "--department", "-d", help="Code d'un département ; à répéter.", metavar="CODE"
        ),
    ] = None,
    regions: Annotated[
        list[str] | None,
        typer.Option("--region", help="Code d'une région : tous ses départements.", metavar="CODE"),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Tous les départements des données.")
    ] = False,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Dossier du portail (maps/CODE), ou des portails (maps)."),
    ] = None,
    files: DatedFiles,
    recipe: RecipeOption = RECIPE,
    threshold: ThresholdOption = THRESHOLD,
    mode: Annotated[
        str, typer.Option("--mode", help="« single » (un fichier par page), « split » ou « csp ».")
    ] = "single",
    tables: MissionTables,
    internal: Annotated[
        bool,
        typer.Option(
            "--internal",
            help="Valeurs non masquées, dans un dossier à part marqué « usage interne ».",
        ),
    ] = False,
    same_scale: Annotated[
        list[Path] | None,
        typer.Option(
            "--same-scale",
            help="Portail publié dont les cartes doivent partager l'échelle ; répétable.",
        ),
    ] = None,
    fresh: Annotated[
        bool,
        typer.Option("--fresh", help="Tout refaire, même ce qui n'a pas changé depuis."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tout vérifier sans rien écrire.")
    ] = False,
    today: TodayOption = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", help="Plusieurs départements : nombre de processus.", metavar="N"),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            help="Plusieurs départements : ordonnanceur Dask, tcp://HÔTE:PORT.",
            metavar="ADRESSE",
        ),
    ] = None,
) -> None:
    """Construit et publie les cartes, tableaux et classements d'un département, ou de plusieurs."""
    codes = tuple(dict.fromkeys(departments or ()))
    now = day_of(today)
    if everything or regions or len(codes) > 1:
        refuse_single(
            {
                **files.given(besides=("data", "scope")),
                **tables.given(),
                **({"--internal": True} if internal else {}),
                **({"--same-scale": same_scale} if same_scale else {}),
            }
        )
        publish_many(
            departments=codes,
            regions=tuple(dict.fromkeys(regions or ())),
            everything=everything,
            out=out_dir or Path("maps"),
            data=files.data,
            engine=engine_of(jobs, scheduler),
            options={
                "recipe": recipe,
                "threshold": threshold,
                "mode": mode,
                "scope": files.scope,
                "today": now.isoformat(),
            },
            dry_run=dry_run,
            fresh=fresh,
        )
        return
    _publish_one(
        _only(codes),
        files,
        tables,
        out=out_dir,
        now=now,
        internal=internal,
        fresh=fresh,
        dry_run=dry_run,
        beside=same_scale or [],
        options={"recipe": recipe, "threshold": threshold, "mode": mode},
    )


def _only(codes: tuple[str, ...]) -> str:
    """The department asked for, or the refusal to guess one."""
    if not codes:
        raise InputError(
            Fault(
                "publish",
                "aucun département demandé",
                "--department CODE, --region CODE ou --all",
                "par exemple : demomed publish --department 53",
            )
        )
    return codes[0]


def _publish_one(
    department: str,
    files: DatedFiles,
    tables: MissionTables,
    *,
    out: Path | None,
    now: date,
    internal: bool,
    fresh: bool,
    dry_run: bool,
    beside: list[Path],
    options: dict[str, Any],
) -> None:
    """Read, then publish, or only say that all can be read."""
    with steps(6) as step, trial_folder(dry_run) as trial:
        step("Lecture des données")
        from demomed import pipeline
        from demomed.core import catalogue

        code = catalogue.department(department).code
        target = out or pipeline.portal_folder(code, internal=internal)
        pipeline.check_options(out=target, internal=internal, **options)
        territory = files.territory(code, progress=step, trial=trial)
        given = read_given(
            territory,
            files.day or now,
            present=files.day,
            data=files.data,
            register=files.register,
            root=tables.states_root,
            followup=tables.followup,
            zones=tuple(tables.zones or ()),
            cohorts=tables.cohorts,
        )
        result = (
            None
            if dry_run
            else pipeline.publish(
                territory,
                target,
                today=now,
                earlier=given.earlier,
                given=given.tables,
                progress=step,
                internal=internal,
                beside=[pipeline.published(folder) for folder in beside],
                memory=None if fresh else pipeline.memory_of(target),
                **options,
            )
        )
    _tell_read(territory, given)
    if result is None:
        warn(territory.notices)
        say(f"{TRIAL} ; le portail irait dans {target}")
        return
    _tell_written(result, target, internal=internal)


def _tell_read(territory: Territory, given: Given) -> None:
    """What was read, and with what earlier state it is compared."""
    describe(territory)
    if given.earlier is not None and given.earlier.date < given.tables["present"]:
        say(
            f"Comparé à l'état du {given.earlier.date:%d/%m/%Y}, "
            f"données de référence au {given.tables['present']:%d/%m/%Y}"
        )
    warn(given.notices)


def _tell_written(result: Publication, target: Path, *, internal: bool) -> None:
    """What was written, and the sentence of each page."""
    say(f"Indicateurs : {status_line(result.indicators.table)}")
    pages = sum(name.endswith(".html") for name in result.files)
    say(
        f"Écrit dans {target} : {plural(len(result.files), 'fichier', 'fichiers')}, "
        f"dont {plural(pages, 'page', 'pages')} ; la liste est dans manifest.json"
    )
    for document in result.documents.values():
        say(f"  {document.page_id}.html — {document.lead}")
    warn(result.notices)
    if internal:
        say("Usage interne : les petits effectifs n'y sont pas masqués, ne pas diffuser.")
    say_path("À ouvrir", target / "index.html")
