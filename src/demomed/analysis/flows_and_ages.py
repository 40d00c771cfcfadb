"""What the published ages of two dates would tell of those who came or left, once flows are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from demomed.core.indicator import PublicIndicators
from demomed.core.ladders import earlier

AgeChanges = Mapping[tuple[str, str, str], Sequence[tuple[float, float]]]
"""By profession, level and zone: least and most change of each number of persons above an age."""


def age_changes(before: PublicIndicators, after: PublicIndicators) -> AgeChanges:
    """Bounds that two publications give to the change of each number of persons above an age.

    Parameters
    ----------
    before, after
        Two publications of the same register.

    Returns
    -------
    mapping
        Only ages told at both dates, exactly or by a class.
    """
    found: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    first, last = earlier(before.table), earlier(after.table)
    for kind, facts in last.items():
        profession = kind.split("/")[0]
        for key, now in facts.items():
            then = first.get(kind, {}).get(key)
            if then is None or key[0] not in ("share", "count") or pd.isna(now.base + then.base):
                continue
            (low_then, high_then), (low_now, high_now) = (
                fact.bounds(fact.base) for fact in (then, now)
            )
            found.setdefault((profession, *key[1]), []).append(
                (low_now - high_then, high_now - low_then)
            )
    return found


def ages_betrayed(
    came: float, left: float, changes: Sequence[tuple[float, float]], *, threshold: int = 5
) -> bool:
    """Whether telling how many came and left would tell the age of too many of them.

    Supposing that nobody who stayed passed the age (the two dates may be close), the older among
    those who left are the older who came minus the change: their number must stay unknown within
    an interval as wide as the threshold, or as all those who left; and so for those who came.

    Parameters
    ----------
    came, left
        Persons, moves included.
    changes
        Least and most change of each number of persons above an age.
    threshold
        Persons.

    Examples
    --------
    >>> ages_betrayed(0, 5, [(-5, -5)]), ages_betrayed(6, 6, [(0, 0)])
    (True, False)
    """
    for low, high in changes:
        older_left = min(left, came - low) - max(0.0, -high)
        older_came = min(came, left + high) - max(0.0, low)
        if older_left < min(threshold, left) or older_came < min(threshold, came):
            return True
    return False
