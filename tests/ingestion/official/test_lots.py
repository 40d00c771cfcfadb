"""Bundles built on demand: any department, once, and nothing left behind by a failure."""

from __future__ import annotations

import re
from shutil import copytree

import geopandas as gpd
import pytest
import shapely

from demomed.core import catalogue
from demomed.core.faults import InputError
from demomed.ingestion import lots
from demomed.ingestion.boundaries import simplify
from demomed.ingestion.bundle import read_bundle
from demomed.ingestion.lots import ready_bundle
from demomed.ingestion.select import TOWNS, select_territory
from demomed.pipeline import load_territory


def test_official_folder_becomes_a_bundle_once(untouched, tmp_path, monkeypatch):
    said: list[str] = []
    cache = tmp_path / "lots"
    first = ready_bundle(untouched, "72", version="1", cache=cache, progress=said.append)
    assert any("Sarthe (72)" in text for text in said)
    core = read_bundle(first).communes.set_index("commune_code")["is_core"]
    assert core[core].index.tolist() == ["72001", "72002"]
    monkeypatch.setattr(lots, "build_bundle", lambda *a, **k: pytest.fail("built twice"))
    assert ready_bundle(untouched, "72", version="1", cache=cache) == first
    assert [path.name for path in cache.iterdir()] == [first.name]


def test_key_depends_on_what_the_bundle_is_made_of_and_on_nothing_else(untouched, tmp_path):
    def key(data, department="53", radius=40.0, version="1"):
        return lots._key(data, lots._inputs(data), department, radius, version)

    elsewhere = tmp_path / "autre nom"
    copytree(untouched, elsewhere)
    (elsewhere / "lisez-moi.txt").write_text("sans effet", encoding="utf-8")
    same = key(untouched)
    assert re.fullmatch(r"53-[0-9a-f]{20}", same)
    assert key(elsewhere) == same
    assert len({same, key(untouched, "72"), key(untouched, radius=10.0)}) == 3
    assert key(untouched, version="2") != same
    changed = next(elsewhere.glob("plans/*.csv"))
    changed.write_bytes(changed.read_bytes() + b"\r\n")
    assert key(elsewhere) != same


def test_a_bundle_is_taken_as_it_is(toy_folder, tmp_path):
    assert ready_bundle(toy_folder, "53", version="1", cache=tmp_path / "lots") == toy_folder
    assert not (tmp_path / "lots").exists()


def test_a_failure_leaves_nothing(official, tmp_path):
    next(official.glob("population/insee_populations_legales*")).write_bytes(b"")
    with pytest.raises(InputError, match="fichier vide"):
        ready_bundle(official, "53", version="1", cache=tmp_path / "a" / "lots")
    assert not (tmp_path / "a").exists()


def test_a_folder_without_official_files_is_refused_with_the_way_out(tmp_path):
    (tmp_path / "vide").mkdir()
    with pytest.raises(InputError, match=r"vide .*manifest\.json.*cog/.*sources fetch"):
        ready_bundle(tmp_path / "vide", "53", version="1", cache=tmp_path / "lots")
    assert [path.name for path in tmp_path.iterdir()] == ["vide"]


def test_load_territory_takes_official_files(untouched, tmp_path):
    territory = load_territory("53", data=untouched, cache=tmp_path / "lots")
    assert len(territory.zones("commune")) == 4
    assert territory.register_kind == "example"


def test_all_metropolitan_departments_are_declared():
    declared = catalogue.departments()
    codes = {f"{number:02d}" for number in range(1, 96)} - {"20"} | {"2A", "2B"}
    assert set(declared) == codes
    starts = ("de ", "d'", "du ", "de la ", "de l'", "des ")
    places = ("en ", "dans le ", "dans la ", "dans les ", "dans l'", "à ")
    for department in declared.values():
        assert department.of.startswith(starts) and department.of.endswith(department.name)
        assert department.in_.startswith(places) and department.in_.endswith(department.name)
        assert not department.in_.startswith(("en H'", "dans le A", "dans la A", "dans le I"))
    regions = {(d.region_code, d.region_name) for d in declared.values()}
    assert len(regions) == len({code for code, _ in regions}) == 13


@pytest.mark.parametrize("code", ["971", "972", "973", "974", "976"])
def test_overseas_is_refused_with_the_reason(code):
    with pytest.raises(InputError, match=r"pas encore servi.*Lambert-93"):
        catalogue.department(code)


def test_towns_are_the_most_populous_communes_where_none_is_declared(toy):
    chosen = catalogue.departments()["53"]
    assert select_territory(toy, chosen).department.towns == chosen.towns
    bare = catalogue.Department("53", "Mayenne", chosen.of, chosen.in_, "52", chosen.region_name)
    towns = select_territory(toy, bare).department.towns
    assert towns == ("53001", "53002", "53004", "53005")[:TOWNS]


def test_rounding_keeps_more_decimals_where_five_would_cross():
    """A spike a decimetre wide folds over itself at five decimals; the outline stays valid."""
    spike = shapely.Polygon(
        [(0, 0), (1000, 0), (1000, 1000), (500.25, 1000), (500.2, 400), (499.9, 1000), (0, 1000)]
    )
    outlines = gpd.GeoDataFrame(
        geometry=[shapely.affinity.translate(spike, 420_000, 6_780_000)],
        index=["53001"],
        crs="EPSG:2154",
    )
    simple = simplify(outlines, 0.001)
    assert simple.is_valid.all()
    assert simple.to_crs("EPSG:2154").area.iloc[0] == pytest.approx(spike.area, rel=1e-3)
