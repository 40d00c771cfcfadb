"""« Départs à venir »: the official range adds up, and the register is told as the gate left it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from demomed.analysis import compute
from demomed.analysis.departures import zone_departures
from demomed.core.disclosure import protect
from demomed.core.indicator import PublicIndicators
from demomed.core.territory import LEVELS
from demomed.dossiers import departs
from demomed.dossiers.material import Material
from demomed.pipeline import load_territory
from demomed.rendering.french import typeset
from demomed.rendering.scene import make_scene


@pytest.fixture(scope="module")
def material(toy):
    territory = toy.toy_territory()
    wanted = ["reachable_share_over_60", "share_55_plus", "share_60_plus"]
    values = compute(territory, wanted, level=LEVELS)
    public = protect(values, hierarchy={level: territory.members(level) for level in LEVELS})
    return Material(territory, public, None, toy.toy_scene(), (), "0.0.0")


def cells(report, section):
    return [[cell.text for cell in row] for row in report.sections[section].tables[0].rows]


def test_ten_years_start_where_five_end(material):
    five, ten = (zone_departures(material.territory, "gp", years) for years in (5, 10))
    pd.testing.assert_series_equal(
        five["departures_high_count"], ten["departures_low_count"], check_names=False
    )
    assert ten["departures_high_count"].isna().all()
    assert (five["departures_low_count"] <= five["departures_high_count"]).all()


def test_the_page_tells_both_horizons_by_zone(material):
    report = departs.dossier(material)
    assert report.nature_label == "estimé"
    rows = cells(report, 0)
    assert len(rows) == len(material.scene.zones["epci"])
    assert all(row[3].startswith("environ ") or row[3] in ("0", "n.d.") for row in rows)
    assert "au moins" not in report.lead + "".join(report.method)
    assert report.key_figures[0].value in report.lead


def test_what_the_gate_masks_is_not_on_the_page(material):
    table = material.public.table.copy()
    hidden = table["indicator"].isin(departs.FROM_REGISTER.values()) & (table["level"] == "epci")
    table.loc[hidden, ["numerator", "denominator", "value", "low", "high"]] = None
    table.loc[hidden, "status"] = "masked"
    table.loc[hidden, "coarse"] = ""
    masked = replace(material.public, table=table)
    assert isinstance(masked, PublicIndicators)
    report = departs.dossier(replace(material, public=masked))
    assert {text for row in cells(report, 1) for text in row[1:]} == {"secret"}


def test_nothing_without_an_accessibility_by_age(material):
    territory = material.territory
    whole = territory.apl.loc[territory.apl["age_limit"] == "all"]
    silent = replace(material, territory=replace(territory, apl=whole))
    assert departs.dossier(silent) is None


@pytest.mark.parametrize(
    ("code", "low", "high", "of"), [("53", 24, 58, 194), ("41", 42, 85, 258), ("61", 25, 64, 192)]
)
def test_the_department_counts_its_own_communes_only(code, low, high, of):
    """EPCIs that cross the border bring in practitioners of another department (53: 209)."""
    territory = load_territory(code)
    public = protect(
        compute(territory, ["reachable_share_over_60"], level=LEVELS),
        hierarchy={level: territory.members(level) for level in LEVELS},
    )
    report = departs.dossier(Material(territory, public, None, make_scene(territory), (), "0.0.0"))
    five, ten = report.key_figures
    assert (five.value, ten.value) == (f"{low} à {high}", f"environ {high}")
    assert f"sur {of} généralistes" in five.comparison.replace("\u00a0", " ")
    assert typeset(f"des {of} généralistes {territory.department.of}") in report.lead
    assert "APL au 31 décembre 2023" in report.date_label.replace("\u00a0", " ")
    assert "1ᵉʳ janvier 2021" in report.date_label.replace("\u00a0", " ")
    whole = zone_departures(territory, "gp")["departures_high_count"].sum()
    assert high < whole
