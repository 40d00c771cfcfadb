"""The first sentences of a sheet."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from demomed.core.chance import WATCH
from demomed.core.indicator import NATURE_LABELS
from demomed.core.ranking import Ranking
from demomed.rendering.apart import side_of
from demomed.rendering.facts import ZoneFact, written
from demomed.rendering.french import capitalised, number, of, ordinal, plural, sentence, typeset
from demomed.rendering.language import translated
from demomed.rendering.portrait_material import Portraits
from demomed.rendering.portraits import Told
from demomed.rendering.priority import rank_words

MOST_SAID = 3
"""Differences named in a lead, on each side."""


def portrait_lead(
    shared: Portraits, place: int | None, members: pd.Index, ranking: Ranking | None = None
) -> str:
    """What a sheet says first: people, communes, and what stands out of chance."""
    communes, people = len(members), shared.people.reindex(members).sum()
    told = [
        shared.words["lead"].format(
            zone=capitalised(
                shared.territory.department.name
                if place is None
                else str(shared.zones["phrase"].iloc[place])
            ),
            population=number(people),
            communes=plural(communes, *shared.words["communes"]),
        )
    ]
    if place is not None:
        own = shared.territory.members("departement").index
        inside = members.intersection(own)
        if len(inside) < len(members):
            across = shared.words["across"][0 if len(inside) < 2 else 1]
            told.append(across.format(count=plural(len(inside), *shared.words["communes"])))
        told += _keys_told(shared, place)
        told += _differences(shared, place)
        told += _rank(shared, place, ranking)
    return " ".join(sentence(typeset(text)) for text in told)


def _rank(shared: Portraits, place: int, ranking: Ranking | None) -> list[str]:
    """Rank among the priorities, and where it would fall under other choices, or why there is none."""
    code = str(shared.zones.index[place])
    if ranking is None or code not in ranking.table.index:
        return []
    row = ranking.table.loc[code].to_dict()
    if pd.isna(row["rank"]):
        why = "elsewhere" if row["status"] == "outside" else "not_ranked"
        return [shared.words[why].format(of_zone=of(str(shared.zones["phrase"].iloc[place])))]
    told = shared.words["priority"].format(
        rank=ordinal(int(row["rank"])), total=number(int(ranking.table["rank"].notna().sum()))
    )
    said = " ; ".join(filter(None, (told, rank_words(row, shared.texts))))
    if not _rests_on_fiction(shared, ranking):
        return [said]
    label = capitalised(translated(NATURE_LABELS["fictional"]))
    return [shared.texts["compose"]["finding"]["fictional"].format(nature=label, text=said)]


def _rests_on_fiction(shared: Portraits, ranking: Ranking) -> bool:
    """Whether a criterion of the ranking counts invented persons."""
    table = shared.public.table
    fictional = table.loc[table["nature"] == "fictional"]
    invented = set(zip(fictional["indicator"], fictional["profession"].fillna(""), strict=True))
    return any((c.indicator, c.profession or "") in invented for c in ranking.recipe.criteria)


def _keys_told(shared: Portraits, place: int) -> list[str]:
    """Key figures that no sampling interval can hold apart: told beside the department's."""
    found = []
    for told in shared.keys:
        fact, whole = shared.fact(told, place), told.department
        if fact is None or whole is None or not (fact.readable and whole.readable):
            continue
        if fact.low is not None or "fictional" in set(told.rows["nature"].unique()):
            continue
        nature = str(told.rows["nature"].iloc[0])
        found.append(
            shared.words["key"].format(
                label=f"{told.label[:1].lower()}{told.label[1:]}",
                value=written(fact, told.unit),
                whole=whole.text,
                nature="" if nature == "official" else f" ({translated(NATURE_LABELS[nature])})",  # type: ignore[index]
            )
        )
    return [shared.words["keys"].format(facts=" ; ".join(found))] if found else []


def _differences(shared: Portraits, place: int) -> list[str]:
    """What stands out of chance, by the rule of every page, worse then better; what to watch."""
    sides: dict[str, list[str]] = {"worse": [], "better": []}
    watched: list[str] = []
    for told, fact, whole, high in _comparable(shared, place):
        label = f"{told.label[:1].lower()}{told.label[1:]}"
        compared = shared.words["compared"].format(label=label, value=fact.text, whole=whole.text)
        if apart := side_of(fact, whole, told.unit):
            side = "better" if (apart > 0) == high else "worse"
            sides[side].append(compared)
        elif side_of(fact, whole, told.unit, level=WATCH):
            watched.append(compared)
    told_apart = [
        shared.words[side].format(facts=" ; ".join(found[:MOST_SAID]))
        for side, found in sides.items()
        if found
    ]
    near = shared.texts["compose"]["finding"]["watched"].format(zones=" ; ".join(watched))
    return [*(told_apart or [shared.words["alike"]]), *([near] if watched else [])]


def _comparable(shared: Portraits, place: int) -> Iterator[tuple[Told, ZoneFact, ZoneFact, bool]]:
    """Indicators with an interval, neither estimated nor fictional: of the zone, of the department.

    The last one is whether the high values are the favourable ones.
    """
    for told in shared.told:
        fact, whole = shared.fact(told, place), told.department
        if told.indicator is None or not told.indicator.favourable or fact is None:
            continue
        natures = set(told.rows["nature"].unique())
        if whole is None or whole.value is None or natures & {"estimated", "fictional"}:
            continue
        if fact.value is None or fact.weak or fact.low is None:
            continue
        yield told, fact, whole, told.indicator.favourable == "high"
