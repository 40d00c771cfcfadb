"""The gate on cases small enough to be checked by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from demomed.core.attack import feasible_intervals, head_counts
from demomed.core.coarse import by_text, group_names, share_classes
from demomed.core.disclosure import EMPTIED, protect
from demomed.core.faults import InputError
from demomed.core.indicator import Indicators, PublicIndicators
from demomed.core.linear import Form, Statement, System, intervals
from demomed.core.movements import COLUMNS as MOVES
from demomed.core.suppression import Target, cheapest

HAND = {"A": [58] * 6 + [40] * 8, "B": [58] * 2 + [40], "C": [40] * 2}
ONE = dict.fromkeys("ABC", "E")
FEW = ("share_55_plus", "share_60_plus", "practitioners_55_plus")
ALL = (*FEW, "share_over_55", "share_65_plus", "mean_age", "median_age")


def shown(public: PublicIndicators, indicator: str = "share_55_plus") -> dict[str, object]:
    rows = public.table.loc[public.table["indicator"] == indicator]
    told = rows["value"].astype(object).where(rows["value"].notna(), rows["coarse"])
    return dict(zip(rows["level"] + " " + rows["zone_code"], told, strict=True))


def we13() -> tuple[System, list[Statement], np.ndarray]:
    """Ages by EPCI of the worked example, row and column totals known."""
    cells = np.array([[7, 6, 2], [12, 9, 8], [5, 10, 6]])
    number = np.arange(9).reshape(3, 3)
    sums = [Form.sum(line.tolist()) for line in (*number, *number.T)]
    totals = tuple(map(float, [*cells.sum(axis=1), *cells.sum(axis=0)]))
    system = System(np.zeros(9), np.full(9, 65.0), tuple(sums), totals, totals)
    statements = [
        Statement(
            (Form.sum([c]),),
            ((float(x),), (0.0,)),
            ((float(x),), (65.0,)),
            (0.0, float(x)),
            floor=int(x < 5),
        )
        for c, x in enumerate(cells.ravel().tolist())
    ]
    return system, statements, cells


def test_worked_example_cheapest_pattern() -> None:
    system, statements, cells = we13()
    pattern = cheapest(system, statements, [Target(Form.sum([2]), 5)])
    assert pattern.is_exact
    assert pattern.cost - 2 == 18
    hidden = pattern.rungs.reshape(3, 3) == 1
    assert cells[hidden].tolist() == [7, 2, 5, 6]
    found = intervals(system, statements, pattern.rungs, [Form.sum([2])])
    assert found.tolist() == [[0, 8]]


def test_worked_example_every_other_pattern_costs_more_or_tells() -> None:
    """Exhaustive twin of the integer programme."""
    system, statements, cells = we13()
    best = np.inf
    for others in product([0, 1], repeat=8):
        rungs = np.insert(np.array(others), 2, 1)
        cost = float(cells.ravel()[rungs == 1].sum()) - 2
        if cost < best:
            low, high = intervals(system, statements, rungs, [Form.sum([2])])[0]
            best = cost if high - low >= 5 - 1e-9 else best
    assert best == 18


def test_worked_example_other_rectangles_cost_22_23_and_27() -> None:
    """Hiding one line and one column more also protects: each such pattern, and what it costs."""
    system, statements, cells = we13()
    costs = []
    for line, column in product((1, 2), (0, 1)):
        rungs = np.zeros((3, 3), dtype=int)
        rungs[np.ix_([0, line], [column, 2])] = 1
        low, high = intervals(system, statements, rungs.ravel(), [Form.sum([2])])[0]
        assert high - low >= 5 - 1e-9
        costs.append(int(cells[rungs == 1].sum()) - 2)
    assert sorted(costs) == [18, 22, 23, 27]


def test_greedy_fallback_is_safe_and_says_so() -> None:
    system, statements, _ = we13()
    pattern = cheapest(system, statements, [Target(Form.sum([2]), 5)], rounds=0)
    low, high = intervals(system, statements, pattern.rungs, [Form.sum([2])])[0]
    assert not pattern.is_exact
    assert high - low >= 5
    assert pattern.cost - 2 >= 18


def test_hand_case_at_five(made_register) -> None:
    register = made_register(HAND, ONE)
    told = shown(protect(register.measured(["share_55_plus"]), hierarchy=register.hierarchy))
    assert told["epci E"] == pytest.approx(8 / 19)
    assert told["departement 53"] == pytest.approx(8 / 19)
    # 6 of 14 alone would give 2 of 5 by subtraction: a class holds the others back.
    assert told["commune A"] in by_text()
    assert told["commune B"] == told["commune C"] == ""


def test_hand_case_at_eleven(made_register) -> None:
    register = made_register(HAND, ONE)
    values = register.measured(["share_55_plus"])
    told = shown(protect(values, hierarchy=register.hierarchy, threshold=11))
    assert told["epci E"] == told["departement 53"] == "moins des deux tiers"
    assert told["commune B"] == told["commune C"] == ""


def test_nobody_and_everybody_are_not_told(made_register) -> None:
    register = made_register({"A": [40] * 12, "B": [60] * 12}, {"A": "E", "B": "F"})
    told = shown(protect(register.measured(["share_55_plus"]), hierarchy=register.hierarchy))
    assert told["commune A"] == "moins de la moitié"
    assert told["commune B"] == "au moins la moitié"
    assert told["departement 53"] == 0.5


def test_empty_zone_keeps_its_true_zero(made_register) -> None:
    register = made_register({"A": [40] * 7 + [60] * 7, "B": []}, {"A": "E", "B": "E"})
    told = shown(
        protect(register.measured(["practitioners_55_plus"]), hierarchy=register.hierarchy),
        "practitioners_55_plus",
    )
    assert told["commune B"] == 0
    assert told["commune A"] == 7


def test_difference_of_two_ages_is_a_cell(made_register) -> None:
    """9 of 55 and more, 7 of 60 and more: two persons between them."""
    register = made_register({"A": [57] * 2 + [62] * 7 + [40] * 11}, {"A": "E"})
    one_level = {"epci": register.hierarchy["epci"]}
    register = replace(register, hierarchy=one_level)
    public = protect(register.measured(["share_55_plus", "share_60_plus"]), hierarchy=one_level)
    assert shown(public)["epci E"] == 9 / 20
    assert shown(public, "share_60_plus")["epci E"] in by_text()
    alone = protect(register.measured(["share_60_plus"]), hierarchy=one_level)
    assert shown(alone, "share_60_plus")["epci E"] == 7 / 20


def test_same_number_is_told_or_hidden_in_every_indicator(random_register) -> None:
    for seed in range(6):
        register = random_register(seed)
        values = register.measured(["share_55_plus", "share_60_plus", "practitioners_55_plus"])
        public = protect(values, hierarchy=register.hierarchy)
        share, count = shown(public), shown(public, "practitioners_55_plus")
        for zone, told in share.items():
            if isinstance(told, str) and count[zone] != 0:
                assert count[zone] == told


def test_figures_for_internal_use_do_not_leave(made_register) -> None:
    register = made_register({"A": [60] * 9 + [40] * 11}, {"A": "E"})
    values = register.measured(["share_55_plus"])
    hours = values.table.assign(indicator="register_etp", value=1.5, denominator=np.nan)
    near = values.table.assign(indicator="reachable_share_over_60")
    plain = values.table.assign(indicator="register_count", value=20.0, denominator=np.nan)
    every = Indicators(pd.concat([values.table, hours, near, plain], ignore_index=True))
    rows = protect(every, hierarchy=register.hierarchy).table
    told = rows.groupby("indicator")["level"].agg(set).to_dict()
    everywhere = {"commune", "epci", "departement"}
    assert told == {
        "share_55_plus": everywhere,
        "register_count": everywhere,
        "reachable_share_over_60": {"epci", "departement"},
    }
    assert len(protect(every, hierarchy=register.hierarchy, internal=True)) == len(every)


def test_crossing_epci_does_not_tell_the_part_outside(made_register) -> None:
    """EPCI whole 14 of 24, its part inside 12 of 20: two of four persons outside."""
    ages = {"A": [60] * 12 + [40] * 8, "x1": [60] * 2 + [40] * 2, "B": [60] * 10 + [40] * 10}
    register = made_register(ages, {"A": "E", "x1": "E", "B": "F"})
    told = shown(protect(register.measured(["share_55_plus"]), hierarchy=register.hierarchy))
    exact = {zone for zone, value in told.items() if isinstance(value, float)}
    assert not {"epci E", "commune A"} <= exact
    assert not {"epci E", "departement 53", "epci F"} <= exact
    assert "departement 53" in exact


def test_small_epci_is_told_with_its_neighbour(made_register) -> None:
    ages = {"A": [60] * 2 + [40] * 2, "B": [60] * 8 + [40] * 8, "C": [60] * 10 + [40] * 10}
    register = made_register(ages, {"A": "E", "B": "F", "C": "G"})
    values = register.measured(["share_55_plus"])
    alone = protect(values, hierarchy=register.hierarchy)
    assert shown(alone)["epci E"] == ""
    touching = {"epci": {"E": ["F"], "F": ["E", "G"], "G": ["F"]}}
    public = protect(values, hierarchy=register.hierarchy, neighbours=touching)
    told = shown(public)["epci E"]
    names, text = group_names(told)
    assert names == ("Zone F",)
    low, high = by_text()[text].counts(20)
    assert low <= 10 <= high
    found = feasible_intervals(public, head_counts(values), register.hierarchy)
    hidden = found.loc[(found["zone_code"] == "E") & (found["set"] == "zone")]
    assert (hidden["high"] - hidden["low"]).tolist() == [4]


def test_every_class_text_is_told_apart() -> None:
    assert len(by_text()) == len(share_classes())
    for known in share_classes():
        for base in range(1, 40):
            low, high = known.counts(base)
            inside = [part for part in range(base + 1) if low <= part <= high]
            expected = [
                part
                for part in range(base + 1)
                if known.low * base <= part and (part < known.high * base or known.high == 1)
            ]
            assert inside == expected


def since(moved: tuple[int, int], date: str = "2026-01-01") -> pd.DataFrame:
    return pd.DataFrame([(date, "gp", "epci", "E", *moved)], columns=list(MOVES))


def test_who_left_between_two_dates_is_not_told(made_register) -> None:
    before = made_register({"A": [60] * 12 + [40] * 12}, {"A": "E"})
    after = made_register({"A": [60] * 11 + [40] * 12}, {"A": "E"})
    levels = {"epci": before.hierarchy["epci"]}
    first = protect(replace(before, hierarchy=levels).measured(["share_55_plus"]), hierarchy=levels)
    values = replace(after, hierarchy=levels).measured(["share_55_plus"], date="2027-01-01")
    assert shown(first)["epci E"] == 0.5
    assert shown(protect(values, hierarchy=levels))["epci E"] == pytest.approx(11 / 23)
    second = protect(values, hierarchy=levels, previous=first, moves=since((1, 0)))
    told = by_text()[shown(second)["epci E"]].counts(23)
    assert told[0] <= 11
    assert told[1] >= 12
    unchanged = replace(before, hierarchy=levels).measured(["share_55_plus"], date="2027-01-01")
    again = protect(unchanged, hierarchy=levels, previous=first, moves=since((0, 0)))
    assert shown(again)["epci E"] == 0.5


def test_two_dates_in_one_table_protect_one_another(made_register) -> None:
    before = made_register({"A": [60] * 12 + [40] * 12}, {"A": "E"})
    after = made_register({"A": [60] * 11 + [40] * 12}, {"A": "E"})
    levels = {"epci": before.hierarchy["epci"]}
    table = pd.concat(
        [
            replace(before, hierarchy=levels).measured(["share_55_plus"]).table,
            replace(after, hierarchy=levels).measured(["share_55_plus"], date="2027-01-01").table,
        ],
        ignore_index=True,
    )
    status = protect(Indicators(table), hierarchy=levels).table.set_index("date")["status"]
    assert status.to_dict() == {"2026-01-01": "value", "2027-01-01": "masked"}


def test_masked_rows_are_empty_in_every_byte(made_register) -> None:
    register = made_register(
        {"A": [57] * 3 + [40] * 10, "B": [57] * 10 + [40] * 13}, {"A": "E", "B": "F"}
    )
    values = register.measured()
    values = replace(
        values,
        table=values.table.assign(low=values.table["value"] / 2, high=values.table["value"] * 1.1),
    )
    public = protect(values, hierarchy=register.hierarchy)
    masked = public.table["status"] == "masked"
    assert masked.any()
    assert public.table.loc[masked, list(EMPTIED)].isna().all(axis=None)
    written = public.table.to_csv(index=False)
    kept = set(public.table.loc[~masked, list(EMPTIED)].stack().astype(str))
    keys = ["level", "zone_code", "indicator"]
    hidden = public.table.loc[masked, keys].merge(values.table, on=keys)
    secret = hidden[["value", "low", "high"]].stack()
    told = [number for number in secret.astype(str) if number not in kept and len(number) > 8]
    assert told
    assert not [number for number in told if number[:8] in written]


def test_passing_twice_changes_nothing(random_register) -> None:
    register = random_register(3)
    once = protect(register.measured(), hierarchy=register.hierarchy)
    twice = protect(once, hierarchy=register.hierarchy)
    pd.testing.assert_frame_equal(once.table, twice.table)


def test_order_of_rows_does_not_matter(random_register) -> None:
    for seed, indicators in ((0, ALL), (3, FEW), (8, FEW), (9, FEW)):
        register = random_register(seed)
        values = register.measured(indicators)
        shuffled = values.table.sample(frac=1, random_state=seed)
        keys = ["indicator", "level", "zone_code"]
        straight = protect(values, hierarchy=register.hierarchy).table
        other = protect(Indicators(shuffled), hierarchy=register.hierarchy).table
        one, two = (table.sort_values(keys, ignore_index=True) for table in (straight, other))
        pd.testing.assert_frame_equal(one, two)


def test_other_indicators_are_untouched(random_register) -> None:
    register = random_register(5)
    values = register.measured(["share_55_plus"])
    plain = values.table.assign(indicator="supply_count", numerator=2.0, value=2.0)
    table = pd.concat([values.table, plain], ignore_index=True)
    public = protect(Indicators(table), hierarchy=register.hierarchy).table
    kept = public.loc[public["indicator"] == "supply_count"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept.drop(columns="coarse"), plain)


def test_internal_use_leaves_all_and_is_stamped(random_register) -> None:
    register = random_register(2)
    values = register.measured()
    public = protect(values, hierarchy=register.hierarchy, internal=True)
    assert public.internal
    pd.testing.assert_frame_equal(public.table.drop(columns="coarse"), values.table)
    assert {"mean_age", "median_age"} <= set(public.table["indicator"])
    masked = protect(public, hierarchy=register.hierarchy)
    assert not masked.internal
    assert (masked.table["status"] == "masked").any()


def test_refusals_say_what_to_do(random_register) -> None:
    register = random_register(2)
    values = register.measured()
    with pytest.raises(InputError, match="au moins 5"):
        protect(values, hierarchy=register.hierarchy, threshold=4)
    with pytest.raises(InputError, match="emboîtement inconnu"):
        protect(values)
    public = protect(values, hierarchy=register.hierarchy)
    with pytest.raises(InputError, match="recalculer"):
        protect(public, hierarchy=register.hierarchy, threshold=11)
    broken = values.table.copy()
    broken.loc[broken["level"] == "departement", ["numerator", "denominator"]] = 1.0
    with pytest.raises(InputError):
        protect(Indicators(broken), hierarchy=register.hierarchy)


def test_share_without_persons_behind_is_never_told(random_register) -> None:
    register = random_register(4)
    values = register.measured(["share_55_plus"])
    blind = Indicators(values.table.assign(numerator=np.nan, denominator=np.nan))
    public = protect(blind, hierarchy=register.hierarchy)
    assert public.table["value"].isna().all()
