"""What a register must be told when it holds few, or many, of the department's practitioners."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from demomed.core.catalogue import services

FEWEST, MOST = 2 / 3, 3 / 2
"""Share of the official count under which, and above which, the head count of a register is told."""
SMALL = 10
"""Official count under which a few persons make any share: nothing is told."""
NAMED = 3
"""Professions of a register, or those it lacks, that a notice names."""


def told_coverage(
    register: pd.DataFrame, supply: pd.DataFrame, usual: pd.Index, inside: pd.Index
) -> tuple[str, ...]:
    """Notices on persons outside, professions absent, and head counts far from the official ones.

    Parameters
    ----------
    register
        Practitioners: ``practitioner_id, service, commune_code``.
    supply
        Official counts: ``commune_code, service, year, count``; a service counts at its latest year.
    usual
        Professions whose ages and activity the portal tells.
    inside
        Communes of the department.

    Examples
    --------
    >>> register = pd.DataFrame(
    ...     {"practitioner_id": list("abc"), "service": "gp", "commune_code": "53130"}
    ... )
    >>> supply = pd.DataFrame(
    ...     {"commune_code": ["53130"], "service": ["gp"], "year": [2021], "count": [12]}
    ... )
    >>> for text in told_coverage(register, supply, pd.Index(["gp", "nurse"]), pd.Index(["53130"])):
    ...     print(text)
    registre : il ne contient que les médecins généralistes ; les chiffres d'âge et d'activité des autres professions sont absents
    registre : 3 médecins généralistes dans le département, contre 12 dans la source officielle de 2021 ; le registre est-il complet ?
    """
    persons = register.drop_duplicates(["practitioner_id", "service"])
    here = persons["commune_code"].isin(inside)
    said = list(_told_professions(set(persons["service"]), set(usual)))
    whole = register.drop_duplicates("practitioner_id")
    away = int((~whole["commune_code"].isin(inside)).sum())
    if away:
        said.append(
            f"registre : {away} praticiens sur {len(whole)} sont hors du département ou sans commune"
        )
    counted = persons.loc[here, "service"].value_counts()
    return (*said, *_told_counts(counted, supply.loc[supply["commune_code"].isin(inside)]))


def _told_professions(held: set[str], usual: set[str]) -> Iterator[str]:
    known = services()
    lacking = usual - held
    if not lacking or not held:
        return
    told = sorted(known[name].label if name in known else name for name in held)
    missed = sorted(known[name].label if name in known else name for name in lacking)
    if len(told) <= NAMED:
        yield (
            f"registre : il ne contient que les {', '.join(told)} ; les chiffres d'âge et "
            "d'activité des autres professions sont absents"
        )
    else:
        yield (
            f"registre : aucune ligne pour les {', '.join(missed)} ; leurs chiffres d'âge et "
            "d'activité sont absents"
        )


def _told_counts(counted: pd.Series, official: pd.DataFrame) -> Iterator[str]:
    known = services()
    for service in sorted(counted.index):
        rows = official.loc[official["service"] == service]
        latest = rows.loc[rows["year"] == rows["year"].max()]
        published, mine = int(latest["count"].sum()), int(counted[service])
        if service not in known or published < SMALL:
            continue
        if FEWEST * published <= mine <= MOST * published:
            continue
        named = known[service].label if mine > 1 else known[service].singular
        doubt = (
            "le registre est-il complet"
            if mine < published
            else "des salariés, des remplaçants ou des doublons y sont-ils comptés"
        )
        yield (
            f"registre : {mine} {named} dans le département, contre {published} dans la source "
            f"officielle de {int(latest['year'].max())} ; {doubt} ?"
        )
