"""The page's bytes: complete, deterministic, escaped, accessible by its structure."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demomed.core import catalogue
from demomed.core.faults import InputError
from demomed.rendering import assets
from demomed.rendering.binding import page_texts, policy, single
from demomed.rendering.coded_texts import (
    decode_ends,
    decode_shown,
    decode_texts,
    encode_texts,
    unfold,
)
from demomed.rendering.columns import decode_numbers, encode_numbers
from demomed.rendering.markup import read_markup
from demomed.rendering.page import map_page, render_index, render_page
from demomed.rendering.parts import choice_names, locator
from demomed.rendering.payload import inner_borders, payload
from demomed.rendering.topology import STEPS, Topology, decode_line, encode_line

PAGES = ("offre", "age", "acces", "priorites")


def data_of(content: bytes):
    return json.loads(read_markup(content.decode()).text_of("donnees"))


@pytest.mark.parametrize("page", PAGES)
def test_same_document_same_bytes(toy, page):
    assert render_page(toy.toy_document(page)) == render_page(toy.toy_document(page))
    assert render_index(toy.toy_index()) == render_index(toy.toy_index())


def test_same_bytes_in_another_process(toy, tmp_path):
    import pickle

    document = toy.toy_document("offre")
    (tmp_path / "document.pkl").write_bytes(pickle.dumps(document))
    code = (
        "import pickle, sys, hashlib, pathlib\n"
        "from demomed.rendering.page import render_page\n"
        "document = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "sys.stdout.write(hashlib.sha256(render_page(document)).hexdigest())\n"
    )
    import hashlib

    said = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "document.pkl")],
        capture_output=True,
        check=True,
        text=True,
        env={
            "PYTHONHASHSEED": "77",
            "LC_ALL": "C",
            "TZ": "Asia/Tokyo",
            "PATH": "",
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
    ).stdout
    assert said == hashlib.sha256(render_page(document)).hexdigest()


def test_structure_for_assistive_tools(toy):
    page = read_markup(render_page(toy.toy_document("offre")).decode())
    tags = [tag for tag, _ in page.elements]
    assert {"header", "nav", "main", "footer", "aside"} - set(tags) <= {"aside"}
    assert dict(page.elements)["html"]["lang"] == "fr"
    assert page.texts("title") == [toy.toy_document("offre").title]
    skip = next(a for _, a in page.elements if a.get("class") == "skip")
    assert skip["href"] == "#tableau"
    assert any(a.get("id") == "tableau" for _, a in page.elements)
    assert all(table.caption and not table.headers_without_scope for table in page.tables)
    live = {a["id"] for _, a in page.elements if a.get("aria-live")}
    assert live == {"constat", "fiche-corps"}


@pytest.mark.parametrize("page", PAGES)
def test_table_says_what_the_map_says(toy, page):
    document = toy.toy_document(page)
    content = render_page(document)
    carried, read = data_of(content), read_markup(content.decode())
    checked = 0
    for layer, coded in zip(document.layers, carried["layers"], strict=True):
        for level, values in layer.levels.items():
            shown = decode_shown(coded["levels"][level], layer.decimals)
            assert shown == list(values.texts)
            column = read.column(level, layer.id)
            assert [column[code] for code in document.zones[level].codes] == shown
            count = len(shown)
            told = coded["levels"][level]
            assert decode_texts(told.get("p"), count) == list(values.parts)
            assert decode_texts(told.get("i"), count) == list(values.intervals)
            assert decode_ends(told, count) == (list(values.lows), list(values.highs))
            assert decode_numbers(coded["levels"][level]["v"], count) == list(values.values)
            checked += count
    assert checked > 0


@pytest.mark.parametrize("page", ["offre", "acces"])
def test_a_caveat_that_layers_share_is_carried_once(toy, page):
    document = toy.toy_document(page)
    carried = data_of(render_page(document))
    caveats = [layer.caveat for layer in document.layers]
    assert len(set(caveats)) < len(caveats)
    told = [carried["w"][x["caveat"]] if "caveat" in x else "" for x in carried["layers"]]
    assert told == caveats
    for caveat in filter(None, set(caveats)):
        assert carried["w"].count(caveat) == 1


def test_every_layer_group_level_and_place_has_its_control(toy):
    document = toy.toy_document("offre")
    page = read_markup(render_page(document).decode())
    inputs = [(a.get("name"), a.get("value")) for tag, a in page.elements if tag == "input"]
    assert {v for n, v in inputs if n == "indicateur"} == {layer.id for layer in document.layers}
    assert {v for n, v in inputs if n == "maille"} == set(document.zones)
    for points in document.points:
        assert any(table.caption == points.label for table in page.tables)


def test_names_of_choices_are_told_apart(toy):
    first = toy.toy_document("offre").layers[0]

    def layer(short, subject, label=""):
        return replace(first, short_label=short, subject=subject, label=label)

    doctors, nurses = layer("Densité", "médecins", "A"), layer("Densité", "infirmiers", "B")
    assert choice_names([doctors, nurses], " : ") == ["Médecins", "Infirmiers"]
    assert choice_names([doctors], " : ") == ["Densité"]
    far = [layer("10 min", "médecins"), layer("10 min", "pharmacies"), layer("15 min", "médecins")]
    assert choice_names(far, " : ")[::2] == ["10 min : médecins", "15 min : médecins"]
    assert choice_names([doctors, replace(doctors, label="C")], " : ") == ["A", "C"]


def test_policy_names_exactly_what_the_page_holds(toy):
    page = map_page(toy.toy_document("offre"))
    rule, content = policy(page), single(page).decode()
    assert "unsafe" not in rule
    assert rule.startswith("default-src 'none'; ")
    read = read_markup(content)
    inline = [t for _, a, t in read.elements_with_text("script") if "type" not in a]
    assert [assets.digest(text) in rule for text in inline] == [True, True]
    assert [assets.digest(text) in rule for text in read.texts("style")] == [True, True]


@pytest.mark.parametrize("word", ["$(", "jQuery", "bootstrap", "d3.", "XMLHttpRequest", "fetch("])
def test_no_library_but_leaflet_and_no_request(toy, word):
    page = map_page(toy.toy_document("offre"))
    own = page.scripts["offre.js"]
    assert word not in (own.replace('$("', "") if word == "$(" else own)


def test_hostile_texts_stay_texts(toy):
    text = "</script><img src=x onerror=alert(1)>\u2028'\"&"
    document = replace(toy.toy_document("offre"), title=text, lead=text, contact=text)
    document = replace(
        document, layers=tuple(replace(x, label=text, finding=text) for x in document.layers)
    )
    content = render_page(document).decode()
    read = read_markup(content)
    assert not [tag for tag, _ in read.elements if tag == "img"]
    assert len(read.texts("script")) == 3
    assert json.loads(read.text_of("donnees"))["layers"][0]["label"] == text


def test_theme_refuses_what_is_not_a_colour():
    theme = catalogue.entry("themes", "neutre")
    bad = {**theme, "colours": {**theme["colours"], "ink": "red;}</style><script>"}}
    with pytest.raises(InputError, match="couleur « ink »"):
        assets.theme_css(bad)
    with pytest.raises(InputError, match="police"):
        assets.theme_css({**theme, "fonts": {"text": "a}body{display:none"}})
    with pytest.raises(InputError, match="data:"):
        assets.theme_logo({**theme, "brand": {"logo": "https://exemple.fr/logo.png"}})


@pytest.mark.parametrize("name", sorted(catalogue.entries("themes")))
def test_theme_texts_are_readable(name):
    assert "--ink:" in assets.theme_css(catalogue.entry("themes", name))


def test_a_theme_that_cannot_be_read_is_refused_with_every_pair_named():
    theme = catalogue.entry("themes", "neutre")
    pale = {**theme["colours"], "secondary": "#c0c8d0", "warning": "#ffd9a0", "hatch": "#e0e4e8"}
    with pytest.raises(InputError) as refused:
        assets.theme_css({**theme, "name": "Pâle", "colours": pale})
    told = str(refused.value)
    for pair in ("« secondary »", "« warning »", "« hatch »", "thème « Pâle »", "4,5", "3,0"):
        assert pair in told
    assert len(refused.value.faults) == 4  # the secondary text is read on two grounds


def test_hostile_words_of_a_theme_stay_texts(toy, monkeypatch):
    hostile = "</style><script>alert(1)</script><img src=x onerror=alert(1)>"
    read = catalogue.entry

    def told(kind, name):
        found = read(kind, name)
        brand = {"logo": "", "footer": hostile}
        return {**found, "name": hostile, "brand": brand} if kind == "themes" else found

    before = render_page(toy.toy_document("offre")).decode("utf-8")
    monkeypatch.setattr(catalogue, "entry", told)
    page = render_page(toy.toy_document("offre")).decode("utf-8")
    assert "&lt;img src=x onerror" in page
    assert page.count("<script") == before.count("<script")
    assert page.count("<img") == before.count("<img")
    assert page.count("</style") == before.count("</style")


def test_inline_content_cannot_close_its_element():
    for text in ("let a = '</SCRIPT>'", "a{} </style>"):
        with pytest.raises(InputError):
            assets.guarded("a", text)


def test_leaflet_is_the_checked_one(monkeypatch):
    assert "1.9.3" in assets.leaflet_js()
    assert "sourceMappingURL" not in assets.leaflet_js()
    assert "url(images" not in assets.leaflet_css()
    assert "data:image" in assets.leaflet_css()
    assert "data:image" not in assets.leaflet_css(images=False)
    assets.leaflet_js.cache_clear()
    monkeypatch.setattr(assets, "LEAFLET_SHA256", {"leaflet.js": "0" * 64})
    with pytest.raises(InputError, match=r"leaflet\.js"):
        assets.leaflet_js()
    monkeypatch.undo()
    assets.leaflet_js.cache_clear()


def test_page_carries_nothing_masked(toy):
    document = toy.toy_document("age")
    carried = data_of(render_page(document))
    hidden = 0
    for layer in carried["layers"]:
        for values in layer["levels"].values():
            statuses = unfold(values["s"])
            numbers = decode_numbers(values["v"], len(statuses))
            for place, letter in enumerate(statuses):
                if letter in "kc":
                    hidden += 1
                    assert numbers[place] is None
    assert hidden > 0


def test_page_texts_speak_one_typography():
    french = page_texts("fr")
    assert all(" :" not in t and " ;" not in t for t in french.values() if isinstance(t, str))
    assert "\u202f:" in french["accessibility"]


def test_script_uses_only_declared_texts():
    used = set()
    for name in ("base.js", "core.js", *assets.SCRIPT_PARTS, *assets.HOME_PARTS):
        used |= set(re.findall(r"\bT\.(\w+)", assets.template_text(name)))
    assert used <= set(catalogue.texts("fr")["page"])
    assert len(used) > 20


@given(st.lists(st.one_of(st.just(""), st.text(max_size=12)), max_size=12))
def test_texts_survive_their_coding(texts):
    assert decode_texts(encode_texts(texts), len(texts)) == texts


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6).map(lambda x: round(x, 2)))))
def test_numbers_survive_their_coding(values):
    assert decode_numbers(encode_numbers(values), len(values)) == [
        None if v is None else v + 0.0 for v in values
    ]


@given(st.lists(st.tuples(st.integers(-900_000, 900_000), st.integers(-450_000, 450_000))))
def test_lines_survive_their_coding(points):
    assert decode_line(encode_line(points)) == points


def test_neighbours_share_their_border_once():
    def square(x, y):
        ring = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]
        return {"type": "Polygon", "coordinates": [ring]}

    grid = [square(x, y) for x in range(3) for y in range(3)]
    whole = {"type": "Polygon", "coordinates": [[[0, 0], [3, 0], [3, 3], [0, 3], [0, 0]]]}
    corners = {
        "type": "Polygon",
        "coordinates": [
            [
                [0, 0],
                [1, 0],
                [2, 0],
                [3, 0],
                [3, 1],
                [3, 2],
                [3, 3],
                [2, 3],
                [1, 3],
                [0, 3],
                [0, 2],
                [0, 1],
                [0, 0],
            ]
        ],
    }
    topology = Topology([*grid, corners])
    shapes = [topology.shape(geometry) for geometry in grid]
    lines = len(topology.arcs)
    assert topology.shape(corners)
    assert len(topology.arcs) == lines
    used = [place for shape in shapes for polygon in shape for ring in polygon for place in ring]
    assert sorted({p if p >= 0 else -1 - p for p in used}) == list(range(lines))
    assert whole["type"] == "Polygon"


def test_two_borders_equal_once_simplified_are_one():
    """A sliver between two zones: both its borders are the same straight step once simplified."""
    step = 1 / STEPS
    left = [[0, 0], [0, 4 * step], [-4 * step, 4 * step], [-4 * step, 0], [0, 0]]
    right = [[0, 0], [step, 2 * step], [0, 4 * step], [4 * step, 4 * step], [4 * step, 0], [0, 0]]
    zones = [{"type": "Polygon", "coordinates": [ring]} for ring in (left, right)]
    topology = Topology(zones)
    shapes = [topology.shape(zone) for zone in zones]
    drawn = [tuple(decode_line(arc)) for arc in topology.arcs]
    assert len({min(line, line[::-1]) for line in drawn}) == len(drawn) == 3
    used = [{p if p >= 0 else -1 - p for p in shape[0][0]} for shape in shapes]
    assert len(used[0] & used[1]) == 1


def test_frame_of_clipped_neighbours_is_not_drawn():
    box = {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [1, 1], [0, 2], [0, 0]]]}
    lines = inner_borders([{"geometry": box}])["coordinates"]
    assert lines == [[[2, 2], [1, 1], [0, 2]]]
    assert inner_borders([])["coordinates"] == []


def test_locator_draws_lines_and_nothing():
    line = {"type": "LineString", "coordinates": [[0, 0], [1, 0], [1, 1], [0, 0]]}
    drawn = locator({"type": "FeatureCollection", "features": [{"geometry": line}]})
    assert drawn["path"].startswith("M")
    assert locator({}) is None


def test_payload_is_plain_and_finite(toy):
    document = toy.toy_document("offre")
    theme = catalogue.entry("themes", document.theme)
    text = assets.script_json(payload(document, page_texts("fr"), theme))
    assert not set("<>&\u2028\u2029") & set(text)
    json.loads(text, parse_constant=pytest.fail)
