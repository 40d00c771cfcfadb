"""What stands around the map of a page: caveats, banner, sources, links, downloads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

import pandas as pd

from demomed.core.document import Freshness, Link, MapDocument, SourceLine
from demomed.core.indicator import NATURE_LABELS
from demomed.core.portrait import Sheet
from demomed.core.ranking import Ranking
from demomed.core.report import Report
from demomed.core.source import Source
from demomed.core.territory import Territory
from demomed.rendering.french import capitalised, count_word, day, join, typeset
from demomed.rendering.geometry import is_outlined
from demomed.rendering.language import translated
from demomed.rendering.layers import Measured
from demomed.rendering.pages import PageSpec, page_specs

Sourced = TypeVar("Sourced", MapDocument, Sheet, Report)


def drawing_name(page: str) -> str:
    """File name of the printable drawing of a page.

    Examples
    --------
    >>> drawing_name("offre")
    'offre.svg'
    """
    return f"{page}.svg"


def image_name(page: str) -> str:
    """File name of the drawing of a page as an image.

    Examples
    --------
    >>> image_name("offre")
    'offre.png'
    """
    return f"{page}.png"


def caveats_of(
    spec: PageSpec,
    territory: Territory,
    ranking: Ranking | None,
    references: pd.DataFrame | None,
    texts: Mapping[str, Any],
) -> tuple[str, ...]:
    """What a reader must keep in mind: the page's own caveats, the ranking's, the border's."""
    words = texts["compose"]
    found = list(spec.caveats)
    if ranking is not None:
        found += [ranking.recipe.caveat, *ranking.notices]
    if territory.epci["departement_codes"].astype(str).str.contains("|", regex=False).any():
        found.append(words["border" if territory.scope == "whole" else "border_department"])
    found.append(_without_outline(territory, texts))
    if references is None and ranking is None:
        found.append(words["no_region"])
    return tuple(_as_sentence(text) for text in found if text)


def _without_outline(territory: Territory, texts: Mapping[str, Any]) -> str:
    """Communes of the department that no published outline holds yet."""
    zones = territory.zones("commune")
    names = zones.loc[~is_outlined(zones), "zone_name"].sort_index()
    if names.empty:
        return ""
    return str(texts["compose"]["no_outline"].format(zones=", ".join(names.astype(str))))


def method_of(spec: PageSpec, territory: Territory, texts: Mapping[str, Any]) -> tuple[str, ...]:
    """How the figures of a page are made; ``{travel}`` stands for where its travel times come from."""
    told = typeset(texts["compose"]["travel"][territory.times_nature])
    return tuple(told if line == "{travel}" else line for line in spec.method)


def ranking_legend_of(spec: PageSpec, territory: Territory, texts: Mapping[str, Any]) -> str:
    """What the thin lines of a ranking are; ``{travel}`` stands for the range of its travel times."""
    told = typeset(texts["compose"]["travel_range"][territory.times_nature])
    return spec.ranking_legend.replace("{travel}", told)


def _as_sentence(text: str) -> str:
    body = capitalised(typeset(" ".join(text.split())))
    return body if body[-1] in ".?!" else f"{body}."


def banner_of(natures: Sequence[str], texts: Mapping[str, Any]) -> str:
    """The warning at the top of a page: fictional data; empty when there is none."""
    words = texts["compose"]
    found = []
    if "fictional" in natures:
        found.append(words["fictional"].format(nature=translated(NATURE_LABELS["fictional"])))
    return typeset(" ".join(found))


def all_banners(banners: Sequence[str]) -> str:
    """What every banner says, each once: one that another says in full is not told again.

    Parameters
    ----------
    banners
        Banners of the parts of a page, in order; empty ones say nothing.

    Examples
    --------
    >>> all_banners(["Simulé.", "Simulé. Fictif.", "", "Simulé."])
    'Simulé. Fictif.'
    >>> all_banners(["Simulé.", "Fictif."])
    'Simulé. Fictif.'
    """
    kept: list[str] = []
    for banner in sorted(filter(None, banners), key=len, reverse=True):
        if not any(banner in longer for longer in kept):
            kept.append(banner)
    return " ".join(sorted(kept, key=list(banners).index))


def source_lines(
    measured: Sequence[Measured], territory: Territory, texts: Mapping[str, Any]
) -> tuple[SourceLine, ...]:
    """Sources of the layers of a page and of their earlier dates, as it credits them."""
    wanted = dict.fromkeys(id_ for m in measured for id_ in m.layer.source_ids)
    earlier: dict[str, set[str]] = {}
    for past in (past for m in measured for past in m.layer.past):
        for id_ in past.source_ids:
            earlier.setdefault(id_, set()).add(past.date[:4])
    lines = source_lines_of(tuple(dict.fromkeys([*wanted, *earlier])), territory, texts)
    return tuple(
        replace(line, vintage=join(sorted({*earlier.get(line.id, ()), line.vintage})))
        if line.id in wanted
        else line
        for line in lines
    )


def source_lines_of(
    wanted: Sequence[str], territory: Territory, texts: Mapping[str, Any]
) -> tuple[SourceLine, ...]:
    """Some sources by identifier, as a page credits them."""
    return tuple(_source_line(id_, territory, texts) for id_ in wanted)


def _age(days: int | None, texts: Mapping[str, Any]) -> str:
    """« trois ans », « quatre mois », or nothing when the source never grows old."""
    if days is None:
        return ""
    words, years = texts["compose"]["freshness"], round(days / 365)
    one, many, count = (*words["years"], years) if years else (*words["months"], round(days / 30))
    return f"{count_word(count)} {one if count < 2 else many}"


def freshness(
    wanted: Sequence[SourceLine], territory: Territory, today: date | None, texts: Mapping[str, Any]
) -> tuple[Freshness, ...]:
    """Age of every source of a portal against its limit.

    Parameters
    ----------
    wanted
        Sources credited by the portal.
    territory
        The department, which holds the dates.
    today
        Day at which the age is reckoned; without it the state is not told.
    texts
        Texts of the catalogue.
    """
    words = texts["compose"]["freshness"]
    found = []
    for line in wanted:
        source, state = territory.sources.get(line.id), ""
        if today is not None and source is not None and source.as_of:
            state = typeset(words["late" if _is_late(source, today) else "fresh"])
        found.append(Freshness(line.title, line.producer, line.as_of, line.max_age, state))
    return tuple(found)


def late_notices(
    wanted: Sequence[SourceLine], territory: Territory, today: date | None, texts: Mapping[str, Any]
) -> tuple[str, ...]:
    """One notice naming the sources of a portal past their greatest age, for who publishes it.

    Parameters
    ----------
    wanted
        Sources credited by the portal.
    territory
        The department, which holds the dates.
    today
        Day at which the age is reckoned; without it nothing is said.
    texts
        Texts of the catalogue.
    """
    late = [one for one in wanted if _is_late(territory.sources.get(one.id), today)]
    told = ", ".join(f"{one.title} ({one.as_of})" for one in late)
    return (typeset(texts["compose"]["stale_notice"].format(sources=told)),) if late else ()


def with_ages(
    document: Sourced, territory: Territory, today: date | None, texts: Mapping[str, Any]
) -> Sourced:
    """A page whose sources past their greatest age are marked, and named among its caveats.

    Parameters
    ----------
    document
        The page; only a page of maps has caveats of its own to add to.
    territory
        The department, which holds the dates.
    today
        Day at which the age is reckoned; without it nothing is marked.
    texts
        Texts of the catalogue.
    """
    late = {line.id for line in document.sources if _is_late(territory.sources.get(line.id), today)}
    if not late:
        return document
    lines = tuple(replace(line, stale=line.id in late) for line in document.sources)
    if not isinstance(document, MapDocument):
        return replace(document, sources=lines)
    told = ", ".join(f"{line.title} ({line.as_of})" for line in lines if line.stale)
    caveat = typeset(texts["compose"]["stale"].format(sources=told))
    return replace(document, sources=lines, caveats=(*document.caveats, caveat))


def _is_late(source: Source | None, today: date | None) -> bool:
    """Whether a source is past its greatest age at a day."""
    if source is None or today is None or not source.as_of or source.max_age_days is None:
        return False
    return (today - date.fromisoformat(source.as_of)).days > source.max_age_days


def _source_line(id_: str, territory: Territory, texts: Mapping[str, Any]) -> SourceLine:
    source = territory.sources.get(id_)
    if source is None:
        words = texts["compose"]["register"]
        suffix = "_example" if territory.register_kind == "example" else ""
        return SourceLine(
            id=id_,
            title=typeset(words[f"title{suffix}"] if id_ == "register" else id_),
            producer=typeset(words[f"producer{suffix}"]),
            vintage="",
            as_of="",
            licence=typeset(words["licence"]),
            page="",
            field=typeset(words["field"]),
        )
    return SourceLine(
        id=id_,
        title=typeset(source.title),
        producer=typeset(source.producer),
        vintage=typeset(source.vintage),
        as_of=day(source.as_of) if source.as_of else "",
        licence=typeset(source.licence),
        page=source.page,
        field=typeset(source.field),
        max_age=_age(source.max_age_days, texts),
    )


def dates_of_sources(
    source_ids: Sequence[str], territory: Territory, texts: Mapping[str, Any]
) -> str:
    """The date of each source in a sentence; nothing when they are all of one date."""
    known = [territory.sources[i] for i in source_ids if i in territory.sources]
    held = [source for source in known if source.as_of]
    if len({source.as_of for source in held}) < 2:
        return ""
    told = ", ".join(f"{source.title} ({day(source.as_of)})" for source in held)
    return typeset(texts["compose"]["static"]["sources"].format(sources=told))


def dated(measured: Measured, territory: Territory, texts: Mapping[str, Any]) -> Measured:
    """A layer whose caveat tells the date of each source, when they are not all of one date."""
    sentence = dates_of_sources(measured.layer.source_ids, territory, texts)
    if not sentence:
        return measured
    caveat = " ".join(filter(None, (measured.layer.caveat, sentence)))
    return replace(measured, layer=replace(measured.layer, caveat=caveat))


def navigation(current: str, texts: Mapping[str, Any]) -> tuple[Link, ...]:
    """Links to the index and to every page of the portal, the current one marked."""
    home = Link("index.html", typeset(texts["compose"]["index"]["nav"]), current=current == "index")
    return (
        home,
        *(
            Link(f"{spec.id}.html", spec.nav, current=spec.id == current)
            for spec in page_specs().values()
            if not spec.is_theme or spec.id == current
        ),
    )


FILES: Mapping[str, str] = {
    "indicators": "indicateurs.csv",
    "dictionary": "dictionnaire.csv",
    "ranking": "classement.csv",
    "workbook": "indicateurs.xlsx",
    "zones": "intercommunalites.geojson",
    "package": "datapackage.json",
    "manifest": "manifest.json",
}
"""Files that the pages of a portal offer, by the name of their texts."""


def page_downloads(
    page: str,
    default: Measured,
    level: str,
    texts: Mapping[str, Any],
    files: Iterable[str] = FILES,
) -> tuple[Link, ...]:
    """Files that a page offers: those of the portal and its own drawing.

    Parameters
    ----------
    page
        Identifier of the page.
    default, level
        Layer and level of its drawing.
    texts
        Texts of the catalogue.
    files
        Files of the portal, among :data:`FILES`.
    """
    words = texts["compose"]["downloads"]
    detail = words["drawing_detail"].format(
        label=default.layer.label, level=texts["compose"]["levels"][level]["one"]
    )
    return (
        *shared_downloads(texts, files),
        Link(drawing_name(page), typeset(words["drawing"]), typeset(detail)),
        Link(image_name(page), typeset(words["image"]), typeset(detail)),
    )


def shared_downloads(texts: Mapping[str, Any], files: Iterable[str] = FILES) -> tuple[Link, ...]:
    """Files that every page of the portal offers."""
    words = texts["compose"]["downloads"]
    return tuple(
        Link(FILES[key], typeset(words[key]), typeset(words[f"{key}_detail"])) for key in files
    )
