"""« Départs à venir »: how many general practitioners may leave, territory by territory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from demomed.analysis.aggregate import zone_sum
from demomed.analysis.departures import zone_departures
from demomed.analysis.indicators.inputs import counts
from demomed.analysis.projection import OFFICIAL_HORIZONS
from demomed.core.catalogue import entry
from demomed.core.document import KeyFigure
from demomed.core.indicator import NATURE_LABELS
from demomed.core.portrait import PlainTable
from demomed.core.report import Figure, Report, Section
from demomed.dossiers.material import Material
from demomed.rendering.french import dated, number, typeset, with_unit
from demomed.rendering.plan import departures_words
from demomed.rendering.reports import dossier_words, make_report, plain_table
from demomed.rendering.small_map import class_of, class_swatches, small_map

PAGE = "departs"
FROM_REGISTER = {5: "share_60_plus", 10: "share_55_plus"}
"""Indicator of the register that counts those who reach 65 within each horizon."""


def dossier(material: Material) -> Report | None:
    """Departures possible within five and ten years, from the official signal and the register.

    Returns
    -------
    Report or None
        ``None`` where the accessibility is not published by age.
    """
    table = _official(material)
    if table is None:
        return None
    words = dossier_words(PAGE)
    sections = [
        Section(
            typeset(words["section"]),
            figures=(_map(material, words),) if _shares(material) else (),
            tables=(_table(table, words),),
        )
    ]
    registered = _registered(material, words)
    if registered is not None:
        sections.append(Section(typeset(words["section_register"]), tables=(registered,)))
    told, five, ten = _whole(material)
    return make_report(
        PAGE,
        material.territory,
        material.public,
        lead=words["lead"].format(range=five, ten=ten, **told),
        sections=tuple(sections),
        nature="estimated",
        version=material.version,
        sources=("drees_apl_gp", "insee_bpe", *(("register",) if registered else ())),
        date_label=dated(
            (name, material.territory.sources[id_].as_of)
            for id_, name in words["dated"].items()
            if id_ in material.territory.sources
        ),
        key_figures=tuple(
            KeyFigure(
                value, "", typeset(words[label]), typeset(words[f"{label}_of"].format(**told)),
                typeset(NATURE_LABELS["estimated"]),
            )
            for value, label in ((five, "figure_five"), (ten, "figure_ten"))
        ),
        language=material.language,
    )  # fmt: skip


def _official(material: Material) -> pd.DataFrame | None:
    """Count of each intercommunality, and its departures within each horizon, by name."""
    territory = material.territory
    near, far = (zone_departures(territory, "gp", years) for years in OFFICIAL_HORIZONS)
    if near["departures_low_count"].isna().all():
        return None
    zones = territory.members("epci").astype(object)
    names = material.scene.zones["epci"]["zone_name"].astype(str)
    table = pd.DataFrame(
        {
            "zone_name": names,
            "count": zone_sum(counts(territory, "gp"), zones).reindex(names.index),
            "low": near["departures_low_count"].reindex(names.index),
            "high": near["departures_high_count"].reindex(names.index),
            "ten": far["departures_low_count"].reindex(names.index),
        }
    )
    return table.sort_values("zone_name", kind="stable")


def _whole(material: Material) -> tuple[dict[str, str], str, str]:
    """Texts of the department over its own communes, then its departures within each horizon."""
    territory = material.territory
    near, far = (
        zone_departures(territory, "gp", years, level="departement").loc[territory.department.code]
        for years in OFFICIAL_HORIZONS
    )
    count = float(zone_sum(counts(territory, "gp"), territory.members("departement")).sum())
    return (
        {"count": number(count), "of": territory.department.of},
        departures_words(near["departures_low_count"], near["departures_high_count"]),
        departures_words(far["departures_low_count"], math.nan),
    )


def _table(table: pd.DataFrame, words: Mapping[str, Any]) -> PlainTable:
    rows = [
        (
            str(row.zone_name),
            words["missing"] if pd.isna(row.count_) else number(row.count_),
            departures_words(row.low, row.high),
            departures_words(row.ten, math.nan),
        )
        for row in table.rename(columns={"count": "count_"}).itertuples()
    ]
    return plain_table(words["table"], words["heads"], rows, numeric=(1, 2, 3))


def _shares(material: Material) -> dict[str, float]:
    rows = material.public.select("reachable_share_over_60", profession="gp", level="epci").table
    return {str(c): float(v) for c, v in zip(rows["zone_code"], rows["value"], strict=True)}


def _map(material: Material, words: Mapping[str, Any]) -> Figure:
    theme = material.territory.department.theme
    shares, bounds = _shares(material), [100 * bound for bound in words["bounds"]]
    told = {
        code: words["missing"] if math.isnan(v) else with_unit(number(100 * v), "%")
        for code, v in shares.items()
    }
    names = material.scene.zones["epci"]["zone_name"]
    seen = " ; ".join(f"{names[code]}, {text}" for code, text in told.items() if code in names)
    title = typeset(words["chart"])
    svg = small_map(
        material.scene,
        "epci",
        class_swatches(bounds, entry("themes", theme)["scales"]["difficulty"], 0, words["missing"]),
        {code: class_of(100 * share, bounds) for code, share in shares.items()},
        title=title,
        description=typeset(words["description"].format(zones=seen)),
        key=PAGE,
        theme=theme,
        tips=told,
        labels=told,
    )
    return Figure(title, svg, typeset(words["chart_note"]))


def _registered(material: Material, words: Mapping[str, Any]) -> PlainTable | None:
    """Persons of the register who reach 65 within each horizon, as the gate left them."""
    parts: list[pd.Series] = []
    natures: set[str] = set()
    for indicator in FROM_REGISTER.values():
        rows = material.public.select(indicator, profession="gp", level="epci").table
        rows = rows.loc[rows["status"] != "missing"].set_index("zone_code")
        if rows.empty:
            return None
        parts.append(rows.apply(lambda row: _counted(row, words), axis=1))
        natures |= set(rows["nature"])
    names = material.scene.zones["epci"]["zone_name"].astype(str).sort_values(kind="stable")
    lines = [
        (name, *(str(part.get(code, words["missing"])) for part in parts))
        for code, name in names.items()
    ]
    label = " ".join(NATURE_LABELS[nature] for nature in sorted(natures))
    caption = words["register_table"].format(nature=label)
    return plain_table(caption, words["register_heads"], lines, numeric=(1, 2))


def _counted(row: pd.Series, words: Mapping[str, Any]) -> str:
    if row["status"] in ("value", "unstable") and pd.notna(row["numerator"]):
        return f"{number(row['numerator'])} sur {number(row['denominator'])}"
    if row["status"] == "not_applicable":
        return "aucun"
    return str(row.get("coarse", "") or words["masked"])
