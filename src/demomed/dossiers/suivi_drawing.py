"""Drawing of « Suivi »: the actions of a plan along the years."""

from __future__ import annotations

from datetime import date

import pandas as pd

from demomed.analysis.plans import (
    action_states,
)
from demomed.core.report import Figure
from demomed.dossiers.suivi_tables import (
    Words,
)
from demomed.rendering.canvas import Canvas, Scale
from demomed.rendering.french import day, number, typeset

ROW, TOP, LEFT, RIGHT = 20.0, 34.0, 44.0, 590.0
"""Height of one action of the drawing, its upper margin, and its two sides."""


def timeline(
    words: Words,
    plan: pd.DataFrame,
    states: pd.DataFrame | None,
    today: date | None,
    title: str,
    *,
    key: str,
) -> Figure | None:
    """One line per action that has a deadline of its own, by date."""
    dated = action_states(plan, today or date.max)
    dated = dated.loc[dated["dated_by"] == "action"].sort_values(["end", "start"], kind="stable")
    if dated.empty:
        return None
    years = range(
        dated["start"].min().year, max(dated["end"].max().year, today.year if today else 0) + 2
    )
    across = Scale(
        pd.Timestamp(years[0], 1, 1).toordinal(),
        pd.Timestamp(years[-1], 1, 1).toordinal(),
        LEFT,
        RIGHT,
    )
    bottom = TOP + ROW * len(dated) + 6
    name = typeset(words["chart"].format(title=title))
    canvas = Canvas(
        640, bottom + 40, name, typeset(_description(words, dated, states, today)),
        key=key,
    )  # fmt: skip
    up = Scale(0, 1, bottom, TOP)
    canvas.axes(
        across, up, x_ticks=[pd.Timestamp(y, 1, 1).toordinal() for y in years], y_ticks=(),
        label=number, x_label=lambda value: str(date.fromordinal(int(value)).year),
    )  # fmt: skip
    for rank, (index, row) in enumerate(dated.iterrows()):
        y = TOP + ROW * rank
        start, end = (across(row[side].toordinal()) for side in ("start", "end"))
        passed = today is not None and row["end"].date() < today
        tip = f"{plan.at[index, 'title']} : {plan.at[index, 'deadline_text']}"
        canvas.text(LEFT - 8, y + 13, str(plan.at[index, "action_id"]), "small", anchor="end")
        canvas.bar(start, y + 3, max(end - start, 4), ROW - 8, "bar-soft" if passed else "bar", tip=typeset(tip))  # fmt: skip
        beside = end + 8 if end < 330 else start - 8
        canvas.text(
            beside, y + 14, typeset(_cut(str(plan.at[index, "title"]))), "small",
            anchor="start" if end < 330 else "end",
        )  # fmt: skip
    if today is not None:
        x = across(today.toordinal())
        canvas.line([(x, TOP - 8), (x, bottom)], "hard")
        canvas.text(x - 4, TOP - 14, typeset(words["today"]), "small", anchor="middle")
    return Figure(
        name, canvas.svg(), typeset(words["chart_note" if today else "chart_note_undated"])
    )


def _description(
    words: Words, dated: pd.DataFrame, states: pd.DataFrame | None, today: date | None
) -> str:
    told = {
        "count": number(len(dated)),
        "first": day(dated["start"].min().date().isoformat()),
        "last": day(dated["end"].max().date().isoformat()),
    }
    if states is None or today is None:
        return str(words["description_undated"].format(**told))
    passed = int((dated["state"] == "passed").sum())
    return str(
        words["description"].format(passed=number(passed), day=day(today.isoformat()), **told)
    )


def _cut(text: str, most: int = 44) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
