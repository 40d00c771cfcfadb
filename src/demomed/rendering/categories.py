"""Layers of categories: what class an official zoning gives each commune, with hue and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from demomed.core.document import Layer, LegendEntry, LevelValues
from demomed.core.indicator import NATURE_LABELS, STATUS_LABELS, Indicator
from demomed.core.territory import Territory
from demomed.rendering.classes import ramp
from demomed.rendering.facts import ZoneFact
from demomed.rendering.french import capitalised, day, join, number, typeset, with_unit
from demomed.rendering.layers import Measured, Stage
from demomed.rendering.pages import CategorySpec

LEVEL: Literal["commune"] = "commune"
"""Level at which official zonings are decided."""


def category_layers(
    specs: Sequence[CategorySpec], territory: Territory, stage: Stage
) -> list[Measured]:
    """One layer per zoning of a page that the communes of the territory know.

    Parameters
    ----------
    specs
        Zonings as the page declares them.
    territory
        The department; a column of its communes holds the class of each.
    stage
        What the layers of a page share.

    Returns
    -------
    list of Measured
        Without the zonings that no commune has; a class that the page does not name is shown by
        its own code, after the others.
    """
    found = []
    for spec in specs:
        if spec.column in territory.communes and len(stage.zones[LEVEL]):
            classes = territory.communes[spec.column].reindex(stage.zones[LEVEL].index)
            if classes.notna().any():
                found.append(_layer(spec, classes, territory, stage))
    return found


def _layer(spec: CategorySpec, classes: pd.Series, territory: Territory, stage: Stage) -> Measured:
    words = stage.texts["compose"]
    unnamed = sorted({str(c) for c in classes.dropna()} - set(spec.classes))
    labels = {**spec.classes, **{code: code for code in unnamed}}
    present = [code for code in labels if (classes == code).any()]
    colours = _colours(spec, present, stage.theme)
    source = territory.sources.get(spec.source)
    zones = stage.zones[LEVEL]
    facts = tuple(
        _fact(str(code), str(name), labels.get(given) if isinstance(given, str) else None, words)
        for code, name, given in zip(zones.index, zones["zone_name"], classes, strict=True)
    )
    finding = _finding(spec, labels, present, classes, territory, words)
    date = day(source.as_of) if source is not None and source.as_of else ""
    layer = Layer(
        id=spec.column,
        label=spec.label,
        short_label=spec.short_label,
        group=spec.group,
        unit="",
        kind="category",
        nature="official",
        nature_label=typeset(NATURE_LABELS["official"]),
        date_label=date,
        description=spec.description,
        caveat=spec.caveat,
        finding=finding,
        text_alternative=typeset(
            words["categories"]["alternative"].format(
                label=spec.label, of=stage.of_territory, finding=finding
            )
        ),
        source_ids=(spec.source,),
        decimals=0,
        levels={LEVEL: _values(facts, classes, labels, present, colours, spec, words)},
        legend_note="",
    )
    return Measured(layer, _declared(spec), "", {LEVEL: facts}, None)


def _colours(
    spec: CategorySpec, present: Sequence[str], theme: Mapping[str, Any]
) -> dict[str, str]:
    """Dark to light in the order of the page, or one hue a class when there is no order."""
    if spec.is_ordered:
        shades = ramp(theme["scales"]["difficulty"], len(present))[::-1]
        return dict(zip(present, shades, strict=True))
    wheel = theme["scales"]["categories"]
    return {code: wheel[place % len(wheel)] for place, code in enumerate(present)}


def _fact(code: str, name: str, label: str | None, words: Mapping[str, Any]) -> ZoneFact:
    status = "missing" if label is None else "value"
    text = words["missing"] if label is None else capitalised(label)
    return ZoneFact(
        code=code,
        name=name,
        where="",
        value=None,
        low=None,
        high=None,
        numerator=None,
        denominator=None,
        status=status,
        text=text,
        interval="",
        parts="",
        rank=None,
    )


def _values(
    facts: Sequence[ZoneFact],
    classes: pd.Series,
    labels: Mapping[str, str],
    present: Sequence[str],
    colours: Mapping[str, str],
    spec: CategorySpec,
    words: Mapping[str, Any],
) -> LevelValues:
    place = {code: len(present) - 1 - k for k, code in enumerate(present)}
    legend = [
        LegendEntry("class", capitalised(labels[code]), int((classes == code).sum()), colours[code])
        for code in present
    ]
    absent = int(classes.isna().sum())
    if absent:
        legend.append(LegendEntry("missing", typeset(words["legend"]["missing"]), absent, ""))
    none: tuple[None, ...] = (None,) * len(facts)
    return LevelValues(
        values=none,
        texts=tuple(fact.text for fact in facts),
        intervals=("",) * len(facts),
        lows=none,
        highs=none,
        parts=("",) * len(facts),
        statuses=tuple(fact.status for fact in facts),
        classes=tuple(place.get(c) if isinstance(c, str) else None for c in classes),
        ranks=none,
        bounds=(),
        colours=tuple(colours[code] for code in reversed(present)),
        radii=(),
        legend=tuple(legend),
        reference="",
        classing=typeset(words["categories"]["classing"]),
    )


def _finding(
    spec: CategorySpec,
    labels: Mapping[str, str],
    present: Sequence[str],
    classes: pd.Series,
    territory: Territory,
    words: Mapping[str, Any],
) -> str:
    """How many communes of the department are in each class, and what share of its people."""
    own = territory.members("departement").index.intersection(classes.index)
    people = territory.communes["population"].astype(float).reindex(own)
    every = people.sum() or 1.0
    told = []
    for code in present:
        inside = classes.reindex(own) == code
        if inside.any():
            told.append(
                words["categories"]["one"].format(
                    label=labels[code],
                    count=number(int(inside.sum())),
                    share=with_unit(number(100 * people[inside].sum() / every), "%"),
                )
            )
    return typeset(
        words["categories"]["finding"].format(
            label=capitalised(spec.short_label), total=number(len(own)), classes=join(told)
        )
    )


def _declared(spec: CategorySpec) -> Indicator:
    def none(*_: Any) -> Any:
        raise NotImplementedError(STATUS_LABELS["missing"])

    return Indicator(
        id=spec.column,
        label=spec.label,
        short_label=spec.short_label,
        unit="",
        kind="category",
        favourable=None,
        theme="acces",
        description=spec.description,
        caveat=spec.caveat,
        numerator="",
        denominator="",
        sources=(spec.source,),
        nature="official",
        measure=none,
        levels=(LEVEL,),
    )
