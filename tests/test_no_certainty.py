"""Nothing is told as certain that the sensitivity analysis calls unsure: all published sentences."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from demomed import pipeline
from demomed.analysis import compute
from demomed.analysis.priority import rank
from demomed.core.document import RankingBar
from demomed.core.portrait import Cell
from demomed.core.ranking import DEPENDS, ROBUST, Ranking
from demomed.core.territory import LEVELS
from demomed.dossiers import compose_dossiers
from demomed.dossiers.material import Material
from demomed.rendering import plan as plan_words
from demomed.rendering import priority
from demomed.rendering.compose import compose, drawn_pages
from demomed.rendering.home import compose_index
from demomed.rendering.scene import make_scene
from demomed.rendering.sheets import compose_sheets, sheet_links

CERTAIN = re.compile(
    r"prioritaires?\b|robustes?\b|reste(nt)? parmi|serait le plus utile|en priorité|"
    r"(arrive|vient|est) en tête|(premier|1ᵉʳ) rang|la plus prioritaire|sans (aucun )?doute",
    re.IGNORECASE,
)
"""Words that tell a zone as a priority without reserve."""
HEDGED = re.compile(
    r"sans certitude|(selon l|dépend d)es choix|\bpeu(t|vent)\b|rarement|% des tirages|hors classement|"
    r"non classée|changerait|d'autres choix|du \d+\S* au \d+",
    re.IGNORECASE,
)
"""Words that say how unsure it is."""
LEGAL = re.compile(r"(zones? d.)?intervention prioritaire( \(ZIP\))?", re.IGNORECASE)
"""The legal class has the word in its name."""
DEPARTMENTS = ("53", "41", "61")


def told_in(thing: object) -> Iterator[str]:
    """Every sentence of a page; a row of a table, or a bar, is read as one."""
    if isinstance(thing, str):
        yield from re.split(r"(?<=[.!?;])\s+", thing)
    elif isinstance(thing, RankingBar):
        yield " | ".join((thing.name, thing.rank, thing.interval, thing.status, thing.note))
    elif isinstance(thing, tuple | list):
        if thing and all(isinstance(item, Cell) for item in thing):
            yield " | ".join(item.text for item in thing)
        else:
            for item in thing:
                yield from told_in(item)
    elif isinstance(thing, dict):
        yield from told_in(tuple(thing.values()))
    elif dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        for field in dataclasses.fields(thing):
            yield from told_in(getattr(thing, field.name))


def plain(text: str) -> str:
    """Text without the spaces and apostrophes of typography."""
    return text.replace("\u202f", " ").replace("\u00a0", " ").replace("\u2019", "'")


def too_sure(pages: list[object], ranking: Ranking, names: dict[str, str]) -> list[str]:
    """Sentences that tell a zone as a sure priority although its verdict is another."""
    table = ranking.table
    unsure = {
        plain(name)
        for code in table.index[table["verdict"] != ROBUST]
        for name in (str(table.loc[code, "zone_name"]), names.get(str(code), ""))
        if name
    }
    found = []
    for sentence in {plain(text) for page in pages for text in told_in(page)}:
        text = LEGAL.sub("", sentence)
        if CERTAIN.search(text) and not HEDGED.search(text):
            found += [sentence] if any(name in sentence for name in unsure) else []
    return sorted(found)


def pages_of(territory, public, ranking) -> tuple[list[object], dict[str, str]]:
    """Every page of a portal that holds sentences, as data."""
    scene = make_scene(territory)
    told = {"version": "0", "scene": scene}
    maps = tuple(
        compose(territory, public, page, ranking=ranking, with_sheets=True, **told)
        for page in drawn_pages(public, ranking)
    )
    sheets = compose_sheets(territory, public, maps, **told)
    dossiers = compose_dossiers(Material(territory, public, ranking, scene, maps, "0"))
    index = compose_index(
        territory, maps, public=public, sheets=sheet_links(sheets), reports=dossiers, **told
    )
    zones = scene.sets["epci"]
    names = dict(zip(zones.codes, zones.short_names, strict=True))
    return [*maps, *sheets, *dossiers, index], names


@pytest.fixture(scope="module", params=DEPARTMENTS)
def published(request):
    territory = pipeline.load_territory(request.param)
    public = pipeline.protected(territory, compute(territory, level=LEVELS))
    ranking = rank(public, outside=pipeline.zones_elsewhere(territory))
    return territory, public, ranking


def test_no_published_sentence_is_surer_than_the_analysis(published):
    territory, public, ranking = published
    pages, names = pages_of(territory, public, ranking)
    assert sum(1 for page in pages for _ in told_in(page)) > 500
    assert too_sure(pages, ranking, names) == []


def unsure_everywhere(ranking: Ranking) -> Ranking:
    """The same ranking, no zone of which is sure; a zone scored in part keeps its high share."""
    return replace(ranking, table=ranking.table.assign(verdict=DEPENDS, p_top=0.95))


@pytest.fixture(scope="module")
def unsure():
    territory = pipeline.load_territory("53")
    public, ranking = pipeline.protected_ranking(territory)
    return territory, public, unsure_everywhere(ranking)


def priority_page(territory, public, ranking):
    scene = make_scene(territory)
    zones = scene.sets["epci"]
    names = dict(zip(zones.codes, zones.short_names, strict=True))
    page = compose(territory, public, "priorites", ranking=ranking, version="0", scene=scene)
    return [page], names


def plan_page(territory, public, ranking):
    from demomed.dossiers import plan

    scene = make_scene(territory)
    zones = scene.sets["epci"]
    names = dict(zip(zones.codes, zones.short_names, strict=True))
    return [plan.dossier(Material(territory, public, ranking, scene, (), "0"))], names


@pytest.mark.parametrize("page", [priority_page, plan_page])
def test_an_unsure_ranking_is_told_with_its_reserve(unsure, page):
    pages, names = page(*unsure)
    assert too_sure(pages, unsure[2], names) == []


def test_without_the_guard_of_the_priorities_the_test_fails(unsure, monkeypatch):
    """The mutation: groups made from the share of the draws alone, the verdict forgotten."""

    def careless(ranking):
        codes = [str(code) for code in ranking.table.index[ranking.table["p_top"] >= 0.8]]
        return codes, []

    monkeypatch.setattr(priority, "_groups", careless)
    pages, names = priority_page(*unsure)
    assert too_sure(pages, unsure[2], names)


def test_without_the_guard_of_the_plan_the_test_fails(unsure, monkeypatch):
    """The mutation: the answer of the plan takes any verdict for a sure one."""
    monkeypatch.setattr(plan_words, "ROBUST", DEPENDS)
    pages, names = plan_page(*unsure)
    assert too_sure(pages, unsure[2], names)


def test_the_pages_of_toyland_are_no_surer(toy_pages):
    pages, ranking, names = toy_pages
    assert too_sure(pages, ranking, names) == []
    assert too_sure(pages, unsure_everywhere(ranking), names), "a robust zone is told as such"


@pytest.fixture(scope="module")
def toy_pages():
    import importlib.util
    from pathlib import Path

    path = Path(__file__).parent / "rendering" / "toy_document.py"
    spec = importlib.util.spec_from_file_location("toy_of_certainty", path)
    toy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(toy)
    pages = [toy.toy_document(page) for page in toy.toy_drawn()]
    zones = toy.toy_scene().sets["epci"]
    names = dict(zip(zones.codes, zones.short_names, strict=True))
    return [*pages, *toy.toy_sheets(), toy.toy_index()], toy.toy_ranking(), names


@pytest.mark.parametrize(
    ("sentence", "is_caught"),
    [
        ("CC A est une zone prioritaire.", True),
        ("CC A reste parmi les trois premiers.", True),
        ("CC A peut venir parmi les premiers, prioritaire selon les choix.", False),
        ("CC A : intervention prioritaire (ZIP).", False),
        ("Un territoire est dit prioritaire robuste à partir de 80 %.", False),
    ],
)
def test_what_the_reader_of_sentences_catches(unsure, sentence, is_caught):
    table = unsure[2].table.iloc[:1].assign(zone_name="CC A")
    found = too_sure([sentence], replace(unsure[2], table=table), {})
    assert bool(found) == is_caught
