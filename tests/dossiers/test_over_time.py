"""Dossiers of time and action: follow-up of the plans, evolution, programmes, cohorts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from demomed import audit
from demomed.analysis import compute
from demomed.analysis.zone_indicators import zone_indicators, zone_values
from demomed.core.attack import feasible_intervals, head_counts
from demomed.core.indicator import Indicators, PublicIndicators, indicators
from demomed.core.territory import LEVELS
from demomed.dossiers import cohortes, evolution, programmes, suivi
from demomed.dossiers.cohortes_counts import published_retention
from demomed.dossiers.material import Material
from demomed.ingestion.cohorts import COHORTS, read_cohort, write_cohort_template
from demomed.ingestion.followup import read_followup
from demomed.ingestion.zonings import catalogue_zoning, read_zoning
from demomed.mission import bundle_of, cohort_of
from demomed.pipeline import load_territory, protected
from demomed.rendering.binding import single
from demomed.rendering.french import typeset
from demomed.rendering.page import report_page
from demomed.rendering.reports import dossier_words
from demomed.rendering.scene import make_scene

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module", params=["53", "41", "61"])
def department(request):
    return load_territory(request.param)


@pytest.fixture(scope="module")
def mayenne():
    return load_territory("53")


@pytest.fixture(scope="module")
def published(mayenne):
    return protected(mayenne, compute(mayenne, level=LEVELS))


def material(territory, public=None, today=TODAY, **inputs):
    empty = PublicIndicators(compute(territory, "supply_count").table.assign(coarse=""))
    return Material(
        territory, public or empty, None, make_scene(territory), (), "0", today=today, inputs=inputs
    )


def cells(table):
    return [[cell.text for cell in row] for row in table.rows]


def test_every_action_of_every_plan_is_on_the_page(department):
    report = suivi.dossier(material(department))
    told = [row[0] for s in report.sections for t in s.tables for row in cells(t)]
    for row in department.plans.itertuples():
        assert any(text.startswith(f"{row.action_id}. ") for text in told), row.title


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("53", ["annoncé « 30 fiches actions », trouvé 31", "2 441 000 €"]),
        ("41", ["près de 10 M€", "9 100 000 €"]),
    ],
)
def test_gaps_are_told_never_adjusted(code, words):
    report = suivi.dossier(material(load_territory(code)))
    told = "\n".join(item for s in report.sections for item in s.items)
    plain = told.replace("\u202f", " ").replace("\u00a0", " ")
    for word in words:
        assert word in plain


def test_an_amount_times_years_is_told_reckoned_a_plain_sum_official():
    """1 300 000 € a year in the plan of Loir-et-Cher, seven years: the tool's own product."""
    figures, leads = {}, {}
    for code in ("41", "53"):
        report = suivi.dossier(material(load_territory(code)))
        (figures[code],) = (one for one in report.key_figures if one.label == "inscrits")
        leads[code] = re.sub(r"\s", " ", report.lead)
    yearly = figures["41"]
    assert yearly.nature_label == "calculé sur source officielle"
    assert re.sub(r"\s", " ", yearly.comparison) == "1 300 000 € par an × 7 ans"
    assert "9 100 000 € (1 300 000 € par an × 7 ans, somme calculée) inscrits" in leads["41"]
    assert figures["53"].nature_label == "officiel"
    assert figures["53"].comparison == ""
    assert "somme calculée" not in leads["53"]


def test_deadlines_follow_the_day(mayenne):
    def passed(today):
        report = suivi.dossier(material(mayenne, today=today))
        return report.key_figures[-1].value

    assert (passed(date(2022, 1, 1)), passed(TODAY)) == ("0", "21")
    assert len(suivi.dossier(material(mayenne, today=None)).key_figures) == 2


def test_values_entered_by_the_mission_are_told_and_few_persons_hidden(mayenne, tmp_path):
    path = tmp_path / "suivi.csv"
    path.write_text(
        "Plan;Action;Indicateur;Date;Valeur\n"
        "53-assises-2022;1;recours aux assistants médicaux;31/12/2024;12\n"
        "53-assises-2022;2;professionnels accompagnés;31/12/2024;3\n"
        "53-assises-2022;2;professionnels accompagnés;31/12/2027;40\n",
        encoding="utf-8",
    )
    table, _ = read_followup(path, mayenne.plans)
    report = suivi.dossier(material(mayenne, followup=table))
    values = next(t for s in report.sections for t in s.tables if "saisies" in t.caption)
    assert [row[2] for row in cells(values)] == ["12", "secret"]


def test_series_never_cross_a_change_of_definition(mayenne):
    report = evolution.dossier(material(mayenne))
    rows = {row[0]: row for row in cells(report.sections[-1].tables[0])}
    broken = next(row for name, row in rows.items() if "lieu d’exercice" in name)
    assert broken[5] == "non comparable"
    whole = rows["Médecins généralistes en activité"]
    assert whole[1:6] == ["2012", "2025", "354", "333", "−6\u202f%"]
    drawn = {f.title: f for s in report.sections for f in s.figures}
    gap = next(f for title, f in drawn.items() if "lieu d’exercice" in title)
    assert "rupture de série" in gap.svg
    assert 'class="g-line"' not in gap.svg  # one value on each side: nothing to join
    assert "Rupture de série en 2021" in gap.note
    pharmacies = next(f for title, f in drawn.items() if title.startswith("Pharmacies"))
    assert "code D301" in pharmacies.note and "code D307" in pharmacies.note
    assert "libéral" not in pharmacies.note
    assert sum("rupture de série" in f.svg for f in drawn.values()) == 2


def test_no_change_is_told_between_vintages_of_the_equipment_base(department):
    report = evolution.dossier(material(department))
    rows = {row[0]: row for row in cells(report.sections[-1].tables[0])}
    declared = [s for s in evolution.dossier_words("evolution")["series"] if s["kind"] == "supply"]
    told = [row for s in declared for name, row in rows.items() if name == typeset(s["label"])]
    assert len(told) == len(declared) and {row[5] for row in told} == {"non comparable"}
    drawn = next(s for s in report.sections if "équipements" in s.title).figures
    assert all('class="g-line"' not in figure.svg for figure in drawn)
    centres = next(figure for figure in drawn if "Maisons de santé" in figure.title)
    assert "déconseille" in centres.note and "libéra" not in centres.note


def test_every_vintage_drawn_is_cited(mayenne):
    report = evolution.dossier(material(mayenne))
    cited = {line.id: line.vintage for line in report.sources}
    assert cited["drees_apl_gp"] == "2022 et 2023"
    assert cited["insee_bpe"].endswith("2020 et 2021")
    drawn = {int(y) for f in report.sections[0].figures for y in re.findall(r"\b20\d\d\b", f.title)}
    told = cited["drees_doctors"]
    assert str(min(drawn)) in told and str(max(drawn)) in told


def test_a_series_of_one_year_is_not_told(mayenne):
    one = mayenne.demography.loc[lambda t: t["year"] == 2025]
    supply = mayenne.supply.loc[lambda t: t["year"] == 2021]
    apl = mayenne.apl.loc[lambda t: t["year"] == 2023]
    assert (
        evolution.dossier(material(replace(mayenne, demography=one, supply=supply, apl=apl)))
        is None
    )


@pytest.fixture(scope="module")
def contract(mayenne):
    return catalogue_zoning("cls", mayenne.communes, departement="53")


def test_the_contract_of_mayenne_communaute_is_covered_and_counted(mayenne, published, contract):
    assert programmes.dossier(material(mayenne, published)) is None
    report = programmes.dossier(material(mayenne, published, zonings=(contract,)))
    (section,) = report.sections
    zones, figures, coverage = section.tables
    assert cells(zones)[0][1] == "33"
    assert cells(zones)[0][4] == "−2\u202f393 hab."
    assert cells(coverage)[-1][1] == "33 sur 240"
    assert "207 communes" in section.paragraphs[0]
    density = published.select("density", profession="gp", level="epci").table
    same = density.loc[density["zone_code"] == "200055887", "value"].iloc[0]
    assert cells(figures)[0][1] == f"{same:.0f}"


def test_zones_that_overlap_tell_nothing_by_difference(mayenne, published, tmp_path):
    """A contract that is an EPCI less one commune: subtraction would tell that commune."""
    members = mayenne.members("epci")
    laval = [code for code in members.index[members == "200083392"] if code != "53130"]
    path = tmp_path / "cpts.csv"
    path.write_text("Commune;Zone\n" + "".join(f"{c};CPTS fictive\n" for c in laval), "utf-8")
    bundle = bundle_of(mayenne)
    zoning, _ = read_zoning(
        path, "cpts", codes=bundle.codes, communes=bundle.communes, places=bundle.places
    )
    told = zone_indicators(mayenne, (zoning,), published)
    assert set(told.table["level"]) == {"cpts"}
    values = zone_values(mayenne, zoning)
    together = PublicIndicators(
        pd.concat([published.table, told.table], ignore_index=True), threshold=5
    )
    known = head_counts(
        Indicators(
            pd.concat([compute(mayenne, level=LEVELS).table, values.table], ignore_index=True)
        )
    )
    hierarchy = {level: mayenne.members(level) for level in LEVELS}
    hierarchy["cpts"] = pd.Series("cpts-fictive", index=laval)
    found = feasible_intervals(together, known, hierarchy)
    assert (found["level"] == "cpts").any()
    assert not found["is_exposed"].any()
    assert_page_tells_only(
        programmes.dossier(material(mayenne, published, zonings=(zoning,))), told
    )


def assert_page_tells_only(report, told):
    """What the page says of persons is what was attacked with all the rest, and nothing else."""
    personal = {
        (id_, service)
        for id_, service in (tuple(pair) for pair in dossier_words("programmes")["shown"])
        if indicators()[id_].sensitive
    }
    assert personal == {("share_55_plus", "gp")}
    (table,) = (t for s in report.sections for t in s.tables if len(t.heads) > 5)
    (place,) = (i for i, head in enumerate(table.heads) if re.search(r"55\sans", head.text))
    rows = told.table.query("indicator == 'share_55_plus' and profession == 'gp'")
    assert len(rows)
    for name, row in rows.set_index("zone_name").iterrows():
        (shown,) = (line[place].text for line in table.rows if line[0].text == name)
        if row["status"] == "masked":
            assert shown == typeset(row["coarse"]) or shown == "secret"
        else:
            assert shown == f"{100 * row['value']:.0f}"
    ages = re.compile(r"\bans\b|âge")
    said = " ".join(
        text
        for s in report.sections
        for text in (*s.paragraphs, *s.items, *(f.note for f in s.figures))
    )
    assert not ages.search(said + report.lead)


def test_the_attack_reads_the_page_of_cohorts(mayenne, tables, tmp_path):
    page = single(report_page(cohortes.dossier(material(mayenne, cohorts=tables))))
    file = tmp_path / "cohortes.html"
    file.write_bytes(page)
    assert audit.attack_counts(tmp_path) == []
    assert page.count(b">secret<") > 5
    file.write_bytes(page.replace(b">secret<", b">3<", 1))
    found = audit.attack_counts(tmp_path)  # the count put back, and what it gives with the totals
    assert any("de 3 à 3 personnes" in finding.found for finding in found)
    assert {finding.file for finding in found} == {"cohortes.html"}
    assert audit.attack_counts(tmp_path / "ailleurs") == []


@pytest.fixture(scope="module")
def tables(mayenne, tmp_path_factory):
    folder, bundle = tmp_path_factory.mktemp("cohortes"), bundle_of(mayenne)
    read = {}
    for kind in COHORTS:
        path = write_cohort_template(folder / f"{kind}.csv", kind)
        assert cohort_of(path) == kind
        read[kind], _ = read_cohort(
            path, kind, codes=bundle.codes, communes=bundle.communes, places=bundle.places
        )
    return read


def test_small_cohorts_tell_no_person(mayenne, tables):
    report = cohortes.dossier(material(mayenne, cohorts=tables))
    assert [s.title for s in report.sections] == [
        "Étudiants et internes",
        "Aides et engagements",
        "Logements et internes accueillis",
        "Fidélisation des recrues",
    ]
    for section in report.sections:
        for row in cells(section.tables[0]):
            shown = row[2:3] if "Logements" in section.title else row[1:2]
            assert not set(shown) & {"1", "2", "3", "4"}, row
    kept = cells(report.sections[3].tables[0])
    assert all(all(row) for row in kept[:-1]), "a hidden share is an empty cell"
    assert "étudiant" not in report.lead
    assert cohortes.dossier(material(mayenne)) is None
    assert {line.as_of for line in report.sources} == {"21 novembre 2026"}
    foot = re.search(r'<p class="stamp">.*?</p>', single(report_page(report)).decode())
    assert foot and foot.group().count("Mission santé du département") == 1


def test_one_year_is_singular(mayenne):
    recruits = pd.DataFrame(
        {
            "recruit_id": [f"r{i}" for i in range(60)],
            "profession": "gp",
            "commune_code": "53130",
            "installed_date": pd.Timestamp("2015-01-01"),
            "left_date": [
                pd.Timestamp(f"{2015 + 1 + i % 5}-06-01") if i % 2 else pd.NaT for i in range(60)
            ],
        }
    )
    report = cohortes.dossier(material(mayenne, cohorts={"recruits": recruits}))
    drawn = report.sections[0].figures[0].svg.replace("\u202f", " ").replace("\xa0", " ")
    assert "à 1 an " in drawn or "à 1 an." in drawn or "à 1 an," in drawn or "à 1 an<" in drawn
    assert "à 1 ans" not in drawn


@pytest.mark.parametrize("seed", range(6))
def test_retention_is_told_only_as_far_as_departures_are(seed):
    draw = np.random.default_rng(seed)
    start = pd.to_datetime([f"{2012 + int(y)}-03-01" for y in draw.integers(0, 12, 70)])
    stay = pd.to_timedelta(draw.integers(100, 5000, 70), unit="D")
    gone = pd.Series(start + stay).where(draw.random(70) < 0.6)
    recruits = pd.DataFrame({"installed_date": start, "left_date": gone})
    told = published_retention(recruits, TODAY)
    hidden = told["left"].isna().cumsum() > 0
    assert told.loc[hidden, "share"].isna().all()
    assert not told["left"].dropna().between(1, 4).any()
    assert told["share"].dropna().is_monotonic_decreasing
