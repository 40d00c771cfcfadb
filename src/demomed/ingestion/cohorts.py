"""Students and interns, aids with a commitment, housing, recruits: small tables of the mission, without names."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd

from demomed.core.faults import Fault, InputError, closest
from demomed.ingestion.forms import Form, read_form, write_form
from demomed.ingestion.gazetteer import gazetteer
from demomed.ingestion.mapping import words

Cohort = Literal["students", "aids", "housing", "recruits"]
COHORTS: tuple[Cohort, ...] = ("students", "aids", "housing", "recruits")


def read_cohort(
    path: Path | str,
    kind: Cohort,
    *,
    codes: pd.DataFrame,
    communes: pd.DataFrame | None = None,
    places: pd.DataFrame | None = None,
    mapping: Path | None = None,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Table of a mission about persons it helps, or the places it offers them.

    Parameters
    ----------
    path
        CSV, XLSX or ODS; see :func:`write_cohort_template`.
    kind
        ``"students"`` (students and interns: origin, placement, later practice), ``"aids"`` (with
        the commitment), ``"housing"`` (places and interns) or ``"recruits"`` (arrival, departure).
    codes, communes, places
        Tables of the reference bundle.
    mapping
        TOML of the mission that names its own columns.

    Returns
    -------
    tuple
        The declared columns, rows in the order of the identifiers, codes of the communes in
        force; and notices. Columns of the file that are not declared are not kept.

    Raises
    ------
    InputError
        With every fault: cells that cannot be read, an identifier twice, a departure before the
        arrival, more occupants than places, a practice without a diploma…
    """
    if kind not in COHORTS:
        raise InputError(
            Fault("cohorte", f"« {kind} »", "une table connue", closest(str(kind), COHORTS))
        )
    known = gazetteer(codes, communes=communes, places=places)
    form = read_form(path, kind, mapping=mapping, known=known)
    key = _refuse_twice(form, kind)
    for check in words(kind).raw.get("checks", ()):
        _check(form, check, kind)
    form.report.raise_if_faulty()
    ordered = form.table.sort_values(key, key=_natural).reset_index(drop=True)
    return ordered, tuple(form.report.notices)


def write_cohort_template(path: Path | str, kind: Cohort) -> Path:
    """Write the model of one of these tables (CSV), with fictional rows."""
    if kind not in COHORTS:
        raise InputError(
            Fault("cohorte", f"« {kind} »", "une table connue", closest(str(kind), COHORTS))
        )
    return write_form(path, kind)


def _natural(ids: pd.Series) -> pd.Series:
    """Order in which 2 comes before 10."""
    return ids.map(lambda text: (len(text), text) if text.isdigit() else (99, text))


def _refuse_twice(form: Form, kind: str) -> str:
    (key,) = (f for f, column in words(kind).raw["columns"].items() if column.get("unique"))
    for row in form.table.index[form.table[key].duplicated()]:
        form.refuse(
            int(row), key, f"« {form.table.loc[row, key]} » déjà vu plus haut",
            "une ligne par identifiant", "supprimer la ligne en double ou corriger le numéro",
        )  # fmt: skip
    return key


def _check(form: Form, check: str, kind: str) -> None:
    """One rule of the declaration: « a <= b » or « a demande b »."""
    first, relation, second = check.split(" ")
    labels = words(kind).labels
    one, two = form.table[first], form.table[second]
    if relation == "<=":
        wrong = (one > two).fillna(False)
        found = f"« {labels[first]} » dépasse « {labels[second]} »"
        expected = f"« {labels[first]} » au plus égal à « {labels[second]} »"
    else:
        said = two.notna() & (two.astype(object) != False)  # noqa: E712
        given = one.notna() & (one.astype(object) != False)  # noqa: E712
        wrong = given & ~said
        found = f"« {labels[first]} » sans « {labels[second]} »"
        expected = f"« {labels[second]} » aussi"
    for row in form.table.index[wrong.astype(bool)]:
        form.refuse(int(row), first, found, expected, "corriger l'une des deux cellules")
