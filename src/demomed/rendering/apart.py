"""Whether a zone stands clearly apart from the department."""

from __future__ import annotations

from demomed.core.chance import CLEAR, beyond_chance
from demomed.rendering.facts import ZoneFact
from demomed.rendering.subject import Subject


def stands_out(zone: ZoneFact, department: ZoneFact, subject: Subject) -> bool:
    """Whether chance alone hardly explains how far a zone is from the department.

    The rule of :func:`demomed.core.chance.beyond_chance`, on the parts of both figures.
    """
    return bool(side_of(zone, department, subject.unit))


def side_of(zone: ZoneFact, department: ZoneFact, unit: str, *, level: float = CLEAR) -> int:
    """-1 or 1 where a zone stands clearly below or above the department, 0 where it does not."""
    parts = (zone.numerator, zone.denominator, department.numerator, department.denominator)
    if any(part is None for part in parts):
        return 0
    events, base, total, whole = (float(part) for part in parts if part is not None)
    if base <= 0 or whole <= 0:
        return 0
    return int(beyond_chance(events, base, total / whole, level=level, share=unit.strip() == "%"))
