"""« Relève »: no share without its stock, figures of the source, the register through the gate."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from demomed.core.indicator import PublicIndicators
from demomed.dossiers import evolution, releve
from demomed.rendering.french import number

SALARIED = "drees_nurses_salaried"


@pytest.fixture(scope="module")
def report(mayenne):
    return releve.dossier(mayenne)


def count(mayenne, year, band="all", source="drees_nurses_liberal"):
    table = mayenne.territory.demography
    rows = table.loc[
        (table["source_id"] == source)
        & (table["area_level"] == "departement")
        & (table["area_code"] == "53")
        & (table["year"] == year)
        & (table["sex"] == "all")
        & (table["age_band"] == band)
    ]
    return float(rows["count"].sum())


def test_stock_is_that_of_the_source(report, mayenne):
    years = report.sections[0].tables[1]
    for row in years.rows:
        year = int(row[0].text)
        old = sum(count(mayenne, year, band) for band in ("55-59", "60-64", "65+"))
        assert row[1].text == number(count(mayenne, year))
        assert row[2].text == number(old)


def test_stock_is_the_published_total_not_the_sum_of_bands(report, mayenne):
    """Salaried nurses of 2013: 1 961 published, bands that add up to 1 962."""
    section = next(s for s in report.sections if "salariés" in s.title)
    told = {row[0].text: row[1].text for row in section.tables[1].rows}
    assert told["2013"] == number(1961) == number(count(mayenne, 2013, source=SALARIED))
    evolved = evolution.dossier(mayenne).sections[-1].tables[0]
    same = next(row for row in evolved.rows if row[0].text == "Infirmiers salariés")
    assert same[3].text == told["2013"]


def test_flow_is_the_change_of_the_stock(report, mayenne):
    key = report.key_figures[2]
    change = count(mayenne, 2023) - count(mayenne, 2018)
    assert float(key.value.replace("−", "-").replace("+", "")) == change


def test_a_share_is_never_alone(report):
    for section in report.sections:
        for table in section.tables:
            heads = [head.text for head in table.heads]
            if any(head.startswith("Part") for head in heads):
                assert {"55 ans ou plus"} <= set(heads), heads
    assert re.search(r"soit \d+ puis \d+ personnes", report.lead)


@pytest.mark.parametrize(
    ("before", "after", "trap"),
    [
        ((100, 50), (90, 40), "trap_both"),
        ((100, 50), (150, 60), "trap_more"),
        ((100, 40), (80, 40), "trap_less"),
        ((100, 40), (120, 60), "trap_none"),
    ],
)
def test_the_reading_the_share_alone_would_miss(before, after, trap):
    first, last = (
        pd.Series({"stock": stock, "old": old, "share": old / stock})
        for stock, old in (before, after)
    )
    assert releve._trap(first, last) == trap


def test_a_masked_share_of_the_register_stays_masked(mayenne):
    table = mayenne.public.table.copy()
    hit = (
        (table["indicator"] == "share_55_plus")
        & (table["profession"] == "dentist")
        & (table["level"] == "departement")
    )
    table.loc[hit, ["value", "low", "high", "numerator", "denominator"]] = None
    table.loc[hit, "status"] = "masked"
    report = releve.dossier(replace(mayenne, public=PublicIndicators(table)))
    row = next(r for r in report.sections[-1].tables[0].rows if "dentistes" in r[0].text)
    assert [cell.text for cell in row[1:4]] == ["secret"] * 3


def test_nothing_without_counts_by_age(mayenne):
    silent = replace(mayenne.territory, demography=mayenne.territory.demography.iloc[:0])
    assert releve.dossier(replace(mayenne, territory=silent)) is None
