"""CSV: the figures of the pages, safe in a spreadsheet, silent about what is masked."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demomed.core.catalogue import texts as catalogue_texts
from demomed.core.indicator import STATUS_LABELS, Indicators, PublicIndicators
from demomed.rendering.table import FORMULA_STARTS, indicators_csv, ranking_csv, safe_cell, to_csv


def read(data):
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_header_and_one_line_per_row(toy):
    lines = read(indicators_csv(toy.toy_public(), toy.toy_territory()))
    header = catalogue_texts("fr")["compose"]["csv"]["header"]
    assert list(lines[0]) == header
    assert header[:4] == ["niveau", "code", "nom", "indicateur"]
    assert {"valeur", "borne_basse", "borne_haute", "numerateur", "statut", "nature"} < set(header)
    assert len(lines) == len(toy.toy_public().table)
    assert {line["niveau"] for line in lines} == {"commune", "epci", "département"}


def test_only_public_indicators_are_written(toy):
    with pytest.raises(TypeError, match="PublicIndicators"):
        indicators_csv(Indicators(toy.toy_public().table), toy.toy_territory())


@pytest.mark.parametrize("page", ["offre", "age", "acces"])
def test_csv_equals_the_maps_cell_by_cell(toy, page):
    document = toy.toy_document(page)
    lines = read(indicators_csv(toy.toy_public(), toy.toy_territory()))
    labels = {}
    for line in lines:
        labels[(line["niveau"], line["code"], line["libelle"].replace(" ", ""))] = line
    compared = 0
    for layer in document.layers:
        for level, values in layer.levels.items():
            for code, value in zip(document.zones[level].codes, values.values, strict=True):
                line = labels[(level, code, layer.label.replace("\u202f", "").replace(" ", ""))]
                shown = float(line["valeur"].replace(",", ".")) if line["valeur"] else None
                assert shown == value, (layer.id, code)
                compared += 1
    assert compared > 20


@pytest.mark.parametrize("page", ["offre", "age", "acces"])
def test_the_head_of_a_column_says_its_unit_once(toy, page):
    document = toy.toy_document(page)
    layers = {layer.id: layer for layer in document.layers}
    heads = [column for table in document.tables for column in table.columns]
    seen = [(column, layers[column.id]) for column in heads if column.id in layers]
    assert seen
    for column, layer in seen:
        assert f"{column.label} {column.unit}".count(layer.unit) == 1 or layer.unit == ""
    assert not [c for c in heads if c.id.endswith("_intervalle") and c.unit]


def test_masked_lines_hold_no_number(toy):
    lines = read(indicators_csv(toy.toy_public(), toy.toy_territory()))
    masked = [line for line in lines if line["statut"] == STATUS_LABELS["masked"]]
    assert masked
    for line in masked:
        numbers = ("valeur", "borne_basse", "borne_haute", "numerateur", "denominateur")
        assert all(line[name] == "" for name in numbers)
    assert any(line["lecture"] == "Au moins un tiers" for line in masked)


def test_zero_is_written_and_missing_is_empty(toy):
    lines = read(indicators_csv(toy.toy_public(), toy.toy_territory()))
    assert any(line["valeur"] == "0" for line in lines)
    for line in lines:
        if line["statut"] == STATUS_LABELS["missing"]:
            assert line["valeur"] == ""


def test_fictional_lines_say_so(toy):
    lines = read(indicators_csv(toy.toy_public(), toy.toy_territory()))
    ages = [line for line in lines if line["indicateur"] == "share_55_plus"]
    assert ages
    assert {line["nature"] for line in ages} == {"données d'exemple (fictives)"}


@pytest.mark.parametrize("start", [*FORMULA_STARTS, " =", " \t="])
def test_formulas_are_neutralised(toy, start):
    name = f"{start}cmd|' /C calc'!A0"
    table = toy.toy_public().table.assign(zone_name=name)
    lines = read(indicators_csv(PublicIndicators(table), toy.toy_territory()))
    assert all(line["nom"] == f"'{name}" for line in lines)


@given(st.text(max_size=20))
def test_no_text_cell_can_start_a_formula(text):
    assert not safe_cell(text).lstrip(" ").startswith(FORMULA_STARTS)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00")))
def test_separators_and_quotes_survive(text):
    data = to_csv(["a", "b"], [[text, "x"]]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(data, newline=""), delimiter=";"))[1] == [text, "x"]


def test_ranking_csv_is_in_order_with_contributions(toy):
    lines = read(ranking_csv(toy.toy_ranking()))
    assert [line["rang"] for line in lines] == ["1", "2"]
    assert lines[0]["points_accessibilité"] == "41,4"
    assert lines[0]["part_en_tete"] == "0,93"
    cuts = {(line["premiers"], line["seuil_robuste"], line["seuil_rare"]) for line in lines}
    assert cuts == {("1", "0,8", "0,2")}


def test_ranking_csv_leaves_a_zone_without_score_unranked(toy):
    ranking = toy.toy_ranking()
    table = ranking.table.astype({"rank": float, "score": float}).copy()
    table.loc[toy.BOCAGE, ["rank", "score", "p_top", "rank_low", "rank_high", "rank_median"]] = None
    lines = read(ranking_csv(replace(ranking, table=table)))
    assert lines[1]["rang"] == lines[1]["indice"] == ""
