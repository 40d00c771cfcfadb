"""Where a scenario may happen: the department, its intercommunalities, and the ring around."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from demomed.analysis.around import SURROUNDINGS_KM, communes_around
from demomed.core.faults import Report, closest_communes
from demomed.core.scenario import Change
from demomed.core.territory import Territory


def own_communes(territory: Territory) -> pd.Index:
    """Communes of the department and of its intercommunalities."""
    return territory.members("commune").index.union(territory.members("epci").index)


def reached_communes(territory: Territory) -> pd.Index:
    """Its own communes and those of the ring: a change there can change a figure."""
    return own_communes(territory).union(communes_around(territory))


def refuse_commune(
    territory: Territory, code: str, place: str, reached: pd.Index, report: Report
) -> None:
    """A fault for a commune too far to change anything, or unknown, with the closest ones."""
    names = territory.communes["commune_name"]
    is_known = code in names.index
    label = f"{names[code]} ({code}), trop loin" if is_known else f"« {code} » inconnue"
    near = "" if is_known else closest_communes(code, names.loc[reached].to_dict())
    report.fault(
        f"{place} : commune {label}",
        f"une commune de {territory.department.name} ({territory.department.code}), d'une de ses "
        f"intercommunalités, ou à {SURROUNDINGS_KM:g} km au plus",
        near or "vérifier le code officiel",
    )


def tell_outside(territory: Territory, changes: Sequence[Change], report: Report) -> None:
    """A notice for each change in the ring: only what it does to the territory counts."""
    own = own_communes(territory)
    for number, change in enumerate(changes, start=1):
        if change.commune_code not in own:
            name = territory.communes.at[change.commune_code, "commune_name"]
            report.notice(
                f"changement {number}, {name} ({change.commune_code}) : hors du département et de "
                "ses intercommunalités, seul compte ce que leurs habitants y gagnent ou y perdent"
            )
