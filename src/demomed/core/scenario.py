"""What a scenario changes: declared once, read from TOML, applied to a Territory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from demomed.core.display import facts_table

SIMULATED = "scenario"
"""Key of ``Territory.extra`` under which the changes of a scenario are told."""
TITLE = "title"
"""Name under which the changes told in a Territory (``attrs``) hold the title of their scenario."""
DAYS_A_WEEK = 5
"""Working days of a practice in a week, against which a closed day is counted."""

KINDS: Mapping[str, str] = {
    "add_practitioner": "arrivée de praticiens",
    "remove_practitioner": "départ de praticiens",
    "add_structure": "ouverture d'une structure",
    "remove_structure": "fermeture d'une structure",
    "assistant": "assistant médical (temps de soin gagné)",
    "telehealth": "point de télésanté",
    "closed_day": "jours de fermeture",
}
"""Kinds of change, with their French names."""
STRUCTURE_KINDS = ("add_structure", "remove_structure")
TIME_KINDS = ("assistant", "telehealth", "closed_day")
"""Kinds that change the time given to care, not the number of persons."""


@dataclass(frozen=True)
class Change:
    """One change at one commune.

    Parameters
    ----------
    kind
        Key of :data:`KINDS`.
    commune_code
        Commune where it happens.
    service
        Profession, or structure for the kinds of :data:`STRUCTURE_KINDS`.
    count
        Practitioners, structures, assistants or points concerned.
    etp
        Full-time part of each: of a practitioner, of a telehealth point, or gained by an
        assistant; for closed days, share of the week lost by each practitioner.
    age
        Age of the practitioners who come or go, if known.
    reach_min
        For a telehealth point, minutes within which all are served alike; otherwise it is
        reached as a practice is.
    why
        Reason, in French.

    Examples
    --------
    >>> Change("closed_day", "53147", count=2, etp=0.2).care
    -0.4
    >>> Change("assistant", "53147", etp=0.1).heads
    0
    """

    kind: str
    commune_code: str
    service: str = "gp"
    count: int = 1
    etp: float = 1.0
    age: float | None = None
    reach_min: float | None = None
    why: str = ""

    @property
    def heads(self) -> int:
        """Practitioners or structures more (or fewer, negative) at the commune."""
        sign = {"add": 1, "remove": -1}.get(self.kind.split("_")[0], 0)
        return sign * self.count

    @property
    def care(self) -> float:
        """Full-time practitioners' worth of care more (or less, negative)."""
        if self.kind in STRUCTURE_KINDS:
            return 0.0
        return (-1 if self.kind in ("remove_practitioner", "closed_day") else 1) * (
            self.count * self.etp
        )


@dataclass(frozen=True)
class Scenario:
    """Changes that are discussed together.

    Parameters
    ----------
    id
        File name without extension.
    title, question
        French texts told with every figure.
    changes
        In the order in which they happen.
    """

    id: str
    title: str
    question: str
    changes: tuple[Change, ...]

    def _repr_html_(self) -> str:
        rows = [
            (
                KINDS.get(one.kind, one.kind),
                f"{one.count} × {one.service}, commune {one.commune_code}",
            )
            for one in self.changes
        ]
        return facts_table(self.title, [("Question", self.question), *rows])
