"""« Suivi du plan »: actions, budgets, deadlines and the values the mission enters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from demomed.analysis.plans import (
    action_links,
    action_states,
    budget_totals,
    followed,
    plan_notices,
    plan_partners,
)
from demomed.core.document import KeyFigure
from demomed.core.indicator import NATURE_LABELS
from demomed.core.portrait import PlainTable
from demomed.core.report import Figure, Report, Section
from demomed.dossiers.material import Material
from demomed.rendering.canvas import Canvas, Scale
from demomed.rendering.french import day, number, plural, typeset, with_unit
from demomed.rendering.reports import dossier_words, make_report, plain_table

PAGE = "suivi"
INPUT = "followup"
MOST_PARTNERS = 8
ROW, TOP, LEFT, RIGHT = 20.0, 34.0, 44.0, 590.0
"""Height of one action of the drawing, its upper margin, and its two sides."""
Words = Mapping[str, Any]


def dossier(material: Material) -> Report | None:
    """The plans of the department, action by action.

    Returns
    -------
    Report or None
        ``None`` when no plan of the department is known.
    """
    plans = material.territory.plans
    if plans.empty:
        return None
    words = dossier_words(PAGE)
    states = action_states(plans, material.today) if material.today is not None else None
    entered = material.inputs.get(INPUT)
    values = _followed(material, plans, entered)
    sections: list[Section | None] = [
        _plan(material, words, plans.loc[plans["plan_id"] == id_], states, values)
        for id_ in dict.fromkeys(plans["plan_id"])
    ]
    sections.append(_gaps(words, plans))
    return make_report(
        PAGE,
        material.territory,
        material.public,
        lead=_lead(words, plans, states, material.today),
        sections=[section for section in sections if section is not None],
        nature="official",
        version=material.version,
        sources=("department_plans",),
        date_label=_dated(words, material.today),
        key_figures=_key_figures(words, plans, states),
        language=material.language,
    )


def _followed(
    material: Material, plans: pd.DataFrame, entered: pd.DataFrame | None
) -> pd.DataFrame | None:
    if entered is None:
        return None
    at = material.today or entered["date"].max().date()
    threshold = 0 if material.public.internal else material.public.threshold
    return followed(plans, entered, at, threshold=threshold)


def _dated(words: Words, today: date | None) -> str:
    return words["date_label"].format(day=day(today.isoformat())) if today else ""


def _lead(
    words: Words, plans: pd.DataFrame, states: pd.DataFrame | None, today: date | None
) -> str:
    totals = budget_totals(plans)
    whole, priced = totals["whole_eur"].sum(min_count=1), int(totals["budgeted_count"].sum())
    made_of = _made_of(words, totals)
    made_of = words["reckoned"].format(made_of=made_of) if made_of else ""
    money = (
        words["money_none"]
        if pd.isna(whole)
        else words["money_some"].format(amount=_euros(whole), count=priced, made_of=made_of)
    )
    told = ""
    if states is not None and today is not None:
        count = states["state"].value_counts()
        told = words["states_told"].format(
            day=day(today.isoformat()),
            **{name: number(count.get(name, 0)) for name in words["states"]},
        )
    return str(
        words["lead"].format(
            plans=plural(len(totals), *words["plans"]),
            verb=words["verbs"][0 if len(totals) == 1 else 1],
            actions=plural(len(plans), *words["actions"]),
            money=money,
            states=told,
        )
    )


def _key_figures(
    words: Words, plans: pd.DataFrame, states: pd.DataFrame | None
) -> tuple[KeyFigure, ...]:
    label = NATURE_LABELS["official"]
    totals = budget_totals(plans)
    whole = totals["whole_eur"].sum(min_count=1)
    told = [KeyFigure(number(len(plans)), "", words["key_actions"], "", label)]
    if pd.notna(whole):
        made_of = _made_of(words, totals)
        nature = NATURE_LABELS["derived"] if made_of else label
        told.append(KeyFigure(number(float(whole)), "€", words["key_money"], made_of, nature))
    if states is not None:
        passed = int((states["state"] == "passed").sum())
        told.append(KeyFigure(number(passed), "", words["key_passed"], "", label))
    return tuple(told)


def _made_of(words: Words, totals: pd.DataFrame) -> str:
    """How an amount is reckoned where yearly ones are told for years; nothing of a plain sum."""
    told = totals.dropna(subset=["whole_eur"])
    if (told["whole_eur"] == told["total_eur"]).all():
        return ""
    parts = [
        words["over_years"].format(amount=_euros(row.total_eur), years=row.years)
        if row.whole_eur != row.total_eur
        else _euros(row.total_eur)
        for row in told.itertuples()
    ]
    return str(typeset(" + ".join(parts)))


def _plan(
    material: Material,
    words: Words,
    plan: pd.DataFrame,
    states: pd.DataFrame | None,
    values: pd.DataFrame | None,
) -> Section:
    title = _title(plan)
    mine = None if values is None else values.loc[values["plan_id"] == plan["plan_id"].iloc[0]]
    tables = [_axes(words, plan, states), _actions(material, words, plan, states, mine)]
    paragraphs: list[str] = []
    if plan["indicators"].notna().any():
        if mine is None:
            paragraphs.append(words["no_values"])
        else:
            silent = int((mine["status"] == "missing").sum())
            if silent:
                told = plural(silent, *words["indicators"])
                paragraphs.append(words["silent"].format(count=told))
            tables.append(_values(words, title, mine))
    tables.append(_partners(words, plan))
    figure = _timeline(words, plan, states, material.today, title)
    return Section(
        title=typeset(words["section"].format(title=title)),
        paragraphs=tuple(typeset(text) for text in paragraphs),
        figures=(figure,) if figure is not None else (),
        tables=tuple(table for table in tables if table is not None),
    )


def _axes(words: Words, plan: pd.DataFrame, states: pd.DataFrame | None) -> PlainTable | None:
    if plan["axis"].isna().all():
        return None
    totals = budget_totals(plan, "axis").droplevel("plan_id")
    names = list(words["states"]) if states is not None else []
    lines = []
    for axis, row in totals.iterrows():
        held = plan.index[plan["axis"].isna() if pd.isna(axis) else plan["axis"] == axis]
        counted = states.loc[held, "state"].value_counts() if states is not None else {}
        lines.append(
            (
                _axis(words, axis),
                number(row["actions_count"]),
                number(row["budgeted_count"]),
                _amount(words, plan, row["base_eur"], row["extra_eur"]),
                *(number(counted.get(name, 0)) for name in names),
            )
        )
    heads = [*words["heads_axes"], *(words["states"][name] for name in names)]
    return plain_table(
        words["table_axes"].format(title=_title(plan)),
        heads,
        lines,
        numeric=tuple(range(1, len(heads))),
    )


def _actions(
    material: Material,
    words: Words,
    plan: pd.DataFrame,
    states: pd.DataFrame | None,
    values: pd.DataFrame | None,
) -> PlainTable:
    links, targets = {}, _targets(material, plan)
    lines = []
    for index, row in plan.iterrows():
        title = f"{row['action_id']}. {row['title']}"
        if row["action_id"] in targets:
            links[title] = targets[row["action_id"]]
        announced = [] if pd.isna(row["indicators"]) else str(row["indicators"]).split("|")
        line = [
            title,
            _axis(words, row["axis"]),
            words["nothing"] if pd.isna(row["deadline_text"]) else str(row["deadline_text"]),
            _amount(words, plan, row["budget_eur"], row["extra_eur"]),
            ", ".join(announced),
            _entered(row["action_id"], announced, values),
        ]
        if states is not None:
            line.append(words["states"][states.at[index, "state"]])
        lines.append(line)
    heads = [*words["heads_actions"], *([words["head_state"]] if states is not None else [])]
    kept = [j for j in range(len(heads)) if j == 0 or any(line[j] not in ("", words["nothing"], words["no_axis"]) for line in lines)]  # fmt: skip
    return plain_table(
        words["table_actions"].format(title=_title(plan)),
        [heads[j] for j in kept],
        [[line[j] for j in kept] for line in lines],
        numeric=tuple(kept.index(j) for j in (3, 5) if j in kept),
        links=links,
        note=words["note_actions"] if links else "",
    )


def _targets(material: Material, plan: pd.DataFrame) -> dict[str, str]:
    """Page that serves each action: that of its own recipe when there is one."""
    pages = {document.page_id for document in material.documents}
    found = {}
    for link in action_links(plan).itertuples():
        page = next((page for page in (link.recipe, link.page) if page and page in pages), "")
        if page:
            found[link.action_id] = f"{page}.html"
    return found


def _entered(action: str, announced: list[str], values: pd.DataFrame | None) -> str:
    if not announced or values is None:
        return ""
    told = values.loc[(values["action_id"] == action) & (values["status"] != "missing")]
    return f"{len(told)} sur {len(announced)}"


def _values(words: Words, title: str, values: pd.DataFrame) -> PlainTable | None:
    told = values.loc[values["status"] != "missing"]
    if told.empty:
        return None
    lines = [
        (
            str(row.action_id),
            str(row.indicator),
            words["secret"] if row.status == "masked" else _decimal(row.value),
            day(row.date.date().isoformat()),
            number(row.entries_count),
        )
        for row in told.itertuples()
    ]
    return plain_table(
        words["table_values"].format(title=title), words["heads_values"], lines, numeric=(2, 4)
    )


def _partners(words: Words, plan: pd.DataFrame) -> PlainTable | None:
    if plan["partners"].isna().all():
        return None
    counts = plan_partners(plan).groupby("partner_name")["action_id"].nunique()
    counts = counts.sort_index().sort_values(ascending=False, kind="stable").head(MOST_PARTNERS)
    lines = [(str(name), number(count)) for name, count in counts.items()]
    return plain_table(
        words["table_partners"].format(title=_title(plan)),
        words["heads_partners"],
        lines,
        numeric=(1,),
    )


def _gaps(words: Words, plans: pd.DataFrame) -> Section | None:
    notices = plan_notices(plans)
    if not notices:
        return None
    return Section(typeset(words["gaps"]), items=tuple(typeset(text) for text in notices))


def _timeline(
    words: Words,
    plan: pd.DataFrame,
    states: pd.DataFrame | None,
    today: date | None,
    title: str,
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
        key=f"{PAGE}-{plan['plan_id'].iloc[0]}",
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


def _title(plan: pd.DataFrame) -> str:
    return str(plan["plan_title"].iloc[0])


def _axis(words: Words, axis: Any) -> str:
    return str(words["no_axis"]) if pd.isna(axis) else str(words["axes"].get(axis, axis))


def _amount(words: Words, plan: pd.DataFrame, base: Any, extra: Any) -> str:
    if pd.isna(base):
        return str(words["nothing"])
    told = _euros(base)
    if pd.notna(extra) and extra:
        told = words["extra"].format(base=told, extra=_euros(extra))
    yearly = (plan["budget_period"] == "per_year").all()
    return str(words["per_year"].format(amount=told) if yearly else told)


def _euros(value: Any) -> str:
    return with_unit(number(float(value)), "€")


def _decimal(value: float) -> str:
    return number(value, 0 if float(value).is_integer() else 1)
