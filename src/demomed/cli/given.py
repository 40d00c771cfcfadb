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

    tables: dict[str, Any] = {"day": day}
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
    return Given(earlier, tables, tuple(notices))
