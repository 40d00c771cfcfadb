"""Rows, cells and counts as a notice names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from demomed.ingestion.cells import quoted


def counted(number: int, what: str) -> str:
    """Number and French noun in agreement (zero and one are singular).

    Examples
    --------
    >>> counted(1, "personne"), counted(2, "personne")
    ('1 personne', '2 personnes')
    """
    return f"{number} {what}{'s' if number > 1 else ''}"


def said(rows: Sequence[int], what: str = "lignes") -> str:
    """Rows as a notice names them: how many, and the first of them.

    Examples
    --------
    >>> said([4, 2, 9])
    '3 lignes (2, 4, 9)'
    """
    ordered = sorted(rows)
    shown = ", ".join(str(row) for row in ordered[:8]) + ("…" if len(ordered) > 8 else "")
    return f"{counted(len(ordered), what.removesuffix('s'))} ({shown})"


SHOWN_WORDS = 6
"""Cells that a notice quotes; the others are counted."""


def quoting(cells: Mapping[int, str]) -> str:
    """Cells as a notice quotes them, each with its rows, in the order of the file.

    Parameters
    ----------
    cells
        Row and what is written there.

    Examples
    --------
    >>> quoting({4: "un jour", 9: "hiver 2026", 5: "un jour"})
    '3 lignes : « un jour » (lignes 4, 5), « hiver 2026 » (ligne 9)'
    """
    rows: dict[str, list[int]] = {}
    for row, cell in sorted(cells.items()):
        rows.setdefault(quoted(cell), []).append(row)
    shown = [
        f"{cell} ({'ligne' if len(at) == 1 else 'lignes'} {', '.join(map(str, at[:8]))}"
        f"{'…' if len(at) > 8 else ''})"
        for cell, at in list(rows.items())[:SHOWN_WORDS]
    ]
    more = f" et {len(rows) - SHOWN_WORDS} autres mots" if len(rows) > SHOWN_WORDS else ""
    return f"{counted(len(cells), 'ligne')} : {', '.join(shown)}{more}"
