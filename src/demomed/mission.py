"""What a mission gives besides its register: zones, follow-up of its plans, cohorts."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from demomed import __version__
from demomed.core import catalogue
from demomed.core.faults import Fault, InputError, closest
from demomed.core.territory import Territory
from demomed.core.zoning import Zoning
from demomed.ingestion.bundle import Bundle, default_bundle_path, read_bundle
from demomed.ingestion.cohorts import COHORTS, Cohort, read_cohort
from demomed.ingestion.followup import read_followup
from demomed.ingestion.lots import CACHE, ready_bundle
from demomed.ingestion.zonings import catalogue_zoning, read_membership, read_zoning

_SUFFIXES = (".csv", ".xlsx", ".ods")
_HEAD = 4096


def bundle_of(territory: Territory, data: Path | None = None) -> Bundle:
    """Reference tables of a territory, which know every commune code ever used.

    Parameters
    ----------
    territory
        The department.
    data
        As given to :func:`demomed.pipeline.load_territory`.
    """
    if data is None:
        return read_bundle(default_bundle_path())
    code = territory.department.code
    return read_bundle(ready_bundle(Path(data), code, version=__version__, cache=CACHE))


def read_zonings(
    territory: Territory,
    wanted: Sequence[str],
    *,
    data: Path | None = None,
    at: date | None = None,
) -> tuple[tuple[Zoning, ...], tuple[str, ...]]:
    """Zones of the catalogue, or of lists of communes.

    Parameters
    ----------
    territory
        The department.
    wanted
        Each a kind (``cls``: zones of the catalogue) or ``kind=file`` (CSV, XLSX, ODS, TOML, or
        Insee's table of membership for the official kinds).
    data
        Reference data of the territory.
    at
        Day at which contracts must be in force.

    Returns
    -------
    tuple
        One zoning a kind, and notices.

    Raises
    ------
    InputError
        With every fault of every list.
    """
    bundle: Bundle | None = None
    found: list[Zoning] = []
    notices: list[str] = []
    faults: list[Fault] = []
    for text in wanted:
        kind, _, file = text.partition("=")
        try:
            if any(zoning.kind == kind for zoning in found):
                raise InputError(
                    Fault("zones", f"« {kind} » deux fois", "un zonage par sorte", "en ôter un")
                )
            if not file:
                zoning = _declared(territory, kind, at)
            else:
                bundle = bundle or bundle_of(territory, data)
                zoning, told = _listed(Path(file), kind, bundle, at)
                notices += told
            found.append(zoning)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return tuple(found), tuple(notices)


def _declared(territory: Territory, kind: str, at: date | None) -> Zoning:
    code = territory.department.code
    zoning = catalogue_zoning(kind, territory.communes, departement=code, at=at)
    if zoning.members.empty:
        raise InputError(
            Fault(
                f"zones « {kind} »",
                f"le catalogue n'en déclare aucune dans le département {code}",
                "une liste de communes",
                f"donner un fichier : {kind}=liste.csv (modèle : demomed zones template)",
            )
        )
    return zoning


def _listed(
    path: Path, kind: str, bundle: Bundle, at: date | None
) -> tuple[Zoning, tuple[str, ...]]:
    if _is_membership(path, kind):
        return read_membership(path, kind, codes=bundle.codes), ()
    return read_zoning(
        path, kind, codes=bundle.codes, communes=bundle.communes, places=bundle.places, at=at
    )


def _is_membership(path: Path, kind: str) -> bool:
    """Whether a file is Insee's table of membership: it has the column of an official kind."""
    official = catalogue.entry("zonings", kind).get("official")
    if official is None or not path.is_file() or path.suffix not in (".csv", ".gz"):
        return False
    if path.suffix == ".gz":
        with gzip.open(path) as stream:
            head = stream.read(_HEAD)
    else:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    columns = head.decode("utf-8-sig", errors="replace").partition("\n")[0].split(",")
    return bool({name.strip().strip('"') for name in columns} & set(official["zone_code"]))


def read_followup_of(territory: Territory, path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Values by which the mission follows the plans of its department."""
    if territory.plans.empty:
        raise InputError(
            Fault(
                path.name,
                f"aucun plan connu du département {territory.department.code}",
                "un département dont le catalogue a un plan",
                "publier sans --followup",
            )
        )
    return read_followup(path, territory.plans)


def read_cohorts(
    territory: Territory, folder: Path, *, data: Path | None = None
) -> tuple[dict[str, pd.DataFrame], tuple[str, ...]]:
    """Tables of the cohorts found in a folder: ``students``, ``aids``, ``housing``, ``recruits``.

    Parameters
    ----------
    territory
        The department.
    folder
        Holds one file per table, named after it (CSV, XLSX or ODS).
    data
        Reference data of the territory.

    Raises
    ------
    InputError
        With every fault of every table; a file of another name is refused, its closest one named.
    """
    if not folder.is_dir():
        raise InputError(
            Fault(folder.name, "ce n'est pas un dossier", "le dossier des tables", "le corriger")
        )
    bundle = bundle_of(territory, data)
    tables: dict[str, pd.DataFrame] = {}
    notices: list[str] = []
    faults: list[Fault] = []
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in _SUFFIXES):
        try:
            kind = cohort_of(path)
            tables[kind], told = read_cohort(
                path, kind, codes=bundle.codes, communes=bundle.communes, places=bundle.places
            )
            notices += told
        except InputError as error:
            faults += error.faults
    if not tables and not faults:
        faults.append(
            Fault(
                folder.name,
                "aucune table",
                "un fichier par table : " + ", ".join(cohort_files().values()),
                "écrire les modèles avec « demomed cohorts template »",
            )
        )
    if faults:
        raise InputError(faults)
    return tables, tuple(notices)


def cohort_of(path: Path) -> Cohort:
    """Which table a file is, from its name; the closest one is told otherwise.

    Examples
    --------
    >>> cohort_of(Path("mission/etudiants.csv"))
    'students'
    """
    stem = path.stem.lower()
    for kind, french in cohort_files().items():
        if stem in (kind, french):
            return kind
    raise InputError(
        Fault(
            path.name,
            "table inconnue",
            "le nom d'une table",
            closest(stem, cohort_files().values()),
        )
    )


def cohort_files() -> dict[Cohort, str]:
    """Name of the file of each table, without extension."""
    words = catalogue.entry("words", "cohorts")["files"]
    return {kind: str(words[kind]) for kind in COHORTS}
