"""From public indicators and a ranking to the pages as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from demomed.core.catalogue import entry
from demomed.core.catalogue import texts as catalogue_texts
from demomed.core.document import (
    IndexCard,
    IndexDocument,
    KeyFigure,
    Link,
    MapDocument,
    RankingBar,
)
from demomed.core.faults import Fault, InputError
from demomed.core.indicator import (
    STATUS_LABELS,
    PublicIndicators,
    get_indicator,
)
from demomed.core.portrait import Notice
from demomed.core.ranking import Ranking
from demomed.core.report import Report
from demomed.core.territory import Territory
from demomed.rendering.facts import ZoneFact
from demomed.rendering.french import capitalised, count_word, ordinal, typeset, with_unit
from demomed.rendering.geometry import (
    PLACES_MARGIN,
    frame_of,
)
from demomed.rendering.internal import licence_of
from demomed.rendering.layers import Measured, Stage, build_layer
from demomed.rendering.pages import FigureSpec, PageSpec, page_spec, page_specs
from demomed.rendering.places import point_layers
from demomed.rendering.portraits import SHEET, commune_search
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
from demomed.rendering.reports import report_card
from demomed.rendering.scene import LEVELS_DRAWN, Scene, make_scene
from demomed.rendering.surroundings import (
    banner_of,
    caveats_of,
    dated,
    freshness,
    navigation,
    page_downloads,
    shared_downloads,
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
    known = _rows_by_layer(public.table)
    return tuple(
        spec.id
        for spec in page_specs().values()
        if (spec.recipe and ranking is not None) or any(layer.id in known for layer in spec.layers)
    )


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
    stage = _stage(territory, scene, texts, references)
    measured = _measure(spec, public, ranking, stage)
    if not measured:
        raise InputError(
            Fault(
                f"page « {page} »",
                "aucune de ses couches n'a de valeur dans les indicateurs",
                "au moins une couche calculée",
                "calculer les indicateurs de la page avant de la composer",
            )
        )
    default = _default(spec, measured)
    level = (
        spec.default_level
        if spec.default_level in default.layer.levels
        else next(iter(default.layer.levels))
    )
    ranked = ranking if spec.recipe else None
    measured = [_with_ranking_words(dated(m, territory, texts), ranked, stage) for m in measured]
    default = next(m for m in measured if m.layer.id == default.layer.id)
    natures = [m.layer.nature for m in measured]
    return MapDocument(
        page_id=spec.id,
        language=language,
        department_code=territory.department.code,
        department_name=territory.department.name,
        title=_fill(spec.title, territory, default),
        lead=default.layer.finding,
        date_label=default.layer.date_label,
        key_figures=(
            priority_figures(ranked, texts, default.layer.nature)
            if ranked is not None
            else _key_figures(spec.key_figures, measured, stage)
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
            else _bars(default, stage)
        ),
        tables=data_tables(measured, stage, ranked),
        method=(*spec.method, *hindsight_words(ranked)),
        caveats=caveats_of(spec, territory, ranked, references, texts),
        banner=banner_of(natures, texts),
        sources=source_lines(measured, territory, texts),
        licence=licence_of(public.internal, texts),
        contact=typeset(texts["compose"]["contact"]),
        navigation=navigation(spec.id, texts),
        downloads=page_downloads(spec, default, level, texts),
        text_alternative=default.layer.text_alternative,
        version=version,
        theme=territory.department.theme,
        ranking_legend=spec.ranking_legend,
        internal=public.internal,
        sheets=f"{SHEET}.html" if with_sheets else "",
        absent=spec.absent,
    )


def _stage(
    territory: Territory,
    scene: Scene,
    texts: Mapping[str, Any],
    references: pd.DataFrame | None,
) -> Stage:
    return Stage(
        zones=scene.zones,
        theme=entry("themes", territory.department.theme),
        texts=texts,
        of_territory=territory.department.of,
        references=pd.DataFrame(columns=list(REFERENCE_COLUMNS))
        if references is None
        else references,
    )


def _measure(
    spec: PageSpec, public: PublicIndicators, ranking: Ranking | None, stage: Stage
) -> list[Measured]:
    specs = spec.layers
    rows = _rows_by_layer(public.table)
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
    for layer in declared.values():
        indicator = get_indicator(layer.indicator)
        if layer.id in rows and rows[layer.id]["level"].isin(LEVELS_DRAWN).any():
            found.append(build_layer(layer, indicator, rows[layer.id], stage))
    return sorted(found, key=lambda m: m.layer.nature == "fictional")


def _rows_by_layer(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    profession = table["profession"].fillna("")
    keys = table["indicator"].str.cat(profession.where(profession == "", "_" + profession))
    return dict(tuple(table.assign(profession=profession).groupby(keys, sort=False)))


def _default(spec: PageSpec, measured: Sequence[Measured]) -> Measured:
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


def _fill(pattern: str, territory: Territory, default: Measured) -> str:
    department = territory.department
    filled = pattern.format(
        name=department.name,
        of=department.of,
        label=default.layer.label,
        date=default.layer.date_label,
        **{"in": department.in_},
    )
    return typeset(filled.strip(" ,"))


def _key_figures(
    specs: Sequence[FigureSpec], measured: Sequence[Measured], stage: Stage
) -> tuple[KeyFigure, ...]:
    by_id = {m.layer.id: m for m in measured}
    found = []
    for spec in specs:
        layer = by_id.get("_".join(filter(None, (spec.indicator, spec.profession))))
        if layer is None or layer.department is None:
            continue
        found.append(
            KeyFigure(
                value=layer.department.text,
                unit=spec.unit or layer.layer.unit,
                label=spec.label,
                comparison=_comparison(layer, stage.texts),
                nature_label=layer.layer.nature_label,
            )
        )
    return tuple(found)


def _comparison(measured: Measured, texts: Mapping[str, Any]) -> str:
    """One comparison in words: the greatest part of a number, or the range of a rate.

    Where some values are not told, a range says of how many zones it is.
    """
    words, inside = texts["compose"]["key_figure"], texts["compose"]["finding"]["inside"]
    zones = [f for f in measured.facts.get("epci", ()) if f.status != "not_applicable"]
    known = [fact for fact in zones if fact.readable]
    if not known:
        return str(typeset(words["none"]))
    if len(known) < len(zones):
        return _among_known(known, measured, texts)
    low = min(known, key=lambda fact: (fact.value or 0.0, fact.code))
    high = max(known, key=lambda fact: (fact.value or 0.0, fact.code))
    if low.value == high.value:
        return str(typeset(words["same"]))
    if measured.layer.kind == "count":
        return str(
            typeset(words["highest"].format(value=high.text, where=inside.format(zone=high.where)))
        )
    return str(typeset(words["range"].format(low=low.text, high=_short(high, measured.layer.unit))))


def _among_known(known: Sequence[ZoneFact], measured: Measured, texts: Mapping[str, Any]) -> str:
    """The range of the values published, with their number; nothing of counts nor of one value."""
    ordered = sorted(known, key=lambda fact: (fact.value or 0.0, fact.code))
    if measured.layer.kind == "count" or ordered[0].value == ordered[-1].value:
        return ""
    count = count_word(len(known), feminine=texts["compose"]["levels"]["epci"]["feminine"])
    high = _short(ordered[-1], measured.layer.unit)
    words = texts["compose"]["key_figure"]["range_known"]
    return str(typeset(words.format(low=ordered[0].text, high=high, count=count)))


def _short(fact: ZoneFact, unit: str) -> str:
    return with_unit(fact.text, unit) if len(unit) <= 3 else fact.text


def _bars(measured: Measured, stage: Stage) -> tuple[RankingBar, ...]:
    """Zones of the default layer from the least to the most favourable; those without value last."""
    known = measured.facts.get("epci", ())
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


def compose_index(
    territory: Territory,
    documents: Sequence[MapDocument],
    *,
    version: str,
    language: str = "fr",
    public: PublicIndicators | None = None,
    scene: Scene | None = None,
    sheets: Sequence[Link] = (),
    today: date | None = None,
    notices: Sequence[Notice] = (),
    reports: Sequence[Report] = (),
) -> IndexDocument:
    """The catalogue of a department's maps, each with its finding in a sentence.

    Parameters
    ----------
    territory
        The department.
    documents
        Its pages, in the order in which they are listed.
    version
        Version of the package.
    language
        Language of the texts.
    public, scene
        Public indicators and shapes: with them the index answers what is known of a commune.
    sheets
        Links to the sheets of the territories.
    notices
        Pages of the themes that no source feeds yet.
    reports
        Dossiers of the portal.
    today
        Day at which the age of the sources is reckoned; without it, only their dates are told.
    """
    texts = catalogue_texts(language)
    words = texts["compose"]["index"]
    department = territory.department
    main = tuple(d for d in documents if not _is_theme(d))
    credited = (*(d.sources for d in documents), *(r.sources for r in reports))
    sources = {line.id: line for lines in credited for line in lines}
    dates = [document.date_label for document in documents if document.date_label]
    return IndexDocument(
        language=language,
        department_code=department.code,
        department_name=department.name,
        title=typeset(words["title"].format(**{"in": department.in_})),
        lead=typeset(words["lead"].format(count=capitalised(count_word(len(main), feminine=True)))),
        date_label=dates[0] if dates else "",
        key_figures=tuple(d.key_figures[0] for d in main if d.key_figures)[:4],
        cards=tuple(_card(document) for document in main),
        themes=(
            *(_card(document) for document in documents if _is_theme(document)),
            *(
                IndexCard(f"{n.page_id}.html", n.nav, n.lead, texts["compose"]["missing"])
                for n in notices
            ),
        ),
        reports=tuple(report_card(report) for report in reports),
        downloads=shared_downloads(texts),
        sources=tuple(sources.values()),
        banner=next((d.banner for d in documents if d.banner), ""),
        licence=licence_of(any(d.internal for d in documents), texts),
        contact=typeset(texts["compose"]["contact"]),
        version=version,
        theme=department.theme,
        outlines=documents[0].outlines if documents else {},
        internal=any(d.internal for d in documents),
        sheets=tuple(sheets),
        freshness=freshness(tuple(sources.values()), territory, today, texts),
        search=commune_search(territory, public, scene.zones, documents, texts)
        if public is not None and scene is not None
        else None,
    )


def _is_theme(document: MapDocument) -> bool:
    spec = page_specs().get(document.page_id)
    return spec is not None and spec.is_theme


def _card(document: MapDocument) -> IndexCard:
    specs = page_specs()
    return IndexCard(
        href=f"{document.page_id}.html",
        title=specs[document.page_id].nav if document.page_id in specs else document.title,
        finding=document.lead,
        nature_label=next(
            layer.nature_label for layer in document.layers if layer.id == document.default_layer
        ),
    )


def compose_notices(
    territory: Territory,
    public: PublicIndicators,
    *,
    version: str,
    ranking: Ranking | None = None,
    language: str = "fr",
) -> tuple[Notice, ...]:
    """Pages of the catalogue that no source feeds yet: they say so, and what would feed them.

    Parameters
    ----------
    territory
        The department.
    public
        Indicators after the gate.
    version
        Version of the package.
    ranking
        Ranking shown on the pages that ask for one.
    language
        Language of the texts.
    """
    texts, drawn = catalogue_texts(language), set(drawn_pages(public, ranking))
    words, department = texts["compose"], territory.department
    names = {"name": department.name, "of": department.of, "in": department.in_}
    return tuple(
        Notice(
            page_id=spec.id,
            language=language,
            department_code=department.code,
            department_name=department.name,
            title=typeset(spec.title.format(label="", date="", **names).strip(" ,")),
            nav=spec.nav,
            lead=typeset(words["notice"]),
            absent=spec.absent,
            method=spec.method,
            caveats=spec.caveats,
            navigation=navigation(spec.id, texts),
            licence=licence_of(public.internal, texts),
            contact=typeset(words["contact"]),
            version=version,
            theme=department.theme,
            internal=public.internal,
        )
        for spec in page_specs().values()
        if spec.id not in drawn
    )
