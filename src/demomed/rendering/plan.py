"""The development plan as its readers meet it: a table, a CSV and one sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from demomed.core.catalogue import entry
from demomed.core.ranking import ROBUST, Ranking
from demomed.rendering.french import interval, join, number, plural, sentence, typeset
from demomed.rendering.table import plain_number, safe_cell, to_csv

SURE_SHARE = 0.8
"""Share of the draws from which a site is said to be sure; the same as for a zone."""
DECIMALS: Mapping[str, int] = {
    "access_before": 2, "access_gained": 2, "departures_low_count": 1, "departures_high_count": 1,
    "p_top": 2, "site_share": 2,
}  # fmt: skip
RIGHT = {"posts_count", "departures", "reached_count"}


def _told(plan: pd.DataFrame) -> tuple[Mapping[str, Any], dict[str, str]]:
    """Texts of the catalogue, and what stands between their braces."""
    raw = entry("words", "plan")
    given = plan.attrs
    return raw, {
        "limit": number(given["limit_min"]),
        "horizon": number(given["horizon"]),
        "target": number(given["target"], 1),
        "top": number(given["top"]),
        "unit": raw["units"].get(given["profession"], ""),
        "draws": number(given["draws"]),
        "times": raw["times"][given["times"]],
        "leaving": raw["leaving"][str(given["horizon"])],
        "low_age": "65" if given["horizon"] == 5 else "60",
        "high_age": "60" if given["horizon"] == 5 else "55",
        "still": number(plan["below_after_count"].sum()),
        "before": number(plan["below_before_count"].sum()),
        "all": number(plan["communes_count"].sum()),
    }


def plan_words(plan: pd.DataFrame) -> dict[str, str]:
    """What stands between the braces of the texts of a plan: limit, horizon, target, unit, top."""
    return _told(plan)[1]


def departures_words(low: float, high: float) -> str:
    """A range of departures in whole persons, « environ » where its high end is unknown.

    Ends are rounded outwards, so that « environ » ten years says the high end of five.

    Examples
    --------
    >>> departures_words(1.4, 3.2), departures_words(2.6, float("nan")), departures_words(
    ...     float("nan"), float("nan"))
    ('1 à 4', 'environ 3', 'n.d.')
    >>> departures_words(0.0, float("nan"))
    '0'
    """
    if pd.isna(low):
        return "n.d."
    if pd.isna(high):
        return f"environ {number(math.ceil(low))}" if low > 0 else number(0)
    return interval(math.floor(low), math.ceil(high))


def percent(share: float) -> str:
    """A share in hundredths; what is not certain never reads 100."""
    return number(99 if 0.99 < share < 1 else 100 * share)


def plan_answer(plan: pd.DataFrame, ranking: Ranking) -> str:
    """Where the next centre helps most, how sure that is and what would change it: one sentence.

    Parameters
    ----------
    plan
        From the development plan; its first line is what the sentence speaks of.
    ranking
        The ranking it was made from.

    Returns
    -------
    str
        French sentence. The zone is told without reserve only if it is a robust priority, the
        commune only if at least 80 % of the draws keep it; a commune alone to be candidate is
        told as such.
    """
    words, given = _told(plan)
    first = plan.iloc[0]
    is_robust = first["verdict"] == ROBUST
    is_only = first["candidates_count"] == 1
    is_placed = first["site_share"] >= SURE_SHARE
    others = [] if is_placed else [name for name in str(first["other_sites"]).split("; ") if name]
    key = "unsure" if not is_robust else "only" if is_only else "open" if others else "sure"
    where = words[f"where_{key}"].format(
        sites=join([str(first["site_name"]), *others], words["or"]), zone=first["zone_name"]
    )
    told = "sure" if is_robust else "unsure"
    chance = words[f"chance_{told}"].format(chance=percent(float(first["p_top"])), **given)
    return sentence(typeset(" ; ".join([where, chance, _what_changes(plan, ranking, words)])))


def unlike_runs(plan: pd.DataFrame, ranking: Ranking) -> list[tuple[str, str]]:
    """Ways of ranking that put another zone first than the plan: their label, and that zone.

    Parameters
    ----------
    plan
        From the development plan.
    ranking
        The ranking it was made from; zones that the plan leaves out do not count.
    """
    runs = pd.DataFrame() if ranking.alternatives is None else ranking.alternatives
    runs = runs.drop(index=runs.index.intersection(list(plan.attrs["left_out"])))
    found = []
    for label in runs.columns:
        leaders = runs.index[runs[label] == runs[label].min()]
        if plan.index[0] not in leaders:
            zones = join([str(ranking.table.loc[code, "zone_name"]) for code in leaders])
            found.append((str(label), zones))
    return found


def _what_changes(plan: pd.DataFrame, ranking: Ranking, words: Mapping[str, Any]) -> str:
    """Alternatives of the ranking that put another zone first."""
    cases: dict[str, list[str]] = {}
    for label, zones in unlike_runs(plan, ranking):
        cases.setdefault(zones, []).append(label)
    if not cases:
        return str(words["change_none"])
    told = [
        words["case"].format(alternatives=", ".join(labels), zones=zones)
        for zones, labels in cases.items()
    ]
    return str(words["change_some"].format(cases=" ; ".join(told)))


def plan_shortfall(plan: pd.DataFrame) -> str:
    """What the posts do not do: communes still under the target, posts at another activity."""
    words, given = _told(plan)
    forms = words["post"]
    kind = "shortfall" if plan["below_after_count"].sum() > 0 else "shortfall_none"
    told = [words[kind].format(posts=plural(float(plan["posts_count"].sum()), *forms), **given)]
    other = float(plan["posts_other_count"].sum(min_count=len(plan)))
    if not math.isnan(other):
        told.append(
            words["activity"].format(
                care=number(plan.attrs["care_per_head"]),
                other_care=number(plan.attrs["other_care_per_head"]),
                other_posts=plural(other, *forms),
            )
        )
    return typeset(" ".join(told))


def plan_nearness(plan: pd.DataFrame) -> str:
    """How many inhabitants get a first practitioner within the limit, or that nobody does."""
    words, given = _told(plan)
    gained = float(plan["gained_count"].sum())
    if gained == 0:
        return typeset(words["near_none"].format(**given))
    people = plural(gained, "habitant", "habitants")
    return typeset(words["near_some"].format(people=people, **given))


def plan_notices(plan: pd.DataFrame) -> tuple[str, ...]:
    """What the plan leaves out, and why zones above the target on average have posts."""
    words, given = _told(plan)
    above = plan.loc[(plan["access_before"] >= plan.attrs["target"]) & (plan["posts_count"] > 0)]
    told = {"left_out": plan.attrs["left_out"].values(), "above": above["zone_name"]}
    return tuple(
        typeset(words[kind].format(zones=", ".join(names), **given))
        for kind, names in told.items()
        if len(names)
    )


def plan_title(plan: pd.DataFrame, department: str) -> str:
    """Title above the table."""
    return typeset(_told(plan)[0]["title"].format(department=department))


def plan_note(plan: pd.DataFrame) -> str:
    """What the columns mean, under the table."""
    words, given = _told(plan)
    return typeset(words["note"].format(**given))


def plan_table(plan: pd.DataFrame) -> tuple[dict[str, str], list[tuple[str, ...]]]:
    """Headings with their side (``"left"``, ``"right"``), and the lines of the table."""
    words, given = _told(plan)
    headings = {
        typeset(text.format(**given)): "right" if name in RIGHT else "left"
        for name, text in words["headings"].items()
    }
    return headings, [_line(row, words["site"]) for row in plan.to_dict("records")]


def _line(row: Mapping[str, Any], sites: Mapping[str, str]) -> tuple[str, ...]:
    low, high = row["departures_low_count"], row["departures_high_count"]
    before, after = row["access_before"], row["access_before"] + row["access_gained"]
    return (
        str(row["zone_name"]),
        typeset(
            sites["only" if row["candidates_count"] == 1 else "kept"].format(
                site=row["site_name"], share=percent(row["site_share"])
            )
        ),
        number(row["posts_count"]),
        departures_words(low, high),
        number(row["reached_count"]),
        f"{number(before, 1)} → {number(after, 1)}",
        typeset(
            f"{number(row['below_before_count'])} → {number(row['below_after_count'])} "
            f"sur {number(row['communes_count'])}"
        ),
        str(row["verdict"]),
    )


def plan_csv(plan: pd.DataFrame) -> bytes:
    """The plan as a CSV for French spreadsheets, one line per site in order."""
    words, given = _told(plan)
    table = plan.reset_index()
    header = [
        typeset(text.format(**given)).replace("\u202f", " ") for text in words["csv"].values()
    ]
    rows = [
        [_cell(row[name], DECIMALS.get(name, 0)) for name in words["csv"]]
        for row in table.to_dict("records")
    ]
    return to_csv(header, rows)


def _cell(value: Any, decimals: int) -> str:
    return safe_cell(value) if isinstance(value, str) else plain_number(value, decimals)
