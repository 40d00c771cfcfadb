"""The legal zoning of doctors: imitate its rule on the accessibility, and compare."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from demomed.core.faults import Report

FORCED_APL = 2.5
"""Accessibility (consultations a year per standardised inhabitant) below which a territory must be
selected as a priority zone (arrêté of 13 November 2017, as amended)."""
NATIONAL_SHARES = {"zip": 0.302, "zac": 0.42}
"""Population shares of the two classes in the national pool of the arrêté of 2021."""
PRIORITY, COMPLEMENTARY, OUTSIDE = "ZIP", "ZAC", "HZ"
LABELS = {
    PRIORITY: "zone d'intervention prioritaire (simulation, non le zonage en vigueur)",
    COMPLEMENTARY: "zone d'action complémentaire (simulation, non le zonage en vigueur)",
    OUTSIDE: "hors zonage (simulation, non le zonage en vigueur)",
}


def simulate_zoning(
    apl: pd.Series,
    population: pd.Series,
    *,
    forced: float = FORCED_APL,
    share_zip: float = NATIONAL_SHARES["zip"],
    share_zac: float = NATIONAL_SHARES["zac"],
    cross: Literal["exclude", "include"] = "exclude",
) -> pd.DataFrame:
    """Imitate the zoning of general practitioners: a **simulation**, not the legal zoning.

    Territories are taken by rising accessibility (APL): all those below ``forced``, then the next
    ones until the share of population of the priority class is reached; then the same for the
    complementary class (rule of the arrêté of 13 November 2017, as amended; in reality the
    regional agency chooses inside a pool).

    Parameters
    ----------
    apl
        Consultations a year per standardised inhabitant, index = territory.
    population
        Inhabitants, same index.
    forced
        Accessibility below which a territory is priority whatever the share (strictly below).
    share_zip, share_zac
        Shares of the population of the two classes, 0–1.
    cross
        Whether the territory that crosses the share is left out (default) or taken in.

    Returns
    -------
    DataFrame
        Index of ``apl``: ``zone_class_simulated`` (ZIP, ZAC, HZ; missing if the accessibility is),
        ``label`` (French, always says « simulation »), ``position`` (1 = least accessible, ties
        by code), ``cumulative_share`` of the population.

    Examples
    --------
    >>> apl = pd.Series({"a": 2.0, "b": 3.0, "c": 3.5, "d": 4.5})
    >>> people = pd.Series({"a": 10, "b": 20, "c": 30, "d": 40})
    >>> simulate_zoning(apl, people)["zone_class_simulated"].tolist()
    ['ZIP', 'ZIP', 'ZAC', 'HZ']
    """
    _check(apl, population, share_zip, share_zac)
    people = population.reindex(apl.index).astype(float)
    known = apl.notna()
    order = apl[known].to_frame("apl").assign(code=apl.index[known].astype(str))
    order = order.sort_values(["apl", "code"], kind="stable").index
    weight = people.reindex(order).to_numpy()
    total = weight.sum()
    below = (apl.reindex(order) < forced).to_numpy()
    start = int(below.sum())
    end_zip = max(start, _until(weight, 0, share_zip * total, cross))
    end_zac = _until(weight, end_zip, share_zac * total, cross)
    zone = np.full(len(order), OUTSIDE, dtype=object)
    zone[:end_zac] = COMPLEMENTARY
    zone[:end_zip] = PRIORITY
    table = pd.DataFrame(
        {
            "zone_class_simulated": zone,
            "label": pd.Series(zone).map(LABELS).to_numpy(dtype=object),
            "position": np.arange(1, len(order) + 1),
            "cumulative_share": np.cumsum(weight) / total,
        },
        index=order,
    ).reindex(apl.index)
    return table.astype({"position": "Int64"})


def _until(weight: np.ndarray, start: int, wanted: float, cross: str) -> int:
    """End of the run from ``start`` whose sum reaches ``wanted``, without or with the one across."""
    sums = np.cumsum(weight[start:])
    slack = 1e-9 * max(wanted, 1.0)
    whole = int((sums <= wanted + slack).sum())
    reached = whole > 0 and sums[whole - 1] >= wanted - slack
    if cross == "include" and not reached and wanted > 0:
        whole += 1
    return min(start + whole, len(weight))


def _check(apl: pd.Series, population: pd.Series, share_zip: float, share_zac: float) -> None:
    report = Report("simulation du zonage")
    if apl.index.has_duplicates:
        report.fault("territoires en double", "une ligne par territoire", "agréger d'abord")
    else:
        people = population.reindex(apl.index)
        bad = apl.index[apl.notna() & ~(people >= 0)]
        if len(bad):
            report.fault(
                f"population absente ou négative : {', '.join(map(str, bad[:10]))}",
                "une population par territoire",
                "compléter la population",
            )
        elif not people[apl.notna()].sum() > 0:
            report.fault("aucun territoire peuplé", "au moins un", "vérifier l'accessibilité")
    if not (0 <= share_zip <= 1 and 0 <= share_zac <= 1 and share_zip + share_zac <= 1):
        report.fault(
            f"parts de population {share_zip:g} et {share_zac:g}".replace(".", ","),
            "deux parts positives dont la somme ne dépasse pas 1",
            "corriger les parts",
        )
    report.raise_if_faulty()


def agreement(first: pd.Series, second: pd.Series, weight: pd.Series | None = None) -> pd.DataFrame:
    """Cross two classifications of the same zones: how many, or how many inhabitants, agree.

    Parameters
    ----------
    first, second
        Classes, same index; missing values are left out of both.
    weight
        Inhabitants; zones are counted by default.

    Returns
    -------
    DataFrame
        Index: classes of ``first``; columns: classes of ``second``; sums of weight.
        ``attrs["agreement_share"]`` is the share on the diagonal, ``attrs["kappa"]`` Cohen's kappa
        (1960; missing when only one class exists), ``attrs["expected_share"]`` the diagonal of classes
        of the same sizes drawn at random, ``attrs["left_out_count"]`` the zones without
        a class on one side.

    Examples
    --------
    >>> table = agreement(pd.Series(["ZIP", "ZIP", "ZAC"]), pd.Series(["ZIP", "ZAC", "ZAC"]))
    >>> round(table.attrs["agreement_share"], 3), round(table.attrs["kappa"], 3)
    (0.667, 0.4)
    """
    second = second.reindex(first.index)
    both = first.notna() & second.notna()
    amount = pd.Series(1.0, index=first.index) if weight is None else weight.reindex(first.index)
    classes = sorted({*first[both], *second[both]})
    table = (
        amount[both]
        .groupby([first[both].astype(object), second[both].astype(object)])
        .sum()
        .unstack(fill_value=0.0)
        .reindex(index=classes, columns=classes, fill_value=0.0)
    )
    table.index.name, table.columns.name = first.name or "first", second.name or "second"
    cells = table.to_numpy(dtype=float)
    total = cells.sum()
    observed = float(np.trace(cells) / total) if total else np.nan
    expected = float((cells.sum(axis=0) * cells.sum(axis=1)).sum() / total**2) if total else np.nan
    table.attrs["agreement_share"] = observed
    table.attrs["expected_share"] = expected
    table.attrs["kappa"] = (observed - expected) / (1 - expected) if expected < 1 else np.nan
    table.attrs["left_out_count"] = int((~both).sum())
    return table


def group_agreement(
    is_first: pd.Series, is_second: pd.Series, weight: pd.Series | None = None
) -> dict[str, float]:
    """Compare two groups of zones, for instance the first of a ranking and the legal priority zones.

    Parameters
    ----------
    is_first, is_second
        Membership of the two groups, same index.
    weight
        Inhabitants; zones are counted by default.

    Returns
    -------
    dict
        ``both, only_first, only_second, neither`` (sums of weight) and ``overlap_share``
        (Jaccard: both / at least one; missing if both groups are empty).
    """
    other = is_second.reindex(is_first.index).fillna(False).astype(bool)
    one = is_first.astype(bool)
    amount = pd.Series(1.0, index=is_first.index) if weight is None else weight.reindex(one.index)
    parts = {
        "both": float(amount[one & other].sum()),
        "only_first": float(amount[one & ~other].sum()),
        "only_second": float(amount[~one & other].sum()),
        "neither": float(amount[~one & ~other].sum()),
    }
    union = parts["both"] + parts["only_first"] + parts["only_second"]
    parts["overlap_share"] = parts["both"] / union if union else np.nan
    return parts
