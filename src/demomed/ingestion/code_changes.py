"""History of the commune codes: mergers, splits, changes of code, as dated links between communes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from demomed.core.faults import Fault, InputError, Report
from demomed.ingestion.bulk import read_published

COMMUNE = "COM"
UNBORN = ""
Links = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Changes:
    """Every dated change of the communes, and the list of the communes of the last year.

    Parameters
    ----------
    steps
        Date (``AAAA-MM-JJ``) and links: old code → new code → share of the old commune (``NaN``
        when a split has no known share), dates in order. Communes without change are not there.
    lives
        Code → dates at which it appeared or stayed (``True``) or vanished (``False``), in order; a
        code created during the history begins with ``UNBORN``.
    communes
        Codes of the communes at ``last``.
    parents
        Delegated or associated commune, or municipal district → its commune at ``last``.
    districts
        Municipal districts of Paris, Lyon and Marseille → their city.
    last
        Last date that the movements know.
    """

    steps: tuple[tuple[str, Links], ...]
    lives: Mapping[str, list[tuple[str, bool]]]
    communes: frozenset[str]
    parents: Mapping[str, str]
    districts: Mapping[str, str]
    last: str

    @property
    def years(self) -> range:
        """Years whose 1 January geography can be reached."""
        return range(int(self.steps[0][0][:4]) - 1, int(self.last[:4]) + 1)


def read_changes(movements: Path, communes: Path, ratios: Path | None = None) -> Changes:
    """Changes of codes from Insee's movements, with the population shares of the splits.

    Source: Insee, Code officiel géographique (communes, mouvements) and historic passage table.

    Parameters
    ----------
    movements
        ``v_mvt_commune_AAAA.csv``.
    communes
        ``v_commune_AAAA.csv`` of the same year.
    ratios
        Passage table by year with ``ratio``; without it, no split has a known share.

    Raises
    ------
    InputError
        If a file is not what it should be, or a share is out of 0–1.
    """
    shares = _read_ratios(ratios) if ratios else {}
    report = Report(movements.name)
    rows = read_published(
        movements,
        {"date": "DATE_EFF", "old_type": "TYPECOM_AV", "old": "COM_AV", "new_type": "TYPECOM_AP", "new": "COM_AP"},
        report,
    )  # fmt: skip
    odd = ~rows["date"].str.fullmatch(r"\d{4}-\d\d-\d\d").fillna(False).astype(bool)
    for row, text in rows.loc[odd, "date"].head(5).items():
        report.fault(
            f"date « {text} »",
            "AAAA-MM-JJ",
            "reprendre le fichier de l'Insee",
            row=int(row),
            column="DATE_EFF",
        )  # type: ignore[call-overload]
    report.raise_if_faulty()
    links = rows[(rows["old_type"] == COMMUNE) & (rows["new_type"] == COMMUNE)]
    steps: dict[str, Links] = {}
    for (date, old), same in links.groupby(["date", "old"]):
        targets = sorted(set(same["new"]))
        known = shares.get((str(date), str(old))) or shares.get(
            (_end_year(str(date)), str(old)), {}
        )
        if len(targets) == 1:
            steps.setdefault(str(date), {})[str(old)] = {targets[0]: 1.0}
        else:
            complete = set(known) >= set(targets)
            steps.setdefault(str(date), {})[str(old)] = {
                new: known[new] if complete else float("nan") for new in targets
            }
    ordered, lives = _ordered(steps)
    live, parents, districts = _read_communes(communes)
    return Changes(ordered, lives, live, parents, districts, last=str(rows["date"].max()))


def _ordered(
    by_date: Mapping[str, Links],
) -> tuple[tuple[tuple[str, Links], ...], dict[str, list[tuple[str, bool]]]]:
    """Steps in order, and the dates at which each code appeared or vanished.

    A code that is born and merged the same day (a commune that changes department to join another)
    makes two steps. A target that is alive and that the file forgot among the old codes of the day
    keeps what it had.
    """
    steps: list[tuple[str, Links]] = []
    lives: dict[str, list[tuple[str, bool]]] = {}
    for date, links in sorted(by_date.items()):
        unborn = {old for old in links if old in lives and not lives[old][-1][1]}
        unborn |= {old for old in links if old not in lives and _born_today(old, links)}
        first = {old: to for old, to in links.items() if set(to) & unborn and old not in unborn}
        second = {old: to for old, to in links.items() if old not in first}
        for part in map(_without_idle, (first, second)):
            if not part:
                continue
            targets = {new for shares in part.values() for new in shares}
            for new in sorted(targets - set(part)):
                if lives.get(new, [("", False)])[-1][1]:
                    part[new] = {new: 1.0}
            for code in sorted(targets | set(part)):
                born = [] if code in part else [(UNBORN, False)]
                lives.setdefault(code, born).append((date, code in targets))
            steps.append((date, part))
    return tuple(steps), lives


def _without_idle(links: Links) -> Links:
    """Links without the communes that neither give nor receive anything (changes of name)."""
    busy = {new for old, to in links.items() for new in to if new != old}
    return {old: to for old, to in links.items() if set(to) != {old} or old in busy}


def _born_today(code: str, links: Links) -> bool:
    """Whether another commune of the day becomes this code, and this code then leaves for another."""
    return code not in links[code] and any(
        set(to) == {code} for old, to in links.items() if old != code
    )


def _end_year(date: str) -> str:
    """Year whose 1 January geography is the first to show a change."""
    return str(int(date[:4]) + (date[5:] != "01-01"))


def _read_ratios(path: Path) -> dict[tuple[str, str], dict[str, float]]:
    """Shares by day and old code, and by year and old code: the table is a year late for one split."""
    report = Report(path.name)
    rows = read_published(
        path,
        {
            "year": "annee_fin",
            "date": "annee_modif",
            "old": "cod_debut",
            "new": "cod_fin",
            "ratio": "ratio",
        },
        report,
    )
    iso = rows["date"].str.replace(r"^(\d\d)/(\d\d)/(\d{4})$", r"\3-\2-\1", regex=True)
    ratio = pd.to_numeric(rows["ratio"], errors="coerce")
    bad = ~ratio.between(0, 1)
    for row, text in rows.loc[bad, "ratio"].head(5).items():
        report.fault(
            f"« {text} »",
            "une part entre 0 et 1",
            "corriger la table de passage",
            row=int(row),
            column="ratio",
        )  # type: ignore[call-overload]
    total = ratio.groupby([rows["year"], rows["old"]]).transform("sum")
    for row in rows.index[~bad & ((total - 1).abs() > 1e-6)][:5]:
        report.fault(
            f"parts de {rows.at[row, 'old']} dont la somme est {total[row]:.4f}",
            "une somme de 1",
            "compléter la table de passage",
            row=int(row),
        )
    report.raise_if_faulty()
    shares: dict[tuple[str, str], dict[str, float]] = {}
    for when in (rows["year"], iso):
        for key, old, new, value in zip(when, rows["old"], rows["new"], ratio, strict=True):
            shares.setdefault((key, old), {})[new] = float(value)
    return shares


def _read_communes(path: Path) -> tuple[frozenset[str], dict[str, str], dict[str, str]]:
    report = Report(path.name)
    rows = read_published(path, {"kind": "TYPECOM", "code": "COM", "parent": "COMPARENT"}, report)
    live = frozenset(rows.loc[rows["kind"] == COMMUNE, "code"])
    if not live:
        raise InputError(
            Fault(
                path.name,
                "aucune ligne TYPECOM = COM",
                "la liste des communes",
                "vérifier le fichier",
            )
        )
    under = rows[(rows["kind"] != COMMUNE) & rows["parent"].notna()]
    parents = dict(zip(under["code"], under["parent"], strict=True))
    for code in parents:
        seen = {code}
        while parents[code] not in live and parents[code] in parents and parents[code] not in seen:
            seen.add(parents[code])
            parents[code] = parents[parents[code]]
    district = under["kind"] == "ARM"
    districts = dict(zip(under.loc[district, "code"], under.loc[district, "parent"], strict=True))
    return live, {c: p for c, p in parents.items() if c not in live}, districts


def january(year: int) -> str:
    """Date of the geography of a year."""
    return f"{year:04d}-01-01"


def passage(changes: Changes, from_year: int, to_year: int) -> Links:
    """Links between the communes of two years, the earlier one first; untouched communes are absent.

    Parameters
    ----------
    changes
        History of the codes.
    from_year, to_year
        Geography of 1 January, ``from_year`` not after ``to_year``.

    Returns
    -------
    dict
        Old code → new code → share (``NaN`` when a split has no known share).
    """
    flows: dict[str, dict[str, float]] = {}
    for date, links in changes.steps:
        if not january(from_year) < date <= january(to_year):
            continue
        taken = {old: flows.pop(old, {old: 1.0}) for old in links}
        for old, targets in links.items():
            for new, share in targets.items():
                flow = flows.setdefault(new, {})
                for origin, part in taken[old].items():
                    flow[origin] = flow.get(origin, 0.0) + part * share
    result: Links = {}
    for new, origins in flows.items():
        for origin, share in origins.items():
            result.setdefault(origin, {})[new] = share
    return dict(sorted(result.items()))


def vanished(changes: Changes, code: str, year: int) -> str | None:
    """Date at which a code stopped being a commune, if it is none on 1 January of the year.

    ``UNBORN`` if it was not created yet.
    """
    gone: str | None = None
    for date, alive in changes.lives.get(code, ()):
        if date > january(year):
            break
        gone = None if alive else date
    return gone


def follow(changes: Changes, code: str, since: str, to_year: int) -> dict[str, float]:
    """Communes of a year that a vanished code is part of, from the day it vanished."""
    state = {code: 1.0}
    for date, links in changes.steps:
        if not since <= date <= january(to_year):
            continue
        moved: dict[str, float] = {}
        for current, part in state.items():
            for new, share in links.get(current, {current: 1.0}).items():
                moved[new] = moved.get(new, 0.0) + part * share
        state = moved
    return state


def is_code(text: str) -> bool:
    """Whether a text has the shape of a commune code."""
    return re.fullmatch(r"(?:\d{2}|2[AB])\d{3}", text) is not None
