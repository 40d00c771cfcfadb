"""Header cells and number cells of published tables, whatever their spelling."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from demomed.core.faults import Report
from demomed.ingestion.cells import fold

SHOWN_FAULTS = 5

Wanted = Mapping[str, Sequence[str]]


def normalise(wanted: Mapping[str, str | Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Our column name → possible names in the file, always a tuple.

    Examples
    --------
    >>> normalise({"commune_code": "CODGEO"})
    {'commune_code': ('CODGEO',)}
    """
    return {
        ours: (names,) if isinstance(names, str) else tuple(names) for ours, names in wanted.items()
    }


def find_columns(cells: Sequence[str], wanted: Wanted) -> dict[str, int]:
    """Position of each wanted column among header cells (first match; ``*`` ends a prefix).

    Examples
    --------
    >>> find_columns(["Code Commune ", "Population standardisée 2022"],
    ...              {"code": ("code commune",), "population": ("population standardisée*",)})
    {'code': 0, 'population': 1}
    """
    folded = [fold(cell) for cell in cells]
    found: dict[str, int] = {}
    for ours, patterns in wanted.items():
        exact = {fold(name) for name in patterns if not name.endswith("*")}
        starts = tuple(fold(name[:-1]) for name in patterns if name.endswith("*"))
        for position, cell in enumerate(folded):
            if (
                cell
                and position not in found.values()
                and (cell in exact or cell.startswith(starts))
            ):
                found[ours] = position
                break
    return found


SHOWN_NAMES, SHOWN_COLUMNS = 4, 12
"""Names accepted for a column, and columns found, that a fault spells out."""


def expected_column(names: Sequence[str]) -> str:
    """« une colonne « minutes », « temps » », the first of the names that are recognised.

    Examples
    --------
    >>> expected_column(["minutes", "temps", "Duree*"])
    'une colonne nommée « minutes », « temps » ou « Duree »'
    >>> expected_column(["minutes"])
    'une colonne nommée « minutes »'
    """
    quoted = [f"« {name.rstrip('*')} »" for name in names[:SHOWN_NAMES]]
    told = " ou ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))
    return f"une colonne nommée {told}"


def column_advice(name: str, seen: Sequence[str]) -> str:
    """The column that was perhaps meant, else the columns of the file, to be renamed.

    Examples
    --------
    >>> column_advice("minutes", ["minute", "km"])
    'vouliez-vous dire « minute » ?'
    >>> column_advice("minutes", ["a", "b"])
    'renommer la colonne qui en tient lieu ; le fichier a : a, b'
    >>> column_advice("minutes", [])
    'vérifier le fichier'
    """
    if not seen:
        return "vérifier le fichier"
    near = difflib.get_close_matches(name, seen, n=1)
    if near:
        return f"vouliez-vous dire « {near[0]} » ?"
    more = "…" if len(seen) > SHOWN_COLUMNS else ""
    shown = ", ".join(seen[:SHOWN_COLUMNS])
    return f"renommer la colonne qui en tient lieu ; le fichier a : {shown}{more}"


def tell_missing(
    header: Sequence[str],
    wanted: Wanted,
    found: Mapping[str, int],
    optional: Sequence[str],
    report: Report,
) -> None:
    """One fault per wanted column that the header does not have."""
    seen = [cell.strip() for cell in header if cell.strip()]
    for ours, names in wanted.items():
        if ours not in found and ours not in optional:
            name = names[0].rstrip("*")
            report.fault(
                f"colonne « {name} » absente", expected_column(names), column_advice(name, seen)
            )


def numbers(
    text: pd.Series, report: Report, *, missing: Sequence[str] = (), column: str | None = None
) -> pd.Series:
    """Numbers of a text column: decimal comma or point, spaces in thousands, missing markers.

    Parameters
    ----------
    text
        Cells as text, index = row of the file.
    report
        Receives a fault per cell that is no number (the first five, then the total).
    missing
        Texts that stand for « unknown », compared folded (``"ND"``, ``"NS"``); never read as zero.
    column
        Name told to the user; the name of the series by default.

    Returns
    -------
    Series
        float64, same index; ``NaN`` where unknown.

    Examples
    --------
    >>> report = Report("a.csv")
    >>> numbers(pd.Series(["1 200", "0,5", "ND", None]), report, missing=["nd"]).tolist()
    [1200.0, 0.5, nan, nan]
    """
    cleaned = text.astype("str").str.replace(r"[\s\u00a0\u202f]", "", regex=True)
    cleaned = cleaned.str.replace(",", ".")
    values = pd.to_numeric(cleaned.where(text.notna()), errors="coerce").astype("float64")
    values = values.where(np.isfinite(values))
    odd = values.isna() & text.notna() & (cleaned != "")
    if odd.any():
        known = {fold(word) for word in missing}
        odd &= ~text.map(lambda cell: fold(str(cell)) in known).astype(bool)
    name = column or str(text.name)
    for row, cell in text[odd].head(SHOWN_FAULTS).items():
        report.fault(
            f"« {str(cell)[:40]} »",
            "un nombre",
            "corriger la cellule",
            row=int(row),
            column=name,  # type: ignore[call-overload]
        )
    if odd.sum() > SHOWN_FAULTS:
        report.fault(
            f"{int(odd.sum())} cellules ne sont pas des nombres",
            "des nombres",
            "vérifier la colonne",
            column=name,
        )
    return values.rename(text.name)
