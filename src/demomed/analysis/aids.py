"""Rules of the aids that the plans publish, as arithmetic whose figures are in the catalogue."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from demomed.core import catalogue
from demomed.core.faults import Fault, InputError, closest

WEEKS_PER_MONTH = 52 / 12


def aid_rule(name: str) -> Mapping[str, Any]:
    """One rule of the catalogue; a misspelt name is refused with the closest one.

    Examples
    --------
    >>> aid_rule("assistants")["cap"]
    20000
    """
    rules = catalogue.entry("aids", "rules")
    if name not in rules:
        raise InputError(
            Fault("règles d'aide", f"« {name} »", "une règle du catalogue", closest(name, rules))
        )
    return rules[name]


def capped_grant(cost: float, rule: str = "assistants") -> float:
    """Share of a cost, at most the cap.

    Parameters
    ----------
    cost
        Euros spent, not negative.
    rule
        Rule with ``share`` and ``cap``.

    Examples
    --------
    >>> capped_grant(50_000), capped_grant(30_000)
    (20000.0, 15000.0)
    """
    _refuse_negative("dépense", cost)
    told = aid_rule(rule)
    return float(min(cost * told["share"], told["cap"]))


def student_aid(weeks: float | None = None, *, months: float | None = None) -> int:
    """Aid to a health student for one placement, bonus left out.

    The text gives an amount from six weeks and a monthly one above four months. Reading kept: up
    to four months included the flat amount; strictly above, the monthly one for each complete
    month, within the cap. A month is 52/12 weeks.

    Parameters
    ----------
    weeks, months
        Length of the placement, in one unit or the other.

    Returns
    -------
    int
        Euros.

    Examples
    --------
    >>> student_aid(5), student_aid(6), student_aid(months=4)
    (0, 200, 200)
    >>> student_aid(months=5), student_aid(months=6), student_aid(months=8)
    (1500, 1800, 1800)
    """
    if (weeks is None) == (months is None):
        raise InputError(
            Fault(
                "stage", "durée absente ou double", "des semaines ou des mois", "n'en donner qu'une"
            )
        )
    if months is None:
        assert weeks is not None
        months = weeks / WEEKS_PER_MONTH
    length = months * WEEKS_PER_MONTH if weeks is None else weeks
    _refuse_negative("durée", length)
    rule = aid_rule("student")
    if months > rule["long_months"]:
        return int(min(math.floor(months + 1e-9) * rule["monthly"], rule["cap"]))
    return int(rule["flat"]) if length >= rule["least_weeks"] else 0


def grant_total(rule: str) -> int:
    """Whole amount of a monthly grant: months × amount of a month.

    Examples
    --------
    >>> grant_total("intern_grant"), grant_total("paramedical_grant")
    (12000, 6000)
    """
    told = aid_rule(rule)
    return int(told["months"] * told["monthly"])


def beneficiaries(budget: float, rule: str) -> int:
    """Persons that a yearly budget pays in full: at the amount each, or a year of a monthly grant.

    Parameters
    ----------
    budget
        Euros a year.
    rule
        Rule with ``each``, or with ``monthly``.

    Examples
    --------
    >>> beneficiaries(180_000, "intern_grant"), beneficiaries(30_000, "long_placement")
    (30, 20)
    >>> beneficiaries(20_000, "transport")
    100
    """
    _refuse_negative("budget", budget)
    told = aid_rule(rule)
    each = told["each"] if "each" in told else 12 * told["monthly"]
    return int(budget // each)


def shared_grant(activity: pd.Series, budget: float) -> pd.Series:
    """Budget shared in proportion to activity, to the cent; the shares add up to the budget.

    Cents that are left go to the largest remainders, the first in order when they tie.

    Parameters
    ----------
    activity
        Acts of each site, not negative.
    budget
        Euros.

    Returns
    -------
    Series
        Euros, same index; missing everywhere if there is no activity at all.

    Examples
    --------
    >>> shared_grant(pd.Series({"a": 1, "b": 1, "c": 1}), 100).tolist()
    [33.34, 33.33, 33.33]
    """
    whole = activity.sum()
    if not whole > 0:
        return pd.Series(float("nan"), index=activity.index)
    _refuse_negative("activité", float(activity.min()))
    cents = round(budget * 100)
    exact = activity.astype(float) / whole * cents
    floor = exact.round(6) // 1
    order = (exact - floor).sort_values(ascending=False, kind="stable").index
    extra = pd.Series(0, index=activity.index)
    extra.loc[order[: int(cents - floor.sum())]] = 1
    return ((floor + extra) / 100).astype(float)


def _refuse_negative(what: str, value: float) -> None:
    if not value >= 0:
        raise InputError(Fault("aide", f"{what} de {value}", "un nombre positif", "le corriger"))
