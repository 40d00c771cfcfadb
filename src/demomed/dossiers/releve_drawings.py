"""Drawings of « Relève »: stock and old by year, gains of the generations, stock alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from demomed.analysis.stock_flow import STEP, flow_summary
from demomed.core.report import Figure
from demomed.rendering.canvas import Canvas, Scale, ticks
from demomed.rendering.french import MINUS, number, typeset, with_unit

WIDTH, HEIGHT = 600.0, 320.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 590.0, 30.0, 260.0


def signed(value: float) -> str:
    """A whole number with its sign; zero has none.

    Examples
    --------
    >>> signed(12.4), signed(-3.0), signed(0.2)
    ('+12', '−3', '0')
    """
    shown = round(value)
    return ("+" if shown > 0 else MINUS if shown < 0 else "") + number(abs(shown))


def stock_figure(asked: Mapping[str, str], stock: pd.DataFrame, words: Mapping[str, Any]) -> Figure:
    """Bars of the stock of each year, the old darker, their share above.

    Parameters
    ----------
    asked
        Source and labels.
    stock
        From :func:`demomed.analysis.stock_flow.stock_by_year`.
    words
        Texts of the dossier.
    """
    first, last = stock.iloc[0], stock.iloc[-1]
    told = words["stock_description"].format(
        before=number(first["stock"]),
        after=number(last["stock"]),
        old_before=number(first["old"]),
        old_after=number(last["old"]),
        first=stock.index[0],
        last=stock.index[-1],
    )
    title = typeset(words["stock_chart"].format(label=asked["label"]))
    canvas, up, centre, width = _bars(
        title, told, f"stock-{asked['source']}", stock["stock"], stock.index
    )
    for year, row in stock.iterrows():
        x, share = centre(int(str(year))), with_unit(number(100 * row["share"]), "%")
        tip = typeset(
            words["stock_tip"].format(
                year=year, stock=number(row["stock"]), old=number(row["old"]), share=share
            )
        )
        canvas.bar(
            x - width / 2, up(row["stock"]), width, BOTTOM - up(row["stock"]), "bar-soft", tip=tip
        )
        canvas.bar(x - width / 2, up(row["old"]), width, BOTTOM - up(row["old"]), "bar", tip=tip)
        canvas.text(x, up(row["stock"]) - 6, share, "small", anchor="middle")
    return Figure(title, canvas.svg(), typeset(words["stock_note"]))


def counted_figure(asked: Mapping[str, str], years: pd.Series, words: Mapping[str, Any]) -> Figure:
    """Bars of a stock without ages.

    Parameters
    ----------
    asked
        Source and labels.
    years
        Persons, index year.
    words
        Texts of the dossier.
    """
    told = words["counted_description"].format(
        before=number(years.iloc[0]),
        after=number(years.iloc[-1]),
        first=years.index[0],
        last=years.index[-1],
    )
    title = typeset(words["counted_chart"].format(label=asked["label"]))
    canvas, up, centre, width = _bars(
        title, told, f"nombre-{asked['source']}-{asked['service']}", years, years.index
    )
    for year, value in years.items():
        x = centre(int(str(year)))
        tip = typeset(words["counted_tip"].format(year=year, stock=number(value)))
        canvas.bar(x - width / 2, up(value), width, BOTTOM - up(value), "bar-soft", tip=tip)
        canvas.text(x, up(value) - 6, number(value), "small", anchor="middle")
    return Figure(title, canvas.svg(), typeset(words["counted_note"]))


def flow_figure(
    asked: Mapping[str, str], flow: pd.DataFrame, start: int, words: Mapping[str, Any]
) -> Figure:
    """Gains above zero and losses below it, by age reached.

    Parameters
    ----------
    asked
        Source and labels.
    flow
        From :func:`demomed.analysis.stock_flow.generation_flow`.
    start
        First year.
    words
        Texts of the dossier.
    """
    summary, dates = flow_summary(flow), {"first": start, "last": start + STEP}
    told = words["flow_description"].format(
        gained=number(summary["gained"]), lost=number(summary["lost"]), net=signed(summary["net"])
    )
    title = typeset(words["flow_chart"].format(label=asked["label"], **dates))
    key = f"flux-{asked['source']}"
    canvas = Canvas(WIDTH, HEIGHT, title, typeset(told), key=key)
    marks = ticks(float(min(flow["net"].min(), 0)), float(max(flow["net"].max(), 0)), 5)
    up = Scale(marks[0], marks[-1], BOTTOM, TOP)
    across = Scale(0, len(flow), LEFT, RIGHT)
    canvas.axes(across, up, x_ticks=(), y_ticks=marks, label=signed)
    canvas.line([(LEFT, up(0)), (RIGHT, up(0))], "hard")
    width = 0.7 * (across(1) - across(0))
    for place, (age, row) in enumerate(flow.iterrows()):
        x = across(place + 0.5)
        name = _age_name(int(str(age)), place, len(flow), words)
        tip = typeset(
            words["flow_tip"].format(
                age=name, before=number(row["before"]), after=number(row["after"]), **dates
            )
        )
        top, bottom = sorted((up(row["net"]), up(0)))
        canvas.bar(
            x - width / 2,
            top,
            width,
            bottom - top,
            "bar" if row["net"] > 0 else "bar-soft",
            tip=tip,
        )
        value_at = top - 6 if row["net"] >= 0 else bottom + 15
        canvas.text(x, value_at, signed(row["net"]), "small", anchor="middle")
        canvas.text(x, BOTTOM + (20 if place % 2 else 36), name, "small", anchor="middle")
    return Figure(title, canvas.svg(), typeset(words["flow_note"].format(**dates)))


def _age_name(age: int, place: int, count: int, words: Mapping[str, Any]) -> str:
    if place == 0:
        return str(words["age_first"])
    if place == count - 1:
        return str(words["age_last"]).format(age=age)
    return str(words["age_band"]).format(age=age, next=age + STEP - 1)


def _bars(
    title: str, told: str, key: str, values: pd.Series, years: pd.Index
) -> tuple[Canvas, Scale, Scale, float]:
    """Canvas with its axes, scale of the values, place of each year, width of a bar."""
    canvas = Canvas(WIDTH, HEIGHT, title, typeset(told), key=key)
    marks = ticks(0, float(values.max()) * 1.05, 5)
    up = Scale(marks[0], marks[-1], BOTTOM, TOP)
    first, last = int(years[0]), int(years[-1])
    centre = Scale(first - 0.5, last + 0.5, LEFT, RIGHT)
    canvas.axes(
        centre, up, x_ticks=[int(y) for y in years], y_ticks=marks, label=number, x_label=_year
    )
    return canvas, up, centre, 0.7 * (centre(first + 1) - centre(first))


def _year(value: float) -> str:
    return f"{value:.0f}"
