"""No text is in the code: a second catalogue is enough to change the language of the chrome."""

from __future__ import annotations

import re

import pytest

from demomed.core.catalogue import texts
from demomed.rendering.binding import single
from demomed.rendering.compose import compose
from demomed.rendering.home import compose_index, compose_notices
from demomed.rendering.markup import read_markup
from demomed.rendering.page import index_page, map_page, notice_page, sheet_page
from demomed.rendering.scene import make_scene
from demomed.rendering.sheets import compose_sheets


def flat(table, path=()):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, (*path, key))
        else:
            yield (*path, key), value


def test_both_catalogues_have_the_same_keys_and_places():
    french, english = (dict(flat(texts(language))) for language in ("fr", "en"))
    assert set(french) == set(english)
    for key, value in french.items():
        assert type(value) is type(english[key]), key
        if isinstance(value, str):
            assert sorted(re.findall(r"\{\w+\}", value)) == sorted(
                re.findall(r"\{\w+\}", english[key])
            ), key
        elif isinstance(value, list):
            assert len(value) == len(english[key]), key


@pytest.fixture(scope="module")
def english(toy):
    """Every kind of page, composed in English."""
    territory, public = toy.toy_territory(), toy.toy_public()
    told = {"version": "0", "language": "en"}
    scene = make_scene(territory, language="en")
    document = compose(
        territory, public, "offre", ranking=toy.toy_ranking(), scene=scene, with_sheets=True, **told
    )
    sheets = compose_sheets(territory, public, (document,), scene=scene, **told)
    notices = compose_notices(territory, public, ranking=toy.toy_ranking(), **told)
    index = compose_index(
        territory, (document,), public=public, scene=scene, notices=notices, **told
    )
    return {
        "map": single(map_page(document)).decode(),
        "sheet": single(sheet_page(sheets[1])).decode(),
        "notice": single(notice_page(notices[0])).decode(),
        "index": single(index_page(index)).decode(),
    }


@pytest.mark.parametrize("kind", ["map", "sheet", "notice", "index"])
def test_english_pages_hold_no_french_chrome(english, kind):
    content = english[kind].replace("\u202f", " ").replace("’", "'").replace("&#39;", "'")
    french, other = texts("fr")["page"], texts("en")["page"]
    same = set(other.values())
    told = 0
    for key, text in french.items():
        long = isinstance(text, str) and len(text) > 12 and text not in same
        if long and "{" not in text:
            assert text not in content, key
            told += 1
    assert told > 30
    page = read_markup(content)
    assert dict(page.elements)["html"]["lang"] == "en"


def test_english_pages_speak_english(english):
    assert "Skip to the table" in english["map"]
    assert "Darker = less favourable." not in english["sheet"]
    assert "Portrait of an area" in english["sheet"]
    assert "What is known of my commune?" in english["index"]
    assert "No source in use" in english["notice"]
