"""Draws of the fictional example: repeatable, and whole numbers shared out to the last one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any


class Draw:
    """Draws that depend on nothing but the seed and a key.

    Examples
    --------
    >>> draw = Draw(53)
    >>> draw.below(10, "53130", "gp", 0, "etp") == draw.below(10, "53130", "gp", 0, "etp")
    True
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def number(self, *key: object) -> int:
        """Whole number from 0 to 2⁶⁴ − 1."""
        text = "|".join(str(part) for part in (self.seed, *key))
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")

    def below(self, top: int, *key: object) -> int:
        """Whole number from 0 to ``top`` − 1."""
        return self.number(*key) % top

    def shuffled(self, keys: Iterable[Any], *purpose: object) -> list[Any]:
        """Keys in a drawn order."""
        return sorted(keys, key=lambda key: (self.number(key, *purpose), str(key)))


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Whole parts of ``total`` in proportion to weights, by the largest remainders.

    Examples
    --------
    >>> apportion(10, [1, 1, 1])
    [4, 3, 3]
    """
    whole = sum(weights)
    if whole <= 0:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    rest = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in rest[: total - sum(parts)]:
        parts[i] += 1
    return parts
