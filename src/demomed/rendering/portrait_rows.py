"""The lines and key figures of a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from demomed.core.document import KeyFigure
from demomed.core.indicator import NATURE_LABELS
from demomed.core.portrait import PortraitRow
from demomed.rendering.facts import ZoneFact, written
from demomed.rendering.french import number, ordinal, typeset
from demomed.rendering.language import translated
from demomed.rendering.portrait_material import Portraits
from demomed.rendering.portraits import (
    Told,
)


def portrait_row(shared: Portraits, told: Told, place: int | None) -> PortraitRow:
    """One line of a sheet: the zone, the department, its rank, the others."""
    fact, missing = shared.fact(told, place), shared.missing
    level = "epci" if place is not None else "departement"
    code = "" if fact is None else fact.code
    counts = told.indicator is not None and told.indicator.kind == "count"
    whole = None if counts else told.department  # a total is no mark on the scale of its parts
    scale = _scale([f.value for f in (*told.zones, whole) if f is not None])
    places = [other.rank for other in told.zones if other.rank is not None]
    is_ordered = len(places) == 1 or len(set(places)) > 1  # all equal: no order to tell
    rank = (
        shared.words["rank"].format(rank=ordinal(fact.rank), total=number(len(places)))
        if place is not None
        and fact is not None
        and fact.rank is not None
        and not counts
        and is_ordered
        else ""
    )
    href = shared.links.get((told.id, level), "") if place is not None else ""
    return PortraitRow(
        label=told.label,
        unit="" if told.unit in told.label else told.unit,
        text=missing if fact is None else fact.text,
        interval="" if fact is None else fact.interval,
        note="" if fact is None else _note(shared, fact, told),
        department=""
        if place is None
        else (told.department.text if told.department is not None else missing),
        rank=typeset(rank),
        others=tuple(
            scale(other.value)
            for i, other in enumerate(told.zones)
            if other.value is not None and i != place
        ),
        place=None if fact is None or fact.value is None or place is None else scale(fact.value),
        reference=None if whole is None or whole.value is None else scale(whole.value),
        href=href.format(code=code) if href else "",
    )


def _note(shared: Portraits, fact: ZoneFact, told: Told) -> str:
    legend = {**shared.texts["compose"]["legend"], "unstable": shared.words["unstable"]}
    nature = str(told.rows["nature"].iloc[0])
    said = [legend[fact.status]] if fact.status in ("unstable", "coarse") else []
    said += [translated(NATURE_LABELS[nature])] if nature != "official" else []  # type: ignore[index]
    return typeset(" ; ".join(said))


def portrait_figure(shared: Portraits, told: Told, place: int | None) -> KeyFigure:
    """One key figure of a sheet, beside that of the department."""
    fact = shared.fact(told, place)
    nature = str(told.rows["nature"].iloc[0])
    comparison = ""
    if place is not None and told.department is not None:
        comparison = shared.texts["compose"]["reference"].format(
            value=written(told.department, told.unit)
        )
    return KeyFigure(
        value=shared.missing if fact is None else fact.text,
        unit=told.unit if fact is not None and fact.readable else "",
        label=told.label,
        comparison=typeset(comparison),
        nature_label=typeset(NATURE_LABELS[nature]),  # type: ignore[index]
    )


def _scale(values: Sequence[float | None]) -> Any:
    known = [v for v in values if v is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    span = high - low

    def place(value: float | None) -> float:
        return round(100 * (value - low) / span, 1) if value is not None and span else 50.0

    return place
