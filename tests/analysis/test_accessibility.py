"""Floating catchment family: WE-3, a naive twin, PySAL's access, and the properties of the methods."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from demomed.analysis.accessibility import FAST, METHODS, SLOW, floating_catchment
from demomed.analysis.decay import Decay, Exponential, Gaussian, InversePower, Logistic, Steps
from demomed.analysis.links import link, positions
from demomed.core.faults import InputError

PEOPLE = pd.Series({"D1": 1200, "D2": 800, "D3": 2000})
DOCTORS = pd.Series({"S1": 3, "S2": 2})
TIMES = {"D1": (5, 22), "D2": (12, 9), "D3": (25, 14)}
TRAVEL = pd.DataFrame(
    [
        (place, site, float(t))
        for place, row in TIMES.items()
        for site, t in zip(DOCTORS.index, row, strict=True)
    ],
    columns=["origin", "destination", "minutes"],
)

WE_3 = [
    ("2sfca", Steps({15: 1}), (0.0015, 0.000714286), (0.0015, 0.002214286, 0.000714286), 5),
    ("e2sfca", SLOW, (0.001373626, 0.000825083), (0.001555145, 0.001759148, 0.000863254), 5),
    ("e2sfca", FAST, (0.001748252, 0.001144165), (0.001851227, 0.001878430, 0.000637892), 5),
    ("e2sfca", Steps({5: 1, 10: 0.3, 15: 0.1}), (0.002343750, 0.004545455), (0.002343750, 0.001598011, 0.000454545), 5),
    ("e2sfca", Steps({10: 1, 15: 2 / 3, 20: 1 / 3}), (0.001730769, 0.0009375), (0.001730769, 0.002091346, 0.000625), 5),
    ("kd2sfca", Gaussian(30), (0.001298414, 0.000749887), (0.001553444, 0.001710730, 0.000883642), 5),
    ("3sfca", SLOW, (0.002287714, 0.001289198), (0.001926321, 0.001397046, 0.000785389), 5),
    ("m2sfca", SLOW, None, (0.001413560, 0.001460247, 0.000448002), 3.760474),
    ("bfca", SLOW, None, (0.000984084, 0.001075385, 0.000518193), 3.077594),
]  # fmt: skip


@pytest.mark.parametrize(("method", "decay", "ratios", "access", "total"), WE_3)
def test_worked_example_3(method, decay, ratios, access, total):
    made = floating_catchment(PEOPLE, DOCTORS, TRAVEL, method=method, decay=decay)
    assert made.access.tolist() == pytest.approx(access, abs=6e-10)
    if ratios:
        assert made.ratio.tolist() == pytest.approx(ratios, abs=6e-10)
    assert (PEOPLE * made.access).sum() == pytest.approx(total, abs=5e-7)
    assert made.stranded_supply.empty and made.notices == ()


def test_worked_example_3_per_100_000_and_gaussian_weights():
    made = floating_catchment(PEOPLE, DOCTORS, TRAVEL)
    assert (made.access * 1e5).tolist() == pytest.approx(
        [155.514453, 175.914844, 86.325391], abs=5e-7
    )
    weights = Gaussian(30)(TRAVEL["minutes"].to_numpy())
    expected = [0.964945469, 0.400787277, 0.804600649, 0.888167860, 0.254448334, 0.737794207]
    assert weights.tolist() == pytest.approx(expected, abs=6e-10)


def test_worked_example_3_equilibrium():
    made = floating_catchment(PEOPLE, DOCTORS, TRAVEL, method="raam")
    assert made.access.tolist() == pytest.approx([1.010000, 1.126667, 1.343333], abs=5e-7)
    assert made.ratio.tolist() == pytest.approx([2224, 1776], abs=1e-3)
    assert 0 <= made.gap < 1e-7


# -- naive twin ---------------------------------------------------------------------------------


def naive(people, doctors, times, method, decay):
    """Double loops over every pair, as the formulas are printed."""

    def w(i, j):
        minutes = times.get((i, j))
        return 0.0 if minutes is None else float(decay(np.array([minutes]))[0])

    places, sites = list(people.index), list(doctors.index)

    def divided(a, b):
        return a / b if b > 0 else 0.0

    def g(i, j):
        return divided(w(i, j), sum(w(i, k) for k in sites))

    def c(i, j):
        return divided(w(i, j), sum(w(k, j) for k in places))

    if method == "gravity":
        return [sum(doctors[j] * w(i, j) for j in sites) for i in places]
    first = {"3sfca": lambda i, j: g(i, j) * w(i, j), "bfca": g}.get(method, w)
    second = {
        "3sfca": lambda i, j: g(i, j) * w(i, j),
        "bfca": c,
        "m2sfca": lambda i, j: w(i, j) ** 2,
    }.get(method, w)
    ratio = {j: divided(doctors[j], sum(first(i, j) * people[i] for i in places)) for j in sites}
    return [sum(second(i, j) * ratio[j] for j in sites) for i in places]


@st.composite
def worlds(draw, least_people=0, least_doctors=0):
    n, m = draw(st.integers(1, 7)), draw(st.integers(1, 5))
    people = pd.Series(
        draw(st.lists(st.integers(least_people, 3000), min_size=n, max_size=n)),
        index=[f"d{i}" for i in range(n)],
    )
    doctors = pd.Series(
        draw(st.lists(st.integers(least_doctors, 9), min_size=m, max_size=m)),
        index=[f"s{j}" for j in range(m)],
    )
    minutes = draw(
        st.lists(st.one_of(st.none(), st.integers(0, 45)), min_size=n * m, max_size=n * m)
    )
    times = {
        (i, j): t
        for (i, j), t in zip(
            ((i, j) for i in people.index for j in doctors.index), minutes, strict=True
        )
        if t is not None
    }
    travel = pd.DataFrame(
        [(i, j, float(t)) for (i, j), t in times.items()],
        columns=["origin", "destination", "minutes"],
    )
    met = any(people[i] > 0 and t <= 30 for (i, j), t in times.items())
    return people, doctors, travel, times, met


@given(
    worlds(),
    st.sampled_from([m for m in METHODS if m != "raam"]),
    st.sampled_from([SLOW, Gaussian(30), Steps({20: 1})]),
)
def test_agrees_with_the_naive_twin(world, method, decay):
    people, doctors, travel, times, met = world
    weighed = any(
        decay(np.array([float(t)]))[0] > 0 and people[i] > 0 for (i, _), t in times.items()
    )
    assume(met and weighed)
    made = floating_catchment(people, doctors, travel, method=method, decay=decay)
    assert made.access.tolist() == pytest.approx(
        naive(people, doctors, times, method, decay), rel=1e-9, abs=1e-15
    )
    assert np.isfinite(made.access).all()


@given(worlds(), st.sampled_from(["2sfca", "e2sfca", "kd2sfca", "3sfca"]))
def test_supply_within_reach_is_shared_out_whole(world, method):
    people, doctors, travel, _, met = world
    assume(met)
    try:
        made = floating_catchment(people, doctors, travel, method=method)
    except InputError:
        assume(False)
    reached = doctors.drop(made.stranded_supply.index).sum()
    assert (people * made.access).sum() == pytest.approx(reached, rel=1e-9, abs=1e-12)
    twice = floating_catchment(people, doctors * 2, travel, method=method)
    assert twice.access.tolist() == pytest.approx((made.access * 2).tolist())
    crowded = floating_catchment(people * 2, doctors, travel, method=method)
    assert crowded.access.tolist() == pytest.approx((made.access / 2).tolist())
    shuffled = travel.sample(frac=1, random_state=5)
    again = floating_catchment(people[::-1], doctors[::-1], shuffled, method=method)
    assert again.access[people.index].tolist() == pytest.approx(made.access.tolist())


@given(worlds(least_people=1, least_doctors=1), st.sampled_from(["2sfca", "e2sfca"]))
def test_one_more_site_never_lowers_access(world, method):
    people, doctors, travel, times, _ = world
    assume(len(doctors) > 1)
    fewer = travel.loc[travel["destination"] != doctors.index[-1]]
    assume(any(t <= 30 for (_, j), t in times.items() if j != doctors.index[-1]))
    before = floating_catchment(people, doctors[:-1], fewer, method=method)
    after = floating_catchment(people, doctors, travel, method=method)
    assert (after.access >= before.access - 1e-12).all()


# -- PySAL's access -----------------------------------------------------------------------------


def pysal(people, doctors, travel):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        package = pytest.importorskip("access", reason="le paquet access de PySAL est absent")
        return package.Access(
            demand_df=pd.DataFrame({"id": people.index, "people": people.to_numpy(dtype=float)}),
            demand_index="id",
            demand_value="people",
            supply_df=pd.DataFrame({"id": doctors.index, "doctors": doctors.to_numpy(dtype=float)}),
            supply_index="id",
            supply_value="doctors",
            cost_df=travel.rename(columns={"minutes": "cost"}),
            cost_origin="origin",
            cost_dest="destination",
            cost_name="cost",
        )


def random_world(seed, places=40, sites=12):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 40, (places, 2))
    at = xy[rng.choice(places, sites, replace=False)]
    minutes = np.hypot(*(xy[:, None] - at[None]).transpose(2, 0, 1))
    people = pd.Series(rng.integers(50, 4000, places).astype(float))
    doctors = pd.Series(rng.integers(1, 9, sites).astype(float))
    travel = pd.DataFrame(
        {
            "origin": np.repeat(np.arange(places), sites),
            "destination": np.tile(np.arange(sites), places),
            "minutes": minutes.ravel(),
        }
    )
    return people, doctors, travel


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_pysal(seed):
    people, doctors, travel = random_world(seed)
    theirs = pysal(people, doctors, travel)
    from access import weights  # imported by pysal() above

    steps = weights.step_fn({10: 1.0, 20: 0.68, 30: 0.22})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        two = theirs.two_stage_fca(name="two", max_cost=20)["two_doctors"]
        enhanced = theirs.enhanced_two_stage_fca(name="enhanced", weight_fn=steps)[
            "enhanced_doctors"
        ]
        three = theirs.three_stage_fca(name="three", weight_fn=steps)["three_doctors"]
    for method, decay, expected in (
        ("2sfca", Steps({20: 1}), two),
        ("e2sfca", SLOW, enhanced),
        ("3sfca", SLOW, three),
    ):
        made = floating_catchment(people, doctors, travel, method=method, decay=decay)
        expected = expected.reindex(people.index).fillna(0.0)  # nothing in reach: theirs is missing
        np.testing.assert_allclose(made.access, expected, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("seed", range(3))
def test_equilibrium_is_at_least_as_good_as_pysal(seed):
    people, doctors, travel = random_world(seed)
    theirs = pysal(people, doctors, travel)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cost = theirs.raam(name="raam", tau=60, max_cycles=2000)["raam_doctors"]
    made = floating_catchment(people, doctors, travel, method="raam")
    assert made.gap < 1e-6
    np.testing.assert_allclose(made.access, cost.reindex(people.index), atol=0.02)


@settings(max_examples=40)
@given(worlds(least_people=1, least_doctors=1))
def test_equilibrium_leaves_nobody_a_better_site(world):
    people, doctors, travel, _, _ = world
    assume(len(travel))
    made = floating_catchment(people, doctors, travel, method="raam")
    rho = people.sum() / doctors.sum()
    cost = made.ratio[travel["destination"]].to_numpy() / (
        rho * doctors[travel["destination"]].to_numpy()
    )
    cost = cost + travel["minutes"].to_numpy() / 60
    best = pd.Series(cost).groupby(travel["origin"].to_numpy()).min().reindex(people.index)
    assert made.access.fillna(np.inf).tolist() == pytest.approx(
        best.fillna(np.inf).tolist(), abs=2e-5
    )
    inside = people[travel["origin"].unique()].sum()
    assert made.ratio.fillna(0).sum() == pytest.approx(inside, rel=1e-6)
    assert made.gap < 1e-5


# -- edges and faults ---------------------------------------------------------------------------


def test_beyond_every_site_is_zero_and_a_site_without_demand_is_stranded():
    people = PEOPLE.copy()
    people["D4"] = 500
    doctors = pd.Series({"S1": 3, "S2": 2, "S3": 4, "S4": 0})
    made = floating_catchment(people, doctors, TRAVEL, decay=SLOW)
    assert made.access["D4"] == 0
    assert made.stranded_supply.to_dict() == {"S3": 4}
    assert np.isnan(made.ratio["S3"])
    assert np.isinf(floating_catchment(people, doctors, TRAVEL, method="raam").access["D4"])


def test_empty_places_and_sites_are_allowed():
    made = floating_catchment(PEOPLE.replace(800, 0), DOCTORS.replace(2, 0), TRAVEL)
    assert made.access["D2"] > 0 and made.ratio["S2"] == 0
    raam = floating_catchment(PEOPLE.replace(800, 0), DOCTORS.replace(2, 0), TRAVEL, method="raam")
    assert np.isfinite(raam.access).all()


def test_edges_need_twice_the_limit():
    edge = pd.Series({"D1": 59.9, "D2": 60.0, "D3": 100.0})
    made = floating_catchment(PEOPLE, DOCTORS, TRAVEL, decay=SLOW, edge_minutes=edge)
    assert made.is_edge_complete.to_dict() == {"D1": False, "D2": True, "D3": True}
    assert floating_catchment(PEOPLE, DOCTORS, TRAVEL).is_edge_complete is None


def test_faulty_amounts_are_told_together():
    with pytest.raises(InputError) as error:
        floating_catchment(pd.Series({"a": -1.0, "b": np.nan}), DOCTORS, TRAVEL)
    assert len(error.value.faults) == 2
    with pytest.raises(InputError, match="code répété"):
        floating_catchment(PEOPLE, pd.Series([1, 2], index=["S1", "S1"]), TRAVEL)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"minutes": -1.0}, "temps négatif"),
        ({"minutes": 90_000.0}, "des minutes"),
        ({"minutes": 31.0}, "aucun lieu"),
        ({"origin": "zz"}, "codes"),
    ],
)
def test_faulty_times_are_refused(change, words):
    with pytest.raises(InputError, match=words):
        floating_catchment(PEOPLE, DOCTORS, TRAVEL.assign(**change))


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="minutes"):
        floating_catchment(PEOPLE, DOCTORS, TRAVEL.rename(columns={"minutes": "temps"}))


def test_unknown_method_names_the_closest():
    with pytest.raises(InputError, match="e2sfca"):
        floating_catchment(PEOPLE, DOCTORS, TRAVEL, method="e2fca")


def test_what_is_set_aside_in_the_times_is_told():
    odd = pd.concat(
        [
            TRAVEL,
            pd.DataFrame(
                {
                    "origin": ["D1", "zz", "D2"],
                    "destination": ["S1", "S1", "S2"],
                    "minutes": [8.0, 3.0, np.nan],
                }
            ),
        ]
    )
    made = floating_catchment(PEOPLE, DOCTORS, odd)
    assert made.access.tolist() == floating_catchment(PEOPLE, DOCTORS, TRAVEL).access.tolist()
    assert len(made.notices) == 3
    assert any("deux fois" in notice for notice in made.notices)


@pytest.mark.parametrize("kind", ["str", "category", "int", "sparse int"])
def test_codes_of_any_kind_give_the_same_links(kind):
    codes = pd.Series([3, 1, 4, 1, 9, 2])
    index = pd.Index([1, 2, 3, 4, 5])
    if kind == "sparse int":
        codes, index = codes * 1_000_000, index * 1_000_000
    elif kind != "int":
        codes = codes.astype(str).astype(kind)
        index = index.astype(str)
    assert positions(codes, index).tolist() == [2, 0, 3, 0, -1, 1]


def test_many_codes_are_looked_up_once_each():
    codes = pd.Series(["a", "b", "z"] * 50)
    assert positions(codes, pd.Index(["b", "a"])).tolist() == [1, 0, -1] * 50


def test_links_keep_the_shorter_of_two_times():
    table = pd.DataFrame(
        {"origin": ["b", "a", "a"], "destination": ["s", "s", "s"], "minutes": [1.0, 9.0, 4.0]}
    )
    made = link(table, pd.Index(["a", "b"]), pd.Index(["s"]))
    assert dict(zip(made.origin.tolist(), made.minutes.tolist(), strict=True)) == {0: 4.0, 1: 1.0}


# -- decays -------------------------------------------------------------------------------------

DECAYS = [
    SLOW,
    FAST,
    Gaussian(25),
    Exponential(0.1, 30),
    InversePower(1.5, 2, 40),
    Logistic(12, 3, 35),
]


@pytest.mark.parametrize("decay", DECAYS, ids=lambda d: type(d).__name__)
def test_decays_fall_and_stop_at_their_limit(decay):
    assert isinstance(decay, Decay)
    minutes = np.linspace(0, 60, 601)
    weights = decay(minutes)
    assert (np.diff(weights) <= 1e-12).all() and (weights >= 0).all() and np.isfinite(weights).all()
    assert (weights[minutes > decay.limit] == 0).all()
    assert weights[0] > 0


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Steps({}),
        lambda: Steps({10: -1}),
        lambda: Gaussian(0),
        lambda: Exponential(-1, 30),
        lambda: InversePower(1, floor=0),
        lambda: Logistic(10, 0, 30),
    ],
)
def test_impossible_decays_are_refused(wrong):
    with pytest.raises(InputError, match="décroissance"):
        wrong()
