"""Options that several commands share, and the words in which they are refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from demomed.core.faults import Fault, InputError

DepartmentOption = Annotated[
    str, typer.Option("--department", "-d", help="Code du département.", metavar="CODE")
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="Dossier de données (lot de référence) à la place de celui livré."),
]
RegisterOption = Annotated[
    Path | None, typer.Option("--register", help="Registre des praticiens (CSV ou XLSX).")
]
StructuresOption = Annotated[
    Path | None, typer.Option("--structures", help="Liste des structures (CSV ou XLSX).")
]
ScopeOption = Annotated[
    str,
    typer.Option(
        "--scope",
        help="EPCI à cheval sur la limite : « whole » (entiers) ou « department ».",
    ),
]
DateOption = Annotated[
    str | None,
    typer.Option("--date", help="Date de référence des âges, AAAA-MM-JJ.", metavar="DATE"),
]


def parse_date(text: str | None) -> date | None:
    """ISO date of an option, or a French fault."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            Fault("--date", f"« {text} »", "une date AAAA-MM-JJ", "écrire par exemple 2026-01-01")
        ) from None
