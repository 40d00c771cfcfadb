"""Portraits of territories and the answer to « que sait-on de ma commune ? »."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from demomed.core.indicator import Indicators, PublicIndicators
from demomed.rendering.binding import single
from demomed.rendering.markup import read_markup
from demomed.rendering.page import index_page, sheet_page
from demomed.rendering.portraits import map_links, sheet_name
from demomed.rendering.sheets import compose_sheets

PAGES = ("offre", "age", "acces", "priorites")


def sheet_of(toy, code):
    return next(s for s in toy.toy_sheets() if s.zone_code == code)


def rows_of(sheet):
    return {row.label: row for section in sheet.sections for row in section.rows}


def share_55(sheet):
    """The first row on the share of people of 55 or more: that of general practitioners."""
    return next(row for label, row in rows_of(sheet).items() if "55\u202fans ou plus" in label)


def html_of(sheet):
    return single(sheet_page(sheet)).decode()


def test_one_sheet_per_territory_and_one_for_the_department(toy):
    codes = [s.zone_code for s in toy.toy_sheets()]
    assert codes == ["99", *toy.toy_scene().zones["epci"].index]
    assert [s.level for s in toy.toy_sheets()] == ["departement"] + ["epci"] * (len(codes) - 1)


def test_only_public_indicators_are_told(toy):
    with pytest.raises(TypeError, match="PublicIndicators"):
        compose_sheets(
            toy.toy_territory(),
            Indicators(toy.toy_public().table),
            (),
            scene=toy.toy_scene(),
            version="0",
        )


def test_a_sheet_says_what_the_maps_say(toy):
    """Every value that a page shows for the zone is the same on its sheet."""
    sheet = rows_of(sheet_of(toy, toy.VALLEE))
    compared = 0
    for page in PAGES:
        document = toy.toy_document(page)
        for layer in document.layers:
            if layer.label in sheet and "epci" in layer.levels:
                place = document.zones["epci"].codes.index(toy.VALLEE)
                assert sheet[layer.label].text == layer.levels["epci"].texts[place]
                assert sheet[layer.label].interval == layer.levels["epci"].intervals[place]
                compared += 1
    assert compared > 10


def test_an_absent_source_is_told_and_is_no_zero(toy):
    row = rows_of(sheet_of(toy, toy.VALLEE))["Habitants de 75 ans ou plus"]
    assert (row.text, row.place, row.rank, row.others) == ("n.d.", None, "", ())
    assert "n.d.<" in html_of(sheet_of(toy, toy.VALLEE))


def test_what_is_only_public_of_the_department_is_on_its_sheet_alone(toy):
    label = "Âge moyen des médecins généralistes"
    assert label in rows_of(toy.toy_sheets()[0])
    assert all(label not in rows_of(sheet) for sheet in toy.toy_sheets()[1:])


def test_masked_values_are_not_on_the_sheet(toy):
    row = share_55(sheet_of(toy, toy.BOCAGE))
    assert row.text == "au moins un tiers"
    assert row.interval == row.rank == ""
    assert row.place is None
    other = share_55(sheet_of(toy, toy.VALLEE))
    assert other.others == ()


def test_fictional_values_say_so(toy):
    for sheet in toy.toy_sheets():
        assert "fictives" in sheet.banner
        assert "fictives" in share_55(sheet).note


def test_counts_have_no_rank_and_no_mark_of_the_total(toy):
    row = rows_of(sheet_of(toy, toy.VALLEE))["Nombre de médecins généralistes"]
    assert row.rank == ""
    assert row.reference is None
    assert row.place in (0.0, 100.0)


def test_no_rank_is_told_where_all_have_the_same_value(toy):
    table = toy.toy_public().table.copy()
    mine = (table["indicator"] == "emergency_km") & (table["level"] == "epci")
    before = rows_of(sheet_of(toy, toy.VALLEE))["Distance routière au service d’urgences"]
    assert before.rank
    table.loc[mine, "value"] = 12.0
    sheets = compose_sheets(
        toy.toy_territory(),
        PublicIndicators(table),
        tuple(toy.toy_document(page) for page in PAGES),
        scene=toy.toy_scene(),
        version="0",
    )
    row = rows_of(next(one for one in sheets if one.zone_code == toy.VALLEE))[
        "Distance routière au service d’urgences"
    ]
    assert row.text == "12"
    assert row.rank == ""


def test_lead_tells_only_what_intervals_hold_apart(toy):
    """Without interval, nothing is told apart from the department; with one that excludes it, it is."""
    table = toy.toy_public().table.copy()
    mine = (table["indicator"] == "density") & (table["profession"] == "gp")
    table.loc[mine, ["low", "high"]] = float("nan")
    here = mine & (table["zone_code"] == toy.VALLEE)
    whole = float(table.loc[mine & (table["level"] == "departement"), "value"].iloc[0])
    documents = tuple(toy.toy_document(page) for page in PAGES)

    def lead(changed):
        sheets = compose_sheets(
            toy.toy_territory(),
            PublicIndicators(changed),
            documents,
            scene=toy.toy_scene(),
            version="0",
        )
        return next(s.lead for s in sheets if s.zone_code == toy.VALLEE)

    assert not re.search(r"favorable .*médecins généralistes pour", lead(table))
    assert "À côté de la valeur du département" in lead(table)
    assert "33 (calculé sur source officielle)." in lead(table)
    assert re.search(r"\(APL\), 2,8 [^;]*, contre 2,8", lead(table))
    table.loc[here, ["value", "low", "high"]] = [whole / 4, whole / 5, whole / 3]
    table.loc[here, "status"] = "value"
    assert not re.search(r"favorable .*médecins généralistes pour", lead(table))  # two persons
    table.loc[here, ["numerator", "denominator"]] = [6.0, 24.0e5 / whole]  # six for 24
    assert re.search(r"moins favorable .*médecins généralistes pour", lead(table))


def test_sheets_are_light_self_contained_and_ordered(toy):
    for sheet in toy.toy_sheets():
        page = single(sheet_page(sheet))
        assert len(page) <= 120_000
        assert page == single(sheet_page(replace(sheet)))
        text = page.decode()
        assert "<script" not in text
        assert not re.search(r'(?:src|action)="', text)
        read = read_markup(text)
        assert all(t.caption and not t.headers_without_scope for t in read.tables)
        assert [a["lang"] for tag, a in read.elements if tag == "html"] == ["fr"]


def test_hostile_names_are_text(toy):
    sheet = replace(sheet_of(toy, toy.VALLEE), zone_name="<script>x</script>", title="<b>")
    assert "<script>" not in html_of(sheet)
    assert "<b>" not in html_of(sheet).split("<main")[0]


def test_neighbours_and_communes_lead_on(toy):
    sheet = sheet_of(toy, toy.VALLEE)
    near, communes = sheet.tables
    assert [row[0].href for row in near.rows] == [sheet_name(toy.BOCAGE)]
    assert len(communes.rows) == sum(
        toy.toy_territory().communes.loc[toy.toy_scene().zones["commune"].index, "epci_siren"]
        == toy.VALLEE
    )
    assert all(
        row[0].href.endswith(f"z={code}")
        for row, code in zip(communes.rows, sorted_codes(toy), strict=True)
    )


def sorted_codes(toy):
    siren = toy.toy_territory().communes["epci_siren"]
    return [c for c in toy.toy_scene().zones["commune"].index if siren[c] == toy.VALLEE]


def test_permalinks_name_layers_and_levels_that_exist(toy):
    documents = {page: toy.toy_document(page) for page in PAGES}
    links = map_links(tuple(documents.values()))
    for (layer, level), link in links.items():
        page, _, rest = link.partition(".html#")
        known = {item.id: item for item in documents[page].layers}
        assert level in known[layer].levels
        assert rest.endswith("z={code}")
        told = dict(part.split("=") for part in rest.split("&"))
        assert told.get("i", documents[page].default_layer) == layer
        assert told.get("n", documents[page].default_level) == level


def test_index_answers_for_every_commune(toy):
    search = toy.toy_index().search
    assert search.codes == tuple(toy.toy_scene().zones["commune"].index)
    assert all(len(fact.texts) == len(search.codes) for fact in search.facts)
    assert all(text for fact in search.facts for text in fact.texts)
    public = toy.toy_public().table
    rows = public.loc[
        (public["indicator"] == "supply_count")
        & (public["profession"] == "gp")
        & (public["level"] == "commune")
    ].set_index("zone_code")["value"]
    told = next(f for f in search.facts if f.label == "Nombre de médecins généralistes")
    assert [float(t) for t in told.texts] == [float(rows[c]) for c in search.codes]


def test_index_lists_the_sheets(toy):
    page = read_markup(single(index_page(toy.toy_index())).decode())
    links = [a["href"] for tag, a in page.elements if tag == "a"]
    assert {f"{s.page_id}.html" for s in toy.toy_sheets()} <= set(links)


def test_without_any_row_everything_is_absent(toy):
    empty = PublicIndicators(toy.toy_public().table.iloc[:0])
    sheets = compose_sheets(toy.toy_territory(), empty, (), scene=toy.toy_scene(), version="0")
    assert {row.text for sheet in sheets for row in rows_of(sheet).values()} == {"n.d."}
    assert sheets[0].key_figures == ()
    assert pd.isna(sheets[0].sections[0].rows[0].place or float("nan"))


def test_a_note_of_a_row_stands_alone(toy):
    """« dont » opens a line of the legend, under a count; no cell of a portrait starts with it."""
    notes = [r.note for sheet in toy.toy_sheets() for s in sheet.sections for r in s.rows]
    assert any("effectif trop faible" in note for note in notes)
    assert not [note for note in notes if note.startswith("dont ")]


def test_a_sheet_tells_its_rank_among_the_priorities_with_its_interval(toy):
    sheets = compose_sheets(
        toy.toy_territory(), toy.toy_public(), (), scene=toy.toy_scene(), version="0",
        ranking=toy.toy_ranking(),
    )  # fmt: skip
    leads = {sheet.zone_code: sheet.lead for sheet in sheets}
    assert "priorités, 2ᵉ rang sur 2" in leads["200000001"]
    assert "du 1ᵉʳ au 2ᵉ rang dans neuf tirages sur dix" in leads["200000001"]
    assert not [lead for code, lead in leads.items() if len(code) < 9 and "priorités" in lead]
    alone = compose_sheets(
        toy.toy_territory(), toy.toy_public(), (), scene=toy.toy_scene(), version="0"
    )
    assert not any("classement des priorités" in sheet.lead for sheet in alone)


def test_a_rank_that_rests_on_invented_persons_says_so(toy):
    public = toy.toy_public()
    asked = toy.toy_ranking().recipe.criteria[0]
    mine = (public.table["indicator"] == asked.indicator) & (
        public.table["profession"].fillna("") == (asked.profession or "")
    )
    assert mine.any()
    table = public.table.assign(nature=public.table["nature"].mask(mine, "fictional"))
    sheets = compose_sheets(
        toy.toy_territory(), PublicIndicators(table), (), scene=toy.toy_scene(), version="0",
        ranking=toy.toy_ranking(),
    )  # fmt: skip
    lead = next(sheet.lead for sheet in sheets if sheet.zone_code == "200000001")
    assert "fictives" in lead.partition("Au classement")[0].rpartition(".")[2]


@pytest.mark.parametrize(
    ("count", "says"),
    [
        (
            9,
            ("valeurs estimées et données fictives mis à part) ne sort des limites à 99,8 %", None),
        ),
        (
            17,
            ("ne sort des limites à 99,8 %", "À surveiller, entre les limites à 95 % et à 99,8 %"),
        ),
        (40, ("Nettement plus favorable que le département", None)),
    ],
)
def test_a_lead_tells_its_rule_and_what_to_watch(toy, count, says):
    table = toy.toy_public().table.copy()
    mine = (table["indicator"] == "density") & (table["profession"] == "gp")
    parts = {"200000001": (count, 12_000.0), "99": (70.0, 100_000.0)}
    for code, (events, base) in parts.items():
        at = mine & (table["zone_code"] == code)
        table.loc[at, ["numerator", "denominator", "value", "low", "high"]] = [
            events, base, events / base * 1e5, events / base * 5e4, events / base * 2e5,
        ]  # fmt: skip
        table.loc[at, "status"] = "value"
    sheets = compose_sheets(
        toy.toy_territory(), PublicIndicators(table), (), scene=toy.toy_scene(), version="0"
    )
    lead = next(sheet.lead for sheet in sheets if sheet.zone_code == "200000001")
    rule, watched = says
    assert rule in lead.replace("\u202f", " ").replace("\xa0", " ")
    assert ("À surveiller" in lead) == bool(watched)
    if watched:
        assert "contre 70" in lead.partition("À surveiller")[2]


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("outside", "la plupart des habitants du Bocage de Toy vivent dans un autre département."),
        ("missing", "trop de critères manquants."),
    ],
)
def test_a_sheet_out_of_the_ranking_says_so_and_why(toy, status, says):
    ranking = toy.toy_ranking()
    table = ranking.table.copy()
    table["rank"] = table["rank"].astype(float)
    table.loc["200000001", ["rank", "status"]] = [float("nan"), status]
    sheets = compose_sheets(
        toy.toy_territory(), toy.toy_public(), (), scene=toy.toy_scene(), version="0",
        ranking=replace(ranking, table=table),
    )  # fmt: skip
    lead = next(sheet.lead for sheet in sheets if sheet.zone_code == "200000001")
    assert f"Hors classement des priorités\u202f: {says}" in lead.replace("\xa0:", "\u202f:")
