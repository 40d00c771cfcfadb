"""Head counts of professionals by area, age and sex: what their published labels mean."""

from __future__ import annotations

import re

import pandas as pd

from demomed.core.catalogue import entry
from demomed.core.faults import Report
from demomed.core.schemas import SOURCE, YEAR, code, contract, number, one_of, text, validate
from demomed.ingestion.cells import Unreadable, fold
from demomed.ingestion.cells import age_band as ages_of
from demomed.ingestion.container import SHOWN_FAULTS

FRANCE = "FR"
HEADCOUNTS = contract(
    "headcounts",
    {
        "area_level": one_of("departement", "region", "france"),
        "area_code": code(r"[0-9A-Z]{2,3}", "un code de département, de région ou « FR »"),
        "service": code(r"[a-z_]+", "un identifiant de service", nullable=True),
        "profession_label": text(),
        "field": text(),
        "year": YEAR,
        "age_band": code(r"all|<\d\d|\d\d-\d\d|\d\d\+", "une tranche d'âge"),
        "sex": one_of("all", "female", "male"),
        "count": number(nullable=True),
        "source_id": SOURCE,
    },
    key=("area_level", "area_code", "profession_label", "field", "year", "age_band", "sex"),
)
"""Contract: one row an area × profession × field × year × age band × sex; unknown counts are missing."""

_KEYS = ["area_level", "area_code", "profession_label", "field", "year", "age_band", "sex"]
_SORT_PREFIX = re.compile(r"^\s*[0-9A-Z]{1,3}\s*-\s*(?=\S)")


def unprefixed(label: str) -> str:
    """Label without the sort prefix that the DREES puts before it.

    Examples
    --------
    >>> unprefixed("053-Mayenne"), unprefixed("03-30-34 ans"), unprefixed("00 - Ensemble")
    ('Mayenne', '30-34 ans', 'Ensemble')
    """
    return _SORT_PREFIX.sub("", label).strip()


def prefix_code(label: str) -> str | None:
    """Official code written as a prefix, without the zero that only makes it sort.

    Examples
    --------
    >>> [prefix_code(t) for t in ("053-Mayenne", "02A-Corse-du-Sud", "971 -Guadeloupe", "53 - Mayenne", "75-Paris")]
    ['53', '2A', '971', '53', '75']
    """
    match = re.match(r"\s*([0-9][0-9AB][0-9AB]?|97\d)\s*-", label)
    if match is None:
        return None
    found = match[1]
    return found[1:] if len(found) == 3 and found.startswith("0") else found


def band(label: str) -> str | None:
    """Age band of a published label; ``None`` if it is none.

    Examples
    --------
    >>> [band(t) for t in ("Tout âge", "03-30-34 ans", "de 60 à 64 ans", "moins de 30 ans", "70 ans et plus")]
    ['all', '30-34', '60-64', '<30', '70+']
    """
    folded = (
        fold(unprefixed(label)) if _SORT_PREFIX.match(label) and "nsemble" in label else fold(label)
    )
    if folded in {"ensemble", *entry("layouts", "headcounts")["ameli"]["all_ages"]}:
        return "all"
    for candidate in (label, unprefixed(label)):
        try:
            found = ages_of(candidate)
        except Unreadable:
            continue
        if found is not None:
            low, high = found
            if high is None:
                return f"{low:02d}+"
            return f"<{high + 1:02d}" if low == 0 else f"{low:02d}-{high:02d}"
    return None


def sex_of(label: str) -> str | None:
    """``all``, ``female`` or ``male``; ``None`` if the label is none of them.

    Examples
    --------
    >>> [sex_of(t) for t in ("0-Ensemble", "tout sexe", "2 - Femmes", "?")]
    ['all', 'all', 'female', None]
    """
    sexes = entry("layouts", "headcounts")["sexes"]
    return sexes.get(fold(label)) or sexes.get(fold(unprefixed(label)))


def tell_unread(
    table: pd.DataFrame, written: str, read: str, expected: str, report: Report
) -> None:
    """One fault per distinct label that gave nothing."""
    unread = table.loc[table[read].isna() & table[written].notna(), written]
    for row, label in unread.drop_duplicates().head(SHOWN_FAULTS).items():
        report.fault(
            f"libellé « {str(label)[:40]} »",
            expected,
            "reprendre le fichier du producteur, ou compléter le catalogue",
            row=int(row),
            column=written,
        )  # type: ignore[call-overload]


def finished(table: pd.DataFrame, report: Report) -> pd.DataFrame:
    """Table in the order of the contract, checked; a line published twice with one value counts once."""
    table = table[list(HEADCOUNTS.columns)].drop_duplicates()
    for row in table.index[table.duplicated(_KEYS)][:SHOWN_FAULTS]:
        what = ", ".join(str(table.at[row, key]) for key in _KEYS)
        report.fault(
            f"deux valeurs pour la même case ({what})",
            "une valeur",
            "ne garder qu'un membre de chaque dimension",
        )
    report.raise_if_faulty()
    validate(table, HEADCOUNTS, report)
    report.raise_if_faulty()
    return table.sort_values(_KEYS, ignore_index=True)
