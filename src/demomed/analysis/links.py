"""A table of travel times, checked and brought to positions: the pairs that every method reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demomed.core.faults import Fault, InputError

DAY = 1440
"""Minutes of a day: a median time above it cannot be in minutes."""
DENSE_FACTOR = 8
"""Integer codes spread over less than this many times their number are looked up in a table."""


@dataclass(frozen=True)
class Links:
    """Pairs between demand and supply, by position, each pair once.

    Parameters
    ----------
    origin, destination
        Positions in the demand and in the supply.
    minutes
        Time of each pair, finite and non-negative.
    notices
        What was set aside, in French.
    """

    origin: NDArray[np.int32]
    destination: NDArray[np.int32]
    minutes: NDArray[np.float64]
    notices: tuple[str, ...] = ()


def positions(codes: pd.Series, index: pd.Index) -> NDArray[np.int32]:
    """Position of each code in an index, −1 when it is not there; quick on millions of codes.

    Categories are looked up once each, dense integers in a table, anything else by hashing.

    Examples
    --------
    >>> positions(pd.Series(["b", "a", "z"]), pd.Index(["a", "b"])).tolist()
    [1, 0, -1]
    """
    if isinstance(codes.dtype, pd.CategoricalDtype):
        return _looked_up(index.get_indexer(codes.cat.categories), codes.cat.codes.to_numpy())
    values, known = codes.to_numpy(), index.to_numpy()
    if values.dtype.kind in "iu" and known.dtype.kind in "iu" and len(known) and len(values):
        low, high = int(known.min()), int(known.max())
        if high - low < DENSE_FACTOR * len(known):
            table = np.full(high - low + 1, -1)
            table[known - low] = np.arange(len(known))
            if low == 0 and int(values.min()) >= 0 and int(values.max()) <= high:
                return _looked_up(table, values)
            return _looked_up(table, np.where((values < low) | (values > high), -1, values - low))
    if len(values) > 4 * len(known):
        numbers, names = pd.factorize(codes)
        return _looked_up(index.get_indexer(names), numbers)
    return index.get_indexer(codes).astype(np.int32)


def _looked_up(table: NDArray[np.intp], at: NDArray[np.integer]) -> NDArray[np.int32]:
    """Entries of a table, −1 where asked for at −1."""
    return np.append(table, -1).astype(np.int32)[at]


def _check_table(travel: pd.DataFrame) -> None:
    absent = [c for c in ("origin", "destination", "minutes") if c not in travel]
    if absent:
        raise InputError(
            Fault(
                "table des temps",
                f"colonnes absentes : {', '.join(absent)}",
                "origin, destination, minutes",
                "renommer les colonnes",
            )
        )


def _check_minutes(minutes: NDArray[np.float64]) -> None:
    if len(minutes) and float(np.nanmin(minutes, initial=0.0)) < 0:
        raise InputError(
            Fault("table des temps", "temps négatif", "des minutes positives", "corriger la table")
        )
    sample = minutes[:: max(1, len(minutes) // 10_000)]
    finite = sample[np.isfinite(sample)]
    if len(finite) and float(np.median(finite)) > DAY:
        raise InputError(
            Fault(
                "table des temps",
                f"temps médian de {np.median(finite):.0f}",
                "des minutes",
                "convertir les secondes en minutes",
            )
        )


def link(travel: pd.DataFrame, demand: pd.Index, supply: pd.Index) -> Links:
    """Check a table of times and bring its codes to positions.

    Parameters
    ----------
    travel
        ``origin, destination, minutes``, one row per pair; a missing or infinite time is out of
        reach, never zero; of a pair given twice the shorter time is kept.
    demand, supply
        Codes of the places of demand and of the sites.

    Raises
    ------
    InputError
        Negative times, times that cannot be minutes, or no pair between the given places.

    Examples
    --------
    >>> table = pd.DataFrame({"origin": ["a", "b"], "destination": ["s", "s"], "minutes": [4.0, None]})
    >>> made = link(table, pd.Index(["a", "b"]), pd.Index(["s"]))
    >>> made.minutes.tolist(), made.notices
    ([4.0], ('1 trajet sans temps : hors d’atteinte',))
    """
    _check_table(travel)
    notices: list[str] = []
    minutes = travel["minutes"].to_numpy(dtype=float, na_value=np.nan)
    _check_minutes(minutes)
    origin, destination = (
        positions(travel["origin"], demand),
        positions(travel["destination"], supply),
    )
    outside = (origin < 0) | (destination < 0)
    unreached = ~np.isfinite(minutes)
    if len(travel) and outside.all():
        raise InputError(
            Fault(
                "table des temps",
                "aucun trajet entre les lieux donnés",
                "les mêmes codes que la demande et l'offre",
                "vérifier les codes (zéros initiaux, millésime)",
            )
        )
    unreached &= ~outside
    for set_aside, words in (
        (outside, "vers ou depuis un lieu inconnu : laissé de côté"),
        (unreached, "sans temps : hors d’atteinte"),
    ):
        if set_aside.any():
            notices.append(_plural(int(set_aside.sum()), "trajet", words))
    if notices:
        kept = ~(outside | unreached)
        origin, destination, minutes = origin[kept], destination[kept], minutes[kept]
    origin, destination, minutes, twice = _each_once(origin, destination, minutes, len(supply))
    if twice:
        words = "donné deux fois : le temps le plus court est gardé"
        notices.append(_plural(twice, "trajet", words))
    return Links(origin, destination, minutes, tuple(notices))


def _plural(number: int, noun: str, rest: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''} {rest}"


def _each_once(
    origin: NDArray[np.int32],
    destination: NDArray[np.int32],
    minutes: NDArray[np.float64],
    width: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64], int]:
    """Pairs without repetition (the shortest kept), and how many were repeated."""
    later = origin[1:] > origin[:-1]
    later |= (origin[1:] == origin[:-1]) & (destination[1:] > destination[:-1])
    if later.all():  # already in order, each once
        return origin, destination, minutes, 0
    key = origin.astype(np.int64) * max(width, 1) + destination
    ordered = np.sort(key)
    if (ordered[1:] > ordered[:-1]).all():
        return origin, destination, minutes, 0
    order = np.lexsort((minutes, key))
    key = key[order]
    first = np.r_[True, key[1:] != key[:-1]]
    order = order[first]
    return origin[order], destination[order], minutes[order], int((~first).sum())
