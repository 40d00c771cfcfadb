"""« Inégalités d'accès »: means of tenths, depth and the word on income follow the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from demomed.dossiers import inegalites
from demomed.rendering.french import number
from demomed.rendering.reports import dossier_words

WORDS = dossier_words("inegalites")["words"]


def shared(values, people, income):
    index = [f"c{k}" for k in range(len(values))]
    series = (pd.Series(x, index=index, dtype=float) for x in (values, people, income))
    asked = {"label": "APL", "indicator": "apl"}
    return inegalites.Shared(asked, *series, "drees_apl_gp")


def test_means_of_parts_of_the_inhabitants():
    one = shared([1.0, 2.0, 3.0, 10.0], [40, 30, 20, 10], [1, 2, 3, 4])
    assert one.mean_between(0, 0.4) == pytest.approx(1.0)
    assert one.mean_between(0.9, 1) == pytest.approx(10.0)
    assert one.mean_between(0, 1) == pytest.approx(2.6)
    assert inegalites.depth(one, 2.5) == pytest.approx((40 * 0.6 + 30 * 0.2) / 70)


@pytest.mark.parametrize(
    ("income", "word"), [([1, 2, 3], "aisées"), ([3, 2, 1], "modestes"), ([1, 3, 1], "guère")]
)
def test_the_word_on_income_follows_the_sign(income, word):
    values = [1.0, 2.0, 3.0] if word != "guère" else [2.0, 2.0, 2.0]
    lead = inegalites._lead(shared(values, [10, 10, 10], income), 2.5, WORDS)
    assert word in lead
    assert ("seuil de lecture ±0,03" in lead) == (word == "guère")


def test_income_known_for_too_few_is_said():
    one = shared([1.0, 2.0, 3.0], [10, 10, 10], [1, np.nan, np.nan])
    assert np.isnan(one.concentration)
    assert "pas assez connu" in inegalites._lead(one, 2.5, WORDS)


def test_mayenne(mayenne):
    report = inegalites.dossier(mayenne)
    rows = mayenne.public.select("apl", profession="gp", level="commune").table
    values = rows.set_index("zone_code")["value"].astype(float)
    people = mayenne.territory.communes["population"].reindex(values.index)
    share = people[values < 2.5].sum() / people.sum()
    assert f"{number(100 * share)}\u202f% des habitants sont sous" in report.lead
    assert len(report.sections[1].figures) == 2
    assert "insee_filosofi" in {line.id for line in report.sources}


def test_nothing_without_a_published_apl(mayenne):
    table = mayenne.public.table
    silent = replace(mayenne.public, table=table.loc[table["indicator"] != "apl"])
    assert inegalites.dossier(replace(mayenne, public=silent)) is None
