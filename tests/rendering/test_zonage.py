"""« Classement et zonage »: the simulation is told apart, sizes are alike, the table adds up."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from demomed.analysis import compute
from demomed.analysis.zoning import agreement
from demomed.core.disclosure import protect
from demomed.core.ranking import DEPENDS
from demomed.core.territory import LEVELS
from demomed.dossiers import zonage
from demomed.dossiers.material import Material
from demomed.rendering.reports import dossier_words

LEGAL = {"99001": "ZAC", "99002": "ZIP", "99003": "ZAR", "99004": "ZIP"}


@pytest.fixture(scope="module")
def material(toy):
    territory = toy.toy_territory()
    communes = territory.communes.copy()
    communes["zoning_gp"] = pd.Series(LEGAL).reindex(communes.index)
    territory = replace(territory, communes=communes)
    values = compute(territory, ["apl"], level=LEVELS)
    public = protect(values, hierarchy={level: territory.members(level) for level in LEVELS})
    return Material(territory, public, toy.toy_ranking(), toy.toy_scene(), (), "0.0.0")


def number_of(text):
    return float("".join(c for c in text.replace(",", ".") if c.isdigit() or c == "."))


def test_the_cross_table_counts_every_inhabitant_with_both_classes(material):
    report = zonage.dossier(material)
    zones = zonage.zoned_communes(material)
    rows = report.sections[1].tables[0].rows
    total = sum(number_of(cell.text) for row in rows for cell in row[1:])
    assert total == zones.dropna()["people"].sum()
    same = zones.dropna().query("legal == simulated")["people"].sum()
    assert report.key_figures[0].value == f"{100 * same / total:.0f}"


def test_regional_zones_are_neither_of_the_two_national_classes(material):
    zones = zonage.zoned_communes(material)
    assert zones.loc["99003", "legal"] == "HZ"
    assert set(zones["simulated"].dropna()) <= {"ZIP", "ZAC", "HZ"}


def test_the_simulation_reaches_the_size_of_the_legal_class_least_accessible_first(material):
    zones = zonage.zoned_communes(material).dropna(subset=["simulated"])
    access = material.territory.apl_of(age_limit="65")["apl"].reindex(zones.index)
    inside = zones["simulated"] == "ZIP"
    assert inside.any()
    assert not inside.all()
    assert access[inside].max() <= access[~inside].min()
    share = zones.loc[inside, "people"].sum() / zones["people"].sum()
    known = zones.dropna(subset=["legal"])
    legal = known.loc[known["legal"] == "ZIP", "people"].sum() / known["people"].sum()
    assert share >= legal - 1e-9


def heavy(material):
    """Name of the commune told to weigh, from the tables; nothing when none does."""
    both = zonage.zoned_communes(material).dropna()
    unlike = both.loc[both["legal"] != both["simulated"], "people"]
    share = unlike / unlike.sum()
    if not len(share) or share.max() < zonage.HEAVY_SHARE:
        return None
    return material.territory.communes.loc[share.idxmax(), "commune_name"]


def test_the_commune_that_makes_the_disagreement_is_named(material):
    territory = material.territory
    communes = territory.communes.copy()
    communes["zoning_gp"] = pd.Series(dict.fromkeys(communes.index, "ZAC"))
    first = zonage.zoned_communes(material).dropna()["simulated"].index
    communes.loc[first[-1], "zoning_gp"] = "ZIP"
    other = replace(material, territory=replace(territory, communes=communes))
    name, told = heavy(other), zonage.dossier(other).caveats
    assert name is not None
    assert any(str(name) in text and "classés autrement" in text for text in told)


def test_the_simulation_counts_the_doctors_of_the_order_and_says_so(material):
    apl = material.territory.apl
    turned = apl.assign(apl=apl["apl"].where(apl["age_limit"] != "65", 20 - apl["apl"]))
    other = replace(material, territory=replace(material.territory, apl=turned))
    plain, reversed_ = (zonage.zoned_communes(m)["simulated"] for m in (material, other))
    assert not plain.equals(reversed_), "the accessibility up to 65 decides"
    assert any("comme l’arrêté" in text for text in zonage.dossier(material).caveats)
    wide = zonage.zoned_communes(material, "all")
    same = wide.dropna().query("legal == simulated")["people"].sum() / wide.dropna()["people"].sum()
    assert f"de {100 * same:.0f}" in zonage.dossier(material).caveats[-1 - bool(heavy(material))]
    every = replace(material.territory, apl=apl.loc[apl["age_limit"] != "65"])
    told = zonage.dossier(replace(material, territory=every))
    assert any("tous les médecins" in text for text in told.caveats)
    assert not any("comme l’arrêté" in text for text in told.caveats)


@pytest.mark.parametrize(
    ("legal", "simulated", "told"),
    [
        ("AAABBB", "AABABB", "mieux que le hasard, sans plus"),  # two thirds, half by chance
        ("AAAAAAAAAB", "AAAAAAAABA", "à peine mieux que le hasard"),  # 80 %, less than chance
        ("AAAABBBB", "AAAABBBB", "bien mieux que le hasard"),
    ],
)
def test_the_lead_sets_the_agreement_beside_chance(legal, simulated, told):
    classes = {"A": "HZ", "B": "ZIP"}
    first, second = (pd.Series(list(text)).map(classes) for text in (legal, simulated))
    table = agreement(first, second)
    shares = first.value_counts(normalize=True) * second.value_counts(normalize=True)
    nobody = pd.DataFrame(columns=["rank", "verdict"])
    lead = zonage._lead(table, nobody, dossier_words("zonage"))
    assert f", {told} : " in lead
    assert f"en classeraient {100 * shares.sum():.0f}" in lead


def test_the_lead_does_not_say_that_zones_are_first_when_they_only_may_be(material):
    table = material.ranking.table.copy()
    table["verdict"] = [DEPENDS, *["rarement parmi les premiers"] * (len(table) - 1)]
    ranking = replace(material.ranking, table=table)
    lead = zonage.dossier(replace(material, ranking=ranking)).lead
    assert f"pourrait mettre en tête selon les choix de méthode (1 sur {len(table)})" in lead


def test_the_simulation_is_called_so_wherever_it_stands(material):
    report = zonage.dossier(material)
    assert report.nature_label == "simulé"
    legal, simulated = report.sections[0].figures
    assert "imulation" not in legal.title
    assert "Simulation, non le zonage en vigueur" in simulated.title
    assert all("Simulation" in cell.text for cell in report.sections[1].tables[0].heads[1:])


def test_nothing_without_a_zoning_or_an_accessibility(material):
    territory = material.territory
    bare = replace(territory, communes=territory.communes.assign(zoning_gp=None))
    assert zonage.dossier(replace(material, territory=bare)) is None
    silent = replace(territory, apl=territory.apl.iloc[:0])
    assert zonage.dossier(replace(material, territory=silent)) is None


def test_without_a_ranking_the_zoning_is_still_told(material):
    report = zonage.dossier(replace(material, ranking=None))
    assert len(report.sections) == 2
    assert "classement met en tête" not in report.lead
