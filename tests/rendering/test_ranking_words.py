"""The ranking in words: what a verdict rests on, and the zones that are not ranked."""

import csv
import io
from dataclasses import replace

import pandas as pd
import pytest

from demomed.core.catalogue import texts
from demomed.core.ranking import DEPENDS, OUTSIDE, RARE_SHARE, ROBUST, ROBUST_SHARE
from demomed.rendering.compose import compose
from demomed.rendering.french import NARROW
from demomed.rendering.priority import (
    priority_bars,
    priority_finding,
    rank_words,
)
from demomed.rendering.table import ranking_csv

FR = texts("fr")


@pytest.fixture
def names(toy):
    return {toy.BOCAGE: "le Bocage", toy.VALLEE: "la Vallée"}


def with_rows(toy, **columns):
    ranking = toy.toy_ranking()
    return replace(ranking, table=ranking.table.assign(**columns))


def half_outside(toy):
    """The Vallée is ranked; the Bocage belongs to another department."""
    ranking = toy.toy_ranking()
    gone = pd.DataFrame(
        {
            "zone_name": ["CC du Bocage de Toy"],
            "score": [float("nan")],
            "p_top": [float("nan")],
            "verdict": [OUTSIDE],
            "status": ["outside"],
        },
        index=pd.Index([toy.BOCAGE], name="zone_code"),
    )
    table = ranking.table.loc[[toy.VALLEE]].reindex([toy.VALLEE, toy.BOCAGE])
    table = table.fillna(gone)
    return replace(ranking, table=table, contributions=ranking.contributions.drop(toy.BOCAGE))


def plain(text):
    return text.replace(NARROW, " ").replace("\u00a0", " ")


def csv_rows(ranking):
    text = ranking_csv(ranking).decode("utf-8-sig")
    return {row["code"]: row for row in csv.DictReader(io.StringIO(text), delimiter=";")}


def test_a_rank_interval_says_in_how_many_draws():
    moving = {"rank_low": 1, "rank_high": 4}
    assert plain(rank_words(moving, FR)) == "du 1ᵉʳ au 4ᵉ rang dans neuf tirages sur dix"
    still = {"rank_low": 2, "rank_high": 2}
    assert "neuf tirages sur dix" in plain(rank_words(still, FR))


def test_the_description_of_the_files_tells_the_cut_offs():
    fields = FR["compose"]["package"]["fields"]
    for share in (ROBUST_SHARE, RARE_SHARE):
        assert f"{share:.0%}".replace("%", " %") in fields["lecture"]
    assert OUTSIDE in fields["lecture"]


def test_a_zone_of_another_department_is_named_everywhere_and_ranked_nowhere(toy, names):
    ranking = half_outside(toy)
    bars = {bar.code: bar for bar in priority_bars(ranking, names, FR)}
    assert bars[toy.BOCAGE].rank == "" and bars[toy.BOCAGE].value is None
    assert bars[toy.BOCAGE].status.startswith("hors classement")
    assert "autre département" in bars[toy.BOCAGE].status
    row = csv_rows(ranking)[toy.BOCAGE]
    assert row["rang"] == row["indice"] == "" and row["lecture"] == OUTSIDE
    told = priority_finding(ranking, names, FR, "estimated")
    assert "Vallée" in told and "Bocage" not in told


def test_a_zone_of_another_department_has_no_score_on_the_map(toy):
    document = compose(
        toy.toy_territory(), toy.toy_public(), "priorites", ranking=half_outside(toy), version="0"
    )
    layer = next(layer for layer in document.layers if layer.id == "priority")
    position = document.zones["epci"].codes.index(toy.BOCAGE)
    assert layer.levels["epci"].statuses[position] == "not_applicable"
    table = next(table for table in document.tables if table.level == "epci")
    assert OUTSIDE in table.cells[table.codes.index(toy.BOCAGE)]


@pytest.mark.parametrize("robust", [True, False])
def test_the_lead_follows_the_verdict_whatever_the_share(toy, names, robust):
    verdict = ROBUST if robust else DEPENDS
    told = priority_finding(with_rows(toy, verdict=[verdict, DEPENDS]), names, FR, "estimated")
    assert ("dépend des choix" in told) is not robust
