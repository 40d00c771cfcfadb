"""A department over time: take its state, find the earlier ones, tell what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Date
from pathlib import Path

import pandas as pd

from demomed import __version__
from demomed.analysis import compute
from demomed.analysis.change import RegisterChange, diff_indicators, diff_registers
from demomed.analysis.gross_movements import gross_movements
from demomed.analysis.matching import match_persons
from demomed.core.disclosure import THRESHOLD
from demomed.core.facts import sensitive
from demomed.core.faults import Fault, InputError
from demomed.core.indicator import PublicIndicators
from demomed.core.movements import COLUMNS
from demomed.core.retold import Counts
from demomed.core.state import EarlierState
from demomed.core.territory import LEVELS, Territory
from demomed.ingestion.kept import keep_register, read_kept
from demomed.ingestion.snapshots import (
    Snapshot,
    list_snapshots,
    provenance_of,
    read_snapshot,
    register_fingerprint,
    write_snapshot,
)
from demomed.pipeline import protected

STATES = Path("data/processed")
"""Folder of all states, unless another is given."""


@dataclass(frozen=True)
class Taken:
    """A state that was stored.

    Parameters
    ----------
    path
        Its folder.
    public
        What passed the gate, earlier states known.
    kept
        Where the rows of the register were kept, ``None`` for the example register.
    earlier
        Date of the state before, if there is one.
    """

    path: Path
    public: PublicIndicators
    kept: Path | None
    earlier: Date | None


def take_snapshot(
    territory: Territory,
    date: Date,
    root: str | Path = STATES,
    *,
    register: Path | None = None,
    cohorts: Callable[[Sequence[Mapping[str, Counts]]], Mapping[str, Counts]] | None = None,
    threshold: int = THRESHOLD,
    patience: float = 10.0,
    progress: Callable[[str], None] = lambda _: None,
) -> Taken:
    """Store the state of a department at a date; a date already stored is refused.

    Parameters
    ----------
    territory
        The department, with its register.
    date
        Date of the state.
    root
        Folder of all states.
    register
        File of the register: its rows are kept beside it, and only there; kept nowhere without it.
    cohorts
        What the page of the cohorts tells that day, given what it told before: kept in the state.
    threshold
        Smallest number of persons behind a fact that may be public.
    patience
        Seconds to wait for another writer.
    progress
        Called with a French line at each step.
    """
    code = territory.department.code
    _refuse_stored(Path(root), code, date)
    earlier = earlier_state(territory, root, date, register=register)
    progress("Calcul des indicateurs")
    values = compute(territory, level=LEVELS)
    progress("Protection des données personnelles")
    public = protected(
        territory,
        values,
        threshold=threshold,
        previous=earlier.told if earlier else None,
        moves=earlier.moves if earlier else None,
    )
    progress("Écriture de l'état")
    source = territory.sources.get("register")
    reached = Date.fromisoformat(source.as_of[:10]) if source and source.as_of else date
    told = provenance_of(territory, version=__version__, reference_date=reached)
    if cohorts is not None:
        before = earlier.cohorts if earlier else ()
        told["cohorts"] = cohorts(before)
    kept = (
        keep_register(register, code, date, territory.practitioners)
        if register is not None and territory.register_kind == "user"
        else None
    )
    path = write_snapshot(
        root, code, date, values, public, told, register_fingerprint(territory.practitioners),
        patience=patience,
    )  # fmt: skip
    return Taken(path, public, kept, earlier.date if earlier else None)


def _refuse_stored(root: Path, code: str, date: Date) -> None:
    if any(state.date == date for state in list_snapshots(root, code)):
        raise InputError(
            Fault(
                f"{code}/{date.isoformat()}",
                "un état existe déjà à cette date",
                "une date nouvelle : un état écrit ne change plus",
                "choisir une autre date avec --date, ou lire l'état existant",
            )
        )


def earlier_state(
    territory: Territory,
    root: str | Path,
    before: Date,
    *,
    register: Path | None = None,
) -> EarlierState | None:
    """The last state of a department before a date, with what all earlier ones told.

    Parameters
    ----------
    territory
        The department of today; states made from a register of another kind (fictional or real)
        are not comparable and are left out.
    root
        Folder of all states.
    before
        Date of today's state.
    register
        File of the register, beside which its earlier rows may have been kept.

    Returns
    -------
    EarlierState or None
        ``None`` if there is no state before that date.

    Raises
    ------
    InputError
        If a state is altered.
    """
    code = territory.department.code
    dates = [state.date for state in list_snapshots(root, code) if state.date < before]
    states = [
        state
        for state in (read_snapshot(root, code, date) for date in dates)
        if state.provenance.get("register_kind") == territory.register_kind
    ]
    return as_earlier(territory, states, register=register) if states else None


def as_earlier(
    territory: Territory, states: Sequence[Snapshot], *, register: Path | None = None
) -> EarlierState:
    """The last of some states, with what they all told and who has moved since each."""
    last = states[-1]
    rows = (
        None
        if register is None
        else read_kept(register, last.department_code, last.date, last.register_hash)
    )
    return EarlierState(
        date=last.date,
        indicators=last.indicators,
        public=last.public,
        told=PublicIndicators(
            pd.concat([state.public.table for state in states], ignore_index=True),
            threshold=last.public.threshold,
        ),
        fields=last.fields,
        register_kind=str(last.provenance.get("register_kind", "")),
        register=rows,
        moves=_moves_since(territory, states, register),
        cohorts=tuple(state.provenance.get("cohorts", {}) for state in states),
    )


def _moves_since(
    territory: Territory, states: Sequence[Snapshot], register: Path | None
) -> pd.DataFrame:
    """Who came and who left since each state; nothing of those whose rows were not kept.

    Rows that are the same at both dates need not have been kept: nobody moved.
    """
    hierarchy: dict[str, pd.Series] = {level: territory.members(level) for level in LEVELS}
    today = register_fingerprint(territory.practitioners)
    tables = [pd.DataFrame(columns=list(COLUMNS))]
    for state in states:
        rows: pd.DataFrame | None = None
        if state.register_hash == today:
            rows = territory.practitioners
        elif register is not None:
            rows = read_kept(register, state.department_code, state.date, state.register_hash)
        if rows is None:
            continue
        found = gross_movements(rows, territory.practitioners, hierarchy, "")
        told = state.public.table
        dates = told.loc[sensitive(told), "date"].fillna("").astype(str).unique()
        tables += [found.assign(date=day) for day in dates]
    return pd.concat([table for table in tables if len(table)] or tables, ignore_index=True)


@dataclass(frozen=True)
class Changes:
    """What changed between two states: internal, not protected.

    Parameters
    ----------
    persons
        Arrivals, departures and moves; ``None`` when the rows of a register were not kept.
    figures
        Indicators that differ, from :func:`demomed.analysis.change.diff_indicators`.
    notices
        What must be known, in French.
    """

    persons: RegisterChange | None
    figures: pd.DataFrame
    notices: tuple[str, ...]


def changes(
    territory: Territory, first: Snapshot, second: Snapshot, *, register: Path | None = None
) -> Changes:
    """What changed between two stored states.

    Parameters
    ----------
    territory
        The department, whose zones count.
    first, second
        Two states of it, in the order of their dates.
    register
        File of the register, beside which the rows of both were kept.

    Raises
    ------
    InputError
        If the states come from registers of two kinds, or if the rows kept are others.
    """
    kinds = [str(state.provenance.get("register_kind", "")) for state in (first, second)]
    if kinds[0] != kinds[1]:
        raise InputError(
            Fault(
                f"états du {first.date.isoformat()} et du {second.date.isoformat()}",
                "un registre fictif et un vrai",
                "deux états de même nature",
                "choisir deux états pris avec le registre de la mission",
            )
        )
    figures = diff_indicators(
        first.indicators, second.indicators, fields=(first.fields, second.fields)
    )
    rows = [
        None
        if register is None
        else read_kept(register, state.department_code, state.date, state.register_hash)
        for state in (first, second)
    ]
    before, after = rows
    if before is None or after is None:
        same = first.register_hash == second.register_hash
        note = (
            "Le registre est le même aux deux dates : ni arrivée, ni départ, ni déménagement."
            if same
            else "Arrivées et départs inconnus : les lignes du registre de ces dates ne sont pas "
            "gardées près du registre (donner celui-ci avec --register)."
        )
        return Changes(None, figures, (note,))
    matched = match_persons(before, after)
    told = diff_registers(matched.before, matched.after, territory.members("epci"))
    return Changes(told, figures, matched.notices)
