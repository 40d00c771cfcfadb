"""An independent package finds the same optima (PySAL spopt, when it is installed)."""

import numpy as np
import pandas as pd
import pytest

from demomed.analysis.siting import best_sites

locate = pytest.importorskip("spopt.locate", exc_type=ImportError)
pulp = pytest.importorskip("pulp")


def case(size, seed):
    rng = np.random.default_rng(seed)
    points, sites = rng.uniform(0, 60, (2, size, 2))
    minutes = np.hypot(*(points[:, None] - sites[None]).transpose(2, 0, 1)) * 1.3
    weight = np.round(rng.lognormal(6, 1, size))
    codes = [f"{i:03d}" for i in range(size)]
    return minutes, weight, pd.DataFrame(minutes, codes, codes), pd.Series(weight, codes)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("p", [2, 4])
def test_p_median_and_covering_optima(seed, p):
    minutes, weight, travel, demand = case(30, seed)
    solver = pulp.PULP_CBC_CMD(msg=False)
    median = locate.PMedian.from_cost_matrix(minutes, weight, p).solve(solver)
    ours = best_sites(demand, travel.columns, travel, p)
    assert ours.value == pytest.approx(median.problem.objective.value())
    cover = locate.MCLP.from_cost_matrix(minutes, weight, 15, p).solve(solver)
    ours = best_sites(demand, travel.columns, travel, p, "mclp", limit_min=15)
    assert ours.value == pytest.approx(cover.problem.objective.value())
