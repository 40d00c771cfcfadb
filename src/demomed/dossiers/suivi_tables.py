"""Tables of « Suivi »: axes, actions, values entered, partners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from demomed.analysis.plans import (
    action_links,
    budget_totals,
    plan_partners,
)
from demomed.core.portrait import PlainTable
from demomed.dossiers.material import Material
from demomed.rendering.french import capitalised, day, number, with_unit
from demomed.rendering.reports import plain_table

MOST_PARTNERS = 8
Words = Mapping[str, Any]


def axes_table(words: Words, plan: pd.DataFrame, states: pd.DataFrame | None) -> PlainTable | None:
    """Actions, amounts and states by axis; none where the plan has no axis."""
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
        words["table_axes"].format(title=plan_title(plan)),
        heads,
        lines,
        numeric=tuple(range(1, len(heads))),
    )


def actions_table(
    material: Material,
    words: Words,
    plan: pd.DataFrame,
    states: pd.DataFrame | None,
    values: pd.DataFrame | None,
) -> PlainTable:
    """The actions of a plan, without the columns that none of them fills."""
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
            words["nothing"]
            if pd.isna(row["deadline_text"])
            else capitalised(str(row["deadline_text"])),
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
        words["table_actions"].format(title=plan_title(plan)),
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


def values_table(words: Words, title: str, values: pd.DataFrame) -> PlainTable | None:
    """Values entered for the indicators of a plan; none where there is none."""
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


def partners_table(words: Words, plan: pd.DataFrame) -> PlainTable | None:
    """Partners named by the most actions; none where the plan names none."""
    if plan["partners"].isna().all():
        return None
    counts = plan_partners(plan).groupby("partner_name")["action_id"].nunique()
    counts = counts.sort_index().sort_values(ascending=False, kind="stable").head(MOST_PARTNERS)
    lines = [(str(name), number(count)) for name, count in counts.items()]
    return plain_table(
        words["table_partners"].format(title=plan_title(plan)),
        words["heads_partners"],
        lines,
        numeric=(1,),
    )


def plan_title(plan: pd.DataFrame) -> str:
    """Title of a plan."""
    return str(plan["plan_title"].iloc[0])


def _axis(words: Words, axis: Any) -> str:
    return str(words["no_axis"]) if pd.isna(axis) else str(words["axes"].get(axis, axis))


def _amount(words: Words, plan: pd.DataFrame, base: Any, extra: Any) -> str:
    if pd.isna(base):
        return str(words["nothing"])
    told = euros(base)
    if pd.notna(extra) and extra:
        told = words["extra"].format(base=told, extra=euros(extra))
    yearly = (plan["budget_period"] == "per_year").all()
    return str(words["per_year"].format(amount=told) if yearly else told)


def euros(value: Any) -> str:
    """An amount, with its unit."""
    return with_unit(number(float(value)), "€")


def _decimal(value: float) -> str:
    return number(value, 0 if float(value).is_integer() else 1)
