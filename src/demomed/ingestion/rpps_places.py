"""Where the activities of the Annuaire Santé take place: commune code, else name, else FINESS site."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from demomed.core.faults import Report
from demomed.ingestion.cells import fold
from demomed.ingestion.rpps_activities import Activities


def locate(
    activities: Activities,
    codes: pd.DataFrame,
    report: Report,
    *,
    communes: pd.DataFrame | None = None,
    sites: Mapping[str, str] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Commune of each activity: its code, else postal code and name, else the FINESS site.

    Parameters
    ----------
    activities
        See :func:`read_activities`.
    codes
        Gazetteer ``old_code, commune_code, commune_name, departement_code, is_ambiguous``.
    report
        Receives notices: old codes, ambiguous splits, fallbacks, activities that stay without place.
    communes
        ``commune_code, commune_name, postcodes``, to tell homonyms of a department apart.
    sites
        FINESS number → commune code.

    Returns
    -------
    tuple of ndarray
        Position of the commune in the sorted distinct codes of ``codes`` (-1: not located), and
        these codes.
    """
    names = np.array(sorted(codes["commune_code"].unique()), dtype=object)
    place = {name: i for i, name in enumerate(names)}
    today = {
        old: place[new] for old, new in zip(codes["old_code"], codes["commune_code"], strict=True)
    }
    found = activities.take("commune", today, -1, "int64")
    written = activities.take("commune", {"": False}, True, bool)
    _tell_codes(activities, codes, written & (found < 0), report)
    missing = np.flatnonzero(found < 0)
    by_name = _by_name(activities, missing, codes, communes, place)
    found[missing] = by_name
    _tell(
        report,
        int((by_name >= 0).sum()),
        "activités placées par le code postal et le nom de la commune",
    )
    missing = missing[by_name < 0]
    if sites and len(missing):
        table = {site: today.get(code, -1) for site, code in sites.items()}
        by_site = activities.take("finess", table, -1, "int64")[missing]
        found[missing] = by_site
        _tell(
            report,
            int((by_site >= 0).sum()),
            "activités placées par la commune de leur site FINESS",
        )
        missing = missing[by_site < 0]
    _tell(report, len(missing), "activités non localisées")
    return found, names


def _tell(report: Report, count: int, what: str) -> None:
    if count:
        report.notice(f"{what} : {count}")


def _tell_codes(
    activities: Activities, codes: pd.DataFrame, unknown: np.ndarray, report: Report
) -> None:
    changed = dict.fromkeys(codes.loc[codes["old_code"] != codes["commune_code"], "old_code"], True)
    split = dict.fromkeys(codes.loc[codes["is_ambiguous"], "old_code"], True)
    _tell(
        report,
        int(activities.take("commune", changed, False, bool).sum()),
        "activités de communes fusionnées ou d'arrondissements ramenées à la commune actuelle",
    )
    _tell(
        report,
        int(activities.take("commune", split, False, bool).sum()),
        "activités dans une commune divisée depuis, placées dans la commune qui garde le code",
    )
    if unknown.any():
        values = activities.values["commune"][np.unique(activities.columns["commune"][unknown])]
        shown = ", ".join(f"« {value[:8]} »" for value in sorted(values)[:5])
        report.notice(f"activités au code commune inconnu ({shown}) : {int(unknown.sum())}")


def departement_of_postcode(postcode: str) -> tuple[str, ...]:
    """Departments that a postal code can belong to; Corsica has two, overseas has three digits.

    Examples
    --------
    >>> departement_of_postcode("53000"), departement_of_postcode("20200")
    (('53',), ('2A', '2B'))
    >>> departement_of_postcode("97400")
    ('974',)
    """
    if not re.fullmatch(r"\d{5}", postcode):
        return ()
    if postcode.startswith("20"):
        return ("2A", "2B")
    return (postcode[:3],) if postcode.startswith("97") else (postcode[:2],)


_TOWN_NOISE = re.compile(r"\b(?:cedex|ce dex)\b.*$|\b\d+\b")


def _town(name: str) -> str:
    words = _TOWN_NOISE.sub(" ", fold(name)).split()
    return " ".join({"st": "saint", "ste": "sainte"}.get(word, word) for word in words)


def _by_name(
    activities: Activities,
    rows: np.ndarray,
    codes: pd.DataFrame,
    communes: pd.DataFrame | None,
    place: Mapping[str, int],
) -> np.ndarray:
    """Commune whose name is unique in the department of the postal code, or under that code."""
    if not len(rows):
        return np.empty(0, "int64")
    unique = codes.drop_duplicates("commune_code")
    by_department: dict[tuple[str, str], set[str]] = {}
    for code, name, department in zip(
        unique["commune_code"], unique["commune_name"], unique["departement_code"], strict=True
    ):
        by_department.setdefault((department, _town(name)), set()).add(code)
    by_postcode: dict[tuple[str, str], set[str]] = {}
    if communes is not None:
        listed = communes[["commune_code", "commune_name", "postcodes"]].dropna()
        for code, name, postcodes in listed.itertuples(index=False):
            for postcode in postcodes.split("|"):
                by_postcode.setdefault((postcode, _town(name)), set()).add(code)
    towns = [_town(label) for label in activities.values["commune_label"]]
    postcodes = activities.values["postcode"]
    pairs = np.stack(
        [activities.columns["postcode"][rows], activities.columns["commune_label"][rows]]
    )
    distinct, inverse = np.unique(pairs, axis=1, return_inverse=True)
    answer = np.full(distinct.shape[1], -1, "int64")
    for i, (p, t) in enumerate(distinct.T):
        exact = by_postcode.get((postcodes[p], towns[t]), set())
        near = set().union(
            *(
                by_department.get((d, towns[t]), set())
                for d in departement_of_postcode(postcodes[p])
            )
        )
        for candidates in (exact, near):
            if len(candidates) == 1:
                answer[i] = place.get(next(iter(candidates)), -1)
                break
    return answer[inverse.reshape(-1)]
