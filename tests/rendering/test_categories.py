"""Official zonings drawn as categories: same classes on the map, in the legend and in the table."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from demomed.rendering.check_data import check_data
from demomed.rendering.coded_texts import decode_shown
from demomed.rendering.compose import compose
from demomed.rendering.markup import read_markup
from demomed.rendering.page import render_page

CLASSES = ["ZIP", "ZIP", "ZAC", "HZ", None, "autre"]


@pytest.fixture
def zoned(toy):
    territory = toy.toy_territory()
    order = list(territory.members("departement").index)
    given = dict(zip(order, CLASSES, strict=False))
    communes = territory.communes.assign(
        zoning_gp=[given.get(code, np.nan) for code in territory.communes.index]
    )
    return replace(territory, communes=communes.drop(columns="zoning_nurse", errors="ignore"))


@pytest.fixture
def document(toy, zoned):
    return compose(zoned, toy.toy_public(), "zonages", version="0")


def layer_of(document):
    return next(layer for layer in document.layers if layer.kind == "category")


def test_classes_are_those_of_the_communes(document, zoned):
    layer = layer_of(document)
    values = layer.levels["commune"]
    codes = document.zones["commune"].codes
    given = zoned.communes["zoning_gp"].reindex(list(codes))
    for code, text, status, colour in zip(
        given, values.texts, values.statuses, values.classes, strict=True
    ):
        if isinstance(code, str):
            assert status == "value"
            assert code in text or code == "HZ" or text == "Autre"
            assert colour is not None
        else:
            assert (text, status, colour) == ("n.d.", "missing", None)
    drawn = {entry.label: entry.count for entry in values.legend if entry.kind == "class"}
    assert drawn == Counter(
        t for t, s in zip(values.texts, values.statuses, strict=True) if s == "value"
    )


def test_darkest_is_the_first_class_and_each_has_its_colour(document):
    values = layer_of(document).levels["commune"]
    assert values.legend[0].label.startswith("Zone d’intervention prioritaire")
    assert values.legend[0].colour == values.colours[-1]
    assert len(set(values.colours)) == len(values.colours)


def test_finding_counts_communes_and_inhabitants(document):
    layer = layer_of(document)
    assert "communes du département" in layer.finding
    assert "2 en « zone d’intervention prioritaire (ZIP)".replace(" ", "") in (
        layer.finding.replace("\u202f", "").replace("\u00a0", "").replace(" ", "")
    )


def test_page_carries_each_class_name_once_and_passes_its_checks(document):
    text = render_page(document).decode()
    page = read_markup(text)
    carried = json.loads(page.text_of("donnees"))
    coded = next(x for x in carried["layers"] if x["kind"] == "category")
    values = coded["levels"]["commune"]
    assert tuple(decode_shown(values, 0)) == layer_of(document).levels["commune"].texts
    assert json.dumps(values, ensure_ascii=False).count("intervention") == 2  # name, legend
    assert list(check_data("zonages.html", carried, text, page, {})) == []


def test_no_layer_without_zoning(toy, zoned):
    bare = replace(zoned, communes=zoned.communes.drop(columns="zoning_gp"))
    document = compose(bare, toy.toy_public(), "zonages", version="0")
    assert all(layer.kind != "category" for layer in document.layers)
