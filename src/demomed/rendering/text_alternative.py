"""What a map says to who does not see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from demomed.core.indicator import STATUS_LABELS
from demomed.rendering.facts import ZoneFact
from demomed.rendering.french import (
    capitalised,
    join,
    number,
    typeset,
    with_unit,
)
from demomed.rendering.language import translated
from demomed.rendering.sentences import from_worst
from demomed.rendering.subject import Subject

NAMED_ZONES = 3
"""Zones named at each end of a text alternative."""


def text_alternative(
    zones: Sequence[ZoneFact],
    subject: Subject,
    texts: Mapping[str, Any],
    *,
    label: str,
    date_label: str,
    of_territory: str,
    department: ZoneFact | None = None,
) -> str:
    """The map in words: what, where it is high, where it is low, the range, what is missing.

    Parameters
    ----------
    zones
        Facts of the zones of one level.
    subject
        What is measured.
    texts
        Texts of the catalogue.
    label, date_label, of_territory
        Label of the layer, its date, and the department with its preposition.
    department
        The same fact for the whole department.
    """
    words = texts["compose"]["alternative"]
    level = subject.level
    known = from_worst([zone for zone in zones if zone.readable], subject.favourable)
    dated = ", ".join(filter(None, (label, date_label)))
    parts = [words["head"].format(of_territory=of_territory, level=level["one"], label=dated)]
    if not known:
        parts.append(words["none"])
    else:
        low, high = sorted((known[0], known[-1]), key=lambda zone: zone.value or 0.0)
        pattern = "one" if low.value == high.value else "range"
        parts.append(
            words[pattern if len(known) == len(zones) else f"{pattern}_known"].format(
                count=number(len(zones)),
                zones=level["many"],
                known=number(len(known)),
                low=low.text,
                high=with_unit(high.text, subject.unit),
                value=with_unit(low.text, subject.unit),
            )
        )
        if low.value != high.value:
            parts += _ends(known, subject, words)
    if department is not None and department.readable:
        value = with_unit(department.text, subject.unit)
        parts.append(texts["compose"]["reference"].format(value=value))
    states = _states(zones, texts)
    if states:
        parts.append(words["states"].format(states=capitalised(states)))
    return typeset(" ".join(parts))


def _ends(known: list[ZoneFact], subject: Subject, words: Mapping[str, Any]) -> list[str]:
    """The zones at each end of the order, few of them."""
    ends = ("worst", "best") if subject.favourable else ("high", "low")
    few = min(NAMED_ZONES, len(known) // 2)
    return [
        words[end].format(zones=join([f"{zone.name} ({zone.text})" for zone in chosen]))
        for end, chosen in zip(ends, (known[:few], known[::-1][:few]), strict=True)
    ]


def _states(zones: Sequence[ZoneFact], texts: Mapping[str, Any]) -> str:
    labels = {**STATUS_LABELS, "coarse": texts["compose"]["legend"]["coarse"]}
    counted = [
        (labels[state], sum(zone.status == state for zone in zones))
        for state in ("missing", "masked", "coarse", "unstable", "not_applicable")
    ]
    return " ; ".join(f"{translated(label)} : {count}" for label, count in counted if count)
