"""Engines: every item once, whatever dies; memory does not follow the number of items."""

from __future__ import annotations

import pytest

from demomed.national.engine import AHEAD, LocalEngine, Lost

KILLER = "__import__('os')._exit(9)"


def test_here_or_elsewhere_the_same_results():
    asked = [f"{n} * {n}" for n in range(7)]
    here = dict(LocalEngine(1).map(eval, asked))
    elsewhere = dict(LocalEngine(2).map(eval, asked))
    assert here == elsewhere == {n: n * n for n in range(7)}


def test_what_kills_its_process_is_told_and_the_others_are_done():
    asked = ["1 + 1", KILLER, "2 + 2", "3 + 3", "4 + 4", "5 + 5"]
    made = dict(LocalEngine(2).map(eval, asked))
    assert isinstance(made.pop(1), Lost)
    assert made == {0: 2, 2: 4, 3: 6, 4: 8, 5: 10}


def test_items_are_asked_for_when_there_is_room():
    asked = []

    def items():
        for n in range(40):
            asked.append(n)
            yield f"{n}"

    for seen, _ in enumerate(LocalEngine(1).map(eval, items()), start=1):
        assert len(asked) == seen
    asked.clear()
    for seen, _ in enumerate(LocalEngine(2).map(eval, items()), start=1):
        assert len(asked) <= seen + 2 * AHEAD
    assert seen == 40


def test_an_exception_of_the_task_is_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        dict(LocalEngine(2).map(eval, ["1", "1 / 0"]))
