"""Publishes many departments from one reading: resumes, and keeps going when one is faulty."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from demomed import __version__
from demomed.analysis.national import NationalAccess, national_access
from demomed.core import catalogue
from demomed.core.faults import Fault, InputError, closest
from demomed.core.territory import Scope, Territory
from demomed.ingestion.around import Country
from demomed.ingestion.bundle import Bundle, default_bundle_path, read_bundle
from demomed.ingestion.lots import CACHE, RADIUS_KM, ready_bundle
from demomed.ingestion.parcel import pack
from demomed.ingestion.select import select_country
from demomed.national.engine import Engine, Lost
from demomed.national.portals import (
    Options,
    Order,
    Outcome,
    access_tables,
    is_current,
    program,
    publish_one,
    territory_of,
)
from demomed.rendering.publish import replace_folder

Step = Callable[[str], None]
Told = Callable[["Report", str], None]


@dataclass
class Report:
    """What a campaign did so far.

    Parameters
    ----------
    wanted
        Departments asked for.
    written
        Departments whose portal was written.
    kept
        Departments whose portal was there already, made of the same inputs.
    faults
        Departments without a portal of these inputs, and why.
    notices
        What the readers had to say, by department.
    """

    wanted: tuple[str, ...]
    written: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    faults: dict[str, tuple[Fault, ...]] = field(default_factory=dict)
    notices: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Departments dealt with, whatever came of them."""
        return len(self.written) + len(self.kept) + len(self.faults)


@dataclass(frozen=True)
class Nation:
    """The country read once: its tables, and the access of all its communes.

    Parameters
    ----------
    country
        Bundle of the departments, ready to be cut.
    territory
        All of them as one territory.
    access
        Access to care of each commune, no border between departments.
    """

    country: Country
    territory: Territory
    access: NationalAccess

    @property
    def is_whole(self) -> bool:
        """Whether every commune read is in one of the departments: there is no ring around them."""
        return bool(self.territory.communes["is_core"].all())

    @property
    def departments(self) -> tuple[str, ...]:
        """Departments that can be published."""
        return self.country.departments


def read_nation(
    data: Path | None,
    *,
    cache: Path = CACHE,
    trial: Path | None = None,
    progress: Step = lambda _: None,
) -> Nation:
    """Read the national files once, and work out the access of all communes at once.

    Parameters
    ----------
    data
        Folder of official files, from which the bundle of the country is built once and kept, or
        folder of a bundle; the shipped bundle, of a few departments, by default.
    cache
        Where bundles built from official files are kept.
    trial
        Folder where one that is not kept yet is built instead, to leave no trace.
    progress
        Called with a French line at each step.
    """
    folder = default_bundle_path()
    if data is not None:
        folder = ready_bundle(
            data, None, version=__version__, cache=cache, trial=trial, progress=progress
        )
    progress("Lecture du lot de données")
    country = Country(read_bundle(folder))
    territory = select_country(country.bundle, catalogue.nation())
    progress("Accès aux soins dans tout le pays")
    return Nation(country, territory, national_access(territory))


def chosen(
    nation: Nation,
    *,
    departments: Sequence[str] = (),
    regions: Sequence[str] = (),
    everything: bool = False,
) -> tuple[str, ...]:
    """Departments to publish, each once, in the order of their codes.

    Parameters
    ----------
    nation
        What was read.
    departments, regions
        Codes asked for.
    everything
        Every department that was read.

    Raises
    ------
    InputError
        With every unknown code, and every department that the data do not hold.
    """
    declared = catalogue.departments()
    of_region = {d.region_code: d.region_name for d in declared.values()}
    faults = [
        Fault(
            "--region",
            f"« {code} »",
            "le code d'une région de métropole",
            ", ".join(f"{c} {n}" for c, n in sorted(of_region.items())),
        )
        for code in regions
        if code not in of_region
    ]
    faults += [
        Fault(
            "--department",
            f"« {code} »",
            "le code d'un département de métropole",
            closest(code, declared),
        )
        for code in departments
        if code not in declared
    ]
    wanted = set(departments) | {c for c, d in declared.items() if d.region_code in regions}
    held = set(nation.departments)
    faults += [
        Fault(
            "lot de données",
            f"le département {code} n'y est pas",
            "un des départements du lot : " + ", ".join(sorted(held)),
            "donner à --data le dossier des fichiers officiels",
        )
        for code in sorted(wanted & set(declared) - held)
    ]
    if faults:
        raise InputError(faults)
    return tuple(sorted(wanted | (held if everything else set())))


def department_territory(nation: Nation, code: str, *, scope: Scope = "whole") -> Territory:
    """One department with its surroundings and its part of the national access.

    Parameters
    ----------
    nation
        The country.
    code
        Code of the department.
    scope
        See :class:`demomed.core.territory.Territory`.
    """
    bundle, beside = _cut(nation, code)
    return territory_of(bundle, code, beside, scope=scope)


def _cut(nation: Nation, code: str) -> tuple[Bundle, dict[str, pd.DataFrame]]:
    bundle = nation.country.around(code, radius_km=RADIUS_KM)
    codes = pd.Index(bundle.communes["commune_code"].astype(object))
    places = pd.Index(bundle.places["place_code"].astype(object))
    return bundle, access_tables(nation.access, codes, places)


def order(nation: Nation, code: str, options: Options) -> Order:
    """Everything the portal of one department is made of.

    Parameters
    ----------
    nation
        The country.
    code
        Code of the department.
    options
        What is asked of every portal.
    """
    bundle, beside = _cut(nation, code)
    return Order(code, pack(bundle, beside), options, program())


def publish_departments(
    nation: Nation,
    departments: Sequence[str],
    out: Path,
    engine: Engine,
    options: Options,
    *,
    fresh: bool = False,
    told: Told = lambda report, line: None,
) -> Report:
    """Write a portal for each department, in ``out/CODE``.

    A portal that is there, whole, and made of the same inputs by the same program is kept. Each is
    put in place at once when it is ready: a campaign that is stopped resumes where it was.

    Parameters
    ----------
    nation
        The country.
    departments
        Codes, from :func:`chosen`.
    out
        Folder of the portals.
    engine
        Where the work is done.
    options
        What is asked of every portal.
    fresh
        Whether portals that are up to date are made again too.
    told
        Called with the report and a French line each time a department is dealt with.

    Returns
    -------
    Report
        A faulty department is in ``faults``; the others are published.
    """
    report = Report(tuple(departments))
    sent: list[str] = []

    def orders() -> Iterator[Order]:
        for code in departments:
            try:
                one = order(nation, code, options)
            except InputError as error:
                report.faults[code] = tuple(error.faults)
                told(report, _line(code, "en défaut"))
                continue
            if not fresh and is_current(out / code, one.inputs):
                report.kept.append(code)
                told(report, _line(code, "déjà à jour"))
                continue
            sent.append(code)
            yield one

    for place, made in engine.map(publish_one, orders()):
        told(report, _line(sent[place], _received(report, sent[place], made, out)))
    return report


def _received(report: Report, code: str, made: Outcome | Lost, out: Path) -> str:
    """Write what a worker made, or note why it could not; says which."""
    if isinstance(made, Lost):
        report.faults[code] = (_killed(made),)
        return "en défaut"
    if made.faults:
        report.faults[code] = made.faults
        return "en défaut"
    try:
        replace_folder(out / code, made.files)
    except InputError as error:
        report.faults[code] = tuple(error.faults)
        return "en défaut"
    report.written.append(code)
    report.notices[code] = made.notices
    return "écrit"


def _line(code: str, what: str) -> str:
    return f"{catalogue.department(code).name} ({code}) : {what}"


def _killed(lost: Lost) -> Fault:
    return Fault(
        "calcul",
        f"le processus s'est arrêté plusieurs fois ({lost.reason})",
        "un calcul qui aboutit",
        "vérifier la mémoire de la machine, puis relancer la même commande",
    )
