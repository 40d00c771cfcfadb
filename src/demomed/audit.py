"""Attacks a published portal with what it says and with what anybody may know beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from demomed.analysis import compute
from demomed.analysis.public_counts import TOTAL, told_counts
from demomed.core.attack import feasible_intervals, head_counts
from demomed.core.dated import follows, gross
from demomed.core.disclosure import THRESHOLD
from demomed.core.facts import sensitive
from demomed.core.indicator import PublicIndicators, indicators
from demomed.core.ladders import Key, earlier
from demomed.core.movements import Movements, Since
from demomed.core.territory import LEVELS, Territory
from demomed.rendering.check_data import CSV
from demomed.rendering.finding import Finding
from demomed.rendering.french import typeset
from demomed.rendering.internal import MANIFEST
from demomed.rendering.markup import TableMarkup, read_markup
from demomed.rendering.reports import dossier_words
from demomed.rendering.republished import read_published

NOT_ATTACKED: tuple[str, ...] = ("programmes.html",)
"""Pages whose facts about persons are neither in the attacked table nor read as tables of counts."""
COHORTS = "cohortes"
"""Page of the tables of counts that the mission keeps."""
_PERSONS: Mapping[str, int | None] = {
    "students": None,
    "aids": None,
    "housing": 2,
    "recruits": 1,
}
"""Column of the persons in each table of cohorts; every one where none is named."""
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


def portals_in(folder: str | Path) -> tuple[str, ...]:
    """Names of the portals that a folder holds, in order; none where the folder is itself a portal.

    Examples
    --------
    >>> portals_in("nulle-part")
    ()
    """
    root = Path(folder)
    if (root / MANIFEST).exists():
        return ()
    return tuple(sorted(path.parent.name for path in root.glob(f"*/{MANIFEST}")))


def attack_site(
    folder: str | Path,
    territory: Territory,
    *,
    threshold: int = THRESHOLD,
    previous: PublicIndicators | None = None,
    moves: pd.DataFrame | None = None,
) -> list[Finding]:
    """Compute what the table of a portal tells of each person's age, and name what is too narrow.

    The pages say what the table says, cell by cell: :func:`demomed.rendering.check.check_site`
    verifies it. The tables of cohorts are attacked on their page. Pages of :data:`NOT_ATTACKED` tell
    other figures of persons: they are protected with this table when they are made, and this
    attack does not read them, for want of the communes of their zones.

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
        Earlier publications that a reader may have kept: what is told today must also follow from
        them and from movements alone (see :mod:`demomed.core.dated`).
    moves
        Who came and who left since, as :class:`demomed.core.movements.Movements` holds it.

    Returns
    -------
    list of Finding
        Empty when no number of persons can be told more narrowly than the threshold allows.
    """
    content = Path(folder) / CSV
    if not content.is_file():
        return []
    found = attack(
        read_published(content.read_bytes(), threshold=threshold),
        territory,
        previous=previous,
        moves=moves,
    )
    return [*found, *attack_counts(folder, threshold=threshold)]


def attack_counts(folder: str | Path, *, threshold: int = THRESHOLD) -> list[Finding]:
    """What the tables of cohorts of a portal tell of few persons, read from the page itself.

    Parameters
    ----------
    folder
        A published folder.
    threshold
        Smallest number of persons that may be told.

    Returns
    -------
    list of Finding
        Empty without such a page, or when it tells no number of 1 to ``threshold − 1`` persons,
        plainly or by calculation with the totals beside.
    """
    page = Path(folder) / f"{COHORTS}.html"
    if not page.is_file():
        return []
    words = dossier_words(COHORTS)
    return [
        Finding(
            page.name,
            f"« {table.caption} », {row}, {column} : de {low:.0f} à {high:.0f} personnes",
            f"aucun effectif de moins de {threshold} personnes, dit ou calculé",
            "publier à nouveau avec la protection",
        )
        for table in read_markup(page.read_text(encoding="utf-8")).tables
        for row, column, low, high in told_counts(_counts(table, words), threshold=threshold)
    ]


def _counts(table: TableMarkup, words: Mapping[str, Any]) -> pd.DataFrame:
    """Counts of persons of a table of cohorts, missing where hidden; empty for any other table."""
    heads = [label.rpartition("|")[0] for _, label in table.columns]
    told = pd.DataFrame([cells for _, cells in table.rows], columns=heads)
    captions = {key: typeset(words[f"table_{key}"]) for key in _PERSONS}
    kind = next((key for key, caption in captions.items() if caption == table.caption), None)
    if kind is None:
        return pd.DataFrame()
    wanted = slice(1, None) if _PERSONS[kind] is None else [_PERSONS[kind]]
    counts = told.set_index(heads[0], drop=False).iloc[:, wanted]
    total = {typeset(words["total"]): TOTAL}
    counts = counts.rename(index=total, columns=total)
    return counts.apply(lambda cells: pd.to_numeric(cells.map(_digits), errors="coerce"))


def _digits(text: str) -> str:
    """Number of a cell without its spaces; a word is no number."""
    return re.sub(r"\s", "", text)


def not_attacked(folder: str | Path) -> tuple[str, ...]:
    """Pages of a published folder that tell facts about persons outside the attacked table.

    Examples
    --------
    >>> not_attacked("nulle-part")
    ()
    """
    return tuple(name for name in NOT_ATTACKED if (Path(folder) / name).is_file())


def attack(
    public: PublicIndicators,
    territory: Territory,
    *,
    previous: PublicIndicators | None = None,
    moves: pd.DataFrame | None = None,
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
        moves=moves,
    )
    exposed = found.loc[found["is_exposed"].astype(bool)].to_dict("records")
    findings = [_finding(row) for row in exposed[:MOST_TOLD]]
    if previous is not None:
        findings += _new_words(public, previous, known, moves)
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


def _new_words(
    public: PublicIndicators,
    previous: PublicIndicators,
    known: pd.Series,
    moves: pd.DataFrame | None,
) -> list[Finding]:
    """What is told today that earlier publications and movements do not already tell."""
    moved = Movements(moves).known() if moves is not None else {}
    before, persons = earlier(previous.table), _by_zone(known)
    found: list[Finding] = []
    for kind, facts in earlier(public.table).items():
        profession, family = kind.split("/")
        if not before.get(kind):
            continue
        since = Since(moved, profession, family)
        for key, now in facts.items():
            told, zones = before[kind].get(key), list(now.together or (key[1],))
            if key[0] not in ("share", "group"):
                continue
            base = sum(persons.get((*zone, profession), 0.0) for zone in zones)
            if base and (told is None or not follows(told, now, gross(told, zones, since), base)):
                found.append(_dated_finding(profession, key))
    return found


def _by_zone(known: pd.Series) -> dict[tuple[str, str, str], float]:
    most = known.groupby(level=["level", "zone_code", "profession"]).max()
    return {(str(a), str(b), str(c)): float(n) for (a, b, c), n in most.items()}


def _dated_finding(profession: str, key: Key) -> Finding:
    return Finding(
        CSV,
        f"{profession}, {key[1][0]} {key[1][1]} : part des {key[2]} ans ou plus dite autrement "
        "qu'aux dates précédentes alors que des personnes ont bougé, ou ont pu bouger",
        "une classe qui ne dépend que de ce qui a été dit et des mouvements",
        "publier à nouveau avec les états précédents (--states) et les lignes gardées",
    )


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
