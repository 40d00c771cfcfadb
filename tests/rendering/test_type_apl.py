"""« Notre calcul et l'APL »: both are shown, told apart, and only where the APL is published."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from demomed.analysis import compute
from demomed.analysis.apl_versions import apl_version
from demomed.core.disclosure import protect
from demomed.core.territory import LEVELS
from demomed.dossiers import type_apl
from demomed.dossiers.material import Material
from demomed.pipeline import load_territory
from demomed.rendering.french import MINUS, typeset
from demomed.rendering.scene import make_scene
from demomed.rendering.small_map import Swatch, small_map


def material(toy, territory=None):
    territory = territory or toy.toy_territory()
    values = compute(territory, ["apl", "apl_like"], level=LEVELS)
    public = protect(values, hierarchy={level: territory.members(level) for level in LEVELS})
    return Material(territory, public, None, toy.toy_scene(), (), "0.0.0")


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(type_apl, "LEAST_ZONES", 2)


def test_it_tells_both_and_calls_ours_estimated(toy, few):
    report = type_apl.dossier(material(toy))
    assert report.nature_label == "estimé"
    table = report.sections[-1].tables[0]
    for row in table.rows:
        apl, made, gap = (
            float(cell.text.replace(",", ".").replace(MINUS, "-")) for cell in row[1:4]
        )
        assert gap == pytest.approx(made - apl, abs=0.11)
    assert {line.id for line in report.sources} >= {"drees_apl_gp", "insee_bpe"}
    maps = [f for s in report.sections if s.is_compact for f in s.figures]
    assert len(maps) == 6
    assert len({figure.title for figure in maps}) == 6


def test_nothing_without_a_published_apl(toy, few):
    territory = toy.toy_territory()
    silent = replace(territory, apl=territory.apl.iloc[:0])
    assert type_apl.dossier(material(toy, silent)) is None


def test_nothing_of_too_few_territories(toy):
    assert type_apl.dossier(material(toy)) is None


def test_the_register_does_not_move_it(toy):
    territory = replace(toy.toy_territory(), register_kind="user")
    busy = territory.practitioners.assign(activity=9_000.0)
    first, second = (
        compute(one, "apl_like").table["value"]
        for one in (territory, replace(territory, practitioners=busy))
    )
    pd.testing.assert_series_equal(first, second)


def test_a_small_map_tells_its_classes_without_colour(toy):
    scene = toy.toy_scene()
    codes = scene.sets["commune"].codes
    classes = {code: k % 2 for k, code in enumerate(codes)}
    swatches = (Swatch("haut", "#000000", "rising"), Swatch("bas", "#ffffff"), Swatch("absent"))
    told = {"title": "Carte", "description": "Deux classes.", "key": "k", "theme": "neutre"}
    svg = small_map(scene, "commune", swatches, classes, **told)
    assert svg == small_map(scene, "commune", swatches, classes, **told)
    assert f"haut ({sum(k == 0 for k in classes.values())})" in svg.replace(" ", " ")
    assert "absent (" not in svg
    assert svg.count('fill="url(#rising-k)"') == 2


def test_the_departments_it_was_fitted_on_are_those_whose_apl_is_held():
    """Neither Vendée nor Seine-Maritime: the region of Mayenne or Orne is not all there."""
    rows = load_territory("53").apl.query("service == 'gp' and year == 2022")
    assert set(apl_version("calibree").fitted_on) == set(rows["commune_code"].str[:2])


@pytest.mark.parametrize(("code", "told"), [("53", "est l'un des 15"), ("99", "n'est pas")])
def test_it_says_whether_the_department_helped_to_fit(toy, few, code, told):
    here = material(toy)
    if code != here.territory.department.code:
        territory = load_territory(code)
        here = replace(material(toy, territory), scene=make_scene(territory))
    report = type_apl.dossier(here)
    assert any(typeset(told) in text for text in report.caveats)
    method = " ".join(report.method)
    assert "région" not in method
    assert (
        "15 départements" in method.replace("\u00a0", " ")
        and "Mayenne" in method
        and "Vendée" not in method
    )
