"""« Voisinages »: what it tells of Mayenne, its map without colour, and its absence told."""

from __future__ import annotations

import re

import pytest

from demomed.analysis import space
from demomed.analysis.smoothing import standardised_rates
from demomed.dossiers import lacking, voisinages
from demomed.rendering.french import number, typeset
from demomed.rendering.reports import dossier_words


@pytest.fixture(scope="module")
def report(mayenne):
    return voisinages.dossier(mayenne)


def test_lead_says_what_the_statistics_say(report, mayenne):
    rows = mayenne.public.select("apl", profession="gp", level="commune").table
    graph = space.neighbour_graph(mayenne.territory.zones("commune").geometry.sort_index())
    found = space.global_moran(rows.set_index("zone_code")["value"].astype(float), graph)
    assert f"indice de Moran {number(found.value, 2)}" in report.lead
    assert found.p < 0.001
    assert "trois communes" not in report.lead
    table = report.sections[0].tables[0]
    assert table.rows[1][2].text == number(found.value, 2)


def test_every_commune_is_in_one_class_of_the_map(report, mayenne):
    for figure in report.sections[1].figures:
        counts = [int(n) for n in re.findall(r"\((\d+)\)</text>", figure.svg)]
        assert sum(counts) == len(mayenne.territory.zones("commune"))


def test_significant_classes_carry_a_pattern(report):
    drawn = next(f for f in report.sections[1].figures if "APL" in f.title).svg
    declared = dossier_words("voisinages")
    told = [name for name, label in declared["quadrants"].items() if label in drawn]
    patterns = {declared["looks"][name][1] for name in told if name in declared["looks"]}
    assert patterns
    for pattern in patterns:
        assert f"url(#{pattern}-" in drawn


def test_density_is_standardised_not_raw(report, mayenne):
    rows = mayenne.public.select("density", profession="gp", level="commune").table
    rows = rows.set_index("zone_code")
    graph = space.neighbour_graph(mayenne.territory.zones("commune").geometry.sort_index())
    raw, standardised = (
        space.local_moran(values, graph)["p"]
        for values in (
            rows["value"].astype(float),
            standardised_rates(rows["numerator"].astype(float), rows["denominator"].astype(float)),
        )
    )
    told = report.sections[0].tables[0].rows[0][6].text
    assert (raw <= space.LEVEL).sum() != (standardised <= space.LEVEL).sum()
    assert told == number(int((standardised <= space.LEVEL).sum()))


def test_method_tells_the_permutations_made():
    told = " ".join(dossier_words("voisinages")["method"])
    assert number(space.PERMUTATIONS).replace("\u202f", " ") in told


def test_without_the_extra_it_is_absent_and_the_terminal_says_why(mayenne, monkeypatch):
    assert lacking() == ()
    monkeypatch.setattr(space, "find_spec", lambda name: None)
    assert voisinages.dossier(mayenne) is None
    assert "space" in lacking()[0]
    assert "esda" in lacking()[0]


def test_every_subject_is_dated(report):
    assert report.date_label == typeset("densités au 1ᵉʳ janvier 2021 ; APL au 31 décembre 2023")
