"""What a portal tells when its zones cannot be ranked: why, what is lacking, and who would give it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demomed.core import catalogue
from demomed.core.document import Absent
from demomed.core.indicator import get_indicator
from demomed.core.ranking import Criterion, Unranked
from demomed.rendering.french import capitalised, count_word, number, typeset
from demomed.rendering.pages import PageSpec


def notice_words(
    spec: PageSpec, unranked: Unranked | None, names: Mapping[str, str], texts: Mapping[str, Any]
) -> dict[str, Any]:
    """What a notice says: why nothing is drawn, what lacks, and the method it would follow.

    Parameters
    ----------
    spec
        The page.
    unranked
        Why the ranking of the page cannot be made; ``None`` for a theme without any source.
    names
        How a sentence calls the department: ``name, of, in``.
    texts
        Texts of the catalogue.
    """
    if unranked is None:
        lead = typeset(texts["compose"]["notice"])
        return {"lead": lead, "absent": spec.absent, "method": spec.method}
    return {
        "lead": unranked_lead(unranked, names, texts),
        "absent": (*unranked_absent(unranked, texts), *spec.absent),
        "method": (*unranked_method(unranked, texts), *spec.method),
    }


def unranked_lead(unranked: Unranked, names: Mapping[str, str], texts: Mapping[str, Any]) -> str:
    """Why there is no ranking, in the sentences that open the page.

    Parameters
    ----------
    unranked
        Why the zones cannot be ranked.
    names
        How a sentence calls the department: ``name, of, in``.
    texts
        Texts of the catalogue.
    """
    words = texts["compose"]["unranked"]
    told = words[unranked.reason].format(
        title=unranked.recipe.title,
        known=number(100 * unranked.share_known),
        least=number(100 * unranked.recipe.missing_share),
        zones=words["zones_one" if unranked.scored == 1 else "zones_none"],
        **names,
    )
    return typeset(told)


def unranked_absent(unranked: Unranked, texts: Mapping[str, Any]) -> tuple[Absent, ...]:
    """Each criterion that lacks, and the source that would give it."""
    return tuple(
        Absent(capitalised(typeset(criterion.label)), _wanted(criterion, texts))
        for criterion in unranked.absent
    )


def _wanted(criterion: Criterion, texts: Mapping[str, Any]) -> str:
    """Producers and titles of the sources of an indicator, with the page of each."""
    words, declared = texts["compose"]["unranked"], catalogue.sources()
    told = []
    for id_ in get_indicator(criterion.indicator).sources:
        source = declared.get(id_)
        if source is None:
            told.append(words["own"])
            continue
        pattern = words["source_page" if source.get("page") else "source"]
        told.append(
            pattern.format(
                producer=source["producer"], title=source["title"], page=source.get("page")
            )
        )
    return typeset(" ; ".join(told))


def unranked_method(unranked: Unranked, texts: Mapping[str, Any]) -> tuple[str, ...]:
    """What the recipe would weigh, and what is known of it."""
    words = texts["compose"]["unranked"]
    lacking = {criterion.column for criterion in unranked.absent}
    weighed = [
        words["weight_absent" if criterion.column in lacking else "weight"].format(
            label=criterion.label, weight=number(100 * criterion.weight)
        )
        for criterion in unranked.recipe.criteria
    ]
    count = count_word(len(weighed))
    return (typeset(words["recipe"].format(count=count, weights=" ; ".join(weighed))),)
