"""How often the interpreter looks for objects that only hold one another."""

from __future__ import annotations

import gc

THRESHOLDS = (100_000, 50, 50)
"""New objects before the young are looked through, young passes before the middle, and so on."""


def collect_seldom() -> None:
    """Look for dead cycles seldom, in a process that is ours: a command, a worker.

    A publication holds hundreds of thousands of small objects that live to its end. Looking through
    them every few hundred new ones, as the interpreter does by itself, takes a tenth of its time and
    frees next to nothing.

    Examples
    --------
    >>> before = gc.get_threshold()
    >>> collect_seldom()
    >>> gc.get_threshold() == THRESHOLDS
    True
    >>> gc.set_threshold(*before)
    """
    gc.set_threshold(*THRESHOLDS)
