"""« Parmi les départements »: densities against the region, France and every department."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from demomed.analysis.standing import Standing, shared_population, standing, with_rates
from demomed.core import catalogue
from demomed.core.portrait import PlainTable
from demomed.core.report import Figure, Report, Section
from demomed.dossiers.material import Material
from demomed.rendering.canvas import Canvas, Scale, ticks
from demomed.rendering.french import (
    capitalised,
    count_word,
    interval,
    join,
    number,
    ordinal,
    typeset,
)
from demomed.rendering.reports import dossier_words, make_report, plain_table

PAGE = "rang_national"
LEAST = 50
"""Departments below which a rank is not national."""
FURTHEST = 3.0
"""Ratio to France at which the drawing stops."""


@dataclass(frozen=True)
class Placed:
    """One profession: every department's density, and where this one stands."""

    service: str
    label: str
    rates: pd.DataFrame
    own: pd.Series
    region: float
    france: float
    place: Standing

    @property
    def reading(self) -> str:
        """``low`` or ``high`` when France lies outside the interval, ``same`` otherwise."""
        if self.own["high"] < self.france:
            return "low"
        return "high" if self.own["low"] > self.france else "same"

    @property
    def told(self) -> bool:
        """Whether its interval is known."""
        return bool(self.own["high"] == self.own["high"])

    @property
    def widths(self) -> float:
        """How many upper half-widths of its interval separate the density from that of France."""
        gap = self.france - float(self.own["density"])
        return gap / (float(self.own["high"]) - float(self.own["density"]))

    @property
    def ratio(self) -> float:
        """Density over that of France."""
        return float(self.own["density"]) / self.france


def dossier(material: Material) -> Report | None:
    """Rank of the department for each profession that the source counts everywhere.

    Returns
    -------
    Report or None
        ``None`` when the data hold too few departments to rank.
    """
    declared = dossier_words(PAGE)
    words, source = declared["words"], str(declared["source"])
    rows = material.territory.demography
    rows = rows.loc[(rows["source_id"] == source) & (rows["age_band"] == "all")]
    rows = rows.loc[(rows["sex"] == "all") & (rows["year"] == rows["year"].max())]
    wide = rows.pivot_table(
        index=["area_level", "area_code"],
        columns="profession_label",
        values=["count", "density_per_100k"],
    ).astype(float)
    labels = dict(zip(rows["service"], rows["profession_label"], strict=True))
    found = {s: _placed(material, wide, s, labels.get(s, "")) for s in declared["services"]}
    placed = [p for p in found.values() if p]
    if not placed:
        return None
    lines = [line for p in placed for line in _lines(material, wide, p, declared["fields"])]
    year = int(rows["year"].iloc[0])
    section = Section(
        typeset(words["section"]),
        figures=(_figure(material, placed, words),),
        tables=(_table(material, lines, year, words),),
    )
    return make_report(
        PAGE,
        material.territory,
        material.public,
        lead=_lead(material, placed, words, declared["populations"]),
        sections=(section,),
        nature="official",
        version=material.version,
        sources=(source,),
        date_label=str(year),
        language=material.language,
    )


def _lines(
    material: Material, wide: pd.DataFrame, whole: Placed, fields: Mapping[str, Mapping[str, str]]
) -> list[tuple[str, Placed]]:
    """A profession, named with its field if the source has a narrower one, which follows."""
    service = catalogue.services()[whole.service]
    part = _placed(material, wide, service.id, service.ameli_part)
    if part is None:
        return [(service.label, whole)]
    field = fields[service.id]
    return [
        (f"{service.label} ({field['whole']})", whole),
        (f"{service.label} ({field['part']})", part),
    ]


def _placed(material: Material, wide: pd.DataFrame, service: str, label: str) -> Placed | None:
    """Where the department stands for one label of the source, ``None`` if that is not known."""
    if label not in wide.columns.levels[1]:
        return None
    counts, densities = wide["count"], wide["density_per_100k"]
    held = counts.index[counts[label].notna()]
    if set(held.get_level_values("area_level")) != {"departement", "region", "france"}:
        return None
    whole = ("france", counts.loc["france"].index[0])
    people = shared_population(counts, densities, label, whole=whole)
    rates = with_rates(counts[label], densities[label], population=people)
    known = rates.loc["departement"].loc[counts.loc["departement", label].notna()]
    department = material.territory.department
    if len(known) < LEAST or department.code not in known.index:
        return None
    region = densities.loc["region", label].reindex([department.region_code]).iloc[0]
    france = float(densities.loc["france", label].iloc[0])
    own, place = known.loc[department.code], standing(known, department.code)
    return Placed(service, label, known, own, float(region), france, place)


def _span(place: Standing, words: Mapping[str, Any]) -> str:
    return str(words["span"]).format(best=ordinal(place.best), last=ordinal(place.worst))


def _lead(
    material: Material,
    placed: Sequence[Placed],
    words: Mapping[str, Any],
    populations: Mapping[str, str],
) -> str:
    low = [p for p in placed if p.reading == "low"]
    worst = max(low, key=lambda p: p.widths) if low else min(placed, key=lambda p: p.ratio)
    pattern = "lead_none" if not low else "lead_one" if len(low) == 1 else "lead_many"
    department = material.territory.department
    return str(words[pattern]).format(
        low_count=count_word(len(low), feminine=True),
        all_count=count_word(len(placed), feminine=True),
        worst=catalogue.services()[worst.service].label,
        persons=number(worst.own["count"]),
        people=populations.get(worst.service, populations["default"]),
        value=number(worst.own["density"]),
        france=number(worst.france),
        rank=ordinal(worst.place.rank),
        count=number(worst.place.count),
        span=_span(worst.place, words),
        of=department.of,
        **{"in": department.in_},
    )


def _table(
    material: Material,
    placed: Sequence[tuple[str, Placed]],
    year: int,
    words: Mapping[str, Any],
) -> PlainTable:
    lines = [
        (
            capitalised(name),
            number(p.own["count"]),
            number(p.own["density"]),
            interval(p.own["low"], p.own["high"]) if p.told else words["absent"],
            number(p.region) if p.region == p.region else words["absent"],
            number(p.france),
            ordinal(p.place.rank),
            f"{ordinal(p.place.best)} à {ordinal(p.place.worst)}" if p.told else words["absent"],
            words["readings"][p.reading],
        )
        for name, p in placed
    ]
    names = {
        "region": material.territory.department.region_name,
        "count": max(p.place.count for _, p in placed),
    }
    heads = [head.format(**names) for head in words["heads"]]
    named = [
        words["field"].format(name=name, label=p.label)
        for name, p in placed
        if name != catalogue.services()[p.service].label
    ]
    note = words["fields_note"].format(names=join(named)) if named else ""
    return plain_table(
        words["table"].format(year=year), heads, lines, numeric=range(1, 8), note=note
    )


def _figure(material: Material, placed: Sequence[Placed], words: Mapping[str, Any]) -> Figure:
    services, row, left = catalogue.services(), 28.0, 210.0
    items = [
        words["chart_item"].format(label=services[p.service].label, ratio=number(p.ratio, 2))
        for p in placed
    ]
    title = typeset(words["chart"])
    height = 40 + row * len(placed)
    told = typeset(words["chart_description"].format(names=join(items)))
    canvas = Canvas(680, height + 50, title, told, key=PAGE)
    marks = ticks(0, FURTHEST, 6)
    across, up = Scale(marks[0], marks[-1], left, 660), Scale(0, 1, height, 20)
    canvas.axes(
        across,
        up,
        x_ticks=marks,
        y_ticks=(),
        label=lambda v: number(v, 1),
        x_title=typeset(words["x_title"]),
    )
    canvas.line([(across(1), 20), (across(1), height)], "hard")
    for place, (p, item) in enumerate(zip(placed, items, strict=True)):
        y = 36 + row * place
        ratios = (p.rates["density"].dropna() / p.france).clip(upper=FURTHEST)
        low, first, third, high = np.quantile(ratios, [0, 0.25, 0.75, 1])
        canvas.text(left - 10, y + 4, services[p.service].short, "text", anchor="end")
        canvas.line([(across(low), y), (across(high), y)], "axis")
        canvas.bar(across(first), y - 5, across(third) - across(first), 10, "bar-soft")
        canvas.mark(across(min(p.ratio, FURTHEST)), y, "mark", radius=6, tip=typeset(item))
    note = words["chart_note"].format(name=material.territory.department.name)
    return Figure(title, canvas.svg(), typeset(note))
