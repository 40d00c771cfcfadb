"""Choice of sites beside PySAL ``spopt``, from call to answer, same numbers, one machine.

Run: ``python benchmarks/siting.py [--repeat 3]`` (several minutes; ``--largest 250`` for the small
cases); the peer needs ``spopt``, ``pulp`` and ``highspy``: both its solvers are run, each stopped
after a while, and the better one is told.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
import pandas as pd
from measure import Measure, tell

from demomed.analysis.siting import best_sites

CASES = (
    ("mclp", 2000, 10, 10.0),
    ("mclp", 2000, 10, 15.0),
    ("mclp", 2000, 10, 20.0),
    ("p-median", 250, 10, None),
    ("p-median", 250, 5, None),
    ("p-center", 250, 3, None),
    ("p-median", 2000, 10, None),
)
PEER_SKIPS = {("p-median", 2000)}
"""Cases the peer does not finish (its model takes some 5 GB)."""
PEER_SECONDS = 30
"""After which a solver of the peer is stopped; building its model is not counted in."""
TIES = 1e-6


def invented_case(size: int, seed: int) -> tuple[pd.Series, pd.DataFrame]:
    """Demand and sites at random in a square of 60 by 60, times 1.3 per unit of distance."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 60, (size, 2))
    sites = rng.uniform(0, 60, (size, 2))
    weight = np.round(rng.lognormal(6, 1, size))
    minutes = 1.3 * np.hypot(*(points[:, None] - sites[None]).transpose(2, 0, 1))
    codes = [f"{i:05d}" for i in range(size)]
    return pd.Series(weight, codes), pd.DataFrame(minutes, codes, codes)


def ours(objective, demand, travel, p, limit, repeat):
    """Median processor and elapsed seconds, and what was found."""
    cpu, wall = [], []
    for _ in range(repeat):
        start, used = time.perf_counter(), time.process_time()
        found = best_sites(demand, travel.columns, travel, p, objective, limit_min=limit)
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - used)
    return statistics.median(cpu), statistics.median(wall), found


def peer(objective, demand, travel, p, limit):
    """Best answer of the peer's solvers: elapsed seconds, those of the model, solver, value, state."""
    import pulp
    from spopt.locate import MCLP, PCenter, PMedian

    cost, weight = travel.to_numpy(), demand.to_numpy()
    answers = []
    for name in ("HiGHS", "PULP_CBC_CMD"):
        solver = pulp.getSolver(name, msg=False, timeLimit=PEER_SECONDS)
        start = time.perf_counter()
        try:
            if objective == "mclp":
                model = MCLP.from_cost_matrix(cost, weight, limit, p)
            elif objective == "p-median":
                model = PMedian.from_cost_matrix(cost, weight, p)
            else:
                model = PCenter.from_cost_matrix(cost, p)
            built = time.perf_counter() - start
            model = model.solve(solver)
            value = model.problem.objective.value()
            status = pulp.LpStatus[model.problem.status]
        except Exception as error:
            built, value, status = np.nan, np.nan, type(error).__name__
        answers.append((time.perf_counter() - start, built, name, value, status))
    return min(answers, key=lambda a: (a[4] != "Optimal", a[0]))


def at_least(objective: str, mine: float, theirs: float) -> bool:
    """Whether our answer is no worse than theirs, to rounding."""
    better = mine - theirs if objective == "mclp" else theirs - mine
    return not np.isfinite(theirs) or better >= -TIES * abs(theirs)


def main() -> None:
    """One measure per case; elapsed seconds, the solvers of the peer being programs of their own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=max(size for _, size, _, _ in CASES))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    for objective, size, p, limit in CASES:
        if size > arguments.largest:
            continue
        demand, travel = invented_case(size, arguments.seed)
        _, wall, found = ours(objective, demand, travel, p, limit, arguments.repeat)
        label = f"{objective}{f' {limit:g} min' if limit else ''}, {size:,} × {size:,}, {p} sites"
        note = f"value {found.value:.6g}, gap {found.gap:.2%}"
        if (objective, size) in PEER_SKIPS:
            tell(Measure(label, wall, "s", wall=wall, note=note + "; the peer does not finish"))
            continue
        total, built, name, value, status = peer(objective, demand, travel, p, limit)
        note += f"; {name}: model {built:.1f} s, value {value:.6g}, {status}"
        tell(
            Measure(
                label,
                wall,
                "s",
                theirs=total if np.isfinite(value) else None,
                peer="spopt",
                wall=wall,
                is_true=at_least(objective, found.value, value),
                note=note,
            )
        )


if __name__ == "__main__":
    main()
