"""Key figures of a page and the bars of its ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from demomed.core.document import (
    KeyFigure,
    RankingBar,
)
from demomed.core.indicator import (
    STATUS_LABELS,
)
from demomed.rendering.facts import ZoneFact
from demomed.rendering.french import count_word, ordinal, typeset, with_unit
from demomed.rendering.layers import Measured, Stage
from demomed.rendering.pages import FigureSpec

UNTOLD: tuple[str, ...] = ("missing", "not_applicable")
"""Statuses of a department of which there is nothing to say."""


def key_figures(
    specs: Sequence[FigureSpec], measured: Sequence[Measured], stage: Stage
) -> tuple[KeyFigure, ...]:
    """Large numbers of a page, each with one comparison in words and its date.

    What the department lacks is no key figure; what is told in words (a band) has no unit.
    """
    by_id = {m.layer.id: m for m in measured}
    found = []
    for spec in specs:
        layer = by_id.get("_".join(filter(None, (spec.indicator, spec.profession))))
        if layer is None or layer.department is None or layer.department.status in UNTOLD:
            continue
        found.append(
            KeyFigure(
                value=layer.department.text,
                unit=(spec.unit or layer.layer.unit) if layer.department.readable else "",
                label=spec.label,
                comparison=comparison(layer, stage.texts, stage.drawn[0]),
                nature_label=layer.layer.nature_label,
                date_label=layer.layer.date_label,
                layer_id=layer.layer.id,
            )
        )
    return tuple(found)


def comparison(measured: Measured, texts: Mapping[str, Any], level: str = "epci") -> str:
    """One comparison in words: the greatest part of a number, or the range of a rate.

    Of the same zones as the finding: those mostly of another department are left out. Where some
    values are not told, a range says of how many zones it is.
    """
    words, inside = texts["compose"]["key_figure"], texts["compose"]["finding"]["inside"]
    zones = [f for f in measured.facts.get(level, ()) if f.status != "not_applicable"]
    if any(fact.is_own and fact.readable for fact in zones):
        zones = [fact for fact in zones if fact.is_own]
    known = [fact for fact in zones if fact.readable]
    if not known:
        return str(typeset(words["none"]))
    if len(known) < len(zones):
        return _among_known(known, measured, texts, level)
    if len(zones) == 1:
        return ""
    low = min(known, key=lambda fact: (fact.value or 0.0, fact.code))
    high = max(known, key=lambda fact: (fact.value or 0.0, fact.code))
    if low.value == high.value:
        return str(typeset(words["same"]))
    if measured.layer.kind == "count":
        return str(
            typeset(words["highest"].format(value=high.text, where=inside.format(zone=high.where)))
        )
    return str(typeset(words["range"].format(low=low.text, high=_short(high, measured.layer.unit))))


def _among_known(
    known: Sequence[ZoneFact], measured: Measured, texts: Mapping[str, Any], level: str
) -> str:
    """The range of the values published, with their number; nothing of counts nor of one value."""
    ordered = sorted(known, key=lambda fact: (fact.value or 0.0, fact.code))
    if measured.layer.kind == "count" or ordered[0].value == ordered[-1].value:
        return ""
    count = count_word(len(known), feminine=texts["compose"]["levels"][level]["feminine"])
    high = _short(ordered[-1], measured.layer.unit)
    words = texts["compose"]["key_figure"]["range_known"]
    return str(typeset(words.format(low=ordered[0].text, high=high, count=count)))


def _short(fact: ZoneFact, unit: str) -> str:
    return with_unit(fact.text, unit) if len(unit) <= 3 else fact.text


def ranking_bars(measured: Measured, stage: Stage) -> tuple[RankingBar, ...]:
    """Zones of the default layer from the least to the most favourable; those without value last."""
    known = measured.facts.get(stage.drawn[0], ())
    legend = stage.texts["compose"]["legend"]
    last = len(known) + 1
    order = sorted(range(len(known)), key=lambda i: (known[i].rank or last, i))
    return tuple(
        RankingBar(
            code=fact.code,
            name=fact.name,
            rank=ordinal(fact.rank) if fact.rank else "",
            value=fact.value,
            text=fact.text,
            low=fact.low,
            high=fact.high,
            interval=fact.interval,
            status=_status_words(fact, legend),
            note=fact.parts,
        )
        for fact in (known[i] for i in order)
    )


def _status_words(fact: ZoneFact, legend: Mapping[str, str]) -> str:
    if fact.status in ("value", "zero"):
        return ""
    return typeset(STATUS_LABELS.get(fact.status, legend.get(fact.status, "")))
