"""A portal made again only does again what has changed, and is the same as one made afresh."""

from __future__ import annotations

import copy
import dataclasses
import sys
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from demomed import pipeline
from demomed.core import catalogue
from demomed.core.fingerprint import code_fingerprint, fingerprint
from demomed.core.memory import Memory
from demomed.rendering import bound, pages


def made_again(territory, folder, **options):
    """The portal, what was made and what was recalled, from a memory on disk."""
    memory = Memory(folder)
    portal = pipeline.make_portal(territory, memory=memory, **options)
    return portal.files, set(memory.made), set(memory.recalled)


@pytest.fixture(scope="module")
def first(toyland, tmp_path_factory):
    folder = tmp_path_factory.mktemp("memoire")
    files, made, recalled = made_again(toyland, folder)
    assert "indicateurs 99" in made
    assert "page offre" in made
    assert not recalled
    return folder, files


def test_nothing_is_made_twice_and_bytes_are_equal(toyland, first):
    folder, files = first
    again, made, recalled = made_again(toyland, folder)
    assert again == files == pipeline.make_portal(toyland).files
    assert made == set()
    assert {"indicateurs 99", "tables", "page acces", "image acces", "verdict acces.html"} <= (
        recalled
    )


def test_a_text_of_one_page_redoes_that_page_only(toyland, first, monkeypatch):
    folder, _ = first
    real = pages.entries

    def edited(section):
        found = copy.deepcopy(dict(real(section)))
        if section == "pages":
            found["acces"]["method"][0] = "Une phrase de méthode toute neuve."
        return found

    monkeypatch.setattr(pages, "entries", edited)
    files, made, _ = made_again(toyland, folder)
    assert made == {"page acces", "verdict acces.html"}
    assert "toute neuve" in files["acces.html"].decode()
    assert files == pipeline.make_portal(toyland).files


CHANGES = {
    "population": lambda t: {
        "territory": dataclasses.replace(
            t, communes=t.communes.assign(population=t.communes["population"] + 10)
        )
    },
    "register": lambda t: {
        "territory": dataclasses.replace(t, practitioners=t.practitioners.iloc[1:])
    },
    "threshold": lambda t: {"threshold": 11},
    "internal": lambda t: {"internal": True},
    "recipe": lambda t: {"recipe": "infirmiers"},
    "others": lambda t: {"mode": "split", "today": date(2040, 1, 1), "inputs": "autre"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_change_is_ever_missed(toyland, first, change):
    """Whatever changes, the memory gives what a publication without memory gives."""
    folder, files = first
    options = {"territory": toyland, **CHANGES[change](toyland)}
    territory = options.pop("territory")
    again, made, _ = made_again(territory, folder, **options)
    assert again == pipeline.make_portal(territory, **options).files
    assert again != files or change == "threshold"
    assert ("indicateurs 99" in made) == (
        change in ("population", "register", "threshold", "internal")
    )


@pytest.mark.parametrize(
    ("code", "redone"),
    [("computing_code", "indicateurs 99"), ("drawing_code", "page offre")],
)
def test_another_code_makes_again(toyland, first, monkeypatch, code, redone):
    folder, files = first
    monkeypatch.setattr(
        pipeline.measuring if code == "computing_code" else bound, code, lambda: "autre"
    )
    again, made, _ = made_again(toyland, folder)
    assert redone in made
    assert again == files


def test_a_damaged_memory_is_made_again(tmp_path):
    def number(value):
        return Memory(tmp_path).recall("nombre", ("a1",), lambda: value)

    assert [number(1), number(2)] == [1, 1]
    (path,) = tmp_path.iterdir()
    sound = path.read_bytes()
    for place, damaged in enumerate((b"", b"0" * 80, sound[:-1], sound[:-1] + b"!")):
        path.write_bytes(damaged)
        assert number(10 + place) == 10 + place


def test_the_folder_holds_one_portal(toyland, tmp_path):
    out, cache = tmp_path / "99", tmp_path / "cache"
    memory = pipeline.memory_of(out, cache=cache)
    pipeline.publish(toyland, out, memory=memory)
    held = {path.name for path in (cache / "99").iterdir()}
    pipeline.publish(toyland, out, threshold=11, memory=pipeline.memory_of(out, cache=cache))
    after = {path.name for path in (cache / "99").iterdir()}
    assert after != held
    assert sum(name.startswith("indicateurs-") for name in after) == 1
    assert not [name for name in after if name.endswith(".partial")]


def test_every_part_of_a_territory_counts(toyland):
    """Another cell, column, order or shape in any table is another fingerprint."""
    whole = fingerprint(toyland)
    assert whole == fingerprint(copy.deepcopy(toyland))
    for field in dataclasses.fields(toyland):
        held = getattr(toyland, field.name)
        if isinstance(held, pd.DataFrame) and len(held) > 1:
            for other in (held.iloc[::-1], held.iloc[1:], held.iloc[:, 1:]):
                assert fingerprint(dataclasses.replace(toyland, **{field.name: other})) != whole


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, 23], [12, 3]),
        (("a", "b"), ("ab",)),
        ({"a": 1}, {"a": "1"}),
        (pd.Series([1.0, np.nan]), pd.Series([np.nan, 1.0])),
        (pd.Series([1]), pd.Series([1.0])),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})),
        (gpd.GeoSeries([Point(0, 0)]), gpd.GeoSeries([Point(0, 1)])),
        (gpd.GeoSeries([Point(0, 0)], crs=2154), gpd.GeoSeries([Point(0, 0)], crs=4326)),
        (None, "None"),
        (True, 1),
    ],
)
def test_different_contents_have_different_names(one, other):
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint(one) == fingerprint(copy.deepcopy(one))


def test_what_cannot_be_read_is_refused():
    with pytest.raises(TypeError, match="no fingerprint"):
        fingerprint(object())


def test_a_file_of_the_package_counts_by_name_and_content(tmp_path, monkeypatch):
    package = tmp_path / "autre_paquet"
    (package / "part").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    seen = set()
    for content, name in (("a = 1", "un.py"), ("a = 2", "un.py"), ("a = 2", "deux.py")):
        for old in (package / "part").iterdir():
            old.unlink()
        (package / "part" / name).write_text(content)
        seen.add(code_fingerprint(["part"], package="autre_paquet"))
    assert len(seen) == 3
    sys.modules.pop("autre_paquet", None)


def test_layers_that_compute_never_read_what_only_pages_show():
    """The fingerprint of the measures leaves these sections out: they must not matter to them."""
    from pathlib import Path

    root = Path(catalogue.__file__).parents[1]
    for folder in ("core", "analysis"):
        for path in (root / folder).rglob("*.py"):
            if path.name == "catalogue.py":
                continue
            text = path.read_text(encoding="utf-8")
            for section in (*pipeline.measuring.ON_PAGES, "themes", "texts"):
                for call in ("entry", "entries"):
                    assert f'{call}("{section}"' not in text, path.name
            assert "catalogue.texts(" not in text, path.name
            assert "catalogue import texts" not in text, path.name


def test_what_draws_a_document_never_reads_the_pages_of_the_catalogue():
    """The fingerprint of a drawn page leaves them out: the document says all that they say."""
    from pathlib import Path

    root = Path(bound.__file__).parent
    for name in (
        "page",
        "binding",
        "parts",
        "payload",
        "coded_texts",
        "leaflet",
        "static",
        "static_map",
        "raster",
    ):
        text = (root / f"{name}.py").read_text(encoding="utf-8")
        assert "rendering.pages" not in text, name
        for section in pipeline.measuring.ON_PAGES:
            assert f'"{section}"' not in text, name
