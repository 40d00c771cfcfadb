"""Persons of « Cohortes », counted, and what the public may know of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd

from demomed.analysis.cohorts import cohort_steps, commitments, housing_gap
from demomed.analysis.public_counts import TOTAL, public_counts
from demomed.analysis.retention import HORIZONS, follow_up, retention
from demomed.core.retold import Counts, may_be_told_again
from demomed.core.territory import Territory
from demomed.rendering.reports import dossier_words

PAGE = "cohortes"
THRESHOLD = 5
KINDS: tuple[str, ...] = ("students", "aids", "housing", "recruits")
Tables = Mapping[str, pd.DataFrame]
Words = Mapping[str, Any]


def told_counts(
    territory: Territory, tables: Tables, at: date, *, threshold: int = THRESHOLD
) -> dict[str, dict[str, int | None]]:
    """Every number of persons each table would tell, by cell: what a state keeps of this page.

    Parameters
    ----------
    territory
        The department.
    tables
        By name, as the mission keeps them.
    at
        Day of the state.
    threshold
        Persons.
    """
    words = dossier_words(PAGE)
    found: dict[str, dict[str, int | None]] = {}
    for kind in (kind for kind in KINDS if kind in tables):
        told = public_counts(
            whole_counts(kind, words, territory, tables[kind], at), threshold=threshold
        )
        found[kind] = {
            f"{row} | {column}": None if pd.isna(value) else int(value)
            for row, line in told.iterrows()
            for column, value in line.items()
        }
    return found


def retold_counts(
    territory: Territory,
    tables: Tables,
    at: date,
    before: Sequence[Mapping[str, Counts]],
    *,
    threshold: int = THRESHOLD,
) -> dict[str, dict[str, int | None]]:
    """The same, without the tables that earlier ones forbid to tell."""
    now = told_counts(territory, tables, at, threshold=threshold)
    return {
        kind: cells
        for kind, cells in now.items()
        if may_be_told_again(
            cells, [told[kind] for told in before if kind in told], threshold=threshold
        )
    }


def whole_counts(
    kind: str, words: Words, territory: Territory, table: pd.DataFrame, at: date
) -> pd.DataFrame:
    """Persons of a table, before anything is hidden."""
    if kind == "students":
        return furthest_steps(words, territory, table)
    if kind == "aids":
        return aid_states(words, table, at)
    if kind == "housing":
        known = housing_gap(table, territory.members("epci"))["interns_count"].dropna()
        return known.astype("int64").to_frame("interns")
    return _periods(table, at)


def furthest_steps(words: Words, territory: Territory, students: pd.DataFrame) -> pd.DataFrame:
    """Persons of each cohort by the furthest step they reached."""
    steps = cohort_steps(students, territory.members("epci"))
    names = ("entered", "passed", "placed", "practising")
    return pd.DataFrame(
        {
            label: steps[name] - (steps[following] if following else 0)
            for label, name, following in zip(
                words["outcomes"], names, (*names[1:], ""), strict=True
            )
        }
    )


def aid_states(words: Words, aids: pd.DataFrame, at: date) -> pd.DataFrame:
    """Aids of each name by the state of their commitment."""
    state = commitments(aids, at)["state"]
    name = aids["aid_name"].astype(object).where(aids["aid_name"].notna(), words["no_name"])
    counts = pd.crosstab(name, state).reindex(columns=list(words["states"]), fill_value=0)
    return counts.set_axis(list(words["states"].values()), axis=1)


def _periods(recruits: pd.DataFrame, at: date) -> pd.DataFrame:
    """Departures in each period of presence, then those seen no departure of: one column."""
    seen = follow_up(recruits, at)
    left = seen.loc[seen["has_left"], "years"]
    counts = {
        stop: int(((left > start) & (left <= stop)).sum()) if start else int((left <= stop).sum())
        for start, stop in pairwise((0.0, *HORIZONS))
    }
    rest = len(seen) - sum(counts.values())
    return pd.DataFrame({"left": [*counts.values(), rest]}, index=[*counts, float("inf")])


def published_retention(recruits: pd.DataFrame, at: date, *, threshold: int = 5) -> pd.DataFrame:
    """Retention at each length of stay, with the departures of each period; few persons hidden.

    Parameters
    ----------
    recruits
        ``installed_date, left_date``.
    at
        Day of the state.
    threshold
        Persons.

    Returns
    -------
    DataFrame
        Index ``years`` (the last one infinite: still there, or gone later); ``left`` (missing when
        hidden) and ``share, low, high``, missing as soon as a period up to it is hidden or fewer
        than ``threshold`` persons were followed that long.
    """
    told = public_counts(_periods(recruits, at), threshold=threshold).drop(index=TOTAL)
    curve = retention(recruits, at).reindex(told.index)
    open_ = told["left"].notna().cumprod().astype(bool) & (curve["at_risk"] >= threshold)
    shares = curve[["share", "low", "high"]].where(open_)
    return pd.DataFrame({"left": told["left"], **{c: shares[c] for c in shares}})
