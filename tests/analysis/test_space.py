"""Spatial autocorrelation: WE-10 to the digits printed, islands, seeds, twins of esda."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from demomed.analysis import space
from demomed.analysis.smoothing import standardised_rates
from demomed.core.faults import InputError

X = pd.Series([10, 12, 9, 14, 20, 18, 30, 27, 33], dtype=float)
LOCAL = [0.810038, 0.634367, 0.609272, -0.057337, -0.016164, -0.024922, 0.194406, 0.927152, 0.637504]  # fmt: skip
LOCAL_SAMPLE = [0.720034, 0.563882, 0.541575, -0.050966, -0.014368, -0.022153, 0.172805, 0.824135, 0.566671]  # fmt: skip


def grid(rows=3, columns=3):
    cells = [(r, c) for r in range(rows) for c in range(columns)]
    return gpd.GeoSeries([box(c, r, c + 1, r + 1) for r, c in cells], crs=2154)


def rook(binary=False):
    from libpysal.graph import Graph

    graph = Graph.build_contiguity(grid(), rook=True)
    return graph if binary else graph.transform("R")


@pytest.mark.parametrize(
    ("binary", "value", "normal", "random", "z_normal", "z_random"),
    [
        (True, 0.369815267, 0.053125, 0.060871600, 2.146810, 2.005560),
        (False, 0.412701871, 0.057214506, 0.065999451, 2.247959, 2.093010),
    ],
)
def test_we10_global(binary, value, normal, random, z_normal, z_random):
    found = space.global_moran(X, rook(binary))
    assert found.expected == -0.125
    assert found.value == pytest.approx(value, abs=5e-10)
    assert found.variance_normal == pytest.approx(normal, abs=5e-10)
    assert found.variance_random == pytest.approx(random, abs=5e-10)
    above = found.value - found.expected
    assert above / math.sqrt(found.variance_normal) == pytest.approx(z_normal, abs=5e-7)
    assert above / math.sqrt(found.variance_random) == pytest.approx(z_random, abs=5e-7)


def test_we10_local():
    found = space.local_moran(X, rook())
    assert found["local"].tolist() == pytest.approx(LOCAL, abs=5e-7)
    assert (found["local"] * 8 / 9).tolist() == pytest.approx(LOCAL_SAMPLE, abs=5e-7)
    assert found["local"].mean() == pytest.approx(0.412702, abs=5e-7)
    assert found["quadrant"].tolist() == ["LL", "LL", "LL", "LH", "HL", "LH", "HH", "HH", "HH"]


def test_we10_false_discovery():
    p = pd.Series([0.001, 0.012, 0.031, 0.04, 0.2, 0.0105, 0.6, 0.049])
    adjusted = space.false_discovery(p)
    printed = [0.008, 0.032, 0.032, 0.062, 0.064, 0.065333, 0.228571, 0.6]
    assert adjusted.sort_values().tolist() == pytest.approx(printed, abs=5e-7)
    rejected = p[adjusted <= 0.05]
    assert rejected.tolist() == [0.001, 0.012, 0.0105]
    cut = 0.05 * len(rejected) / len(p)
    assert cut == pytest.approx(0.01875)
    # At the cut-off a third p is still rejected; just above it, no longer.
    for third, told in ((cut, 3), (cut + 1e-9, 2)):
        moved = p.replace(0.012, third)
        assert (space.false_discovery(moved) <= 0.05 + 1e-15).sum() == told


def test_false_discovery_leaves_missing_tests_out():
    adjusted = space.false_discovery(pd.Series([0.01, None, 0.04]))
    assert adjusted.tolist()[::2] == pytest.approx([0.02, 0.04])
    assert math.isnan(adjusted[1])


def test_same_seed_same_p_and_other_seed_nearly():
    graph = space.neighbour_graph(grid(12, 12))
    values = pd.Series(np.random.default_rng(3).normal(size=144)) + pd.Series(range(144)) / 200
    first, again, other = (space.local_moran(values, graph, seed=s) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first["p"].equals(other["p"])
    assert (first["p"] - other["p"]).abs().max() < 0.05
    assert space.global_moran(values, graph) == space.global_moran(values, graph)


def test_permutation_p_agrees_with_the_normal_one():
    from scipy.stats import norm

    graph = space.neighbour_graph(grid(10, 10))
    found = space.global_moran(pd.Series(np.random.default_rng(5).normal(size=100)), graph)
    z = (found.value - found.expected) / math.sqrt(found.variance_normal)
    assert found.p == pytest.approx(norm.sf(z), abs=0.02)


def test_islands_and_missing_values_are_left_out():
    shapes = pd.concat([grid(4, 4), gpd.GeoSeries([box(90, 90, 91, 91)], index=[16], crs=2154)])
    graph = space.neighbour_graph(gpd.GeoSeries(shapes, crs=2154))
    assert graph.isolates.tolist() == [16]
    values = pd.Series(range(17), dtype=float)
    values[3] = np.nan
    found = space.local_moran(values, graph)
    assert found["local"].isna()[[3, 16]].all()
    assert found["local"].notna().sum() == 15
    assert not found["is_significant"][[3, 16]].any()
    assert space.global_moran(values, graph).count == 15


def test_too_few_or_equal_values_tell_nothing():
    graph = space.neighbour_graph(grid(5, 5))
    same = pd.Series(1.0, index=range(25))
    assert math.isnan(space.global_moran(same, graph).value)
    assert not space.local_moran(same, graph)["is_significant"].any()
    few = same.where(same.index < 4) * pd.Series(range(25))
    assert math.isnan(space.global_moran(few, graph).value)


def test_noise_is_seldom_called_a_cluster_and_a_cluster_is():
    graph = space.neighbour_graph(grid(15, 15))
    rng = np.random.default_rng(11)
    noise = sum(
        space.local_moran(pd.Series(rng.normal(size=225)), graph)["is_significant"].any()
        for _ in range(20)
    )
    assert noise <= 4
    block = pd.Series([1.0 if k % 15 < 5 and k < 75 else 0.0 for k in range(225)])
    found = space.local_moran(block + rng.normal(scale=0.05, size=225), graph)
    assert set(found.loc[found["is_significant"], "quadrant"]) >= {"HH"}


def test_standardised_rates_are_those_of_esda():
    from esda.smoothing import assuncao_rate

    e, b = np.array([2, 21, 6, 9.0]), np.array([3000, 12345, 18000, 9000.0])
    assert standardised_rates(e, b).tolist() == pytest.approx(assuncao_rate(e, b), rel=1e-12)
    assert standardised_rates([0, 0], [10, 20]).isna().all()
    assert standardised_rates([1, 2, None], [10, 0, 5]).isna().tolist() == [False, True, True]


def test_without_the_extra_the_user_is_told(monkeypatch):
    monkeypatch.setattr(space, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="demomed\\[space\\]"):
        space.neighbour_graph(grid())


def test_conditional_p_is_that_of_esda():
    from esda.moran import Moran_Local

    graph = space.neighbour_graph(grid(8, 8))
    values = pd.Series(np.random.default_rng(7).normal(size=64)) + pd.Series(range(64)) / 40
    mine = space.local_moran(values, graph)
    with pytest.warns(DeprecationWarning, match="alternative"):
        theirs = Moran_Local(values.to_numpy(), graph.to_W(), permutations=9_999, seed=4)
    folded = np.minimum(2 * theirs.p_sim, 1.0)
    assert np.abs(mine["p"].to_numpy() - folded).max() < 0.05
