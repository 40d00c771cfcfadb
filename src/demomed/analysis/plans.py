"""Action plans: what they cost, what they announced, where each action stands, who takes part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from demomed.analysis.deadlines import folded, parse_deadline
from demomed.core import catalogue
from demomed.core.faults import Fault, InputError, closest

STATES: tuple[str, ...] = ("passed", "ongoing", "coming", "undated")
TARGETS: tuple[str, ...] = ("page", "indicator", "profession", "recipe")


def plan_declaration(plan_id: str) -> Mapping[str, Any]:
    """What the catalogue says of a plan beside its actions; nothing for a plan it does not know.

    Examples
    --------
    >>> plan_declaration("41-en-bonne-sante")["years"]
    7
    """
    return catalogue.entries("plans").get(plan_id, {})


def budget_totals(plans: pd.DataFrame, by: str = "plan_id") -> pd.DataFrame:
    """Sums of the amounts as published, never adjusted.

    Parameters
    ----------
    plans
        One row per action: ``plan_id, action_id, budget_eur, extra_eur, budget_period`` and
        ``axis``.
    by
        ``"plan_id"`` or ``"axis"``; an axis is counted within its plan.

    Returns
    -------
    DataFrame
        Index ``plan_id`` (and ``axis``), in the order of the rows; ``actions_count,
        budgeted_count, base_eur, extra_eur, total_eur, years, whole_eur, envelope_eur,
        envelope_per_year_eur``. ``years`` multiplies yearly amounts only; the envelope is an
        amount given for a whole plan. A sum of no amount is missing, not zero.

    Examples
    --------
    >>> plans = pd.DataFrame({"plan_id": "p", "action_id": ["1", "2", "3"], "extra_eur": [5, None, None],
    ...     "budget_eur": [10, 20, None], "budget_period": "total"})
    >>> budget_totals(plans).loc["p", ["actions_count", "budgeted_count", "total_eur"]].tolist()
    [3, 2, 35]
    """
    keys = ["plan_id"] if by == "plan_id" else ["plan_id", by]
    groups = plans.groupby(keys, sort=False, dropna=False)
    amounts = plans.assign(
        base=plans["budget_eur"].astype("Int64"), extra=plans["extra_eur"].astype("Int64")
    ).groupby(keys, sort=False, dropna=False)
    base, extra = (amounts[name].sum(min_count=1).astype("Int64") for name in ("base", "extra"))
    total = base.add(extra, fill_value=0).astype("Int64")
    plan = pd.Series(base.index.get_level_values("plan_id"), index=base.index)
    yearly = groups["budget_period"].first() == "per_year"
    years = plan.map(lambda id_: int(plan_declaration(str(id_)).get("years", 1)))
    envelope = plan.map(lambda id_: plan_declaration(str(id_)).get("envelope_eur")).astype("Int64")
    envelope = envelope if by == "plan_id" else envelope.mask(plan.notna())
    return pd.DataFrame(
        {
            "actions_count": groups.size(),
            "budgeted_count": groups["budget_eur"].count(),
            "base_eur": base,
            "extra_eur": extra,
            "total_eur": total,
            "years": years,
            "whole_eur": total * years.where(yearly, 1),
            "envelope_eur": envelope,
            "envelope_per_year_eur": envelope.astype("Float64") / years,
        }
    )


def compare_announced(plans: pd.DataFrame) -> pd.DataFrame:
    """What the plans announced against what their actions add up to: reported, never adjusted.

    Parameters
    ----------
    plans
        As in :func:`budget_totals`.

    Returns
    -------
    DataFrame
        One row per announced figure: ``plan_id, what`` (``actions``, ``axes`` or ``budget``)``,
        text`` (as announced)``, announced, found, difference, holds``. ``holds`` compares at the
        precision of the text (« 2,5 M€ »: a hundred thousand euros); it is missing for « près
        de » and when no action carries an amount.
    """
    totals = budget_totals(plans)
    axes = plans.groupby("plan_id", sort=False)["axis"].nunique()
    rows = []
    for plan_id in totals.index:
        found = {
            "actions": int(totals.loc[plan_id, "actions_count"]),
            "axes": int(axes[plan_id]),
            "budget": totals.loc[plan_id, "whole_eur"],
        }
        for said in plan_declaration(plan_id).get("announced", ()):
            value = found[said["what"]]
            rows.append(
                {
                    "plan_id": plan_id,
                    "what": said["what"],
                    "text": said["text"],
                    "announced": said["value"],
                    "found": value,
                    "difference": value - said["value"],
                    "holds": _holds(value, said),
                }
            )
    columns = ["plan_id", "what", "text", "announced", "found", "difference", "holds"]
    types = dict.fromkeys(("announced", "found", "difference"), "Int64")
    return pd.DataFrame(rows, columns=columns).astype({**types, "holds": "boolean"})


def _holds(found: Any, said: Mapping[str, Any]) -> Any:
    if pd.isna(found) or said["relation"] == "near":
        return pd.NA
    if said["relation"] == "more_than":
        return bool(found > said["value"])
    return 2 * abs(found - said["value"]) <= said["step"]


def plan_notices(plans: pd.DataFrame) -> tuple[str, ...]:
    """Differences between announcement and actions, as French sentences to show with the plan."""
    titles = plans.drop_duplicates("plan_id").set_index("plan_id")["plan_title"]
    totals = budget_totals(plans)
    told = []
    for row in compare_announced(plans).itertuples():
        total = totals.loc[row.plan_id]
        silent = int(total["actions_count"] - total["budgeted_count"])
        if pd.isna(row.found):
            told.append(
                f"{titles[row.plan_id]}\u202f: « {row.text} »\u202f; aucune action ne porte de montant."
            )
        elif pd.isna(row.holds) or not row.holds:
            unit = "\u202f€" if row.what == "budget" else ""
            end = f"\u202f; {silent} sans montant" if row.what == "budget" and silent else ""
            told.append(
                f"{titles[row.plan_id]}\u202f: annoncé « {row.text} », trouvé {_thousands(row.found)}{unit} "
                f"d'après les actions (écart {_thousands(row.difference, signed=True)}{unit}{end})."
            )
    return tuple(told)


def _thousands(number: int, *, signed: bool = False) -> str:
    sign = ("−" if number < 0 else "+") if signed else ""
    return sign + f"{abs(int(number)):,}".replace(",", "\u202f")


def action_states(plans: pd.DataFrame, at: date) -> pd.DataFrame:
    """Where each action stands at a date, from its deadline, else from the dates of its plan.

    Parameters
    ----------
    plans
        With ``plan_id, deadline_text, deadline_start, deadline_end`` (ISO dates). Dates that the
        table does not give are read from the text.
    at
        Date of the state.

    Returns
    -------
    DataFrame
        Same index; ``start, end`` (``datetime64``)``, state`` (one of :data:`STATES`: ``passed``
        when the last day is over, ``ongoing`` from the first day to the last)``, dated_by``
        (``"action"``, ``"plan"`` or ``""``).
    """
    bounds = [_bounds(row) for row in plans.to_dict("records")]
    start = pd.Series([b[0] for b in bounds], index=plans.index, dtype="datetime64[ns]")
    end = pd.Series([b[1] for b in bounds], index=plans.index, dtype="datetime64[ns]")
    now = pd.Timestamp(at)
    state = np.select(
        [start.isna(), now < start, now <= end], ["undated", "coming", "ongoing"], "passed"
    )
    return pd.DataFrame(
        {"start": start, "end": end, "state": state, "dated_by": [b[2] for b in bounds]},
        index=plans.index,
    )


def _bounds(row: Mapping[str, Any]) -> tuple[date | None, date | None, str]:
    given = [row.get(name) for name in ("deadline_start", "deadline_end")]
    if all(isinstance(day, str) for day in given):
        return date.fromisoformat(str(given[0])), date.fromisoformat(str(given[1])), "action"
    if isinstance(row.get("deadline_text"), str):
        return *parse_deadline(str(row["deadline_text"])), "action"
    plan = plan_declaration(str(row["plan_id"]))
    if "start" in plan:
        return date.fromisoformat(plan["start"]), date.fromisoformat(plan["end"]), "plan"
    return None, None, ""


@cache
def _partners() -> Mapping[str, str]:
    raw = catalogue.entry("words", "partners")
    return {
        folded(name): code
        for code, entry in raw.items()
        for name in (code, entry["label"], *entry["names"])
    }


def partner_code(text: str) -> str:
    """Code of a partner, whatever the way it is written.

    Raises
    ------
    InputError
        If nobody is known under this name; the closest one is given.

    Examples
    --------
    >>> partner_code("Caisse primaire d’assurance maladie"), partner_code("CPAM")
    ('CPAM', 'CPAM')
    """
    code = _partners().get(folded(text))
    if code is None:
        raise InputError(
            Fault(
                "partenaires",
                f"« {text} »",
                "un partenaire du catalogue",
                closest(folded(text), _partners()),
            )
        )
    return code


def plan_partners(plans: pd.DataFrame) -> pd.DataFrame:
    """One row per action × partner: ``plan_id, action_id, partner_code, partner_name``.

    Raises
    ------
    InputError
        With every partner that is not in the catalogue.
    """
    labels = {code: entry["label"] for code, entry in catalogue.entry("words", "partners").items()}
    rows: list[tuple[str, str, str, str]] = []
    faults: list[Fault] = []
    listed = plans.loc[plans["partners"].notna(), ["plan_id", "action_id", "partners"]]
    for plan_id, action_id, cell in listed.itertuples(index=False):
        for text in str(cell).split("|"):
            try:
                code = partner_code(text)
            except InputError as error:
                faults += error.faults
            else:
                rows.append((plan_id, action_id, code, labels[code]))
    if faults:
        raise InputError(faults)
    return pd.DataFrame(
        rows, columns=["plan_id", "action_id", "partner_code", "partner_name"]
    ).drop_duplicates(ignore_index=True)


def action_links(plans: pd.DataFrame) -> pd.DataFrame:
    """Page and ranking that serve each action: ``plan_id, action_id``, then :data:`TARGETS`.

    Only actions that a page serves have a row; a target that does not apply is empty text.
    """
    held = set(zip(plans["plan_id"], plans["action_id"], strict=True))
    rows = [
        (plan_id, link["action"], *(link.get(target, "") for target in TARGETS))
        for plan_id in dict.fromkeys(plans["plan_id"])
        for link in plan_declaration(plan_id).get("links", ())
        if (plan_id, link["action"]) in held
    ]
    return pd.DataFrame(rows, columns=["plan_id", "action_id", *TARGETS])


def followed(
    plans: pd.DataFrame,
    followup: pd.DataFrame,
    at: date,
    *,
    threshold: int = 0,
) -> pd.DataFrame:
    """Latest value of each indicator the plans announced, at a date.

    Parameters
    ----------
    plans
        With ``indicators``, separated by a bar.
    followup
        Values entered by the mission: ``plan_id, action_id, indicator, date, value, note``.
    at
        Values after this date are left out.
    threshold
        For the public: values from 1 to ``threshold − 1`` are hidden, except of indicators that
        the catalogue says count no persons; 0 hides nothing.

    Returns
    -------
    DataFrame
        One row per action × indicator, in the order of the plans; ``plan_id, action_id,
        indicator, value, date, entries_count, status`` (``value``, ``missing`` = nothing entered,
        or ``masked``).
    """
    announced = plans.loc[plans["indicators"].notna(), ["plan_id", "action_id", "indicators"]]
    rows = announced.assign(indicator=announced["indicators"].str.split("|")).explode("indicator")
    keys = ["plan_id", "action_id", "indicator"]
    entered = followup.loc[followup["date"] <= pd.Timestamp(at)].sort_values([*keys, "date"])
    entered = entered.loc[entered["value"].notna()]
    latest = entered.drop_duplicates(keys, keep="last")[[*keys, "value", "date"]]
    count = entered.groupby(keys, as_index=False).size().rename(columns={"size": "entries_count"})
    told = (
        rows[keys]
        .astype(object)
        .merge(latest.astype(dict.fromkeys(keys, object)), on=keys, how="left")
    )
    told = told.merge(count.astype(dict.fromkeys(keys, object)), on=keys, how="left")
    things = [
        indicator in plan_declaration(plan_id).get("things", {}).get("indicators", ())
        for plan_id, indicator in zip(told["plan_id"], told["indicator"], strict=True)
    ]
    small = told["value"].between(1, threshold, inclusive="left") & ~np.array(things, dtype=bool)
    status = np.select([told["value"].isna(), small], ["missing", "masked"], "value")
    return told.assign(
        value=told["value"].mask(small),
        entries_count=told["entries_count"].fillna(0).astype("int64"),
        status=status,
    )
