"""Every declaration is complete, in French, and typeset."""

from __future__ import annotations

import re

import pytest

import demomed.analysis
from demomed.core.indicator import indicators

DECLARED = {
    id_: one
    for id_, one in indicators().items()
    if one.measure.__module__.startswith(demomed.analysis.__name__)
}
THIN = "\u202f"


@pytest.mark.parametrize("one", DECLARED.values(), ids=list(DECLARED))
def test_declaration_is_complete(one):
    assert one.label and one.short_label and one.sources
    assert bool(one.numerator) is (one.id != "median_age"), "a median has no numerator"
    assert one.description.endswith(".") and one.caveat.endswith(".")
    assert one.kind == "count" or one.unit
    assert one.kind == "count" or one.denominator
    assert one.theme in {"offre", "age", "acces", "besoins", "priorites"}
    assert one.kind != "count" or one.breaks is None
    assert ("{profession}" in one.label) <= bool(one.professions)
    assert len(one.short_label) <= 30
    if one.breaks:
        assert list(one.breaks) == sorted(set(one.breaks))


@pytest.mark.parametrize("one", DECLARED.values(), ids=list(DECLARED))
def test_french_typography(one):
    for text in (
        one.label,
        one.short_label,
        one.unit,
        one.description,
        one.caveat,
        one.numerator,
        one.denominator,
    ):
        assert not re.search(
            r"[^\u202f\s][:;?!%](?=\s|$)", text.replace("{", "").replace("}", "")
        ), text
        assert not re.search(r" [:;?!%]", text), text
        assert not re.search(r"\d \d{3}", text), text
        assert "'" not in text and "~" not in text and "  " not in text, text
        assert not re.search(r"\bdésert", text), text


def test_facts_about_persons_are_sensitive_and_the_official_signal_comes_first():
    ages = [id_ for id_, one in DECLARED.items() if one.theme == "age"]
    assert ages[0] == "reachable_share_over_60"
    for id_ in ages:
        one = DECLARED[id_]
        assert one.sensitive == (one.nature == "register"), id_
    assert not any(one.sensitive for one in DECLARED.values() if one.theme != "age")
    assert next(iter(DECLARED)) == "supply_count"


def test_estimated_times_say_so():
    for one in DECLARED.values():
        if one.nature == "estimated":
            assert "estimé" in one.caveat and "vol d’oiseau" in one.caveat
