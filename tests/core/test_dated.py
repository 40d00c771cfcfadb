"""Between dates: what is told later follows from what was told before, whatever the ages of movers."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import numpy as np
import pandas as pd
import pytest

from demomed.core.attack import feasible_intervals, head_counts
from demomed.core.coarse import by_text
from demomed.core.disclosure import protect
from demomed.core.indicator import PublicIndicators
from demomed.core.movements import COLUMNS

SHARES = ("share_55_plus", "share_over_55", "share_60_plus", "share_65_plus")
DAYS = ("2026-01-15", "2026-06-15", "2026-10-15")


def moves_of(hierarchy, dates, people) -> pd.DataFrame:
    """Gross movements from each date to the last; ``people`` maps a number to commune and age."""
    rows = []
    for date, held in list(zip(dates, people, strict=False))[:-1]:
        for level, members in hierarchy.items():
            for zone in sorted(set(members)):
                one, two = (
                    {p for p, (c, _) in side.items() if members.get(c) == zone}
                    for side in (held, people[-1])
                )
                rows.append((date, "gp", level, zone, len(one - two), len(two - one)))
        rows.append((date, "gp", "", "", *[len(set(held) ^ set(people[-1]))] * 2))
    return pd.DataFrame(rows, columns=list(COLUMNS))


@pytest.fixture
def published(made_register):
    """Publications one after the other of the same persons, who come and go."""

    def publish(epci, *people, indicators=SHARES, days=DAYS) -> list[PublicIndicators]:
        told: list[PublicIndicators] = []
        for rank, held in enumerate(people):
            ages = {c: [a for where, a in held.values() if where == c] for c in epci}
            register = made_register(ages, epci)
            values = register.measured(indicators, date=days[rank])
            previous = pd.concat([t.table for t in told], ignore_index=True) if told else None
            told.append(
                protect(
                    values,
                    hierarchy=register.hierarchy,
                    neighbours=register.neighbours,
                    previous=None if previous is None else PublicIndicators(previous),
                    moves=moves_of(register.hierarchy, days, people[: rank + 1]),
                )
            )
        return told

    return publish


def words(public: PublicIndicators) -> tuple:
    rows = public.table.sort_values(["level", "zone_code", "indicator"])
    rows = rows[["level", "zone_code", "indicator", "status", "coarse", "numerator"]]
    return tuple(map(tuple, rows.astype(str).to_numpy()))


def people_of(**ages) -> dict:
    return {f"{c}{i}": (c, age) for c, held in ages.items() for i, age in enumerate(held)}


def without(people: dict, *gone: str) -> dict:
    return {p: fact for p, fact in people.items() if p not in gone}


def exact(public: PublicIndicators) -> set[tuple[str, str, str]]:
    rows = public.table.loc[public.table["status"] == "value"]
    return set(zip(rows["level"], rows["zone_code"], rows["indicator"], strict=True))


def test_every_possible_world_is_told_alike_at_three_dates(published) -> None:
    """All worlds enumerated: those published alike once stay so, whatever the ages of movers.

    Whoever reads the three dates then excludes no world that the first date left possible, and
    among them any age of who left and of who came.
    """
    alike: dict[tuple, set] = defaultdict(set)
    movers: dict[tuple, set] = defaultdict(set)
    epci = {"A": "E", "B": "F"}
    for old, few, mate in product((0, 1, 4, 5, 6, 7, 11), (0, 2, 5), (40, 60)):
        ages = [60] * old + [40] * (11 - old)
        first = people_of(A=[mate, *ages], B=[60] * few + [40] * (10 - few))
        for came in (40, 60):
            second = {**without(first, "A0"), "new": ("A", came)}
            third = without(second, *[f"B{i}" for i in (0, 4, 9)])
            one, two, three = published(epci, first, second, third, indicators=SHARES[:1])
            alike[words(one)].add((words(two), words(three)))
            movers[words(one)].add((mate, came))
    assert len(alike) > 3
    assert all(len(later) == 1 for later in alike.values())
    informed = [held for one, held in movers.items() if any("value" in row for row in one)]
    assert informed
    for one, held in movers.items():
        told = [row for row in one if row[:2] == ("epci", "E")]
        if told[0][3] == "value":
            assert len(held) == 4, "every pair of ages stays possible"


@pytest.mark.parametrize("seed", range(10))
def test_ages_of_movers_never_change_a_word(seed: int, published) -> None:
    """Random registers: the movers' ages swapped with those of others who were counted alike."""
    draw = np.random.default_rng(seed)
    epci = {"A": "E", "B": "E", "C": "F", "D": "F"}
    ages = {
        c: np.clip(draw.normal(55, 8, size), 30, 75).astype(int).tolist()
        for c, size in zip(epci, draw.permutation([7, 14, 22, 40]), strict=True)
    }
    first = people_of(**ages)
    gone = draw.choice(sorted(first), 4, replace=False).tolist()
    found = set()
    for _ in range(3):
        # the same ages in each commune, borne by others: the first publication is the same
        borne = {}
        for c in epci:
            mine = sorted(p for p, (where, _) in first.items() if where == c)
            held = draw.permutation([first[p][1] for p in mine]).tolist()
            borne |= {p: (c, age) for p, age in zip(mine, held, strict=True)}
        second = {**without(borne, *gone[:2]), "n1": ("A", int(draw.integers(30, 75)))}
        third = {**without(second, *gone[2:]), "n2": ("C", int(draw.integers(30, 75)))}
        third[sorted(p for p, f in third.items() if f[0] == "B")[0]] = ("D", 58)
        found.add(tuple(map(words, published(epci, borne, second, third))))
    assert len({one[0] for one in found}) == 1
    assert len(found) == 1


def test_one_replaced_hides_every_age_of_the_zone_together(published) -> None:
    """A person of 71 gives place to one of 63: 55 and 60 do not change, 65 does; all are hidden."""
    ages = [71, 66, 66, 67, 68, 69, *[62] * 12, *[57] * 8, *[45] * 31]
    first = people_of(A=ages, B=[66] * 10 + [61] * 10 + [45] * 20)
    epci = {"A": "E", "B": "F"}
    later = {**without(first, "A0"), "n": ("A", 63)}
    one, two = published(epci, first, later)
    assert ("epci", "E", "share_55_plus") in exact(one)
    moved = {zone for _, zone, _ in exact(two)} & {"A", "E", "53"}
    assert not moved
    kept = {fact for fact in exact(one) if fact[1] in ("B", "F")}
    assert kept
    assert kept == {fact for fact in exact(two) if fact[1] in ("B", "F")}


def test_three_dates_do_not_narrow_a_number_hidden_before(published) -> None:
    """Those of exactly 55 stay unknown over five persons, whoever left in between."""
    ages = [55] * 4 + [58] * 6 + [62] * 8 + [67] * 11 + [45] * 28
    first = people_of(A=ages, B=[58] * 9 + [62] * 9 + [45] * 30)
    second = without(first, "A5")
    third = without(second, *(f"A{i}" for i in (6, 12, 30, 31, 40)))
    told = published({"A": "E", "B": "F"}, first, second, third)
    fits = set()
    windows = []
    for public, gone in zip(told, (0, 1, 6), strict=True):
        rows = public.table.set_index(["level", "zone_code", "indicator"])
        base = 57 - gone
        bounds = []
        for indicator in SHARES[:2]:
            row = rows.loc[("epci", "E", indicator)]
            if row["status"] == "value":
                bounds.append((row["numerator"], row["numerator"]))
            else:
                text = row["coarse"]
                bounds.append(by_text()[text].counts(base) if text else (0, base))
        windows.append(bounds)
    for over, young in product(range(58), repeat=2):
        if over + young > 57:
            continue
        inside = all(
            any(
                low <= over - a <= high and least <= over + young - a - b <= most
                for a, b in product(range(gone + 1), repeat=2)
                if a + b <= gone and a <= over and b <= young
            )
            for ((least, most), (low, high)), gone in zip(windows, (0, 1, 6), strict=True)
        )
        if inside:
            fits.add(young)
    assert max(fits) - min(fits) >= 5


def test_without_the_rows_everybody_may_have_moved(made_register) -> None:
    register = made_register({"A": [60] * 12 + [40] * 12}, {"A": "E"})
    first = protect(register.measured(SHARES[:1]), hierarchy=register.hierarchy)
    later = register.measured(SHARES[:1], date="2026-06-01")
    told = protect(later, hierarchy=register.hierarchy, previous=first).table
    assert (told["status"] == "masked").all()
    assert (told["coarse"] == "").all()


def test_a_birthday_is_told_where_nobody_moved_and_the_attack_agrees(
    published, made_register
) -> None:
    first = people_of(A=[54, *[60] * 10, *[40] * 12], B=[60] * 9 + [40] * 11)
    later = {p: (c, age + 1) for p, (c, age) in first.items()}
    epci, days = {"A": "E", "B": "F"}, ("2026-01-01", "2027-01-01")
    one, two = published(epci, first, later, indicators=SHARES[:1], days=days)
    told = two.table.set_index(["level", "zone_code"])["numerator"]
    assert told[("epci", "E")] == 11
    register = made_register(
        {c: [a for w, a in later.values() if w == c] for c in epci}, epci
    )  # fmt: skip
    values = register.measured(SHARES[:1], date=days[1])
    found = feasible_intervals(
        two,
        head_counts(values),
        register.hierarchy,
        previous=one,
        moves=moves_of(register.hierarchy, days, (first, later)),
    )
    assert not found["is_exposed"].any()


def test_a_profession_never_told_before_is_told_as_the_first_time(made_register) -> None:
    register = made_register({"A": [60] * 12 + [40] * 12}, {"A": "E"})
    nurses = protect(
        register.measured(SHARES[:1], profession="nurse"), hierarchy=register.hierarchy
    )
    values = register.measured(SHARES[:1], date="2026-06-01")
    alone = protect(values, hierarchy=register.hierarchy)
    beside = protect(values, hierarchy=register.hierarchy, previous=nurses)
    assert words(alone) == words(beside)
    assert exact(alone)
