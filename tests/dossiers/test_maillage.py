"""« Maillage »: rows add up, the department is all its communes, coverage is counted."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from demomed.core.indicator import PublicIndicators
from demomed.dossiers import maillage
from demomed.rendering.binding import single
from demomed.rendering.page import report_page
from demomed.rendering.reports import dossier_words


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


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (1.0, "100"),
        (0.999, "99"),
        (1 - 1e-12, "100"),
        (0.004, "moins de 1"),
        (0.0, "0"),
        (0.42, "42"),
    ],
)
def test_a_share_reads_none_or_all_only_if_it_is(share, told):
    assert maillage._percent(share) == f"{told}\u202f%"


def test_not_all_are_within_a_limit_that_one_is_beyond(report):
    for section in report.sections[1:-1]:
        for row in section.tables[0].rows:
            longest = int(row[4].text)
            for column, limit in ((5, 15), (6, 20), (7, 30)):
                if longest > limit:
                    assert not row[column].text.startswith("100"), (row[0].text, limit)


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [
        (0.0, 0.02, "au vu des temps retenus (de 0 % à 2 % selon les temps)"),
        (0.001, 0.02, "(de moins de 1 % à 2 % selon les temps)"),
        (0.0, 0.0, None),
    ],
)
def test_who_cumulates_is_no_surer_than_the_times(mayenne, low, high, says):
    table = mayenne.public.table.copy()
    at = (table["indicator"] == "cumulated_remoteness") & (table["level"] == "departement")
    assert at.sum() == 1
    table.loc[at, ["low", "high"]] = low, high
    lead = maillage.dossier(replace(mayenne, public=PublicIndicators(table))).lead
    plain = lead.replace("\u202f", " ").replace("\xa0", " ")
    assert ("selon les temps" in plain) == bool(says)
    assert (says or "") in plain


def test_none_and_a_few_who_cumulate_are_told_apart(mayenne):
    def lead(counts):
        row = pd.Series(counts, index=[0, 1, 2, 3, "unknown"], dtype=float)
        mesh = pd.Series({"mean_min": 4.0, "max_min": 16.0})
        minutes = pd.Series(5.0, index=mayenne.territory.members("commune").index)
        words = dossier_words("maillage")["words"]
        return maillage._lead(row, mesh, minutes, minutes, mayenne, words)

    assert "aucun ne cumule" in lead([90, 10, 0, 0, 0])
    few = lead([99_000, 900, 50, 1, 0])
    assert "99\u202f% des habitants" in few and "moins de 1\u202f% cumulent" in few
    assert "dont moins de 1\u202f% les trois" in few
    assert lead([0, 10, 5, 0, 0]).startswith("Aucun habitant n'est proche")


def test_every_count_shown_is_credited(report):
    credited = {line.id for line in report.sources}
    assert {"insee_bpe", "insee_populations", "ign_chefs_lieux", "cls"} <= credited
    assert "Contrats locaux" in report.sections[-1].tables[0].note


def test_a_source_without_a_date_has_no_hole_in_its_line(report):
    page = single(report_page(report)).decode()
    assert "Intercommunalités signataires. Relevé de faits publics." in page
    assert "Situation au  ;" not in page and ", <small" not in page
