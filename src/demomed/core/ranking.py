"""Priority ranking of zones: scores, ranks, how sure they are, and what they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import pandas as pd

from demomed.core.display import facts_table, small
from demomed.core.faults import Fault, InputError

ROBUST = "prioritaire robuste"
"""Verdict of a zone among the first in nearly all the draws."""
DEPENDS = "selon les choix"
"""Verdict of a zone that other choices of method put first or not."""
RARELY = "rarement parmi les premiers"
"""Verdict of a zone that few of the draws put among the first: not that it needs nothing."""
NOT_RANKED = "non classée"
"""Verdict of a zone with too few criteria."""
OUTSIDE = "hors classement"
"""Verdict of a zone of which most inhabitants live in another department."""
DIRECTIONS: Mapping[int, str] = {1: "élevé", -1: "bas"}
"""When a criterion makes a zone a priority, in French."""
ROBUST_SHARE = 0.8
"""Share of the draws among the first k from which a zone is a robust priority."""
RARE_SHARE = 0.2
"""Share of the draws among the first k up to which a zone is rarely among them."""

Law = Literal["rate", "share", "interval", "relative"]
"""How an input varies: a count of events over persons (gamma), persons out of persons (beta), its
own interval (split normal), or a relative standard error (log-normal)."""


@dataclass(frozen=True)
class Criterion:
    """One criterion of a recipe: an indicator, its direction and its weight.

    Parameters
    ----------
    indicator, profession
        Which column of the indicators; ``profession`` is empty when there is none.
    direction
        ``+1``: more means more priority; ``-1``: less means more priority.
    weight
        Non-negative; weights of a recipe sum to one.
    label
        French label.
    target, cap
        For the normalisation ``"target"``: value to reach, and distance to it that counts as the
        greatest difficulty (``cap`` is the size of the target when absent).
    goalposts
        For ``"goalposts"``: the two values fixed in advance that count as 0 and as 1 (low, high).
    law
        What kind of quantity it is, hence how it is drawn. Never guessed from the figures: a mean
        of kilometres has a numerator and a denominator too.
    relative_error
        Relative standard error, for the law ``"relative"``.
    least_error
        Standard error under which no zone is drawn, in stored units, so that an estimated 0 %
        moves too; for the law ``"interval"``.
    limits
        Least and greatest possible values, in stored units; drawn values stay within.
    is_optional
        ``True``: the ranking may be made without it, with a notice; its weight goes to the others.
    """

    indicator: str
    profession: str
    direction: int
    weight: float
    label: str
    target: float | None = None
    cap: float | None = None
    goalposts: tuple[float, float] | None = None
    law: Law = "interval"
    relative_error: float | None = None
    least_error: float = 0.0
    limits: tuple[float, float] | None = None
    is_optional: bool = False

    @property
    def column(self) -> str:
        """Name of the column in ``Indicators.wide()``."""
        return self.indicator + (f"_{self.profession}" if self.profession else "")


@dataclass(frozen=True)
class Recipe:
    """How a ranking is made, as declared in ``catalogue/recipes/*.toml``.

    Parameters
    ----------
    id, title, question, caveat
        Identifier and French texts.
    criteria
        The criteria, in order.
    normalisation
        ``"min-max"``, ``"z"``, ``"rank"``, ``"target"`` or ``"goalposts"``.
    aggregation
        ``"linear"``, ``"geometric"``, ``"harmonic"``, ``"borda"`` or ``"copeland"``.
    missing_share
        Least share of the declared weights that must be present for a zone to get a score.
    top
        Size k of the group of priority zones.
    caveat
        French sentences on what the ranking does not say.
    hindsight
        French sentences on how the recipe, tried on the past, fared.
    parameters
        ``epsilon`` (floor of the geometric and harmonic means), ``winsorise`` (two quantiles) and
        ``concentration`` (of the random weights around the given ones).
    times
        French sentence that ends the caveat, by the nature of the travel times.
    """

    id: str
    title: str
    question: str
    criteria: tuple[Criterion, ...]
    normalisation: str = "min-max"
    aggregation: str = "linear"
    missing_share: float = 2 / 3
    top: int = 3
    caveat: str = ""
    hindsight: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)
    times: Mapping[str, str] = field(default_factory=dict)

    def on_times(self, nature: str) -> Recipe:
        """The same recipe, its caveat ending with what must be said of travel times of a nature.

        Parameters
        ----------
        nature
            ``"estimated"``, ``"routed"`` or ``"provided"``.
        """
        told = " ".join(filter(None, (self.caveat, self.times.get(nature, ""))))
        return replace(self, caveat=told, times={})

    def _repr_html_(self) -> str:
        criteria = [
            (one.label, f"poids {one.weight:g}, prioritaire si {DIRECTIONS[one.direction]}")
            for one in self.criteria
        ]
        return facts_table(self.title, [("Question", self.question), *criteria]) + small(
            self.caveat
        )


@dataclass(frozen=True)
class Ranking:
    """Scores and ranks of the zones of a level.

    Parameters
    ----------
    table
        Index ``zone_code``; ``zone_name, score, rank, rank_low, rank_high, rank_median, p_top,
        verdict, status``; rank 1 = highest priority, ties share the smallest rank; a zone without
        score keeps a row with a missing rank. ``status`` is ``"value"``, ``"rescaled"`` (some
        criteria are missing), ``"missing"`` or ``"outside"`` (not ranked, for most of its
        inhabitants live in another department). Sorted by rank then code.
    contributions
        Index ``zone_code``, one column per criterion: points of the score (sum = score),
        missing where the criterion is.
    normalised
        Same shape: normalised criteria in [0, 1], standard deviations or rank points.
    recipe
        The recipe.
    level
        Level of the zones.
    notices
        French warnings (constant criterion dropped, correlated criteria, zones left out…).
    sensitivity
        Index ``choice``: French ``label``, ``first_order_share`` (share of the variance of the
        ranks due to this choice alone), ``mean_shift`` and ``largest_shift`` (mean and largest
        average shift of rank over the alternatives of this choice).
    alternatives
        Index ``zone_code``: rank of each zone in each deterministic alternative, by French label.
    """

    table: pd.DataFrame
    contributions: pd.DataFrame
    normalised: pd.DataFrame
    recipe: Recipe
    level: str
    notices: tuple[str, ...] = ()
    sensitivity: pd.DataFrame | None = None
    alternatives: pd.DataFrame | None = None

    @property
    def top(self) -> int:
        """Size of the group of first zones: that of the recipe, half of the ranked zones at most."""
        return min(self.recipe.top, max(int(self.table["rank"].notna().sum()) // 2, 1))

    def _repr_html_(self) -> str:
        return self.table.head(20).to_html() + small(self.recipe.title)


Reason = Literal["criteria", "constant", "zones"]
"""Why zones cannot be ranked: criteria without values weigh too much, none of them varies, or there
are fewer than two zones to compare."""


@dataclass(frozen=True)
class Unranked:
    """Why the zones of a territory cannot be ranked by a recipe.

    Parameters
    ----------
    recipe
        The recipe.
    reason
        See :data:`Reason`.
    absent
        Criteria without any value here, in the order of the recipe.
    names
        Index ``zone_code``: French name of each zone that was to be ranked.
    scored
        Number of zones that could have been.
    """

    recipe: Recipe
    reason: Reason
    absent: tuple[Criterion, ...]
    names: pd.Series
    scored: int = 0

    @property
    def why(self) -> str:
        """The reason on one French line, for a terminal or a table."""
        absent = ", ".join(f"« {criterion.label} »" for criterion in self.absent)
        told = {
            "criteria": f"n.d. : {absent}",
            "constant": "aucun critère ne distingue les zones",
            "zones": "moins de deux zones à comparer",
        }
        return told[self.reason]

    @property
    def notices(self) -> tuple[str, ...]:
        """What the terminal says in place of the notices of a ranking."""
        return (f"pas de classement « {self.recipe.id} » : {self.why}",)

    @property
    def share_known(self) -> float:
        """Share of the weights of the recipe whose criterion has a value, 0 to 1."""
        return 1.0 - sum(criterion.weight for criterion in self.absent)


class Unrankable(InputError):
    """A ranking that the data do not allow: a refusal for who asks for it, a fact for a portal.

    Parameters
    ----------
    fault
        What the refusal says.
    unranked
        What a portal tells instead of the ranking.
    """

    def __init__(self, fault: Fault, unranked: Unranked) -> None:
        super().__init__(fault)
        self.unranked = unranked
