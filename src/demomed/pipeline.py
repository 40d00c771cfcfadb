"""The story in one screen: load, compute, protect, rank, draw, write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

from demomed import __version__
from demomed.analysis import compute
from demomed.analysis.indicators.emergency import with_agreed_emergencies
from demomed.analysis.priority import rank
from demomed.analysis.recipes import load_recipe
from demomed.core import catalogue
from demomed.core.disclosure import THRESHOLD, check_threshold, protect
from demomed.core.display import facts_table, small
from demomed.core.document import MapDocument
from demomed.core.faults import Fault, InputError, closest
from demomed.core.fingerprint import code_fingerprint, fingerprint, library_versions
from demomed.core.groups import touching
from demomed.core.indicator import Indicators, PublicIndicators, get_indicator
from demomed.core.memory import Memory
from demomed.core.ranking import Ranking, Unrankable, Unranked
from demomed.core.report import Report
from demomed.core.state import EarlierState
from demomed.core.territory import LEVELS, Scope, Territory
from demomed.core.travel import TravelTable
from demomed.dossiers import compose_dossiers, lacking
from demomed.dossiers.material import Material
from demomed.dossiers.scenario import INPUT as PRESENT
from demomed.dossiers.scenario import Present
from demomed.ingestion.bundle import default_bundle_path, read_bundle
from demomed.ingestion.lots import CACHE, ready_bundle
from demomed.ingestion.owned import OwnTable, read_practitioners, read_structure_list
from demomed.ingestion.select import select_territory
from demomed.ingestion.travel_files import read_travel_table, with_travel
from demomed.rendering.bound import drawing_code
from demomed.rendering.check_data import CSV
from demomed.rendering.compose import compose, drawn_pages
from demomed.rendering.home import compose_index, compose_notices
from demomed.rendering.internal import SUFFIX, check_folder, stamped
from demomed.rendering.leaflet import show as show_document
from demomed.rendering.openness import (
    GEOJSON,
    PACKAGE,
    WORKBOOK,
    csv_sheets,
    data_package,
    workbook,
    zones_geojson,
)
from demomed.rendering.printed import compose_printed, render_printed
from demomed.rendering.publish import (
    SideDocument,
    check_mode,
    checked_files,
    replace_folder,
)
from demomed.rendering.republished import read_published
from demomed.rendering.scales import shared_breaks
from demomed.rendering.scene import Scene, make_scene
from demomed.rendering.sheets import compose_sheets, sheet_links
from demomed.rendering.simulated import labelled
from demomed.rendering.surroundings import with_ages
from demomed.rendering.table import dictionary_csv, indicators_csv, ranking_csv

Step = Callable[[str], None]
COMPUTED_WITH: tuple[str, ...] = ("core", "analysis", "pipeline.py")
"""Folders of the package that say how indicators are computed and protected."""
MEMORY = Path("data/interim/portails")
"""Where publications keep what need not be made again."""
LIBRARIES: tuple[str, ...] = ("geopandas", "numpy", "pandas", "pyproj", "scipy", "shapely")
ON_PAGES: tuple[str, ...] = ("pages", "portraits", "dossiers")
"""Sections of the catalogue that only say what pages show: neither measures nor tables."""
SCOPES: tuple[Scope, ...] = ("whole", "department")


def _quiet(_: str) -> None:
    """Say nothing: the default of every progress parameter."""


def load_territory(
    department: str,
    *,
    data: str | Path | None = None,
    register: str | Path | None = None,
    structures: str | Path | None = None,
    scope: Scope = "whole",
    reference_date: date | None = None,
    mapping: str | Path | None = None,
    structures_mapping: str | Path | None = None,
    travel: str | Path | None = None,
    cache: str | Path = CACHE,
    progress: Step = _quiet,
) -> Territory:
    """Load one department and its surroundings from the reference data or the user's own files.

    Parameters
    ----------
    department
        Code of a department of the catalogue, for instance ``"53"``.
    data
        Folder of a bundle made by ``demomed sources bundle``, or of official files, from which
        the bundle of the department is built once and kept; the shipped bundle by default.
    register
        Practitioners: CSV, XLSX or ODS kept by the mission, or an extraction of the Annuaire
        Santé (RPPS), recognised by its header; without it the fictional example is used and
        everything computed from it says so.
    structures
        Maisons de santé and other structures: CSV, XLSX or ODS kept by the mission, or a FINESS
        file; the official counts by default.
    scope
        ``"whole"``: an intercommunality across the border counts entirely; ``"department"``: only
        its communes of the department.
    reference_date
        Date at which ages are reached; that of the bundle by default.
    mapping, structures_mapping
        TOML of the mission that names its own columns and words, for each of its two files.
    travel
        Travel times, origin – destination in minutes: the mission's own table, or one made by
        ``demomed travel build``; times are estimated from straight lines otherwise.
    cache
        Where bundles built from official files are kept.
    progress
        Called with a French line at each step of such a building.

    Raises
    ------
    InputError
        With every fault of every file at once.

    Examples
    --------
    >>> mayenne = load_territory("53")
    >>> len(mayenne.zones("commune")), len(mayenne.epci)
    (240, 10)
    """
    chosen = catalogue.department(str(department))
    check_scope(scope)
    bundle = read_bundle(
        ready_bundle(
            Path(data), chosen.code, version=__version__, cache=Path(cache), progress=progress
        )
        if data is not None
        else default_bundle_path()
    )
    reached = reference_date or bundle.reference_date
    words = {"register": _path(mapping), "structures": _path(structures_mapping)}
    tables: dict[str, OwnTable] = {}
    faults: list[Fault] = []
    readers: Mapping[str, tuple[Path | None, Callable[[Path], OwnTable]]] = {
        "practitioners": (
            _path(register),
            lambda path: read_practitioners(
                path,
                bundle,
                chosen.code,
                reference_date=reached,
                mapping=words["register"],
                finess=_path(structures),
            ),
        ),
        "structures": (
            _path(structures),
            lambda path: read_structure_list(
                path, bundle, chosen.code, mapping=words["structures"]
            ),
        ),
    }
    for name, (path, read) in readers.items():
        if path is not None:
            try:
                tables[name] = read(path)
            except InputError as error:
                faults += error.faults
    times: TravelTable | None = None
    if travel is not None:
        try:
            times = read_travel_table(Path(travel), as_of=reached)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    territory = select_territory(bundle, chosen, scope=scope, reference_date=reached, **tables)
    if times is not None:
        territory = with_travel(territory, times, Path(travel or "").name)
    return with_agreed_emergencies(territory)


def check_scope(scope: str) -> None:
    """Refuse an unknown way to count the intercommunalities that cross the border."""
    if scope not in SCOPES:
        raise InputError(
            Fault("portée", f"« {scope} »", "« whole » ou « department »", closest(scope, SCOPES))
        )


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)


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
    progress: Step = _quiet,
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
    progress: Step = _quiet,
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
    beside_it: dict[str, Any] = {**(given or {}), "earlier": earlier}
    if present is not None:
        progress("Calcul de la situation présente")
        before = _measured(
            present, threshold=threshold, internal=internal, progress=_quiet, memory=kept
        )
        before_ranked = ranked(present, before, recipe)
        held = before_ranked if isinstance(before_ranked, Ranking) else None
        beside_it[PRESENT] = Present(before, held)
    public = _measured(
        territory,
        threshold=threshold,
        internal=internal,
        previous=earlier.told if earlier is not None else None,
        progress=progress,
        memory=kept,
    )
    progress("Classement des intercommunalités")
    outcome = ranked(territory, public, recipe)
    ranking = outcome if isinstance(outcome, Ranking) else None
    unranked = outcome if isinstance(outcome, Unranked) else None
    progress("Composition des pages")
    scene = make_scene(territory)
    told: dict[str, Any] = {"version": __version__, "scene": scene}
    words = catalogue.texts("fr")
    aged = partial(with_ages, territory=territory, today=today, texts=words)
    say = partial(labelled, territory=territory, texts=words)
    shared = shared_breaks([public, *beside]) if beside else {}
    documents = {
        page: aged(
            say(
                compose(
                    territory,
                    public,
                    page,
                    ranking=ranking,
                    with_sheets=True,
                    breaks=shared,
                    **told,
                )
            )
        )
        for page in drawn_pages(public, ranking)
    }
    maps = tuple(documents.values())
    sheets = tuple(aged(say(page)) for page in compose_sheets(territory, public, maps, **told))
    silent = tuple(
        say(page)
        for page in compose_notices(
            territory, public, ranking=ranking, unranked=unranked, version=__version__
        )
    )
    material = Material(
        territory, public, ranking, scene, maps, __version__, today=today, inputs=beside_it
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
    index = say(index)
    progress("Dessin et écriture des pages")
    drawn_from = fingerprint(drawing_code(), catalogue_fingerprint(), territory, public, internal)
    files: dict[str, bytes] = kept.recall(
        "tables",
        fingerprint(drawn_from, outcome, scene.sets),
        lambda: _tables(territory, public, outcome, scene, internal=internal),
    )
    files[PACKAGE] = data_package(
        files, territory, index.sources, version=__version__, internal=internal
    )
    added = {name: content for report in dossiers for name, content in report.files.items()}
    files |= stamped(added) if internal else added
    sides: tuple[SideDocument, ...] = (*sheets, *silent, *dossiers)
    return Portal(
        files=checked_files(
            maps, index, files, mode=mode, sheets=sides, inputs=inputs, memory=kept
        ),
        indicators=public,
        ranking=ranking,
        documents=documents,
        notices=(*territory.notices, *outcome.notices, *lacking()),
        dossiers=dossiers,
    )


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
        GEOJSON: zones_geojson(public, scene),
    }
    files = stamped(files) if internal else files
    return {**files, WORKBOOK: workbook(public, csv_sheets(files))}


def _measured(
    territory: Territory,
    *,
    threshold: int,
    internal: bool,
    progress: Step,
    memory: Memory,
    previous: PublicIndicators | None = None,
) -> PublicIndicators:
    """Every indicator of a territory, after the gate (open for authorised readers)."""

    def measure() -> PublicIndicators:
        progress("Calcul des indicateurs")
        indicators = compute(territory, level=LEVELS)
        progress("Protection des données personnelles")
        if internal:
            return protect(indicators, threshold=threshold, internal=True)
        return protected(territory, indicators, threshold=threshold, previous=previous)

    key = fingerprint(computing_code(), territory, threshold, internal, previous)
    return memory.recall("indicateurs", key, measure, about=territory.department.code)


@cache
def computing_code() -> str:
    """Fingerprint of all that says how indicators are computed and protected."""
    return fingerprint(
        code_fingerprint(COMPUTED_WITH),
        catalogue_fingerprint(without=("texts", "themes")),
        library_versions(LIBRARIES),
    )


@cache
def catalogue_fingerprint(without: tuple[str, ...] = ()) -> str:
    """Fingerprint of the catalogue but for the texts of the pages, which documents carry."""
    held = (f"catalogue/{name}" for name in catalogue.sections())
    left_out = {f"catalogue/{name}" for name in (*ON_PAGES, *without)}
    return code_fingerprint(name for name in held if name not in left_out)


def ranked(territory: Territory, public: PublicIndicators, recipe: str) -> Ranking | Unranked:
    """The ranking of the intercommunalities, or why the data allow none.

    Parameters
    ----------
    territory
        The department.
    public
        Its indicators after the gate.
    recipe
        Recipe of the catalogue.
    """
    try:
        return rank(public, recipe, outside=zones_elsewhere(territory))
    except Unrankable as refusal:
        return refusal.unranked


def print_report(
    territory: Territory,
    *,
    recipe: str = "installation",
    threshold: int = THRESHOLD,
    progress: Step = _quiet,
) -> tuple[Report, bytes]:
    """The report to print of one department, as data and as a page, from its portal's own pages.

    Parameters
    ----------
    territory
        From :func:`load_territory`.
    recipe, threshold, progress
        As for :func:`make_portal`.
    """
    portal = make_portal(territory, recipe=recipe, threshold=threshold, progress=progress)
    report = compose_printed(
        territory,
        portal.indicators,
        tuple(portal.documents.values()),
        portal.dossiers,
        version=__version__,
    )
    return report, render_printed(report)


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


def protected(
    territory: Territory,
    indicators: Indicators,
    *,
    threshold: int = THRESHOLD,
    previous: PublicIndicators | None = None,
) -> PublicIndicators:
    """Pass indicators through the gate with all it needs to know of the territory.

    Everything that is published together goes through in one call: two partial calls could tell
    more together than either alone. What was published earlier is given as ``previous``, so that
    the difference of two dates tells of nobody.
    """
    return protect(
        indicators,
        hierarchy={level: territory.members(level) for level in LEVELS},
        neighbours={"epci": touching(territory.zones("epci"))},
        threshold=threshold,
        previous=previous,
    )


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
    """
    return Path("maps") / f"{department}-scenario-{scenario}"


def published(folder: str | Path) -> PublicIndicators:
    """What a portal publishes, read back from its own table.

    Parameters
    ----------
    folder
        A published folder, for internal use or not.

    Raises
    ------
    InputError
        If it holds no table of values.
    """
    path = Path(folder) / CSV
    if not path.is_file():
        raise InputError(
            Fault(
                str(folder),
                f"aucun fichier « {CSV} »",
                "le dossier d'un portail publié",
                "vérifier le nom",
            )
        )
    return read_published(path.read_bytes())


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


def zones_elsewhere(territory: Territory) -> tuple[str, ...]:
    """Intercommunalities of which most inhabitants live in another department."""
    members = territory.members("epci")
    communes = territory.communes.loc[members.index]
    people = communes["population"].astype(float)
    inside = people.where(communes["departement_code"] == territory.department.code, 0.0)
    own, total = inside.groupby(members).sum(), people.groupby(members).sum()
    return tuple(str(code) for code in total.index[own < total / 2])


def show(
    territory: Territory,
    indicator: str = "density",
    *,
    profession: str = "gp",
    level: str = "epci",
) -> Any:
    """Draw one indicator as a folium map for the notebook, protected like a published page.

    A fact about persons is protected together with all the others of its profession, as on the
    portal, so that a map of the notebook tells nothing that the portal hides.
    """
    if level not in LEVELS:
        raise InputError(Fault("niveau", f"« {level} »", "un niveau connu", closest(level, LEVELS)))
    chosen = None if get_indicator(indicator).sensitive else [indicator]
    values = compute(territory, chosen, level=LEVELS, professions=[profession])
    public = protected(territory, values)
    return show_document(compose(territory, public, indicator, version=__version__), level=level)


def rank_territory(
    territory: Territory, recipe: str = "installation", *, progress: Step = _quiet
) -> Ranking:
    """Rank the intercommunalities of a territory by a recipe of the catalogue."""
    return protected_ranking(territory, recipe, progress=progress)[1]


def protected_ranking(
    territory: Territory, recipe: str = "installation", *, progress: Step = _quiet
) -> tuple[PublicIndicators, Ranking]:
    """Protected indicators of the intercommunalities of a territory, and their ranking."""
    progress("Calcul des indicateurs")
    values = compute(territory, level="epci")
    progress("Protection des données personnelles")
    public = protected(territory, values)
    progress("Classement")
    return public, rank(public, recipe, outside=zones_elsewhere(territory))


def write_internal(values: Indicators, folder: Path) -> Path:
    """Write unprotected indicators for analysis, as Parquet, aside and then renamed.

    The folder is for internal use: small numbers are not masked there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "indicateurs-usage-interne.parquet"
    return _replace(path, lambda partial: values.table.to_parquet(partial, index=False))


def write_ranking(ranking: Ranking, path: Path) -> Path:
    """Write a ranking as CSV, aside and then renamed."""
    return write_bytes(path, ranking_csv(ranking))


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a file aside, then rename it: never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return _replace(path, lambda partial: partial.write_bytes(content))


def _replace(path: Path, write: Callable[[Path], object]) -> Path:
    partial = path.with_name(path.name + ".partial")
    try:
        write(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path
