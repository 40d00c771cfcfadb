"""Ranking: worked example, rules for ties, missing, constant and correlated criteria."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demomed.analysis.composite import Scheme, combine, normalise, order_of
from demomed.analysis.priority import rank
from demomed.analysis.robustness import Chain, choose, sampling_error
from demomed.core.faults import InputError
from demomed.core.indicator import COLUMNS, Indicators
from demomed.core.ranking import DEPENDS, NOT_RANKED, OUTSIDE, RARELY, ROBUST, Criterion, Recipe

ZONES = list("ABCDE")
CRITERIA = (
    Criterion("density", "gp", -1, 0.35, "densité"),
    Criterion("share_55_plus", "gp", 1, 0.25, "55 ans ou plus"),
    Criterion("beyond_15", "gp", 1, 0.25, "éloignement"),
    Criterion("need", "gp", 1, 0.15, "besoins"),
)
WORKED = Recipe("worked", "Exemple", "Où ?", CRITERIA, top=2)


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "density_gp": [38.0, 55, 47, 72, 30],
            "share_55_plus_gp": [0.62, 0.70, 0.48, 0.55, 0.40],
            "beyond_15_gp": [0.35, 0.10, 0.28, 0.02, 0.22],
            "need_gp": [1.12, 1.05, 1.20, 0.97, 1.00],
        },
        index=pd.Index(ZONES, name="zone_code"),
    )


def scores(ranking):
    return ranking.table["score"].reindex(ZONES).tolist()


def ranks(ranking):
    return ranking.table["rank"].reindex(ZONES).tolist()


@pytest.mark.parametrize(
    ("normalisation", "aggregation", "expected", "places"),
    [
        ("min-max", "linear", [81.449275, 50.444664, 62.196970, 12.5, 52.108037], [1, 4, 2, 5, 3]),
        (
            "min-max",
            "geometric",
            [80.808693, 44.323944, 57.018566, 2.665771, 20.789583],
            [1, 3, 2, 5, 4],
        ),
        ("z", "linear", [0.749696, -0.026989, 0.254176, -0.993202, 0.016319], [1, 4, 2, 5, 3]),
        ("rank", "linear", [4.25, 2.90, 3.30, 1.50, 3.05], [1, 4, 2, 5, 3]),
    ],
)
def test_worked_example(table, normalisation, aggregation, expected, places):
    recipe = replace(WORKED, normalisation=normalisation, aggregation=aggregation)
    ranking = rank(table, recipe, draws=100)
    assert scores(ranking) == pytest.approx(expected, abs=5e-7)
    assert ranks(ranking) == places


def test_worked_example_normalised_values(table):
    normalised = rank(table, WORKED, draws=100).normalised.reindex(ZONES)
    assert normalised["density_gp"].tolist() == pytest.approx(
        [0.809524, 0.404762, 0.595238, 0, 1], abs=5e-7
    )
    assert normalised["share_55_plus_gp"].tolist() == pytest.approx(
        [0.733333, 1, 0.266667, 0.5, 0], abs=5e-7
    )
    assert normalised["beyond_15_gp"].tolist() == pytest.approx(
        [1, 0.242424, 0.787879, 0, 0.606061], abs=5e-7
    )
    assert normalised["need_gp"].tolist() == pytest.approx(
        [0.652174, 0.347826, 1, 0, 0.130435], abs=5e-7
    )


def test_worked_example_equal_weights(table):
    equal = replace(WORKED, criteria=tuple(replace(c, weight=0.25) for c in CRITERIA))
    ranking = rank(table, equal, draws=100)
    assert scores(ranking) == pytest.approx(
        [79.875776, 49.875306, 66.244589, 12.5, 43.412385], abs=5e-7
    )
    assert ranks(ranking) == [1, 3, 2, 5, 4]


def test_worked_example_alternatives(table):
    ranking = rank(table, WORKED, draws=100)
    runs = ranking.alternatives.reindex(ZONES)
    assert runs.loc[:, "sans « densité »"].tolist() == [1, 3, 2, 5, 4]
    assert runs.loc[:, "sans « 55 ans ou plus »"].tolist() == [1, 4, 2, 5, 3]
    assert runs.loc[:, "sans « éloignement »"].tolist() == [1, 2, 3, 5, 4]
    assert runs.loc[:, "sans « besoins »"].tolist() == [1, 4, 3, 5, 2]
    assert runs.shape == (5, 9)
    assert runs.min(axis=1).tolist() == [1, 2, 2, 5, 2]
    assert runs.max(axis=1).tolist() == [1, 4, 3, 5, 4]
    assert runs.median(axis=1).tolist() == [1, 4, 2, 5, 3]
    shift = runs.sub(runs["recette"], axis=0).abs().mean()
    assert shift.tolist() == pytest.approx([0, 0.4, 0, 0, 0.4, 0.4, 0, 0.8, 0.4])
    assert ranking.sensitivity.loc["left_out", "largest_shift"] == pytest.approx(0.8)
    assert ranking.sensitivity.loc["left_out", "mean_shift"] == pytest.approx(0.4)
    assert ranking.sensitivity.loc["method", "largest_shift"] == pytest.approx(0.4)
    assert runs["recette"].corr(runs["moyenne géométrique"], method="spearman") == pytest.approx(
        0.9
    )
    assert runs["recette"].corr(runs["moyenne géométrique"], method="kendall") == pytest.approx(0.8)


def test_worked_example_random_weights(table):
    drawn = rank(table, WORKED, draws=10_000, alternatives=False).table["p_top"]
    assert drawn["A"] == 1
    assert drawn["C"] == pytest.approx(0.978, abs=0.005)
    assert drawn["B"] == pytest.approx(0.015, abs=0.005)
    assert drawn["E"] == pytest.approx(0.007, abs=0.005)
    first = rank(table, WORKED, draws=10_000, alternatives=False, top=1).table["p_top"]
    assert first["A"] == 1


def test_verdict_needs_eight_draws_in_ten(table):
    certain = rank(table, WORKED, alternatives=False).table
    stressed = rank(table, WORKED).table
    assert certain.loc["C", "verdict"] == ROBUST
    assert stressed.loc["C", "p_top"] < certain.loc["C", "p_top"]
    assert stressed.loc["A", "verdict"] == ROBUST
    assert stressed.loc["D", "verdict"] == RARELY
    robust = stressed["verdict"] == ROBUST
    assert (stressed.loc[robust, "p_top"] >= 0.8).all()
    assert (stressed.loc[~robust, "p_top"] < 0.8).all()


@pytest.mark.parametrize("aggregation", ["linear", "geometric", "harmonic", "borda", "copeland"])
def test_contributions_sum_to_the_score(table, aggregation):
    table.loc["B", "need_gp"] = np.nan
    ranking = rank(table, replace(WORKED, aggregation=aggregation), draws=100)
    total = ranking.contributions.sum(axis=1)
    assert total.tolist() == pytest.approx(ranking.table["score"].tolist())
    assert pd.isna(ranking.contributions.loc["B", "need_gp"])
    assert ranking.contributions.notna().to_numpy().sum() == 19


@pytest.mark.parametrize("aggregation", ["linear", "geometric", "harmonic", "borda", "copeland"])
def test_duplicated_zones_tie_and_rank_min(table, aggregation):
    table.loc["A2"] = table.loc["A"]
    ranking = rank(table, replace(WORKED, aggregation=aggregation), draws=100)
    assert ranking.table["rank"].tolist()[:3] == [1, 1, 3]
    assert ranking.table.index.tolist()[:2] == ["A", "A2"]
    assert ranking.table.loc["A", "rank_median"] == ranking.table.loc["A2", "rank_median"]


def test_order_of_rows_and_columns_is_irrelevant(table):
    straight = rank(table, WORKED, draws=300)
    mixed = rank(table.iloc[[3, 0, 4, 2, 1], ::-1], WORKED, draws=300)
    pd.testing.assert_frame_equal(straight.table, mixed.table)
    pd.testing.assert_frame_equal(straight.contributions, mixed.contributions)


def test_same_seed_same_figures_other_seed_other_figures(table):
    one, two = rank(table, WORKED, seed=7).table, rank(table, WORKED, seed=7).table
    pd.testing.assert_frame_equal(one, two)
    assert not one["p_top"].equals(rank(table, WORKED, seed=8).table["p_top"])


def test_missing_below_two_thirds_gives_no_score(table):
    table.loc["A", ["density_gp", "need_gp"]] = np.nan
    ranking = rank(table, WORKED, draws=100)
    row = ranking.table.loc["A"]
    assert pd.isna(row["rank"]) and pd.isna(row["score"]) and pd.isna(row["p_top"])
    assert row["verdict"] == NOT_RANKED and row["status"] == "missing"
    assert ranking.table.index[-1] == "A"
    assert sorted(ranking.table["rank"].dropna()) == [1, 2, 3, 4]
    assert any("non classées" in notice and "A" in notice for notice in ranking.notices)


def test_missing_above_two_thirds_rescales_and_says_so(table):
    table.loc["A", "need_gp"] = np.nan
    ranking = rank(table, WORKED, draws=100)
    present = ranking.normalised.loc["A"].drop("need_gp")
    weights = np.array([0.35, 0.25, 0.25]) / 0.85
    assert ranking.table.loc["A", "score"] == pytest.approx(100 * float(present @ weights))
    assert ranking.table.loc["A", "status"] == "rescaled"
    assert (ranking.table["status"].drop("A") == "value").all()


def test_constant_criterion_is_dropped_with_a_notice(table):
    without = rank(table.assign(need_gp=1.0), WORKED, draws=100)
    assert "need_gp" not in without.contributions
    assert any("besoins" in notice and "écarté" in notice for notice in without.notices)
    three = tuple(replace(c, weight=c.weight / 0.85) for c in CRITERIA[:3])
    assert scores(without) == pytest.approx(
        scores(rank(table, replace(WORKED, criteria=three), draws=100))
    )


@pytest.mark.parametrize(
    ("known", "outside", "word"), [("A", ("A",), "n.d."), ("B", ("A",), "une seule zone (B)")]
)
def test_a_criterion_that_one_zone_has_is_not_called_the_same_everywhere(
    table, known, outside, word
):
    alone = table["need_gp"].where(table.index == known)
    optional = replace(WORKED, criteria=(*CRITERIA[:3], replace(CRITERIA[3], is_optional=True)))
    ranking = rank(table.assign(need_gp=alone), optional, draws=100, outside=outside)
    told = [notice for notice in ranking.notices if "besoins" in notice]
    assert len(told) == 1
    assert word in told[0]
    assert "même valeur" not in told[0]


def test_every_criterion_constant_is_refused(table):
    with pytest.raises(InputError, match="aucun critère ne distingue"):
        rank(table * 0, WORKED)


def test_correlated_criteria_are_told(table):
    table["need_gp"] = -table["density_gp"] * 2
    notices = rank(table, WORKED, draws=100).notices
    assert any("compte double" in notice and "−1,00" in notice for notice in notices)
    assert not any(
        "compte double" in n
        for n in rank(
            table[["density_gp", "beyond_15_gp"]].assign(
                share_55_plus_gp=[1, 5, 2, 4, 3], need_gp=[3, 1, 5, 2, 4]
            ),
            WORKED,
            draws=100,
        ).notices
    )


def test_absent_column_is_refused_with_the_closest(table):
    with pytest.raises(InputError, match=r"beyond_15_gp.*beyond_10_gp"):
        rank(table.rename(columns={"beyond_15_gp": "beyond_10_gp"}), WORKED)


def test_optional_column_may_be_absent_and_is_told(table):
    optional = replace(WORKED, criteria=(*CRITERIA[:3], replace(CRITERIA[3], is_optional=True)))
    ranking = rank(table.drop(columns="need_gp"), optional, draws=100)
    assert any("n.d." in notice and "besoins" in notice for notice in ranking.notices)
    assert (ranking.table["status"] == "value").all()


def test_improving_a_zone_never_worsens_its_rank(table):
    before = rank(table, WORKED, draws=100).table.loc["D", "rank"]
    table.loc["D", "density_gp"] = 10
    assert rank(table, WORKED, draws=100).table.loc["D", "rank"] <= before


def test_target_and_goalposts():
    density = Criterion("d", "", -1, 1.0, "d", target=80.0, goalposts=(20.0, 120.0))
    values = np.array([20.0, 80.0, 120.0, 0.0])
    assert normalise(values, density, "target", 4).tolist() == [0.75, 0, 0, 1]
    assert normalise(values, replace(density, cap=40.0), "target", 4).tolist() == [1, 0, 0, 1]
    assert normalise(values, density, "goalposts", 4).tolist() == [1, 0.4, 0, 1]


def test_goalposts_make_years_comparable(table):
    posts = {"density_gp": (20.0, 120.0), "share_55_plus_gp": (0.0, 1.0)}
    posts |= {"beyond_15_gp": (0.0, 1.0), "need_gp": (0.8, 1.3)}
    criteria = tuple(replace(c, goalposts=posts[c.column]) for c in CRITERIA)
    recipe = replace(WORKED, normalisation="goalposts", criteria=criteria)
    whole, part = rank(table, recipe, draws=100), rank(table.drop(index="E"), recipe, draws=100)
    assert part.table["score"].tolist() == pytest.approx(
        whole.table["score"].drop("E").reindex(part.table.index).tolist()
    )


def test_winsorising_bounds_an_outlier(table):
    table.loc["E", "density_gp"] = -5000
    plain = rank(table, WORKED, draws=100).normalised
    bounded = rank(table, replace(WORKED, parameters={"winsorise": [0.25, 0.75]}), draws=100)
    assert plain.loc["A", "density_gp"] < 0.01
    assert bounded.normalised.loc["A", "density_gp"] > 0.9


matrices = st.integers(2, 6).flatmap(
    lambda zones: st.lists(
        st.lists(st.integers(-3, 3), min_size=zones, max_size=zones), min_size=1, max_size=4
    )
)


@settings(max_examples=60, deadline=None)
@given(matrices)
def test_borda_and_copeland_agree_with_a_plain_count(columns):
    criteria = len(columns)
    zones = len(columns[0])
    weights = np.arange(1.0, criteria + 1) / sum(range(1, criteria + 1))
    present = np.ones((criteria, zones), dtype=bool)
    ordinal = [(order_of(np.array(c, dtype=float)) - 1) / (zones - 1) for c in columns]
    borda = combine(ordinal, weights, present, Scheme("min-max", "borda"), 0.01)
    copeland = combine(ordinal, weights, present, Scheme("min-max", "copeland"), 0.01)
    for i in range(zones):
        beaten = won = 0.0
        for j in range(zones):
            if i == j:
                continue
            signs = [np.sign(column[i] - column[j]) for column in columns]
            beaten += sum(w * (s + 1) / 2 for w, s in zip(weights, signs, strict=True))
            duel = sum(w * s for w, s in zip(weights, signs, strict=True))
            won += 0.5 if abs(duel) < 1e-12 else float(duel > 0)
        assert borda[i] == pytest.approx(100 * beaten / (zones - 1))
        assert copeland[i] == pytest.approx(100 * won / (zones - 1))


def long_table(**columns):
    frame = pd.DataFrame(columns).reindex(columns=list(COLUMNS))
    frame["level"] = "epci"
    frame["zone_code"] = [f"z{i}" for i in range(len(frame))]
    frame["zone_name"] = [f"Zone {i}" for i in range(len(frame))]
    frame["profession"] = frame["profession"].fillna("")
    for column, value in (("status", "value"), ("nature", "official"), ("sources", "")):
        frame[column] = frame[column].fillna(value) if column in columns else value
    return frame


def rates(events, population):
    values = [1e5 * e / p for e, p in zip(events, population, strict=True)]
    return long_table(
        indicator=["density"] * len(values),
        profession=["gp"] * len(values),
        value=values,
        numerator=[float(e) for e in events],
        denominator=[float(p) for p in population],
    )


RATE = Criterion("density", "gp", -1, 1.0, "densité", law="rate")
SINGLE = Recipe("one", "Un", "?", (RATE,), top=1)


def test_small_counts_make_unsure_ranks_and_large_ones_do_not():
    small = rank(Indicators(rates([2, 3, 5, 9], [10_000] * 4)), SINGLE, alternatives=False).table
    large = rank(
        Indicators(rates([2000, 3000, 5000, 9000], [10_000_000] * 4)), SINGLE, alternatives=False
    ).table
    assert large["p_top"].tolist() == [1, 0, 0, 0]
    assert 0.5 < small.loc["z0", "p_top"] < 0.8
    assert small.loc["z0", "rank_high"] > 1
    assert small["p_top"].sum() == pytest.approx(1, abs=0.02)


def test_names_level_and_nature_come_with_the_indicators():
    table = rates([2, 3, 5, 9], [10_000] * 4).assign(nature="fictional")
    ranking = rank(Indicators(table), SINGLE, draws=100)
    assert ranking.table["zone_name"].tolist() == ["Zone 0", "Zone 1", "Zone 2", "Zone 3"]
    assert any("fictives" in notice for notice in ranking.notices)
    with pytest.raises(InputError, match="commune"):
        rank(Indicators(table), SINGLE, level="commune")


def test_masked_values_are_absent_and_counted():
    table = rates([2, 3, 5, 9], [10_000] * 4)
    table.loc[1, ["value", "numerator", "denominator"]] = np.nan
    table.loc[1, "status"] = "masked"
    ranking = rank(Indicators(table), SINGLE, draws=100)
    assert any("secret" in notice and "1" in notice for notice in ranking.notices)
    assert pd.isna(ranking.table.loc["z1", "rank"])


def test_group_is_never_more_than_half_of_the_zones(table):
    ranking = rank(table, replace(WORKED, top=4), draws=100)
    assert any("ramené de 4 à 2" in notice for notice in ranking.notices)


def test_too_few_draws_are_refused(table):
    with pytest.raises(InputError, match="au moins 100"):
        rank(table, WORKED, draws=10)


def test_two_levels_in_one_table_are_refused(table):
    with pytest.raises(InputError, match="en double"):
        rank(pd.concat([table, table]), WORKED)


def test_too_little_of_the_declared_weights_is_refused(table):
    optional = tuple(replace(c, is_optional=c.indicator != "density") for c in CRITERIA)
    recipe = replace(WORKED, criteria=optional, top=1)
    with pytest.raises(InputError, match=r"35\u202f% des poids déclarés.*« éloignement »"):
        rank(table[["density_gp"]], recipe)
    enough = rank(table.drop(columns="need_gp"), recipe, alternatives=False)
    assert ROBUST in set(enough.table["verdict"])


def test_the_missing_share_of_a_zone_is_that_of_the_declared_weights(table):
    """Known: 0.60 of the weights, though 0.60 / 0.85 of those that any zone has."""
    optional = tuple(replace(c, is_optional=c.indicator == "need") for c in CRITERIA)
    table.loc["A", "beyond_15_gp"] = np.nan
    ranking = rank(table.drop(columns="need_gp"), replace(WORKED, criteria=optional), draws=100)
    assert ranking.table.loc["A", "verdict"] == NOT_RANKED


def test_a_zone_without_some_criteria_is_never_a_robust_priority(table):
    assert rank(table, WORKED).table.loc["A", "verdict"] == ROBUST
    table.loc["A", "need_gp"] = np.nan
    row = rank(table, WORKED).table.loc["A"]
    assert row["p_top"] >= 0.8 and row["status"] == "rescaled" and row["verdict"] == DEPENDS


def test_a_zone_of_another_department_is_not_ranked_and_sets_no_scale(table):
    alone = rank(table.drop(index="A"), WORKED, draws=300)
    ranking = rank(table, WORKED, draws=300, outside=["A", "elsewhere"])
    pd.testing.assert_frame_equal(ranking.table.drop("A"), alone.table)
    pd.testing.assert_frame_equal(ranking.normalised.drop("A"), alone.normalised)
    row = ranking.table.loc["A"]
    assert row["verdict"] == OUTSIDE and row["status"] == "outside"
    assert row[["score", "rank", "rank_low", "rank_high", "p_top"]].isna().all()
    assert ranking.table.index[-1] == "A" and ranking.normalised.loc["A"].isna().all()
    assert any("hors classement" in n and n.endswith(": A") for n in ranking.notices)
    assert not any("non classées" in n for n in ranking.notices)


def test_half_of_the_draws_keep_every_criterion():
    ones = np.ones((4, 3))
    chain = Chain(ones, ones > 0, CRITERIA, np.full(4, 0.25), [], 0.01, 100.0)
    left = choose(chain, 20_000, 2, np.random.default_rng(1), alternatives=True).left_out
    shares = np.bincount(left + 1, minlength=5) / len(left)
    assert shares == pytest.approx([0.5, 0.125, 0.125, 0.125, 0.125], abs=0.01)


NONE = np.full(2, np.nan)
PEOPLE = np.array([20_000.0, 30_000.0])


def spread(law, values, numerator=NONE, low=NONE, high=NONE, **more):
    error = sampling_error(law, np.array(values), np.array(numerator), PEOPLE, low, high, **more)
    return error.draw(np.array(values), 4000, np.random.default_rng(2))


def test_a_mean_of_kilometres_is_not_a_count_of_events():
    """Kilometres × inhabitants over inhabitants: only the declared law says what varies."""
    km = [12.0, 30.0]
    assert len(spread("interval", km, [240_000.0, 900_000.0])) == 1
    drawn = spread("relative", km, [240_000.0, 900_000.0], relative=0.1)
    assert drawn.std(axis=0) / drawn.mean(axis=0) == pytest.approx([0.1, 0.1], rel=0.05)


def test_rates_and_shares_follow_their_counts():
    rates = spread("rate", [0.0, 40.0], [0.0, 12.0])
    assert rates[:, 0].mean() == pytest.approx(0.5 * 1e5 / 20_000, rel=0.1)
    assert rates[:, 1].std() / 40 == pytest.approx(12**-0.5, rel=0.1)
    shares = spread("share", [0.25, 0.5], [5_000.0, 15_000.0])
    assert shares[:, 1].std() == pytest.approx((0.25 / 30_000) ** 0.5, rel=0.1)


def test_an_estimated_zero_moves_too_and_stays_possible():
    values = [0.0, 0.4]
    low, high = np.array([0.0, 0.2]), np.array([0.0, 0.5])
    still = spread("interval", values, low=low, high=high)
    assert (still[:, 0] == 0).all()
    drawn = spread("interval", values, low=low, high=high, least=0.03, limits=(0, 1))
    assert drawn.min() == 0 and drawn[:, 0].max() > 0.05
    above = drawn[:, 1][drawn[:, 1] > 0.4] - 0.4
    assert (above**2).mean() ** 0.5 == pytest.approx(0.1 / 1.96, rel=0.1)
