"""A department whose zones cannot be ranked: a portal without a ranking, that says why."""

import csv
from dataclasses import replace

import geopandas as gpd
import pytest

from demomed import pipeline
from demomed.core.ranking import Unrankable
from demomed.core.territory import Territory
from demomed.rendering.check import check_site


def without_apl(territory: Territory) -> Territory:
    communes = territory.communes.copy()
    communes["emergency_km"] = float("nan")
    return replace(territory, apl=territory.apl.iloc[:0], communes=communes)


@pytest.fixture(scope="module")
def published(toyland, tmp_path_factory):
    out = tmp_path_factory.mktemp("sans-classement")
    return pipeline.publish(without_apl(toyland), out / "portail")


def test_a_portal_is_made_without_a_ranking(published):
    assert published.ranking is None
    assert "priorites" not in published.documents
    assert any("pas de classement « installation »" in text for text in published.notices)
    assert not check_site(published.out)


def test_its_page_names_what_lacks_and_who_would_give_it(published):
    page = (published.out / "priorites.html").read_text(encoding="utf-8")
    assert "ne sont pas classées" in page
    assert "Accessibilité aux généralistes (APL)" in page
    assert "DREES" in page and "https://data.drees.solidarites-sante.gouv.fr" in page
    assert "habitants à plus de 10" in page  # the criterion that is known, with its weight


def test_its_file_of_the_ranking_says_so_of_each_zone(published, toyland):
    text = (published.out / "classement.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    assert {row["code"] for row in rows} == set(toyland.epci.index)
    assert all(row["rang"] == "" and row["indice"] == "" for row in rows)
    assert all(row["lecture"].startswith("non classée : n.d.") for row in rows)


def test_the_index_promises_no_ranking_and_links_to_the_notice(published):
    page = (published.out / "index.html").read_text(encoding="utf-8")
    assert "passent en premier" not in page
    assert 'href="priorites.html"' in page


def test_a_ranking_asked_for_is_refused_with_what_lacks(toyland):
    with pytest.raises(Unrankable, match="APL"):
        pipeline.rank_territory(without_apl(toyland))


def test_a_single_zone_is_not_ranked(toyland, tmp_path):
    zone = toyland.epci.index[0]
    members = toyland.members("epci")
    communes = toyland.communes.copy()
    communes.loc[members.index[members != zone], "departement_code"] = "98"
    alone = replace(toyland, communes=communes)
    result = pipeline.publish(alone, tmp_path / "portail")
    assert result.ranking is None
    page = (result.out / "priorites.html").read_text(encoding="utf-8")
    assert "un classement en compare au moins deux" in page
    assert not check_site(result.out)


def test_a_commune_without_outline_stays_in_the_files(toyland, tmp_path):
    communes = toyland.communes.copy()
    inside = communes.index[communes["departement_code"] == toyland.department.code]
    code = str(inside[-1])
    shapes = communes.geometry.copy()
    shapes[code] = None
    communes = gpd.GeoDataFrame(communes.assign(geometry=shapes), crs=communes.crs)
    communes.loc[code, ["lon", "lat", "area_km2"]] = float("nan")
    result = pipeline.publish(replace(toyland, communes=communes), tmp_path / "portail")
    name = str(communes.loc[code, "commune_name"])
    assert f";{code};{name};" in (result.out / "indicateurs.csv").read_text(encoding="utf-8-sig")
    page = (result.out / "offre.html").read_text(encoding="utf-8")
    assert "sans tracé publié" in page and name in page
    assert not check_site(result.out)
