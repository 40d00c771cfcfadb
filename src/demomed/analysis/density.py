"""How many practitioners, and for how many inhabitants."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from demomed.analysis.uncertainty import is_unstable, rate_interval
from demomed.core.faults import Fault, InputError, closest

CountRule = Literal["main_site", "presence", "etp"]
RULES: tuple[CountRule, ...] = ("main_site", "presence", "etp")

NOT_IN_PRACTICE: tuple[str, ...] = ("remplacant", "etudiant", "interne")
"""Modes of practice that are not supply of their own: substitutes, students, interns."""


def density(count: pd.Series, population: pd.Series, *, per: float = 100_000) -> pd.Series:
    """Practitioners per ``per`` inhabitants.

    Crude density, ``per × count / population`` (definition of the French health statistics, per
    100 000 inhabitants).

    Parameters
    ----------
    count
        Practitioners of each area; what is counted (persons, sites, full-time equivalents) must
        be told by the caller.
    population
        Inhabitants, municipal population of the same list of communes.
    per
        100 000, 10 000 or 1 000 inhabitants.

    Returns
    -------
    Series
        Index of ``count``. No practitioner gives 0; no inhabitant, or a missing entry, gives
        missing.

    Raises
    ------
    InputError
        If a count or a population is negative.

    Examples
    --------
    >>> density(pd.Series({"A": 13, "B": 0}), pd.Series({"A": 17_600, "B": 420})).round(6).to_dict()
    {'A': 73.863636, 'B': 0.0}
    """
    people = population.reindex(count.index).astype(float)
    number = count.astype(float)
    if (number < 0).any() or (people < 0).any():
        raise InputError(
            Fault(
                "densité",
                "effectif ou population négatif",
                "des nombres positifs",
                "corriger la table",
            )
        )
    return (per * number / people.where(people > 0)).rename("density")


def inhabitants_per(count: pd.Series, population: pd.Series) -> pd.Series:
    """Inhabitants for one practitioner; missing where there is none (« aucun »).

    Examples
    --------
    >>> inhabitants_per(pd.Series({"A": 13, "B": 0}), pd.Series({"A": 17_600, "B": 420})).round(6)
    A    1353.846154
    B            NaN
    Name: inhabitants_per, dtype: float64
    """
    number = count.astype(float)
    people = population.reindex(count.index).astype(float)
    return (people / number.where(number > 0)).rename("inhabitants_per")


def density_table(
    count: pd.Series, population: pd.Series, *, per: float = 100_000, level: float = 0.95
) -> pd.DataFrame:
    """Density with its interval and whether it rests on too few practitioners.

    The interval is exact (Garwood) below ten practitioners and Byar's from ten on. Under five
    practitioners, or with a coefficient of variation above 30 %, the status is ``unstable``: the
    value stays, and is drawn hatched. Nobody at all is a true zero, not an unstable value.

    Returns
    -------
    DataFrame
        Index of ``count``: ``value, low, high, numerator, denominator, status``.

    Examples
    --------
    >>> table = density_table(pd.Series({"A": 13}), pd.Series({"A": 17_600}))
    >>> table.loc["A", ["value", "low", "high"]].astype(float).round(1).tolist(), table["status"]["A"]
    ([73.9, 39.3, 126.3], 'value')
    """
    people = population.reindex(count.index).astype(float)
    value = density(count, people, per=per)
    status = np.where(value.isna(), "missing", np.where(is_unstable(count), "unstable", "value"))
    interval = rate_interval(count, people, per=per, level=level)
    return pd.DataFrame(
        {
            "value": value,
            "low": interval["low"],
            "high": interval["high"],
            "numerator": count.astype(float),
            "denominator": people,
            "status": status,
        }
    )


def in_practice(practitioners: pd.DataFrame, service: str | None = None) -> pd.DataFrame:
    """Rows of a register that are supply: one profession, without substitutes nor students.

    Parameters
    ----------
    practitioners
        Register, one row per practitioner × site, with ``service`` and, if known, ``mode``.
    service
        Profession kept; ``None`` keeps all.
    """
    kept = pd.Series(True, index=practitioners.index)
    if service is not None:
        kept &= practitioners["service"] == service
    if "mode" in practitioners:
        kept &= ~practitioners["mode"].isin(NOT_IN_PRACTICE)
    return practitioners.loc[kept]


def head_count(
    practitioners: pd.DataFrame,
    service: str,
    rule: CountRule = "main_site",
    *,
    zones: pd.Series | None = None,
) -> pd.Series:
    """Practitioners of a register per commune, or per zone.

    Parameters
    ----------
    practitioners
        Register, one row per practitioner × site: ``practitioner_id, service, commune_code,
        is_main_site``, and for full-time equivalents ``site_share`` and ``etp``.
    service
        Profession.
    rule
        ``"main_site"``: each person once, at the main site. ``"presence"``: each person once in
        every place of practice, so the sum over places exceeds the persons. ``"etp"``: activity ×
        share of time at the site; the activity of a person without one is one full time, and
        unknown shares are equal shares.
    zones
        Zone of each commune: the count is made again at that level (presences are never added up).

    Returns
    -------
    Series
        Index ``commune_code`` (or ``zone_code``, then every zone, with zeros). Practitioners
        without a commune are left out; see :func:`unlocated_count`.

    Examples
    --------
    >>> register = pd.DataFrame({
    ...     "practitioner_id": ["x", "x", "y"], "service": "gp", "commune_code": ["a", "b", "a"],
    ...     "is_main_site": [True, False, True], "site_share": [0.6, 0.4, 1.0], "etp": 1.0})
    >>> head_count(register, "gp").to_dict(), head_count(register, "gp", "presence").to_dict()
    ({'a': 2.0, 'b': 0.0}, {'a': 2.0, 'b': 1.0})
    >>> head_count(register, "gp", "etp").to_dict()
    {'a': 1.6, 'b': 0.4}
    """
    if rule not in RULES:
        raise InputError(
            Fault("effectifs", f"règle « {rule} »", "une règle connue", closest(rule, RULES))
        )
    rows = in_practice(practitioners, service)
    rows = rows.loc[rows["commune_code"].notna()]
    place = rows["commune_code"] if zones is None else rows["commune_code"].map(zones)
    known = place.notna()
    rows, place = rows.loc[known], place.loc[known]
    if rule == "main_site":
        amount = rows["is_main_site"].astype(float)
    elif rule == "presence":
        pairs = pd.DataFrame({"person": rows["practitioner_id"], "place": place})
        amount = (~pairs.duplicated()).astype(float)
    else:
        amount = site_etp(rows)
    counted = amount.groupby(place.to_numpy()).sum().astype(float)
    if zones is not None:
        counted = counted.reindex(sorted(zones.unique()), fill_value=0.0)
    return counted.rename_axis("commune_code" if zones is None else "zone_code").rename(service)


def site_etp(rows: pd.DataFrame) -> pd.Series:
    """Full-time equivalents of each row of a register: activity × share of time at the site.

    A person without activity counts for one full time. If any share of a person is missing, all
    of that person's sites get equal shares.

    Examples
    --------
    >>> rows = pd.DataFrame({"practitioner_id": ["x", "x"], "site_share": [None, None], "etp": 1.0})
    >>> site_etp(rows).tolist()
    [0.5, 0.5]
    """
    shares = pd.to_numeric(rows["site_share"]).astype(float)
    by_person = shares.isna().groupby(rows["practitioner_id"])
    incomplete, sites = by_person.transform("any"), by_person.transform("size")
    share = shares.where(~incomplete, 1.0 / sites)
    etp = (
        pd.to_numeric(rows["etp"]).astype(float)
        if "etp" in rows
        else pd.Series(1.0, index=rows.index)
    )
    return share * etp.fillna(1.0)


def unlocated_count(practitioners: pd.DataFrame, service: str) -> int:
    """Practitioners of a register whose main site has no commune (« non localisés »).

    Examples
    --------
    >>> unlocated_count(pd.DataFrame({"practitioner_id": ["x"], "service": ["gp"],
    ...     "commune_code": [None], "is_main_site": [True]}), "gp")
    1
    """
    rows = in_practice(practitioners, service)
    return int((rows["commune_code"].isna() & rows["is_main_site"]).sum())
