"""Attacks a published portal with what it says and with what anybody may know beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from demomed.analysis import compute
from demomed.core.attack import feasible_intervals, head_counts
from demomed.core.disclosure import THRESHOLD
from demomed.core.facts import sensitive
from demomed.core.indicator import PublicIndicators, indicators
from demomed.core.territory import LEVELS, Territory
from demomed.rendering.check_data import CSV
from demomed.rendering.finding import Finding
from demomed.rendering.internal import MANIFEST
from demomed.rendering.republished import read_published

MOST_TOLD = 20
"""Exposed numbers named one by one; the others are counted."""


def department_of(folder: str | Path) -> str:
    """Department of a published folder, as its list of files tells it; empty if it does not.

    Examples
    --------
    >>> department_of("nulle-part")
    ''
    """
    try:
        told = json.loads((Path(folder) / MANIFEST).read_text(encoding="utf-8"))
        return str(told["department"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def attack_site(
    folder: str | Path,
    territory: Territory,
    *,
    threshold: int = THRESHOLD,
    previous: PublicIndicators | None = None,
) -> list[Finding]:
    """Compute what the table of a portal tells of each person's age, and name what is too narrow.

    The pages say what the table says, cell by cell: :func:`demomed.rendering.check.check_site`
    verifies it.

    Parameters
    ----------
    folder
        A published folder.
    territory
        The department as it was published: it gives the hierarchy and, as the strongest attacker
        would know them, the head counts by zone.
    threshold
        Smallest number of persons the portal was protected for.
    previous
        An earlier publication that a reader may have kept.

    Returns
    -------
    list of Finding
        Empty when no number of persons can be told more narrowly than the threshold allows.
    """
    content = Path(folder) / CSV
    if not content.is_file():
        return []
    return attack(
        read_published(content.read_bytes(), threshold=threshold), territory, previous=previous
    )


def attack(
    public: PublicIndicators, territory: Territory, *, previous: PublicIndicators | None = None
) -> list[Finding]:
    """As :func:`attack_site`, on a table in memory."""
    personal = [id_ for id_, declared in indicators().items() if declared.sensitive]
    known = head_counts(compute(territory, personal, level=LEVELS))
    strange = _strangers(public.table, known)
    if strange:
        return [strange]
    found = feasible_intervals(
        public,
        known,
        {level: territory.members(level) for level in LEVELS},
        previous,
    )
    exposed = found.loc[found["is_exposed"].astype(bool)].to_dict("records")
    findings = [_finding(row) for row in exposed[:MOST_TOLD]]
    if len(exposed) > MOST_TOLD:
        findings.append(
            Finding(CSV, f"{len(exposed) - MOST_TOLD} autres nombres", "aucun", "publier à nouveau")
        )
    return findings


def is_of(folder: str | Path, territory: Territory) -> bool:
    """Whether the table of a portal was made from this territory and its practitioners."""
    content = Path(folder) / CSV
    if not content.is_file():
        return False
    personal = [id_ for id_, declared in indicators().items() if declared.sensitive]
    known = head_counts(compute(territory, personal, level=LEVELS))
    return _strangers(read_published(content.read_bytes()).table, known) is None


def _strangers(table: pd.DataFrame, known: pd.Series) -> Finding | None:
    """What was published must come from this territory: else the attack proves nothing."""
    told = table.loc[sensitive(table) & table["denominator"].notna()]
    keys = ["level", "zone_code", "profession", "indicator"]
    bases = told.set_index(keys)["denominator"].astype(float)
    differ = bases.ne(known.reindex(bases.index)).sum() if len(bases) else 0
    if not differ:
        return None
    return Finding(
        CSV,
        f"{differ} effectifs différents de ceux du registre donné",
        "le registre et les données dont ce portail a été tiré",
        "donner le même « --register » et le même « --data » qu'à la publication",
    )


def _finding(row: Mapping[str, object]) -> Finding:
    ages = f"{row['from_age']} ans ou plus"
    if pd.notna(row["to_age"]):
        ages = f"{row['from_age']} à {row['to_age']} ans"
    low, high = (float(str(row[side])) for side in ("low", "high"))
    return Finding(
        CSV,
        f"{row['profession']}, {row['level']} {row['zone_code']} : de {low:.0f} à {high:.0f} "
        f"personnes de {ages}, par calcul",
        f"une fourchette de {float(str(row['required'])):.0f} personnes au moins",
        "publier à nouveau avec la protection",
    )
