"""« S'écarte nettement »: the exact 99.8 % funnel, the same as the analysis draws."""

import pytest
from scipy.stats import binom, poisson

from demomed.analysis.funnel import funnel_limits
from demomed.core.catalogue import texts
from demomed.rendering.apart import stands_out
from demomed.rendering.facts import ZoneFact
from demomed.rendering.subject import Subject

LEVEL = texts("fr")["compose"]["levels"]["epci"]


def fact(events, base):
    known = {"name": "Z", "where": "Z", "value": 1.0, "low": None, "high": None, "status": "value"}
    return ZoneFact(
        code="z",
        numerator=events,
        denominator=base,
        text="",
        interval="",
        parts="",
        rank=1,
        **known,
    )


def subject(unit):
    return Subject("", "", unit, "high", "official", "", LEVEL)


@pytest.mark.parametrize("base", [400.0, 4_000.0, 20_000.0, 90_000.0])
def test_words_and_drawn_limits_are_the_exact_probability(base):
    department, rate = fact(200.0, 300_000.0), 200 / 300_000
    limits = funnel_limits([base], rate, level=0.998).iloc[0] * base
    sides = set()
    for events in range(int(base * rate * 3) + 20):
        unlikely = (
            min(poisson.cdf(events, base * rate), poisson.sf(events - 1, base * rate)) < 0.001
        )
        told = stands_out(fact(float(events), base), department, subject("pour 100 000"))
        assert told == unlikely == (events < limits["low"] or events > limits["high"])
        sides.add(told)
    assert sides == {True, False}


@pytest.mark.parametrize("base", [1, 12, 60])
def test_shares_are_the_exact_binomial_probability(base):
    for events in range(base + 1):
        unlikely = min(binom.cdf(events, base, 0.3), binom.sf(events - 1, base, 0.3)) < 0.001
        assert stands_out(fact(events, base), fact(30.0, 100.0), subject("%")) == unlikely


def test_a_zone_beyond_95_but_within_998_does_not_stand_out():
    department = fact(200.0, 300_000.0)
    assert not stands_out(fact(21.0, 20_000.0), department, subject("pour 100 000"))
    assert stands_out(fact(28.0, 20_000.0), department, subject("pour 100 000"))


def test_shares_of_persons_are_binomial():
    department = fact(100.0, 200.0)
    assert not stands_out(fact(9.0, 10.0), department, subject("%"))
    assert stands_out(fact(29.0, 30.0), department, subject("%"))


def test_without_parts_nothing_is_claimed():
    assert not stands_out(fact(None, 10.0), fact(1.0, 10.0), subject("%"))
    assert not stands_out(fact(0.0, 0.0), fact(1.0, 10.0), subject("%"))
