"""« Cohortes »: students, aids, housing and recruits, as the public may read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd

from demomed.analysis.cohorts import cohort_steps, commitments, housing_gap
from demomed.analysis.public_counts import TOTAL, public_counts
from demomed.analysis.retention import HORIZONS, follow_up, retention
from demomed.core.document import SourceLine
from demomed.core.portrait import PlainTable
from demomed.core.report import Figure, Report, Section
from demomed.core.retold import Counts, may_be_told_again
from demomed.core.state import EarlierState
from demomed.core.territory import Territory
from demomed.dossiers.material import Material
from demomed.rendering.canvas import Canvas, Scale
from demomed.rendering.french import day, interval, join, number, plural, typeset, with_unit
from demomed.rendering.reports import dossier_words, make_report, plain_table

PAGE = "cohortes"
INPUT = "cohorts"
THRESHOLD = 5
KINDS: tuple[str, ...] = ("students", "aids", "housing", "recruits")
Tables = Mapping[str, pd.DataFrame]
Words = Mapping[str, Any]


def dossier(material: Material) -> Report | None:
    """What becomes of those whom the mission helps.

    Returns
    -------
    Report or None
        ``None`` when no table was given, or no day at which to read them.
    """
    tables = material.inputs.get(INPUT)
    if not tables or material.today is None:
        return None
    words = dossier_words(PAGE)
    threshold = 1 if material.public.internal else material.public.threshold
    before = _before(material)
    kept = retold_counts(material.territory, tables, material.today, before, threshold=threshold)
    withheld = set() if material.public.internal else set(tables) - set(kept)
    sections = []
    for kind in KINDS:
        if kind not in tables:
            continue
        if kind in withheld:
            sections.append(
                Section(typeset(words[f"section_{kind}"]), paragraphs=(typeset(words["withheld"]),))
            )
            continue
        told = _table(kind, words, material.territory, tables[kind], material.today, threshold)
        drawn = (
            _curve(words, tables[kind], material.today, threshold) if kind == "recruits" else None
        )
        sections.append(
            Section(
                typeset(words[f"section_{kind}"]),
                figures=(drawn,) if drawn is not None else (),
                tables=(told,),
            )
        )
    return make_report(
        PAGE,
        material.territory,
        material.public,
        lead=_lead(
            words,
            material.territory,
            {kind: table for kind, table in tables.items() if kind not in withheld},
            material.today,
            threshold,
        ),
        sections=sections,
        nature="register",
        version=material.version,
        source_lines=tuple(_source(words, kind, material) for kind in KINDS if kind in tables),
        date_label=words["date_label"].format(day=day(material.today.isoformat())),
        language=material.language,
    )


def _source(words: Words, kind: str, material: Material) -> SourceLine:
    at = day(material.today.isoformat()) if material.today else ""
    return SourceLine(
        id=f"cohorts_{kind}",
        title=typeset(words[f"section_{kind}"]),
        producer=typeset(words["source_producer"]),
        vintage="",
        as_of=at,
        licence=typeset(words["source_licence"]),
        page="",
        field=typeset(words["source_field"]),
    )


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
        told = public_counts(_whole(kind, words, territory, tables[kind], at), threshold=threshold)
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


def _before(material: Material) -> Sequence[Mapping[str, Counts]]:
    earlier = material.inputs.get("earlier")
    return earlier.cohorts if isinstance(earlier, EarlierState) else ()


def _whole(
    kind: str, words: Words, territory: Territory, table: pd.DataFrame, at: date
) -> pd.DataFrame:
    """Persons of a table, before anything is hidden."""
    if kind == "students":
        return _furthest(words, territory, table)
    if kind == "aids":
        return _states(words, table, at)
    if kind == "housing":
        known = housing_gap(table, territory.members("epci"))["interns_count"].dropna()
        return known.astype("int64").to_frame("interns")
    return _periods(table, at)


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
        _table(kind, words, territory, tables[kind], at, threshold)
        for kind in KINDS
        if kind in tables
    )


def _table(
    kind: str, words: Words, territory: Territory, table: pd.DataFrame, at: date, threshold: int
) -> PlainTable:
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
    counts = _furthest(words, territory, students)
    return _counts(words, words["table_students"], words["head_year"], counts, threshold)


def _furthest(words: Words, territory: Territory, students: pd.DataFrame) -> pd.DataFrame:
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


def _aids(words: Words, aids: pd.DataFrame, at: date, threshold: int) -> PlainTable:
    counts = _states(words, aids, at)
    return _counts(words, words["table_aids"], words["head_aid"], counts, threshold)


def _states(words: Words, aids: pd.DataFrame, at: date) -> pd.DataFrame:
    """Aids of each name by the state of their commitment."""
    state = commitments(aids, at)["state"]
    name = aids["aid_name"].astype(object).where(aids["aid_name"].notna(), words["no_name"])
    counts = pd.crosstab(name, state).reindex(columns=list(words["states"]), fill_value=0)
    return counts.set_axis(list(words["states"].values()), axis=1)


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


def _recruits(words: Words, recruits: pd.DataFrame, at: date, threshold: int) -> PlainTable:
    told = published_retention(recruits, at, threshold=threshold)
    starts = (0.0, *told.index[:-1])
    lines = [
        (
            _period(words, start, stop),
            _hidden(words, row["left"]),
            "" if pd.isna(row["share"]) else _percent(row["share"]),
            ""
            if pd.isna(row["low"])
            else with_unit(interval(100 * row["low"], 100 * row["high"]), "%"),
        )
        for start, (stop, row) in zip(starts, told.iterrows(), strict=True)
    ]
    return plain_table(words["table_recruits"], words["heads_recruits"], lines, numeric=(1, 2, 3))


def _period(words: Words, start: float, stop: float) -> str:
    if stop == float("inf"):
        return str(words["still"])
    if not start:
        return str(words["period_first"].format(stop=number(stop)))
    return str(words["period"].format(start=number(start), stop=number(stop)))


def _curve(words: Words, recruits: pd.DataFrame, at: date, threshold: int) -> Figure | None:
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


def _lead(words: Words, territory: Territory, tables: Tables, at: date, threshold: int) -> str:
    parts = []
    for kind in KINDS:
        count = _told_count(kind, words, territory, tables, at, threshold)
        if count is not None:
            parts.append(words[f"lead_{kind}"].format(count=plural(count, *words[kind])))
    text = words["lead"].format(parts=join(parts)) if parts else words["lead_secret"]
    return str(text[0].upper() + text[1:])


def _told_count(
    kind: str, words: Words, territory: Territory, tables: Tables, at: date, threshold: int
) -> int | None:
    """Whole of a table when its own figures tell it."""
    if kind not in tables:
        return None
    if kind == "housing":
        return int(tables[kind]["places_count"].sum())
    counts = _whole(kind, words, territory, tables[kind], at)
    total = public_counts(counts, threshold=threshold).iloc[-1, -1]
    return None if pd.isna(total) else int(total)


def _hidden(words: Words, value: Any) -> str:
    return str(words["secret"]) if value is None or pd.isna(value) else number(int(value))


def _percent(share: float) -> str:
    return with_unit(number(100 * share), "%")


def _signed(value: int) -> str:
    return ("+" if value > 0 else "") + number(value)
