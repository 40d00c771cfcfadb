"""Annuaire Santé (RPPS): from one line per activity to one row per practitioner × site, nothing personal kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from demomed.core.faults import Report
from demomed.ingestion.rpps_activities import apart, read_activities, service_ranks
from demomed.ingestion.rpps_places import locate
from demomed.ingestion.rpps_sites import practitioner_sites

_DATED_NAME = re.compile(r"(?<!\d)(20\d{2})-?([01]\d)-?([0-3]\d)(?:-?\d{4,6})?(?!\d)")
_NOT_COUNTED = ("mode", "finess", "sector", "civility", "birth_date", "sex")


def extraction_date(address: str) -> date | None:
    """Date written in the name or the address of an extraction, if there is one.

    Examples
    --------
    >>> extraction_date("PS_LibreAcces_Personne_activite_202609150812.txt")
    datetime.date(2026, 9, 15)
    >>> extraction_date("activites.txt") is None
    True
    """
    for match in reversed(list(_DATED_NAME.finditer(address))):
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            continue
    return None


def read_rpps(
    path: Path,
    *,
    codes: pd.DataFrame,
    communes: pd.DataFrame | None = None,
    sites: Mapping[str, str] | None = None,
    skills: Path | None = None,
    departments: Sequence[str] = (),
    reference_date: date | None = None,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """One row per practitioner × site of the Annuaire Santé (RPPS), without anything that names a person.

    Definition: one line of the extraction is one person × activity × savoir-faire; persons are
    counted by distinct national identifier, a site is a commune and a FINESS number if there is
    one. General practitioners are doctors with savoir-faire SM26, SM53 or SM54; nurses in advanced
    practice are nurses with SI01 to SI05. Source: Agence du numérique en santé, Annuaire Santé.

    Parameters
    ----------
    path
        Open or restricted extraction of activities.
    codes
        Gazetteer of commune codes.
    communes, sites
        Help to place activities without commune code; see :func:`locate`.
    skills
        File of savoir-faire of the same date.
    departments
        Keep the persons with a site there (by commune, else by postal code), with all their sites;
        all of France by default.
    reference_date
        Date at which ages are computed, when the extraction is the restricted one.

    Returns
    -------
    tuple
        Practitioners, sorted by opaque identifier then site, and notices in French. Without a
        place, ``commune_code`` is missing; without a birth date, so is the age.
    """
    report = Report(path.name)
    activities = read_activities(path, report, skills=skills)
    service, services = service_ranks(activities)
    commune, names = locate(activities, codes, report, communes=communes, sites=sites)
    practitioners = practitioner_sites(
        activities,
        service=service,
        services=services,
        commune=commune,
        communes=names,
        departement=dict(zip(codes["commune_code"], codes["departement_code"], strict=True)),
        departments=tuple(departments),
        reference_date=reference_date,
        report=report,
    )
    return practitioners, tuple(report.notices)


def count_practitioners(
    path: Path, *, codes: pd.DataFrame, level: str = "departement", skills: Path | None = None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Distinct persons per area and service in the Annuaire Santé, substitutes and students left out.

    Parameters
    ----------
    path, codes, skills
        See :func:`read_rpps`.
    level
        ``"departement"`` or ``"commune"``. A person with sites in two areas counts in both: the
        areas do not add up.

    Returns
    -------
    tuple
        ``<level>_code, service, persons`` sorted, and notices. Activities without a place are left
        out and counted in a notice.
    """
    report = Report(path.name)
    activities = read_activities(path, report, skills=skills, without=_NOT_COUNTED)
    service, services = service_ranks(activities)
    commune, names = locate(activities, codes, report)
    areas, area = names, commune
    if level == "departement":
        of = dict(zip(codes["commune_code"], codes["departement_code"], strict=True))
        areas = np.array(sorted(set(of.values())), dtype=object)
        lut = np.array([np.searchsorted(areas, of[name]) for name in names], "int64")
        area = np.where(commune >= 0, lut[commune], -1)
    kept = (service >= 0) & (area >= 0) & (apart(activities) == 0)
    width = np.int64(len(services))
    people = np.int64(activities.person.max() + 1 if len(activities.person) else 1)
    key = (area[kept] * width + service[kept]) * people + activities.person[kept]
    group, persons = np.unique(pd.unique(key) // people, return_counts=True)
    table = pd.DataFrame(
        {
            f"{level}_code": areas[group // width],
            "service": np.array(services, dtype=object)[group % width],
            "persons": persons,
        }
    ).astype({f"{level}_code": "str", "service": "str"})
    return table.sort_values([f"{level}_code", "service"], ignore_index=True), tuple(report.notices)
