"""Unmasked values stay in a folder of their own, and every file of it says so."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest

from demomed import pipeline
from demomed.core.faults import InputError
from demomed.rendering.check import check_files, check_site
from demomed.rendering.internal import META, check_folder, says_internal
from demomed.rendering.publish import replace_folder


@pytest.fixture(scope="module")
def open_portal(toyland):
    return pipeline.make_portal(toyland, internal=True).files


@pytest.fixture(scope="module")
def public_portal(toyland):
    return pipeline.make_portal(toyland).files


def test_every_file_of_an_internal_portal_says_so(open_portal):
    assert check_files(open_portal, internal=True) == []
    assert all(
        "Usage interne" in content.decode() or "usage interne" in content.decode()
        for name, content in open_portal.items()
        if name.endswith((".html", ".csv", ".svg", ".geojson"))
    )
    book = openpyxl.load_workbook(io.BytesIO(open_portal["indicateurs.xlsx"]))
    assert book.worksheets[0].title == "Usage interne"
    for sheet in book.worksheets[1:]:
        column = [row[-1] for row in sheet.iter_rows(values_only=True)]
        assert column == [META, *["usage interne"] * (len(column) - 1)]
    package = json.loads(open_portal["datapackage.json"])
    assert "licenses" not in package
    assert "interdites" in package["description"]
    assert all(
        "Licence Ouverte 2.0 : réutilisation" not in content.decode()
        for name, content in open_portal.items()
        if name.endswith(".html")
    )


def test_internal_values_are_those_that_the_public_portal_hides(open_portal, public_portal):
    def masked(files):
        return files["indicateurs.csv"].decode().count(";secret;")

    assert masked(open_portal) == 0
    assert masked(public_portal) > 0
    assert not says_internal(public_portal)


def test_check_refuses_an_internal_portal_as_public(open_portal, tmp_path):
    out = tmp_path / "99-interne"
    replace_folder(out, open_portal)
    assert check_site(out, internal=True) == []
    found = {finding.file for finding in check_site(out)}
    assert {"index.html", "indicateurs.csv", "manifest.json", "offre.svg"} <= found


@pytest.mark.parametrize("name", ["index.html", "indicateurs.csv", "intercommunalites.geojson"])
def test_one_internal_file_slipped_into_a_public_portal_is_found(open_portal, public_portal, name):
    mixed = {**public_portal, name: open_portal[name]}
    assert any(f.file == name and "interne" in f.found for f in check_files(mixed))


def test_internal_and_public_portals_never_share_a_folder(open_portal, public_portal, tmp_path):
    with pytest.raises(InputError, match="-interne"):
        replace_folder(tmp_path / "99", open_portal)
    with pytest.raises(InputError, match="-interne"):
        replace_folder(tmp_path / "99-interne", public_portal)
    assert list(tmp_path.iterdir()) == []
    renamed = tmp_path / "98-interne"
    replace_folder(tmp_path / "98", public_portal)
    (tmp_path / "98").rename(renamed)
    with pytest.raises(InputError, match="un portail public"):
        check_folder(renamed, internal=True)


def test_folder_is_refused_before_any_work(toyland, tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline.measuring, "compute", lambda *_: pytest.fail("computed"))
    with pytest.raises(InputError, match="non masquées"):
        pipeline.publish(toyland, tmp_path / "99", internal=True)
