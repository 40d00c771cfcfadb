"""What a ranking is given: the criteria of a recipe taken from the indicators, with what to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from demomed.core.faults import Fault, InputError, closest
from demomed.core.indicator import Indicators
from demomed.core.ranking import Criterion, Recipe

CORRELATION_LIMIT = 0.9
"""Correlation (absolute) above which two criteria count one thing twice."""


@dataclass(frozen=True)
class Criteria:
    """Criteria as tables of zones, aligned."""

    value: pd.DataFrame
    numerator: pd.DataFrame
    denominator: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame
    names: pd.Series

    def keep(self, columns: Sequence[str]) -> Criteria:
        """The same with some criteria only."""
        parts = {
            field: getattr(self, field)[list(columns)]
            for field in ("value", "numerator", "denominator", "low", "high")
        }
        return replace(self, **parts)


def gather(
    indicators: Indicators | pd.DataFrame, recipe: Recipe, level: str, notices: list[str]
) -> Criteria:
    """Take the criteria of a recipe out of the indicators of a level, or out of a table."""
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

    return Criteria(
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


def usable(frame: Criteria, recipe: Recipe, notices: list[str]) -> tuple[Criterion, ...]:
    """Criteria that are there and vary; what is dropped is told."""
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


def tell_missing(
    frame: Criteria, scored: np.ndarray, share: np.ndarray, notices: list[str]
) -> None:
    """Tell which zones have no score, and which are scored on part of the criteria."""
    for kept, text in (
        (~scored, "zones non classées faute de critères renseignés"),
        (scored & (share < 1 - 1e-9), "zones notées sur une partie des critères"),
    ):
        if kept.any():
            names = ", ".join(frame.names[kept][:10])
            more = int(kept.sum()) - 10
            notices.append(f"{text} : {names}" + (f" et {more} autres" if more > 0 else ""))


def tell_correlated(
    values: pd.DataFrame, criteria: Sequence[Criterion], notices: list[str]
) -> None:
    """Tell which criteria say nearly the same thing."""
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
