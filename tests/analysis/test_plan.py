"""The development plan: order, site, posts, departures, and sentences no surer than the figures."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from demomed.analysis import compute
from demomed.analysis.added_access import added_access, care_per_head
from demomed.analysis.plan import COLUMNS, development_plan
from demomed.analysis.priority import rank
from demomed.analysis.travel import travel_times
from demomed.core.faults import InputError
from demomed.core.ranking import DEPENDS, ROBUST, Criterion, Recipe
from demomed.rendering.plan import (
    departures_words,
    plan_answer,
    plan_csv,
    plan_nearness,
    plan_note,
    plan_notices,
    plan_shortfall,
    plan_table,
)

RECIPE = Recipe(
    "own", "Essai", "Où ?",
    (
        Criterion("apl", "gp", -1, 0.5, "accessibilité"),
        Criterion("density", "gp", -1, 0.5, "densité"),
    ),
    top=1,
)  # fmt: skip
BOCAGE, VALLEE = "200000001", "200000002"


@pytest.fixture
def ranking(toyland):
    return rank(compute(toyland, ["apl", "density"], professions="gp"), RECIPE, draws=200)


@pytest.fixture
def plan(toyland, ranking):
    return development_plan(toyland, ranking, sites=2, draws=5)


def test_one_line_a_zone_in_the_order_of_the_ranking(plan, ranking):
    assert list(plan.columns) == list(COLUMNS)
    assert list(plan.index) == list(ranking.table.index)
    assert plan["order"].tolist() == [1, 2]


def test_sites_are_candidates_of_their_zone(plan):
    assert plan["site_code"].to_dict() == {BOCAGE: "99001", VALLEE: "99004"}
    assert (plan["site_share"] == 1).all()
    assert (plan["other_sites"] == "").all()


def test_care_that_lacks_and_posts_by_hand(toyland, ranking):
    plan = development_plan(toyland, ranking, sites=1, draws=1, target=3.0)
    zone = plan.index[0]
    members = {VALLEE: ["99004", "99005", "98001"], BOCAGE: ["99001", "99002"]}[zone]
    table = toyland.apl_of().loc[members]
    lacking = ((3.0 - table["apl"]).clip(lower=0) * table["standardised_population"]).sum()
    if zone == BOCAGE:  # the silent commune is supposed to have the mean of its zone
        mean = (table["apl"] * table["standardised_population"]).sum() / 6450
        lacking += 335 * max(0, 3.0 - mean)
    assert plan["missing_care"].iloc[0] == pytest.approx(lacking)
    assert plan["posts_count"].iloc[0] == np.ceil(lacking / care_per_head("gp"))
    assert plan["access_gained"].iloc[0] > 0


def test_communes_still_under_the_target_are_counted_by_hand(toyland, ranking):
    plan = development_plan(toyland, ranking, sites=1, draws=1, target=3.0)
    first = plan.iloc[0]
    own = toyland.members("epci").index[toyland.members("epci") == plan.index[0]]
    before = toyland.apl_of()["apl"].reindex(own).dropna()
    heads = pd.Series({first["site_code"]: first["posts_count"]})
    after = before + added_access(toyland, heads).reindex(before.index)
    assert first["communes_count"] == len(before)
    assert first["below_before_count"] == (before < 3.0).sum() > 0
    assert first["below_after_count"] == (after < 3.0).sum()
    assert first["posts_other_count"] == np.ceil(first["missing_care"] / 5400)


def test_posts_are_not_said_to_bring_every_commune_to_the_target(plan):
    other = plan.assign(below_before_count=[3.0, 2.0], below_after_count=[2.0, 1.0])
    other.attrs = plan.attrs
    told = plan_shortfall(other)
    assert "3 communes sur" in told and "contre 5 avant" in told
    assert "4\u202f950" in told and "5\u202f400" in told and "hypothèse" in told
    none = plan.assign(below_after_count=0.0)
    none.attrs = plan.attrs
    assert "aucune des" in plan_shortfall(none)
    assert not any("chaque commune de la zone" in text for text in (told, plan_note(plan)))


def test_a_commune_alone_to_be_candidate_is_not_said_to_be_kept(plan, ranking):
    assert plan["candidates_count"].gt(0).all()
    alone = plan.assign(candidates_count=1.0)
    alone.attrs = plan.attrs
    _, lines = plan_table(alone)
    assert all("seule candidate" in line[1] and "%" not in line[1] for line in lines)
    assert "une seule commune est candidate" in _with(alone, ranking, verdict=ROBUST)
    several = plan.assign(candidates_count=2.0)
    several.attrs = plan.attrs
    headings, lines = plan_table(several)
    assert all("des essais" in line[1] for line in lines)
    assert not any("sûre" in heading for heading in headings)


def test_departures_are_possible_and_their_open_end_is_no_bound(toyland, ranking, plan):
    assert departures_words(2.0, 3.0) == "2 à 3"
    for low in (0.2, 0.7, 12.4):
        told = departures_words(low, float("nan"))
        assert "au moins" not in told and told != "environ 0"
    ten = development_plan(toyland, ranking, sites=1, draws=1, horizon=10)
    assert "60 ans ont cessé" in plan_note(ten) and "65 ans" in plan_note(plan)
    assert any("possibles" in heading for heading in plan_table(plan)[0])


def test_departures_are_the_official_range(toyland, plan):
    table = toyland.apl_of()
    zone = table.index[toyland.members("epci") == VALLEE]
    weight = table.loc[zone, "standardised_population"]
    total = (table.loc[zone, "apl"] * weight).sum()
    over = {
        limit: 1 - (toyland.apl_of(age_limit=limit).loc[zone, "apl"] * weight).sum() / total
        for limit in ("60", "65")
    }
    assert plan.loc[VALLEE, "departures_low_count"] == pytest.approx(3 * over["65"])
    assert plan.loc[VALLEE, "departures_high_count"] == pytest.approx(3 * over["60"])


def test_gained_are_those_without_anybody_near_and_nobody_twice(toyland, ranking):
    elsewhere = (toyland.supply["service"] == "gp") & (toyland.supply["commune_code"] != "99003")
    alone = replace(
        toyland, supply=toyland.supply.assign(count=toyland.supply["count"].mask(elsewhere, 0))
    )
    alone.supply.loc[alone.supply["commune_code"] == "99003", "count"] = 1
    plan = development_plan(alone, ranking, sites=2, draws=1)
    sites = toyland.communes.loc[plan["site_code"]]
    near = travel_times(toyland.communes, sites, 15)["origin"].astype(str).unique()
    people = toyland.communes["population"]
    assert "99003" not in near
    assert plan["gained_count"].sum() == people.loc[near].sum() > 0
    assert (plan["gained_count"] <= plan["reached_count"]).all()
    assert plan["gained_count"].iloc[0] == plan["reached_count"].iloc[0]


def test_order_of_rows_does_not_matter(toyland, ranking, plan):
    shuffled = replace(
        toyland,
        communes=toyland.communes.sample(frac=1, random_state=3),
        supply=toyland.supply.sample(frac=1, random_state=1),
        apl=toyland.apl.sample(frac=1, random_state=2),
    )
    again = development_plan(shuffled, ranking, sites=2, draws=5)
    pd.testing.assert_frame_equal(again, plan)


def test_zone_above_the_target_on_average_says_why_it_has_posts(plan):
    def told(access):
        changed = plan.assign(access_before=access, posts_count=2.0)
        changed.attrs = plan.attrs
        return " ".join(plan_notices(changed))

    name, target = plan["zone_name"].iloc[0], plan.attrs["target"]
    assert name in told(target + 0.1)
    assert "commune par commune" in told(target + 0.1)
    assert told(target - 0.1) == ""


def test_zone_without_candidate_is_left_out_and_told(toyland, ranking):
    supply = toyland.supply
    gone = (supply["service"] == "pharmacy") & (supply["commune_code"] == "99004")
    bare = replace(toyland, supply=supply.assign(count=supply["count"].mask(gone, 0)))
    plan = development_plan(bare, ranking, sites=1, draws=1)
    assert list(plan.index) == [BOCAGE]
    assert "Vallée" in plan_notices(plan)[0]
    leader = ranking.alternatives.copy()
    leader[:] = 2
    leader.loc[VALLEE] = 1
    told = plan_answer(plan, replace(ranking, alternatives=leader))
    assert "aucune autre méthode" in told, "a zone where nothing can open changes nothing"
    with pytest.raises(InputError, match="2 sites pour 1 zones"):
        development_plan(bare, ranking, sites=2, draws=1)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"sites": 3}, "3 sites pour 2 zones"),
        ({"sites": 0}, "0 sites"),
        ({"horizon": 15}, "horizon de 15 ans"),
        ({"profession": "dentist"}, "dentist"),
        ({"profession": "nurse"}, "cible"),
        ({"target": -1.0}, "cible"),
        ({"limit_min": 0}, "limite"),
        ({"anchor": "pharmacie"}, "pharmacy"),
    ],
)
def test_refused(toyland, ranking, given, word):
    with pytest.raises(InputError, match=word):
        development_plan(toyland, ranking, **{"sites": 2, **given})


def _with(plan, ranking, **first):
    """The same plan, its first line told otherwise."""
    other = plan.copy()
    for column, value in first.items():
        other.loc[other.index[0], column] = value
    other.attrs = plan.attrs
    return plan_answer(other, ranking)


def test_sentence_is_no_surer_than_its_figures(plan, ranking):
    several = plan.assign(candidates_count=3.0)
    several.attrs = plan.attrs
    plan = several
    sure = _with(plan, ranking, verdict=ROBUST, site_share=0.9, p_top=0.996)
    assert "plus utile dans cette commune" in sure
    assert "99" in sure and "100" not in sure
    split = _with(plan, ranking, verdict=ROBUST, site_share=0.5, other_sites="Dominos; Le Pion")
    assert "l’une de ces communes" in split and "Dominos ou Le Pion" in split
    unsure = _with(plan, ranking, verdict=DEPENDS, site_share=1.0, p_top=0.6)
    assert "sans certitude" in unsure and "que dans 60" in unsure
    assert "plus utile" not in unsure


def test_sentence_says_what_would_change_it(plan, ranking):
    runs = ranking.alternatives.copy()
    runs[:] = 2
    runs.loc[plan.index[0]] = 1
    assert "aucune autre méthode" in plan_answer(plan, replace(ranking, alternatives=runs))
    runs["sans « densité »"] = runs["poids égaux"].map({1: 2, 2: 1})
    told = plan_answer(plan, replace(ranking, alternatives=runs))
    assert "changerait" in told and str(plan["zone_name"].iloc[1]) in told


def test_nearness_says_when_distance_is_not_the_matter(plan):
    for gained, word in ((0.0, "non la proximité"), (1450.0, "1\u202f450 habitants")):
        other = plan.assign(gained_count=[gained, 0.0])
        other.attrs = plan.attrs
        assert word in plan_nearness(other)


def test_table_and_file_hold_the_same_lines(plan):
    headings, lines = plan_table(plan)
    assert all(len(line) == len(headings) for line in lines)
    rows = plan_csv(plan).decode("utf-8-sig").split("\r\n")
    assert len(rows) == len(plan) + 2
    assert rows[1].startswith(f"{plan.index[0]};1;")
    assert "nan" not in plan_csv(plan).decode("utf-8-sig")
