"""Commands that compute and publish: publish, build, rank, check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from demomed.cli.campaign import engine_of, publish_many, refuse_single
from demomed.cli.given import read_given
from demomed.cli.options import (
    ROOT,
    CohortsOption,
    DataOption,
    DateOption,
    DepartmentOption,
    FollowupOption,
    MappingOption,
    RegisterOption,
    RootOption,
    ScopeOption,
    StructuresMappingOption,
    StructuresOption,
    TodayOption,
    TravelOption,
    ZonesOption,
    day_of,
    parse_date,
)
from demomed.cli.report import (
    describe,
    plural,
    refuse,
    say,
    say_path,
    show_table,
    status_line,
    steps,
    warn,
)
from demomed.core.faults import Fault, InputError


def publish(
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
    data: DataOption = None,
    register: RegisterOption = None,
    structures: StructuresOption = None,
    mapping: MappingOption = None,
    structures_mapping: StructuresMappingOption = None,
    travel: TravelOption = None,
    scope: ScopeOption = "whole",
    reference_date: DateOption = None,
    recipe: Annotated[
        str, typer.Option("--recipe", help="Recette du classement.")
    ] = "installation",
    threshold: Annotated[
        int, typer.Option("--threshold", help="Seuil du secret, en personnes (5 au moins).")
    ] = 5,
    mode: Annotated[
        str, typer.Option("--mode", help="« single » (un fichier par page), « split » ou « csp ».")
    ] = "single",
    states_root: RootOption = ROOT,
    followup: FollowupOption = None,
    zones: ZonesOption = None,
    cohorts: CohortsOption = None,
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
    if everything or regions or len(codes) > 1:
        refuse_single(
            {
                "--register": register,
                "--structures": structures,
                "--mapping": mapping,
                "--structures-mapping": structures_mapping,
                "--travel": travel,
                "--date": reference_date,
                "--internal": internal or None,
                "--followup": followup,
                "--zoning": zones or None,
                "--cohorts": cohorts,
            }
        )
        publish_many(
            departments=codes,
            regions=tuple(dict.fromkeys(regions or ())),
            everything=everything,
            out=out_dir or Path("maps"),
            data=data,
            engine=engine_of(jobs, scheduler),
            options={
                "recipe": recipe,
                "threshold": threshold,
                "mode": mode,
                "scope": scope,
                "today": day_of(today).isoformat(),
            },
            dry_run=dry_run,
            fresh=fresh,
        )
        return
    if not codes:
        raise InputError(
            Fault(
                "publish",
                "aucun département demandé",
                "--department CODE, --region CODE ou --all",
                "par exemple : demomed publish --department 53",
            )
        )
    now = day_of(today)
    with steps(6) as step:
        step("Lecture des données")
        from demomed import pipeline
        from demomed.core import catalogue

        code = catalogue.department(codes[0]).code
        target = out_dir or pipeline.portal_folder(code, internal=internal)
        pipeline.check_options(
            recipe=recipe, threshold=threshold, mode=mode, out=target, internal=internal
        )
        territory = pipeline.load_territory(
            code,
            data=data,
            register=register,
            structures=structures,
            mapping=mapping,
            structures_mapping=structures_mapping,
            travel=travel,
            progress=step,
            scope=scope,  # type: ignore[arg-type]
            reference_date=parse_date(reference_date),
        )
        given = read_given(
            territory,
            parse_date(reference_date) or now,
            present=parse_date(reference_date),
            root=states_root,
            data=data,
            register=register,
            followup=followup,
            zones=tuple(zones or ()),
            cohorts=cohorts,
        )
        result = (
            None
            if dry_run
            else pipeline.publish(
                territory,
                target,
                recipe=recipe,
                threshold=threshold,
                mode=mode,
                today=now,
                earlier=given.earlier,
                given=given.tables,
                progress=step,
                internal=internal,
                beside=[pipeline.published(folder) for folder in same_scale or ()],
                memory=None if fresh else pipeline.memory_of(target),
            )
        )
    describe(territory)
    if given.earlier is not None and given.earlier.date < given.tables["present"]:
        say(
            f"Comparé à l'état du {given.earlier.date:%d/%m/%Y}, "
            f"données de référence au {given.tables['present']:%d/%m/%Y}"
        )
    warn(given.notices)
    if result is None:
        warn(territory.notices)
        say("Essai à blanc : rien n'a été écrit.")
        return
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


def build(
    department: DepartmentOption,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Dossier de sortie (data/processed/CODE par défaut)."),
    ] = None,
    data: DataOption = None,
    register: RegisterOption = None,
    structures: StructuresOption = None,
    mapping: MappingOption = None,
    structures_mapping: StructuresMappingOption = None,
    travel: TravelOption = None,
    scope: ScopeOption = "whole",
    reference_date: DateOption = None,
) -> None:
    """Calcule les indicateurs et les range pour l'analyse (usage interne, non protégés)."""
    with steps(3) as step:
        step("Lecture des données")
        from demomed import analysis, pipeline
        from demomed.core.territory import LEVELS

        territory = pipeline.load_territory(
            department,
            data=data,
            register=register,
            structures=structures,
            mapping=mapping,
            structures_mapping=structures_mapping,
            travel=travel,
            progress=step,
            scope=scope,  # type: ignore[arg-type]
            reference_date=parse_date(reference_date),
        )
        step("Calcul des indicateurs")
        values = analysis.compute(territory, level=LEVELS)
        step("Écriture")
        target = out_dir or Path("data/processed") / territory.department.code
        path = pipeline.write_internal(values, target)
    describe(territory)
    say(f"Indicateurs : {status_line(values.table)}")
    say_path("Écrit", path, " (usage interne : les petits effectifs n'y sont pas masqués)")
    warn(territory.notices)


def rank(
    department: DepartmentOption,
    recipe: Annotated[
        str, typer.Option("--recipe", help="Recette du classement.")
    ] = "installation",
    data: DataOption = None,
    register: RegisterOption = None,
    structures: StructuresOption = None,
    mapping: MappingOption = None,
    structures_mapping: StructuresMappingOption = None,
    travel: TravelOption = None,
    scope: ScopeOption = "whole",
    out_file: Annotated[
        Path | None, typer.Option("--out", "-o", help="Fichier CSV à écrire, en plus de l'écran.")
    ] = None,
) -> None:
    """Classe les intercommunalités par priorité, avec l'incertitude des rangs."""
    with steps(4) as step:
        step("Lecture des données")
        from demomed import pipeline

        pipeline.check_options(recipe=recipe)
        territory = pipeline.load_territory(
            department,
            data=data,
            register=register,
            structures=structures,
            mapping=mapping,
            structures_mapping=structures_mapping,
            travel=travel,
            progress=step,
            scope=scope,  # type: ignore[arg-type]
        )
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


NOT_ATTACKED = (
    "portail tiré d'un registre qui n'est pas celui d'exemple : l'attaque contre le secret des âges "
    "n'a pas été faite ; donner « --register » pour qu'elle le soit",
)


NOT_SHIPPED = (
    "département qui n'est pas dans les données livrées : l'attaque contre le secret des âges n'a "
    "pas été faite ; donner le « --data » de la publication pour qu'elle le soit",
)


def _is_shipped(department: str) -> bool:
    from demomed.ingestion.bundle import default_bundle_path, read_bundle

    return department in read_bundle(default_bundle_path()).manifest.departments


def check(
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
    ] = 5,
    data: DataOption = None,
    register: RegisterOption = None,
    structures: StructuresOption = None,
    mapping: MappingOption = None,
    scope: ScopeOption = "whole",
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
    from demomed.rendering.check import check_site
    from demomed.rendering.finding import grouped

    with steps(3) as step:
        step("Lecture des pages et des tableaux")
        findings = check_site(directory, internal=internal)
        department = audit.department_of(directory)
        attacked = attack and not internal and bool(department)
        unproved: tuple[str, ...] = ()
        earlier = None
        if attacked and data is None and not _is_shipped(department):
            attacked, unproved = False, NOT_SHIPPED
        if attacked:
            step("Lecture des données du département")
            from demomed import pipeline

            try:
                territory = pipeline.load_territory(
                    department,
                    data=data,
                    register=register,
                    structures=structures,
                    mapping=mapping,
                    scope=scope,  # type: ignore[arg-type]
                    reference_date=parse_date(date),
                )
                if states_root is not None:
                    from demomed import states

                    day = parse_date(date) or day_of(None)
                    earlier = states.earlier_state(territory, states_root, day, register=register)
            except InputError as error:
                refuse(error, "Vérification impossible")
            step("Attaque : ce que les tableaux disent des âges")
            attacked = register is not None or audit.is_of(directory, territory)
            if attacked:
                findings += audit.attack_site(
                    directory,
                    territory,
                    threshold=threshold,
                    previous=earlier.told if earlier else None,
                    moves=earlier.moves if earlier else None,
                )
            else:
                unproved = NOT_ATTACKED
    told = grouped(findings)
    for finding in told:
        say(str(finding))
    if told:
        say(f"{plural(len(told), 'défaut', 'défauts')} dans {directory}")
        raise typer.Exit(1)
    if not attacked:
        say(f"{directory} : aucun défaut")
        warn(unproved)
        return
    kept = "avec les états précédents" if earlier else "sans état précédent"
    say(f"{directory} : aucun défaut, attaque comprise (indicateurs.csv, {kept})")
    for page in audit.not_attacked(directory):
        say(f"{page} dit des personnes autre chose que ce tableau : l'attaque ne la lit pas")
