"""Dated states of a department: written once, never changed, verified at each reading."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Date
from pathlib import Path
from typing import Any

import pandas as pd

from demomed.core.durable import sync_folder, write_through
from demomed.core.faults import Fault, InputError, closest
from demomed.core.indicator import COLUMNS, Indicators, PublicIndicators
from demomed.core.locks import writing
from demomed.core.territory import Territory
from demomed.ingestion.snapshot_files import (
    INDICATORS,
    PROVENANCE,
    PUBLIC,
    contents_of,
    decoded,
    is_date,
    opened,
)

_OWN_SOURCES = {
    "register": (
        "Registre des praticiens de la mission",
        "praticiens en exercice, remplaçants et étudiants à part",
    ),
    "structures": ("Liste des structures de la mission", "structures ouvertes"),
}


@dataclass(frozen=True)
class Stored:
    """Where one dated state lies.

    Parameters
    ----------
    department_code, date
        What it describes.
    path
        Its folder, ``<root>/<code>/AAAA-MM-JJ``.
    """

    department_code: str
    date: Date
    path: Path


@dataclass(frozen=True)
class Snapshot:
    """A dated state read back, its integrity verified.

    Parameters
    ----------
    department_code, date
        What it describes.
    indicators
        Every indicator at every level, **not protected**: for internal use.
    public
        What passed the gate at that date: what a later publication must not contradict.
    provenance
        Sources with their vintages and fields, version, settings, fingerprint of the register.
    """

    department_code: str
    date: Date
    indicators: Indicators
    public: PublicIndicators
    provenance: Mapping[str, Any]

    @property
    def register_hash(self) -> str:
        """Fingerprint (SHA-256) of the register the figures come from."""
        return str(self.provenance["register_hash"])

    @property
    def fields(self) -> Mapping[str, str]:
        """Who or what each source counts, by source."""
        return {id_: str(source["field"]) for id_, source in self.provenance["sources"].items()}

    def _repr_html_(self) -> str:
        return (
            f"<p>Département {self.department_code}, état au {self.date:%d/%m/%Y}"
            f"\u202f: {len(self.indicators)} lignes (usage interne)</p>"
            + self.indicators._repr_html_()
        )


def provenance_of(territory: Territory, *, version: str, reference_date: Date) -> dict[str, Any]:
    """What a snapshot must tell of its inputs.

    Parameters
    ----------
    territory
        The tables the figures were computed from.
    version
        Version of the package.
    reference_date
        Date at which ages are reached.

    Returns
    -------
    dict
        Plain values only; each source with title, producer, licence, vintage, date and field.
    """
    told = ("title", "producer", "licence", "vintage", "as_of", "field")
    sources = {
        id_: {name: getattr(source, name) for name in told}
        for id_, source in sorted(territory.sources.items())
    }
    as_of = reference_date.isoformat()
    for id_, (title, field) in _OWN_SOURCES.items():
        sources[id_] = {
            "title": title,
            "producer": territory.department.name,
            "licence": "",
            "vintage": as_of,
            "as_of": as_of,
            "field": field,
        }
    return {
        "version": version,
        "reference_date": as_of,
        "scope": territory.scope,
        "register_kind": territory.register_kind,
        "structures_kind": territory.structures_kind,
        "sources": sources,
        "notices": list(territory.notices),
    }


def register_fingerprint(practitioners: pd.DataFrame) -> str:
    """SHA-256 of the rows of a register, the same whatever their order.

    Parameters
    ----------
    practitioners
        Table of :func:`demomed.ingestion.register.read_register`.

    Returns
    -------
    str
        64 hexadecimal digits; nothing of the rows can be read in it.

    Examples
    --------
    >>> rows = pd.DataFrame({"practitioner_id": ["p1", "p2"], "service": ["gp", "nurse"]})
    >>> register_fingerprint(rows) == register_fingerprint(rows[::-1])
    True
    >>> register_fingerprint(rows) == register_fingerprint(rows[:1])
    False
    """
    text = practitioners.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
    header, *rows = text.splitlines()
    return hashlib.sha256("\n".join([header, *sorted(rows)]).encode("utf-8")).hexdigest()


def write_snapshot(
    root: str | Path,
    department: str,
    date: Date,
    indicators: Indicators,
    public: PublicIndicators,
    provenance: Mapping[str, Any],
    register_hash: str,
    *,
    patience: float = 0.0,
) -> Path:
    """Write the state of a department at a date; a date already written is refused.

    The folder is written aside, forced to the disk, then renamed: a crash at any moment leaves
    either nothing or the whole state, and never touches an earlier one. Its four files are
    ``indicators.parquet`` and ``public.parquet`` (plain columns), ``provenance.json`` and
    ``SHA256SUMS``.

    Parameters
    ----------
    root
        Folder of all snapshots.
    department
        Code of the department.
    date
        Date of the state.
    indicators
        Every indicator. Rows of the register are never stored.
    public
        The same after the gate.
    provenance
        From :func:`provenance_of`.
    register_hash
        From :func:`register_fingerprint`.
    patience
        Seconds to wait for another writer.

    Returns
    -------
    Path
        ``<root>/<department>/AAAA-MM-JJ``.

    Raises
    ------
    InputError
        If the date exists, if a figure has no source whose field is stated, or if another writer
        is at work.
    """
    refused = _refusals(department, indicators, public, provenance, register_hash)
    if refused:
        raise InputError(refused)
    folder = Path(root) / department
    target = folder / date.isoformat()
    told = {**provenance, "threshold": public.threshold}
    content = contents_of(department, date, indicators.table, public.table, told, register_hash)
    with writing(folder, patience=patience):
        if target.exists():
            raise InputError(
                Fault(
                    f"{department}/{target.name}",
                    "un état existe déjà à cette date",
                    "une date nouvelle : un état écrit ne change plus",
                    "choisir une autre date, ou lire l'état existant",
                )
            )
        for rest in folder.glob(".*.partial"):
            shutil.rmtree(rest)
        aside = folder / f".{target.name}.partial"
        aside.mkdir()
        for name, data in content.items():
            write_through(aside / name, data)
        sync_folder(aside)
        aside.rename(target)
        sync_folder(folder)
        sync_folder(folder.parent)
    return target


def list_snapshots(root: str | Path, department: str | None = None) -> tuple[Stored, ...]:
    """States written under a folder, by department then date; unfinished writings are not states."""
    base = Path(root)
    if not base.is_dir():
        return ()
    codes = [department] if department is not None else sorted(p.name for p in base.iterdir())
    return tuple(
        Stored(code, Date.fromisoformat(path.name), path)
        for code in codes
        if (base / code).is_dir()
        for path in sorted((base / code).iterdir())
        if path.is_dir() and is_date(path.name)
    )


def verify_snapshot(root: str | Path, department: str, date: Date) -> tuple[Fault, ...]:
    """Everything wrong with a state; empty if it is whole and unchanged."""
    return _opened(Path(root), department, date)[1]


def read_snapshot(root: str | Path, department: str, date: Date) -> Snapshot:
    """Read a state, refused if anything in it is missing or altered."""
    content, faults = _opened(Path(root), department, date)
    if faults:
        raise InputError(faults)
    provenance = json.loads(content[PROVENANCE])
    public = PublicIndicators(decoded(content[PUBLIC]), threshold=int(provenance["threshold"]))
    return Snapshot(department, date, Indicators(decoded(content[INDICATORS])), public, provenance)


def _refusals(
    department: str,
    indicators: Indicators,
    public: PublicIndicators,
    provenance: Mapping[str, Any],
    register_hash: str,
) -> list[Fault]:
    where = f"état du département {department}"
    faults = []
    if not re.fullmatch(r"[0-9]{2,3}|2[AB]", department):
        faults.append(Fault(where, f"« {department} »", "un code de département", "le corriger"))
    if not re.fullmatch(r"[0-9a-f]{64}", register_hash):
        faults.append(
            Fault(
                where, "empreinte du registre absente", "64 chiffres hexadécimaux", "la recalculer"
            )
        )
    if public.internal:
        faults.append(
            Fault(where, "table publique non protégée", "une table passée au secret", "la protéger")
        )
    if tuple(indicators.table.columns) != COLUMNS:
        faults.append(
            Fault(where, "table d'un autre modèle", "les colonnes des indicateurs", "recalculer")
        )
        return faults
    known = provenance.get("sources", {})
    told = indicators.table.loc[indicators.table["value"].notna(), "sources"].drop_duplicates()
    for id_ in sorted({id_ for cell in told for id_ in str(cell).split(";")}):
        if not id_ or not known.get(id_, {}).get("field"):
            faults.append(
                Fault(
                    where,
                    f"chiffres sans champ déclaré (source « {id_} »)",
                    "une source qui dit qui elle compte",
                    "compléter la déclaration de la source au catalogue",
                )
            )
    return faults


def _opened(root: Path, department: str, date: Date) -> tuple[dict[str, bytes], tuple[Fault, ...]]:
    folder = root / department / date.isoformat()
    if not folder.is_dir():
        return {}, (_absent(root, department, date),)
    return opened(folder, department, date)


def _absent(root: Path, department: str, date: Date) -> Fault:
    dates: Sequence[str] = [s.date.isoformat() for s in list_snapshots(root, department)]
    return Fault(
        f"états du département {department}",
        f"aucun état au {date.isoformat()}",
        "la date d'un état écrit",
        closest(date.isoformat(), dates) if dates else "en écrire un d'abord",
    )
