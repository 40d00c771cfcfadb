"""Which zones come first, by how much, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from demomed.analysis.composite import Scheme, combine, normalise_all, order_of, shares_of_score
from demomed.analysis.recipes import CONCENTRATION, EPSILON, load_recipe
from demomed.analysis.robustness import Chain, Robustness, sampling_error, stress
from demomed.core.faults import Fault, InputError, closest
from demomed.core.indicator import Indicators
from demomed.core.ranking import Criterion, Ranking, Recipe

ROBUST = "prioritaire robuste"
DEPENDS = "selon les choix"
NOT_PRIORITY = "non prioritaire"
NOT_RANKED = "non classée"
ROBUST_SHARE = 0.8
"""A zone is a robust priority if it is in the first k in at least this share of the draws."""
CORRELATION_LIMIT = 0.9
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


@dataclass(frozen=True)
class _Frame:
    """Criteria as tables of zones, aligned."""

    value: pd.DataFrame
    numerator: pd.DataFrame
    denominator: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame
    names: pd.Series

    def keep(self, columns: Sequence[str]) -> _Frame:
        parts = {
            field: getattr(self, field)[list(columns)]
            for field in ("value", "numerator", "denominator", "low", "high")
        }
        return replace(self, **parts)


def rank(
    indicators: Indicators | pd.DataFrame,
    recipe: str | Path | Recipe = "installation",
    *,
    level: str = "epci",
    draws: int = 2000,
    seed: int = 53,
    alternatives: bool = True,
    top: int | None = None,
) -> Ranking:
    """Rank the zones of a level, and say how sure each rank is.

    Criteria are oriented, brought to one scale, weighted and added up as the recipe says (OECD/JRC,
    *Handbook on Constructing Composite Indicators*, 2008). The whole chain is then drawn again:
    other normalisations and aggregations, given or equal weights with Dirichlet noise, each
    criterion left out in turn, inputs within their sampling error (gamma for rates, beta for
    shares, else their published interval).

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

    Returns
    -------
    Ranking
        Rank 1 = highest priority; ties share the smallest rank and are shown in code order. A zone
        with less than the recipe's share of weight present has no score; with more, its weights
        are rescaled and its ``status`` says « rescaled ». ``verdict`` is « prioritaire robuste »
        only if the zone is among the first k in at least 80 % of the draws.

    Raises
    ------
    InputError
        If a criterion is absent, every criterion is constant, or no zone can be scored.

    Examples
    --------
    >>> table = pd.DataFrame({"density_gp": [38, 55, 47], "beyond_15_gp": [0.35, 0.1, 0.28]},
    ...                      index=pd.Index(["A", "B", "C"], name="zone_code"))
    >>> own = Recipe("own", "Essai", "Où ?", (Criterion("density", "gp", -1, .5, "densité"),
    ...              Criterion("beyond_15", "gp", 1, .5, "éloignement")), top=1)
    >>> rank(table, own, draws=200).table["rank"].tolist()
    [1, 2, 3]
    """
    declared = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    notices: list[str] = []
    frame = _gather(indicators, declared, level, notices)
    criteria = _usable(frame, declared, notices)
    frame = frame.keep([criterion.column for criterion in criteria])
    weights = np.array([criterion.weight for criterion in criteria])
    weights = weights / weights.sum()
    held = frame.value.notna().to_numpy().T
    share = weights @ held
    scored = share >= declared.missing_share - 1e-9
    if scored.sum() < 2:
        raise InputError(
            Fault(
                f"classement « {declared.id} »",
                f"{int(scored.sum())} zone notée sur {len(scored)}",
                "au moins deux zones dont les critères sont renseignés",
                "compléter les indicateurs ou choisir une autre recette",
            )
        )
    _tell_missing(frame, scored, share, notices)
    _tell_correlated(frame.value[scored], criteria, notices)
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
    table = _table(frame, codes, score, drawn, size, share[scored] < 1 - 1e-9)
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


def _gather(
    indicators: Indicators | pd.DataFrame, recipe: Recipe, level: str, notices: list[str]
) -> _Frame:
    wanted = [criterion.column for criterion in recipe.criteria]
    if isinstance(indicators, Indicators):
        selected = indicators.select(level=level)
        if not len(selected):
            known = sorted(set(indicators.table["level"]))
            raise InputError(
                Fault(
                    "indicateurs",
                    f"aucune valeur au niveau « {level} »",
                    "un niveau calculé",
                    closest(level, known),
                )
            )
        wide = {
            column: selected.wide(column)
            for column in ("value", "numerator", "denominator", "low", "high")
        }
        _tell_nature(selected.table, wanted, notices)
    else:
        wide = {"value": indicators}
    base = wide["value"]
    names = _zone_names(base)
    order = names.index.sort_values()
    empty = pd.DataFrame(np.nan, index=order, columns=wanted)
    _check_columns(base, recipe, notices)

    def aligned(column: str) -> pd.DataFrame:
        if column not in wide:
            return empty
        table = wide[column].set_axis(names.index, axis=0)
        numbers = table.reindex(columns=wanted).apply(pd.to_numeric, errors="coerce")
        return numbers.astype(float).replace([np.inf, -np.inf], np.nan).reindex(order)

    return _Frame(
        value=aligned("value"),
        numerator=aligned("numerator"),
        denominator=aligned("denominator"),
        low=aligned("low"),
        high=aligned("high"),
        names=names.reindex(order),
    )


def _zone_names(table: pd.DataFrame) -> pd.Series:
    index = table.index
    if index.nlevels == 1:
        codes = index.astype(str)
        names = codes
    else:
        codes = index.get_level_values("zone_code").astype(str)
        names = index.get_level_values("zone_name").astype(str)
    if codes.has_duplicates:
        twice = sorted(set(codes[codes.duplicated()]))
        raise InputError(
            Fault(
                "indicateurs",
                f"zones en double : {', '.join(twice)}",
                "une ligne par zone",
                "garder un seul niveau",
            )
        )
    return pd.Series(names, index=codes.rename("zone_code"), name="zone_name", dtype="object")


def _check_columns(table: pd.DataFrame, recipe: Recipe, notices: list[str]) -> None:
    faults = []
    for criterion in recipe.criteria:
        if criterion.column in table.columns and table[criterion.column].notna().any():
            continue
        if criterion.is_optional:
            notices.append(
                f"« {criterion.label} » : n.d. ; le classement est fait sans ce critère, "
                "son poids va aux autres"
            )
        else:
            found = "absent" if criterion.column not in table.columns else "sans aucune valeur"
            faults.append(
                Fault(
                    f"recette « {recipe.id} »",
                    f"critère « {criterion.column} » {found}",
                    "un indicateur calculé",
                    closest(criterion.column, [str(c) for c in table.columns]),
                )
            )
    if faults:
        raise InputError(faults)


def _usable(frame: _Frame, recipe: Recipe, notices: list[str]) -> tuple[Criterion, ...]:
    kept = []
    for criterion in recipe.criteria:
        column = frame.value[criterion.column].dropna()
        if column.empty:
            continue
        if column.nunique() == 1:
            notices.append(
                f"« {criterion.label} » : même valeur dans toutes les zones ; critère écarté, "
                "son poids va aux autres"
            )
            continue
        kept.append(criterion)
    if not kept:
        raise InputError(
            Fault(
                f"recette « {recipe.id} »",
                "aucun critère ne distingue les zones",
                "au moins un critère qui varie",
                "choisir d'autres critères ou un niveau plus fin",
            )
        )
    return tuple(kept)


def _tell_nature(table: pd.DataFrame, wanted: Sequence[str], notices: list[str]) -> None:
    name = table["indicator"] + table["profession"].map(lambda p: f"_{p}" if p else "")
    used = table.loc[name.isin(wanted)]
    if (used["nature"] == "fictional").any():
        notices.append("le classement utilise des données d'exemple (fictives)")
    unstable = int((used["status"] == "unstable").sum())
    if unstable:
        notices.append(f"valeurs fondées sur un effectif trop faible : {unstable}")
    masked = int((used["status"] == "masked").sum())
    if masked:
        notices.append(f"valeurs sous secret, absentes du calcul : {masked}")


def _tell_missing(frame: _Frame, scored: np.ndarray, share: np.ndarray, notices: list[str]) -> None:
    for kept, text in (
        (~scored, "zones non classées faute de critères renseignés"),
        (scored & (share < 1 - 1e-9), "zones notées sur une partie des critères"),
    ):
        if kept.any():
            names = ", ".join(frame.names[kept][:10])
            more = int(kept.sum()) - 10
            notices.append(f"{text} : {names}" + (f" et {more} autres" if more > 0 else ""))


def _tell_correlated(
    values: pd.DataFrame, criteria: Sequence[Criterion], notices: list[str]
) -> None:
    if len(values) < 3:
        return
    correlation = values.corr().to_numpy()
    for first in range(len(criteria)):
        for second in range(first + 1, len(criteria)):
            r = correlation[first, second]
            if abs(r) > CORRELATION_LIMIT:
                figure = f"{r:.2f}".replace(".", ",").replace("-", "−")
                notices.append(
                    f"« {criteria[first].label} » et « {criteria[second].label} » disent presque "
                    f"la même chose (corrélation {figure}) : le critère compte double"
                )


def _chain(
    frame: _Frame,
    criteria: Sequence[Criterion],
    weights: np.ndarray,
    scored: np.ndarray,
    recipe: Recipe,
) -> Chain:
    value = frame.value[scored]
    arrays = {
        field: getattr(frame, field)[scored].to_numpy(dtype=float).T
        for field in ("value", "numerator", "denominator", "low", "high")
    }
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
            arrays["value"][j],
            arrays["numerator"][j],
            arrays["denominator"][j],
            arrays["low"][j],
            arrays["high"][j],
            criterion.relative_error,
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
    frame: _Frame,
    codes: pd.Index,
    score: np.ndarray,
    drawn: Robustness,
    top: int,
    rescaled: np.ndarray,
) -> pd.DataFrame:
    chance = drawn.at_most(top)
    verdict = np.select(
        [chance >= ROBUST_SHARE - 1e-12, chance > 1 - ROBUST_SHARE], [ROBUST, DEPENDS], NOT_PRIORITY
    )
    low, high = (drawn.quantile(share) for share in INTERVAL)
    whole = pd.DataFrame(
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
    ).reindex(frame.value.index)
    whole.insert(0, "zone_name", frame.names)
    whole["verdict"] = whole["verdict"].fillna(NOT_RANKED).astype(object)
    whole["status"] = whole["status"].fillna("missing").astype(object)
    ranks = ["rank", "rank_low", "rank_high", "rank_median"]
    whole[ranks] = whole[ranks].astype("Int64")
    return whole.sort_index(kind="stable").sort_values("rank", kind="stable", na_position="last")


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
