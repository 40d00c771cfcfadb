"""How a site weighs less as it lies farther: decays of travel time as small objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from demomed.core.faults import Fault, InputError

Minutes = NDArray[np.float64]


@runtime_checkable
class Decay(Protocol):
    """Anything that turns minutes into weights; ``limit`` is the last minute that weighs."""

    @property
    def limit(self) -> float:
        """Minutes beyond which the weight is zero (inclusive)."""
        ...

    def __call__(self, minutes: Minutes) -> NDArray[np.float64]:
        """Weight of each time, non-negative."""
        ...


def _refuse(found: str, expected: str) -> InputError:
    return InputError(Fault("décroissance", found, expected, "corriger les paramètres"))


@dataclass(frozen=True, init=False)
class Steps:
    """Constant weights by band of time; upper bounds are inclusive.

    Parameters
    ----------
    bands
        Upper bound in minutes → weight, for instance ``{10: 1, 20: 0.68, 30: 0.22}``.

    Examples
    --------
    >>> Steps({10: 1, 20: 0.68, 30: 0.22})(np.array([0.0, 10.0, 10.1, 30.0, 31.0])).tolist()
    [1.0, 1.0, 0.68, 0.22, 0.0]
    """

    bands: tuple[tuple[float, float], ...]

    def __init__(self, bands: Mapping[float, float]) -> None:
        ordered = tuple((float(b), float(w)) for b, w in sorted(bands.items()))
        if not 0 < len(ordered) < 256 or ordered[0][0] < 0 or any(not w >= 0 for _, w in ordered):
            raise _refuse(f"paliers {dict(bands)}", "des bornes et des poids positifs")
        object.__setattr__(self, "bands", ordered)

    @property
    def limit(self) -> float:
        """Last bound."""
        return self.bands[-1][0]

    def __call__(self, minutes: Minutes) -> NDArray[np.float64]:
        """Weight of the band of each time."""
        band = np.zeros(np.shape(minutes), dtype=np.uint8)
        for bound, _ in self.bands:
            band += minutes > bound
        return np.array([*(w for _, w in self.bands), 0.0])[band]


@dataclass(frozen=True)
class Gaussian:
    """Gaussian that falls from 1 at no time to 0 at the limit (Dai 2010).

    ``[exp(−(t/T)²/2) − exp(−1/2)] / [1 − exp(−1/2)]`` up to T, zero beyond.

    Examples
    --------
    >>> Gaussian(30)(np.array([0.0, 5.0, 30.0])).round(6).tolist()
    [1.0, 0.964945, 0.0]
    """

    limit: float

    def __post_init__(self) -> None:
        if not self.limit > 0:
            raise _refuse(f"limite {self.limit}", "une limite positive")

    def __call__(self, minutes: Minutes) -> NDArray[np.float64]:
        """Weight of each time."""
        floor = np.exp(-0.5)
        weight = (np.exp(-0.5 * np.square(minutes / self.limit)) - floor) / (1 - floor)
        return np.where(minutes <= self.limit, weight, 0.0)


@dataclass(frozen=True)
class Exponential:
    """``exp(−β t)`` up to the limit.

    Examples
    --------
    >>> Exponential(0.1, 30)(np.array([0.0, 10.0, 31.0])).round(4).tolist()
    [1.0, 0.3679, 0.0]
    """

    beta: float
    limit: float

    def __post_init__(self) -> None:
        if not (self.beta > 0 and self.limit > 0):
            raise _refuse(f"β {self.beta}, limite {self.limit}", "deux nombres positifs")

    def __call__(self, minutes: Minutes) -> NDArray[np.float64]:
        """Weight of each time."""
        return np.where(minutes <= self.limit, np.exp(-self.beta * minutes), 0.0)


@dataclass(frozen=True)
class InversePower:
    """``t^(−β)`` up to the limit; times under the floor count as the floor.

    Without a floor, a service at no time at all would weigh infinitely.

    Examples
    --------
    >>> InversePower(1.0, floor=1.0, limit=30)(np.array([0.0, 4.0, 40.0])).tolist()
    [1.0, 0.25, 0.0]
    """

    beta: float
    floor: float = 1.0
    limit: float = 60.0

    def __post_init__(self) -> None:
        if not (self.beta > 0 and self.floor > 0 and self.limit > self.floor):
            raise _refuse(
                f"β {self.beta}, plancher {self.floor}, limite {self.limit}",
                "β et plancher positifs, limite au-delà du plancher",
            )

    def __call__(self, minutes: Minutes) -> NDArray[np.float64]:
        """Weight of each time."""
        weight = np.power(np.maximum(minutes, self.floor), -self.beta)
        return np.where(minutes <= self.limit, weight, 0.0)


@dataclass(frozen=True)
class Logistic:
    """``1 / (1 + exp((t − middle) / scale))`` up to the limit: flat, then falling, then flat.

    Examples
    --------
    >>> Logistic(10.0, 2.0, 30)(np.array([10.0, 40.0])).tolist()
    [0.5, 0.0]
    """

    middle: float
    scale: float
    limit: float

    def __post_init__(self) -> None:
        if not (self.scale > 0 and self.limit > 0):
            raise _refuse(f"échelle {self.scale}, limite {self.limit}", "deux nombres positifs")

    def __call__(self, minutes: Minutes) -> NDArray[np.float64]:
        """Weight of each time."""
        weight = 1 / (1 + np.exp(np.minimum((minutes - self.middle) / self.scale, 700.0)))
        return np.where(minutes <= self.limit, weight, 0.0)
