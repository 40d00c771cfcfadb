"""« Plan de développement »: where to open first, how many practitioners, what would change it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from demomed.analysis.kernel import kernel_agreement
from demomed.analysis.plan import HORIZON, development_plan, most_sites
from demomed.core.catalogue import entry
from demomed.core.document import KeyFigure, Link
from demomed.core.indicator import NATURE_LABELS, Indicators
from demomed.core.ranking import DEPENDS, RARELY, ROBUST, Ranking
from demomed.core.report import Figure, Report, Section
from demomed.dossiers.material import Material
from demomed.rendering.canvas import Canvas, Scale, ticks
from demomed.rendering.french import join, number, sentence, typeset
from demomed.rendering.kernel import kernel_caveats
from demomed.rendering.plan import (
    SURE_SHARE,
    departures_words,
    percent,
    plan_answer,
    plan_csv,
    plan_nearness,
    plan_note,
    plan_notices,
    plan_shortfall,
    plan_table,
    plan_words,
    unlike_runs,
)
from demomed.rendering.reports import dossier_words, make_report, plain_table
from demomed.rendering.small_map import Place, Swatch, small_map

PAGE = "plan"
FILE = "plan.csv"
INPUT = "plan"
"""Name under which :class:`Material` holds a plan asked for with other numbers."""
SITES = 3
SHADES: Mapping[str, int] = {ROBUST: 3, DEPENDS: 1, RARELY: 0}
"""Class of the « difficulty » palette of the theme for each verdict."""
ACROSS, TOP, BAND = 560.0, 40.0, 58.0
"""Width of the bars' drawing, its margin, and height of one zone."""


def dossier(material: Material) -> Report | None:
    """The plan of the department: map, table, answer and what would change it.

    Returns
    -------
    Report or None
        ``None`` when nothing is ranked, no accessibility is published or no site can open.
    """
    if material.ranking is None:
        return None
    plan = material.inputs.get(INPUT)
    if plan is None:
        plan = default_plan(material)
    if plan is None:
        return None
    return plan_report(material, plan, material.ranking)


def default_plan(material: Material) -> pd.DataFrame | None:
    """The plan of three sites at five years, of fewer where fewer can open; nothing without one."""
    assert material.ranking is not None
    possible = most_sites(material.territory, material.ranking)
    if not possible:
        return None
    sites = min(SITES, possible)
    return development_plan(material.territory, material.ranking, sites=sites, horizon=HORIZON)


def plan_report(material: Material, plan: pd.DataFrame, ranking: Ranking) -> Report:
    """A development plan as a dossier.

    Parameters
    ----------
    material
        The department.
    plan
        From :func:`~demomed.analysis.plan.development_plan`.
    ranking
        The ranking it was made from.
    """
    words = dossier_words(PAGE)
    return make_report(
        PAGE,
        material.territory,
        material.public,
        lead=plan_answer(plan, ranking),
        sections=(_order(material, plan, ranking, words), _changes(plan, ranking, words)),
        nature="simulated",
        version=material.version,
        sources=("insee_populations", "drees_apl_gp", "insee_bpe", "ign_chefs_lieux"),
        key_figures=_figures(plan, words),
        caveats=(*plan_reserves(material.public, plan), *map(sentence, plan_notices(plan))),
        downloads=(Link(FILE, typeset(words["file"]), typeset(words["file_detail"])),),
        files={FILE: plan_csv(plan)},
        language=material.language,
        told={"recipe": ranking.recipe.title, **plan_words(plan)},
    )


def plan_reserves(public: Indicators, plan: pd.DataFrame) -> tuple[str, ...]:
    """What to say where the computation that shares the posts' care does not find the published order.

    Parameters
    ----------
    public
        Indicators of the present at the level of the intercommunality.
    plan
        From :func:`~demomed.analysis.plan.development_plan`.
    """
    found = kernel_agreement(public, plan.attrs["profession"])
    return kernel_caveats(found.value, found.low, found.high, found.count)


def _figures(plan: pd.DataFrame, words: Mapping[str, Any]) -> tuple[KeyFigure, ...]:
    given, nature = plan_words(plan), typeset(NATURE_LABELS["simulated"])
    posts = float(plan["posts_count"].sum())
    told = [
        (
            number(posts),
            words["figure_posts"][posts > 1],
            words["figure_posts_detail"].format(count=number(len(plan)), **given),
        ),
        (
            number(float(plan["gained_count"].sum())),
            words["figure_gained"].format(**given),
            words["figure_gained_detail"],
        ),
    ]
    low, high = (
        plan[f"departures_{end}_count"].sum(min_count=len(plan)) for end in ("low", "high")
    )
    if not np.isnan(low):
        label = words["figure_departures"].format(**given)
        told.insert(
            1,
            (departures_words(low, high), label, words["figure_departures_detail"].format(**given)),
        )
    return tuple(
        KeyFigure(typeset(value), "", typeset(label), typeset(detail), nature)
        for value, label, detail in told
    )


def _order(
    material: Material, plan: pd.DataFrame, ranking: Ranking, words: Mapping[str, Any]
) -> Section:
    headings, rows = plan_table(plan)
    numeric = tuple(i for i, side in enumerate(headings.values()) if side == "right")
    return Section(
        title=typeset(words["section"]),
        paragraphs=(plan_shortfall(plan), plan_nearness(plan)),
        figures=(_map(material, plan, ranking, words), _gains(plan, words)),
        tables=(
            plain_table(
                words["table"], list(headings), rows, numeric=numeric, note=plan_note(plan)
            ),
        ),
    )


def _map(
    material: Material, plan: pd.DataFrame, ranking: Ranking, words: Mapping[str, Any]
) -> Figure:
    theme = material.territory.department.theme
    scale = entry("themes", theme)["scales"]["difficulty"]
    swatches = [
        *(Swatch(words["legend"][v], scale[shade]) for v, shade in SHADES.items()),
        Swatch(words["legend"]["other"]),
    ]
    order = list(SHADES)
    classes = {
        str(code): order.index(verdict) if verdict in SHADES else len(order)
        for code, verdict in ranking.table["verdict"].items()
    }
    where = material.territory.communes.loc[plan["site_code"], ["lon", "lat"]].astype(float)
    places = [
        Place(number(row.order), str(row.site_name), (lon, lat))
        for row, (lon, lat) in zip(plan.itertuples(), where.to_numpy().tolist(), strict=True)
    ]
    svg = small_map(
        material.scene,
        "epci",
        swatches,
        classes,
        title=typeset(words["chart"]),
        description=typeset(
            words["description"].format(sites=join([f"{p.sign}, {p.name}" for p in places]))
        ),
        key=PAGE,
        theme=theme,
        tips={str(code): str(v) for code, v in ranking.table["verdict"].items()},
        places=places,
    )
    return Figure(typeset(words["chart"]), svg, typeset(words["chart_note"]))


def _gains(plan: pd.DataFrame, words: Mapping[str, Any]) -> Figure:
    """Access of each zone before and after, beside the target."""
    given = plan_words(plan)
    after = plan["access_before"] + plan["access_gained"]
    most = ticks(0, float(max(after.max(), plan.attrs["target"])))
    bottom = TOP + BAND * len(plan)
    told = [
        words["gain"].format(zone=row.zone_name, before=number(row.access_before, 1),
                             after=number(row.access_before + row.access_gained, 1))
        for row in plan.itertuples()
    ]  # fmt: skip
    canvas = Canvas(
        ACROSS, bottom + 48, typeset(words["gains"]), typeset(" ; ".join(told)), key="gains"
    )
    across = Scale(most[0], most[-1], 12, ACROSS - 24)
    for value in most:
        canvas.line([(across(value), TOP - 8), (across(value), bottom)], "grid")
        canvas.text(across(value), bottom + 18, number(value, 1), "small", anchor="middle")
    for place, row in enumerate(plan.itertuples()):
        y, reached = TOP + BAND * place, row.access_before + row.access_gained
        canvas.text(12, y + 10, typeset(f"{number(row.order)}. {row.zone_name}"), "text")
        canvas.bar(12, y + 18, across(reached) - 12, 20, "bar", tip=typeset(told[place]))
        canvas.bar(12, y + 18, across(row.access_before) - 12, 20, "bar-soft")
        label = f"{number(row.access_before, 1)} → {number(reached, 1)}"
        canvas.text(ACROSS - 24, y + 10, typeset(label), "text", anchor="end")
    target = across(plan.attrs["target"])
    canvas.line([(target, TOP - 8), (target, bottom)], "hard")
    words_target = typeset(words["gains_target"].format(**given))
    canvas.text(target, TOP - 14, words_target, "small", anchor="middle")
    canvas.text(ACROSS - 24, bottom + 38, typeset(given["unit"]), "small", anchor="end")
    return Figure(typeset(words["gains"]), canvas.svg(), typeset(words["gains_note"]))


def _changes(plan: pd.DataFrame, ranking: Ranking, words: Mapping[str, Any]) -> Section:
    given = plan_words(plan)
    items = []
    for row in plan.to_dict("records"):
        zone, site = row["zone_name"], row["site_name"]
        told = {**given, "zone": zone, "site": site, "share": percent(row["site_share"])}
        chance = {**given, "zone": zone, "share": percent(row["p_top"])}
        items.append(words["chance"].format(verdict=row["verdict"], **chance))
        others = [name for name in str(row["other_sites"]).split("; ") if name]
        key = "site_other" if others and row["site_share"] < SURE_SHARE else "site_sure"
        key = "site_only" if row["candidates_count"] == 1 else key
        items.append(words[key].format(others=join(others) if others else "", **told))
    runs = unlike_runs(plan, ranking)
    lines = [(label, zones) for label, zones in runs]
    tables = (plain_table(words["changes_table"], words["changes_heads"], lines),) if lines else ()
    return Section(title=typeset(words["changes"]), items=tuple(map(typeset, items)), tables=tables)
