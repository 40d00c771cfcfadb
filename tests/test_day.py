"""The day a publication is made: given, taken from the environment, or the clock's."""

from datetime import date

import pytest

from demomed.cli.options import EPOCH, day_of
from demomed.core.faults import InputError


def test_the_option_comes_before_the_environment(monkeypatch):
    monkeypatch.setenv(EPOCH, "0")
    assert day_of("2026-11-21") == date(2026, 11, 21)
    assert day_of(None) == date(1970, 1, 1)


def test_without_either_it_is_today(monkeypatch):
    monkeypatch.delenv(EPOCH, raising=False)
    before = date.today()
    assert before <= day_of(None) <= date.today()


@pytest.mark.parametrize("bad", ["demain", "1e400", "9" * 30])
def test_a_bad_day_is_told_with_its_name(monkeypatch, bad):
    monkeypatch.setenv(EPOCH, bad)
    with pytest.raises(InputError, match=EPOCH):
        day_of(None)
    with pytest.raises(InputError, match="--today"):
        day_of(bad)
