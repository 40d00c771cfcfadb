"""« Notre calcul et l'APL » : access « de type APL » judged against the published one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from demomed.analysis.apl_versions import apl_version, default_version
from demomed.analysis.rank_correlation import RankCorrelation, rank_correlation
from demomed.core.catalogue import departments, entry
from demomed.core.portrait import PlainTable
from demomed.core.report import Figure, Report, Section
from demomed.dossiers.material import Material
from demomed.rendering.canvas import Canvas, Scale, ticks
from demomed.rendering.classes import palette
from demomed.rendering.french import MINUS, count_word, join, number, typeset
from demomed.rendering.reports import dossier_words, make_report, plain_table
from demomed.rendering.small_map import Swatch, class_of, class_swatches, small_map

PAGE = "type_apl"
LEAST_ZONES = 4
"""Intercommunalities from which a rank correlation has an interval."""
LEVELS = ("epci", "commune")


def dossier(material: Material) -> Report | None:
    """The computed access beside the published one, at both levels.

    Returns
    -------
    Report or None
        ``None`` where no APL is published, or for fewer than four intercommunalities.
    """
    both = {level: _both(material, level) for level in LEVELS}
    if any(len(table) < LEAST_ZONES for table in both.values()):
        return None
    words = dossier_words(PAGE)
    found = {level: rank_correlation(t["made"], t["apl"]) for level, t in both.items()}
    lead = words["lead"].format(
        count=count_word(len(both["epci"]), feminine=True),
        **{level: _told(one, words) for level, one in found.items()},
        **{f"{level}_word": _word(one.value, words) for level, one in found.items()},
    )
    first = Section(
        title=typeset(words["agreement_section"]),
        figures=tuple(_scatter(both[level], level, found[level], words) for level in LEVELS),
        tables=(_agreement_table(both, words),),
    )
    maps = tuple(
        Section(
            title=typeset(f"{words['maps_section']} : {words['levels'][level].lower()}"),
            figures=_maps(material, both[level], level, words),
            is_compact=True,
        )
        for level in LEVELS
    )
    gaps = Section(title=typeset(words["gaps_section"]), tables=_gap_tables(both, words))
    fitted, count = _fitted()
    key = "fitted_here" if material.territory.department.code in fitted else "fitted_elsewhere"
    sources = material.public.select("apl_like", level="epci").table["sources"]
    return make_report(
        PAGE,
        material.territory,
        material.public,
        lead=lead,
        sections=(first, *maps, gaps),
        nature="estimated",
        version=material.version,
        sources=tuple(dict.fromkeys(";".join(sources).split(";"))),
        date_label=material.date_of("apl_gp"),
        language=material.language,
        told={"fitted": join(list(fitted.values())), "fitted_count": count},
        caveats=(words[key].format(name=material.territory.department.name, count=count),),
    )


def _fitted() -> tuple[dict[str, str], str]:
    """Names of the departments that the computation was fitted on by code, and how many."""
    codes = apl_version(default_version("gp")).fitted_on
    known = departments()
    return {code: known[code].name for code in codes}, count_word(len(codes))


def _both(material: Material, level: str) -> pd.DataFrame:
    """Zones where both are known: ``name, apl, made, gap, weight``, index zone code."""
    zones = material.scene.sets[level]
    names = pd.Series(zones.short_names, index=zones.codes)

    def of(indicator: str) -> pd.DataFrame:
        rows = material.public.select(indicator, profession="gp", level=level).table
        return rows.set_index("zone_code")

    official, made = of("apl"), of("apl_like")
    table = pd.DataFrame(
        {
            "name": names.reindex(official.index),
            "apl": official["value"].astype(float),
            "made": made["value"].astype(float),
            "weight": official["denominator"].astype(float),
        }
    )
    return table.assign(gap=table["made"] - table["apl"]).dropna(subset=["gap"])


def _told(one: RankCorrelation, words: Mapping[str, Any]) -> str:
    if np.isnan(one.low):
        return number(one.value, 2)
    told = {k: number(getattr(one, k), 2) for k in ("value", "low", "high")}
    return str(words["correlation"]).format(**told)


def _word(value: float, words: Mapping[str, Any]) -> str:
    return next(str(text) for least, text in words["words"] if not value < least)


def _agreement_table(both: Mapping[str, pd.DataFrame], words: Mapping[str, Any]) -> PlainTable:
    lines = []
    for level, table in both.items():
        name = words["levels"][level]
        for label, weights in (
            (name, None),
            (words["weighted"].format(level=name), table["weight"]),
        ):
            one = rank_correlation(table["made"], table["apl"], weights)
            ends = "" if np.isnan(one.low) else f"{number(one.low, 2)} à {number(one.high, 2)}"
            lines.append((label, number(one.count), number(one.value, 2), ends))
    heads = words["agreement_heads"]
    return plain_table(words["agreement_table"], heads, lines, numeric=(1, 2, 3))


def _scatter(
    table: pd.DataFrame, level: str, found: RankCorrelation, words: Mapping[str, Any]
) -> Figure:
    values = table[["apl", "made"]].to_numpy()
    marks = ticks(float(values.min()), float(values.max()), 5)
    told = words["description"].format(count=len(table), value=number(found.value, 2))
    title = typeset(words["scatter"][level])
    canvas = Canvas(560, 460, title, typeset(told), key=f"nuage-{level}")
    across, up = Scale(marks[0], marks[-1], 56, 530), Scale(marks[0], marks[-1], 400, 30)
    canvas.axes(
        across,
        up,
        x_ticks=marks,
        y_ticks=marks,
        label=lambda v: number(v, 1),
        x_title=typeset(words["x_title"]),
        y_title=typeset(words["y_title"]),
    )
    canvas.line([(across(marks[0]), up(marks[0])), (across(marks[-1]), up(marks[-1]))], "soft")
    is_coarse = level == "epci"
    for row in table.sort_values("apl").itertuples():
        shown = {"apl": number(row.apl, 1), "made": number(row.made, 1)}
        tip = typeset(words["tip"].format(name=row.name, **shown))
        canvas.mark(across(row.apl), up(row.made), radius=5 if is_coarse else 3, tip=tip)
    if is_coarse:
        for row in table.loc[table["gap"].abs().nlargest(3).index].itertuples():
            x, is_right = across(row.apl), across(row.apl) > 330
            anchor = "end" if is_right else "start"
            canvas.text(
                x - 9 if is_right else x + 9, up(row.made) + 4, row.name, "halo", anchor=anchor
            )
    return Figure(title, canvas.svg(), typeset(words["scatter_note"]))


def _maps(
    material: Material, table: pd.DataFrame, level: str, words: Mapping[str, Any]
) -> tuple[Figure, ...]:
    theme = entry("themes", material.territory.department.theme)
    breaks = tuple(words["breaks"])
    graded = class_swatches(
        breaks, palette(theme, "high", len(breaks) + 1)[::-1], 1, words["absent"]
    )
    parted = (
        *(
            Swatch(label, colour, pattern)
            for label, colour, pattern in zip(
                words["difference_labels"],
                theme["scales"]["diverging"],
                words["difference_patterns"],
                strict=True,
            )
        ),
        Swatch(words["absent"]),
    )
    plans = {
        "apl": (graded, breaks),
        "made": (graded, breaks),
        "gap": (parted, tuple(words["difference_breaks"])),
    }
    codes = material.scene.sets[level].codes
    drawn = []
    for column, (swatches, bounds) in plans.items():
        values = table[column].reindex(codes)
        show = _signed if column == "gap" else lambda value: number(value, 1)
        texts = {c: show(v) if v == v else words["absent"] for c, v in values.items()}
        title = words["maps"]["difference" if column == "gap" else column]
        heading = typeset(words["by_level"][level].format(map=title))
        classes = {code: class_of(v, bounds) for code, v in values.items()}
        held = list(classes.values())
        told = ", ".join(f"{s.label} : {held.count(k)}" for k, s in enumerate(swatches))
        svg = small_map(
            material.scene,
            level,
            swatches,
            classes,
            title=heading,
            description=typeset(words["map_description"].format(of=title, classes=told)),
            key=f"{column}-{level}",
            theme=material.territory.department.theme,
            tips=texts,
            labels=texts if level == "epci" else None,
        )
        drawn.append(Figure(heading, svg))
    return tuple(drawn)


def _signed(value: float) -> str:
    shown = round(value, 1)
    if shown == 0:
        return "0"
    return ("+" if shown > 0 else MINUS) + number(abs(shown), 1)


def _gap_tables(
    both: Mapping[str, pd.DataFrame], words: Mapping[str, Any]
) -> tuple[PlainTable, ...]:
    least, shown = words["least_people"], words["shown_communes"]
    populous = both["commune"].loc[both["commune"]["weight"] >= least]
    largest = populous.loc[populous["gap"].abs().nlargest(shown).index]
    parts = (
        (both["epci"].sort_values("gap"), words["epci_table"], ""),
        (
            largest.sort_values("gap"),
            words["commune_table"].format(count=len(largest)),
            words["commune_note"].format(people=number(least)),
        ),
    )
    return tuple(
        plain_table(caption, words["heads"], _lines(rows), numeric=(1, 2, 3, 4), note=note)
        for rows, caption, note in parts
        if len(rows)
    )


def _lines(rows: pd.DataFrame) -> list[tuple[str, ...]]:
    return [
        (
            str(row.name),
            number(row.apl, 1),
            number(row.made, 1),
            _signed(row.gap),
            number(row.weight),
        )
        for row in rows.itertuples()
    ]
