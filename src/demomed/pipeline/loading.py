"""Load: a department and its surroundings, from the reference data or the user's files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from demomed import __version__
from demomed.analysis.indicators.emergency import with_agreed_emergencies
from demomed.core import catalogue
from demomed.core.faults import Fault, InputError, closest
from demomed.core.territory import Scope, Territory
from demomed.core.travel import TravelTable
from demomed.ingestion.bundle import default_bundle_path, read_bundle
from demomed.ingestion.lots import CACHE, ready_bundle
from demomed.ingestion.owned import OwnTable, read_practitioners, read_structure_list
from demomed.ingestion.select import select_territory
from demomed.ingestion.travel_files import read_travel_table, with_travel

Step = Callable[[str], None]
SCOPES: tuple[Scope, ...] = ("whole", "department")


def quiet(_: str) -> None:
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
    trial: Path | None = None,
    progress: Step = quiet,
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
    trial
        Folder where one that is not kept yet is built instead, to leave no trace.
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
            Path(data),
            chosen.code,
            version=__version__,
            cache=Path(cache),
            trial=trial,
            progress=progress,
        )
        if data is not None
        else default_bundle_path()
    )
    reached = reference_date or bundle.reference_date
    words = {"register": _path(mapping), "structures": _path(structures_mapping)}
    tables: dict[str, OwnTable] = {}
    faults: list[Fault] = []
    notices: list[str] = []
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
                notices += error.notices
    times: TravelTable | None = None
    if travel is not None:
        try:
            times = read_travel_table(Path(travel), as_of=reached)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults, notices)
    territory = select_territory(bundle, chosen, scope=scope, reference_date=reached, **tables)
    if times is not None:
        territory = with_travel(territory, times, Path(travel or "").name)
    return with_agreed_emergencies(territory)


def commune_names() -> dict[str, str]:
    """Name of every commune in force of the country, by code, as the shipped data know them.

    Examples
    --------
    >>> names = commune_names()
    >>> names["72181"], "72999" in names
    ('Le Mans', False)
    """
    codes = read_bundle(default_bundle_path()).codes
    return dict(zip(codes["commune_code"], codes["commune_name"], strict=True))


def check_scope(scope: str) -> None:
    """Refuse an unknown way to count the intercommunalities that cross the border."""
    if scope not in SCOPES:
        raise InputError(
            Fault("portée", f"« {scope} »", "« whole » ou « department »", closest(scope, SCOPES))
        )


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)
