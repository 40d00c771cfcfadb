"""Who will leave, and when: fixed age, leaving probabilities, or the official signal alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from demomed.core.display import facts_table, small
from demomed.core.faults import Fault, InputError, Report

AGES = (25, 90)
"""Ages outside which a practitioner is reported."""
Unknown = Literal["spread", "leave_out"]
OFFICIAL_HORIZONS = (5, 10)
"""Years for which the published ages (60, 65) say something of departures."""


def departures_at_age(
    ages: pd.Series, horizon: int, *, leaving_age: int = 67, unknown: Unknown = "spread"
) -> float:
    """Departures within a horizon if everyone leaves on reaching the same age.

    N(age + horizon ≥ leaving age). Simple, and blind to those who go on: use it as a scenario
    (65, 67, 70).

    Parameters
    ----------
    ages
        Ages in completed years, missing if unknown.
    horizon
        Years.
    leaving_age
        Age of departure.
    unknown
        ``"spread"``: unknown ages leave in the same proportion as the known ones;
        ``"leave_out"``: they stay (lower bound).

    Returns
    -------
    float
        Expected departures; missing if no age is known and unknown ages are to be spread.

    Examples
    --------
    >>> departures_at_age(pd.Series([54, 60, 63, 68]), 5)
    2.0
    """
    _check_ages(ages, horizon)
    known = ages.dropna().astype(float)
    leaving = float((known + horizon >= leaving_age).sum())
    return leaving * _spread(ages, unknown)


@dataclass(frozen=True)
class Departures:
    """Expected departures within a horizon, and how far chance may move them.

    Parameters
    ----------
    expected, remaining
        Expected numbers of those who leave and of those who stay.
    variance
        Of both (Poisson-binomial law).
    low, high
        95 % interval of the departures, whole persons.
    head_count, unknown_count
        Practitioners, and those whose age is not known.
    notices
        French remarks.
    """

    expected: float
    remaining: float
    variance: float
    low: float
    high: float
    head_count: int
    unknown_count: int
    notices: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        rows = (
            ("Praticiens", self.head_count),
            ("d'âge inconnu", self.unknown_count),
            ("Départs attendus", f"{self.expected:.1f} ({self.low:.0f} à {self.high:.0f})"),
            ("Restants attendus", f"{self.remaining:.1f}"),
        )
        return facts_table("Départs", rows) + small(" ".join(self.notices))


def survival(ages: pd.Series, horizon: int, hazard: pd.Series) -> pd.Series:
    """Probability of still practising after a horizon, from yearly leaving probabilities.

    s = Π (1 − h(age + t)), t = 0 … horizon − 1.

    Parameters
    ----------
    ages
        Ages in completed years, missing if unknown.
    horizon
        Years.
    hazard
        Index = age from which the probability applies (kept until the next age given), values =
        probability of leaving between that birthday and the next. 0 before the first age.

    Returns
    -------
    Series
        Index of ``ages``; missing where the age is.

    Examples
    --------
    >>> h = pd.Series({60: 0.05, 62: 0.12})
    >>> survival(pd.Series([57, 61]), 5, h).round(4).tolist()
    [0.9025, 0.5697]
    """
    _check_ages(ages, horizon)
    steps = _hazard_by_age(hazard)
    known = ages.dropna().astype(int)
    stay = np.ones(len(known))
    for year in range(horizon):
        at = np.searchsorted(steps.index.to_numpy(), known.to_numpy() + year, side="right") - 1
        stay *= 1 - np.where(at >= 0, steps.to_numpy()[np.maximum(at, 0)], 0.0)
    return pd.Series(stay, index=known.index).reindex(ages.index)


def departures(
    ages: pd.Series, horizon: int, hazard: pd.Series, *, unknown: Unknown = "spread"
) -> Departures:
    """Expected departures within a horizon from yearly leaving probabilities.

    Parameters
    ----------
    ages, horizon, hazard
        As in :func:`survival`.
    unknown
        ``"spread"``: persons of unknown age leave like the mean of the others;
        ``"leave_out"``: they stay (lower bound).

    Returns
    -------
    Departures
        The interval is that of the exact law of the sum of independent departures
        (Poisson-binomial), not a normal approximation.
    """
    stay = survival(ages, horizon, hazard)
    unknown_count = int(stay.isna().sum())
    if unknown == "spread":
        if stay.notna().sum() == 0 and unknown_count:
            stay = pd.Series(np.nan, index=stay.index)
        else:
            stay = stay.fillna(stay.mean())
    else:
        stay = stay.fillna(1.0)
    leave = 1 - stay.to_numpy(dtype=float)
    low, high = departure_interval(leave)
    return Departures(
        expected=float(leave.sum()),
        remaining=float(len(leave) - leave.sum()),
        variance=float((leave * (1 - leave)).sum()),
        low=low,
        high=high,
        head_count=len(leave),
        unknown_count=unknown_count,
        notices=_age_notices(ages, unknown),
    )


def departure_interval(probabilities: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Central interval of a sum of independent departures (Poisson-binomial law, by convolution).

    Parameters
    ----------
    probabilities
        Probability that each person leaves.
    level
        Confidence, 0–1.

    Returns
    -------
    tuple
        Smallest counts whose cumulative probability reaches both tails; missing if a probability
        is; (0, 0) for nobody.

    Examples
    --------
    >>> departure_interval(np.array([1.0, 1.0, 0.0]))
    (2.0, 2.0)
    """
    if np.isnan(probabilities).any():
        return np.nan, np.nan
    law = np.ones(1)
    for share in probabilities:
        law = np.convolve(law, [1 - share, share])
    cumulative = np.cumsum(law)
    tail = (1 - level) / 2
    bounds = [int(np.searchsorted(cumulative, q - 1e-12)) for q in (tail, 1 - tail)]
    return float(bounds[0]), float(min(bounds[1], len(law) - 1))


def departures_by_zone(
    practitioners: pd.DataFrame,
    zones: pd.Series,
    horizon: int,
    hazard: pd.Series,
    *,
    unknown: Unknown = "spread",
) -> pd.DataFrame:
    """Expected departures per zone: facts about persons, to be protected before publication.

    Parameters
    ----------
    practitioners
        One row per person, columns ``commune_code`` (main site) and ``age``.
    zones
        Zone of each commune.
    horizon, hazard, unknown
        As in :func:`departures`. Persons of unknown age follow the known ones of **all** zones.

    Returns
    -------
    DataFrame
        Index ``zone_code`` (every zone, even without anyone): ``head_count, unknown_count,
        expected_departures, low, high, remaining_count``.
    """
    stay = survival(practitioners["age"], horizon, hazard)
    filler = stay.mean() if unknown == "spread" else 1.0
    leave = 1 - stay.fillna(filler)
    zone = practitioners["commune_code"].map(zones)
    rows = {}
    for code in sorted(zones.dropna().unique()):
        share = leave[zone == code].to_numpy(dtype=float)
        low, high = departure_interval(share)
        rows[code] = {
            "head_count": len(share),
            "unknown_count": int(stay[zone == code].isna().sum()),
            "expected_departures": float(share.sum()),
            "low": low,
            "high": high,
            "remaining_count": float(len(share) - share.sum()),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("zone_code")


def official_departures(
    count: pd.Series, share_over_60: pd.Series, share_over_65: pd.Series, horizon: int = 5
) -> pd.DataFrame:
    """Departures within a horizon when no age is known but the official signal.

    The official accessibility is published with and without the practitioners over 60, 62 and 65:
    it tells which share of the reachable supply each age holds. At five years, those over 65 are
    likely to leave (low end) and those over 60 may (high end). At ten years the number is what
    leaves if all those over 60 have stopped: not a lower bound, since some work past 70, and
    those of 55–60 come on top but their share is not published; the high end is missing. Not a
    forecast: the shares are of activity within reach, not of persons
    of the zone.

    Parameters
    ----------
    count
        Practitioners, index = zone.
    share_over_60, share_over_65
        Shares 0–1 of the reachable supply due to practitioners over these ages, same index.
    horizon
        Years: 5 or 10, whole steps of five-year cohorts that the published ages speak of.

    Returns
    -------
    DataFrame
        Index of ``count``: ``low_count, high_count`` (missing where a share is, and the latter at
        ten years) and ``label`` (French, says what it is).

    Raises
    ------
    InputError
        Another horizon, or more over 65 than over 60.

    Examples
    --------
    >>> official_departures(pd.Series([20]), pd.Series([.3]), pd.Series([.15])).low_count.tolist()
    [3.0]
    >>> official_departures(pd.Series([20]), pd.Series([.3]), pd.Series([.15]), 10).low_count.tolist()
    [6.0]
    """
    if horizon not in OFFICIAL_HORIZONS:
        served = " ou ".join(map(str, OFFICIAL_HORIZONS))
        raise InputError(
            Fault(
                "départs tirés du signal officiel d'âge",
                f"horizon de {horizon} ans",
                f"{served} ans",
                f"choisir {served}, ou projeter un registre qui donne les âges",
            )
        )
    over_60 = share_over_60.reindex(count.index).astype(float).clip(0, 1)
    over_65 = share_over_65.reindex(count.index).astype(float).clip(0, 1)
    crossed = over_65 > over_60 + 1e-9
    if crossed.any():
        codes = ", ".join(map(str, count.index[crossed][:10]))
        raise InputError(
            Fault(
                "part de l'offre par âge",
                f"plus de 65 ans au-delà de plus de 60 ans : {codes}",
                "une part qui baisse avec l'âge",
                "vérifier que les deux séries ne sont pas interverties",
            )
        )
    is_near = horizon == OFFICIAL_HORIZONS[0]
    low, high = (over_65, over_60) if is_near else (over_60, over_60 * float("nan"))
    table = pd.DataFrame({"low_count": count * low, "high_count": count * high})
    table["label"] = (
        "fourchette tirée de l'accessibilité officielle par âge : de la part des plus de 65 ans "
        "à celle des plus de 60 ans"
        if is_near
        else "nombre tiré de l'accessibilité officielle par âge : part des plus de 60 ans, si tous ont "
        "cessé"
    )
    return table


def _hazard_by_age(hazard: pd.Series) -> pd.Series:
    if hazard.empty or not hazard.between(0, 1).all():
        raise InputError(
            Fault(
                "probabilités de départ",
                "table vide ou valeur hors de 0–1",
                "une probabilité par âge, entre 0 et 1",
                "corriger la table",
            )
        )
    return hazard.sort_index().astype(float)


def _spread(ages: pd.Series, unknown: Unknown) -> float:
    if unknown == "leave_out" or not len(ages):
        return 1.0
    known = int(ages.notna().sum())
    return len(ages) / known if known else np.nan


def _check_ages(ages: pd.Series, horizon: int) -> None:
    report = Report("projection")
    if horizon < 0 or horizon != int(horizon):
        report.fault(
            f"horizon de {horizon} ans", "un nombre entier d'années, 0 ou plus", "corriger"
        )
    wrong = ages.dropna()
    wrong = wrong[(wrong < 0) | (wrong > 120)]
    if len(wrong):
        listed = ", ".join(f"{age:g}" for age in wrong[:10])
        report.fault(
            f"âges impossibles : {listed}", "un âge de 0 à 120 ans", "corriger le registre"
        )
    report.raise_if_faulty()


def _age_notices(ages: pd.Series, unknown: Unknown) -> tuple[str, ...]:
    notices = []
    odd = int(((ages < AGES[0]) | (ages > AGES[1])).sum())
    if odd:
        notices.append(f"âges inhabituels (moins de {AGES[0]} ou plus de {AGES[1]} ans) : {odd}")
    missing = int(ages.isna().sum())
    if missing:
        how = "répartis comme les âges connus" if unknown == "spread" else "supposés rester"
        notices.append(f"âges inconnus, {how} : {missing}")
    return tuple(notices)
