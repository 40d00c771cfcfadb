"""A broken rule of a published page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from demomed.core.faults import Fault

SHOWN = 3
"""Files named in one line."""


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


def grouped(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The same findings with one line for what several files say alike, in the order met.

    Parameters
    ----------
    findings
        Findings of a portal; one that a file repeats counts once for this file.

    Examples
    --------
    >>> absent = [Finding(f"{name}.html", "un lien vers « a.csv »", "un fichier publié", "le publier")
    ...           for name in ("acces", "acces", "age", "offre", "urgences")]
    >>> print(*grouped(absent[:2]), *grouped(absent), sep="\\n")
    acces.html : un lien vers « a.csv » ; attendu : un fichier publié ; à faire : le publier.
    4 fichiers, dont acces.html, age.html, offre.html : un lien vers « a.csv » ; attendu : un fichier publié ; à faire : le publier.
    """
    places: dict[tuple[str, str, str], dict[str, None]] = {}
    for one in findings:
        places.setdefault((one.found, one.expected, one.remedy), {})[one.file] = None
    return tuple(Finding(_told(tuple(names)), *said) for said, names in places.items())


def _told(names: Sequence[str]) -> str:
    """« a.html », « a.html, b.html », « 12 fichiers, dont a.html, b.html, c.html »."""
    few = ", ".join(names[:SHOWN])
    return few if len(names) <= SHOWN else f"{len(names)} fichiers, dont {few}"
