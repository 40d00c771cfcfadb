"""What a mission gives a portal besides its register: earlier states, follow-up, zones, cohorts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from demomed.core.state import EarlierState
    from demomed.core.territory import Territory


class Given(NamedTuple):
    """What was read: the state before, the tables by name, and what must be known of them."""

    earlier: EarlierState | None
    tables: Mapping[str, Any]
    notices: tuple[str, ...]


def read_given(
    territory: Territory,
    day: date,
    *,
    present: date | None = None,
    root: Path,
    data: Path | None = None,
    register: Path | None = None,
    followup: Path | None = None,
    zones: tuple[str, ...] = (),
    cohorts: Path | None = None,
) -> Given:
    """Read all that was given, every fault of every file at once.

    Parameters
    ----------
    territory
        The department.
    day
        Day of the state that is published: those before it are compared with it.
    present
        Reference date of the data that are published, that of the register where none is given; a
        state that is not before it is no past of theirs: it is still protected, and not compared.
    root
        Folder of the stored states.
    data
        Reference data of the territory.
    register
        File of the register, beside which its earlier rows may have been kept.
    followup
        Values of the plans, entered by the mission.
    zones
        Zonings, each a kind or ``kind=file``.
    cohorts
        Folder of the tables of the cohorts.
    """
    from demomed import states
    from demomed.core.faults import Fault, InputError
    from demomed.mission import read_cohorts, read_followup_of, read_zonings

    reached = present or _reference(territory) or day
    tables: dict[str, Any] = {"day": day, "present": reached}
    notices: list[str] = []
    faults: list[Fault] = []
    wanted = {
        "followup": (followup, lambda: read_followup_of(territory, Path(str(followup)))),
        "zonings": (zones, lambda: read_zonings(territory, zones, data=data, at=day)),
        "cohorts": (cohorts, lambda: read_cohorts(territory, Path(str(cohorts)), data=data)),
    }
    for name, (given, read) in wanted.items():
        if given:
            try:
                tables[name], told = read()
                notices += told
            except InputError as error:
                faults += error.faults
    earlier = None
    try:
        earlier = states.earlier_state(territory, root, day, register=register)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults)
    if earlier is not None and earlier.date >= reached:
        notices.append(
            f"état du {earlier.date:%d/%m/%Y} : il n'est pas antérieur à la date de référence "
            f"({reached:%d/%m/%Y}), la page « Ce qui a changé » n'est pas faite ; donner la date du "
            "présent avec --date, comme pour l'état"
        )
    return Given(earlier, tables, tuple(notices))


def _reference(territory: Territory) -> date | None:
    """Date at which the register of a territory is read, as its source tells it."""
    source = territory.sources.get("register")
    return date.fromisoformat(source.as_of[:10]) if source and source.as_of else None
