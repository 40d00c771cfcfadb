"""Rows of the register at each stored state, kept in the folder of the register and nowhere else."""

from __future__ import annotations

import io
from datetime import date as Date
from pathlib import Path

import pandas as pd

from demomed.core.durable import sync_folder, write_through
from demomed.core.faults import Fault, InputError
from demomed.ingestion.register import PRACTITIONERS
from demomed.ingestion.snapshots import register_fingerprint

FOLDER = "etats-du-registre"
"""Folder beside the register that holds its rows at each state."""


def kept_path(register: Path, department: str, date: Date) -> Path:
    """Where the rows of a register at a date are kept.

    Examples
    --------
    >>> kept_path(Path("mission/registre.csv"), "53", Date(2026, 1, 1)).as_posix()
    'mission/etats-du-registre/53/2026-01-01.parquet'
    """
    return register.parent / FOLDER / department / f"{date.isoformat()}.parquet"


def keep_register(register: Path, department: str, date: Date, rows: pd.DataFrame) -> Path:
    """Keep the rows of a register at a date beside it, written aside and renamed.

    Parameters
    ----------
    register
        The file of the mission.
    department, date
        Of the state.
    rows
        Table of :func:`demomed.ingestion.register.read_register`, without names.
    """
    path = kept_path(register, department, date)
    path.parent.mkdir(parents=True, exist_ok=True)
    target = io.BytesIO()
    rows.to_parquet(target, index=False)
    aside = path.with_name(f".{path.name}.partial")
    write_through(aside, target.getvalue())
    aside.replace(path)
    sync_folder(path.parent)
    return path


def read_kept(register: Path, department: str, date: Date, fingerprint: str) -> pd.DataFrame | None:
    """Rows of the register at a date, ``None`` if they were not kept.

    Parameters
    ----------
    register
        The file of the mission, of which the folder holds them.
    department, date
        Of the state.
    fingerprint
        ``register_hash`` of the state.

    Raises
    ------
    InputError
        If they are not those the figures of the state were computed from.
    """
    path = kept_path(register, department, date)
    if not path.is_file():
        return None
    try:
        table = pd.read_parquet(path)
        typed = {name: str(column.dtype) for name, column in PRACTITIONERS.columns.items()}
        rows = table[list(typed)].astype(typed)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(_other(path, f"illisible ({type(error).__name__})")) from error
    if register_fingerprint(rows) != fingerprint:
        raise InputError(_other(path, "d'autres lignes que celles de cet état"))
    return rows


def _other(path: Path, found: str) -> Fault:
    return Fault(
        path.name,
        found,
        "le registre dont l'état garde l'empreinte",
        f"rétablir le dossier « {FOLDER} » d'une sauvegarde, ou l'écarter",
    )
