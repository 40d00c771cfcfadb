"""Earlier dates on a theme page: chosen, told in the sheet, never joined over a break."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from demomed.core.indicator import Indicators, PublicIndicators
from demomed.rendering.check_data import check_data
from demomed.rendering.coded_texts import decode_shown, past_values
from demomed.rendering.compose import compose
from demomed.rendering.markup import read_markup
from demomed.rendering.page import render_page

FIRST, SECOND = "2018-12-31", "2022-12-31"


def at(rows: pd.DataFrame, date: str, factor: float, **other: str) -> PublicIndicators:
    scaled = {name: rows[name] * factor for name in ("value", "low", "high", "numerator")}
    return PublicIndicators(rows.assign(date=date, **scaled, **other))


@pytest.fixture(scope="module")
def earlier(toy):
    rows = toy.toy_public().table
    apl = rows.loc[rows["indicator"] == "apl"]
    ages = rows.loc[rows["indicator"] == "share_55_plus"]
    return (
        at(apl, FIRST, 1.5, sources="drees_apl_before"),
        at(apl, SECOND, 1.25),
        at(ages, SECOND, 1.0),
    )


@pytest.fixture(scope="module")
def document(toy, earlier):
    return compose(
        toy.toy_territory(), toy.toy_public(), "acces", version="0", scene=toy.toy_scene(), earlier=earlier
    )  # fmt: skip


def layer_of(document, id_):
    return next(layer for layer in document.layers if layer.id == id_)


def data_of(content):
    return json.loads(read_markup(content.decode()).text_of("donnees"))


def test_dates_come_in_order_and_a_change_of_source_breaks_the_series(document):
    past = layer_of(document, "apl_gp").past
    assert [(one.date, one.is_broken) for one in past] == [(FIRST, True), (SECOND, False)]
    assert past[1].date_label == "31 décembre 2022"
    last = layer_of(document, "apl_gp").levels["epci"].reference
    assert past[1].reference.split(":")[0] == last.split(":")[0] != ""
    assert past[1].reference not in last


def test_classes_and_bounds_are_those_of_the_last_date(toy, document):
    layer, alone = (layer_of(d, "apl_gp") for d in (document, toy.toy_document("acces")))
    assert layer.levels == alone.levels


def test_map_and_table_of_dates_say_the_same(document):
    content = render_page(document)
    page, carried = read_markup(content.decode()), data_of(content)
    layer = next(one for one in carried["layers"] if one["id"] == "apl_gp")
    compared = 0
    for past, told in zip(layer_of(document, "apl_gp").past, layer["past"], strict=True):
        for level, values in past.levels.items():
            absolute = past_values(told["levels"][level], layer["levels"][level])
            assert decode_shown(absolute, layer["decimals"]) == list(values.texts)
            compared += 1
        column = page.column("", f"apl_gp {past.date}")
        assert list(column.values()) == list(past.levels["epci"].texts)
    assert compared == 4
    assert not list(check_data("acces.html", carried, content.decode(), page, {}))


def test_a_table_of_dates_that_lies_is_found(document):
    text = render_page(document).decode()
    row = text.index("<tr data-z", text.index('id="dates"'))
    cell = text.index("<td>", row) + 4
    broken = text[:cell] + "9,9" + text[text.index("</td>", cell) :]
    page = read_markup(broken)
    found = list(check_data("acces.html", data_of(broken.encode()), broken, page, {}))
    assert any("dates" in finding.found for finding in found)


def test_what_the_gate_hid_at_a_date_stays_hidden(toy, earlier):
    document = compose(
        toy.toy_territory(), toy.toy_public(), "age", version="0", scene=toy.toy_scene(), earlier=earlier
    )  # fmt: skip
    hidden = 0
    for layer in data_of(render_page(document))["layers"]:
        for past in layer.get("past", ()):
            for level, told in past["levels"].items():
                values = layer_of(document, layer["id"]).past[0].levels[level]
                for value, status in zip(values.values, values.statuses, strict=True):
                    if status in ("masked", "coarse"):
                        hidden += 1
                        assert value is None
                assert told["s"]
    assert hidden > 0


def test_a_date_that_did_not_pass_the_gate_is_refused(toy):
    raw = Indicators(toy.toy_public().table)
    with pytest.raises(TypeError, match="protect"):
        compose(toy.toy_territory(), toy.toy_public(), "acces", version="0", earlier=(raw,))


def test_the_last_date_is_not_its_own_past(toy):
    document = compose(
        toy.toy_territory(), toy.toy_public(), "acces", version="0", earlier=(toy.toy_public(),)
    )
    assert not any(layer.past for layer in document.layers)
    assert "dates.caption" not in render_page(replace(document)).decode()


def test_the_sources_of_earlier_dates_are_credited(document):
    told = {line.id: line.vintage for line in document.sources}
    assert "drees_apl_before" in told
    assert SECOND[:4] in told["drees_apl_gp"]
    assert told["drees_apl_gp"] != SECOND[:4]
