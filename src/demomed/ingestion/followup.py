"""Values by which a mission follows its plans: one line per indicator and date."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from demomed.core.faults import closest
from demomed.ingestion.cells import fold, quoted
from demomed.ingestion.forms import Form, read_form, write_form

KEY = ["plan_id", "action_id", "indicator", "date"]


def read_followup(
    path: Path | str, plans: pd.DataFrame, *, mapping: Path | None = None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Follow-up values of a CSV, XLSX or ODS kept by the mission.

    Parameters
    ----------
    path
        The file; see :func:`write_followup_template`.
    plans
        Actions of the plans followed; the plan may be left blank if there is only one.
    mapping
        TOML of the mission that names its own columns.

    Returns
    -------
    tuple
        Table ``plan_id, action_id, indicator, date, value, note``, sorted, whatever the order of
        the rows; and notices. An empty value is unknown, not zero.

    Raises
    ------
    InputError
        With every fault: an action, an indicator or a plan that does not exist (the closest is
        named), a date that cannot be read, the same indicator twice at a date.
    """
    form = read_form(path, "followup", mapping=mapping)
    table = form.table.assign(plan_id=_plans(form, plans))
    table["indicator"] = _indicators(form, table, plans)
    if not form.report.faults:
        for row in table.index[table.duplicated(KEY)]:
            form.refuse(
                int(row), "indicator", "même indicateur à la même date, deux fois",
                "une valeur par date", "supprimer l'une des deux lignes",
            )  # fmt: skip
    form.report.raise_if_faulty()
    ordered = table[[*KEY, "value", "note"]].sort_values(KEY, ignore_index=True)
    return ordered, tuple(form.report.notices)


def _plans(form: Form, plans: pd.DataFrame) -> pd.Series:
    titles = plans.drop_duplicates("plan_id").set_index("plan_id")["plan_title"]
    known = {fold(word): id_ for id_, title in titles.items() for word in (str(id_), str(title))}
    only = str(titles.index[0]) if len(titles) == 1 else None
    found = []
    for row, cell in form.table["plan_id"].items():
        plan = only if pd.isna(cell) else known.get(fold(str(cell)))
        if plan is None:
            said = "cellule vide" if pd.isna(cell) else quoted(str(cell))
            remedy = closest(str(cell), titles.index.astype(str))
            form.refuse(int(row), "plan_id", said, "un plan du département", remedy)  # type: ignore[call-overload]
        found.append(plan)
    return pd.Series(found, index=form.table.index, dtype="object")


def _indicators(form: Form, table: pd.DataFrame, plans: pd.DataFrame) -> pd.Series:
    """Indicator as the plan spells it; the action is checked on the way."""
    announced = {
        (str(plan), str(action)): [] if pd.isna(cell) else str(cell).split("|")
        for plan, action, cell in plans[["plan_id", "action_id", "indicators"]].itertuples(
            index=False
        )
    }
    found = []
    for row, plan, action, written in table[["plan_id", "action_id", "indicator"]].itertuples():
        listed = announced.get((plan, action))
        spelled = {fold(name): name for name in listed or ()}
        name = spelled.get(fold(str(written)))
        if plan is not None and listed is None:
            actions = [a for p, a in announced if p == plan]
            form.refuse(
                row,
                "action_id",
                quoted(str(action)),
                "une action du plan",
                closest(action, actions),
            )
        elif plan is not None and name is None:
            remedy = (
                closest(str(written), listed)
                if listed
                else "ce plan n'en annonce pas pour cette action"
            )
            form.refuse(
                row, "indicator", quoted(str(written)), "un indicateur annoncé par l'action", remedy
            )
        found.append(name)
    return pd.Series(found, index=table.index, dtype="object")


def write_followup_template(path: Path | str) -> Path:
    """Write the model of the follow-up file (CSV), with a few fictional values."""
    return write_form(path, "followup")
