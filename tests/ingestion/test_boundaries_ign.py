"""ADMIN EXPRESS v3 and v4, geo.api responses: one table of outlines."""

from __future__ import annotations

import json
import zipfile

import geopandas as gpd
import pytest
from geopandas.testing import assert_geodataframe_equal
from shapely.geometry import Point, Polygon, box, mapping

from demomed.core.faults import InputError
from demomed.ingestion.boundaries_ign import read_outlines

SQUARES = {
    "53130": box(420000, 6780000, 421000, 6781000),
    "61001": box(430000, 6780000, 431000, 6781000),
}


def v3(**columns):
    data = {
        "ID": ["a", "b"], "NOM": ["Laval", "Alençon"], "INSEE_COM": ["53130", "61001"], "STATUT": ["x", "y"],
        "POPULATION": [49657, 26000], "INSEE_DEP": ["53", "61"], "INSEE_REG": ["52", "28"],
        "SIREN_EPCI": ["200083392", "246100663"],
    } | columns  # fmt: skip
    return gpd.GeoDataFrame(data, geometry=list(SQUARES.values()), crs="EPSG:2154")


def v4():
    frame = v3().rename(
        columns={"INSEE_COM": "code_insee", "NOM": "nom_officiel", "INSEE_DEP": "code_insee_du_departement",
                 "POPULATION": "population", "INSEE_REG": "code_insee_de_la_region", "SIREN_EPCI": "codes_siren_des_epci"}
    )  # fmt: skip
    frame["codes_siren_des_epci"] = ["200083392/200054781", "NR"]
    return frame.drop(columns=["ID", "STATUT"])


def test_v3_shapefile_v3_gpkg_and_v4_agree(tmp_path):
    v3().to_file(tmp_path / "COMMUNE.shp", encoding="utf-8")
    v3().to_file(tmp_path / "v3.gpkg", layer="COMMUNE")
    v4().to_file(tmp_path / "v4.gpkg", layer="commune")
    tables = [read_outlines(tmp_path / name) for name in ("COMMUNE.shp", "v3.gpkg", "v4.gpkg")]
    first = tables[0][0]
    assert first.crs == "EPSG:4326"
    assert first["commune_code"].tolist() == ["53130", "61001"]
    assert first["departement_code"].tolist() == ["53", "61"]
    assert first["epci_siren"].tolist() == ["200083392", "246100663"]
    assert first.geometry.iloc[0].centroid.x == pytest.approx(-0.74, abs=0.05)
    assert_geodataframe_equal(first, tables[1][0])
    new, notices = tables[2]
    assert new["epci_siren"].fillna("").tolist() == ["200083392", ""]
    assert any("plusieurs groupements" in notice and notice.endswith(": 1") for notice in notices)
    assert new["population"].tolist() == [49657, 26000]


def test_the_right_layer_is_found_and_departments_filter(tmp_path):
    path = tmp_path / "a.gpkg"
    v4().iloc[:1].to_file(path, layer="arrondissement_municipal")
    v4().to_file(path, layer="commune")
    v4().rename(columns={"code_insee": "code_siren"}).assign(
        code_siren=["200083392", "246100663"]
    ).to_file(path, layer="epci")
    assert len(read_outlines(path)[0]) == 2
    assert read_outlines(path, departments=["61"])[0]["commune_name"].tolist() == ["Alençon"]
    epci, _ = read_outlines(path, "epci")
    assert list(epci.columns) == ["epci_siren", "epci_name", "geometry"]
    assert epci["epci_siren"].tolist() == ["200083392", "246100663"]


def test_zipped_shapefile(tmp_path):
    v3().to_file(tmp_path / "COMMUNE.shp", encoding="utf-8")
    path = tmp_path / "ade.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for item in tmp_path.glob("COMMUNE.*"):
            archive.write(item, item.name)
    assert len(read_outlines(path)[0]) == 2


def response(shapes, **more):
    return [
        {
            "nom": "Laval",
            "code": code,
            "codeDepartement": "53",
            "codeEpci": "200083392",
            "codesPostaux": ["53000"],
            "population": 49657,
        }
        | more
        | {"contour": s}
        for code, s in shapes.items()
    ]


def contour(code="53130"):
    return mapping(box(-0.8, 48.0, -0.7, 48.1)) if code else None


def test_api_json_and_geojson(tmp_path):
    as_json = tmp_path / "a.json"
    as_json.write_text(json.dumps(response({"53130": contour()})), encoding="utf-8")
    features = [
        {
            "type": "Feature",
            "properties": {k: v for k, v in r.items() if k != "contour"},
            "geometry": r["contour"],
        }
        for r in response({"53130": contour()})
    ]
    as_geojson = tmp_path / "b.geojson"
    as_geojson.write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )
    left, right = read_outlines(as_json)[0], read_outlines(as_geojson)[0]
    assert_geodataframe_equal(left, right)
    assert left.loc[0, ["commune_code", "epci_siren", "population"]].tolist() == [
        "53130",
        "200083392",
        49657,
    ]


def test_invalid_outlines_are_repaired_and_said(tmp_path):
    bow = mapping(Polygon([(0, 48), (1, 49), (1, 48), (0, 49)]))
    path = tmp_path / "a.json"
    path.write_text(json.dumps(response({"53130": bow})), encoding="utf-8")
    table, notices = read_outlines(path)
    assert table.geometry.is_valid.all()
    assert any("réparés : 1" in notice for notice in notices)


BAD_JSON = {
    "points": (json.dumps(response({"53130": mapping(Point(0, 48))})), "geometry=contour"),
    "sans forme": (json.dumps(response({"53130": None})), "geometry=contour"),
    "un contour manque": (
        json.dumps(response({"53130": contour(), "53147": None})),
        "53147 sans contour",
    ),
    "zéro perdu": (json.dumps(response({"1004": contour()})), "« 1004 »"),
    "répété": (json.dumps(response({"53130": contour()}) * 2), "53130 répété"),
    "coupé": (json.dumps(response({"53130": contour()}))[:-9], "JSON interrompu"),
    "liste vide": ("[]", "réponse sans commune"),
    "erreur de l'API": ('{"code": 404, "message": "Not found"}', "geometry=contour"),
    "nombre": ("[1]", "autre forme"),
}


@pytest.mark.parametrize("name", BAD_JSON)
def test_bad_responses(tmp_path, name):
    text, words = BAD_JSON[name]
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_outlines(path)
    assert words in str(caught.value)


def test_bad_vector_files(tmp_path):
    (tmp_path / "x.gpkg").write_bytes(b"rien de lisible" * 20)
    with pytest.raises(InputError, match="illisible"):
        read_outlines(tmp_path / "x.gpkg")
    with pytest.raises(InputError, match="introuvable"):
        read_outlines(tmp_path / "none.gpkg")
    v3().drop(columns="INSEE_COM").to_file(tmp_path / "y.gpkg", layer="autre")
    with pytest.raises(InputError, match="aucune couche « commune »"):
        read_outlines(tmp_path / "y.gpkg")
    v3().to_file(tmp_path / "COMMUNE.shp", encoding="utf-8")
    (tmp_path / "COMMUNE.prj").unlink()
    with pytest.raises(InputError, match="système de coordonnées"):
        read_outlines(tmp_path / "COMMUNE.shp")
