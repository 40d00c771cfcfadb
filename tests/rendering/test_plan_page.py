"""« Plan de développement »: the page says what the plan says, no surer, and is written alone."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from demomed.analysis import compute
from demomed.analysis.plan import development_plan, most_sites
from demomed.analysis.priority import rank
from demomed.core.disclosure import protect
from demomed.core.faults import InputError
from demomed.core.ranking import DEPENDS, ROBUST, Criterion, Recipe
from demomed.core.territory import LEVELS
from demomed.dossiers import plan as plan_page
from demomed.dossiers.material import Material
from demomed.rendering.check import check_files
from demomed.rendering.plan import plan_answer, plan_csv
from demomed.rendering.publish import write_report

RECIPE = Recipe(
    "own", "Essai", "Où ?",
    (
        Criterion("apl", "gp", -1, 0.5, "accessibilité"),
        Criterion("density", "gp", -1, 0.5, "densité"),
    ),
    top=1,
)  # fmt: skip


@pytest.fixture(scope="module")
def material(toy):
    territory = toy.toy_territory()
    values = compute(territory, ["apl", "density"], level=LEVELS, professions="gp")
    public = protect(values, hierarchy={level: territory.members(level) for level in LEVELS})
    ranking = rank(public, RECIPE, draws=200)
    return Material(territory, public, ranking, toy.toy_scene(), (), "0.0.0")


@pytest.fixture(scope="module")
def report(material):
    return plan_page.dossier(material)


def texts_of(report):
    yield from (report.title, report.lead, *report.method, *report.caveats)
    for section in report.sections:
        yield from (section.title, *section.paragraphs, *section.items)
        for table in section.tables:
            yield from (cell.text for row in table.rows for cell in row)


def test_one_sentence_answers_and_the_figures_are_those_of_the_plan(material, report):
    plan = plan_page.default_plan(material)
    assert report.lead == plan_answer(plan, material.ranking)
    assert report.lead.count(".") == 1
    assert report.nature_label == "simulé"
    rows = report.sections[0].tables[0].rows
    assert [row[0].text for row in rows] == plan["zone_name"].tolist()
    assert report.key_figures[0].value == f"{plan['posts_count'].sum():.0f}"
    assert report.files == {"plan.csv": plan_csv(plan)}
    assert not [text for text in texts_of(report) if "{" in text]


def test_the_page_says_what_the_posts_do_not_do(material, report):
    plan = plan_page.default_plan(material)
    told = " ".join(texts_of(report))
    labels = " ".join(f"{f.label} {f.comparison}" for f in report.key_figures)
    assert "profite" in told and "hypothèse de ce calcul" in told
    assert f"{plan['below_after_count'].sum():.0f} communes sur" in labels
    for text in (told, labels):
        assert "atteindre la cible" not in text and "attendus" not in text
        assert "sûre à" not in text


def test_the_map_shows_every_site_in_order(material, report):
    plan = plan_page.default_plan(material)
    drawing = report.sections[0].figures[0].svg
    for row in plan.itertuples():
        assert f"{row.order} : {row.site_name}" in drawing.replace("\u202f", " ").replace(
            "\u00a0", " "
        )


def test_an_unsure_zone_is_never_told_as_sure(material):
    table = material.ranking.table.assign(verdict=DEPENDS, p_top=0.5)
    unsure = replace(material, ranking=replace(material.ranking, table=table))
    told = " ".join(texts_of(plan_page.dossier(unsure)))
    assert "sans certitude" in told
    assert ROBUST not in told.lower()


def test_nothing_without_ranking_accessibility_or_candidate(material):
    territory = material.territory
    assert plan_page.dossier(replace(material, ranking=None)) is None
    silent = replace(territory, apl=territory.apl.iloc[:0])
    assert plan_page.dossier(replace(material, territory=silent)) is None
    closed = replace(territory, supply=territory.supply.query("service != 'pharmacy'"))
    assert most_sites(closed, material.ranking) == 0
    assert plan_page.dossier(replace(material, territory=closed)) is None


def test_ten_years_give_a_least_number_and_no_more(material):
    five, ten = (
        development_plan(material.territory, material.ranking, sites=1, horizon=h) for h in (5, 10)
    )
    low, high = (five[f"departures_{end}_count"].item() for end in ("low", "high"))
    assert ten["departures_low_count"].item() == pytest.approx(high, nan_ok=True)
    assert math.isnan(ten["departures_high_count"].item())
    assert math.isnan(low) or low <= high
    page = plan_page.plan_report(material, ten, material.ranking)
    assert "10 ans" in " ".join(figure.label for figure in page.key_figures) or math.isnan(high)


def test_written_alone_it_breaks_no_rule_and_spares_a_portal(report, tmp_path):
    out = tmp_path / "plan"
    assert write_report(report, out) == ("manifest.json", "plan.csv", "plan.html")
    first = (out / "plan.html").read_bytes()
    write_report(report, out)
    assert (out / "plan.html").read_bytes() == first
    assert 'href="index.html"' not in first.decode()
    rules = check_files({"plan.html": first})
    assert not [f for f in rules if "plan.html" in str(f) and "extern" in str(f)]
    portal = tmp_path / "portail"
    portal.mkdir()
    (portal / "index.html").write_text("portail")
    with pytest.raises(InputError, match="dossier d'un portail"):
        write_report(report, portal)
    assert (portal / "index.html").read_text() == "portail"
