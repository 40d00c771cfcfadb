"""Which zones come first, by how much, and how sure that is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from demomed.analysis.composite import Scheme, combine, normalise_all, order_of, shares_of_score
from demomed.analysis.ranking_inputs import (
    FIGURES,
    Criteria,
    gather,
    is_rescaled,
    refuse_lone,
    refuse_partial,
    shares_known,
    tell_correlated,
    tell_missing,
    tell_outside,
    usable,
)
from demomed.analysis.recipes import CONCENTRATION, EPSILON, load_recipe
from demomed.analysis.robustness import Chain, Robustness, sampling_error, stress
from demomed.core.faults import Fault, InputError
from demomed.core.indicator import Indicators
from demomed.core.ranking import (
    DEPENDS,
    NOT_RANKED,
    OUTSIDE,
    RARE_SHARE,
    RARELY,
    ROBUST,
    ROBUST_SHARE,
    Criterion,
    Ranking,
    Recipe,
)

INTERVAL = (0.05, 0.95)
CHOICES = {
    "method": "méthode de calcul",
    "weights": "poids des critères",
    "left_out": "critère retiré",
    "inputs": "aléa des données",
}
SCHEMES = {
    ("min-max", "linear"): "somme pondérée (min-max)",
    ("min-max", "geometric"): "moyenne géométrique",
    ("z", "linear"): "somme pondérée (écarts-types)",
    ("rank", "linear"): "somme pondérée des rangs",
}
"""Alternatives to the recipe's own way of making the score."""
SCORE_DECIMALS = 9

__all__ = ["load_recipe", "rank"]


def rank(
    indicators: Indicators | pd.DataFrame,
    recipe: str | Path | Recipe = "installation",
    *,
    level: str = "epci",
    draws: int = 2000,
    seed: int = 53,
    alternatives: bool = True,
    top: int | None = None,
    outside: Collection[str] = (),
) -> Ranking:
    """Rank the zones of a level, and say how sure each rank is.

    Criteria are oriented, brought to one scale, weighted and added up as the recipe says (OECD/JRC,
    *Handbook on Constructing Composite Indicators*, 2008). The whole chain is then drawn again:
    other normalisations and aggregations, given or equal weights with Dirichlet noise, the whole
    recipe (one draw in two) or all but one criterion, inputs within their error (see
    :class:`~demomed.core.ranking.Criterion`).

    Parameters
    ----------
    indicators
        Indicators of the level, or a table with one row per zone (index ``zone_code``, or
        ``zone_code, zone_name``) and one column per criterion; the latter has no sampling error.
    recipe
        Name in the catalogue, path of a TOML file, or recipe.
    level
        Level of the zones.
    draws, seed
        Number of draws, and seed: same seed, same figures.
    alternatives
        ``False`` keeps the recipe's own method: only weights and inputs vary.
    top
        Size k of the group of priority zones; the recipe's by default.
    outside
        Codes of zones that are not ranked, nor part of any scale, because most of their
        inhabitants live in another department; they keep a row that says so.

    Returns
    -------
    Ranking
        Rank 1 = highest priority; ties share the smallest rank and are shown in code order. A zone
        with less than the recipe's share of the declared weights present has no score; with more,
        its weights are rescaled and its ``status`` says « rescaled ». ``verdict`` is « prioritaire
        robuste » only if the zone has every criterion that others have and is among the first k in
        at least 80 % of the draws, « rarement parmi les premiers » if it is in at most 20 %.

    Raises
    ------
    Unrankable
        If a criterion that is not optional is absent, those without any source weigh too much,
        every criterion is constant, or fewer than two zones can be scored.
    InputError
        If a criterion is not an indicator.

    Examples
    --------
    >>> table = pd.DataFrame({"density_gp": [38, 55, 47], "beyond_15_gp": [0.35, 0.1, 0.28]},
    ...                      index=pd.Index(["A", "B", "C"], name="zone_code"))
    >>> own = Recipe("own", "Essai", "Où ?", (Criterion("density", "gp", -1, .5, "densité"),
    ...              Criterion("beyond_15", "gp", 1, .5, "éloignement")), top=1)
    >>> rank(table, own, draws=200).table["rank"].tolist()
    [1.0, 2.0, 3.0]
    """
    declared = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    notices: list[str] = []
    whole = gather(indicators, declared, level, notices)
    frame = whole.without(outside)
    if len(frame.names) < 2:
        refuse_lone(np.zeros(len(frame.names), dtype=bool), frame, declared)
    refuse_partial(frame, declared)
    criteria = usable(frame, declared, notices)
    share = shares_known(frame, declared)
    frame = frame.keep([criterion.column for criterion in criteria])
    weights = np.array([criterion.weight for criterion in criteria])
    weights = weights / weights.sum()
    scored = (share >= declared.missing_share - 1e-9) & frame.value.notna().any(axis=1).to_numpy()
    refuse_lone(scored, frame, declared)
    tell_outside(whole, outside, notices)
    tell_missing(frame, scored, share, notices)
    tell_correlated(frame.value[scored], criteria, notices)
    chain = _chain(frame, criteria, weights, scored, declared)
    size = _group_size(declared.top if top is None else top, int(scored.sum()), notices)
    own = Scheme(declared.normalisation, declared.aggregation)
    schemes = [own, *(Scheme(*key) for key in SCHEMES if Scheme(*key) != own)]
    drawn = stress(
        chain,
        schemes if alternatives else schemes[:1],
        draws=_checked_draws(draws),
        seed=seed,
        alternatives=alternatives,
    )
    parts = normalise_all(list(chain.values), chain.present, criteria, own)
    score = combine(parts, weights, chain.present, own, chain.epsilon)
    codes = frame.value.index[scored]
    columns = [criterion.column for criterion in criteria]
    table = _table(whole, frame, codes, score, drawn, size, is_rescaled(share)[scored])
    order = table.index
    shares = shares_of_score(parts, weights, chain.present, own, score)
    shares = np.where(chain.present.T, shares, np.nan)
    normalised = np.where(chain.present, np.stack(parts), np.nan).T
    runs = _alternatives(chain, schemes, criteria, codes) if alternatives else None
    return Ranking(
        table=table,
        contributions=pd.DataFrame(shares, index=codes, columns=columns).reindex(order),
        normalised=pd.DataFrame(normalised, index=codes, columns=columns).reindex(order),
        recipe=declared,
        level=level,
        notices=tuple(notices),
        sensitivity=None if runs is None else _sensitivity(runs, drawn),
        alternatives=None if runs is None else runs.droplevel("choice", axis=1).reindex(order),
    )


def _chain(
    frame: Criteria,
    criteria: Sequence[Criterion],
    weights: np.ndarray,
    scored: np.ndarray,
    recipe: Recipe,
) -> Chain:
    value = frame.value[scored]
    arrays = {field: getattr(frame, field)[scored].to_numpy(dtype=float).T for field in FIGURES}
    quantiles: Any = recipe.parameters.get("winsorise")
    bounds: tuple[tuple[float, float], ...] = ()
    if quantiles is not None:
        low, high = value.quantile(quantiles[0]), value.quantile(quantiles[1])
        bounds = tuple(zip(low.tolist(), high.tolist(), strict=True))
        limits = np.array(bounds)
        arrays["value"] = np.clip(arrays["value"], limits[:, :1], limits[:, 1:])
    present = np.isfinite(arrays["value"])
    errors = [
        sampling_error(
            criterion.law,
            *(arrays[name][j] for name in FIGURES),
            relative=criterion.relative_error,
            least=criterion.least_error,
            limits=criterion.limits,
        )
        for j, criterion in enumerate(criteria)
    ]
    epsilon: Any = recipe.parameters.get("epsilon", EPSILON)
    concentration: Any = recipe.parameters.get("concentration", CONCENTRATION)
    return Chain(
        values=np.where(present, arrays["value"], 0.0),
        present=present,
        criteria=criteria,
        weights=weights,
        errors=errors,
        epsilon=float(epsilon),
        concentration=float(concentration),
        bounds=bounds,
    )


def _checked_draws(draws: int) -> int:
    if draws < 100:
        raise InputError(
            Fault("classement", f"{draws} tirages", "au moins 100 tirages", "augmenter « draws »")
        )
    return draws


def _group_size(top: int, zones: int, notices: list[str]) -> int:
    size = min(top, max(zones // 2, 1))
    if size < top:
        notices.append(
            f"groupe des zones prioritaires ramené de {top} à {size} : il n'y a que {zones} zones"
        )
    return size


def _table(
    whole: Criteria,
    frame: Criteria,
    codes: pd.Index,
    score: np.ndarray,
    drawn: Robustness,
    top: int,
    rescaled: np.ndarray,
) -> pd.DataFrame:
    chance = drawn.at_most(top)
    is_sure = (chance >= ROBUST_SHARE - 1e-12) & ~rescaled
    verdict = np.select([is_sure, chance > RARE_SHARE + 1e-12], [ROBUST, DEPENDS], RARELY)
    low, high = (drawn.quantile(share) for share in INTERVAL)
    table = pd.DataFrame(
        {
            "score": score,
            "rank": order_of(-np.round(score, SCORE_DECIMALS), ties="min"),
            "rank_low": low,
            "rank_high": high,
            "rank_median": drawn.quantile(0.5),
            "p_top": chance,
            "verdict": verdict,
            "status": np.where(rescaled, "rescaled", "value"),
        },
        index=codes,
    ).reindex(whole.names.index)
    table.insert(0, "zone_name", whole.names)
    left = ~table.index.isin(frame.names.index)
    for column, other, unknown in (
        ("verdict", OUTSIDE, NOT_RANKED),
        ("status", "outside", "missing"),
    ):
        table[column] = table[column].fillna(unknown).astype(object).mask(left, other)
    ranks = ["rank", "rank_low", "rank_high", "rank_median"]
    table[ranks] = table[ranks].astype(float)
    return table.sort_index(kind="stable").sort_values("rank", kind="stable", na_position="last")


def _alternatives(
    chain: Chain, schemes: Sequence[Scheme], criteria: Sequence[Criterion], codes: pd.Index
) -> pd.DataFrame:
    size = len(criteria)
    runs: list[tuple[str, str, Scheme, np.ndarray]] = [
        ("reference", "recette", schemes[0], chain.weights)
    ]
    runs += [
        ("method", SCHEMES[scheme.normalisation, scheme.aggregation], scheme, chain.weights)
        for scheme in schemes[1:]
    ]
    runs.append(("weights", "poids égaux", schemes[0], np.full(size, 1 / size)))
    if size > 1:
        for position, criterion in enumerate(criteria):
            weights = np.where(np.arange(size) == position, 0, chain.weights)
            label = f"sans « {criterion.label} »"
            runs.append(("left_out", label, schemes[0], weights / weights.sum()))
    columns = {}
    for choice, label, scheme, weights in runs:
        parts = normalise_all(list(chain.values), chain.present, criteria, scheme)
        score = combine(parts, weights, chain.present, scheme, chain.epsilon)
        score = np.where(np.isnan(score), -np.inf, np.round(score, SCORE_DECIMALS))
        columns[choice, label] = order_of(-score, ties="min").astype(int)
    table = pd.DataFrame(columns, index=codes)
    table.columns = table.columns.set_names(["choice", "alternative"])
    return table


def _sensitivity(runs: pd.DataFrame, drawn: Robustness) -> pd.DataFrame:
    reference = runs.xs("reference", axis=1, level="choice").iloc[:, 0]
    shift = runs.sub(reference, axis=0).abs().mean()
    rows = {}
    for choice, label in CHOICES.items():
        moved = shift[shift.index.get_level_values("choice") == choice]
        rows[choice] = {
            "label": label,
            "first_order_share": drawn.first_order.get(choice, np.nan),
            "mean_shift": moved.mean() if len(moved) else np.nan,
            "largest_shift": moved.max() if len(moved) else np.nan,
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "choice"
    return table
