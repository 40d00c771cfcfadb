"""The gate: nothing about a person leaves it, and no calculation brings it back.

**Audience.** An indicator is told at the levels its declaration makes public; its rows at other
levels are left out.

**Rules.** A number of persons having reached an age is hidden when the persons it is taken from,
those counted, or those left, are fewer than the threshold; nobody at all (0 %) or everybody (100 %)
tells the age of each of them and is hidden too. So is the number of those between two published
ages when it is from 1 to the threshold, and any of these in a set of persons that subtraction gives
(a department minus its EPCIs, an EPCI minus its communes, the part of an EPCI across the border).
Means and medians are told of departments, rounded, and only when the counts by age say as much
already (see :mod:`demomed.core.typical`).

**Secondary protection.** All the numbers of persons drawn from the ages of one profession at one
date, at all levels, are one linear system; the attacker is given all head counts by zone of persons
of known age. The cheapest set of figures to coarsen or withhold is chosen so that each hidden number
keeps a feasible interval as wide as the threshold, or as the whole group when it is smaller; see
:mod:`demomed.core.suppression`. Each level has the same total cost, shared between its zones.

**Coarser truths.** In the place of an exact figure the finest safe class is told: « moins de la
moitié », « au moins un tiers »… ; « secret » comes last.

**Dates.** Once a profession has been told, what is told of it later follows from what was told and
from how many came and left, whatever their ages (see :mod:`demomed.core.dated`): exactly where nobody
moved, by a class that holds every possible number elsewhere, or not at all.

The promise holds against whoever reads everything published and knows all head counts. As with any
masking, who knows the rule knows that a hidden number is likely to be small: that is what the
threshold says, no more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from demomed.core.coarse import group_text
from demomed.core.facts import (
    Facts,
    Kind,
    families,
    fewest_typical,
    plausible_ages,
    quantity,
    sensitive,
)
from demomed.core.faults import Fault, InputError
from demomed.core.gate import Choice, Known, Neighbours, Rules, decide
from demomed.core.indicator import COLUMNS, Indicators, PublicIndicators, get_indicator
from demomed.core.ladders import Earlier, Key, earlier
from demomed.core.movements import Movements, Since
from demomed.core.typical import rounded_half_up

THRESHOLD = 5
"""Smallest number of persons behind a published fact about persons; never lower."""

EMPTIED: tuple[str, ...] = ("value", "low", "high", "numerator", "denominator")
"""Columns a masked row leaves empty."""


def protect(
    indicators: Indicators,
    *,
    hierarchy: Mapping[str, pd.Series] | None = None,
    threshold: int = THRESHOLD,
    previous: PublicIndicators | None = None,
    moves: pd.DataFrame | None = None,
    beside: PublicIndicators | None = None,
    neighbours: Neighbours | None = None,
    elsewhere: Collection[str] = (),
    internal: bool = False,
) -> PublicIndicators:
    """Hide what would tell the age of a person, and tell the finest coarser truth that is safe.

    Facts to be published together must pass together: two tables protected apart may tell more
    side by side than either.

    Parameters
    ----------
    indicators
        Every level and indicator to be published. Already public values pass unchanged.
    hierarchy
        For each level, the zone of every elementary code (commune); needed as soon as facts about
        persons come at several levels.
    threshold
        Smallest number of persons behind a fact about persons, 5 at least.
    previous
        All earlier publications, if there were some.
    moves
        Who came and who left since each of their dates, as :class:`demomed.core.movements.Movements`
        holds it; what is not there is unknown, and then nothing told earlier is told again.
    beside
        What is published elsewhere of the same persons on the same day.
    neighbours
        For each level, the zones that touch each zone: a zone too small to tell anything is then
        told with its neighbours (« avec « A » et « B » : au moins un tiers »).
    elsewhere
        Zones of which another portal tells the facts about persons: nothing of them is told here,
        and all of them is taken as known, so that two portals side by side tell no more than one.
    internal
        Leave every row and every value, for authorised use only: the result is stamped and must not
        be published.

    Returns
    -------
    PublicIndicators
        The rows that may be public, in the same order. Masked rows have neither value, bounds,
        numerator nor denominator; the column ``coarse`` holds a French text, or nothing. Means and
        medians are rounded as they are shown.

    Raises
    ------
    InputError
        If the threshold is under 5, if values were already masked for a lower one, or if levels do
        not fit together.

    Examples
    --------
    >>> from demomed.core.indicator import COLUMNS, Indicators
    >>> protect(Indicators(pd.DataFrame(columns=list(COLUMNS)))).threshold
    5
    """
    check_threshold(threshold)
    if isinstance(indicators, PublicIndicators) and not indicators.internal:
        return _again(indicators, threshold, internal)
    table = indicators.table.assign(coarse="")[[*COLUMNS, "coarse"]]
    if internal:
        table = table.reset_index(drop=True)
        return PublicIndicators(table, threshold=threshold, internal=True)
    table = table.loc[_is_public(table)].reset_index(drop=True)
    _check_levels(table, hierarchy)
    rules = Rules(threshold, max(threshold, fewest_typical()), plausible_ages()[-1])
    table = _rounded(_withhold(table, _unreadable(table)))
    past = earlier(previous.table) if previous is not None else {}
    same_day = earlier(beside.table) if beside is not None else {}
    moved = Movements(moves).known() if moves is not None else {}

    def gated(others: Mapping[str, Mapping[Key, Earlier]]) -> pd.DataFrame:
        return _gated(table, hierarchy or {}, rules, past, others, moved, neighbours)

    told = gated(same_day)
    theirs = sensitive(table) & table["zone_code"].isin(list(elsewhere))
    if theirs.any():
        known = earlier(table.loc[theirs])
        both = {key: {**known.get(key, {}), **same_day.get(key, {})} for key in {*known, *same_day}}
        told = _less(told, gated(both))
        told = _withhold(told, theirs & ~told["status"].isin(("missing", "not_applicable")))
        told.loc[theirs, "coarse"] = ""
    return PublicIndicators(told, threshold=threshold, internal=False)


def _gated(
    table: pd.DataFrame,
    hierarchy: Mapping[str, pd.Series],
    rules: Rules,
    before: Mapping[str, Mapping[Key, Earlier]],
    same_day: Mapping[str, Mapping[Key, Earlier]],
    moved: Mapping[Any, Any],
    neighbours: Neighbours | None,
) -> pd.DataFrame:
    """Every family of facts through the gate, one date after the other."""
    past = dict(before)
    for (date, profession, family), facts in families(table):
        kind = f"{profession}/{family}"
        mine = past.get(kind, {})
        known = Known(
            Since(moved, profession, family),
            mine,
            same_day.get(kind, {}),
            has_birthdays=any(told.date[:4] != date[:4] for told in mine.values()),
        )
        choice = decide(facts, hierarchy, rules, known, neighbours)
        table = _told(table, facts, choice)
        rows = [label for labels in facts.rows.values() for label in labels]
        for key, told in earlier(table.loc[sorted(rows)]).items():
            past[key] = {**past.get(key, {}), **told}
    return table


def _less(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """What two choices both tell: a fact is told exactly, or in a class, where neither says less.

    Telling less than a safe choice is safe: what both tell is safe from the readers of each.
    """
    masked = second["status"] == "masked"
    only = masked & (first["status"] != "masked")
    differ = masked & ~only & (first["coarse"] != second["coarse"])
    told = _withhold(first, only)
    told.loc[only, "coarse"] = second.loc[only, "coarse"]
    told.loc[differ, "coarse"] = ""
    return told


def check_threshold(threshold: int) -> None:
    """Refuse a threshold below the smallest number of persons that may stand behind a fact."""
    if threshold < THRESHOLD:
        raise InputError(
            Fault(
                "seuil de secret",
                f"{threshold}",
                f"un seuil d'au moins {THRESHOLD} personnes",
                f"laisser {THRESHOLD}, ou donner 10 ou 11 si l'organisme l'exige",
            )
        )


def _again(public: PublicIndicators, threshold: int, internal: bool) -> PublicIndicators:
    """What passed the gate passes again unchanged; what is hidden cannot come back."""
    if threshold > public.threshold or internal:
        raise InputError(
            Fault(
                "seuil de secret",
                f"des valeurs déjà masquées au seuil de {public.threshold}",
                "les valeurs calculées, non masquées",
                "recalculer les indicateurs puis les protéger une seule fois",
            )
        )
    return public


def _is_public(table: pd.DataFrame) -> pd.Series:
    """Rows of indicators that may leave the mission at their level."""
    pairs = table[["indicator", "level"]].drop_duplicates()
    known = [
        get_indicator(id_).is_public_at(level)
        for id_, level in zip(pairs["indicator"], pairs["level"], strict=True)
    ]
    public = pd.MultiIndex.from_frame(pairs.loc[known])
    inside = pd.MultiIndex.from_frame(table[["indicator", "level"]]).isin(public)
    return pd.Series(inside, index=table.index)


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Means and medians with no more decimals than shown, and without what would give more."""
    typical = {
        id_: get_indicator(id_).decimals
        for id_ in table["indicator"].unique()
        if quantity(id_).kind in ("mean", "median")
    }
    table = table.copy()
    for id_, decimals in typical.items():
        mine = (table["indicator"] == id_) & table["value"].notna()
        told = [rounded_half_up(value, decimals) for value in table.loc[mine, "value"]]
        table.loc[mine, "value"] = told
        table.loc[mine, ["low", "high", "numerator"]] = np.nan
    return table


def _check_levels(table: pd.DataFrame, hierarchy: Mapping[str, pd.Series] | None) -> None:
    levels = sorted(table.loc[sensitive(table), "level"].unique()) if len(table) else []
    unknown = [level for level in levels if level not in (hierarchy or {})]
    if len(levels) > 1 and unknown:
        raise InputError(
            Fault(
                "protection des âges",
                "emboîtement inconnu pour : " + ", ".join(unknown),
                "la zone de chaque commune à chaque niveau publié",
                "donner « hierarchy », ou ne protéger qu'un niveau",
            )
        )


def _unreadable(table: pd.DataFrame) -> pd.Series:
    """Facts about persons of which nothing says how many persons are behind: never told.

    Only a plain count may come without base; anything else needs whole numbers of persons.
    """
    numbers = table[list(EMPTIED)].astype(float)
    told = numbers.notna().any(axis=1)
    if table.empty:
        return told
    base, part, value = numbers["denominator"], numbers["numerator"], numbers["value"]
    is_count = table["indicator"].map(lambda id_: get_indicator(id_).kind == "count").astype(bool)
    is_typical = table["indicator"].map(lambda id_: quantity(id_).kind != "share").astype(bool)
    counted = part.where(part.notna() | ~is_count, value)
    whole_base = base.notna() & (base >= 0) & (base % 1 == 0)
    whole_part = (counted >= 0) & (counted % 1 == 0) & ~(counted > base)
    readable = whole_base & (is_typical | whole_part | (base == 0))
    readable |= is_count & base.isna() & whole_part
    return sensitive(table) & told & ~readable


def _withhold(table: pd.DataFrame, hidden: pd.Series | Sequence[int]) -> pd.DataFrame:
    masked = table.copy()
    masked.loc[hidden, list(EMPTIED)] = np.nan
    masked.loc[hidden, "status"] = "masked"
    return masked


def _told(table: pd.DataFrame, facts: Facts, choice: Choice) -> pd.DataFrame:
    hidden: list[int] = [label for fact in choice.untold for label in facts.rows[fact]]
    words: dict[int, str] = {}
    told = zip(choice.ladders, choice.pattern.rungs.tolist(), strict=True)
    for ladder, rung in sorted(told, key=lambda pair: pair[0].kind == "group"):
        if rung == 0:
            continue
        text = ladder.rungs[rung].text
        kind: Kind = ladder.kind
        if kind == "group":
            if not text:
                continue
            kind = "share"
            others = [
                facts.rows[(kind, z, ladder.number)][0] for z in ladder.together if z != ladder.zone
            ]
            text = group_text([str(table.at[label, "zone_name"]) for label in others], text)
        labels = facts.rows[(kind, ladder.zone, ladder.number)]
        hidden += labels
        words.update(dict.fromkeys(labels, text))
    table = _withhold(table, sorted(set(hidden)))
    table.loc[list(words), "coarse"] = pd.Series(words, dtype="object")
    return table
