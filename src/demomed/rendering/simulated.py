"""Pages of a scenario: each says in its title and in its banner that its figures are simulated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from demomed.core.document import IndexDocument, MapDocument
from demomed.core.portrait import Notice, Sheet
from demomed.core.report import Report
from demomed.core.scenario import SIMULATED, TITLE
from demomed.core.territory import Territory
from demomed.rendering.french import typeset
from demomed.rendering.surroundings import all_banners

Any_ = TypeVar("Any_", MapDocument, IndexDocument, Sheet, Notice, Report)


def is_simulated(territory: Territory) -> bool:
    """Whether a territory is a scenario."""
    return SIMULATED in territory.extra


def labelled(document: Any_, territory: Territory, texts: Mapping[str, Any]) -> Any_:
    """A page as it is, or, for a scenario, with its title and banner saying so.

    Parameters
    ----------
    document
        A page as data.
    territory
        What it was made from.
    texts
        Texts of the catalogue.
    """
    if not is_simulated(territory):
        return document
    words = texts["compose"]["scenario"]
    told = {"scenario": territory.extra[SIMULATED].attrs[TITLE]}
    banner = all_banners((typeset(words["banner"].format(**told)), document.banner))
    title = typeset(words["title"].format(title=document.title))
    return replace(document, title=title, banner=banner)
