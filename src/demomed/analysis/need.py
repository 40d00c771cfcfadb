"""Need for care: populations standardised by age, and the age weights behind published ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from demomed.core.faults import Fault, InputError


def age_weights(visits: pd.Series, national: pd.Series) -> pd.Series:
    """Weight of each age band: its visits per head over the national mean.

    Parameters
    ----------
    visits
        Visits per head and year by age band, at national level; those of one profession must not
        be used for another.
    national
        National population by age band.

    Returns
    -------
    Series
        Index of ``visits``; the weighted national population equals the national population.

    Examples
    --------
    >>> age_weights(pd.Series({"0-14": 3.0, "75+": 7.4}), pd.Series({"0-14": 170, "75+": 100})).round(6).to_dict()
    {'0-14': 0.648, '75+': 1.5984}
    """
    structure = national.reindex(visits.index).astype(float)
    if structure.isna().any() or not structure.sum() > 0 or (visits < 0).any():
        raise InputError(
            Fault(
                "besoins",
                "tranches d'âge sans population ou recours négatif",
                "les mêmes tranches",
                "aligner les tables",
            )
        )
    mean = float((visits * structure).sum() / structure.sum())
    return (visits / mean).rename("weight")


def standardised_population(bands: pd.DataFrame, weights: pd.Series) -> pd.Series:
    """Population weighted by the need of each age: one row per place, one column per band.

    Examples
    --------
    >>> bands = pd.DataFrame({"0-14": [210], "75+": [110]}, index=["D1"])
    >>> standardised_population(bands, pd.Series({"0-14": 0.8, "75+": 2.0})).to_dict()
    {'D1': 388.0}
    """
    absent = [str(band) for band in weights.index if band not in bands]
    if absent:
        raise InputError(
            Fault(
                "besoins",
                f"tranches absentes : {', '.join(absent)}",
                "une colonne par tranche",
                "compléter",
            )
        )
    return (
        (bands[list(weights.index)] * weights)
        .sum(axis=1, skipna=False)
        .rename("standardised_population")
    )


def need_ratio(standardised: pd.Series, population: pd.Series) -> pd.Series:
    """Standardised over municipal population: 1 is the national mean; missing without inhabitants.

    Examples
    --------
    >>> need_ratio(pd.Series({"D1": 1192.205}), pd.Series({"D1": 1200})).round(6).to_dict()
    {'D1': 0.993504}
    """
    people = population.reindex(standardised.index).astype(float)
    return (standardised / people.where(people > 0)).rename("need_ratio")


@dataclass(frozen=True)
class RecoveredWeights:
    """Age weights recovered from published populations, and how well they explain them.

    Parameters
    ----------
    weights
        Weight of each band, non-negative.
    residual
        Published minus recomputed, per place.
    r_squared
        Share of the variance of the published need ratio that the weights explain.
    """

    weights: pd.Series
    residual: pd.Series
    r_squared: float


def recover_age_weights(bands: pd.DataFrame, standardised: pd.Series) -> RecoveredWeights:
    """Age weights behind published standardised populations, by non-negative least squares.

    The table of weights is not published; many places and few bands give it back. Residuals near
    zero show that the bands are the right ones.

    Parameters
    ----------
    bands
        Population by age band, one row per place.
    standardised
        Published standardised population of the places.

    Raises
    ------
    InputError
        With fewer complete places than bands.

    Examples
    --------
    >>> bands = pd.DataFrame({"young": [10.0, 30.0, 20.0], "old": [20.0, 10.0, 5.0]})
    >>> recover_age_weights(bands, 0.8 * bands["young"] + 2 * bands["old"]).weights.round(6).to_dict()
    {'young': 0.8, 'old': 2.0}
    """
    published = standardised.reindex(bands.index).astype(float)
    known = published.notna() & bands.notna().all(axis=1) & (bands.sum(axis=1) > 0)
    if known.sum() < bands.shape[1]:
        raise InputError(
            Fault(
                "besoins",
                f"{int(known.sum())} lieux complets",
                f"au moins {bands.shape[1]} lieux",
                "ajouter des communes",
            )
        )
    table, target = bands.loc[known].astype(float), published.loc[known]
    size = np.sqrt(table.sum(axis=1).to_numpy())  # counts: the error grows with the square root
    found, _ = nnls(table.to_numpy() / size[:, None], target.to_numpy() / size)
    weights = pd.Series(found, index=bands.columns, name="weight")
    residual = target - table @ weights
    ratio = target / table.sum(axis=1)
    unexplained = float(((residual / table.sum(axis=1)) ** 2).sum())
    spread = float(((ratio - ratio.mean()) ** 2).sum())
    return RecoveredWeights(
        weights,
        residual.reindex(bands.index),
        1 - unexplained / spread if spread > 0 else float("nan"),
    )


@dataclass(frozen=True)
class NeedLine:
    """The need ratio of a profession told from that of another, by a straight line.

    Parameters
    ----------
    profession
        The other profession, whose standardised population is published more widely.
    level, slope
        Ratio told = level + slope × ratio of the other profession.
    """

    profession: str
    level: float
    slope: float


def fitted_need(
    published: pd.Series, other: pd.Series, population: pd.Series, profession: str
) -> NeedLine:
    """Line that gives the need ratio of a profession from another's, where both are published.

    Both ratios follow the ages of the inhabitants; least squares weighted by the population. Over
    the 4 998 communes of fifteen departments it explains 82 % of the variance of general
    practitioners' ratio (APL 2023) from that of nurses. A line of the catalogue comes from here: a
    part of the country must not fit its own.

    Parameters
    ----------
    published, other
        Need ratios (see :func:`need_ratio`), same index; missing where not published.
    population
        Inhabitants, same index.
    profession
        Name of the other profession.

    Examples
    --------
    >>> ratio = pd.Series([0.9, 1.1, None], index=list("abc"))
    >>> nurses = pd.Series([0.8, 1.2, 1.4], index=list("abc"))
    >>> line = fitted_need(ratio, nurses, pd.Series(100.0, index=list("abc")), "nurse")
    >>> round(line.level, 6), round(line.slope, 6)
    (0.5, 0.5)
    """
    both = published.notna() & other.notna() & (population > 0)
    slope, level = np.polyfit(
        other[both].astype(float),
        published[both].astype(float),
        1,
        w=np.sqrt(population[both].astype(float)),
    )
    return NeedLine(profession, float(level), float(slope))


def completed_need(published: pd.Series, other: pd.Series, line: NeedLine) -> pd.Series:
    """Need ratio of a profession everywhere, where it is published for a part of the country only.

    Parameters
    ----------
    published
        Need ratio of the profession (see :func:`need_ratio`), missing where it is not published.
    other
        Need ratio of the profession of the line, same index.
    line
        How the one is told from the other.

    Returns
    -------
    Series
        The published ratio where there is one, that of the line elsewhere, never negative; 1 (the
        national mean) where the other is unknown too.

    Examples
    --------
    >>> ratio = pd.Series([0.9, 1.1, None, None], index=list("abcd"))
    >>> nurses = pd.Series([0.8, 1.2, 1.4, None], index=list("abcd"))
    >>> completed_need(ratio, nurses, NeedLine("nurse", 0.5, 0.5)).round(6).tolist()
    [0.9, 1.1, 1.2, 1.0]
    """
    told = (line.level + line.slope * other.astype(float)).clip(lower=0.0)
    return published.fillna(told).fillna(1.0).rename("need_ratio")
