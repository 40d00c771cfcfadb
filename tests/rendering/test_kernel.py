"""The reserve on the computed access: told where it agrees badly with the published one, only there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from demomed.analysis import compute
from demomed.analysis.kernel import kernel_agreement
from demomed.analysis.plan import development_plan
from demomed.analysis.priority import rank
from demomed.analysis.scenario import scenario as apply
from demomed.core.disclosure import protect
from demomed.core.ranking import Criterion, Recipe
from demomed.core.scenario import Change, Scenario
from demomed.core.territory import LEVELS
from demomed.dossiers import plan as plan_page
from demomed.dossiers import scenario as scenario_page
from demomed.dossiers.material import Material
from demomed.rendering.kernel import kernel_caveats

RECIPE = Recipe("own", "Essai", "Où ?", (Criterion("apl", "gp", -1, 1.0, "accessibilité"),), top=1)
ZONES = [f"2000000{n:02d}" for n in range(1, 13)]


def agreeing(public, order):
    """The indicators with a dozen zones where ours ranks as ``order`` says, the published as told."""
    official, ours = (
        pd.concat([public.select(i, level="epci").table.iloc[[0]]] * len(ZONES)).assign(
            zone_code=ZONES, indicator=i, profession="gp", value=values
        )
        for i, values in (("apl", np.arange(12.0)), ("apl_like", np.array(order, dtype=float)))
    )
    rest = public.table.loc[~public.table["indicator"].isin(["apl", "apl_like"])]
    return replace(public, table=pd.concat([rest, official, ours], ignore_index=True))


@pytest.fixture(scope="module")
def material(toy):
    territory = toy.toy_territory()
    values = compute(territory, ["apl", "apl_like"], level=LEVELS, professions="gp")
    public = protect(values, hierarchy={level: territory.members(level) for level in LEVELS})
    ranking = rank(public, RECIPE, draws=100)
    return Material(territory, public, ranking, toy.toy_scene(), (), "0.0.0")


GOOD, BAD = [*range(10), 11, 10], [6, 0, 9, 3, 11, 1, 8, 4, 10, 2, 7, 5]


def test_agreement_is_the_rank_correlation_of_both(material):
    found = kernel_agreement(agreeing(material.public, BAD))
    assert found.count == 12
    assert found.value == pytest.approx(
        pd.Series(BAD).corr(pd.Series(range(12)), method="spearman")
    )


@pytest.mark.parametrize(("order", "is_told"), [(GOOD, False), (BAD, True)])
def test_plan_and_scenario_say_where_their_computation_agrees_badly(material, toy, order, is_told):
    public = agreeing(material.public, order)
    plan = development_plan(material.territory, material.ranking, sites=1, draws=2)
    pages = [plan_page.plan_report(replace(material, public=public), plan, material.ranking)]
    after = apply(
        toy.toy_territory(),
        Scenario("essai", "Un départ", "", (Change("remove_practitioner", "99001"),)),
    )
    present = scenario_page.Present(public, material.ranking)
    pages.append(
        scenario_page.dossier(
            replace(material, territory=after, inputs={scenario_page.INPUT: present})
        )
    )
    for page in pages:
        assert any("corrélation de rang" in text for text in page.caveats) is is_told


def test_an_interval_that_holds_zero_is_told_even_above_a_half():
    (told,) = kernel_caveats(0.62, -0.05, 0.9, 8)
    assert "trop peu" in told and "0,62" in told
    assert not kernel_caveats(float("nan"), float("nan"), float("nan"), 1)
    (short,) = kernel_caveats(1.0, float("nan"), float("nan"), 3)
    assert "nan" not in short and "intervalle" not in short
