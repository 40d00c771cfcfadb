"""The catalogue page of a department, and the notices of themes without source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from demomed.core.catalogue import texts as catalogue_texts
from demomed.core.document import (
    IndexCard,
    IndexDocument,
    KeyFigure,
    Link,
    MapDocument,
)
from demomed.core.indicator import (
    PublicIndicators,
)
from demomed.core.portrait import Notice
from demomed.core.ranking import Ranking, Unranked
from demomed.core.report import Report
from demomed.core.territory import Territory
from demomed.rendering.compose import drawn_pages
from demomed.rendering.french import calls, capitalised, count_word, typeset
from demomed.rendering.internal import licence_of
from demomed.rendering.language import spoken
from demomed.rendering.pages import page_specs
from demomed.rendering.portraits import commune_search
from demomed.rendering.reports import report_card
from demomed.rendering.scene import Scene
from demomed.rendering.surroundings import (
    all_banners,
    freshness,
    method_of,
    navigation,
    shared_downloads,
)
from demomed.rendering.unranked import notice_words


@spoken
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
    lead = words["lead_unranked" if any(map(_has_recipe, notices)) else "lead"]
    credited = (*(d.sources for d in documents), *(r.sources for r in reports))
    sources = {line.id: line for lines in credited for line in lines}
    return IndexDocument(
        language=language,
        department_code=department.code,
        department_name=department.name,
        title=typeset(words["title"].format(**calls(department))),
        lead=typeset(lead.format(count=capitalised(count_word(len(main), feminine=True)))),
        key_figures=_known_figures(main, texts),
        cards=(
            *(_card(document) for document in main),
            *(_notice_card(notice, texts) for notice in notices if not _is_theme(notice)),
        ),
        themes=(
            *(_card(document) for document in documents if _is_theme(document)),
            *(_notice_card(notice, texts) for notice in notices if _is_theme(notice)),
        ),
        reports=tuple(report_card(report) for report in reports),
        downloads=shared_downloads(texts),
        sources=tuple(sources.values()),
        banner=all_banners([*(d.banner for d in documents), *(r.banner for r in reports)]),
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


def _known_figures(
    documents: Sequence[MapDocument], texts: Mapping[str, Any]
) -> tuple[KeyFigure, ...]:
    """The first figure that each page knows, four at most."""
    unknown = texts["compose"]["missing"]
    known = [[f for f in document.key_figures if f.value != unknown] for document in documents]
    return tuple(figures[0] for figures in known if figures)[:4]


def _notice_card(notice: Notice, texts: Mapping[str, Any]) -> IndexCard:
    return IndexCard(f"{notice.page_id}.html", notice.nav, notice.lead, texts["compose"]["missing"])


def _is_theme(document: MapDocument | Notice) -> bool:
    spec = page_specs().get(document.page_id)
    return spec is not None and spec.is_theme


def _has_recipe(notice: Notice) -> bool:
    spec = page_specs().get(notice.page_id)
    return spec is not None and spec.recipe


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


@spoken
def compose_notices(
    territory: Territory,
    public: PublicIndicators,
    *,
    version: str,
    ranking: Ranking | None = None,
    unranked: Unranked | None = None,
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
    unranked
        Why there is no ranking, told on the page that would have shown it.
    language
        Language of the texts.
    """
    texts, drawn = catalogue_texts(language), set(drawn_pages(public, ranking))
    words, department = texts["compose"], territory.department
    names = calls(department)
    return tuple(
        Notice(
            page_id=spec.id,
            language=language,
            department_code=department.code,
            department_name=department.name,
            title=typeset(spec.title.format(label="", date="", **names).strip(" ,")),
            nav=spec.nav,
            **notice_words(spec, unranked if spec.recipe else None, names, texts),
            caveats=spec.caveats,
            navigation=navigation(spec.id, texts),
            licence=licence_of(public.internal, texts),
            contact=typeset(words["contact"]),
            version=version,
            theme=department.theme,
            internal=public.internal,
        )
        for spec in (
            replace(one, method=method_of(one, territory, texts)) for one in page_specs().values()
        )
        if spec.id not in drawn
    )
