"""The attack on what passed the gate: linear programming, whole numbers, and plain enumeration."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pandas as pd
import pytest

from demomed.analysis import compute
from demomed.core.attack import feasible_intervals, head_counts
from demomed.core.coarse import by_text
from demomed.core.disclosure import protect
from demomed.core.faults import InputError
from demomed.core.groups import touching
from demomed.core.indicator import PublicIndicators
from demomed.core.linear import Attacker, Form, Statement, System
from demomed.core.territory import LEVELS
from demomed.pipeline import load_territory

THRESHOLD = 5
ONE_AGE = ("share_55_plus",)
FEW = (*ONE_AGE, "share_60_plus", "practitioners_55_plus")
ALL = (*FEW, "share_over_55", "share_65_plus", "mean_age", "median_age")


def truth(register, found: pd.DataFrame) -> pd.Series:
    """True number of each row of zones of an attack."""
    persons = register.persons
    numbers = []
    for row in found.itertuples():
        members = register.hierarchy[row.level]
        ages = persons.loc[persons["commune"].map(members) == row.zone_code, "age"]
        upper = np.inf if pd.isna(row.to_age) else row.to_age
        numbers.append(((ages >= row.from_age) & (ages < upper)).sum())
    return pd.Series(numbers, index=found.index, dtype=float)


def check(register, public: PublicIndicators, found: pd.DataFrame) -> None:
    assert not found["is_exposed"].any(), found.loc[found["is_exposed"]].to_string()
    zones = found.loc[(found["set"] == "zone") & (found["quantity"] == "persons")]
    zones = zones.loc[zones["base"] > 0]
    number = truth(register, zones)
    assert ((zones["low"] <= number + 1e-6) & (zones["high"] >= number - 1e-6)).all()
    left = zones["base"] - number
    whole = zones["to_age"].isna()
    small = (whole & ((number < THRESHOLD) | (left < THRESHOLD))) | (
        ~whole & (number > 0) & (number < THRESHOLD)
    )
    width = zones["high"] - zones["low"]
    exposed = small & (width < zones["required"] - 1e-6)
    assert not exposed.any(), zones.loc[exposed].to_string()


def published(seed: int) -> tuple[str, ...]:
    """All indicators for 24 registers of 200, two ages for 20, one age alone for the others."""
    if seed % 25 in (0, 6, 13):
        return ALL
    return FEW if seed % 10 == 7 else ONE_AGE


@pytest.mark.parametrize("block", range(10))
def test_attack_finds_nothing_on_small_registers(block: int, random_register) -> None:
    for seed in range(block * 20, block * 20 + 20):
        register = random_register(seed)
        values = register.measured(published(seed))
        touching = register.neighbours if seed % 2 else None
        public = protect(values, hierarchy=register.hierarchy, neighbours=touching)
        found = feasible_intervals(public, head_counts(values), register.hierarchy)
        check(register, public, found)


def test_attack_over_whole_persons_finds_nothing(random_register) -> None:
    for seed in range(300, 304):
        register = random_register(seed)
        values = register.measured(FEW)
        public = protect(values, hierarchy=register.hierarchy)
        found = feasible_intervals(public, head_counts(values), register.hierarchy, whole=True)
        check(register, public, found)


def test_attack_breaks_primary_masking_alone(random_register) -> None:
    """The attack can fail: hiding small numbers alone lets many registers be rebuilt."""
    broken = 0
    for seed in range(20):
        register = random_register(seed)
        values = register.measured(["share_55_plus"])
        table = values.table.assign(coarse="")
        part, rest = table["numerator"], table["denominator"] - table["numerator"]
        small = (part < THRESHOLD) | (rest < THRESHOLD)
        table.loc[small, ["value", "numerator", "denominator"]] = np.nan
        naive = PublicIndicators(table)
        found = feasible_intervals(naive, head_counts(values), register.hierarchy)
        broken += bool(found["is_exposed"].any())
    assert broken >= 5


@pytest.mark.parametrize("code", ["41", "53", "61"])
def test_departments_keep_something_readable_and_nothing_is_exposed(code: str) -> None:
    """At least nine EPCIs in ten keep a figure or a class of the 55+ share of GPs and nurses."""
    territory = load_territory(code)
    nested = {level: territory.members(level) for level in LEVELS}
    values = compute(
        territory, ["share_55_plus", "share_60_plus"], LEVELS, professions=["gp", "nurse"]
    )
    neighbours = {"epci": touching(territory.zones("epci"))}
    public = protect(values, hierarchy=nested, neighbours=neighbours)
    rows = public.table
    rows = rows.loc[(rows["level"] == "epci") & (rows["indicator"] == "share_55_plus")]
    readable = rows["value"].notna() | (rows["coarse"] != "")
    assert (readable.groupby(rows["profession"]).mean() >= 0.9).all()
    found = feasible_intervals(public, head_counts(values), nested)
    assert len(found) > 1000
    assert not found["is_exposed"].any()


def enumerated(register, public: PublicIndicators, ages: tuple[int, ...]) -> dict[str, tuple]:
    """Every age distribution that fits what is published, one by one: an independent attack."""
    communes = sorted(register.persons["commune"].unique())
    sizes = register.persons.groupby("commune").size()
    choices = []
    for commune in communes:
        n = int(sizes[commune])
        pairs = product(range(n + 1), repeat=len(ages))
        choices.append([p for p in pairs if all(a >= b for a, b in pairwise(p))])
    told = []
    for row in public.table.itertuples():
        members = register.hierarchy[row.level]
        inside = [i for i, c in enumerate(communes) if members.get(c) == row.zone_code]
        number = ages.index({"share_55_plus": 55, "share_60_plus": 60}[row.indicator])
        n = int(sum(sizes[communes[i]] for i in inside))
        if row.status == "value":
            told.append((inside, number, row.numerator, row.numerator))
        elif row.coarse:
            told.append((inside, number, *by_text()[row.coarse].counts(n)))
    fits: list[tuple] = []
    for world in product(*choices):
        if all(lo <= sum(world[i][q] for i in ins) <= hi for ins, q, lo, hi in told):
            fits.append(world)
    cube = np.array(fits)
    found = {}
    for level, members in register.hierarchy.items():
        for zone in sorted(set(members)):
            inside = [i for i, c in enumerate(communes) if members.get(c) == zone]
            for q, age in enumerate(ages):
                total = cube[:, inside, q].sum(axis=1)
                found[f"{level} {zone} {age}"] = (total.min(), total.max())
    return found


@pytest.mark.parametrize("seed", range(12))
def test_enumeration_agrees_with_the_attack_and_finds_nothing(seed: int, made_register) -> None:
    draw = np.random.default_rng(seed)
    ages = {
        commune: np.clip(draw.normal(55, 8, size), 30, 75).astype(int).tolist()
        for commune, size in zip("ABC", draw.permutation([2, 4, 7]), strict=True)
    }
    register = made_register(ages, {"A": "E", "B": "E", "C": "F"})
    values = register.measured(["share_55_plus", "share_60_plus"])
    public = protect(values, hierarchy=register.hierarchy)
    counted = enumerated(register, public, (55, 60))
    found = feasible_intervals(public, head_counts(values), register.hierarchy, whole=True)
    zones = found.loc[(found["set"] == "zone") & found["to_age"].isna()]
    for row in zones.itertuples():
        low, high = counted[f"{row.level} {row.zone_code} {row.from_age:g}"]
        assert (row.low, row.high) == (low, high)
    check(register, public, found)


def test_attacker_who_kept_the_last_publication_learns_no_departure(made_register) -> None:
    ages = {"A": [60] * 12 + [40] * 12, "B": [60] * 9 + [40] * 11}
    later = {"A": [60] * 11 + [40] * 12, "B": [60] * 9 + [40] * 11}
    epci = {"A": "E", "B": "F"}
    before, after = made_register(ages, epci), made_register(later, epci)
    first = protect(before.measured(), hierarchy=before.hierarchy)
    values = after.measured(date="2027-01-01")
    second = protect(values, hierarchy=after.hierarchy, previous=first)
    found = feasible_intervals(second, head_counts(values), after.hierarchy, previous=first)
    row = found.loc[
        (found["level"] == "epci")
        & (found["zone_code"] == "E")
        & (found["from_age"] == 55)
        & found["to_age"].isna()
        & (found["set"] == "zone")
    ].iloc[0]
    assert row["low"] <= 11
    assert row["high"] >= 12


def test_nobody_is_attacked_without_a_programme():
    nothing = System(np.zeros(0), np.zeros(0))
    attacker = Attacker(nothing, [])
    assert attacker.largest(np.zeros(0))[0] == attacker.reach(np.zeros(0)) == 0.0
    impossible = Statement((Form((), ()),), ((1.0,),), ((2.0,),), (0.0,))
    with pytest.raises(InputError):
        Attacker(nothing, [impossible]).reach(np.zeros(0))
