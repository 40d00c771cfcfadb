"""« Maillage »: rows add up, the department is all its communes, coverage is counted."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from demomed.dossiers import maillage


@pytest.fixture(scope="module")
def report(mayenne):
    return maillage.dossier(mayenne)


def people(text):
    return int("".join(re.findall(r"\d", text.split("(")[0])))


def test_every_inhabitant_is_counted_once(report, mayenne):
    rows = report.sections[0].tables[0].rows
    whole, parts = rows[0], rows[1:]
    own = mayenne.territory.members("commune").index
    assert (
        sum(people(c.text) for c in whole[1:])
        == mayenne.territory.communes.loc[own, "population"].sum()
    )
    for column in range(1, 6):
        assert people(whole[column].text) == sum(people(row[column].text) for row in parts)


def test_the_longest_time_is_that_of_a_commune(report, mayenne):
    table = mayenne.public.select("minutes_nearest", profession="emergency", level="commune").table
    section = next(s for s in report.sections if "urgences" in s.title)
    row = section.tables[0].rows[0]
    assert int(row[4].text) == round(table["value"].astype(float).max())
    assert [int(row[k].text) for k in (2, 3, 4)] == sorted(int(row[k].text) for k in (2, 3, 4))
    shares = [float(row[k].text.split("\u202f")[0]) for k in (5, 6, 7)]
    assert shares == sorted(shares)


def test_coverage_agrees_with_the_indicator(report, mayenne):
    row = report.sections[-1].tables[0].rows[0]
    value = mayenne.public.select("pole_within_10km", level="departement").table["value"].iloc[0]
    assert row[1].text.startswith(str(round(100 * value)))


def test_nothing_without_a_known_time(mayenne):
    table = mayenne.public.table.copy()
    hit = (table["indicator"] == "minutes_nearest") & (table["profession"] == "pharmacy")
    table.loc[hit, "value"] = None
    silent = replace(mayenne.public, table=table)
    assert maillage.dossier(replace(mayenne, public=silent)) is None
