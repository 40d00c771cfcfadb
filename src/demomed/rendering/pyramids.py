"""Age pyramids and series of a department, from public counts: inline drawings and their tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from demomed.core.catalogue import entry
from demomed.core.portrait import Cell, Figure, PlainTable
from demomed.core.territory import Territory
from demomed.rendering.canvas import Canvas, Scale, ticks
from demomed.rendering.french import calls, number, typeset, with_unit

OLD = 55
"""Age from which a departure is near, as everywhere on the portal."""
ROW, MIDDLE, SIDE, TOP = 22.0, 116.0, 240.0, 34.0
"""Height of an age, width of its name, width of a side, and room for the heads of the sides."""
PANEL = (260.0, 150.0)
"""Size of one of the small multiples."""


@dataclass(frozen=True)
class Drawn:
    """Drawings of a department, the tables behind them, the sources they credit, and their reserve."""

    pyramids: tuple[Figure, ...]
    series: tuple[Figure, ...]
    tables: tuple[PlainTable, ...]
    source_ids: tuple[str, ...]
    caveats: tuple[str, ...] = ()


def department_drawings(territory: Territory, texts: Mapping[str, Any]) -> Drawn:
    """Age pyramids and small multiples that the catalogue asks for and public counts allow.

    Parameters
    ----------
    territory
        The department; its ``demography`` holds counts published by department, age and sex.
    texts
        Texts of the language.

    Returns
    -------
    Drawn
        Only what the sources give: a profession without counts by age has no pyramid, one with a
        single year no series.
    """
    declared, words = entry("portraits", "departement"), texts["compose"]["drawings"]
    code = territory.department.code
    table = territory.demography
    mine = table.loc[(table["area_level"] == "departement") & (table["area_code"] == code)]
    pyramids, series, tables, used = [], [], [], []
    published: dict[str, list[str]] = {}
    for asked in declared["pyramids"]:
        ages = _by_age(_rows(mine, asked))
        if len(ages):
            figure, behind = _pyramid(ages, asked, calls(territory.department)["of"], words)
            pyramids.append(figure)
            tables.append(behind)
            used.append(asked["source"])
            label, source = asked["label"], territory.sources.get(asked["source"])
            told = {"label": label[:1].lower() + label[1:], "year": int(ages["year"].iloc[0])}
            producer = source.producer if source else asked["source"]
            published.setdefault(producer, []).append(words["published_of"].format(**told))
    for asked in declared["series"]:
        years = _by_year(_rows(mine, asked))
        if len(years) > 1:
            series.append(_panel(years, asked, words))
            used.append(asked["source"])
    caveats = tuple(
        typeset(words["published"].format(producer=producer, drawings=" ; ".join(drawings)))
        for producer, drawings in published.items()
    )
    credited = tuple(dict.fromkeys(used))
    return Drawn(tuple(pyramids), tuple(series), tuple(tables), credited, caveats)


def _rows(table: pd.DataFrame, asked: Mapping[str, str]) -> pd.DataFrame:
    return table.loc[
        (table["source_id"] == asked["source"]) & (table["service"] == asked["service"])
    ]


def _by_age(rows: pd.DataFrame) -> pd.DataFrame:
    """Persons by age band (rows, youngest first) and sex, of the last year that tells both."""
    told = rows.loc[(rows["age_band"] != "all") & rows["sex"].isin(["female", "male"])]
    if told.empty:
        return told
    last = told.loc[told["year"] == told["year"].max()]
    wide = last.pivot_table("count", "age_band", "sex", aggfunc="sum", observed=True)
    wide = wide.reindex(columns=["male", "female"]).fillna(0.0)
    wide = wide.loc[sorted(wide.index, key=_first_age)]
    return wide.assign(year=int(last["year"].iloc[0]))


def _by_year(rows: pd.DataFrame) -> pd.Series:
    every = rows.loc[(rows["age_band"] == "all") & (rows["sex"] == "all")]
    return every.groupby("year")["count"].sum(min_count=1).dropna().astype(float)


def _first_age(band: str) -> int:
    """Youngest age of a band; « <25 » comes before « 25-29 »."""
    return int(re.findall(r"\d+", band)[0]) - (1 if band.startswith("<") else 0)


def _age_name(band: str, words: Mapping[str, Any]) -> str:
    ends = re.findall(r"\d+", band)
    kind = "under" if band.startswith("<") else "over" if band.endswith("+") else "between"
    return typeset(words[kind].format(low=ends[0], high=ends[-1]))


def _pyramid(
    ages: pd.DataFrame, asked: Mapping[str, str], of: str, words: Mapping[str, Any]
) -> tuple[Figure, PlainTable]:
    names = [_age_name(str(band), words) for band in ages.index]
    every = ages[["male", "female"]].to_numpy().sum()
    old = ages.loc[[_first_age(str(band)) >= OLD for band in ages.index]]
    share = number(100 * old[["male", "female"]].to_numpy().sum() / every) if every else "0"
    told = {"label": asked["label"], "of": of, "year": int(ages["year"].iloc[0])}
    title = typeset(words["pyramid"].format(**told))
    note = typeset(
        words["pyramid_note"].format(share=with_unit(share, "%"), age=OLD, total=number(every))
    )
    behind = typeset(words["pyramid_table"].format(**told))
    caption = typeset(words["pyramid_caption"].format(**told))
    top = float(ages[["male", "female"]].to_numpy().max()) or 1.0
    canvas = Canvas(
        2 * SIDE + MIDDLE,
        TOP + ROW * len(ages) + 4,
        title,
        f"{note} {typeset(words['in_table'])}",
        key=f"ages-{asked['source']}",
    )
    left, right = Scale(0, top, SIDE, 44), Scale(0, top, SIDE + MIDDLE, 2 * SIDE + MIDDLE - 44)
    canvas.text(SIDE, 18, typeset(words["male"]), "text", anchor="end")
    canvas.text(SIDE + MIDDLE, 18, typeset(words["female"]), "text")
    for place, (name, row) in enumerate(zip(names[::-1], ages[::-1].itertuples(), strict=True)):
        y = TOP + ROW * place
        canvas.text(SIDE + MIDDLE / 2, y + 14, name, "small", anchor="middle")
        men, women = float(str(row.male)), float(str(row.female))
        canvas.bar(left(men), y, SIDE - left(men), ROW - 4, "bar-soft")
        canvas.bar(right(0), y, right(women) - right(0), ROW - 4, "bar")
        canvas.text(left(men) - 6, y + 14, number(men), "small", anchor="end")
        canvas.text(right(women) + 6, y + 14, number(women), "small")
    heads = tuple(
        Cell(typeset(words[key]), numeric=key != "age") for key in ("age", "male", "female")
    )
    cells = tuple(
        (
            Cell(name, header=True),
            Cell(number(float(str(row.male))), numeric=True),
            Cell(number(float(str(row.female))), numeric=True),
        )
        for name, row in zip(names, ages.itertuples(), strict=True)
    )
    return Figure(title, canvas.svg(), note), PlainTable(behind, caption, note, heads, cells)


def _panel(years: pd.Series, asked: Mapping[str, str], words: Mapping[str, Any]) -> Figure:
    """One series from zero: first and last values written, nothing between them smoothed."""
    first, last = int(years.index[0]), int(years.index[-1])
    begin, end = float(years.iloc[0]), float(years.iloc[-1])
    title = typeset(asked["label"])
    said = typeset(
        words["panel"].format(begin=number(begin), end=number(end), first=first, last=last)
    )
    values = "\u202f; ".join(f"{year}\u00a0: {number(v)}" for year, v in years.items())
    width, height = PANEL
    canvas = Canvas(width, height, title, f"{said} {values}.", key=_key(asked))
    top = ticks(0, float(years.max()) or 1.0, 2)[-1]
    across, up = Scale(first, last, 34, width - 34), Scale(0, top, height - 26, 30)
    canvas.line([(across.start, up.start), (across.stop, up.start)], "axis")
    canvas.line([(across(float(str(x))), up(float(v))) for x, v in years.items()], "line")
    for year, value in ((first, begin), (last, end)):
        canvas.mark(across(year), up(value))
        canvas.text(across(year), up(value) - 9, number(value), "halo", anchor="middle")
        canvas.text(across(year), height - 8, str(year), "small", anchor="middle")
    return Figure(title, canvas.svg(), said)


def _key(asked: Mapping[str, str]) -> str:
    return f"serie-{asked['source']}-{asked['service']}"
