"""What a ranking is given: the criteria of a recipe taken from the indicators, with what to tell."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demomed.analysis.composite import Flags
from demomed.core.faults import Fault, InputError, closest
from demomed.core.indicator import Indicators
from demomed.core.indicator import indicators as declared_indicators
from demomed.core.ranking import Criterion, Recipe, Unrankable, Unranked

CORRELATION_LIMIT = 0.9
"""Correlation (absolute) above which two criteria count one thing twice."""
FIGURES = ("value", "numerator", "denominator", "low", "high")


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
        return replace(self, **{name: getattr(self, name)[list(columns)] for name in FIGURES})

    def without(self, zones: Collection[str]) -> Criteria:
        """The same without some zones."""
        kept = ~self.names.index.isin(list(zones))
        parts = {name: getattr(self, name).loc[kept] for name in FIGURES}
        return replace(self, **parts, names=self.names.loc[kept])


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
        wide = {column: selected.wide(column) for column in FIGURES}
        _tell_nature(selected.table, wanted, notices)
    else:
        wide = {"value": indicators}
    base = wide["value"]
    names = _zone_names(base)
    codes, order = names.index, names.index.sort_values()
    empty = pd.DataFrame(np.nan, index=order, columns=wanted)
    names = names.reindex(order)
    own = isinstance(indicators, Indicators)
    _check_columns(base, recipe, names, declared_indicators() if own else (), notices)

    def aligned(column: str) -> pd.DataFrame:
        if column not in wide:
            return empty
        table = wide[column].set_axis(codes, axis=0)
        numbers = table.reindex(columns=wanted).apply(pd.to_numeric, errors="coerce")
        return numbers.astype(float).replace([np.inf, -np.inf], np.nan).reindex(order)

    return Criteria(**{name: aligned(name) for name in FIGURES}, names=names)


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


def _check_columns(
    table: pd.DataFrame,
    recipe: Recipe,
    names: pd.Series,
    declared: Collection[str],
    notices: list[str],
) -> None:
    absent = tuple(
        criterion
        for criterion in recipe.criteria
        if criterion.column not in table.columns or not table[criterion.column].notna().any()
    )
    columns = [str(name) for name in table.columns]
    unknown = [
        Fault(
            f"recette « {recipe.id} »",
            f"critère « {criterion.column} » absent",
            "un indicateur calculé",
            closest(criterion.column, columns),
        )
        for criterion in absent
        if not criterion.is_optional
        and criterion.column not in table.columns
        and criterion.indicator not in declared
    ]
    if unknown:
        raise InputError(unknown)
    if not all(criterion.is_optional for criterion in absent):
        raise _unrankable(recipe, absent, names)
    notices += [_absent(criterion) for criterion in absent]


def _unrankable(recipe: Recipe, absent: tuple[Criterion, ...], names: pd.Series) -> Unrankable:
    """Too few weights are known; the fault and the portal tell the same."""
    unranked = Unranked(recipe, "criteria", absent, names)
    told = ", ".join(
        f"« {c.label} »" + ("" if c.is_optional else " (indispensable)") for c in absent
    )
    return Unrankable(
        Fault(
            f"recette « {recipe.id} »",
            f"{_percent(unranked.share_known)} des poids déclarés seulement sont renseignés ; "
            f"n.d. : {told}",
            f"au moins {_percent(recipe.missing_share)} des poids, et tout critère indispensable",
            "fournir ces sources, ou retirer ces critères de la recette et redonner leurs poids",
        ),
        unranked,
    )


def _absent(criterion: Criterion) -> str:
    return (
        f"« {criterion.label} » : n.d. ; le classement est fait sans ce critère, "
        "son poids va aux autres"
    )


def usable(frame: Criteria, recipe: Recipe, notices: list[str]) -> tuple[Criterion, ...]:
    """Criteria that are there and vary; what is dropped is told."""
    kept = []
    for criterion in recipe.criteria:
        column = frame.value[criterion.column].dropna()
        if column.empty:
            if (told := _absent(criterion)) not in notices:
                notices.append(told)
            continue
        if len(column) == 1 < len(frame.value):
            notices.append(
                f"« {criterion.label} » : renseigné pour une seule zone ({frame.names[column.index[0]]}) ; "
                "critère écarté, son poids va aux autres"
            )
            continue
        if column.nunique() == 1:
            notices.append(
                f"« {criterion.label} » : même valeur dans toutes les zones ; critère écarté, "
                "son poids va aux autres"
            )
            continue
        kept.append(criterion)
    if not kept:
        raise Unrankable(
            Fault(
                f"recette « {recipe.id} »",
                "aucun critère ne distingue les zones",
                "au moins un critère qui varie",
                "choisir d'autres critères ou un niveau plus fin",
            ),
            Unranked(recipe, "constant", (), frame.names, len(frame.names)),
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


def refuse_partial(frame: Criteria, recipe: Recipe) -> None:
    """Refuse a ranking whose criteria without any source weigh too much."""
    known = frame.value.notna().any()
    absent = tuple(c for c in recipe.criteria if not known[c.column])
    share = sum(c.weight for c in recipe.criteria if known[c.column])
    if share < recipe.missing_share - 1e-9:
        raise _unrankable(recipe, absent, frame.names)


def refuse_lone(scored: Flags, frame: Criteria, recipe: Recipe) -> None:
    """Refuse a ranking of fewer than two zones."""
    count = int(scored.sum())
    if count >= 2:
        return
    known = frame.value.notna().any()
    noted = f"{count} {'zone notée' if count < 2 else 'zones notées'}"
    raise Unrankable(
        Fault(
            f"classement « {recipe.id} »",
            f"{noted} sur {len(scored)}",
            "au moins deux zones dont les critères sont renseignés",
            "compléter les indicateurs ou choisir une autre recette",
        ),
        Unranked(
            recipe,
            "zones",
            tuple(c for c in recipe.criteria if len(scored) and not known.get(c.column, True)),
            frame.names,
            count,
        ),
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\u202f%"


def shares_known(frame: Criteria, recipe: Recipe) -> NDArray[np.float64]:
    """Share of the declared weights that is known in each zone."""
    weights = np.array([criterion.weight for criterion in recipe.criteria])
    known = frame.value[[criterion.column for criterion in recipe.criteria]].notna()
    return known.to_numpy(dtype=float) @ weights / weights.sum()


def tell_outside(frame: Criteria, outside: Collection[str], notices: list[str]) -> None:
    """Tell which zones belong to another department, and so are not ranked here."""
    names = frame.names[frame.names.index.isin(list(outside))]
    if len(names):
        notices.append(
            "hors classement, la plupart des habitants vivant dans un autre département : "
            + ", ".join(names)
        )


def tell_missing(
    frame: Criteria, scored: Flags, share: NDArray[np.float64], notices: list[str]
) -> None:
    """Tell which zones have no score, and which are scored on part of the criteria."""
    for kept, text in (
        (~scored, "zones non classées faute de critères renseignés"),
        (scored & is_rescaled(share), "zones notées sur une partie des critères"),
    ):
        if kept.any():
            names = ", ".join(frame.names[kept][:10])
            more = int(kept.sum()) - 10
            notices.append(f"{text} : {names}" + (f" et {more} autres" if more > 0 else ""))


def is_rescaled(share: NDArray[np.float64]) -> Flags:
    """Zones that lack a criterion which others have."""
    return share < share.max() - 1e-9


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
