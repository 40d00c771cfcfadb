"""Tables of « Cohortes », and the drawing of those who stay."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from demomed.analysis.cohorts import housing_gap
from demomed.analysis.public_counts import TOTAL, public_counts
from demomed.core.portrait import PlainTable
from demomed.core.report import Figure
from demomed.core.territory import Territory
from demomed.dossiers.cohortes_counts import (
    KINDS,
    PAGE,
    THRESHOLD,
    Tables,
    Words,
    aid_states,
    furthest_steps,
    published_retention,
)
from demomed.rendering.canvas import Canvas, Scale
from demomed.rendering.french import interval, join, number, typeset, with_unit
from demomed.rendering.reports import dossier_words, plain_table


def public_tables(
    territory: Territory, tables: Tables, at: date, *, threshold: int = THRESHOLD
) -> tuple[PlainTable, ...]:
    """One table a cohort, few persons hidden.

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
    return tuple(
        public_table(kind, words, territory, tables[kind], at, threshold)
        for kind in KINDS
        if kind in tables
    )


def public_table(
    kind: str, words: Words, territory: Territory, table: pd.DataFrame, at: date, threshold: int
) -> PlainTable:
    """The table of one cohort, few persons hidden."""
    if kind == "students":
        return _students(words, territory, table, threshold)
    if kind == "aids":
        return _aids(words, table, at, threshold)
    if kind == "housing":
        return _housing(words, territory, table, threshold)
    return _recruits(words, table, at, threshold)


def _students(
    words: Words, territory: Territory, students: pd.DataFrame, threshold: int
) -> PlainTable:
    counts = furthest_steps(words, territory, students)
    return _counts(words, words["table_students"], words["head_year"], counts, threshold)


def _aids(words: Words, aids: pd.DataFrame, at: date, threshold: int) -> PlainTable:
    counts = aid_states(words, aids, at)
    return _counts(words, words["table_aids"], words["head_aid"], counts, threshold)


def _counts(
    words: Words, caption: str, first: str, counts: pd.DataFrame, threshold: int
) -> PlainTable:
    told = public_counts(counts, threshold=threshold)
    names = {TOTAL: words["total"]}
    lines = [
        (str(names.get(str(label), label)), *(_hidden(words, value) for value in row))
        for label, row in zip(told.index, told.itertuples(index=False), strict=True)
    ]
    heads = [first, *(names.get(str(column), str(column)) for column in told.columns)]
    return plain_table(caption, heads, lines, numeric=tuple(range(1, len(heads))))


def _housing(
    words: Words, territory: Territory, housing: pd.DataFrame, threshold: int
) -> PlainTable:
    gap = housing_gap(housing, territory.members("epci"))
    gap = gap.loc[(gap["places_count"].fillna(1) > 0) | (gap["interns_count"].fillna(1) > 0)]
    names = territory.zones("epci")["short_name"]
    known = gap["interns_count"].dropna()
    interns = public_counts(known.astype("int64").to_frame("interns"), threshold=threshold)
    lines = []
    for zone, row in gap.iterrows():
        places = row["places_count"]
        shown: Any = interns["interns"].get(zone) if zone in known.index else None
        hosted = words["nothing"] if zone not in known.index else _hidden(words, shown)
        told = pd.notna(places) and shown is not None and pd.notna(shown)
        lines.append(
            (
                str(names.get(zone, zone)),
                words["nothing"] if pd.isna(places) else number(int(places)),
                hosted,
                _signed(int(shown) - int(places)) if told else "",
            )
        )
    return plain_table(words["table_housing"], words["heads_housing"], lines, numeric=(1, 2, 3))


def _recruits(words: Words, recruits: pd.DataFrame, at: date, threshold: int) -> PlainTable:
    told = published_retention(recruits, at, threshold=threshold)
    starts = (0.0, *told.index[:-1])
    lines = [
        (
            _period(words, start, stop),
            _hidden(words, row["left"]),
            *_still_there(words, stop, row),
        )
        for start, (stop, row) in zip(starts, told.iterrows(), strict=True)
    ]
    return plain_table(words["table_recruits"], words["heads_recruits"], lines, numeric=(1, 2, 3))


def _still_there(words: Words, stop: float, row: pd.Series) -> tuple[str, str]:
    """Share and interval; hidden ones say so, and who is still there has no length of stay."""
    if pd.isna(row["share"]):
        hidden = "" if stop == float("inf") else str(words["secret"])
        return hidden, hidden
    told = (
        "" if pd.isna(row["low"]) else with_unit(interval(100 * row["low"], 100 * row["high"]), "%")
    )
    return _percent(row["share"]), told


def _period(words: Words, start: float, stop: float) -> str:
    if stop == float("inf"):
        return str(words["still"])
    if not start:
        return str(words["period_first"].format(stop=number(stop)))
    return str(words["period"].format(start=number(start), stop=number(stop)))


def curve(words: Words, recruits: pd.DataFrame, at: date, threshold: int) -> Figure | None:
    """Share of the recruits still there, along the years; none under two known points."""
    told = published_retention(recruits, at, threshold=threshold).dropna(subset="share")
    if len(told) < 2:
        return None
    points = [
        words["chart_point"][0 if years < 2 else 1].format(
            share=_percent(row["share"]), years=number(years)
        )
        for years, row in told.iterrows()
    ]
    name = typeset(words["chart"])
    canvas = Canvas(
        640, 320, name, typeset(words["chart_description"].format(points=join(points))), key=PAGE
    )
    across, up = Scale(0, max(told.index), 56, 590), Scale(0, 100, 268, 28)
    canvas.axes(
        across, up, x_ticks=(0, *told.index), y_ticks=(0, 25, 50, 75, 100), label=number,
        x_title=typeset(words["x_title"]), y_title="%",
    )  # fmt: skip
    canvas.line([(across(0), up(100)), *((across(x), up(100 * s)) for x, s in told["share"].items())], "soft")  # fmt: skip
    for years, row in told.iterrows():
        x = across(years)
        if pd.notna(row["low"]):
            canvas.line([(x, up(100 * row["low"])), (x, up(100 * row["high"]))], "axis")
        canvas.mark(x, up(100 * row["share"]), tip=_percent(row["share"]), radius=5)
    return Figure(name, canvas.svg(), typeset(words["chart_note"]))


def _hidden(words: Words, value: Any) -> str:
    return str(words["secret"]) if value is None or pd.isna(value) else number(int(value))


def _percent(share: float) -> str:
    return with_unit(number(100 * share), "%")


def _signed(value: int) -> str:
    return ("+" if value > 0 else "") + number(value)
