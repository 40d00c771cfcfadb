"""« Hasard ou écart ? »: the funnel plot of the densities of general practitioners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from demomed.analysis.funnel import funnel_limits
from demomed.core.report import Figure, Report, Section
from demomed.dossiers.material import Material
from demomed.rendering.canvas import Canvas, Scale, ticks
from demomed.rendering.french import count_word, join, number, typeset, with_unit
from demomed.rendering.reports import dossier_words, make_report, plain_table

PAGE = "dispersion"
PER = 1e5


def dossier(material: Material) -> Report | None:
    """The funnel plot of the department, and the territories that stand out of chance.

    Returns
    -------
    Report or None
        ``None`` when fewer than three territories have a density.
    """
    rows = _densities(material)
    target = _target(material)
    if len(rows) < 3 or target is None:
        return None
    words = dossier_words(PAGE)
    read = _read(rows, target, words)
    out = read.loc[read["out"]]
    told = {"count": count_word(len(read), feminine=True), "target": number(target * PER)}
    one, many = words["deviates"]
    lead = (
        words["lead"].format(
            out=count_word(len(out), feminine=True),
            verb=one if len(out) == 1 else many,
            names=join([f"{row.zone_name} ({row.reading})" for row in out.itertuples()]),
            **told,
        )
        if len(out)
        else words["lead_none"].format(**told)
    )
    section = Section(
        title=typeset(words["section"]),
        figures=(_figure(read, target, words),),
        tables=(_table(read, words),),
    )
    return make_report(
        PAGE,
        material.territory,
        material.public,
        lead=lead,
        sections=(section,),
        nature="derived",
        version=material.version,
        sources=tuple(dict.fromkeys(";".join(read["sources"]).split(";"))),
        date_label=material.date_of("density_gp"),
        language=material.language,
    )


def _densities(material: Material) -> pd.DataFrame:
    rows = material.public.select("density", profession="gp", level="epci").table
    return rows.loc[rows["value"].notna() & (rows["denominator"] > 0)].reset_index(drop=True)


def _target(material: Material) -> float | None:
    whole = material.public.select("density", profession="gp", level="departement").table
    if whole.empty or not whole["denominator"].iloc[0] > 0:
        return None
    return float(whole["numerator"].iloc[0] / whole["denominator"].iloc[0])


def _read(rows: pd.DataFrame, target: float, words: Mapping[str, Any]) -> pd.DataFrame:
    base, rate = rows["denominator"], rows["numerator"] / rows["denominator"]
    outer = funnel_limits(base, target, level=0.998)
    inner = funnel_limits(base, target, level=0.95)
    below, above = rate < outer["low"], rate > outer["high"]
    near = (rate < inner["low"]) | (rate > inner["high"])
    reading = np.select(
        [below, above, near],
        [words["below"], words["above"], words["between"]],
        words["inside"],
    )
    return rows.assign(
        rate=rate * PER,
        low=outer["low"] * PER,
        high=outer["high"] * PER,
        out=below | above,
        reading=reading,
    ).sort_values(["rate", "zone_code"], ignore_index=True)


def _figure(read: pd.DataFrame, target: float, words: Mapping[str, Any]) -> Figure:
    people = ticks(0, float(read["denominator"].max()), 4)
    rates = ticks(0, float(max(read["rate"].max(), target * PER * 1.6)), 5)
    canvas = Canvas(
        640,
        400,
        typeset(words["chart"]),
        typeset(
            words["description"].format(
                count=count_word(len(read), feminine=True),
                target=number(target * PER),
                names=join([f"{r.zone_name} : {r.reading}" for r in read.itertuples()]),
            )
        ),
        key=PAGE,
    )
    across, up = Scale(people[0], people[-1], 56, 590), Scale(rates[0], rates[-1], 348, 28)
    canvas.axes(
        across,
        up,
        x_ticks=people,
        y_ticks=rates,
        label=number,
        x_title=typeset(words["x_title"]),
        y_title=typeset(words["y_title"]),
    )
    bases = np.geomspace(max(read["denominator"].min() / 2, 500), people[-1], 80)
    for level, look in ((0.95, "axis"), (0.998, "soft")):
        limits = funnel_limits(bases, target, level=level) * PER
        for side in ("low", "high"):
            ends = limits[side].clip(upper=rates[-1])
            canvas.line([(across(b), up(v)) for b, v in zip(bases, ends, strict=True)], look)
        canvas.text(
            595,
            up(ends.iloc[-1]) + 4,
            with_unit(number(level * 100, 0 if level == 0.95 else 1), "%"),
            "small",
        )
    canvas.line([(across.start, up(target * PER)), (across.stop, up(target * PER))], "hard")
    for row in read.itertuples():
        x, y = across(row.denominator), up(row.rate)
        canvas.mark(
            x,
            y,
            "out" if row.out else "mark",
            radius=6 if row.out else 5,
            tip=typeset(f"{row.zone_name} : {number(row.rate)}, {row.reading}"),
        )
        if row.out:
            left = x > 420
            canvas.text(
                x - 10 if left else x + 10,
                y + 4,
                str(row.zone_name),
                "halo",
                anchor="end" if left else "start",
            )
    return Figure(typeset(words["chart"]), canvas.svg(), typeset(words["chart_note"]))


def _table(read: pd.DataFrame, words: Mapping[str, Any]) -> Any:
    lines = [
        (
            str(row.zone_name),
            number(row.numerator),
            number(row.denominator),
            number(row.rate),
            f"{number(row.low)} à {number(row.high)}",
            str(row.reading),
        )
        for row in read.itertuples()
    ]
    return plain_table(words["table"], words["heads"], lines, numeric=(1, 2, 3, 4))
