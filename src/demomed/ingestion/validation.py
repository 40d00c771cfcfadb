"""The report sent back to whoever keeps a register or a list of structures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from demomed.core import catalogue
from demomed.core.faults import InputError
from demomed.ingestion.notices import counted
from demomed.ingestion.register import read_register
from demomed.ingestion.structures import read_structures, structure_kinds
from demomed.ingestion.template import Kind

_COLON = "\u202f:"
_OBJECTS = {
    "register": ("Contrôle du registre", "personne"),
    "structures": ("Contrôle de la liste des structures", "structure"),
}


class Validation(NamedTuple):
    """Whether a file is accepted, and what to send back to those who keep it (French)."""

    is_accepted: bool
    text: str


def validation_report(
    path: Path | str,
    *,
    codes: pd.DataFrame,
    reference_date: date,
    kind: Kind = "register",
    mapping: Path | None = None,
    communes: pd.DataFrame | None = None,
    places: pd.DataFrame | None = None,
) -> Validation:
    """What to send back to whoever filled in a file: accepted or not, and what to correct.

    Parameters
    ----------
    path, codes, reference_date, mapping, communes, places
        As in :func:`demomed.ingestion.register.read_register`.
    kind
        ``"register"`` or ``"structures"``.

    Returns
    -------
    Validation
        One line a point, rows as the spreadsheet counts them; no name, no figure of one person.
    """
    path = Path(path)
    what, one = _OBJECTS[kind]
    title = f"{what} « {path.name} »"
    if kind == "register":
        title += f", âges atteints au {reference_date:%d/%m/%Y}"
    known = {"codes": codes, "communes": communes, "places": places}
    try:
        if kind == "register":
            table, notices = read_register(
                path, reference_date=reference_date, mapping=mapping, **known
            )
            counts, units = _persons(table)
        else:
            table, notices = read_structures(path, mapping=mapping, **known)
            counts, units = _structures(table)
    except InputError as error:
        return Validation(False, _refusal(title, error))
    lines = [
        title,
        "",
        f"Fichier accepté{_COLON} {counted(len(table), 'ligne')}, {counted(units, one)}.",
        "",
        *(f"- {label}{_COLON} {count}" for label, count in counts.items()),
    ]
    return Validation(True, "\n".join([*lines, *_to_know(notices), ""]))


def _refusal(title: str, error: InputError) -> str:
    head = f"Fichier à corriger{_COLON} {counted(len(error.faults), 'point')}."
    points = [f"{rank}. {fault}" for rank, fault in enumerate(error.faults, start=1)]
    return "\n".join([title, "", head, "", *points, *_to_know(error.notices), ""])


def _to_know(notices: Iterable[str]) -> list[str]:
    """Lines that tell what is accepted and yet to be known; none without a notice."""
    told = [f"- {text.split(' : ', 1)[1]}" for text in notices]
    return ["", f"À savoir{_COLON}", "", *told] if told else []


def _persons(table: pd.DataFrame) -> tuple[dict[str, int], int]:
    """Persons by profession, once each, and how many in all."""
    persons = table.loc[table["is_main_site"]]
    labels = {service.id: service.label for service in catalogue.services().values()}
    by_service = persons.groupby("service").size()
    return {labels[str(key)]: int(count) for key, count in by_service.items()}, len(persons)


def _structures(table: pd.DataFrame) -> tuple[dict[str, int], int]:
    """Structures by kind, and how many in all."""
    labels = structure_kinds()["label"]
    by_kind = table.groupby("kind").size()
    return {str(labels[key]): int(count) for key, count in by_kind.items()}, len(table)
