"""The attack on a published folder: it sees what its table tells, and finds what should not be."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from demomed import audit, pipeline
from demomed.analysis import compute
from demomed.core.attack import feasible_intervals, head_counts
from demomed.core.facts import sensitive
from demomed.core.indicator import PublicIndicators
from demomed.core.territory import LEVELS
from demomed.rendering.republished import read_published
from demomed.rendering.table import indicators_csv


@pytest.fixture(scope="module")
def measured(toyland):
    return compute(toyland, level=LEVELS)


@pytest.fixture(scope="module")
def public(toyland, measured):
    return pipeline.protected(toyland, measured)


@pytest.fixture
def folder(tmp_path, toyland, public):
    out = tmp_path / "99"
    out.mkdir()
    (out / "indicateurs.csv").write_bytes(indicators_csv(public, toyland))
    (out / "manifest.json").write_text(json.dumps({"department": "99"}), encoding="utf-8")
    return out


def test_table_read_back_tells_an_attacker_as_much_as_the_publication(toyland, measured, public):
    back = read_published(indicators_csv(public, toyland))
    rows = ["level", "zone_code", "indicator", "profession", "status", "denominator", "coarse"]
    for column in rows:
        read, told = (p.table[column].astype(object) for p in (back, public))
        assert read.where(read.notna(), "").tolist() == told.where(told.notna(), "").tolist()
    nested = {level: toyland.members(level) for level in LEVELS}
    known = head_counts(measured)
    found = feasible_intervals(back, known, nested)
    assert len(found)
    assert found.equals(feasible_intervals(public, known, nested))


def test_nothing_is_found_in_what_the_gate_let_through(folder, toyland):
    assert audit.department_of(folder) == "99"
    assert audit.attack_site(folder, toyland) == []


def test_what_bypasses_the_gate_is_found(folder, toyland, measured):
    naked = PublicIndicators(measured.table.assign(coarse=""), threshold=5)
    (folder / "indicateurs.csv").write_bytes(indicators_csv(naked, toyland))
    findings = audit.attack_site(folder, toyland)
    assert findings
    assert all("par calcul" in f.found or "autres" in f.found for f in findings)
    assert len(findings) <= audit.MOST_TOLD + 1


def test_one_small_number_left_in_the_table_is_found(folder, toyland, measured, public):
    """A hidden row put back by hand is enough."""
    hidden = public.table["status"].eq("masked") & sensitive(public.table)
    true = measured.table.set_index(["level", "zone_code", "indicator", "profession", "date"])
    put_back = 0
    for label in public.table.index[hidden & public.table["level"].eq("epci")]:
        row = public.table.loc[label]
        held = true.loc[tuple(row[k] for k in true.index.names)]
        if held["denominator"] >= 1 and row["indicator"] == "share_55_plus":
            table = public.table.copy()
            for column in ("value", "numerator", "denominator"):
                table.loc[label, column] = held[column]
            table.loc[label, ["status", "coarse"]] = ["value", ""]
            findings = audit.attack(PublicIndicators(table, threshold=5), toyland)
            put_back += bool(findings)
    assert put_back


def test_another_register_is_told_and_not_attacked(toyland, public):
    table = public.table.copy()
    label = table.index[sensitive(table)][0]
    table.loc[label, ["value", "numerator", "denominator"]] = [0.25, 10.0, 40.0]
    table.loc[label, "status"] = "value"
    (finding,) = audit.attack(PublicIndicators(table, threshold=5), toyland)
    assert "effectifs différents" in finding.found


def test_a_folder_without_table_has_nothing_to_attack(tmp_path, toyland):
    assert audit.attack_site(tmp_path, toyland) == []
    assert audit.department_of(tmp_path) == ""


def test_a_portal_of_another_register_is_told_apart(folder, toyland, measured, tmp_path):
    naked = PublicIndicators(measured.table.assign(coarse=""), threshold=5)
    (folder / "indicateurs.csv").write_bytes(indicators_csv(naked, toyland))
    assert audit.is_of(folder, toyland)
    fewer = replace(toyland, practitioners=toyland.practitioners.iloc[::2])
    assert not audit.is_of(folder, fewer)
    assert not audit.is_of(tmp_path / "absent", toyland)
