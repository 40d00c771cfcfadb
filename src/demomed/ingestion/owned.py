"""The files a mission brings itself, recognised by looking inside: kept by hand, Annuaire Santé, FINESS."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from demomed.core.catalogue import entry
from demomed.core.faults import Fault, InputError, Report
from demomed.ingestion.bundle import Bundle
from demomed.ingestion.cells import fold
from demomed.ingestion.container import container, reading
from demomed.ingestion.finess import finess_communes, read_finess
from demomed.ingestion.register import read_register
from demomed.ingestion.rpps import extraction_date, read_rpps
from demomed.ingestion.structures import read_structures
from demomed.ingestion.template import Kind, model_rows

_HEAD_BYTES = 1 << 14


class OwnTable(NamedTuple):
    """A table of the mission, what must be known of it, and the declaration of its source.

    Parameters
    ----------
    table, notices
        What the reader gave.
    declared
        Name of the declaration in ``catalogue/registers``.
    as_of
        Date the file describes, ``None`` if it does not say.
    """

    table: pd.DataFrame
    notices: tuple[str, ...]
    declared: str = "mission"
    as_of: date | None = None


def _head(path: Path) -> str:
    """First characters of a text file, ``""`` for a workbook or a file that cannot be opened."""
    report = Report(path.name)
    try:
        box = container(path, report)
        if box.kind != "text":
            return ""
        with reading(report), box.open() as stream:
            start = stream.read(_HEAD_BYTES)
    except InputError:
        return ""
    return start.decode("utf-8-sig", errors="replace").lstrip()


def is_rpps(path: Path) -> bool:
    """Whether a file has the header of the extractions of the Annuaire Santé (RPPS)."""
    first = _head(path).partition("\n")[0]
    columns = entry("layouts", "rpps")["columns"]
    known = {fold(name) for name in first.split("|")}
    return {fold(columns["person"]), fold(columns["profession"])} <= known


def is_finess(path: Path) -> bool:
    """Whether a file begins like FINESS: the sections of the CSV, or the JSON."""
    head = _head(path)
    rules = entry("layouts", "finess")["csv"]
    first = head.partition(";")[0].strip().lower()
    return head.startswith("{") or first in {"finess", rules["structure"], rules["geolocation"]}


def read_practitioners(
    path: Path,
    bundle: Bundle,
    department: str,
    *,
    reference_date: date,
    mapping: Path | None = None,
    finess: Path | None = None,
) -> OwnTable:
    """Practitioners of a register kept by hand, or of an extraction of the Annuaire Santé (RPPS).

    Parameters
    ----------
    path
        The file; its layout is recognised by its header.
    bundle
        Reference tables of the department.
    department
        Persons of the extraction are kept if they have a site in this department or in the
        intercommunalities it shares with others.
    reference_date
        Date at which ages are reached.
    mapping
        TOML of the mission for a register kept by hand.
    finess
        FINESS file, whose sites place the activities that have no commune.
    """
    if not is_rpps(path):
        table, notices = read_register(
            path,
            codes=bundle.codes,
            reference_date=reference_date,
            mapping=mapping,
            communes=bundle.communes,
            places=bundle.places,
        )
        if not _is_model(path, "register", mapping):
            return OwnTable(table, notices)
        told = (
            f"{path.name} : c'est le modèle, dont les praticiens sont fictifs ; les pages le disent"
        )
        return OwnTable(table.assign(is_example=True), (*notices, told), "example")
    sites = finess_communes(finess) if finess is not None and is_finess(finess) else None
    extracted = extraction_date(path.name)
    table, notices = read_rpps(
        path,
        codes=bundle.codes,
        communes=bundle.communes,
        sites=sites,
        departments=_shared(bundle, department),
        reference_date=extracted or reference_date,
    )
    return OwnTable(table, notices, "rpps", extracted)


def read_structure_list(
    path: Path, bundle: Bundle, department: str, *, mapping: Path | None = None
) -> OwnTable:
    """Structures of a list kept by hand, or of a FINESS file (CSV or JSON).

    Parameters
    ----------
    path
        The file; its layout is recognised by its first characters.
    bundle, department
        Reference tables, and the department; the sites of FINESS are those of the communes held.
    mapping
        TOML of the mission for a list kept by hand.
    """
    if not is_finess(path):
        table, notices = read_structures(
            path,
            codes=bundle.codes,
            communes=bundle.communes,
            places=bundle.places,
            mapping=mapping,
        )
        if _is_model(path, "structures", mapping):
            notices = (
                *notices,
                f"{path.name} : c'est le modèle, dont les structures sont fictives ; ne pas diffuser",
            )
        return OwnTable(table, notices, "structures")
    held = sorted(set(bundle.communes["departement_code"]))
    table, notices = read_finess(
        path, codes=bundle.codes, communes=bundle.communes, departments=held
    )
    near = table["commune_code"].isin(bundle.communes["commune_code"])
    return OwnTable(table.loc[near].reset_index(drop=True), notices, "finess")


def _is_model(path: Path, kind: Kind, mapping: Path | None) -> bool:
    """Whether a file is the model as it was written; rows of it left among true ones are refused."""
    rows, total = model_rows(path, kind, mapping)
    if rows and len(rows) < total:
        shown = ", ".join(map(str, rows[:8]))
        raise InputError(
            Fault(
                path.name,
                f"lignes du modèle, fictives, restées parmi les vôtres ({shown})",
                "des lignes vraies seulement",
                "les effacer",
                row=rows[0],
            )
        )
    return bool(rows)


def _shared(bundle: Bundle, department: str) -> list[str]:
    """The department and those with which it shares an intercommunality."""
    communes = bundle.communes
    own = communes.loc[communes["departement_code"] == department, "epci_siren"].dropna()
    partners = communes.loc[communes["epci_siren"].isin(own), "departement_code"]
    return sorted({department, *partners})
