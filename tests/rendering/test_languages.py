"""No text is in the code: a second catalogue is enough to change the language of the chrome."""

from __future__ import annotations

import html
import json
import re

import pytest

from demomed.core.catalogue import entries, services, texts
from demomed.core.indicator import NATURE_LABELS, STATUS_LABELS, indicators
from demomed.rendering.binding import single
from demomed.rendering.compose import compose
from demomed.rendering.home import compose_index, compose_notices
from demomed.rendering.language import _messages, bare
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


def spoken_words(content, names):
    """What a reader sees of a page, without the proper names of the toy land."""
    inside = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", content, flags=re.S)
    text = html.unescape(re.sub(r"<[^>]+>", "\n", inside))
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "·")
    return text


def declared_texts(told):
    if isinstance(told, str):
        yield told
    elif isinstance(told, (dict, list, tuple)):
        for part in told.values() if isinstance(told, dict) else told:
            yield from declared_texts(part)


def french_declared():
    """Texts that the catalogue declares in French and no English page says alike."""
    for kind in ("pages", "portraits"):
        for entry in entries(kind).values():
            for text in declared_texts(entry):
                if " " in text and "{" not in text:
                    yield bare(text)
    yield from map(bare, NATURE_LABELS.values())
    for service in services().values():
        yield from map(bare, (service.label, service.singular))


@pytest.mark.parametrize("kind", ["map", "sheet", "notice", "index"])
def test_english_pages_write_numbers_dates_and_words_in_english(english, kind, toy):
    territory = toy.toy_territory()
    names = {
        *territory.communes["commune_name"],
        *make_scene(territory, language="en").zones["epci"]["zone_name"],
        *make_scene(territory, language="en").zones["epci"]["short_name"],
        *territory.structures["structure_name"],
        *(source.title for source in territory.sources.values()),
        *(f"{source.licence}." for source in territory.sources.values()),
    }
    text = spoken_words(english[kind], {name for name in names if name})
    assert not re.findall(r".*\d,\d{1,2}\b.*", text), "decimal comma"
    assert "\u202f" not in text
    assert not re.findall(r".*\d %.*|.*\d[ \u00a0]\d{3}\b.*", text)
    words = r"des|les|une|aux|dans|avec|sur|par|pour 1|janvier|décembre|au|et|officiel|estimé"
    assert not re.findall(rf".*\b(?:{words})\b.*", text)
    assert not re.findall(r".*[éèàçùê].*", text)
    same = set(declared_texts(texts("en"))) | set(_messages("en").values())
    french = {one for one in french_declared() if one not in same | {"pharmacies"}}
    assert len(french) > 100
    plain = bare(text)
    assert not [one for one in sorted(french) if re.search(rf"\b{re.escape(one)}\b", plain)]


def test_every_message_translates_a_text_of_the_catalogue():
    """A message whose French no longer stands anywhere is dead."""
    known = set(french_declared()) | {bare(text) for text in STATUS_LABELS.values()}
    for kind in ("pages", "portraits", "secrecy"):
        known |= {bare(text) for text in declared_texts(dict(entries(kind)))}
    for one in indicators().values():
        told = (one.label, one.short_label, one.unit, one.description, one.caveat)
        known |= {bare(text) for text in told}
        known |= {bare(text) for text in declared_texts(one.variants)}
    known |= {bare(service.short) for service in services().values()}
    for kind, part in entries("messages")["en"].items():
        for text, said in part.items():
            assert (
                bare(text).rstrip(".") in {one.rstrip(".") for one in known} or kind == "patterns"
            )
            assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", said))


def test_the_script_writes_numbers_with_the_signs_of_the_page(english, toy):
    data = json.loads(read_markup(english["map"]).text_of("donnees"))
    assert data["signs"] == [".", ",", texts("en")["writing"]["ordinals"]]
    native = json.loads(
        read_markup(single(map_page(toy.toy_document())).decode()).text_of("donnees")
    )
    assert native["signs"] == [",", "\u202f", texts("fr")["writing"]["ordinals"]]


def test_english_pages_speak_english(english):
    assert "Skip to the table" in english["map"]
    assert "Darker = less favourable." not in english["sheet"]
    assert "Portrait of an area" in english["sheet"]
    assert "What is known of my commune?" in english["index"]
    assert "No source in use" in english["notice"]
