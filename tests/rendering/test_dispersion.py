"""« Hasard ou écart ? »: says that a territory stands out only when it leaves the funnel."""

from __future__ import annotations

import pandas as pd

from demomed.analysis.funnel import funnel_limits
from demomed.core.indicator import PublicIndicators
from demomed.dossiers import dispersion, inegalites, rang_national, ruralite
from demomed.dossiers.material import Material

BASE = [12_000.0, 30_000.0, 60_000.0, 110_000.0]


def material(toy, counts):
    rows = pd.DataFrame(
        {
            "level": ["epci"] * len(counts) + ["departement"],
            "zone_code": [*(f"z{i}" for i in range(len(counts))), "99"],
            "zone_name": [*(f"Zone {i}" for i in range(len(counts))), "Toy"],
            "indicator": "density",
            "profession": "gp",
            "numerator": [*counts, 0.001 * sum(BASE)],
            "denominator": [*BASE[: len(counts)], sum(BASE)],
            "sources": "insee_bpe",
        }
    )
    rows["value"] = rows["numerator"] / rows["denominator"] * 1e5
    public = PublicIndicators(rows)
    return Material(toy.toy_territory(), public, None, toy.toy_scene(), (), "0.0.0")


def readings(report):
    return {row[0].text: row[5].text for row in report.sections[0].tables[0].rows}


def test_only_what_leaves_the_outer_limits_is_said_to_stand_out(toy):
    low = funnel_limits([BASE[1]], 0.001, level=0.998)["low"].iloc[0] * BASE[1]
    inside, outside = (
        dispersion.dossier(material(toy, [12.0, count, 60.0, 110.0]))
        for count in (float(int(low) + 1), float(int(low) - 1))
    )
    assert "Aucune des quatre" in inside.lead
    assert readings(inside)["Zone 1"].startswith("à surveiller")
    assert "Zone 1 (nettement au-dessous)" in outside.lead
    assert "une s’écarte nettement" in outside.lead
    assert readings(outside)["Zone 0"] == "ne se distingue pas du département"


def test_nothing_is_told_of_too_few_territories(toy):
    assert dispersion.dossier(material(toy, [12.0, 30.0])) is None
    for page in (inegalites, rang_national, ruralite):
        assert page.dossier(material(toy, [12.0, 30.0])) is None


def test_small_territories_are_smoothed_towards_the_mean(toy):
    report = dispersion.dossier(material(toy, [2.0, 30.0, 90.0, 110.0]))
    rows = {row[0].text: row for row in report.sections[0].tables[0].rows}
    raw, smoothed = ([float(rows[f"Zone {k}"][column].text) for k in range(4)] for column in (3, 6))
    centre = 100  # the department, which the limits are around, not the mean of the zones (109)
    for before, after in zip(raw, smoothed, strict=True):
        assert abs(after - centre) <= abs(before - centre) + 1
    assert smoothed[0] - raw[0] > 20  # 12 000 inhabitants
    assert abs(smoothed[3] - raw[3]) < 10  # 110 000


def test_without_variance_between_territories_the_note_does_not_bet(toy):
    calm = dispersion.dossier(material(toy, [12.0, 30.0, 60.0, 110.0]))
    table = calm.sections[0].tables[0]
    assert {row[6].text for row in table.rows} == {"100"}
    assert "aucune variance décelable" in table.note and "parierait" not in table.note
    wild = dispersion.dossier(material(toy, [2.0, 8.0, 110.0, 110.0]))
    assert "parierait" in wild.sections[0].tables[0].note


def test_more_than_chance_between_territories_is_said(toy):
    calm = dispersion.dossier(material(toy, [12.0, 30.0, 60.0, 110.0]))
    assert "ne dépassent pas" in calm.sections[0].paragraphs[0]
    wild = dispersion.dossier(material(toy, [2.0, 8.0, 110.0, 110.0]))
    assert "fois ceux que donnerait le seul hasard" in wild.sections[0].paragraphs[0]
