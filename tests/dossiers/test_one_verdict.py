"""« Nettement » is the same verdict on the map, in the dossier and on the portrait of a territory."""

from __future__ import annotations

import re

import pytest
from scipy.stats import poisson

import demomed
from demomed.analysis import compute
from demomed.core.territory import LEVELS
from demomed.dossiers import dispersion
from demomed.dossiers.material import Material
from demomed.pipeline import protected
from demomed.rendering.compose import compose
from demomed.rendering.french import typeset
from demomed.rendering.scene import make_scene
from demomed.rendering.sheets import compose_sheets


@pytest.fixture(scope="module", params=["41", "53", "61"])
def pages(request):
    """Public densities, finding of the map, dossier and portraits of one department."""
    territory = demomed.load_territory(request.param)
    public = protected(territory, compute(territory, "density", LEVELS))
    scene = make_scene(territory)
    document = compose(territory, public, "offre", version="0", scene=scene)
    sheets = compose_sheets(territory, public, (document,), scene=scene, version="0")
    report = dispersion.dossier(Material(territory, public, None, scene, (), "0"))
    return public, document, report, _leads(public, sheets)


def _leads(public, sheets):
    names = public.select("density", profession="gp", level="epci").table
    names = names.set_index("zone_code")["zone_name"].map(typeset)
    return {names.get(sheet.zone_code): sheet.lead for sheet in sheets}


def expected(public, service):
    """Zones whose exact Poisson probability is under one in a thousand on a side."""
    whole = public.select("density", profession=service, level="departement").table.iloc[0]
    rate = whole["numerator"] / whole["denominator"]
    rows = public.select("density", profession=service, level="epci").table.dropna(subset="value")
    mean = rows["denominator"] * rate
    low = poisson.cdf(rows["numerator"], mean)
    high = poisson.sf(rows["numerator"] - 1, mean)
    return set(rows.loc[(low < 0.001) | (high < 0.001), "zone_name"].map(typeset))


@pytest.mark.parametrize(("service", "place"), [("gp", 0), ("nurse", 1), ("dentist", 2)])
def test_the_dossier_and_the_portraits_agree_with_the_exact_probability(pages, service, place):
    public, _, report, leads = pages
    out = expected(public, service)
    told = {
        row[0].text: row[5].text.startswith("nettement")
        for row in report.sections[place].tables[0].rows
    }
    assert {name for name, clear in told.items() if clear} == out & set(told)
    noun = {"gp": "médecins généralistes", "nurse": "infirmiers", "dentist": "dentistes"}[service]
    for name in told:
        clear = re.search(rf"Nettement (plus|moins) favorable[^.]*{noun}[^.]*pour", leads[name])
        assert bool(clear) == (name in out), (name, leads[name])


def test_agreement_of_one_commune_and_of_a_vowel(pages):
    _, _, report, leads = pages
    for lead in leads.values():
        assert not re.search(r"1.commune se trouvent", lead)
    for section in report.sections:
        assert "densité de infirmiers" not in section.figures[0].svg


def test_the_headline_of_the_map_counts_the_zones_of_the_dossier(pages):
    public, document, report, _ = pages
    names = {row[0].text for row in report.sections[0].tables[0].rows}
    out = expected(public, "gp") & names
    (layer,) = (layer for layer in document.layers if layer.id == "density_gp")
    finding = layer.finding
    assert (bool(re.search("aucune? des .*ne s’écarte nettement", finding, re.I))) == (not out)
    assert report.lead.startswith("Aucune") == (not out)
