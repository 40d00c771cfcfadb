"""« Suivi du plan »: actions, budgets, deadlines and the values the mission enters."""

from __future__ import annotations

from datetime import date

import pandas as pd

from demomed.analysis.plans import (
    action_states,
    budget_totals,
    followed,
    plan_notices,
)
from demomed.core.document import KeyFigure
from demomed.core.indicator import NATURE_LABELS
from demomed.core.report import Report, Section
from demomed.dossiers.material import Material
from demomed.dossiers.suivi_drawing import timeline
from demomed.dossiers.suivi_tables import (
    Words,
    actions_table,
    axes_table,
    euros,
    partners_table,
    plan_title,
    values_table,
)
from demomed.rendering.french import day, number, plural, typeset
from demomed.rendering.reports import dossier_words, make_report

PAGE = "suivi"
INPUT = "followup"


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
        else words["money_some"].format(amount=euros(whole), count=priced, made_of=made_of)
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
        words["over_years"].format(amount=euros(row.total_eur), years=row.years)
        if row.whole_eur != row.total_eur
        else euros(row.total_eur)
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
    title = plan_title(plan)
    mine = None if values is None else values.loc[values["plan_id"] == plan["plan_id"].iloc[0]]
    tables = [axes_table(words, plan, states), actions_table(material, words, plan, states, mine)]
    paragraphs: list[str] = []
    if plan["indicators"].notna().any():
        if mine is None:
            paragraphs.append(words["no_values"])
        else:
            silent = int((mine["status"] == "missing").sum())
            if silent:
                told = plural(silent, *words["indicators"])
                paragraphs.append(words["silent"].format(count=told))
            tables.append(values_table(words, title, mine))
    tables.append(partners_table(words, plan))
    key = f"{PAGE}-{plan['plan_id'].iloc[0]}"
    figure = timeline(words, plan, states, material.today, title, key=key)
    return Section(
        title=typeset(words["section"].format(title=title)),
        paragraphs=tuple(typeset(text) for text in paragraphs),
        figures=(figure,) if figure is not None else (),
        tables=tuple(table for table in tables if table is not None),
    )


def _gaps(words: Words, plans: pd.DataFrame) -> Section | None:
    notices = plan_notices(plans)
    if not notices:
        return None
    return Section(typeset(words["gaps"]), items=tuple(typeset(text) for text in notices))
