"""The task of one department: from its parcel of tables to the files of its portal, without effect."""

from __future__ import annotations

import hashlib
import json
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd

from demomed import __version__
from demomed.analysis.indicators.emergency import with_agreed_emergencies
from demomed.analysis.national import NationalAccess
from demomed.core import catalogue
from demomed.core.faults import Fault, InputError
from demomed.core.fingerprint import code_fingerprint, fingerprint, library_versions
from demomed.core.territory import Scope, Territory
from demomed.ingestion.building import faults_of
from demomed.ingestion.bundle import Bundle
from demomed.ingestion.parcel import unpack
from demomed.ingestion.select import select_territory
from demomed.pipeline import make_portal
from demomed.rendering.bound import LIBRARIES

TIMES_TABLE, CATCHMENT_TABLE = "times", "catchment"
"""Names of the tables of national access that travel beside a department's bundle."""
MANIFEST = "manifest.json"
PROGRAM: tuple[str, ...] = (
    "core",
    "catalogue",
    "ingestion",
    "analysis",
    "rendering",
    "dossiers",
    "pipeline",
    "national",
)
"""What of the package a portal depends on."""
CALCULATES_WITH: tuple[str, ...] = (*LIBRARIES, "pyarrow", "scipy")
"""Libraries of which another version may give other bytes."""


@dataclass(frozen=True)
class Options:
    """What is asked of every portal of a campaign.

    ``today`` (``AAAA-MM-JJ``) is the day at which the age of the sources is told; a campaign
    resumed on another day makes its portals again, unless it is given the first day.
    """

    recipe: str = "installation"
    threshold: int = 5
    mode: str = "single"
    scope: Scope = "whole"
    today: str = ""


@dataclass(frozen=True)
class Order:
    """One department to publish: everything its portal is made of, in one piece.

    Parameters
    ----------
    code
        Code of the department.
    parcel
        Its tables and national times (see :func:`demomed.ingestion.parcel.pack`).
    options
        What is asked of every portal.
    program
        Fingerprint of the program that asks; another program refuses the order.
    """

    code: str
    parcel: bytes
    options: Options
    program: str

    @property
    def inputs(self) -> str:
        """Fingerprint of all that the portal depends on."""
        told = json.dumps([self.code, self.program, vars(self.options)], sort_keys=True)
        return hashlib.sha256(told.encode() + self.parcel).hexdigest()


@dataclass(frozen=True)
class Outcome:
    """A department published, or why it could not be.

    Parameters
    ----------
    code
        Code of the department.
    files
        Files of the portal; empty when there are faults.
    faults
        What is wrong with its data, in French.
    notices
        What its readers had to say.
    """

    code: str
    files: Mapping[str, bytes]
    faults: tuple[Fault, ...] = ()
    notices: tuple[str, ...] = ()


def publish_one(order: Order) -> Outcome:
    """The portal of one department, in memory; a fault is an answer, never an exception.

    Parameters
    ----------
    order
        The department and its tables.
    """
    try:
        if order.program != program():
            return Outcome(order.code, {}, (_other_program(),))
        bundle, beside = unpack(order.parcel)
        faults = () if bundle.manifest.is_checked else faults_of(bundle)
        if faults:
            return Outcome(order.code, {}, faults)
        options = order.options
        portal = make_portal(
            territory_of(bundle, order.code, beside, scope=options.scope),
            recipe=options.recipe,
            threshold=options.threshold,
            mode=options.mode,
            today=date.fromisoformat(options.today) if options.today else None,
            inputs=order.inputs,
        )
        return Outcome(order.code, portal.files, notices=portal.notices)
    except InputError as error:
        return Outcome(order.code, {}, tuple(error.faults))
    except Exception as error:
        # One department must not stop the others, whatever it meets.
        return Outcome(order.code, {}, (_unforeseen(error),))


def territory_of(
    bundle: Bundle, code: str, beside: Mapping[str, pd.DataFrame], *, scope: Scope = "whole"
) -> Territory:
    """Territory of a department whose access is that worked out for the whole country.

    Parameters
    ----------
    bundle
        Tables of the department and its surroundings.
    code
        Code of the department.
    beside
        Its part of the national access, from :func:`access_tables`.
    scope
        See :class:`demomed.core.territory.Territory`.
    """
    times, catchment = (beside[n].set_index("commune_code") for n in (TIMES_TABLE, CATCHMENT_TABLE))
    times.columns = pd.MultiIndex.from_tuples([tuple(c.split("|")) for c in times.columns])
    for table in (times, catchment):
        table.index = table.index.astype(object)
    territory = select_territory(bundle, catalogue.department(code), scope=scope)
    access = NationalAccess(times, catchment, catchment["standardised_population"])
    return access.of(with_agreed_emergencies(territory))


def access_tables(
    access: NationalAccess, codes: pd.Index, places: pd.Index
) -> dict[str, pd.DataFrame]:
    """Access of some communes as plain tables, ``commune_code`` first.

    Parameters
    ----------
    access
        That of the country.
    codes
        Communes kept.
    places
        Former communes kept with them; their times stand under their own codes.
    """
    times = access.times.loc[access.times.index.isin(codes.union(places))].copy(deep=False)
    times.columns = ["|".join(pair) for pair in times.columns]
    tables = {TIMES_TABLE: times, CATCHMENT_TABLE: access.catchment.reindex(codes)}
    return {
        name: table.rename_axis("commune_code").reset_index().astype({"commune_code": "str"})
        for name, table in tables.items()
    }


@cache
def program() -> str:
    """Fingerprint of this program: its code, its catalogue, its templates, its libraries.

    Examples
    --------
    >>> len(program())
    64
    """
    return fingerprint(__version__, code_fingerprint(PROGRAM), library_versions(CALCULATES_WITH))


def _other_program() -> Fault:
    return Fault(
        "machine de calcul",
        "elle porte une autre version de demomed",
        "le même programme sur toutes les machines",
        "y installer la version de la machine qui commande",
    )


def _unforeseen(error: Exception) -> Fault:
    frames = traceback.extract_tb(error.__traceback__)
    where = next((f for f in reversed(frames) if "demomed" in f.filename), frames[-1])
    return Fault(
        f"{Path(where.filename).name}, ligne {where.lineno}",
        f"{type(error).__name__} : {error}",
        "un calcul qui aboutit",
        "signaler ce défaut du programme, avec le code du département",
    )


def is_current(folder: Path, inputs: str) -> bool:
    """Whether a folder holds, whole and unaltered, the portal made of some inputs.

    Parameters
    ----------
    folder
        Folder of a portal.
    inputs
        Fingerprint that its manifest must tell.
    """
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return told.get("inputs") == inputs and all(
            hashlib.sha256((folder / name).read_bytes()).hexdigest() == file["sha256"]
            for name, file in told["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
