"""Public action plans of the departments."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from demomed.core.faults import Report
from demomed.core.schemas import PLANS, validate
from demomed.ingestion.official import OfficialFile, OfficialFolder
from demomed.ingestion.published import numbers, read_table

WANTED = {
    "action_id": "id",
    "axis": "axis",
    "title": "title",
    "budget_eur": ["budget_eur", "budget_eur_per_year"],
    "extra_eur": "extra_eur",
    "deadline_text": "deadline_text",
    "deadline_start": "deadline_start",
    "deadline_end": "deadline_end",
    "partners": "partners",
    "indicators": "indicators",
    "note": "note",
}
AMOUNTS = ("budget_eur", "extra_eur")


def read_plans(folder: OfficialFolder, departements: Collection[str]) -> pd.DataFrame:
    """Actions and budgets of the plans declared for some departments.

    Returns
    -------
    DataFrame
        One row per action, in the order of the plan; amounts in euros (Int64), missing where the
        plan gives none. Empty, with its columns, if no plan is declared, or if none is in the folder.
    """
    columns = list(PLANS.columns)
    frames = [
        _read_plan(file, folder, plan, columns)
        for plan in folder.declaration("department_plans")["plans"]
        if plan["departement_code"] in departements
        for file in folder.files("department_plans", plan["files"], required=False)[:1]
    ]
    if not frames:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in columns}).astype(
            dict.fromkeys(AMOUNTS, "Int64")
        )
    return pd.concat(frames, ignore_index=True)


def _read_plan(
    file: OfficialFile, folder: OfficialFolder, plan: dict, columns: list[str]
) -> pd.DataFrame:
    report = Report(file.stem)
    optional = set(WANTED) - {"action_id", "title", "budget_eur"}
    table = read_table(file, WANTED, report, optional=optional)
    if report.faults:
        report.raise_if_faulty()
    for column in WANTED:
        if column not in table:
            table[column] = pd.Series(pd.NA, index=table.index, dtype="str")
    for column in AMOUNTS:
        table[column] = numbers(table, column, report).round().astype("Int64")
    for name in ("departement_code", "plan_id", "plan_title", "budget_period"):
        table[name] = plan[name]
    table = table[columns]
    validate(table, PLANS, report)
    folder.remember(file, len(table), report)
    return table
