"""« Scénario et présent »: every page says it is simulated, and the comparison is the difference."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from demomed.analysis import compute
from demomed.analysis.priority import rank
from demomed.analysis.scenario import compare
from demomed.analysis.scenario import scenario as apply
from demomed.core.catalogue import texts
from demomed.core.disclosure import protect
from demomed.core.ranking import Criterion, Recipe
from demomed.core.scenario import Change, Scenario
from demomed.core.territory import LEVELS
from demomed.dossiers import scenario as page
from demomed.dossiers.material import Material
from demomed.rendering.french import typeset
from demomed.rendering.home import compose_index
from demomed.rendering.simulated import is_simulated, labelled

RECIPE = Recipe(
    "own", "Essai", "Où ?",
    (
        Criterion("apl", "gp", -1, 0.5, "accessibilité"),
        Criterion("density", "gp", -1, 0.5, "densité"),
    ),
    top=1,
)  # fmt: skip
ASKED = Scenario("essai", "Deux arrivées", "", (Change("add_practitioner", "99001", count=2),))
LEAVING = Scenario("essai", "Un départ", "", (Change("remove_practitioner", "99001"),))


def public(territory):
    values = compute(territory, ["apl", "density", "beyond_10"], level=LEVELS, professions="gp")
    return protect(values, hierarchy={level: territory.members(level) for level in LEVELS})


def material(toy, asked):
    territory = toy.toy_territory()
    after = apply(territory, asked)
    before, told = public(territory), public(after)
    present = page.Present(before, rank(before, RECIPE, draws=200))
    ranking = rank(told, RECIPE, draws=200)
    inputs = {page.INPUT: present}
    return Material(after, told, ranking, toy.toy_scene(), (), "0.0.0", inputs=inputs)


@pytest.fixture(scope="module")
def arrivals(toy):
    return material(toy, ASKED)


def cells(report):
    return [
        [cell.text for cell in row] for s in report.sections for t in s.tables for row in t.rows
    ]


def test_figures_are_the_difference_of_both_sides(arrivals):
    report = page.dossier(arrivals)
    table = compare(arrivals.inputs[page.INPUT].public, arrivals.public)
    raw = next(iter(report.files.values())).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(raw), delimiter=";"))
    assert len(rows) == len(table)
    numbers = [r for r in rows if r["present"] and r["scenario"]]
    for row in numbers:
        present, simulated, gap = (
            float(row[c].replace(",", ".")) for c in ("present", "scenario", "difference")
        )
        assert gap == pytest.approx(simulated - present, abs=0.2)
    assert {r["lecture"] for r in rows} >= {"gagne", "inchangé"}


def test_who_gains_is_told_and_a_departure_loses(arrivals, toy):
    gaining, leaving = page.dossier(arrivals), page.dossier(material(toy, LEAVING))
    assert "Deux arrivées" in gaining.lead
    assert "s’améliorerait" in gaining.lead
    assert "se dégraderait" in leaving.lead
    names = toy.toy_scene().zones["epci"]
    assert (names["phrase"] != names["zone_name"]).any()
    assert any(f"dans {typeset(phrase)}" in gaining.lead for phrase in names["phrase"])
    assert "s’améliorerait" not in leaving.lead
    assert gaining.nature_label == "simulé"
    assert not [t for t in (gaining.lead, *map(str, cells(gaining))) if "{" in t]


def test_difference_maps_use_the_diverging_scale_and_hatch_what_worsens(arrivals, toy):
    def drawn(told):
        return [f.svg for s in page.dossier(told).sections for f in s.figures]

    better, worse = drawn(arrivals), drawn(material(toy, LEAVING))
    assert better
    assert worse
    assert all("url(#falling-" not in svg for svg in better)
    assert all("url(#falling-" in svg for svg in worse)


def test_every_page_of_a_scenario_is_labelled_and_no_other(arrivals, toy):
    words = texts("fr")
    for document in (toy.toy_document(), toy.toy_index(), *toy.toy_sheets(), *toy.toy_notices()):
        told = labelled(document, arrivals.territory, words)
        assert told.title.startswith("Scénario")
        assert "simulés" in told.banner
        assert "Deux arrivées" in told.banner
        assert document.banner in told.banner
        assert labelled(document, toy.toy_territory(), words) is document
    assert is_simulated(arrivals.territory)


def test_the_index_tells_the_scenario_once_and_the_fictional_data(arrivals, toy):
    words = texts("fr")
    plain = toy.toy_document()
    fictional = replace(plain, banner="Données fictives.")
    pages = [labelled(d, arrivals.territory, words) for d in (replace(plain, banner=""), fictional)]
    index = compose_index(arrivals.territory, pages, version="0")
    told = labelled(index, arrivals.territory, words).banner
    assert told == pages[1].banner
    assert told.count("Deux arrivées") == told.count("Données fictives.") == 1


def test_the_title_names_the_scenario_once(arrivals):
    title = labelled(page.dossier(arrivals), arrivals.territory, texts("fr")).title
    assert title.lower().count("scénario") == 1


def test_the_present_alone_has_no_such_page(arrivals, toy):
    assert page.dossier(replace(arrivals, inputs={})) is None
    assert page.dossier(replace(arrivals, territory=toy.toy_territory())) is None


def test_a_side_without_ranking_has_no_rank(arrivals):
    before = replace(arrivals.inputs[page.INPUT], ranking=None)
    report = page.dossier(replace(arrivals, inputs={page.INPUT: before}))
    assert "classement" not in report.lead
    who = next(s for s in report.sections if s.title.startswith("Qui gagne"))
    assert {row[3].text for row in who.tables[0].rows} == {"non classée"}
