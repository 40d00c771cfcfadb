"""Draw and write: from what may be published to the portal of a department."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from demomed import __version__
from demomed.analysis.earlier_dates import at_earlier_dates
from demomed.analysis.recipes import load_recipe
from demomed.core import catalogue
from demomed.core.disclosure import THRESHOLD, check_threshold
from demomed.core.display import facts_table, small
from demomed.core.document import IndexDocument, MapDocument
from demomed.core.faults import Fault, InputError
from demomed.core.indicator import PublicIndicators
from demomed.core.locks import check_writable
from demomed.core.memory import Memory
from demomed.core.portrait import Notice, Sheet
from demomed.core.ranking import Ranking, Unranked
from demomed.core.report import Report
from demomed.core.state import EarlierState
from demomed.core.territory import Territory
from demomed.dossiers import compose_dossiers, lacking
from demomed.dossiers.material import Material
from demomed.dossiers.scenario import INPUT as PRESENT
from demomed.dossiers.scenario import Present
from demomed.pipeline.loading import Step, quiet
from demomed.pipeline.measuring import catalogue_fingerprint, measured, protected, ranked
from demomed.rendering.bound import drawing_code
from demomed.rendering.compose import compose, drawn_pages
from demomed.rendering.home import compose_index, compose_notices
from demomed.rendering.internal import SUFFIX, check_folder, stamped
from demomed.rendering.openness import GEOJSON, PACKAGE, data_package, zones_geojson
from demomed.rendering.publish import (
    check_mode,
    checked_files,
    replace_folder,
)
from demomed.rendering.scales import shared_breaks
from demomed.rendering.scene import Scene, make_scene
from demomed.rendering.sheets import compose_sheets, sheet_links
from demomed.rendering.simulated import labelled
from demomed.rendering.surroundings import late_notices, with_ages
from demomed.rendering.table import dictionary_csv, indicators_csv, ranking_csv
from demomed.rendering.workbook import WORKBOOK, csv_sheets, workbook

MEMORY = Path("data/interim/portails")
"""Where publications keep what need not be made again."""


@dataclass(frozen=True)
class Portal:
    """A portal in memory, checked, before anything is written.

    ``ranking`` is absent where the data allow none; ``notices`` then say why.
    """

    files: Mapping[str, bytes]
    indicators: PublicIndicators
    ranking: Ranking | None
    documents: Mapping[str, MapDocument]
    notices: tuple[str, ...]
    dossiers: tuple[Report, ...] = ()


@dataclass(frozen=True)
class Publication:
    """What was published: the folder, its files, and what a reader of the log wants to know."""

    out: Path
    files: tuple[str, ...]
    indicators: PublicIndicators
    ranking: Ranking | None
    documents: Mapping[str, MapDocument]
    notices: tuple[str, ...]

    def _repr_html_(self) -> str:
        pages = [(f"{name}.html", document.lead) for name, document in self.documents.items()]
        head = [("À ouvrir", self.out / "index.html"), ("Fichiers", len(self.files))]
        return facts_table("Publication", [*head, *pages]) + small(" ; ".join(self.notices))


def publish(
    territory: Territory,
    out: str | Path,
    *,
    recipe: str = "installation",
    threshold: int = THRESHOLD,
    mode: str = "single",
    today: date | None = None,
    earlier: EarlierState | None = None,
    given: Mapping[str, Any] | None = None,
    progress: Step = quiet,
    internal: bool = False,
    present: Territory | None = None,
    memory: Memory | None = None,
    beside: Sequence[PublicIndicators] = (),
) -> Publication:
    """Compute, protect, rank, draw and write the portal of one department.

    Parameters
    ----------
    territory
        From :func:`load_territory`.
    out
        Folder of the portal; replaced at once when everything is ready, or not touched.
    recipe, threshold, mode, today, earlier, given, progress, internal, present, memory, beside
        As for :func:`make_portal`; the name of the folder ends with « -interne » if, and only if,
        unmasked values are published.
    """
    check_options(recipe=recipe, threshold=threshold, mode=mode, out=out, internal=internal)
    portal = make_portal(
        territory,
        recipe=recipe,
        threshold=threshold,
        mode=mode,
        today=today,
        earlier=earlier,
        given=given,
        progress=progress,
        internal=internal,
        present=present,
        memory=memory,
        beside=beside,
    )
    replace_folder(Path(out), portal.files)
    if memory is not None:
        memory.forget_the_rest()
    return Publication(
        out=Path(out),
        files=tuple(sorted(portal.files)),
        indicators=portal.indicators,
        ranking=portal.ranking,
        documents=portal.documents,
        notices=portal.notices,
    )


def make_portal(
    territory: Territory,
    *,
    recipe: str = "installation",
    threshold: int = THRESHOLD,
    mode: str = "single",
    today: date | None = None,
    earlier: EarlierState | None = None,
    given: Mapping[str, Any] | None = None,
    inputs: str = "",
    progress: Step = quiet,
    internal: bool = False,
    present: Territory | None = None,
    memory: Memory | None = None,
    beside: Sequence[PublicIndicators] = (),
) -> Portal:
    """Compute, protect, rank and draw the portal of one department, without writing anything.

    Parameters
    ----------
    territory
        From :func:`load_territory`.
    recipe
        Ranking recipe of the catalogue.
    threshold
        Smallest number of persons behind a published fact about persons (5 at least).
    mode
        ``"single"`` (one file a page), ``"split"`` (page and assets apart) or ``"csp"``.
    today
        Day at which the age of the sources is told, and those past it are marked; without it only
        their dates are told. The same day gives the same bytes.
    earlier
        Last state before this one: what it told is not completed, and what changed since is told.
    given
        What the mission gave besides, by name, for the dossiers: ``day`` of the state,
        ``followup`` (values of the plans), ``zonings``, ``cohorts``.
    inputs
        Fingerprint of what the portal is made of, told in its manifest, where there is one.
    progress
        Called with a French line at each step.
    internal
        Leave every value unmasked, for authorised readers: every file says so.
    present
        When the territory is a scenario, the situation it is told against.
    memory
        What earlier publications have made: only what has changed since is made again, and the
        portal is the same, byte for byte. Nothing is kept by default.
    beside
        What other portals publish (other departments, other dates): the maps then have one scale
        with theirs.
    """
    kept = memory or Memory()
    check_options(recipe=recipe, threshold=threshold, mode=mode)
    measure = partial(measured, threshold=threshold, internal=internal, memory=kept)
    inputs_of: dict[str, Any] = {**(given or {}), "earlier": earlier}
    if present is not None:
        progress("Calcul de la situation présente")
        before = measure(present, progress=quiet)
        held = ranked(present, before, recipe)
        inputs_of[PRESENT] = Present(before, held if isinstance(held, Ranking) else None)
    told = earlier.told if earlier is not None else None
    moves = earlier.moves if earlier is not None else None
    public = measure(territory, previous=told, moves=moves, progress=progress)
    dates = () if present is not None else _at_other_dates(territory, earlier, threshold)
    progress("Classement des intercommunalités")
    outcome = ranked(territory, public, recipe)
    progress("Composition des pages")
    pages = _compose(
        territory, public, outcome, today=today, given=inputs_of, beside=beside, dates=dates
    )
    progress("Dessin et écriture des pages")
    return Portal(
        files=checked_files(
            tuple(pages.documents.values()),
            pages.index,
            _files(territory, public, outcome, pages, internal=internal, memory=kept),
            mode=mode,
            sheets=(*pages.sheets, *pages.silent, *pages.dossiers),
            inputs=inputs,
            memory=kept,
        ),
        indicators=public,
        ranking=outcome if isinstance(outcome, Ranking) else None,
        documents=pages.documents,
        notices=(
            *territory.notices,
            *outcome.notices,
            *late_notices(pages.index.sources, territory, today, catalogue.texts("fr")),
            *lacking(),
        ),
        dossiers=pages.dossiers,
    )


def _at_other_dates(
    territory: Territory, earlier: EarlierState | None, threshold: int
) -> tuple[PublicIndicators, ...]:
    """What was published at a stored date, and earlier vintages of the data, through the gate."""
    stored = () if earlier is None else (earlier.public,)
    found = at_earlier_dates(territory)
    return (*stored, *(protected(territory, one, threshold=threshold) for one in found))


@dataclass(frozen=True)
class _Pages:
    """Every page of a portal as plain data."""

    scene: Scene
    documents: Mapping[str, MapDocument]
    sheets: tuple[Sheet, ...]
    silent: tuple[Notice, ...]
    dossiers: tuple[Report, ...]
    index: IndexDocument


def _compose(
    territory: Territory,
    public: PublicIndicators,
    outcome: Ranking | Unranked,
    *,
    today: date | None,
    given: Mapping[str, Any],
    beside: Sequence[PublicIndicators],
    dates: Sequence[PublicIndicators],
) -> _Pages:
    """Maps, sheets, notices and dossiers of a territory, then the index that leads to them."""
    ranking = outcome if isinstance(outcome, Ranking) else None
    unranked = outcome if isinstance(outcome, Unranked) else None
    scene, words = make_scene(territory), catalogue.texts("fr")
    told: dict[str, Any] = {"version": __version__, "scene": scene}
    say = partial(labelled, territory=territory, texts=words)
    aged = partial(with_ages, territory=territory, today=today, texts=words)
    asked: dict[str, Any] = {
        "ranking": ranking,
        "with_sheets": True,
        "breaks": shared_breaks([public, *beside]) if beside else {},
        "earlier": dates,
        **told,
    }
    documents = {
        page: aged(say(compose(territory, public, page, **asked)))
        for page in drawn_pages(public, ranking)
    }
    maps = tuple(documents.values())
    sheets = tuple(
        aged(say(page)) for page in compose_sheets(territory, public, maps, ranking=ranking, **told)
    )
    notices = compose_notices(
        territory, public, ranking=ranking, unranked=unranked, version=__version__
    )
    silent = tuple(map(say, notices))
    material = Material(
        territory, public, ranking, scene, maps, __version__, today=today, inputs=given
    )
    dossiers = tuple(aged(say(report)) for report in compose_dossiers(material))
    index = compose_index(
        territory,
        maps,
        public=public,
        sheets=sheet_links(sheets),
        notices=silent,
        reports=dossiers,
        today=today,
        **told,
    )
    return _Pages(scene, documents, sheets, silent, dossiers, say(index))


def _files(
    territory: Territory,
    public: PublicIndicators,
    outcome: Ranking | Unranked,
    pages: _Pages,
    *,
    internal: bool,
    memory: Memory,
) -> dict[str, bytes]:
    """What a portal gives to take away: tables, shapes, their description, files of dossiers."""
    files: dict[str, bytes] = memory.recall(
        "tables",
        (
            drawing_code(),
            catalogue_fingerprint(),
            territory,
            public,
            internal,
            outcome,
            pages.scene.sets,
        ),
        lambda: _tables(territory, public, outcome, pages.scene, internal=internal),
    )
    files[PACKAGE] = data_package(
        files, territory, pages.index.sources, version=__version__, internal=internal
    )
    added = {name: content for report in pages.dossiers for name, content in report.files.items()}
    return files | (stamped(added) if internal else added)


def _tables(
    territory: Territory,
    public: PublicIndicators,
    outcome: Ranking | Unranked,
    scene: Scene,
    *,
    internal: bool,
) -> dict[str, bytes]:
    """Every value of a portal as files to take away."""
    files: dict[str, bytes] = {
        "indicateurs.csv": indicators_csv(public, territory),
        "dictionnaire.csv": dictionary_csv(public, territory),
        "classement.csv": ranking_csv(outcome),
        GEOJSON: zones_geojson(public, scene, territory),
    }
    files = stamped(files) if internal else files
    return {**files, WORKBOOK: workbook(public, csv_sheets(files))}


def check_options(
    *,
    recipe: str = "installation",
    threshold: int = THRESHOLD,
    mode: str = "single",
    out: str | Path | None = None,
    internal: bool = False,
) -> None:
    """Refuse what a publication could not do, before anything is read or computed."""
    faults: list[Fault] = []
    for check in (
        lambda: None if out is None else check_folder(out, internal=internal),
        lambda: None if out is None else check_writable(out),
        lambda: load_recipe(recipe),
        lambda: check_threshold(threshold),
        lambda: check_mode(mode),
    ):
        try:
            check()
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)


def portal_folder(department: str, *, internal: bool = False) -> Path:
    """Folder of the portal of a department, or of the one for internal use.

    Examples
    --------
    >>> portal_folder("53", internal=True).as_posix()
    'maps/53-interne'
    """
    return Path("maps") / (department + SUFFIX if internal else department)


def scenario_folder(department: str, scenario: str) -> Path:
    """Folder of the portal of a scenario.

    Examples
    --------
    >>> scenario_folder("53", "exemple").as_posix()
    'maps/53-scenario-exemple'
    >>> scenario_folder("53", "scenario").as_posix()
    'maps/53-scenario'
    """
    name = scenario.removeprefix("scenario").lstrip("-_ ")
    return Path("maps") / "-".join(filter(None, (department, "scenario", name)))


def memory_of(out: str | Path, *, cache: str | Path = MEMORY) -> Memory:
    """What is kept between two publications of one portal, under the name of its folder.

    Parameters
    ----------
    out
        Folder of the portal.
    cache
        Folder of this machine where such things are kept.
    """
    return Memory(Path(cache) / Path(out).resolve().name)
