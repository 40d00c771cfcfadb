"""Composite scores: bring criteria to one scale, weigh them, put the zones in order.

Every function works on arrays whose **last axis is the zones**, so that one ranking and ten
thousand drawn ones run through the same lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demomed.core.ranking import Criterion

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NORMALISATIONS: tuple[str, ...] = ("min-max", "z", "rank", "target", "goalposts")
AGGREGATIONS: tuple[str, ...] = ("linear", "geometric", "harmonic", "borda", "copeland")
SIGNED: frozenset[str] = frozenset({"z"})
"""Normalisations with negative values, which geometric and harmonic means cannot take."""


@dataclass(frozen=True)
class Scheme:
    """One way to make a score: a normalisation and an aggregation."""

    normalisation: str
    aggregation: str

    @property
    def scale(self) -> float:
        """Points of the best possible score: 100, or 1 for standard deviations and ranks."""
        if self.aggregation in ("borda", "copeland"):
            return 100.0
        return 1.0 if self.normalisation in ("z", "rank") else 100.0


def order_of(values: Floats, *, ties: str = "average") -> Floats:
    """Ascending ranks along the last axis, from 1.

    Parameters
    ----------
    values
        Array without missing values.
    ties
        ``"average"``: tied values share their mean rank; ``"min"``: they share the smallest.

    Examples
    --------
    >>> order_of(np.array([10.0, 30.0, 10.0])).tolist()
    [1.5, 3.0, 1.5]
    >>> order_of(np.array([10.0, 30.0, 10.0]), ties="min").tolist()
    [1.0, 3.0, 1.0]
    """
    size = values.shape[-1]
    order = np.argsort(values, axis=-1)
    ordered = np.take_along_axis(values, order, -1)
    starts = np.ones(values.shape, dtype=bool)
    starts[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    place = np.arange(size)
    rank = np.maximum.accumulate(np.where(starts, place, 0), axis=-1).astype(float)
    if ties == "average":
        ends = np.ones(values.shape, dtype=bool)
        ends[..., :-1] = starts[..., 1:]
        last = np.where(ends, place, size - 1)[..., ::-1]
        rank = (rank + np.minimum.accumulate(last, axis=-1)[..., ::-1]) / 2
    result = np.empty_like(rank)
    np.put_along_axis(result, order, rank + 1, -1)
    return result


def normalise(values: Floats, criterion: Criterion, method: str, zones: int) -> Floats:
    """Bring one criterion to a common scale on which more means more priority.

    Min-max, z-score (sample standard deviation), mean rank, capped distance to a target or
    goalposts fixed in advance (OECD/JRC, *Handbook on Constructing Composite Indicators*, 2008).

    Parameters
    ----------
    values
        Present values, last axis = zones.
    criterion
        Direction, target and goalposts of the criterion.
    method
        One of :data:`NORMALISATIONS`.
    zones
        Number of zones ranked: ranks among fewer present values are stretched to 1…``zones``.

    Returns
    -------
    ndarray
        Same shape. A criterion that does not vary is 0 everywhere.

    Examples
    --------
    >>> density = Criterion("density", "gp", -1, 1.0, "densité")
    >>> normalise(np.array([30.0, 72.0, 51.0]), density, "min-max", 3).tolist()
    [1.0, 0.0, 0.5]
    """
    sign = float(criterion.direction)
    if method == "min-max":
        low = values.min(axis=-1, keepdims=True)
        high = values.max(axis=-1, keepdims=True)
        span = np.where(high > low, high - low, np.inf)
        return (values - low) / span if sign > 0 else (high - values) / span
    if method == "z":
        centred = values - values.mean(axis=-1, keepdims=True)
        deviation = centred.std(axis=-1, ddof=1, keepdims=True)
        return sign * centred / np.where(deviation > 0, deviation, np.inf)
    if method == "rank":
        present = values.shape[-1]
        place = order_of(sign * values)
        return 1 + (place - 1) * (zones - 1) / max(present - 1, 1)
    if method == "target":
        assert criterion.target is not None
        cap = criterion.cap if criterion.cap is not None else abs(criterion.target)
        return np.clip(sign * (values - criterion.target) / cap, 0, 1)
    assert criterion.goalposts is not None
    low_post, high_post = criterion.goalposts
    share = np.clip((values - low_post) / (high_post - low_post), 0, 1)
    return share if sign > 0 else 1 - share


def normalise_all(
    values: Sequence[Floats], present: Flags, criteria: Sequence[Criterion], scheme: Scheme
) -> list[Floats]:
    """Normalise every criterion; absent zones hold 0 and are ignored by :func:`combine`.

    Parameters
    ----------
    values
        One array per criterion, last axis = all zones.
    present
        Criteria × zones.
    criteria, scheme
        What each array is, and the normalisation wanted. ``"borda"`` and ``"copeland"`` only
        look at the order, whatever the normalisation.
    """
    zones = present.shape[1]
    ordinal = scheme.aggregation in ("borda", "copeland")
    method = "rank" if ordinal else scheme.normalisation
    parts = []
    for column, held, criterion in zip(values, present, criteria, strict=True):
        part = normalise(column[..., held], criterion, method, zones)
        if ordinal:
            part = (part - 1) / max(zones - 1, 1)
        if held.all():
            parts.append(part)
        else:
            full = np.zeros(column.shape)
            full[..., held] = part
            parts.append(full)
    return parts


def combine(
    parts: Sequence[Floats], weights: Floats, present: Flags, scheme: Scheme, epsilon: float
) -> Floats:
    """Aggregate normalised criteria into one score per zone.

    Linear Σ w·x; geometric Π x^w and harmonic 1/Σ(w/x), where x in [0, 1] is first moved to
    [ε, 1]; Borda = weighted share of zones beaten; Copeland = share of zones beaten in duels
    decided by the weight of the criteria won (a draw counts one half).

    Parameters
    ----------
    parts
        Normalised criteria, last axis = zones.
    weights
        Last axis = criteria; leading axes as those of the parts.
    present
        Criteria × zones. Weights are rescaled on the criteria a zone has.
    scheme, epsilon
        How to aggregate, and the floor ε.

    Returns
    -------
    ndarray
        Scores in points (0–100, or standard deviations, or mean ranks); missing where a zone has
        no weight at all.
    """
    if scheme.aggregation == "copeland":
        return scheme.scale * _duels(parts, weights, present)
    total = weights @ present.astype(float)
    score = np.zeros_like(total)
    for position, part in enumerate(parts):
        floored = part if scheme.normalisation == "rank" else epsilon + (1 - epsilon) * part
        if scheme.aggregation == "geometric":
            part = np.log(np.where(floored > 0, floored, 1))
        elif scheme.aggregation == "harmonic":
            part = 1 / np.where(floored > 0, floored, 1)
        score += weights[..., position, None] * np.where(present[position], part, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(total > 0, score / np.where(total > 0, total, 1), np.nan)
        if scheme.aggregation == "geometric":
            mean = np.exp(mean)
        elif scheme.aggregation == "harmonic":
            mean = 1 / mean
    return scheme.scale * mean


def _duels(parts: Sequence[Floats], weights: Floats, present: Flags) -> Floats:
    zones = present.shape[1]
    shape = (*weights.shape[:-1], zones, zones)
    balance = np.zeros(shape)
    for position, part in enumerate(parts):
        held = present[position]
        both = held[:, None] & held[None, :]
        sign = np.sign(part[..., :, None] - part[..., None, :])
        balance += weights[..., position, None, None] * np.where(both, sign, 0)
    won = (balance > 1e-12) + 0.5 * (np.abs(balance) <= 1e-12)
    score = (won.sum(axis=-1) - 0.5) / max(zones - 1, 1)
    scored = (weights @ present.astype(float)) > 0
    return np.where(scored, score, np.nan)


def shares_of_score(
    parts: Sequence[Floats], weights: Floats, present: Flags, scheme: Scheme, score: Floats
) -> Floats:
    """Points each criterion brings to the score of one ranking (zones × criteria).

    Additive by nature for linear scores and Borda; for geometric, harmonic and Copeland scores,
    which are no sum, the points are shared in proportion to the linear parts. The rows sum to the
    score.
    """
    held = present.astype(float)
    total = weights @ held
    linear = (
        np.stack(
            [weights[j] * np.where(present[j], part, 0) for j, part in enumerate(parts)], axis=1
        )
        / np.where(total > 0, total, np.nan)[:, None]
    )
    if scheme.aggregation in ("linear", "borda"):
        return scheme.scale * linear
    whole = linear.sum(axis=1, keepdims=True)
    equal = (weights[:, None] * held).T / np.where(total > 0, total, np.nan)[:, None]
    return score[:, None] * np.where(whole > 0, linear / np.where(whole > 0, whole, 1), equal)
