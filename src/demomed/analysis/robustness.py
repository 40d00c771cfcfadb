"""How sure a ranking is: the whole chain drawn again under other choices, weights and data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from demomed.analysis.composite import Flags, Floats, Scheme, combine, normalise_all, order_of
from demomed.core.ranking import Criterion, Law

CHUNK = 256
"""Draws evaluated together: small enough to stay in the processor's cache."""
FROZEN_WORK, FROZEN_DRAWS = 200_000, (500, 2000)
"""Draws × zones repeated to measure the share of one choice (pick-freeze), and limits of the draws."""
NORMAL_95 = 1.959963984540054
WHOLE_RECIPE = 0.5
"""Share of the draws in which no criterion is left out."""

Ranks = NDArray[np.int32]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class SamplingError:
    """Sampling error of one criterion: where each law applies, and its parameters.

    Parameters
    ----------
    counts, scales
        Zones whose value is a rate: number of events (gamma law, Jeffreys) and value of one event.
    successes, failures
        Zones whose value is a share: both sides of the proportion (beta law, Jeffreys).
    below, above
        Standard errors on both sides where only an interval is known (split normal law).
    relative
        Relative standard error of a modelled value (log-normal law of mean one).
    limits
        Possible values; drawn ones are brought back to them.
    """

    counts: Floats
    scales: Floats
    successes: Floats
    failures: Floats
    below: Floats
    above: Floats
    relative: float | None = None
    limits: tuple[float, float] | None = None

    @property
    def is_exact(self) -> bool:
        """Whether nothing varies."""
        known = [self.counts, self.successes, self.below]
        return self.relative is None and all(np.isnan(column).all() for column in known)

    def draw(self, values: Floats, size: int, rng: np.random.Generator) -> Floats:
        """``size`` × zones drawn values; a single row if nothing varies."""
        if self.is_exact:
            return values[None, :]
        drawn = self._drawn(np.repeat(values[None, :], size, axis=0), size, rng)
        return drawn if self.limits is None else np.clip(drawn, *self.limits)

    def _drawn(self, drawn: Floats, size: int, rng: np.random.Generator) -> Floats:
        if self.relative is not None:
            spread = np.sqrt(np.log1p(self.relative**2))
            return drawn * np.exp(spread * rng.standard_normal(drawn.shape) - spread**2 / 2)
        rates = ~np.isnan(self.counts)
        if rates.any():
            events = rng.standard_gamma(self.counts[rates] + 0.5, (size, int(rates.sum())))
            drawn[:, rates] = events * self.scales[rates]
        shares = ~np.isnan(self.successes)
        if shares.any():
            width = (size, int(shares.sum()))
            yes = rng.standard_gamma(self.successes[shares] + 0.5, width)
            no = rng.standard_gamma(self.failures[shares] + 0.5, width)
            drawn[:, shares] = yes / (yes + no)
        wide = ~np.isnan(self.below)
        if wide.any():
            normal = rng.standard_normal((size, int(wide.sum())))
            drawn[:, wide] += normal * np.where(normal < 0, self.below[wide], self.above[wide])
        return drawn


def sampling_error(
    law: Law,
    values: Floats,
    numerator: Floats,
    denominator: Floats,
    low: Floats,
    high: Floats,
    *,
    relative: float | None = None,
    least: float = 0.0,
    limits: tuple[float, float] | None = None,
) -> SamplingError:
    """The law of each value, from the kind of quantity it is.

    Parameters
    ----------
    law
        ``"rate"``: events over persons; ``"share"``: persons out of persons; ``"interval"``: its
        95 % interval; ``"relative"``: a relative standard error. A zone of which the parts or the
        interval are unknown is taken as exact, but for ``least``.
    values, numerator, denominator, low, high
        Arrays of the zones, missing where unknown.
    relative
        Relative standard error of the law ``"relative"``.
    least
        Least standard error of the law ``"interval"``.
    limits
        Possible values.
    """
    none = np.full(values.shape, np.nan)
    if law == "relative":
        return SamplingError(none, none, none, none, none, none, relative, limits)
    known = np.isfinite(values)
    counted = known & (numerator >= 0) & (denominator > 0)
    rate = counted & (law == "rate")
    some = rate & (numerator > 0)
    per = float(np.median(values[some] * denominator[some] / numerator[some])) if some.any() else 0
    share = counted & (law == "share") & (numerator <= denominator)
    below = np.where(np.isfinite(low), np.maximum(values - low, 0) / NORMAL_95, 0.0)
    above = np.where(np.isfinite(high), np.maximum(high - values, 0) / NORMAL_95, 0.0)
    bounded = np.isfinite(low) & np.isfinite(high)
    interval = known & (law == "interval") & (bounded | (least > 0))
    return SamplingError(
        counts=np.where(rate, numerator, np.nan),
        scales=np.where(rate, per / np.where(rate, denominator, 1), np.nan),
        successes=np.where(share, numerator, np.nan),
        failures=np.where(share, denominator - numerator, np.nan),
        below=np.where(interval, np.maximum(below, least), np.nan),
        above=np.where(interval, np.maximum(above, least), np.nan),
        limits=limits,
    )


@dataclass(frozen=True)
class Chain:
    """Everything a draw needs: values, presence, criteria, weights and errors.

    ``values`` are criteria × scored zones with 0 where absent; ``bounds`` are the winsorising
    limits of each criterion.
    """

    values: Floats
    present: Flags
    criteria: Sequence[Criterion]
    weights: Floats
    errors: Sequence[SamplingError]
    epsilon: float
    concentration: float
    bounds: Sequence[tuple[float, float]] = field(default_factory=tuple)

    @property
    def size(self) -> tuple[int, int]:
        """Number of criteria and of zones."""
        return self.values.shape[0], self.values.shape[1]

    def inputs(self, size: int, rng: np.random.Generator) -> list[Floats]:
        """Drawn values of every criterion."""
        drawn = [e.draw(v, size, rng) for e, v in zip(self.errors, self.values, strict=True)]
        if self.bounds:
            drawn = [np.clip(d, *b) for d, b in zip(drawn, self.bounds, strict=True)]
        return drawn

    def ranks(self, inputs: Sequence[Floats], weights: Floats, scheme: Scheme) -> Ranks:
        """Ranks of the zones (1 = first, ties share the smallest) for drawn inputs and weights."""
        parts = normalise_all(inputs, self.present, self.criteria, scheme)
        score = combine(parts, weights, self.present, scheme, self.epsilon)
        score = np.where(np.isnan(score), -np.inf, score)
        return order_of(-score, ties="min").astype(np.int32)


@dataclass(frozen=True)
class Draws:
    """The choices of each draw: scheme, weights after the criterion left out, and which one."""

    scheme: Rows
    weights: Floats
    left_out: Rows

    def effective(self, rows: Rows) -> Floats:
        """Weights of some draws, without the criterion left out (position -1 = none)."""
        weights = self.weights[rows].copy()
        left = self.left_out[rows]
        dropped = np.flatnonzero(left >= 0)
        weights[dropped, left[dropped]] = 0
        return weights / weights.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class Robustness:
    """What the draws say: a histogram of ranks per zone and the share of variance per choice."""

    histogram: NDArray[np.int64]
    first_order: dict[str, float]

    def quantile(self, share: float) -> Floats:
        """Smallest rank whose cumulated frequency reaches ``share``, per zone."""
        cumulated = np.cumsum(self.histogram, axis=1)
        return 1.0 + np.argmax(cumulated >= share * cumulated[:, -1:] - 1e-9, axis=1)

    def at_most(self, rank: int) -> Floats:
        """Frequency of a rank at most ``rank``, per zone."""
        return self.histogram[:, :rank].sum(axis=1) / self.histogram.sum(axis=1)


def choose(
    chain: Chain, size: int, schemes: int, rng: np.random.Generator, *, alternatives: bool
) -> Draws:
    """Draw the choices: scheme, given or equal weights, noise, the whole recipe or less.

    Half of the draws keep every criterion; the others leave one out, each as often as another.
    """
    criteria = chain.size[0]
    dirichlet = np.empty((size, criteria))
    is_equal = rng.integers(0, 2, size).astype(bool) if alternatives else np.zeros(size, dtype=bool)
    for flag, base in ((False, chain.weights), (True, np.full(criteria, 1 / criteria))):
        rows = np.flatnonzero(is_equal == flag)
        shape = np.maximum(chain.concentration * base, 1e-12)
        dirichlet[rows] = rng.dirichlet(shape, rows.size)
    if alternatives:
        scheme = rng.integers(0, schemes, size)
        left = np.where(rng.random(size) < WHOLE_RECIPE, -1, rng.integers(0, criteria, size))
        left = left if criteria > 1 else np.full(size, -1)
    else:
        scheme, left = np.zeros(size, dtype=np.int64), np.full(size, -1)
    return Draws(scheme, dirichlet, left)


def stress(
    chain: Chain,
    schemes: Sequence[Scheme],
    *,
    draws: int,
    seed: int,
    alternatives: bool,
) -> Robustness:
    """Draw the ranking again and again, and say how far each zone moves and why.

    Each draw picks a scheme, given or equal weights, Dirichlet noise around them, the whole recipe
    (one time in two) or the recipe without one criterion, and values within their sampling error
    (Saisana, Saltelli and Tarantola, 2005). The first-order share of a choice is the variance of the ranks explained by it alone,
    estimated by drawing the other choices again while it is held (pick-freeze).

    Parameters
    ----------
    chain
        Values, weights and errors.
    schemes
        Ways to make the score, the recipe's own first.
    draws, seed
        Number of draws and seed of numpy's generator: same seed, same figures.
    alternatives
        ``False``: only the weights' noise and the sampling error vary.
    """
    rng = np.random.default_rng(seed)
    _, zones = chain.size
    plan = choose(chain, draws, len(schemes), rng, alternatives=alternatives)
    histogram = np.zeros(zones * zones, dtype=np.int64)
    offsets = zones * np.arange(zones) - 1
    for number, scheme in enumerate(schemes):
        rows = np.flatnonzero(plan.scheme == number)
        for part in _portions(rows, scheme, chain.size[1]):
            ranks = chain.ranks(chain.inputs(part.size, rng), plan.effective(part), scheme)
            histogram += np.bincount((ranks + offsets).ravel(), minlength=zones * zones)
    frozen = min(draws, int(np.clip(FROZEN_WORK // zones, *FROZEN_DRAWS)))
    shares = _first_order(chain, schemes, frozen, rng) if alternatives else {}
    return Robustness(histogram.reshape(zones, zones), shares)


def _portions(rows: Rows, scheme: Scheme, zones: int) -> Iterator[Rows]:
    duels = scheme.aggregation == "copeland"
    length = max(CHUNK // zones, 1) if duels else CHUNK
    return (rows[start : start + length] for start in range(0, rows.size, length))


def _first_order(
    chain: Chain, schemes: Sequence[Scheme], size: int, rng: np.random.Generator
) -> dict[str, float]:
    held = choose(chain, size, len(schemes), rng, alternatives=True)
    inputs = chain.inputs(size, rng)
    reference = _evaluate(chain, schemes, held, inputs)
    variance = float(reference.var(axis=0).sum())
    shares = {}
    for name in ("method", "weights", "left_out", "inputs"):
        fresh = choose(chain, size, len(schemes), rng, alternatives=True)
        mixed = Draws(
            held.scheme if name == "method" else fresh.scheme,
            held.weights if name == "weights" else fresh.weights,
            held.left_out if name == "left_out" else fresh.left_out,
        )
        again = inputs if name == "inputs" else chain.inputs(size, rng)
        ranks = _evaluate(chain, schemes, mixed, again)
        mean = (reference.mean(axis=0) + ranks.mean(axis=0)) / 2
        common = float(((reference * ranks).mean(axis=0) - mean**2).sum())
        shares[name] = min(max(common / variance, 0.0), 1.0) if variance > 0 else 0.0
    if all(error.is_exact for error in chain.errors):
        shares["inputs"] = 0.0
    return shares


def _evaluate(
    chain: Chain, schemes: Sequence[Scheme], plan: Draws, inputs: Sequence[Floats]
) -> Floats:
    ranks = np.empty((plan.scheme.size, chain.size[1]))
    for number, scheme in enumerate(schemes):
        rows = np.flatnonzero(plan.scheme == number)
        for part in _portions(rows, scheme, chain.size[1]):
            drawn = [column if column.shape[0] == 1 else column[part] for column in inputs]
            ranks[part] = chain.ranks(drawn, plan.effective(part), scheme)
    return ranks
