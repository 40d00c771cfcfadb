"""« Villes et campagnes »: what its lead estimates is said, and every subject has its date."""

from __future__ import annotations

from dataclasses import replace

import pytest

from demomed.core.indicator import PublicIndicators
from demomed.dossiers import ruralite
from demomed.rendering.french import typeset


@pytest.fixture(scope="module")
def report(mayenne):
    return ruralite.dossier(mayenne)


def test_minutes_of_the_lead_are_told_estimated(report):
    minutes = next(
        part for part in report.lead.split(". ") if " min" in part.replace("\u00a0", " ")
    )
    assert "(temps estimés)" in minutes.replace("\u00a0", " ")


def test_every_subject_is_dated(report):
    assert report.date_label == typeset(
        "densités et temps estimés au 1ᵉʳ janvier 2021 ; APL au 31 décembre 2023 ; "
        "temps estimés aux urgences au 31 décembre 2024"
    )


def test_a_subject_that_is_not_published_has_no_date(mayenne):
    table = mayenne.public.table
    silent = PublicIndicators(table.loc[table["indicator"] != "minutes_nearest"])
    assert "temps" not in ruralite.dossier(replace(mayenne, public=silent)).date_label
