"""From public indicators and a ranking to the pages as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from demomed.core.catalogue import entry
from demomed.core.catalogue import texts as catalogue_texts
from demomed.core.document import (
    MapDocument,
)
from demomed.core.faults import Fault, InputError
from demomed.core.indicator import (
    PublicIndicators,
    get_indicator,
)
from demomed.core.ranking import Ranking
from demomed.core.territory import Territory
from demomed.rendering.categories import category_layers
from demomed.rendering.dates import earlier_rows, with_dates
from demomed.rendering.figures import key_figures, ranking_bars
from demomed.rendering.french import calls, typeset
from demomed.rendering.geometry import (
    PLACES_MARGIN,
    frame_of,
)
from demomed.rendering.internal import licence_of
from demomed.rendering.language import spoken
from demomed.rendering.layers import Measured, Stage, build_layer
from demomed.rendering.pages import LayerSpec, PageSpec, page_spec, page_specs
from demomed.rendering.places import point_layers
from demomed.rendering.portraits import SHEET
from demomed.rendering.priority import (
    PRIORITY,
    criteria_specs,
    hindsight_words,
    priority_bars,
    priority_figures,
    priority_finding,
    priority_indicator,
    priority_rows,
    priority_spec,
)
from demomed.rendering.scales import Breaks
from demomed.rendering.scene import LEVELS_DRAWN, Scene, make_scene
from demomed.rendering.surroundings import (
    banner_of,
    caveats_of,
    dated,
    method_of,
    navigation,
    page_downloads,
    ranking_legend_of,
    source_lines,
)
from demomed.rendering.table import data_tables

REFERENCE_COLUMNS: tuple[str, ...] = ("indicator", "profession", "area_name", "value")


def pages() -> tuple[str, ...]:
    """Identifiers of the pages of a portal, in the order of its navigation.

    Examples
    --------
    >>> pages()[:4]
    ('offre', 'age', 'acces', 'priorites')
    """
    return tuple(page_specs())


def drawn_pages(public: PublicIndicators, ranking: Ranking | None = None) -> tuple[str, ...]:
    """Pages of the catalogue that have at least one value to draw; the others are notices.

    Parameters
    ----------
    public
        Indicators after the gate.
    ranking
        Ranking shown on the pages that ask for one.
    """
    known = rows_by_layer(public.table)
    return tuple(
        spec.id
        for spec in page_specs().values()
        if (spec.recipe and ranking is not None) or any(layer.id in known for layer in spec.layers)
    )


@spoken
def compose(
    territory: Territory,
    public: PublicIndicators,
    page: str,
    *,
    ranking: Ranking | None = None,
    references: pd.DataFrame | None = None,
    version: str,
    language: str = "fr",
    scene: Scene | None = None,
    with_sheets: bool = False,
    breaks: Breaks | None = None,
    earlier: Sequence[PublicIndicators] = (),
) -> MapDocument:
    """One page of a department, with its layers, sentences, tables and sources.

    Parameters
    ----------
    territory
        The department.
    public
        Indicators after the gate; nothing else can be published.
    page
        Page of the catalogue, or identifier of an indicator for a page of its own.
    ranking
        Ranking shown on the pages that ask for one.
    references
        Values of wider areas in the very same field: columns ``indicator, profession, area_name,
        value`` (stored units). Without it no regional or national value is shown, and the page
        says why.
    version
        Version of the package, written on the page.
    language
        Language of the texts.
    scene
        Shapes of the department when they are made already, for several pages at once.
    with_sheets
        Whether the portal holds a sheet per territory, to which the page then leads.
    breaks
        Bounds of classes shared with other portals, from
        :func:`demomed.rendering.scales.shared_breaks`.

    earlier
        The same indicators at earlier dates, each passed through the gate.

    Returns
    -------
    MapDocument
        Equal inputs give equal documents.

    Raises
    ------
    TypeError
        If ``public`` did not come through the gate.
    InputError
        If the page is unknown, or none of its layers has any row.
    """
    if not isinstance(public, PublicIndicators):
        raise TypeError(
            "compose() publie : il n'accepte que des PublicIndicators, rendus par protect()"
        )
    texts = catalogue_texts(language)
    spec = page_spec(page, texts)
    scene = scene or make_scene(territory, language=language)
    stage = _stage(territory, scene, texts, references, breaks)
    measured = _measure(spec, public, ranking, stage, rows_by_layer(earlier_rows(earlier)))
    if not measured:
        raise InputError(
            Fault(
                f"page « {page} »",
                "aucune de ses couches n'a de valeur dans les indicateurs",
                "au moins une couche calculée",
                "calculer les indicateurs de la page avant de la composer",
            )
        )
    default = default_layer(spec, measured)
    level = (
        spec.default_level
        if spec.default_level in default.layer.levels
        else next(iter(default.layer.levels))
    )
    ranked = ranking if spec.recipe else None
    measured = [_with_ranking_words(dated(m, territory, texts), ranked, stage) for m in measured]
    default = next(m for m in measured if m.layer.id == default.layer.id)
    measured += category_layers(spec.categories, territory, stage)
    natures = [m.layer.nature for m in measured]
    return MapDocument(
        page_id=spec.id,
        language=language,
        department_code=territory.department.code,
        department_name=territory.department.name,
        title=_fill(spec.title, territory, default),
        lead=_lead(spec.lead, default.layer.finding),
        date_label=default.layer.date_label,
        key_figures=(
            priority_figures(ranked, texts, default.layer.nature)
            if ranked is not None
            else key_figures(spec.key_figures, measured, stage)
        ),
        default_level=level,
        default_layer=default.layer.id,
        zones={
            name: zones
            for name, zones in scene.sets.items()
            if any(name in m.layer.levels for m in measured)
        },
        layers=tuple(m.layer for m in measured),
        context=scene.context,
        outlines=scene.outlines,
        points=point_layers(
            territory, spec.points, frame_of(scene.shapes.zones, PLACES_MARGIN), texts
        ),
        ranking_title=spec.ranking_title,
        ranking=(
            priority_bars(ranked, dict(stage.zones["epci"]["short_name"]), texts)
            if ranked is not None
            else ranking_bars(default, stage)
        ),
        tables=data_tables(measured, stage, ranked),
        method=(*method_of(spec, territory, texts), *hindsight_words(ranked)),
        caveats=caveats_of(spec, territory, ranked, references, texts),
        banner=banner_of(natures, texts),
        sources=source_lines(measured, territory, texts),
        licence=licence_of(public.internal, texts),
        contact=typeset(texts["compose"]["contact"]),
        navigation=navigation(spec.id, texts),
        downloads=page_downloads(spec.id, default, level, texts),
        text_alternative=default.layer.text_alternative,
        version=version,
        theme=territory.department.theme,
        ranking_legend=ranking_legend_of(spec, territory, texts),
        internal=public.internal,
        sheets=f"{SHEET}.html" if with_sheets else "",
        absent=spec.absent,
    )


def _stage(
    territory: Territory,
    scene: Scene,
    texts: Mapping[str, Any],
    references: pd.DataFrame | None,
    breaks: Breaks | None = None,
) -> Stage:
    return Stage(
        zones=scene.zones,
        theme=entry("themes", territory.department.theme),
        texts=texts,
        of_territory=calls(territory.department)["of"],
        references=pd.DataFrame(columns=list(REFERENCE_COLUMNS))
        if references is None
        else references,
        breaks=breaks or {},
    )


def _measure(
    spec: PageSpec,
    public: PublicIndicators,
    ranking: Ranking | None,
    stage: Stage,
    past: Mapping[str, pd.DataFrame],
) -> list[Measured]:
    specs = spec.layers
    rows = rows_by_layer(public.table)
    found: list[Measured] = []
    if spec.recipe and ranking is not None:
        told = [layer for other in page_specs().values() for layer in other.layers]
        specs = (*specs, *criteria_specs(ranking, told, stage.texts))
        mine = [rows[s.id] for s in specs if s.id in rows]
        criteria = pd.concat(mine) if mine else public.table.iloc[:0]
        found.append(
            build_layer(
                priority_spec(stage.texts),
                priority_indicator(ranking, stage.texts),
                priority_rows(ranking, criteria),
                stage,
            )
        )
    declared = {layer.id: layer for layer in specs}
    drawn = [
        layer
        for layer in declared.values()
        if layer.id in rows and rows[layer.id]["level"].isin(LEVELS_DRAWN).any()
    ]
    for layer in [one for one in drawn if _is_told(one, rows[one.id])] or drawn:
        made = build_layer(layer, get_indicator(layer.indicator), rows[layer.id], stage)
        found.append(with_dates(made, layer, rows[layer.id], past.get(layer.id), stage))
    return sorted(found, key=lambda m: m.layer.nature == "fictional")


def _is_told(layer: LayerSpec, rows: pd.DataFrame) -> bool:
    """Whether the source of a layer says something: the register may hold none of a profession."""
    is_register = get_indicator(layer.indicator).nature == "register"
    return not is_register or bool((rows["status"] != "missing").any())


def rows_by_layer(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Rows of each layer, by its identifier (``indicator_profession``)."""
    profession = table["profession"].fillna("")
    keys = table["indicator"].str.cat(profession.where(profession == "", "_" + profession))
    return dict(tuple(table.assign(profession=profession).groupby(keys, sort=False)))


def default_layer(spec: PageSpec, measured: Sequence[Measured]) -> Measured:
    """The default layer, unless it is fictional or hidden and another can stand in its place."""
    readable = [m for m in measured if _is_readable(m)] or list(measured)
    wanted = [m for m in readable if m.layer.id == spec.default]
    official = [m for m in readable if m.layer.nature != "fictional"]
    if wanted and (wanted[0].layer.nature != "fictional" or not official):
        return wanted[0]
    return (official or readable)[0]


def _is_readable(measured: Measured) -> bool:
    """Whether half of the zones of some level have a value to read."""
    return any(
        2 * sum(value is not None for value in level.values) >= len(level.values)
        for level in measured.layer.levels.values()
    )


def _with_ranking_words(measured: Measured, ranking: Ranking | None, stage: Stage) -> Measured:
    if ranking is None or measured.layer.id != PRIORITY:
        return measured
    names = dict(stage.zones["epci"]["phrase"])
    told = priority_finding(ranking, names, stage.texts, measured.layer.nature)
    return replace(measured, layer=replace(measured.layer, finding=told))


def _lead(pattern: str, finding: str) -> str:
    """The finding, after what a page says first; it then goes on in lower case after a colon."""
    if not pattern:
        return finding
    inside = pattern.split("{finding}")[0].rstrip().endswith(":")
    told = f"{finding[:1].lower()}{finding[1:]}" if inside else finding
    return typeset(pattern.format(finding=told))


def _fill(pattern: str, territory: Territory, default: Measured) -> str:
    department = territory.department
    filled = pattern.format(
        **calls(department),
        label=default.layer.label,
        date=default.layer.date_label,
    )
    return typeset(filled.strip(" ,"))
