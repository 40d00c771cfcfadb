"""« Villes et campagnes »: supply and access by level of the density grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from demomed.analysis.indicators.inputs import population
from demomed.analysis.standing import by_density_class
from demomed.core.catalogue import texts as catalogue_texts
from demomed.core.indicator import get_indicator
from demomed.core.portrait import PlainTable
from demomed.core.report import Figure, Report, Section
from demomed.dossiers.material import Material
from demomed.rendering.canvas import Canvas, Scale, ticks
from demomed.rendering.french import join, number, typeset, with_unit
from demomed.rendering.reports import dossier_words, make_report, plain_table

PAGE = "ruralite"
RURAL = 3


def dossier(material: Material) -> Report | None:
    """Each indicator of the declaration by type of commune, in seven and in three classes.

    Returns
    -------
    Report or None
        ``None`` where no commune has a class, where all are of one type, or without any figure.
    """
    words = dossier_words(PAGE, material.territory.times_nature)
    people = _own(material, population(material.territory))
    classes = _own(material, material.territory.communes["density_class"])
    seven = _crossed(material, classes, people, words, 7)
    three = _crossed(material, classes, people, words, 3)
    measured = three[list(range(len(words["columns"])))]
    if len(three) < 2 or RURAL not in three.index or measured.isna().all(axis=None):
        return None
    names = catalogue_texts(material.language)["compose"]["density_classes"]
    sections = (
        Section(
            typeset(words["three_section"]),
            tables=(_table(three, words["three_table"], words["three"], words),),
        ),
        Section(
            typeset(words["section"]),
            figures=(_figure(seven, names, words),),
            tables=(_table(seven, words["table"], names, words),),
        ),
    )
    wanted = {(c["indicator"], c["profession"]) for c in words["columns"]}
    told = material.public.select(level="commune").table
    told = told.loc[
        [pair in wanted for pair in zip(told["indicator"], told["profession"], strict=True)]
    ]
    sources = dict.fromkeys(";".join(told["sources"].unique()).split(";"))
    return make_report(
        PAGE,
        material.territory,
        material.public,
        lead=_lead(material, three, classes, people, words),
        sections=sections,
        nature="derived",
        version=material.version,
        sources=tuple(dict.fromkeys([*sources, "insee_density_grid"])),
        date_label=material.dates_of(words["columns"]),
        language=material.language,
    )


def _own(material: Material, values: pd.Series) -> pd.Series:
    return values.loc[material.territory.members("commune").index]


def _crossed(
    material: Material,
    classes: pd.Series,
    people: pd.Series,
    words: Mapping[str, Any],
    groups: Literal[3, 7],
) -> pd.DataFrame:
    """Columns of the declaration, ``people`` and ``count``, by class."""
    whole = by_density_class(people, people, classes, groups=groups)
    table = pd.DataFrame({"count": whole["count"], "people": whole["weight"]})
    for place, column in enumerate(words["columns"]):
        values, weights = _measured(material, column)
        scale = get_indicator(column["indicator"]).scale
        table[place] = scale * by_density_class(values, weights, classes, groups=groups)["value"]
    return table


def _measured(material: Material, column: Mapping[str, Any]) -> tuple[pd.Series, pd.Series]:
    rows = material.public.select(
        column["indicator"], profession=column["profession"], level="commune"
    ).table.set_index("zone_code")
    return rows["value"].astype(float), rows["denominator"].astype(float)


def _shown(value: float, decimals: int, words: Mapping[str, Any]) -> str:
    return number(value, decimals) if value == value else str(words["absent"])


def _table(
    table: pd.DataFrame, caption: str, names: Mapping[str, str], words: Mapping[str, Any]
) -> PlainTable:
    columns: Sequence[Mapping[str, Any]] = words["columns"]
    lines = [
        (
            names[str(code)][:1].upper() + names[str(code)][1:],
            number(row["count"]),
            number(row["people"]),
            *(_shown(row[k], c["decimals"], words) for k, c in enumerate(columns)),
        )
        for code, row in table.iterrows()
    ]
    heads = [
        words["head_class"],
        words["head_count"],
        words["head_people"],
        *(c["head"] for c in columns),
    ]
    return plain_table(caption, heads, lines, numeric=range(1, len(heads)))


def _lead(
    material: Material,
    three: pd.DataFrame,
    classes: pd.Series,
    people: pd.Series,
    words: Mapping[str, Any],
) -> str:
    """Share of the rural communes, then the rural against all the others."""
    share = three.loc[RURAL, "people"] / people.sum()
    others = classes.where(classes < 5)
    sentences = []
    for name, wanted in (("apl", "apl"), ("minutes", "minutes_nearest")):
        place = next(k for k, c in enumerate(words["columns"]) if c["indicator"] == wanted)
        column = words["columns"][place]
        values, weights = _measured(material, column)
        flat = others.where(others.isna(), 2)
        other = by_density_class(values, weights, flat, groups=3)["value"]
        rural = three.loc[RURAL, place]
        if rural == rural and len(other) and other.iloc[0] == other.iloc[0]:
            texts = (number(v, column["decimals"]) for v in (rural, other.iloc[0]))
            sentences.append(
                words["sentence"][name].format(**dict(zip(("rural", "other"), texts, strict=True)))
            )
    return str(words["lead"]).format(
        share=with_unit(number(100 * share), "%"),
        of=material.territory.department.of,
        sentences=" ".join(sentences),
    )


def _figure(table: pd.DataFrame, names: Mapping[str, str], words: Mapping[str, Any]) -> Figure:
    place = next(k for k, c in enumerate(words["columns"]) if c["indicator"] == "apl")
    known = table.loc[table[place].notna()]
    row, left = 34.0, 260.0
    items = [f"{names[str(c)]} : {number(v, 1)}" for c, v in known[place].items()]
    title = typeset(words["chart"])
    told = typeset(words["chart_description"].format(names=join(items)))
    height = 30 + row * len(known)
    canvas = Canvas(680, height + 40, title, told, key=PAGE)
    marks = ticks(0, float(known[place].max()) if len(known) else 1.0, 4)
    across, up = Scale(marks[0], marks[-1], left, 640), Scale(0, 1, height, 16)
    canvas.axes(across, up, x_ticks=marks, y_ticks=(), label=lambda v: number(v, 1))
    for k, ((code, value), item) in enumerate(zip(known[place].items(), items, strict=True)):
        y = 20 + row * k
        canvas.text(left - 10, y + 17, names[str(code)], "text", anchor="end")
        canvas.bar(left, y + 3, across(value) - left, row - 12, "bar", tip=typeset(item))
        canvas.text(across(value) + 6, y + 17, number(value, 1), "text")
    return Figure(title, canvas.svg(), typeset(words["chart_note"]))
