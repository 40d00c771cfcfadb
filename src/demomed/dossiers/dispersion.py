"""« Hasard ou écart ? »: funnel plots of the densities of some professions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from demomed.analysis.funnel import dispersion, funnel_limits, funnel_z
from demomed.analysis.smoothing import smooth_rates, variance_between
from demomed.core import catalogue
from demomed.core.chance import CLEAR, WATCH, beyond_chance
from demomed.core.portrait import PlainTable
from demomed.core.report import Figure, Report, Section
from demomed.dossiers.material import Material
from demomed.rendering.canvas import Canvas, Scale, ticks
from demomed.rendering.french import capitalised, count_word, join, number, of, typeset, with_unit
from demomed.rendering.reports import dossier_words, make_report, plain_table

PAGE = "dispersion"
PER = 1e5
LEAST = 3
"""Territories under which there is nothing to compare."""
MOSTLY = 0.5
"""Share of its inhabitants from which a territory is compared with the department."""
LARGE = 0.25
"""Share of the department from which a territory makes much of what it is compared with."""


@dataclass(frozen=True)
class Read:
    """Territories of one profession against the density of the department."""

    service: str
    rows: pd.DataFrame
    target: float
    phi: float
    apart: tuple[str, ...]
    """Territories mostly of other departments, not compared."""

    @property
    def between(self) -> float:
        """Variance between the territories that chance does not explain; not above zero if none."""
        numerator, denominator = self.rows["numerator"], self.rows["denominator"]
        return variance_between(numerator, denominator, towards=self.target)

    @property
    def told(self) -> dict[str, str]:
        """What every sentence about it may say."""
        service = catalogue.services()[self.service]
        return {
            "label": capitalised(service.label),
            "short": service.short,
            "of_short": of(service.short),
            "count": count_word(len(self.rows), feminine=True),
            "target": number(self.target * PER),
        }


def dossier(material: Material) -> Report | None:
    """The funnel plots of the department, and the territories that stand out of chance.

    Returns
    -------
    Report or None
        ``None`` when fewer than three territories have a density of the first profession.
    """
    words = dossier_words(PAGE)
    found = [_read_of(material, service, words) for service in words["professions"]]
    first = found[0]
    if first is None:
        return None
    read = [one for one in found if one is not None]
    sections = tuple(
        Section(
            title=typeset(words["section"].format(**one.told)),
            paragraphs=tuple(typeset(text) for text in _paragraphs(one, words, is_first=not place)),
            figures=(_figure(one, words),),
            tables=(_table(one, words),),
        )
        for place, one in enumerate(read)
    )
    sources = ";".join(";".join(one.rows["sources"]) for one in read)
    return make_report(
        PAGE,
        material.territory,
        material.public,
        lead=_lead(first, words),
        sections=sections,
        nature="derived",
        version=material.version,
        sources=tuple(dict.fromkeys(sources.split(";"))),
        date_label=material.date_of("density_gp"),
        language=material.language,
    )


def _read_of(material: Material, service: str, words: Mapping[str, Any]) -> Read | None:
    rows, target = _densities(material, service), _target(material, service)
    is_apart = rows["held"] < MOSTLY
    apart, rows = rows.loc[is_apart, "zone_name"], rows.loc[~is_apart].reset_index(drop=True)
    if len(rows) < LEAST or target is None or not target > 0:
        return None
    phi = dispersion(funnel_z(rows["numerator"], rows["denominator"], target))
    return Read(service, _read(rows, target, words), target, phi, tuple(sorted(apart)))


def _lead(one: Read, words: Mapping[str, Any]) -> str:
    out = one.rows.loc[one.rows["out"]]
    if out.empty:
        return str(words["lead_none"]).format(**one.told)
    single, many = words["deviates"]
    return str(words["lead"]).format(
        out=count_word(len(out), feminine=True),
        verb=single if len(out) == 1 else many,
        names=join([f"{row.zone_name} ({row.reading})" for row in out.itertuples()]),
        **one.told,
    )


def _paragraphs(one: Read, words: Mapping[str, Any], *, is_first: bool) -> list[str]:
    """Spread, then once what the comparison owes to the department being made of territories."""
    told = [_spread(one, words)]
    if not is_first:
        return told
    for row in one.rows.loc[one.rows["weight"] > LARGE].itertuples():
        share = with_unit(number(100 * row.weight), "%")
        told.append(str(words["large"]).format(name=row.zone_name, share=share))
    if one.apart:
        told.append(str(words["apart"]).format(names=join(one.apart)))
    return told


def _spread(one: Read, words: Mapping[str, Any]) -> str:
    """Over-dispersion, and what still stands out of limits that allow for it."""
    if not one.phi > 1:
        return str(words["spread_none"]).format(phi=number(one.phi, 1))
    base = one.rows["denominator"]
    wide = funnel_limits(base, one.target, level=CLEAR, dispersion=one.phi) * PER
    out = int(((one.rows["rate"] < wide["low"]) | (one.rows["rate"] > wide["high"])).sum())
    left = words["left"][min(out, 2)].format(out=count_word(out, feminine=True))
    return str(words["spread"]).format(phi=number(one.phi, 1), left=left)


def _densities(material: Material, service: str) -> pd.DataFrame:
    """Densities of whole territories; how much of each is of the department, and the reverse."""
    rows = material.public.select("density", profession=service, level="epci").table
    rows = rows.loc[rows["value"].notna() & (rows["denominator"] > 0)].reset_index(drop=True)
    territory = material.territory
    communes, own = territory.communes, territory.members("commune").index
    held, whole = (
        part.groupby("epci_siren")["population"].sum() for part in (communes.loc[own], communes)
    )
    inside = held.reindex(rows["zone_code"]).to_numpy(float)
    return rows.assign(
        held=inside / whole.reindex(rows["zone_code"]).to_numpy(float),
        weight=inside / communes.loc[own, "population"].sum(),
    )


def _target(material: Material, service: str) -> float | None:
    whole = material.public.select("density", profession=service, level="departement").table
    if whole.empty or not whole["denominator"].iloc[0] > 0:
        return None
    return float(whole["numerator"].iloc[0] / whole["denominator"].iloc[0])


def _read(rows: pd.DataFrame, target: float, words: Mapping[str, Any]) -> pd.DataFrame:
    base, rate = rows["denominator"], rows["numerator"] / rows["denominator"]
    outer = funnel_limits(base, target, level=CLEAR)
    side = beyond_chance(rows["numerator"], base, target)
    near = beyond_chance(rows["numerator"], base, target, level=WATCH) != 0
    reading = np.select(
        [side < 0, side > 0, near],
        [words["below"], words["above"], words["between"]],
        words["inside"],
    )
    return rows.assign(
        rate=rate * PER,
        low=outer["low"] * PER,
        high=outer["high"] * PER,
        out=side != 0,
        reading=reading,
        smoothed=smooth_rates(rows["numerator"], base, towards=target) * PER,
    ).sort_values(["rate", "zone_code"], ignore_index=True)


def _figure(one: Read, words: Mapping[str, Any]) -> Figure:
    read, target, told = one.rows, one.target, one.told
    title = typeset(words["chart"].format(**told))
    people = ticks(0, float(read["denominator"].max()), 4)
    rates = ticks(0, float(max(read["rate"].max(), target * PER * 1.6)), 5)
    canvas = Canvas(
        640,
        400,
        title,
        typeset(
            words["description"].format(
                names=join([f"{r.zone_name} : {r.reading}" for r in read.itertuples()]), **told
            )
        ),
        key=f"{PAGE}-{one.service}",
    )
    across, up = Scale(people[0], people[-1], 56, 590), Scale(rates[0], rates[-1], 348, 28)
    canvas.axes(
        across,
        up,
        x_ticks=people,
        y_ticks=rates,
        label=number,
        x_title=typeset(words["x_title"]),
        y_title=typeset(words["y_title"].format(**told)),
    )
    bases = np.geomspace(max(read["denominator"].min() / 2, 500), people[-1], 80)
    for level, look in ((WATCH, "axis"), (CLEAR, "soft")):
        limits = funnel_limits(bases, target, level=level) * PER
        for side in ("low", "high"):
            ends = limits[side].clip(upper=rates[-1])
            canvas.line([(across(b), up(v)) for b, v in zip(bases, ends, strict=True)], look)
        canvas.text(
            595,
            up(ends.iloc[-1]) + 4,
            with_unit(number(level * 100, 0 if level == WATCH else 1), "%"),
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
    return Figure(title, canvas.svg(), typeset(words["chart_note"]))


def _table(one: Read, words: Mapping[str, Any]) -> PlainTable:
    lines = [
        (
            str(row.zone_name),
            number(row.numerator),
            number(row.denominator),
            number(row.rate),
            f"{number(row.low)} à {number(row.high)}",
            str(row.reading),
            number(row.smoothed),
        )
        for row in one.rows.itertuples()
    ]
    return plain_table(
        words["table"].format(**one.told),
        [head.format(**one.told) for head in words["heads"]],
        lines,
        numeric=(1, 2, 3, 4, 6),
        note=words["table_note_even" if one.between <= 0 else "table_note"],
    )
