"""Against the real official files, where they are present."""

from __future__ import annotations

import pytest

from demomed.ingestion.boundaries import Outlines, check_coverage
from demomed.ingestion.bundle import build_bundle, default_bundle_path
from demomed.ingestion.communes import read_geography
from demomed.ingestion.official import OfficialFolder
from demomed.ingestion.supply import read_supply

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def folder(real_official):
    return OfficialFolder(real_official)


@pytest.fixture(scope="module")
def geography(folder):
    return read_geography(folder)


def test_rebuilding_gives_the_shipped_bytes(real_official, tmp_path):
    manifest = build_bundle(real_official, tmp_path / "lot")
    shipped = default_bundle_path()
    assert {f.name for f in shipped.iterdir()} == {f.name for f in (tmp_path / "lot").iterdir()}
    for name in manifest.tables:
        file = f"{name}.parquet"
        assert (tmp_path / "lot" / file).read_bytes() == (shipped / file).read_bytes(), file
    assert (tmp_path / "lot/manifest.json").read_bytes() == (shipped / "manifest.json").read_bytes()


def test_general_practitioners_of_france_are_counted_once(folder, geography):
    table = read_supply(folder, geography, "insee_bpe")
    gp = table[(table["service"] == "gp") & (table["year"] == 2021)]
    assert gp["count"].sum() == 60112
    missing = geography.communes.index.difference(gp["commune_code"])
    assert len(missing) == 7


@pytest.mark.parametrize("departements", [["53", "72"], ["27", "60"], ["2A"]])
def test_any_department_has_clean_outlines(folder, geography, departements):
    outlines = Outlines(folder, geography).communes(departements)
    expected = geography.communes["departement_code"].isin(departements)
    assert set(outlines.index) == set(geography.communes.index[expected])
    check_coverage(outlines)


def test_communes_without_published_outline_are_said(folder, geography):
    outlines = Outlines(folder, geography).communes(["15"])
    expected = geography.communes.index[geography.communes["departement_code"] == "15"]
    absent = expected.difference(outlines.index)
    assert len(absent) == 4
    for code in absent:
        assert any(code in notice for notice in folder.notices)
