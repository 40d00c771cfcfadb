"""What is said of travel times follows where they come from: estimated, by road, given."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pandas as pd
import pytest

import demomed.analysis  # noqa: F401  (declares the indicators)
from demomed.analysis.recipes import load_recipe, parse_recipe
from demomed.core import catalogue
from demomed.core.catalogue import entry
from demomed.core.faults import InputError
from demomed.core.indicator import indicators
from demomed.core.source import Source
from demomed.core.travel import SOURCE_ID, TravelNature, TravelTable
from demomed.rendering.pages import page_specs
from demomed.rendering.reports import dossier_words
from demomed.rendering.surroundings import ranking_legend_of

NATURES = get_args(TravelNature)
MEASURED = [nature for nature in NATURES if nature != "estimated"]
RANGE = "20 %"


def plain(text):
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def texts_of(words):
    if isinstance(words, str):
        yield words
    elif isinstance(words, dict):
        for inner in words.values():
            yield from texts_of(inner)
    elif isinstance(words, list | tuple):
        for inner in words:
            yield from texts_of(inner)


def on_times(territory, nature):
    if nature == "estimated":
        return replace(territory, travel=None)
    pairs = pd.DataFrame({"origin": ["53001"], "destination": ["53001"], "minutes": [1.0]})
    source = Source(SOURCE_ID, "Temps", "Mission", "2026", "", "", "", "")
    return replace(territory, travel=TravelTable(pairs, nature, 60.0, source))


def test_only_estimated_times_have_a_range_in_the_reserve_of_an_indicator():
    ranged = [one for one in indicators().values() if RANGE in plain(one.caveat)]
    assert {one.id for one in ranged} >= {"minutes_nearest", "beyond_10", "cumulated_remoteness"}
    for one in ranged:
        for nature in MEASURED:
            assert RANGE not in plain(one.told_as(nature).caveat), one.id


@pytest.mark.parametrize("name", sorted(catalogue.entries("recipes")))
def test_a_recipe_says_of_its_times_what_they_are(name):
    recipe = load_recipe(name)
    told = {nature: recipe.on_times(nature).caveat for nature in NATURES}
    assert "vol d'oiseau" not in recipe.caveat
    assert RANGE not in "".join(told.values())
    for criterion in entry("recipes", name)["criteria"]:
        if RANGE in criterion.get("why", ""):
            assert "temps estimés" in criterion["why"]
    if recipe.times:
        assert set(recipe.times) == set(NATURES)
        assert len(set(told.values())) == len(NATURES)
        assert all(text.startswith(recipe.caveat) for text in told.values())
        assert recipe.on_times("provided").on_times("routed").caveat == told["provided"]


def test_a_recipe_that_names_other_times_is_refused():
    raw = dict(entry("recipes", "telesante"))
    with pytest.raises(InputError, match="estimate"):
        parse_recipe("essai", {**raw, "times": {"estimate": "…"}})


def test_the_ranking_of_access_has_a_range_where_times_are_estimated(toyland):
    texts = catalogue.texts("fr")
    legends = {
        nature: ranking_legend_of(page_specs()["acces"], on_times(toyland, nature), texts)
        for nature in NATURES
    }
    assert RANGE in plain(legends["estimated"])
    assert len(set(legends.values())) == len(NATURES)
    assert not any(RANGE in plain(legends[nature]) for nature in MEASURED)
    other = page_specs()["offre"]
    assert ranking_legend_of(other, toyland, texts) == other.ranking_legend


@pytest.mark.parametrize("nature", NATURES)
def test_town_and_country_names_its_times(nature):
    words = dossier_words("ruralite", nature)
    said = " ".join(texts_of({name: text for name, text in words.items() if name != "times"}))
    assert "{times}" not in said
    for other in NATURES:
        assert (words["times"][other] in said) == (other == nature)
