"""Pages as data: what they hold, that they add up, and that they refuse what must not pass."""

import json
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import shapely

from demomed.core.catalogue import entries, entry, services, texts
from demomed.core.faults import InputError
from demomed.core.indicator import (
    STATUS_LABELS,
    Indicators,
    PublicIndicators,
    get_indicator,
)
from demomed.rendering.compose import compose, drawn_pages, pages
from demomed.rendering.facts import ZoneFact, figure
from demomed.rendering.figures import comparison
from demomed.rendering.french import day as day_in_full
from demomed.rendering.geometry import generalise
from demomed.rendering.home import compose_index
from demomed.rendering.page import render_index, render_page
from demomed.rendering.pages import page_specs
from demomed.rendering.surroundings import late_notices, with_ages

ALL = ("offre", "age", "acces", "priorites")
STATES = {*STATUS_LABELS, "zero", "coarse"}


@pytest.fixture(params=ALL)
def document(request, toy):
    return toy.toy_document(request.param)


def layer_levels(document):
    for layer in document.layers:
        for level, values in layer.levels.items():
            yield layer, level, values


def test_the_portal_has_its_pages():
    assert pages()[:4] == ALL
    assert {
        "dentaire_mobile",
        "sante_mentale_jeunes",
        "sport_sante",
        "etudiants_infirmiers",
        "telesante",
        "urgences",
        "zonages",
    } == set(pages()[4:])


def test_every_theme_is_a_map_or_a_notice(toy):
    """A theme with rows is drawn; one without any says so and names what is wanted."""
    drawn = drawn_pages(toy.toy_public(), toy.toy_ranking())
    silent = tuple(notice.page_id for notice in toy.toy_notices())
    assert set(drawn) | set(silent) == set(pages())
    assert not set(drawn) & set(silent)
    assert "sport_sante" in silent
    assert all(notice.absent and "Aucune source" in notice.lead for notice in toy.toy_notices())
    nothing = PublicIndicators(toy.toy_public().table.iloc[:0])
    assert drawn_pages(nothing) == ()


def test_themes_are_listed_apart_and_reached(toy):
    index = toy.toy_index()
    listed = [card.href for card in index.themes]
    assert sorted(listed) == sorted(f"{page}.html" for page in pages()[4:])
    assert next(c for c in index.themes if c.href == "sport_sante.html").nature_label == "n.d."
    links = [link.href for link in toy.toy_document("urgences").navigation]
    assert links == ["index.html", *(f"{page}.html" for page in (*ALL, "urgences"))]


def test_what_no_source_gives_is_told_on_the_page(toy):
    for page in drawn_pages(toy.toy_public(), toy.toy_ranking())[4:]:
        document = toy.toy_document(page)
        assert document.absent
        html = render_page(document).decode()
        assert all(item.label in html for item in document.absent)


def test_only_public_indicators_are_composed(toy):
    raw = Indicators(toy.toy_public().table)
    with pytest.raises(TypeError, match="PublicIndicators"):
        compose(toy.toy_territory(), raw, "offre", version="0")


def test_unknown_page_names_the_closest(toy):
    with pytest.raises(InputError, match="vouliez-vous dire « offre »"):
        compose(toy.toy_territory(), toy.toy_public(), "ofre", version="0")


def test_a_page_of_the_catalogue_names_every_fault_at_once(toy, monkeypatch):
    page = {
        **entry("pages", "acces"),
        "layers": [
            {"indicator": "densit", "group": "g", "says": "rate", "professions": ["gpp"]},
            {"indicator": "emergency_km", "says": "rate"},
        ],
        "key_figures": [{"indicator": "travel_tim", "profession": "gp"}],
    }
    monkeypatch.setattr(
        "demomed.rendering.pages.entries",
        lambda kind: {**entries(kind), "acces": page} if kind == "pages" else entries(kind),
    )
    with pytest.raises(InputError) as refused:
        compose(toy.toy_territory(), toy.toy_public(), "acces", version="0")
    told = str(refused.value)
    for word in ("« densit »", "« density »", "« gpp »", "couche 2", "« group »", "« travel_tim »"):
        assert word in told
    assert "catalogue/pages/acces.toml" in told


def test_a_page_without_any_row_is_refused(toy):
    public = PublicIndicators(toy.toy_public().table.iloc[:0])
    with pytest.raises(InputError, match="aucune de ses couches"):
        compose(toy.toy_territory(), public, "offre", version="0")


def test_an_indicator_makes_a_page_of_its_own(toy):
    document = compose(toy.toy_territory(), toy.toy_public(), "emergency_km", version="0")
    assert [layer.id for layer in document.layers] == ["emergency_km"]
    assert document.title.startswith("Distance routière au service d’urgences au Toyland")


def test_equal_inputs_give_equal_bytes(toy, document):
    again = compose(
        toy.toy_territory(),
        toy.toy_public(),
        document.page_id,
        ranking=toy.toy_ranking(),
        version="0.0.0",
        with_sheets=True,
    )
    assert again.to_json() == document.to_json()
    assert json.loads(again.to_json())["page_id"] == document.page_id


def test_order_of_rows_is_irrelevant(toy):
    shuffled = PublicIndicators(toy.toy_public().table.sample(frac=1, random_state=3))
    one = compose(toy.toy_territory(), shuffled, "offre", version="0.0.0")
    assert one.layers == toy.toy_document("offre").layers


def test_every_tuple_follows_the_zones(document):
    for layer, level, values in layer_levels(document):
        size = len(document.zones[level].codes)
        for name in (
            "values",
            "texts",
            "intervals",
            "lows",
            "highs",
            "parts",
            "statuses",
            "classes",
            "ranks",
        ):
            assert len(getattr(values, name)) == size, (layer.id, level, name)
        assert len(values.radii) == (size if layer.kind == "count" else 0)


def test_values_are_the_public_ones_rounded(toy, document):
    public = toy.toy_public().table
    for layer, level, values in layer_levels(document):
        if layer.id == "priority":
            continue
        rows = public.loc[public["level"] == level]
        ids = rows["indicator"] + rows["profession"].map(lambda p: f"_{p}" if p else "")
        rows = rows.loc[ids == layer.id].set_index("zone_code")
        scale = get_indicator(rows["indicator"].iloc[0]).scale
        for code, value, text in zip(
            document.zones[level].codes, values.values, values.texts, strict=True
        ):
            raw = rows.loc[code, "value"] if code in rows.index else None
            if raw is None or pd.isna(raw):
                assert value is None
            else:
                assert value == pytest.approx(raw * scale, abs=0.5000001 * 10.0**-layer.decimals)
                assert text == figure(value, layer.decimals)
                assert (value == 0) == (raw == 0)


def test_status_value_class_and_text_agree(document):
    for layer, _, values in layer_levels(document):
        for status, value, index, text in zip(
            values.statuses, values.values, values.classes, values.texts, strict=True
        ):
            assert status in STATES
            assert (value is not None) == (status in {"value", "unstable", "zero"})
            if layer.kind != "count":
                assert (index is not None) == (status in {"value", "unstable"})
            assert text
            if status == "zero":
                assert value == 0


def test_legend_counts_add_up_and_tell_every_status(document):
    for layer, level, values in layer_levels(document):
        counts = {}
        for line in values.legend:
            counts[line.kind] = counts.get(line.kind, 0) + line.count
        size = len(document.zones[level].codes)
        present = {s for s in values.statuses if s != "value"}
        assert present <= set(counts), (layer.id, level)
        assert all(counts[s] == values.statuses.count(s) for s in present)
        special = sum(counts.get(k, 0) for k in counts if k not in {"class", "circle", "unstable"})
        if layer.kind == "count":
            assert sum(r > 0 for r in values.radii) + special == size
        else:
            assert counts.get("class", 0) + special == size


def test_classes_follow_their_bounds_and_colours(document):
    for layer, _, values in layer_levels(document):
        if layer.kind == "count":
            assert values.bounds == values.colours == ()
            continue
        assert len(values.bounds) == (len(values.colours) + 1 if values.colours else 0)
        for value, index in zip(values.values, values.classes, strict=True):
            if index is not None:
                low, high = sorted(values.bounds[index : index + 2])
                assert low <= value <= high


def test_dark_is_unfavourable(document):
    for layer, _, values in layer_levels(document):
        if layer.kind == "count" or layer.id == "priority":
            continue
        indicator = get_indicator(layer.id if layer.id == "emergency_km" else _indicator(layer.id))
        pairs = [
            (v, c) for v, c in zip(values.values, values.classes, strict=True) if c is not None
        ]
        sign = -1 if indicator.favourable == "high" else 1
        for first, second in zip(sorted(pairs), sorted(pairs)[1:], strict=False):
            assert sign * first[1] <= sign * second[1]
        assert layer.legend_note


def _indicator(layer_id):
    named = (layer_id.removesuffix(f"_{s}") for s in services() if layer_id.endswith(f"_{s}"))
    return next(named, layer_id)


def test_tables_say_what_the_maps_say(document):
    by_id = {layer.id: layer for layer in document.layers}
    for table in document.tables:
        zones = document.zones[table.level]
        assert table.codes == zones.codes
        assert len(table.cells) == len(table.sort_keys) == len(table.codes)
        seen = set()
        for position, column in enumerate(table.columns):
            if column.id in by_id:
                seen.add(column.id)
                values = by_id[column.id].levels[table.level]
                assert tuple(row[position] for row in table.cells) == values.texts
                assert tuple(key[position] for key in table.sort_keys) == values.values
        assert seen == {i for i, layer in by_id.items() if table.level in layer.levels}
        assert len({column.id for column in table.columns}) == len(table.columns)


def test_ranking_bars_are_in_order_and_complete(document):
    assert {bar.code for bar in document.ranking} == set(document.zones["epci"].codes)
    ranks = [
        int("".join(c for c in bar.rank if c.isdigit())) for bar in document.ranking if bar.rank
    ]
    assert ranks == sorted(ranks)
    assert ranks[0] == 1


def test_contributions_make_the_score(toy):
    for bar in toy.toy_document("priorites").ranking:
        assert sum(points for _, points in bar.parts) == pytest.approx(bar.value, abs=0.6)


def test_priority_lead_tells_what_is_robust_and_what_is_a_choice(toy):
    document = toy.toy_document("priorites")
    assert document.lead.replace("\u202f", " ") == (
        "La Vallée de Toy reste au premier rang dans au moins huit essais sur dix, quand on change la"
        " méthode, les poids et les données. Le Bocage de Toy peut venir au premier rang selon les"
        " choix."
    )
    assert [figure.value for figure in document.key_figures] == ["1", "1"]
    assert document.key_figures[0].label == "Territoire prioritaire de façon robuste"


def test_priority_lead_without_any_robust_zone(toy):
    ranking = toy.toy_ranking()
    unsure = replace(ranking, table=ranking.table.assign(p_top=0.5))
    document = compose(
        toy.toy_territory(), toy.toy_public(), "priorites", ranking=unsure, version="0"
    )
    assert "mais ce rang dépend des choix de méthode" in document.lead
    assert "reste" not in document.lead


def test_priority_is_never_told_stronger_than_its_verdict(toy):
    """High share of the draws, but a ranking that knows too little: no zone is told robust."""
    ranking = toy.toy_ranking()
    softened = ranking.table.assign(verdict="selon les choix")
    assert softened["p_top"].max() > 0.9
    document = compose(
        toy.toy_territory(),
        toy.toy_public(),
        "priorites",
        ranking=replace(ranking, table=softened),
        version="0",
    )
    assert "reste" not in document.lead
    assert document.key_figures[0].value == "0"
    assert document.key_figures[1].label.startswith("Territoires dont la priorité")
    assert "prioritaire" not in document.title


def test_no_interval_at_commune_level_and_ends_beside_the_words(toy):
    ends = 0
    for page in ALL:
        for layer, level, values in layer_levels(toy.toy_document(page)):
            for low, high, words in zip(values.lows, values.highs, values.intervals, strict=True):
                assert (low is None) == (high is None) == (words == ""), (layer.id, level)
                assert level == "epci" or words == ""
                ends += low is not None
    assert ends > 0


def test_coarser_truth_is_told_in_place_of_the_value(toy):
    layer = next(x for x in toy.toy_document("age").layers if x.id == "share_55_plus_gp")
    values = layer.levels["epci"]
    position = toy.toy_document("age").zones["epci"].codes.index(toy.BOCAGE)
    assert values.statuses[position] == "coarse"
    assert values.texts[position] == "au moins un tiers"
    assert values.values[position] is values.ranks[position] is None
    assert values.parts[position] == values.intervals[position] == ""


def test_masked_rows_leave_no_number_anywhere(toy):
    """A number that only a masked row held is in no byte of the page."""
    public = toy.toy_public().table.copy()
    secret = (public["indicator"] == "share_55_plus") & (public["zone_code"] == toy.VALLEE)
    assert secret.sum() > 0
    columns = ["value", "low", "high", "numerator", "denominator"]
    public.loc[secret, columns] = [0.987654, 0.9611, 0.9933, 8642.0, 8753.0]
    told = compose(toy.toy_territory(), PublicIndicators(public), "age", version="0").to_json()
    assert "8\u202f642" in told
    public.loc[secret, columns] = float("nan")
    public.loc[secret, "status"] = "masked"
    told = compose(toy.toy_territory(), PublicIndicators(public), "age", version="0").to_json()
    for trace in ("8\u202f642", "8642", "8\u202f753", "8753", "98,8", "987654", "96 à 99"):
        assert trace not in told


def test_range_of_a_key_figure_says_when_some_zones_are_secret(toy):
    """The greatest share may be the one that is hidden: no range is told of the others as of all."""
    territory = toy.toy_territory()
    rows = toy.toy_public().table
    share = (rows["indicator"] == "share_55_plus") & (rows["level"] == "epci")
    share &= rows["profession"] == "gp"
    values = dict(zip(rows.loc[share, "zone_code"], (0.36, 0.53), strict=True))

    def comparison(hidden: tuple[str, ...]) -> str:
        table = rows.copy()
        for code, value in values.items():
            mine = share & (table["zone_code"] == code)
            table.loc[mine, ["value", "coarse"]] = [float("nan") if code in hidden else value, ""]
            table.loc[mine, "status"] = "masked" if code in hidden else "value"
        page = compose(territory, PublicIndicators(table), "age", version="0")
        found = [f for f in page.key_figures if f.label == "Généralistes de 55 ans ou plus"]
        return found[0].comparison.replace("\u202f", " ")

    assert comparison(()) == "de 36 à 53 % selon l’intercommunalité"
    assert comparison(tuple(values)[:1]) == ""
    assert comparison(tuple(values)) == "non disponible"


def test_a_key_figure_in_words_has_no_unit_and_an_absent_one_is_not_shown(toy):
    territory, rows = toy.toy_territory(), toy.toy_public().table
    whole = (rows["indicator"] == "share_55_plus") & (rows["level"] == "departement")
    whole &= rows["profession"] == "gp"
    label = "Généralistes de 55 ans ou plus"

    def figures(status, coarse):
        table = rows.copy()
        table.loc[whole, ["value", "low", "high"]] = float("nan")
        table.loc[whole, "status"], table.loc[whole, "coarse"] = status, coarse
        page = compose(territory, PublicIndicators(table), "age", version="0")
        return [one for one in page.key_figures if one.label == label], page

    (banded,), page = figures("masked", "d'un quart à moins de la moitié")
    assert (banded.value, banded.unit) == ("d’un quart à moins de la moitié", "")
    shown = render_page(page).decode()
    assert '<b class="words">d’un quart à moins de la moitié</b></p>' in shown
    assert figures("missing", "")[0] == []


def test_range_of_some_zones_gives_their_number(toy):
    fact = ZoneFact("", "", "", None, None, None, None, None, "coarse", "", "", "", None)
    told = [
        replace(fact, code=str(v), value=v, text=f"{v:g}", status="value") for v in (36, 40, 53)
    ]
    layer = SimpleNamespace(kind="ratio", unit="%")

    def words(*zones) -> str:
        measured = SimpleNamespace(facts={"epci": zones}, layer=layer)
        return comparison(measured, texts("fr")).replace("\u202f", " ")

    far = replace(told[0], value=12.0, text="12", is_own=False)
    assert words(far, *told) == "de 36 à 53 % selon l’intercommunalité"  # as the finding
    assert words(*told, replace(fact, status="not_applicable")) == (
        "de 36 à 53 % selon l’intercommunalité"
    )
    assert words(*told, fact) == (
        "de 36 à 53 % parmi les trois intercommunalités dont la valeur est publiée"
    )


def test_fictional_data_are_said_and_do_not_come_first(toy):
    document = toy.toy_document("age")
    natures = [layer.nature for layer in document.layers]
    assert "fictional" in natures
    assert natures == sorted(natures, key=lambda n: n == "fictional")
    default = next(x for x in document.layers if x.id == document.default_layer)
    assert default.nature == "derived"
    assert default.nature_label == "calculé sur source officielle"
    assert "environ" in default.finding
    assert "données d’exemple (fictives)" in document.banner
    assert all(
        x.nature_label == "données d’exemple (fictives)"
        and x.finding.startswith("Données d’exemple")
        for x in document.layers
        if x.nature == "fictional" and any(v is not None for v in x.levels["epci"].values)
    )


def test_with_a_real_register_the_declared_default_comes_back(toy):
    table = toy.toy_public().table.replace({"nature": {"fictional": "register"}})
    territory = replace(toy.toy_territory(), register_kind="user")
    document = compose(territory, PublicIndicators(table), "age", version="0")
    assert document.default_layer == "share_55_plus_gp"
    assert document.banner == ""


def test_official_pages_have_no_banner(toy):
    assert toy.toy_document("offre").banner == ""
    assert toy.toy_document("acces").banner == ""


def test_internal_results_are_stamped(toy):
    public = replace(toy.toy_public(), internal=True)
    document = compose(toy.toy_territory(), public, "offre", version="0")
    assert document.internal
    assert document.licence.startswith("Usage interne")


def test_sources_of_every_layer_are_credited(document):
    credited = {line.id for line in document.sources}
    used = {source for layer in document.layers for source in layer.source_ids}
    assert credited == used
    assert all(line.title and line.producer for line in document.sources)


def test_source_past_its_age_is_marked_at_the_day_given(toy):
    territory = toy.toy_territory()
    sources = dict(territory.sources)
    as_of = date.fromisoformat(sources["insee_bpe"].as_of)
    sources["insee_bpe"] = replace(sources["insee_bpe"], max_age_days=365)
    territory = replace(territory, sources=sources)
    document = compose(territory, toy.toy_public(), "offre", version="0")

    def at(day):
        return with_ages(document, territory, day, texts())

    assert at(None) == document == at(as_of + timedelta(days=365))
    late = at(as_of + timedelta(days=366))
    assert {line.id for line in late.sources if line.stale} == {"insee_bpe"}
    assert late.caveats[:-1] == document.caveats
    assert sources["insee_bpe"].title in late.caveats[-1]


def test_each_figure_of_the_index_has_the_date_of_its_own_layer(toy):
    documents = tuple(toy.toy_document(page) for page in ("offre", "acces", "priorites"))
    layers = {layer.short_label: layer.date_label for one in documents for layer in one.layers}
    assert len({date for date in layers.values() if date}) > 1  # the sources have several dates
    page = render_index(toy.toy_index()).decode()
    shown = page[page.index('<ul class="figures">') :].split("</ul>", 1)[0]
    for one in toy.toy_index().key_figures:
        assert one.date_label in shown
    assert {f.date_label for f in toy.toy_index().key_figures} >= {
        toy.toy_document(page).key_figures[0].date_label for page in ("offre", "acces")
    }
    assert '<p class="when">' not in page


def test_who_publishes_is_told_of_the_sources_past_their_age(toy):
    territory = toy.toy_territory()
    source = replace(territory.sources["insee_bpe"], max_age_days=365)
    territory = replace(territory, sources={**territory.sources, "insee_bpe": source})
    wanted, as_of = toy.toy_document("offre").sources, date.fromisoformat(source.as_of)

    def at(day):
        return late_notices(wanted, territory, day, texts())

    assert at(None) == at(as_of + timedelta(days=365)) == ()
    (told,) = at(as_of + timedelta(days=366))
    assert source.title in told and day_in_full(source.as_of) in told
    assert not any(line.title in told for line in wanted if line.id != "insee_bpe")


def test_references_are_shown_or_their_absence_is_said(toy):
    none = toy.toy_document("offre")
    assert any("région" in caveat for caveat in none.caveats)
    wider = pd.DataFrame(
        {"indicator": ["density"], "profession": ["gp"], "area_name": ["France"], "value": [96.4]}
    )
    told = compose(toy.toy_territory(), toy.toy_public(), "offre", references=wider, version="0")
    layer = next(x for x in told.layers if x.id == "density_gp")
    reference = layer.levels["epci"].reference.replace("\u202f", " ")
    assert reference.endswith("France : 96 pour 100 000 habitants.")
    assert not any("région" in caveat for caveat in told.caveats)


def test_places_have_their_shapes_and_project_is_hollow(toy):
    layers = {p.id: p for p in toy.toy_document("offre").points}
    assert layers["towns"].shape == "dot"
    assert layers["msp"].shape == "square"
    assert layers["msp"].names == ("Maison du Cube",)
    assert layers["msp"].details == ("ouverte en 2019",)
    assert layers["msp_project"].hollow
    assert layers["msp_project"].names == ("La Toupie",)
    assert layers["health_centre"].shape == "diamond"
    assert layers["hospitals"].shape == "cross"
    assert "Fermée" not in str(layers)


def test_labels_stand_inside_their_zones(document):
    for zones in document.zones.values():
        for feature, code, point in zip(
            zones.geometry["features"], zones.codes, zones.label_points, strict=True
        ):
            assert feature["id"] == code
            assert shapely.geometry.shape(feature["geometry"]).contains(shapely.Point(point))


def test_coordinates_have_five_decimals(document):
    for zones in document.zones.values():
        for feature in zones.geometry["features"]:
            xy = shapely.get_coordinates(shapely.geometry.shape(feature["geometry"]))
            assert np.array_equal(xy, np.round(xy, 5))


def test_generalisation_keeps_shared_borders(toy):
    shapes = generalise(toy.toy_territory())
    communes = np.asarray(shapes.zones["commune"].to_crs(2154).array)
    assert shapely.coverage_is_valid(communes, gap_width=0)
    union = shapely.union_all(communes)
    department = shapes.zones["departement"].to_crs(2154).iloc[0]
    assert shapely.area(shapely.symmetric_difference(union, department)) < 1


def test_navigation_and_downloads(document):
    links = {link.href: link.current for link in document.navigation}
    assert list(links) == ["index.html", *(f"{page}.html" for page in ALL)]
    assert links[f"{document.page_id}.html"]
    assert sum(links.values()) == 1
    assert {"indicateurs.csv", "classement.csv", "manifest.json"} <= {
        d.href for d in document.downloads
    }


def test_index_lists_every_page_with_its_finding(toy):
    index = toy.toy_index()
    assert [card.href for card in index.cards] == [f"{page}.html" for page in ALL]
    assert [card.finding for card in index.cards] == [toy.toy_document(p).lead for p in ALL]
    assert len(index.key_figures) <= 4
    assert "fictives" in index.banner
    assert compose_index(toy.toy_territory(), (), version="0").cards == ()


def test_hostile_names_are_carried_as_plain_text(toy):
    hostile = "<img src=x onerror=alert(1)> « {value} » </script>"
    territory = toy.toy_territory()
    epci = territory.epci.copy()
    epci.loc[toy.BOCAGE, ["epci_name", "epci_short_name"]] = hostile
    document = compose(replace(territory, epci=epci), toy.toy_public(), "offre", version="0")
    assert hostile in document.zones["epci"].names


def test_pages_of_the_catalogue_name_declared_indicators_and_known_texts():
    for spec in page_specs().values():
        assert len(spec.key_figures) <= 4
        assert len(spec.method) == 3
        for layer in spec.layers:
            indicator = get_indicator(layer.indicator)
            assert not layer.profession or layer.profession in indicator.professions
            assert "{value}" in layer.says
    for name in entries("themes"):
        assert {"ink", "zero", "circle", "neighbour", "hatch"} <= set(
            entry("themes", name)["colours"]
        )
    assert texts("fr")["compose"]["missing"] == "n.d."


@pytest.mark.parametrize("kept", [0, 1])
def test_one_zone_and_all_missing(toy, kept):
    """One intercommunality with a value, or none at all: a correct page, quietly."""
    table = toy.toy_public().table.copy()
    gone = table["zone_code"].isin([toy.BOCAGE, toy.VALLEE][kept:])
    table.loc[gone, ["value", "low", "high", "numerator", "denominator"]] = float("nan")
    table.loc[gone, "status"] = "missing"
    document = compose(toy.toy_territory(), PublicIndicators(table), "acces", version="0")
    values = document.layers[0].levels["epci"]
    assert sum(v is not None for v in values.values) == kept
    assert values.statuses.count("missing") == 2 - kept
    assert document.lead.endswith(".")


def test_nearly_nobody_is_not_nobody(toy):
    """0.3 % is not shown as 0 %, nor 99.7 % as 100 %; the class that holds them says so."""
    table = toy.toy_public().table.copy()
    mine = (table["indicator"] == "underserved_share") & (table["level"] == "epci")
    table.loc[mine, "value"] = table.loc[mine, "zone_code"].map(
        {toy.BOCAGE: 0.0031, toy.VALLEE: 0.9972}
    )
    document = compose(toy.toy_territory(), PublicIndicators(table), "acces", version="0")
    values = next(x for x in document.layers if x.id == "underserved_share_gp").levels["epci"]
    assert values.texts == ("0,3", "99,7")
    assert values.values == (0.3, 99.7)
    assert [line.label for line in values.legend] == ["51 à 99,7\u202f%", "0,3 à 50\u202f%"]


def test_all_equal_is_one_class(toy):
    table = toy.toy_public().table.copy()
    mine = (table["indicator"] == "density") & table["value"].notna()
    table.loc[mine, "value"] = 50.0
    document = compose(toy.toy_territory(), PublicIndicators(table), "offre", version="0")
    values = document.layers[0].levels["epci"]
    assert len(values.colours) == 1
    assert {c for c in values.classes if c is not None} == {0}
    assert "Il y a moins de classes que prévu" in values.classing


def test_the_index_tells_the_first_and_last_date_of_its_criteria(toy):
    layers = {layer.id: layer for layer in toy.toy_document("priorites").layers}
    assert layers["apl_gp"].date_label == "31 décembre 2023"
    assert layers["beyond_15_gp"].date_label == "1ᵉʳ janvier 2021"
    assert layers["priority"].date_label == "1ᵉʳ janvier 2021 – 31 décembre 2023"
