"""« Évolution »: national series of the department, never joining two definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from demomed.analysis.trend import Trend, series_apl, series_published, series_supply, trend
from demomed.core.faults import InputError
from demomed.core.report import Figure, Report, Section
from demomed.core.territory import Territory
from demomed.dossiers.material import Material
from demomed.rendering.canvas import Canvas, Scale, ticks
from demomed.rendering.french import capitalised, join, number, typeset, with_unit
from demomed.rendering.reports import dossier_words, make_report, plain_table

PAGE = "evolution"
SECTIONS: tuple[str, ...] = ("people", "supply", "apl")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640.0, 260.0, 50.0, 560.0, 36.0, 208.0
Words = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """One series of the page: that of the department, and of France when it is published.

    ``told`` is missing its comparison when the definition changes on the way, or when its producer
    advises against comparing its vintages (``has_vintages``).
    """

    label: str
    section: str
    decimals: int
    told: Trend
    beside: Trend | None
    has_vintages: bool

    @property
    def is_broken(self) -> bool:
        """Whether two definitions follow each other."""
        return bool(self.told.table["is_break"].any())

    @property
    def is_comparable(self) -> bool:
        """Whether a change may be told from the first year to the last."""
        return not self.is_broken and not self.has_vintages

    @property
    def ends(self) -> tuple[int, int]:
        """First and last year."""
        return int(self.told.table.index[0]), int(self.told.table.index[-1])


def dossier(material: Material) -> Report | None:
    """How the supply of the department evolves, source by source.

    Returns
    -------
    Report or None
        ``None`` when no series of the department has two years.
    """
    words = dossier_words(PAGE)
    lines = [
        line
        for declared in words["series"]
        if (line := _line(material.territory, declared)) is not None
    ]
    if not lines:
        return None
    sections = [
        Section(
            typeset(words[f"section_{name}"]),
            figures=tuple(
                _figure(words, material.territory, line, rank)
                for rank, line in enumerate(lines)
                if line.section == name
            ),
        )
        for name in SECTIONS
        if any(line.section == name for line in lines)
    ]
    sections.append(Section(typeset(words["section_table"]), tables=(_table(words, lines),)))
    years = _years_drawn(lines)
    report = make_report(
        PAGE,
        material.territory,
        material.public,
        lead=_lead(words, material.territory, lines),
        sections=sections,
        nature="official",
        version=material.version,
        sources=tuple(id_ for id_ in years if id_ in material.territory.sources),
        language=material.language,
    )
    credited = (
        line if len(years[line.id]) < 2 else replace(line, vintage=_vintages(years[line.id]))
        for line in report.sources
    )
    return replace(report, sources=tuple(credited))


def _years_drawn(lines: Sequence[Line]) -> dict[str, list[int]]:
    """Years that the page draws of each source, in the order met."""
    found: dict[str, set[int]] = {}
    for line in lines:
        for trend_ in filter(None, (line.told, line.beside)):
            for year, source_id in trend_.table["source_id"].dropna().items():
                found.setdefault(str(source_id), set()).add(int(str(year)))
    return {source_id: sorted(years) for source_id, years in found.items()}


def _vintages(years: Sequence[int]) -> str:
    """« 2012 à 2025 » where no year is missing, « 2017, 2020 et 2021 » else."""
    words = dossier_words(PAGE)
    whole = len(years) > 2 and years[-1] - years[0] + 1 == len(years)
    span = words["vintages"].format(first=years[0], last=years[-1])
    return typeset(span if whole else join([str(year) for year in years]))


def _line(territory: Territory, declared: Mapping[str, Any]) -> Line | None:
    """A declared series, ``None`` where the department has fewer than two years of it."""
    beside = None
    try:
        if declared["kind"] == "published":
            told = _known(series_published(territory, declared["source"], declared["name"]))
            beside = _of_france(territory, declared)
        else:
            read = series_supply if declared["kind"] == "supply" else series_apl
            told = _known(read(territory, territory.members("departement"), declared["service"]))
    except InputError:
        return None
    if len(told) < 2 or not told["value"].iloc[0] > 0:
        return None
    base = int(told["year"].iloc[0])
    if beside is not None and base not in set(beside["year"]):
        beside = None
    return Line(
        str(declared["label"]),
        str(declared["section"]),
        int(declared.get("decimals", 0)),
        trend(told, base, force=True),
        None if beside is None else trend(beside, base),
        has_vintages=declared["kind"] == "supply",
    )


def _known(series: pd.DataFrame) -> pd.DataFrame:
    return series.dropna(subset="value").sort_values("year", ignore_index=True)


def _of_france(territory: Territory, declared: Mapping[str, Any]) -> pd.DataFrame | None:
    rows = territory.demography
    codes = rows.loc[
        (rows["source_id"] == declared["source"]) & (rows["area_level"] == "france"), "area_code"
    ].unique()
    if len(codes) != 1:
        return None
    try:
        return _known(
            series_published(
                territory, declared["source"], declared["name"],
                area_code=str(codes[0]), area_level="france",
            )
        )  # fmt: skip
    except InputError:
        return None


def _lead(words: Words, territory: Territory, lines: list[Line]) -> str:
    line = next((line for line in lines if line.is_comparable), lines[0])
    start, stop = line.ends
    values = line.told.table["value"]
    beside = (
        ""
        if line.beside is None
        else words["lead_beside"].format(change=_change(line.beside, stop))
    )
    return str(
        words["lead"].format(
            **{"in": territory.department.in_},
            label=line.label,
            first=number(values.iloc[0], line.decimals),
            last=number(values.iloc[-1], line.decimals),
            start=start,
            stop=stop,
            change=_told_change(words, line),
            beside=beside,
        )
    )


def _told_change(words: Words, line: Line) -> str:
    return _change(line.told, line.ends[1]) if line.is_comparable else str(words["not_compared"])


def _change(told: Trend, year: int) -> str:
    """Change since the base year, in percent."""
    value = float(told.table["index_100"].get(year, float("nan")))
    if pd.isna(value):
        return ""
    change = round(value - 100)
    return with_unit(("+" if change > 0 else "") + number(change), "%")


def _table(words: Words, lines: list[Line]) -> Any:
    rows = []
    for line in lines:
        start, stop = line.ends
        values = line.told.table["value"]
        rows.append(
            (
                line.label,
                str(start),
                str(stop),
                number(values.iloc[0], line.decimals),
                number(values.iloc[-1], line.decimals),
                _told_change(words, line),
                "" if line.beside is None else _change(line.beside, stop),
            )
        )
    return plain_table(words["table"], words["heads"], rows, numeric=(1, 2, 3, 4, 5, 6))


def _figure(words: Words, territory: Territory, line: Line, rank: int) -> Figure:
    table, (start, stop) = line.told.table, line.ends
    column = "value" if line.beside is None else "index_100"
    beside = None if line.beside is None else line.beside.table.loc[:stop, "index_100"]
    name = typeset(words["chart"].format(label=line.label, start=start, stop=stop))
    points = join(
        [words["point"].format(value=number(v, line.decimals), year=y) for y, v in table["value"].items()]
    )  # fmt: skip
    described = words["description"].format(label=line.label, points=points)
    canvas = Canvas(WIDTH, HEIGHT, name, typeset(described), key=f"{PAGE}-{rank}")
    across, up = _axes(words, canvas, line, column, beside)
    if beside is not None:
        canvas.line([(across(y), up(v)) for y, v in beside.items()], "soft")
        canvas.text(RIGHT + 6, up(beside.iloc[-1]) + 4, typeset(words["france"]), "small")
    for _, part in table.groupby(table["is_break"].cumsum()):
        places = [(across(y), up(v)) for y, v in part[column].items()]
        if len(places) > 1 and not line.has_vintages:
            canvas.line(places, "line")
    for year, row in table.iterrows():
        told = words["point"].format(value=number(row["value"], line.decimals), year=year)
        canvas.mark(across(year), up(row[column]), radius=3.5, tip=typeset(told))
        if row["is_break"]:
            _draw_break(words, canvas, across, table, int(year))
    last = table.iloc[-1]
    canvas.text(RIGHT + 6, up(last[column]) + 4, number(last["value"], line.decimals), "halo")
    return Figure(name, canvas.svg(), typeset(_note(words, territory, line)))


def _axes(
    words: Words, canvas: Canvas, line: Line, column: str, beside: pd.Series | None
) -> tuple[Scale, Scale]:
    values = line.told.table[column]
    low, high = float(values.min()), float(values.max())
    if beside is not None:
        low, high = min(low, beside.min(), 100.0), max(high, beside.max(), 100.0)
    marks = ticks(low if beside is not None else 0.0, high, 4)
    start, stop = line.ends
    across = Scale(start, stop, LEFT, RIGHT)
    up = Scale(marks[0], marks[-1], BOTTOM, TOP)
    years = [int(y) for y in line.told.table.index]
    step = max(1, -(-len(years) // 8))
    decimals = line.decimals if beside is None and marks[-1] < 10 else 0
    canvas.axes(
        across,
        up,
        x_ticks=years[::step],
        y_ticks=marks,
        label=lambda value: number(value, decimals),
        x_label=lambda value: str(int(value)),
        y_title=typeset(words["chart_index"].format(start=start)) if beside is not None else "",
    )
    return across, up


def _draw_break(
    words: Words, canvas: Canvas, across: Scale, table: pd.DataFrame, year: int
) -> None:
    """A broken line between the two years that do not compare."""
    before = max(int(y) for y in table.index if y < year)
    x = across((before + year) / 2)
    canvas.line([(x, TOP), (x, BOTTOM)], "soft")
    canvas.text(x, TOP - 8, typeset(words["break_mark"]), "small", anchor="middle")


def _note(words: Words, territory: Territory, line: Line) -> str:
    if line.is_broken:
        return str(words["note_break"].format(notices=" ".join(line.told.notices)))
    definition = capitalised(str(line.told.table["definition"].iloc[0]))
    if line.has_vintages:
        return str(words["note_vintages"].format(definition=definition))
    key = "note" if line.beside is None else "note_index"
    return str(words[key].format(definition=definition, department=territory.department.name))
