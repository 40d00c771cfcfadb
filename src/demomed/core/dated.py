"""What may be told again at a later date: only what follows from earlier words and from movements.

A fact told earlier of a zone where nobody came or left is told again. Where somebody did, the only
thing told is a class that holds every number the earlier words leave possible, whoever moved: it is
chosen from these words and from how many came and left, never from today's number. Whoever kept
the earlier publication could have written it without the register: it teaches nothing of the age
of who moved, nor of who stayed. What was never told of a zone is not told later.

Birthdays are no movements: over a new year a number told again exactly may have grown, and a class
that no longer holds it gives way to a wider one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from demomed.core.cells import UNBOUNDED, Past
from demomed.core.coarse import Told, share_ladder
from demomed.core.facts import Facts, is_small, required
from demomed.core.ladders import Earlier, Key, Ladder, Rules
from demomed.core.movements import Since


def window(told: Earlier, moved: tuple[float, float], base: float) -> tuple[float, float]:
    """Every number of persons that earlier words and movements leave possible today.

    Parameters
    ----------
    told
        The fact as published before.
    moved
        Persons who left and who came since.
    base
        Persons counted today.

    Examples
    --------
    Twelve of twenty, then one left and two came: from eleven to fourteen of twenty-one.

    >>> window(Earlier(12, 20, None, "2025"), (1, 2), 21)
    (11.0, 14.0)
    >>> window(Earlier(12, 20, None, "2025"), (float("inf"), float("inf")), 21)
    (0.0, 21.0)
    """
    left, came = moved
    if np.isinf(left + came):
        return 0.0, float(base)
    if told.coarse is None:
        low, high = told.value, told.value
    else:
        bases = (max(0.0, base - came), base + left) if np.isnan(told.base) else (told.base,) * 2
        low = min(told.coarse.counts(round(one))[0] for one in bases)
        high = max(told.coarse.counts(round(one))[1] for one in bases)
    return float(max(0.0, low - left)), float(min(base, high + came))


def dated_ladders(
    facts: Facts, rules: Rules, before: Mapping[Key, Earlier], since: Since
) -> list[Ladder]:
    """Ladder of every number of persons and of every group told before, floors from the past only.

    Parameters
    ----------
    facts
        Figures of today.
    rules
        Threshold.
    before
        What was published at earlier dates, the latest words of each fact.
    since
        Who came and who left.
    """
    found: list[Ladder] = []
    for kind, zone, number in sorted(facts.rows):
        if kind != "share" or facts.base[zone, number] == 0 or np.isnan(facts.part[zone, number]):
            continue
        told = before.get(("share", facts.zones[zone], facts.ages[number]))
        found.append(_ladder(facts, (zone,), number, told, rules, since))
        group = before.get(("group", facts.zones[zone], facts.ages[number]))
        zones = _present(facts, group, number)
        if told is None and zones:
            ladder = _ladder(facts, zones, number, group, rules, since)
            if not ladder.is_mute:
                found.append(replace(ladder, kind="group", zone=zone, together=zones))
    return found


def follows(told: Earlier, now: Earlier, moved: tuple[float, float], base: float) -> bool:
    """Whether what is told today could be written from what was told earlier, as this rule asks.

    Examples
    --------
    >>> before = Earlier(12, 20, None, "2025")
    >>> follows(before, Earlier(11, 19, None, "2026"), (1, 0), 19)
    False
    >>> follows(before, Earlier(13, 20, None, "2026"), (0, 0), 20)
    True
    """
    if now.coarse is None:
        return told.coarse is None and moved == (0.0, 0.0)
    low, high = now.coarse.counts(round(base))
    least, most = window(told, moved, base)
    return low <= least and most <= high


def _present(facts: Facts, group: Earlier | None, number: int) -> tuple[int, ...]:
    if group is None:
        return ()
    zones = tuple(sorted(facts.zones.index(one) for one in group.together if one in facts.zones))
    known = all(("share", zone, number) in facts.rows for zone in zones)
    known = known and not np.isnan(facts.part[list(zones), number]).any()
    return zones if known and len(zones) == len(group.together) else ()


def _ladder(
    facts: Facts,
    zones: tuple[int, ...],
    number: int,
    told: Earlier | None,
    rules: Rules,
    since: Since,
) -> Ladder:
    part = float(facts.part[list(zones), number].sum())
    base = float(facts.base[list(zones), number].sum())
    unknown = bool(np.isnan(base))
    nothing = Told(0.0, UNBOUNDED if unknown else base, "")
    classes: list[Told] = []
    is_exact = False
    if told is not None and not unknown:
        moved = gross(told, [facts.zones[zone] for zone in zones], since)
        if told.coarse is None and moved == (0.0, 0.0) and told.base != base:
            moved = (np.inf, np.inf)  # another count than the movements say: nothing is known
        least, most = window(told, moved, base)
        is_exact = told.coarse is None and moved == (0.0, 0.0)
        is_exact = is_exact and not is_small(part, base, rules.threshold)

        def allowed(low: float, high: float) -> bool:
            return low <= least and most <= high and low <= part <= high

        width = int(required(base, rules.threshold))
        classes = share_ladder(int(least + most) // 2, round(base), width, allowed)
    rungs = (Told(part, part, ""), *classes, nothing)
    return Ladder("share", zones[0], number, rungs, 0 if is_exact and len(zones) == 1 else 1)


def gross(told: Earlier, zones: list[tuple[str, str]], since: Since) -> tuple[float, float]:
    """Persons who left and came in zones since a fact was told of them."""
    moved = [since(told.date, zone) for zone in zones]
    return sum(left for left, _ in moved), sum(came for _, came in moved)


def still_told(facts: Facts, before: Mapping[Key, Earlier], since: Since) -> list[Past]:
    """What earlier words still bound today, in zones and groups of which movements are known."""
    found: list[Past] = []
    for (kind, zone, age), told in sorted(before.items(), key=lambda item: item[0]):
        if kind not in ("share", "group") or age not in facts.ages:
            continue
        number, names = facts.ages.index(age), list(told.together or (zone,))
        places = [facts.zones.index(name) for name in names if name in facts.zones]
        base = float(facts.base[places, number].sum())
        if len(places) < len(names) or np.isnan(base):
            continue
        low, high = window(told, gross(told, names, since), base)
        part = float(facts.part[places, number].sum())
        if not np.isnan(part):
            low, high = min(low, part), max(high, part)
        found.append(Past(tuple(places), number, low, high))
    return found
