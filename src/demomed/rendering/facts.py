"""Values of one indicator at one level, as a reader sees them: rounded, worded, ranked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from demomed.core.indicator import STATUS_LABELS, Indicator
from demomed.rendering.french import interval, number, rounded, typeset, with_unit
from demomed.rendering.language import writing
from demomed.rendering.pages import name_service

FEW = 5
"""People under which a rate is never told alone."""
NO_PARTS = "-"
"""Pattern of a layer whose parts would tell the reader nothing."""
READABLE: tuple[str, ...] = ("value", "unstable", "zero")
"""Statuses of zones whose value can be read."""


@dataclass(frozen=True)
class ZoneFact:
    """What is known of one zone: shown value, interval, parts, status and rank.

    ``weak``: the value rests on fewer than five people, so that it is never told alone as a rate.
    ``is_own``: at least half of the inhabitants live in the department, so that a sentence may
    name the zone.
    """

    code: str
    name: str
    where: str
    value: float | None
    low: float | None
    high: float | None
    numerator: float | None
    denominator: float | None
    status: str
    text: str
    interval: str
    parts: str
    rank: int | None
    weak: bool = False
    is_own: bool = True

    @property
    def readable(self) -> bool:
        """Whether the zone has a value."""
        return self.value is not None

    def differs_from(self, other: ZoneFact) -> bool:
        """Whether the values of two zones differ beyond their intervals."""
        if self.value is None or other.value is None or self.value == other.value:
            return False
        if None in (self.low, self.high, other.low, other.high):
            return self.interval == other.interval
        return self.high < other.low or other.high < self.low  # type: ignore[operator]

    def excludes(self, reference: float) -> bool:
        """Whether the interval of the zone leaves a reference value out."""
        if self.low is None or self.high is None:
            return False
        return self.high < reference or self.low > reference


def zone_phrase(full_name: str, short_name: str, texts: Mapping[str, Any]) -> str:
    """How a sentence names an intercommunality, with the article its official name carries.

    Parameters
    ----------
    full_name
        Official name, for instance « CC du Pays de Craon ».
    short_name
        Name written on the map.
    texts
        Texts of the catalogue (``compose.kinds``: words for CC, CA, CU, ME).

    Examples
    --------
    >>> texts = {"compose": {"kinds": {"CC": "la communauté de communes", "CU": "la communauté urbaine"}}}
    >>> [zone_phrase(full, short, texts) for full, short in (
    ...     ("CC du Pays de Craon", "Pays de Craon"), ("CC de l'Ernée", "Ernée"),
    ...     ("CU d'Alençon", "Alençon"), ("CC Mayenne Communauté", "Mayenne Communauté"),
    ...     ("CC du Pays Fertois et du Bocage Carrougien", "Pays Fertois"))]
    ['le Pays de Craon', "l'Ernée", "la communauté urbaine d'Alençon", 'Mayenne Communauté',
     'le Pays Fertois et le Bocage Carrougien']
    """
    if not writing().declined:
        return short_name
    kinds = texts["compose"]["kinds"]
    article = texts["compose"].get("articles", {}).get(full_name.split(" ", 1)[0])
    if article:
        return f"{article} {full_name}"
    found = re.match(r"(\w+) (?:(du|des|de la|de l['’]|d['’]|de) ?)?(.+)$", full_name)
    if not found or found[1] not in kinds or re.search("[\"”“«»]|''", found[3]):
        return short_name
    preposition, rest = found[2], found[3]
    article = {"du": "le ", "des": "les ", "de la": "la "}.get(preposition or "")
    if article:
        return article + _coordinated(rest)
    if preposition and preposition.startswith("de l"):
        return preposition[3:] + rest
    if preposition:
        glue = " " if preposition == "de" else ""
        return f"{kinds[found[1]]} {preposition}{glue}{rest}"
    return short_name


def _coordinated(rest: str) -> str:
    """« Romorantinais et du Monestois » as « Romorantinais et le Monestois »."""
    first, joined, second = rest.partition(" et du ")
    if joined and not re.search(r"\bd[eu]s? |\bd['’]", first):
        return f"{first} et le {second}"
    return rest


def visible(value: float, decimals: int, *, share: bool = False) -> float:
    """The value as it is shown: never a bare 0 (or 100 %) for what is only nearly so.

    Parameters
    ----------
    value
        Value in shown units.
    decimals
        Decimals shown; more are kept, three at most, when rounding would give 0.
    share
        Whether the value is a percentage, of which 100 must not be given either by rounding.

    Examples
    --------
    >>> visible(41.4, 0), visible(0.31, 0), visible(0.0, 0), visible(99.72, 0, share=True)
    (41.0, 0.3, 0.0, 99.7)
    """
    ends = (0.0, 100.0) if share else (0.0,)
    for places in range(decimals, decimals + 4):
        shown = rounded(value, places)
        if shown not in ends or abs(shown - value) < 1e-9:
            return shown
    return shown


def figure(value: float, decimals: int) -> str:
    """A shown value in French, with the further decimals that :func:`visible` kept.

    Examples
    --------
    >>> figure(41.0, 0), figure(0.3, 0), figure(2.5, 1)
    ('41', '0,3', '2,5')
    """
    kept = len(repr(float(value)).partition(".")[2].rstrip("0"))
    return number(value, max(decimals, kept))


def facts(
    rows: pd.DataFrame,
    zones: pd.DataFrame,
    indicator: Indicator,
    profession: str,
    texts: Mapping[str, Any],
    *,
    zero: str = "",
    parts: str = "",
) -> tuple[ZoneFact, ...]:
    """What the public indicators say of each zone of a level, in the order of the zones.

    Parameters
    ----------
    rows
        Rows of one indicator, one profession and one level.
    zones
        Index zone code; ``short_name``, ``phrase`` and ``is_own``.
    indicator
        Declaration of the indicator.
    profession
        Identifier of the profession, or empty.
    texts
        Texts of the catalogue.
    zero
        Words of a true zero when zero is told apart; empty otherwise.
    parts
        How to tell what a value is made of (see :class:`~demomed.rendering.pages.LayerSpec`).

    Returns
    -------
    tuple of ZoneFact
        A zone absent from ``rows`` is missing; the coarser truth of a masked zone is a share, told
        on shares only; rank 1 is the least favourable value, ties share
        the smallest rank.
    """
    table = rows.set_index("zone_code").reindex(zones.index)
    if "coarse" not in table:
        table["coarse"] = ""
    scale, decimals = indicator.scale, indicator.decimals
    raw = _numbers(table["value"])
    share = scale == 100
    shown = [None if v is None else visible(v * scale, decimals, share=share) for v in raw]
    ranks = rank_values(shown, indicator.favourable)
    columns = zip(
        zones.index,
        zones["short_name"],
        zones["phrase"],
        zones["is_own"],
        raw,
        shown,
        *(_numbers(table[name]) for name in ("low", "high", "numerator", "denominator")),
        table["status"].fillna("missing"),
        table["coarse"].fillna(""),
        ranks,
        strict=True,
    )
    found = []
    for (
        code,
        name,
        where,
        is_own,
        value,
        seen,
        low,
        high,
        top,
        base,
        status,
        coarse,
        rank,
    ) in columns:
        bounded = low is not None and high is not None and indicator.kind != "count"
        coarse = coarse if share else ""
        state = _state(status, seen, value, zero, coarse)
        found.append(
            ZoneFact(
                code=str(code),
                name=str(name),
                where=str(where),
                value=seen,
                low=rounded(low * scale, decimals) if bounded else None,
                high=rounded(high * scale, decimals) if bounded else None,
                numerator=top,
                denominator=base,
                status=state,
                text=_text(state, seen, indicator, coarse, texts),
                interval=interval(low * scale, high * scale, decimals) if bounded else "",
                parts=_parts(parts, top, base, indicator, profession, texts)
                if value is not None
                else "",
                rank=rank,
                weak=state == "unstable" or (indicator.sensitive and top is not None and top < FEW),
                is_own=bool(is_own),
            )
        )
    return tuple(found)


def _numbers(column: pd.Series) -> list[float | None]:
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return [None if np.isnan(v) else v for v in values.tolist()]


def _state(status: str, seen: float | None, value: float | None, zero: str, coarse: str) -> str:
    if seen is None:
        if status == "masked" and coarse:
            return "coarse"
        return status if status in STATUS_LABELS and status not in READABLE else "missing"
    if zero and value == 0:
        return "zero"
    return "unstable" if status == "unstable" else "value"


def _text(
    state: str,
    seen: float | None,
    indicator: Indicator,
    coarse: str,
    texts: Mapping[str, Any],
) -> str:
    if seen is not None:
        return figure(seen, indicator.decimals)
    if state == "coarse":
        return typeset(coarse)
    return str(texts["compose"].get(state, texts["compose"]["missing"]))


def _parts(
    pattern: str,
    top: float | None,
    base: float | None,
    indicator: Indicator,
    profession: str,
    texts: Mapping[str, Any],
) -> str:
    if pattern == NO_PARTS:
        return ""
    if pattern:
        needed = (("{numerator}", top), ("{denominator}", base))
        if any(name in pattern and value is None for name, value in needed):
            return ""
        return name_service(pattern, profession, top or 0).format(
            numerator=number(top or 0), denominator=number(base or 0)
        )
    if top is None or base is None or indicator.kind != "ratio":
        return ""
    if not indicator.numerator or not indicator.denominator:
        return ""
    words = texts["compose"]
    told = words["parts_share"] if indicator.scale == 100 else words["parts_rate"]
    return str(
        told.format(
            numerator=f"{number(top)} {name_service(typeset(indicator.numerator), profession, top)}",
            denominator=f"{number(base)} {name_service(typeset(indicator.denominator), profession, base)}",
        )
    )


def rank_values(values: list[float | None], favourable: str | None) -> list[int | None]:
    """Rank of each value: 1 is the least favourable (the greatest when there is no direction).

    Examples
    --------
    >>> rank_values([41, 84, None, 41], "high"), rank_values([41, 84, None, 41], None)
    ([1, 3, None, 1], [2, 1, None, 2])
    """
    series = pd.Series(values, dtype=float)
    ranks = series.rank(method="min", ascending=favourable == "high")
    return [None if np.isnan(r) else int(r) for r in ranks]


def written(fact: ZoneFact, unit: str) -> str:
    """Value of a zone with its unit, or the words for its absence."""
    return with_unit(fact.text, unit) if fact.readable else fact.text
