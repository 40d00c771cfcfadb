"""The same tasks on a cluster: Dask's scheduler hands them over, and again when a worker dies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from demomed.core.faults import Fault, InputError
from demomed.national.engine import AHEAD, Lost

if TYPE_CHECKING:
    from distributed import Client

Item = TypeVar("Item")
Made = TypeVar("Made")

PATIENCE = "30s"
"""How long a scheduler may take to answer."""


@dataclass(frozen=True)
class DaskEngine:
    """Workers of a Dask cluster (``distributed``, the optional extra « cluster »).

    An item travels inside its task: the scheduler keeps it until the result has come, so that a
    worker may die at any time. Nothing is read from a disk that the workers would share.

    Parameters
    ----------
    address
        Address of the scheduler, ``tcp://HOST:PORT``.
    """

    address: str

    def map(
        self, task: Callable[[Item], Made], items: Iterable[Item]
    ) -> Iterator[tuple[int, Made | Lost]]:
        """See :class:`demomed.national.engine.Engine`."""
        with self._client() as client:
            from distributed import KilledWorker, as_completed

            waiting, coming = enumerate(items), as_completed(loop=client.loop)
            places: dict[str, int] = {}
            while True:
                room = AHEAD * max(1, sum(client.nthreads().values())) - len(places)
                for place, item in islice(waiting, max(room, 0)):
                    future = client.submit(task, item, pure=False)
                    places[future.key] = place
                    coming.add(future)
                if not places:
                    return
                done = next(coming)
                place = places.pop(done.key)
                try:
                    yield place, done.result()
                except KilledWorker as error:
                    yield place, Lost(str(error))
                except CancelledError as error:
                    raise _gone(self.address) from error
                done.release()

    def _client(self) -> Client:
        try:
            from distributed import Client
        except ImportError:
            raise InputError(
                Fault(
                    "--scheduler",
                    "la bibliothèque « distributed » n'est pas installée",
                    "l'option « cluster » de demomed",
                    "installer avec : pip install 'demomed[cluster]'",
                )
            ) from None
        try:
            return Client(self.address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            raise InputError(
                Fault(
                    "--scheduler",
                    f"« {self.address} » ne répond pas",
                    "l'adresse d'un ordonnanceur Dask, par exemple tcp://10.0.0.1:8786",
                    "vérifier l'adresse, et que « dask scheduler » tourne",
                )
            ) from error


def _gone(address: str) -> InputError:
    return InputError(
        Fault(
            "--scheduler",
            f"« {address} » ne répond plus",
            "un ordonnanceur qui tourne jusqu'au bout",
            "le relancer, puis relancer la même commande : ce qui est écrit le reste",
        )
    )
