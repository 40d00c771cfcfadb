"""Ages and sexes of the fictional example, so that its public figures are those published."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from demomed.ingestion.draws import Draw, apportion

Band = tuple[int, int]
"""Lowest and highest age, both inside."""
THRESHOLDS = (60, 62, 65)
"""Ages above which the access indicator is published without the older doctors (DREES, APL)."""


def is_aged(people: pd.DataFrame, unknown_pct: int, draw: Draw) -> pd.Series:
    """Whose age is known: all but so many per cent of each department and profession, drawn."""
    aged = pd.Series(True, index=people.index)
    for _, keys in people.groupby(["departement_code", "service"]).groups.items():
        count = (len(keys) * unknown_pct + 50) // 100
        aged[draw.shuffled(keys, "unknown")[:count]] = False
    return aged


def ages_from_access(
    people: pd.DataFrame,
    service: str,
    places: pd.DataFrame,
    apl: pd.DataFrame,
    settings: Mapping[str, Any],
    draw: Draw,
) -> None:
    """Over 60, 62, 65 in each intercommunality as the access indicators say; below, a pyramid."""
    shares = shares_over(apl, places, service)
    supposed = {limit: 10_000 * settings["ages"]["gp_over_pct"][str(limit)] for limit in THRESHOLDS}
    bands = _pyramid(settings["pyramids"][service])
    mine = people.loc[(people["service"] == service) & people["is_aged"]]
    for siren, keys in mine.groupby("epci_siren", dropna=False).groups.items():
        told = shares.get(siren, supposed)
        over = [(len(keys) * told[limit] * 2 + 1_000_000) // 2_000_000 for limit in THRESHOLDS]
        ordered = draw.shuffled(keys, "age")
        edges = [0, over[2], max(over[1:]), max(over), len(keys)]
        floors = [*reversed(THRESHOLDS), 0]
        tops = [10**3, *reversed(THRESHOLDS)]
        for (start, end), floor, top in zip(pairwise(edges), floors, tops, strict=True):
            within = {b: w for b, w in bands.items() if floor < b[0] and b[1] <= top}
            _assign_ages(people, ordered[start:end], within, draw)
    _assign_sexes(people, mine.index, settings["women_pct"][service], draw)


def shares_over(apl: pd.DataFrame, places: pd.DataFrame, service: str) -> dict[str, dict[int, int]]:
    """Share of accessible supply due to practitioners over each age, per intercommunality.

    One minus the ratio of the population-weighted access indicators with and without them, latest
    year.

    Returns
    -------
    dict
        ``epci_siren`` → age → parts per million; only where every age is published.
    """
    rows = apl.loc[(apl["service"] == service) & apl["apl"].notna()]
    rows = rows.loc[rows["year"] == rows["year"].max()]
    rows = rows.merge(places[["commune_code", "epci_siren"]], on="commune_code")
    rows = rows.assign(weighted=rows["apl"] * rows["standardised_population"])
    sums = rows.pivot_table(
        index="epci_siren", columns="age_limit", values="weighted", aggfunc="sum"
    )
    needed = ["all", *(str(limit) for limit in THRESHOLDS)]
    if not set(needed) <= set(sums.columns):
        return {}
    sums = sums[needed].dropna()
    return {
        str(siren): {
            limit: max(0, round(1_000_000 * (1 - row[str(limit)] / row["all"])))
            for limit in THRESHOLDS
        }
        for siren, row in sums.iterrows()
        if row["all"] > 0
    }


def ages_from_pyramid(
    people: pd.DataFrame,
    service: str,
    demography: pd.DataFrame,
    settings: Mapping[str, Any],
    draw: Draw,
) -> None:
    """Ages and sexes as published for the department, of the declared pyramid where they are not."""
    mine = people.loc[(people["service"] == service) & people["is_aged"]]
    for department, keys in mine.groupby("departement_code").groups.items():
        published = _published(str(department), service, demography, settings)
        if published is None:
            _assign_ages(
                people, draw.shuffled(keys, "age"), _pyramid(settings["pyramids"][service]), draw
            )
            _assign_sexes(people, keys, settings["women_pct"][service], draw)
            continue
        cells_ = sorted(published)
        ordered = draw.shuffled(keys, "age")
        start = 0
        parts = apportion(len(keys), [published[cell] for cell in cells_])
        for (band, sex), count in zip(cells_, parts, strict=True):
            part = ordered[start : start + count]
            _assign_ages(people, part, {band: 1}, draw)
            people.loc[part, "sex"] = sex
            start += count


def _published(
    department: str, service: str, demography: pd.DataFrame, settings: Mapping[str, Any]
) -> dict[tuple[Band, str], int] | None:
    """Published number of each age band and sex, of the profession's self-employed source."""
    if service not in settings["ages_as_published"]:
        return None
    rows = demography.loc[
        (demography["service"] == service)
        & (demography["area_level"] == "departement")
        & (demography["area_code"] == department)
        & (demography["age_band"] != "all")
        & demography["sex"].isin(["female", "male"])
        & demography["count"].notna()
    ]
    if "source_id" in rows:
        rows = rows.loc[~rows["source_id"].str.contains("salaried")]
    rows = rows.loc[rows["year"] == rows["year"].max()]
    if rows.empty:
        return None
    low, high = settings["open_bands"]["lowest_age"], settings["open_bands"]["highest_age"]
    return {
        (_band(band, low, high), "F" if sex == "female" else "M"): int(count)
        for band, sex, count in zip(rows["age_band"], rows["sex"], rows["count"], strict=True)
    }


def _band(text: str, lowest: int, highest: int) -> Band:
    first, *rest = (int(n) for n in re.findall(r"[0-9]+", text))
    if rest:
        return first, rest[0]
    return (first, highest) if text.endswith("+") else (lowest, first - 1)


def _pyramid(declared: Mapping[str, int]) -> dict[Band, int]:
    return {_band(text, 0, 0): weight for text, weight in declared.items()}


def _assign_ages(
    people: pd.DataFrame, keys: Sequence[str], bands: Mapping[Band, int], draw: Draw
) -> None:
    parts = apportion(len(keys), list(bands.values()))
    chosen = [band for band, count in zip(bands, parts, strict=True) for _ in range(count)]
    ordered = draw.shuffled(keys, "band")
    people.loc[ordered, "age"] = [
        low + draw.below(high - low + 1, key, "year")
        for key, (low, high) in zip(ordered, chosen, strict=True)
    ]


def _assign_sexes(people: pd.DataFrame, keys: Iterable[str], women_pct: int, draw: Draw) -> None:
    every = list(keys)
    people.loc[every, "sex"] = [
        "F" if draw.below(100, key, "sex") < women_pct else "M" for key in every
    ]
