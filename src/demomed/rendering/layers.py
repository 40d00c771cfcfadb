"""From the rows of an indicator to a layer: classes, colours, circles, legend, texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from demomed.core.catalogue import services
from demomed.core.document import Layer, LegendEntry, LevelValues
from demomed.core.indicator import NATURE_LABELS, Indicator
from demomed.rendering.classes import (
    CLASSES_BY_LEVEL,
    Classing,
    assign,
    circle_radii,
    class_limits,
    make_classes,
    palette,
    reference_counts,
)
from demomed.rendering.facts import ZoneFact, facts, figure, written
from demomed.rendering.french import capitalised, day, number, sentence, typeset, with_unit
from demomed.rendering.pages import LayerSpec, name_service
from demomed.rendering.scales import Breaks
from demomed.rendering.sentences import finding
from demomed.rendering.subject import Subject
from demomed.rendering.text_alternative import text_alternative

LARGEST_RADIUS: Mapping[str, float] = {"epci": 30.0, "commune": 18.0}
"""Radius in pixels of the greatest count of a level."""
LEAST_READABLE = 0.1
"""Share of the zones concerned that must be readable for a level to be offered."""
SPECIAL: tuple[str, ...] = ("zero", "missing", "coarse", "masked", "not_applicable", "unstable")


@dataclass(frozen=True)
class Measured:
    """A layer with the facts it was made from, for tables, rankings and key figures."""

    layer: Layer
    indicator: Indicator
    profession: str
    facts: Mapping[str, tuple[ZoneFact, ...]]
    department: ZoneFact | None


@dataclass(frozen=True)
class Stage:
    """What every layer of a page shares: zones of each level, theme, texts, references.

    Parameters
    ----------
    zones
        Zone table of each level (see :func:`demomed.rendering.geometry.zone_table`).
    theme, texts
        Catalogue entries.
    of_territory
        « de la Mayenne ».
    references
        Columns ``indicator, profession, area_name, value`` in stored units: wider values in the
        very same field; empty when there is none.
    drawn
        Levels that a map may show, the coarsest first.
    whole
        Level whose only zone is the whole territory.
    classes
        Number of classes by level.
    breaks
        Inner bounds of classes set beforehand, so that several portals share a scale.
    """

    zones: Mapping[str, gpd.GeoDataFrame]
    theme: Mapping[str, Any]
    texts: Mapping[str, Any]
    of_territory: str
    references: pd.DataFrame
    drawn: tuple[str, ...] = ("epci", "commune")
    whole: str = "departement"
    classes: Mapping[str, int] = field(default_factory=lambda: CLASSES_BY_LEVEL)
    breaks: Breaks = field(default_factory=dict)


def build_layer(
    spec: LayerSpec, indicator: Indicator, rows: pd.DataFrame, stage: Stage
) -> Measured:
    """One layer of a page.

    Parameters
    ----------
    spec
        What the page says of it.
    indicator
        Its declaration.
    rows
        Public rows of this indicator and profession, all levels.
    stage
        What the layers of a page share.
    """
    if indicator.kind == "count" and not spec.zero:
        words = stage.texts["compose"]
        spec = replace(spec, zero=words["zero_count"], says_zero=words["zero_says"])
    by_level = dict(tuple(rows.groupby("level", sort=False)))
    known = {
        level: facts(
            by_level[level],
            zones,
            indicator,
            spec.profession,
            stage.texts,
            zero=spec.zero,
            parts=spec.parts,
        )
        for level, zones in stage.zones.items()
        if level in by_level
    }
    department = known[stage.whole][0] if known.get(stage.whole) else None
    nature = _nature(rows)
    indicator = indicator.told_as(nature)
    unit = typeset(indicator.unit)
    drawn = _offered(known, stage.drawn)
    reference = _reference(indicator, spec, department, stage)
    main = drawn[0]
    subject = Subject(
        says=name_service(spec.says, spec.profession),
        says_one=name_service(spec.says, spec.profession, 1),
        unit=unit,
        favourable=indicator.favourable,
        nature=nature,
        zero=name_service(spec.says_zero, spec.profession) or spec.zero,
        level=stage.texts["compose"]["levels"][main],
        compares=indicator.kind == "ratio" and indicator.scale == 1 and not indicator.sensitive,
        counts=indicator.kind == "count",
        personal=indicator.sensitive,
        about=stage.texts["compose"]["finding"]["about"] if nature == "derived" else "",
    )
    label = capitalised(name_service(typeset(indicator.label), spec.profession))
    date_label = _dates(rows)
    layer = Layer(
        id=spec.id,
        label=label,
        short_label=capitalised(name_service(typeset(indicator.short_label), spec.profession)),
        group=spec.group,
        unit=unit,
        kind=indicator.kind,
        nature=nature,
        nature_label=typeset(NATURE_LABELS[nature]),
        date_label=date_label,
        description=_prose(indicator.description, spec.profession),
        caveat=_prose(indicator.caveat, spec.profession),
        finding=finding(known[main], subject, stage.texts, department),
        text_alternative=text_alternative(
            known[main],
            subject,
            stage.texts,
            label=label,
            date_label=date_label,
            of_territory=stage.of_territory,
            department=department,
        ),
        source_ids=source_ids(rows),
        decimals=indicator.decimals,
        levels={
            level: level_values(known[level], indicator, level, spec, stage, reference)
            for level in drawn
        },
        legend_note=_legend_note(indicator, stage.texts),
        subject=typeset(services()[spec.profession].label) if spec.profession else "",
    )
    return Measured(layer, indicator, spec.profession, known, department)


def _offered(known: Mapping[str, Sequence[ZoneFact]], levels: Sequence[str]) -> list[str]:
    """Levels with something to read: a map on which all is secret is not offered.

    The coarsest level is kept whatever it holds, so that its silence is told.
    """
    drawn = [level for level in levels if level in known]
    kept = []
    for level in drawn:
        concerned = [fact for fact in known[level] if fact.status != "not_applicable"]
        read = sum(fact.readable or fact.status == "coarse" for fact in concerned)
        if level == drawn[0] or read >= LEAST_READABLE * len(concerned) > 0:
            kept.append(level)
    return kept


def source_ids(rows: pd.DataFrame) -> tuple[str, ...]:
    """Sources of the rows, in order of appearance."""
    cells = dict.fromkeys(rows["sources"].astype(str))
    return tuple(dict.fromkeys(s.strip() for cell in cells for s in cell.split(";") if s.strip()))


def _prose(text: str, profession: str) -> str:
    return sentence(name_service(typeset(text), profession)) if text else ""


def _nature(rows: pd.DataFrame) -> str:
    """The least certain nature among the rows."""
    order = (
        "fictional", "simulated", "register", "provided", "estimated", "routed", "derived", "official",
    )  # fmt: skip
    present = set(rows["nature"])
    return next((nature for nature in order if nature in present), "official")


def _dates(rows: pd.DataFrame) -> str:
    """First and last day of some values; a value of several days holds an ISO 8601 interval."""
    told = {str(d) for d in rows["date"] if pd.notna(d) and str(d)}
    dates = sorted({end[:10] for interval in told for end in interval.split("/")})
    return " – ".join(dict.fromkeys(day(d) for d in (dates[:1] + dates[-1:])))


def _legend_note(indicator: Indicator, texts: Mapping[str, Any]) -> str:
    words = texts["compose"]["legend"]
    if indicator.kind == "count":
        return typeset(words["circles"])
    return typeset(words["unfavourable" if indicator.favourable else "quantity"])


def _reference(
    indicator: Indicator, spec: LayerSpec, department: ZoneFact | None, stage: Stage
) -> str:
    words = stage.texts["compose"]
    unit = typeset(indicator.unit)
    told = []
    if department is not None:
        told.append(reference_of(department, unit, stage.texts))
    wider = stage.references
    mine = (wider["indicator"] == spec.indicator) & (wider["profession"] == spec.profession)
    for row in wider.loc[mine].to_dict("records"):
        value = with_unit(number(row["value"] * indicator.scale, indicator.decimals), unit)
        told.append(words["reference_wider"].format(area=row["area_name"], value=value))
    return typeset(" ".join(told))


def reference_of(department: ZoneFact, unit: str, texts: Mapping[str, Any]) -> str:
    """Sentence with the department's value."""
    return typeset(texts["compose"]["reference"].format(value=written(department, unit)))


def level_values(
    known: Sequence[ZoneFact],
    indicator: Indicator,
    level: str,
    spec: LayerSpec,
    stage: Stage,
    reference: str,
) -> LevelValues:
    """Values, classes, colours and legend of a layer at one level, in the order of the zones."""
    told = level != "commune"  # that of a handful of people in a commune only says « handful »
    classed = [fact.value is not None and fact.status != "zero" for fact in known]
    values = [fact.value for fact in known]
    circles = indicator.kind == "count"
    classing = Classing("fixed", (), 0, 1.0)
    classes: list[int | None] = [None] * len(known)
    colours: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    shown: list[float] = []
    if not circles:
        shown = [v for v, keep in zip(values, classed, strict=True) if keep and v is not None]
        classing = _classing(
            shown, indicator, stage.classes[level], spec, stage.breaks.get((spec.id, level), ())
        )
        colours = palette(stage.theme, indicator.favourable, classing.count)
        falling = indicator.favourable == "high"
        bounds = classing.bounds[::-1] if falling else classing.bounds
        index = assign(np.array(shown), classing.bounds).tolist()
        numbers = iter(classing.count - 1 - k if falling else k for k in index)
        classes = [next(numbers) if keep else None for keep in classed]
    radii = circle_radii(values, LARGEST_RADIUS[level]) if circles else ()
    legend = (
        _circle_legend(values, radii, indicator, level, stage)
        if circles
        else _class_legend(classing, shown, classes, colours, indicator, stage)
    )
    return LevelValues(
        values=tuple(values),
        texts=tuple(fact.text for fact in known),
        intervals=tuple(fact.interval if told else "" for fact in known),
        lows=tuple(fact.low if told and fact.interval else None for fact in known),
        highs=tuple(fact.high if told and fact.interval else None for fact in known),
        parts=tuple("" if fact.status == "zero" else fact.parts for fact in known),
        statuses=tuple(fact.status for fact in known),
        classes=tuple(classes),
        ranks=tuple(fact.rank for fact in known),
        bounds=bounds,
        colours=colours,
        radii=radii,
        legend=(*legend, *_special_legend(known, spec, stage)),
        reference=reference,
        classing=_classing_text(classing, circles, stage.texts),
    )


def _classing(
    shown: list[float],
    indicator: Indicator,
    most: int,
    spec: LayerSpec,
    shared: Sequence[float] = (),
) -> Classing:
    if fixed := indicator.breaks or tuple(shared):
        return make_classes(shown, 0, "fixed", fixed=fixed, decimals=indicator.decimals)
    return make_classes(shown, most, spec.method or "jenks", decimals=indicator.decimals)


def _class_legend(
    classing: Classing,
    shown: Sequence[float],
    classes: Sequence[int | None],
    colours: Sequence[str],
    indicator: Indicator,
    stage: Stage,
) -> list[LegendEntry]:
    words = stage.texts["compose"]
    unit = typeset(indicator.unit) if len(indicator.unit) <= 4 else ""
    falling = indicator.favourable == "high"
    known = np.array(shown)
    index = assign(known, classing.bounds)
    entries = []
    for position, (low, high) in enumerate(class_limits(classing, indicator.decimals)):
        last = position == classing.count - 1
        held = known[index == position]
        low = min(low, float(held.min())) if len(held) else low
        if classing.method == "fixed" and position == 0:
            label = words["at_most"].format(value=with_unit(number(high, indicator.decimals), unit))
        elif classing.method == "fixed" and last:
            bound = number(classing.bounds[position], indicator.decimals)
            label = words["above"].format(value=with_unit(bound, unit))
        elif low >= high:
            label = with_unit(number(high, indicator.decimals), unit)
        else:
            ends = (figure(low, indicator.decimals), figure(high, indicator.decimals))
            label = with_unit(words["range"].format(low=ends[0], high=ends[1]), unit)
        mine = classing.count - 1 - position if falling else position
        entries.append(
            LegendEntry("class", typeset(label), sum(k == mine for k in classes), colours[mine])
        )
    return entries if falling else entries[::-1]


def _circle_legend(
    values: Sequence[float | None],
    radii: Sequence[float],
    indicator: Indicator,
    level: str,
    stage: Stage,
) -> list[LegendEntry]:
    colour = stage.theme["colours"]["circle"]
    top = max((v for v in values if v is not None), default=0.0)
    return [
        LegendEntry(
            "circle",
            number(value, indicator.decimals),
            0,
            colour,
            circle_radii([top, value], LARGEST_RADIUS[level])[1],
        )
        for value in reference_counts(values, indicator.decimals)
    ]


def _special_legend(known: Sequence[ZoneFact], spec: LayerSpec, stage: Stage) -> list[LegendEntry]:
    words = stage.texts["compose"]["legend"]
    entries = []
    for state in SPECIAL:
        count = sum(fact.status == state for fact in known)
        if count:
            label = spec.zero if state == "zero" else words[state]
            colour = stage.theme["colours"]["zero"] if state == "zero" else ""
            entries.append(LegendEntry(state, typeset(label), count, colour))  # type: ignore[arg-type]
    return entries


def _classing_text(classing: Classing, circles: bool, texts: Mapping[str, Any]) -> str:
    words = texts["compose"]["classing"]
    if circles:
        return typeset(words["circles"])
    if not classing.count:
        return typeset(words["none"])
    text = words[classing.method]
    return typeset(f"{text} {words['reduced']}" if classing.reduced else text)
