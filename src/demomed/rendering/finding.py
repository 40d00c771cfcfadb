"""A broken rule of a published page."""

from __future__ import annotations

from dataclasses import dataclass

from demomed.core.faults import Fault


@dataclass(frozen=True)
class Finding:
    """One broken rule: in which file, what was found, what was expected, what to do.

    Examples
    --------
    >>> print(Finding("offre.html", "aucun titre", "un titre", "donner un titre à la page"))
    offre.html : aucun titre ; attendu : un titre ; à faire : donner un titre à la page.
    """

    file: str
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        return str(Fault(self.file, self.found, self.expected, self.remedy))
