"""« Relève »: the share of the old never without the stock and what each generation gained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from demomed.analysis.stock_flow import (
    STEP,
    bands_of,
    flow_summary,
    generation_flow,
    published_stock,
    stock_by_year,
)
from demomed.core.document import KeyFigure
from demomed.core.indicator import NATURE_LABELS
from demomed.core.portrait import PlainTable
from demomed.core.report import Report, Section
from demomed.dossiers.material import Material
from demomed.dossiers.releve_drawings import counted_figure, flow_figure, signed, stock_figure
from demomed.rendering.french import interval, number, typeset, with_unit
from demomed.rendering.reports import dossier_words, make_report, plain_table

PAGE = "releve"


@dataclass(frozen=True)
class Followed:
    """One profession followed by age in the department: stock by year, and last flow."""

    asked: Mapping[str, str]
    stock: pd.DataFrame
    flow: pd.DataFrame
    start: int


def dossier(material: Material) -> Report | None:
    """Stock, share of the old and generations, from public counts then from the register.

    Returns
    -------
    Report or None
        ``None`` where no profession is counted by age over five years.
    """
    declared = dossier_words(PAGE)
    words = declared["words"]
    followed = [f for f in (_followed(material, asked) for asked in declared["aged"]) if f]
    if not followed:
        return None
    sections = [_section(material, one, words) for one in followed]
    counted = [c for c in (_counted(material, asked) for asked in declared["counted"]) if len(c[1])]
    if counted:
        figures = tuple(counted_figure(asked, years, words) for asked, years in counted)
        sections.append(Section(typeset(words["counted_section"]), figures=figures))
    registered = _registered(material, declared["registered"], words)
    if registered is not None:
        sections.append(Section(typeset(words["register_section"]), tables=(registered,)))
    first = followed[0]
    sources = [f.asked["source"] for f in followed] + [asked["source"] for asked, _ in counted]
    return make_report(
        PAGE,
        material.territory,
        material.public,
        lead=_lead(first, words),
        sections=tuple(sections),
        nature="official",
        version=material.version,
        sources=tuple(dict.fromkeys(sources + (["register"] if registered else []))),
        date_label=f"{first.stock.index[0]}-{first.stock.index[-1]}",
        key_figures=_key_figures(material, first, words),
        language=material.language,
    )


def _rows(material: Material, asked: Mapping[str, str], level: str, code: str) -> pd.DataFrame:
    table = material.territory.demography
    return table.loc[
        (table["source_id"] == asked["source"])
        & (table["service"] == asked["service"])
        & (table["area_level"] == level)
        & (table["area_code"] == code)
    ]


def _followed(material: Material, asked: Mapping[str, str]) -> Followed | None:
    rows = _rows(material, asked, "departement", material.territory.department.code)
    bands = bands_of(rows)
    if len(bands) < 2 or bands.index[-1] - STEP not in bands.index:
        return None
    start = int(bands.index[-1]) - STEP
    return Followed(asked, _stock(rows), generation_flow(bands, start), start)


def _stock(rows: pd.DataFrame) -> pd.DataFrame:
    """Stock of one area, as published, with what its bands of age tell."""
    return stock_by_year(bands_of(rows), published_stock(rows))


def _counted(material: Material, asked: Mapping[str, str]) -> tuple[Mapping[str, str], pd.Series]:
    rows = _rows(material, asked, "departement", material.territory.department.code)
    rows = rows.loc[(rows["age_band"] == "all") & (rows["sex"] == "all")]
    return asked, rows.groupby("year")["count"].sum().astype(float)


def percent(share: float) -> str:
    """A share in whole per cent."""
    return with_unit(number(100 * share), "%")


def _move(before: float, after: float, words: Mapping[str, Any]) -> str:
    word = "same" if before == after else ("up" if after > before else "down")
    return str(words["moves"][word])


def _trap(first: pd.Series, last: pd.Series) -> str:
    """Which reading the share alone would have missed."""
    if last["share"] < first["share"] and last["stock"] < first["stock"]:
        return "trap_both"
    if last["share"] < first["share"] and last["old"] > first["old"]:
        return "trap_more"
    if last["share"] > first["share"] and last["stock"] < first["stock"]:
        return "trap_less"
    return "trap_none"


def _lead(one: Followed, words: Mapping[str, Any]) -> str:
    first, last = one.stock.iloc[0], one.stock.iloc[-1]
    return str(words["lead"]).format(
        first=one.stock.index[0],
        last=one.stock.index[-1],
        subject=one.asked["subject"],
        moves=_move(first["stock"], last["stock"], words),
        before=number(first["stock"]),
        after=number(last["stock"]),
        share_moves=_move(first["share"], last["share"], words),
        share_before=percent(first["share"]),
        share_after=percent(last["share"]),
        old_before=number(first["old"]),
        old_after=number(last["old"]),
        trap=words[_trap(first, last)],
    )


def _key_figures(
    material: Material, one: Followed, words: Mapping[str, Any]
) -> tuple[KeyFigure, ...]:
    first, last = one.stock.iloc[0], one.stock.iloc[-1]
    france = _stock(_rows(material, one.asked, "france", "FR"))
    told, year = flow_summary(one.flow), one.stock.index[-1]
    nature = NATURE_LABELS["official"]
    compared_old = words["compared_old"].format(
        share=percent(last["share"]),
        france=percent(france.loc[year, "share"]) if year in france.index else "n.d.",
    )
    figures = (
        (
            number(last["stock"]),
            words["key_stock"].format(label=one.asked["label"], year=year),
            words["compared_stock"].format(before=number(first["stock"]), first=one.stock.index[0]),
        ),
        (number(last["old"]), words["key_old"], compared_old),
        (
            signed(told["net"]),
            words["key_flow"].format(first=one.start, last=year),
            words["compared_flow"].format(gained=number(told["gained"]), lost=number(told["lost"])),
        ),
    )
    return tuple(
        KeyFigure(value, words["unit"], typeset(label), typeset(compared), nature)
        for value, label, compared in figures
    )


def _section(material: Material, one: Followed, words: Mapping[str, Any]) -> Section:
    label = one.asked["label"]
    lines = [
        (str(year), number(r.stock), number(r.old), percent(r.share), number(r.young))
        for year, r in zip(one.stock.index, one.stock.itertuples(), strict=True)
    ]
    years = plain_table(
        words["table"].format(label=label), words["heads"], lines[::-1], numeric=range(1, 5)
    )
    return Section(
        typeset(words["section"].format(label=label)),
        figures=(
            stock_figure(one.asked, one.stock, words),
            flow_figure(one.asked, one.flow, one.start, words),
        ),
        tables=(_compared(material, one, words), years),
    )


def _compared(material: Material, one: Followed, words: Mapping[str, Any]) -> PlainTable:
    department = material.territory.department
    areas = (
        (department.name, "departement", department.code),
        (department.region_name, "region", department.region_code),
        ("France", "france", "FR"),
    )
    first, year = one.stock.index[0], one.stock.index[-1]
    lines = []
    for name, level, code in areas:
        stock = _stock(_rows(material, one.asked, level, code))
        if year not in stock.index:
            continue
        row = stock.loc[year]
        change = "n.d."
        if first in stock.index and stock.loc[first, "stock"] > 0:
            change = with_unit(signed(100 * (row["stock"] / stock.loc[first, "stock"] - 1)), "%")
        lines.append(
            (name, number(row["stock"]), number(row["old"]), percent(row["share"]), change)
        )
    heads = [head.format(first=first) for head in words["compare_heads"]]
    caption = words["compare_table"].format(label=one.asked["label"], year=year)
    return plain_table(caption, heads, lines, numeric=range(1, 5))


def _registered(
    material: Material, asked: list[Mapping[str, str]], words: Mapping[str, Any]
) -> PlainTable | None:
    """Shares of the department from the register, as the gate left them."""
    rows = material.public.select("share_55_plus", level="departement").table
    rows = rows.set_index("profession")
    lines, nature = [], ""
    for one in asked:
        if one["service"] not in rows.index:
            continue
        row = rows.loc[one["service"]]
        if row["status"] not in ("value", "unstable"):
            coarse = str(row.get("coarse", "") or words["masked"])
            if row["status"] == "masked":
                lines.append((one["label"], coarse, coarse, coarse, ""))
            continue
        nature = str(row["nature"])
        ends = interval(100 * row["low"], 100 * row["high"]) if row["low"] == row["low"] else ""
        lines.append(
            (
                one["label"],
                number(row["denominator"]),
                number(row["numerator"]),
                percent(row["value"]),
                ends and with_unit(ends, "%"),
            )
        )
    if not lines:
        return None
    caption = words["register_table"].format(nature=NATURE_LABELS.get(nature, nature))
    return plain_table(caption, words["register_heads"], lines, numeric=range(1, 5))
