"""Where work is done: one small interface, and the engine of the processes of this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context
from typing import Protocol, TypeVar

from demomed.core.collection import collect_seldom

Item = TypeVar("Item")
Made = TypeVar("Made")

AHEAD = 2
"""Items handed over for each worker: one that is worked on, one that waits."""


@dataclass(frozen=True)
class Lost:
    """An item that stopped the worker that held it, again and again.

    Parameters
    ----------
    reason
        What the engine knows of it, for a log.
    """

    reason: str


class Engine(Protocol):
    """Applies a task to items, each on its own, in any order, on any machine."""

    def map(
        self, task: Callable[[Item], Made], items: Iterable[Item]
    ) -> Iterator[tuple[int, Made | Lost]]:
        """Results with the position of their item, as they come.

        Items are asked for when a worker is about to be free, never all at once: memory does not
        grow with their number.

        Parameters
        ----------
        task
            Function of a module, without effect: a lost item is simply done again.
        items
            What travels to the workers; results travel back.
        """
        ...


@dataclass(frozen=True)
class LocalEngine:
    """Processes of this machine, all its cores by default; with one, the work is done here.

    Parameters
    ----------
    workers
        Number of processes.
    """

    workers: int = field(default_factory=lambda: len(cores()))

    def map(
        self, task: Callable[[Item], Made], items: Iterable[Item]
    ) -> Iterator[tuple[int, Made | Lost]]:
        """See :class:`Engine`. A process that dies is replaced, and its item done again alone."""
        waiting = enumerate(items)
        if self.workers == 1:
            for place, item in waiting:
                yield place, task(item)
            return
        while True:
            under_way: dict[Future[Made], tuple[int, Item]] = {}
            try:
                yield from self._shared(task, waiting, under_way)
                return
            except BrokenProcessPool:
                suspects = list(under_way.values())
            for place, item in suspects:
                yield place, _alone(task, item)

    def _shared(
        self,
        task: Callable[[Item], Made],
        waiting: Iterator[tuple[int, Item]],
        under_way: dict[Future[Made], tuple[int, Item]],
    ) -> Iterator[tuple[int, Made]]:
        with _processes(self.workers) as pool:
            while True:
                for place, item in islice(waiting, AHEAD * self.workers - len(under_way)):
                    # Noted first: an item that the dead pool refuses must not be forgotten.
                    future: Future[Made] = Future()
                    under_way[future] = (place, item)
                    sent = pool.submit(task, item)
                    under_way[sent] = under_way.pop(future)
                if not under_way:
                    return
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for one in done:
                    made = one.result()
                    place, _ = under_way.pop(one)
                    yield place, made


def _alone(task: Callable[[Item], Made], item: Item) -> Made | Lost:
    """One item in a process of its own: what kills it there is the item itself."""
    with _processes(1) as pool:
        try:
            return pool.submit(task, item).result()
        except BrokenProcessPool as error:
            return Lost(str(error))


def _processes(workers: int) -> ProcessPoolExecutor:
    # Fresh processes rather than copies of this one: the same on every system, and as light.
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=collect_seldom)


def cores() -> tuple[int, ...]:
    """Processors that this process may use.

    Examples
    --------
    >>> len(cores()) >= 1
    True
    """
    with suppress(AttributeError):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))
