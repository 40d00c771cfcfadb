"""Choice of sites: worked example, enumeration, gains, ties, faults."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demomed.analysis.site_stability import stability
from demomed.analysis.siting import best_sites, siting_curve
from demomed.analysis.tours import crews_needed, tour
from demomed.core.faults import InputError

DEMAND = pd.Series([400, 900, 650, 300, 750], index=list("12345"))
MINUTES = pd.DataFrame(
    [[4, 18, 25, 12], [16, 3, 14, 20], [22, 11, 5, 17], [9, 21, 19, 6], [14, 13, 10, 15]],
    index=list("12345"),
    columns=list("abcd"),
    dtype=float,
)
ALL = list("abcd")


def solve(p, objective, **more):
    return best_sites(DEMAND, ALL, MINUTES, p, objective, **more)


@pytest.mark.parametrize(
    ("p", "sites", "value", "mean"),
    [
        (1, ("b",), 33_100, 11.033333),
        (2, ("a", "b"), 23_900, 7.966667),
        (3, ("a", "b", "c"), 17_750, 5.916667),
    ],
)
def test_p_median(p, sites, value, mean):
    found = solve(p, "p-median")
    assert (found.sites, found.value, found.gap) == (sites, value, 0)
    assert found.mean_minutes == pytest.approx(mean, abs=5e-7)
    assert found.ties == "code"


@pytest.mark.parametrize(
    ("p", "sites", "value"), [(1, ("d",), 20), (2, ("a", "b"), 13), (3, ("a", "b", "c"), 10)]
)
def test_p_center(p, sites, value):
    found = solve(p, "p-center")
    assert (found.sites, found.value, found.is_optimal) == (sites, value, True)


@pytest.mark.parametrize(
    ("limit", "p", "sites", "covered"),
    [
        (10, 1, ("c",), 1400),
        (10, 2, ("b", "c"), 2300),
        (10, 3, ("a", "b", "c"), 3000),
        (15, 1, ("b",), 2300),
        (15, 2, ("a", "b"), 3000),
        (15, 3, ("a", "b", "c"), 3000),
    ],
)
def test_maximal_covering(limit, p, sites, covered):
    found = solve(p, "mclp", limit_min=limit)
    assert (found.sites, found.value, found.gain) == (sites, covered, covered)


@pytest.mark.parametrize(
    ("limit", "sites"), [(10, ("a", "b", "c")), (12, ("a", "b", "c")), (15, ("a", "b"))]
)
def test_fewest_sites(limit, sites):
    assert crews_needed(DEMAND, ALL, MINUTES, limit).sites == sites


@pytest.mark.parametrize(
    ("pair", "total", "longest", "in_10", "in_15"),
    [
        ("ab", 23900, 13, 1600, 3000),
        ("ac", 27650, 14, 2100, 3000),
        ("ad", 39350, 17, 700, 1450),
        ("bc", 26350, 19, 2300, 2300),
        ("bd", 26200, 13, 1200, 3000),
        ("cd", 29950, 14, 1700, 3000),
    ],
)
def test_every_pair(pair, total, longest, in_10, in_15):
    pair = list(pair)
    values = [
        best_sites(DEMAND, pair, MINUTES, 2, objective, limit_min=limit).value
        for objective, limit in (("p-median", None), ("p-center", None), ("mclp", 10), ("mclp", 15))
    ]
    assert values == [total, longest, in_10, in_15]


def test_number_of_crews_never_rises_with_the_limit():
    limits = range(10, 23)
    crews = [crews_needed(DEMAND, ALL, MINUTES, limit).value for limit in limits]
    assert crews == sorted(crews, reverse=True)
    assert crews[0] == 3 and crews[-1] == 1


def test_curve_tells_what_each_further_site_brings():
    curve = siting_curve(DEMAND, ALL, MINUTES, 3)
    assert curve["value"].tolist() == [33100, 23900, 17750]
    assert np.isnan(curve["added"].iloc[0])
    assert curve["added"].tolist()[1:] == [9200, 6150]
    covered = siting_curve(DEMAND, ALL, MINUTES, 3, "mclp", limit_min=10)
    assert covered["added"].tolist() == [1400, 900, 700]
    assert covered["gain"].tolist() == [1400, 2300, 3000]


@pytest.mark.parametrize("objective", ["p-median", "mclp", "p-center"])
def test_adding_the_chosen_site_improves_by_exactly_the_gain(objective):
    limit = 10 if objective == "mclp" else None
    first = solve(1, objective, limit_min=limit, existing=["a"])
    with_it = best_sites(
        DEMAND, ALL, MINUTES, 1, objective, limit_min=limit, existing=["a", *first.sites]
    )
    assert abs(with_it.before - first.before) == first.gain > 0
    assert with_it.before == first.value


def test_the_table_says_who_uses_each_site_and_what_it_alone_brings():
    found = solve(2, "p-median", existing=["d"])
    assert found.sites == ("b", "c")
    assert found.existing == ("d",)
    assert found.table["served"].sum() + 400 + 300 == DEMAND.sum()
    alone = solve(1, "p-median", existing=["d", "c"])
    assert alone.sites == ("b",)
    assert found.table.loc["b", "gained"] == alone.gain
    assert found.assignment.loc["1", ["site_code", "minutes"]].tolist() == ["d", 12]


def test_tour_is_maximal_covering_by_enumeration():
    for p in (1, 2, 3):
        for radius in (8, 10, 12, 15, 18):
            best = max(
                DEMAND[(MINUTES[list(stops)] <= radius).any(axis=1)].sum()
                for stops in combinations(ALL, p)
            )
            assert tour(DEMAND, ALL, MINUTES, p, radius).value == best


def test_order_of_input_is_irrelevant():
    straight = solve(2, "mclp", limit_min=15)
    mixed = best_sites(
        DEMAND.iloc[::-1], ALL[::-1], MINUTES.iloc[[2, 0, 4, 1, 3], ::-1], 2, "mclp", limit_min=15
    )
    assert straight.sites == mixed.sites
    pd.testing.assert_frame_equal(straight.assignment, mixed.assignment)


def test_long_travel_table_and_unreachable_pairs():
    long = (
        MINUTES.rename_axis("origin_code")
        .reset_index()
        .melt("origin_code", var_name="destination_code", value_name="minutes")
    )
    near = long[long["minutes"] <= 15]
    assert best_sites(DEMAND, ALL, long, 2).sites == ("a", "b")
    found = best_sites(DEMAND, ALL, near, 2)
    reachable = [
        pair for pair in combinations(ALL, 2) if (MINUTES[list(pair)].min(axis=1) <= 15).all()
    ]
    totals = {pair: (MINUTES[list(pair)].min(axis=1) * DEMAND).sum() for pair in reachable}
    assert found.sites == min(totals, key=totals.__getitem__)
    with pytest.raises(InputError, match="1 sites ne suffisent pas"):
        best_sites(DEMAND, ALL, near, 1)


def test_places_without_inhabitants_do_not_count():
    demand = DEMAND.copy()
    demand["4"] = 0
    found = best_sites(demand, ALL, MINUTES, 1, "p-center")
    assert found.value == MINUTES.drop(index="4").max().min()
    assert any("sans habitant" in notice for notice in found.notices)


def test_stability_under_wrong_times():
    table = stability(DEMAND, ALL, MINUTES, 2, draws=30)
    assert table["is_chosen"].sum() == 2
    assert (table["is_chosen"] == table["is_chosen_faster"]).all()
    assert table["chosen_share"].sum() == pytest.approx(2)
    assert table["chosen_share"].iloc[0] > 0.5
    pd.testing.assert_frame_equal(table, stability(DEMAND, ALL, MINUTES, 2, draws=30))
    covering = stability(DEMAND, ALL, MINUTES, 1, "mclp", limit_min=13, draws=5)
    slower = tour(DEMAND, ALL, MINUTES * 1.2, 1, 13).sites
    assert tuple(covering.index[covering["is_chosen_slower"]]) == slower


def test_many_short_trips_do_not_make_a_near_tie_sure():
    """Errors drawn trip by trip would average out over 400 places; those of a site do not."""
    codes = [f"{k:03d}" for k in range(400)]
    minutes = pd.DataFrame({"a": 10.0, "b": 10.5}, index=codes)
    table = stability(pd.Series(100.0, index=codes), ["a", "b"], minutes, draws=2000)
    # u, v uniform on (.8, 1.2): P(10 u > 10.5 v) is the area of a triangle of sides .36, .36/1.05
    lost = 0.36**2 / 1.05 / 2 / 0.16
    assert table.loc["a", "chosen_share"] == pytest.approx(1 - lost, abs=0.04)


def test_one_site_drawn_at_once_is_one_site_solved_each_time():
    """The quick road of the single p-median gives what solving each drawn table gives."""
    people = pd.Series([400, 0, 650, 300, 750], index=list("12345"))
    quick = stability(people, ["b", "d", "a"], MINUTES, draws=60, spread=0.6)
    assert len(quick) > 1
    rng = np.random.default_rng(53)
    origins, sites = rng.uniform(0.4, 1.6, (60, 5)), rng.uniform(0.4, 1.6, (60, 4))
    solved = [
        best_sites(people, ["b", "d", "a"], MINUTES * o[:, None] * s).sites[0]
        for o, s in zip(origins, sites, strict=True)
    ]
    shares = pd.Series(solved).value_counts(normalize=True)
    assert quick["chosen_share"].to_dict() == pytest.approx(
        {code: shares.get(code, 0.0) for code in quick.index}
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"p": 5}, "5 sites à choisir parmi 4"),
        ({"p": 0}, "entre 1 et celui des candidats"),
        ({"objective": "pmedian"}, "p-median"),
        ({"objective": "mclp"}, "limit_min"),
        ({"demand": DEMAND.where(DEMAND != 400, -1)}, "poids négatif : 1"),
        ({"demand": DEMAND.where(DEMAND != 400)}, "poids manquant : 1"),
        ({"demand": DEMAND * 0}, "aucun habitant"),
        ({"demand": pd.concat([DEMAND, DEMAND])}, "points en double"),
        ({"demand": pd.Series({"1": 3.0, "9": 2.0})}, "points sans temps de trajet : 9"),
        ({"candidates": ["a", "z"]}, "candidats absents des temps de trajet : z"),
        ({"existing": ["y"]}, "sites existants absents des temps de trajet : y"),
        ({"travel": MINUTES - 10}, "négatifs"),
        ({"objective": "lscp", "limit_min": 5}, r"qu'aucun candidat n'atteint en 5 minutes : 4, 5"),
    ],
)
def test_faults(change, words):
    given_ = {"demand": DEMAND, "candidates": ALL, "travel": MINUTES, "p": 1} | change
    with pytest.raises(InputError, match=words):
        best_sites(**given_)


def test_every_fault_at_once():
    with pytest.raises(InputError) as caught:
        best_sites(-DEMAND, ["a", "z"], MINUTES, 9, "mclp")
    assert len(caught.value.faults) == 4


cases = st.tuples(st.integers(1, 7), st.integers(2, 6)).flatmap(
    lambda size: st.tuples(
        st.lists(st.integers(1, 9), min_size=size[0], max_size=size[0]),
        st.lists(
            st.lists(st.integers(1, 12), min_size=size[1], max_size=size[1]),
            min_size=size[0],
            max_size=size[0],
        ),
        st.integers(1, size[1] - 1),
        st.integers(1, 12),
        st.booleans(),
    )
)


@settings(max_examples=60, deadline=None)
@given(cases)
def test_every_objective_by_enumeration(case):
    weight, rows, p, limit, has_existing = case
    codes = [f"s{i}" for i in range(len(rows[0]))]
    demand = pd.Series(weight, index=[f"d{i}" for i in range(len(rows))], dtype=float)
    minutes = pd.DataFrame(rows, index=demand.index, columns=codes, dtype=float)
    existing = codes[-1:] if has_existing else []
    free = [code for code in codes if code not in existing]
    p = min(p, len(free))

    def near(sites):
        return minutes[[*sites, *existing]].min(axis=1)

    scores = {
        "p-median": lambda sites: (near(sites) * demand).sum(),
        "mclp": lambda sites: -demand[near(sites) <= limit].sum(),
        "p-center": lambda sites: near(sites).max(),
    }
    for objective, score in scores.items():
        best = min(map(score, combinations(free, p)))
        first = next(sites for sites in combinations(free, p) if score(sites) == best)
        found = best_sites(demand, free, minutes, p, objective, limit_min=limit, existing=existing)
        assert found.sites == first
        assert found.value == abs(best)
    covers = (
        sites
        for size in range(len(free) + 1)
        for sites in combinations(free, size)
        if (minutes[[*sites, *existing]].min(axis=1) <= limit).all()
    )
    first = next(covers, None)
    if first is None:
        with pytest.raises(InputError, match="aucun candidat"):
            crews_needed(demand, free, minutes, limit, existing=existing)
    else:
        assert crews_needed(demand, free, minutes, limit, existing=existing).sites == first
