"""What a sentence is about: words, unit and direction of an indicator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demomed.rendering.facts import ZoneFact
from demomed.rendering.french import (
    with_unit,
)


@dataclass(frozen=True)
class Subject:
    """What a sentence is about.

    Parameters
    ----------
    says, says_one
        What is told of a zone, with ``{value}``, and the same for a value under two, of which the
        noun stays singular in French; ``{s}`` is the mark of the plural.
    unit
        Unit written behind a value.
    favourable
        ``"high"``, ``"low"`` or ``None``.
    nature
        ``official``, ``estimated``, ``register``, ``fictional``, ``simulated``.
    zero
        What is told where there is nobody, or empty.
    level
        Words of the level: ``one``, ``many``, ``feminine``.
    compares
        Whether « deux fois moins » makes sense of the value (densities, not percentages, ages or
        counts).
    counts
        Whether the value is a number of people or places, read against the department's total.
    personal
        Whether it is a fact about few persons: without an interval, a difference is not commented.
    about
        Word put before a value that is not the producer's own (« environ »), or empty.
    """

    says: str
    says_one: str
    unit: str
    favourable: str | None
    nature: str
    zero: str
    level: Mapping[str, Any]
    compares: bool = False
    counts: bool = False
    personal: bool = False
    about: str = ""

    def value(self, fact: ZoneFact) -> str:
        """Value with its unit where the sentence needs it alone."""
        text = with_unit(fact.text, self.unit) if len(self.unit) <= 2 else fact.text
        return f"{self.about} {text}".lstrip()

    def bare(self, fact: ZoneFact) -> str:
        """What is told of a zone, without its parts."""
        few = abs(fact.value or 0.0) < 2
        value = f"{self.about} {fact.text}".lstrip()
        return (self.says_one if few else self.says).format(value=value, s="" if few else "s")

    def told(self, fact: ZoneFact, texts: Mapping[str, Any]) -> str:
        """« on compte 41 généralistes pour 100 000 habitants », with its parts when they are few."""
        text = self.bare(fact)
        if fact.weak and fact.parts:
            text += f", {texts['compose']['finding']['parts'].format(parts=fact.parts)}"
        return text
