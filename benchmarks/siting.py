"""Choice of sites beside PySAL ``spopt``, from call to answer, same numbers, one machine.

Run: ``python benchmarks/siting.py [--peer] [--repeat 3]``; ``--peer`` needs ``spopt``, ``pulp`` and
``highspy`` and runs each of its solvers (several minutes). Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
import pandas as pd

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
PEER_SECONDS = 120


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
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        found = best_sites(demand, travel.columns, travel, p, objective, limit_min=limit)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), found


def peer(objective, demand, travel, p, limit):
    """Least time of the peer's solvers, with what it answers and whether it claims an optimum."""
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(
        "| problème | taille | p | s | valeur | écart | spopt (solveur) s | dont modèle | valeur | état | rapport |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for objective, size, p, limit in CASES:
        demand, travel = invented_case(size, arguments.seed)
        seconds, found = ours(objective, demand, travel, p, limit, arguments.repeat)
        label = objective + (f" {limit:g} min" if limit else "")
        line = f"| {label} | {size} × {size} | {p} | {seconds:.2f} | {found.value:.6g} | {found.gap:.2%} |"
        if arguments.peer and (objective, size) not in PEER_SKIPS:
            total, built, name, value, status = peer(objective, demand, travel, p, limit)
            line += f" {total:.1f} ({name}) | {built:.1f} | {value:.6g} | {status} | {total / seconds:.0f} |"
        else:
            line += " — | — | — | — | — |"
        print(line, flush=True)


if __name__ == "__main__":
    main()
