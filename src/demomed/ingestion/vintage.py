"""From the communes of one year to those of another: counts conserved to the unit, rates averaged."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from demomed.core.faults import Fault, InputError
from demomed.ingestion.code_changes import (
    UNBORN,
    Changes,
    Links,
    follow,
    is_code,
    january,
    passage,
    vanished,
)

SHOWN = 8


@dataclass(frozen=True)
class Converted:
    """A table brought to another year, what could not be, and what must be said of it.

    Parameters
    ----------
    table
        Same columns, one row per commune of ``to_year`` and per value of the other keys, sorted.
    unmapped
        Rows left out, with a French ``reason``; for a count, ``table`` and ``unmapped`` add up to
        the total given.
    notices
        French sentences: mergers, splits, codes changed.
    """

    table: pd.DataFrame
    unmapped: pd.DataFrame
    notices: tuple[str, ...]


def to_vintage(
    table: pd.DataFrame,
    from_year: int,
    to_year: int,
    *,
    changes: Changes,
    values: Sequence[str],
    kind: Literal["count", "rate"] = "count",
    weights: pd.Series | None = None,
    code: str = "commune_code",
) -> Converted:
    """Bring a commune table from the geography of one 1 January to another, forward or backward.

    Mergers add counts and average rates. A split shares a count by the population ratio of Insee's
    passage table, else by ``weights``; whole counts stay whole and their total is kept to the unit
    (largest remainder, ties to the lowest code); both parts of a split keep the rate. Delegated and
    associated communes follow their commune, municipal districts their city.

    Parameters
    ----------
    table
        A column ``code``, number columns ``values``; every other column is a key kept apart.
    from_year, to_year
        Years of the geographies.
    changes
        History of the codes, see :func:`demomed.ingestion.code_changes.read_changes`.
    values
        Columns to convert.
    kind
        ``"count"`` (adds up) or ``"rate"`` (averaged).
    weights
        For a rate: weight of the communes of ``from_year`` (index: code), needed where communes
        merge. For a count: population of the communes of ``to_year``, needed where a commune is
        split without known ratio, and for every merger when going backward.
    code
        Name of the column of codes.

    Returns
    -------
    Converted
        A value stays missing if one of its parts is missing: missing is not zero.

    Raises
    ------
    InputError
        If a year is out of the history, or a city comes both whole and by district.

    Examples
    --------
    >>> steps = (("2019-01-01", {"53014": {"53062": 1.0}, "53062": {"53062": 1.0}}),)
    >>> lives = {"53014": [("2019-01-01", False)], "53062": [("2019-01-01", True)]}
    >>> changes = Changes(steps, lives, frozenset({"53062", "53130"}), {}, {}, "2026-01-01")
    >>> table = pd.DataFrame({"commune_code": ["53014", "53062", "53130"], "count": [2, 5, 40]})
    >>> to_vintage(table, 2018, 2025, changes=changes, values=["count"]).table
      commune_code  count
    0        53062      7
    1        53130     40
    """
    _check(table, from_year, to_year, changes, code)
    links, reasons, said = _links(
        set(table[code].dropna()), from_year, to_year, changes, weights, kind
    )
    mapped = table[code].isin(list(links))
    unmapped = table.loc[~mapped].copy()
    unmapped["reason"] = unmapped[code].map(reasons).fillna("code vide")
    if not mapped.any():
        result = table.loc[mapped].reset_index(drop=True)
    elif kind == "count":
        result = _counts(table.loc[mapped], code, values, links)
    else:
        result, reasons_of = _rates(table.loc[mapped], code, values, links, weights)
        if reasons_of:
            said.append(reasons_of)
    if len(unmapped):
        shown = ", ".join(sorted(set(unmapped[code].dropna().astype(str)))[:SHOWN])
        said.append(f"lignes sans correspondance en {to_year} ({shown}) : {len(unmapped)}")
    return Converted(result, unmapped, tuple(said))


def _check(table: pd.DataFrame, from_year: int, to_year: int, changes: Changes, code: str) -> None:
    faults = [
        Fault(
            "changement de millésime",
            f"année {year}",
            f"une année de {changes.years.start} à {changes.years.stop - 1}",
            "prendre un fichier des mouvements de communes plus récent",
        )
        for year in (from_year, to_year)
        if year not in changes.years
    ]
    codes = set(table[code].dropna())
    both = sorted({changes.districts[c] for c in codes & set(changes.districts)} & codes)
    faults += [
        Fault(
            "changement de millésime",
            f"commune {city} à la fois entière et par arrondissement",
            "l'une ou l'autre",
            "écarter la ligne de la ville, qui serait comptée deux fois",
        )
        for city in both
    ]
    if faults:
        raise InputError(faults)


def _links(
    codes: Iterable[str],
    from_year: int,
    to_year: int,
    changes: Changes,
    weights: pd.Series | None,
    kind: str,
) -> tuple[Links, dict[str, str], list[str]]:
    """Targets and shares of each code, the reason of those that have none, and what to say."""
    forward = from_year <= to_year
    steps = passage(changes, min(from_year, to_year), max(from_year, to_year))
    if not forward:
        steps = _reversed(steps)
    links: Links = {}
    reasons: dict[str, str] = {}
    tally = {"fusion": 0, "scission": 0, "ancien": 0}
    plain = changes.communes - set(changes.lives) - set(changes.districts)
    links.update((code, {code: 1.0}) for code in codes if code in plain)
    for code in sorted(set(codes) - plain):
        start, targets = _targets(code, from_year, to_year, changes, steps)
        if targets is None:
            reasons[code] = start
            continue
        tally["ancien"] += start != code
        complete = targets if kind == "rate" else _complete(targets, weights, ratios=forward)
        if complete is None:
            reasons[code] = (
                "commune divisée en " + ", ".join(sorted(targets)) + ", sans part connue"
            )
            continue
        tally["scission"] += len(complete) > 1
        tally["fusion"] += set(complete) != {code} and len(complete) == 1
        links[code] = complete
    said = []
    if tally["fusion"]:
        said.append(
            f"codes de {from_year} rattachés à une autre commune de {to_year} : {tally['fusion']}"
        )
    if tally["scission"]:
        said.append(
            f"communes réparties entre plusieurs selon leur population : {tally['scission']}"
        )
    if tally["ancien"]:
        said.append(
            f"codes qui n'étaient plus des communes en {from_year}, suivis jusqu'en {to_year} : {tally['ancien']}"
        )
    return links, reasons, said


def _targets(
    code: str, from_year: int, to_year: int, changes: Changes, steps: Links
) -> tuple[str, dict[str, float] | None]:
    """Where a code goes: the code itself (or the commune it stands for) and its targets."""
    if code in changes.districts:
        code_ = changes.districts[code]
        return code_, steps.get(code_, {code_: 1.0})
    gone = vanished(changes, code, from_year)
    if gone == UNBORN:
        return f"code qui n'existe pas encore au 1er janvier {from_year}", None
    if gone is not None:
        return "", {code: 1.0} if gone > january(to_year) else follow(changes, code, gone, to_year)
    if code in changes.lives:
        return code, steps.get(code, {code: 1.0})
    if code in changes.communes:
        return code, {code: 1.0}
    if code in changes.parents:
        parent = changes.parents[code]
        return parent, steps.get(parent, {parent: 1.0})
    if not is_code(code):
        return "ce n'est pas un code commune de 5 caractères", None
    return "code inconnu de l'historique des communes", None


def _reversed(steps: Links) -> Links:
    """Same links, read from the later year to the earlier one; shares are those of the pieces."""
    back: Links = {}
    for old, targets in steps.items():
        for new, share in targets.items():
            back.setdefault(new, {})[old] = share
    return back


def _complete(
    targets: dict[str, float], weights: pd.Series | None, *, ratios: bool
) -> dict[str, float] | None:
    """Shares that add up to one: known ratios, else weights; ``None`` if neither is known."""
    if len(targets) == 1:
        return dict.fromkeys(targets, 1.0)
    if ratios and not any(math.isnan(share) for share in targets.values()):
        total = sum(targets.values())
        return {new: share / total for new, share in targets.items()}
    if weights is None:
        return None
    parts = {
        new: float(weights.get(new, math.nan)) * (1.0 if ratios or math.isnan(share) else share)
        for new, share in targets.items()
    }
    total = sum(parts.values())
    if math.isnan(total) or total <= 0:
        return None
    return {new: part / total for new, part in parts.items()}


def _spread(table: pd.DataFrame, code: str, links: Links) -> tuple[pd.DataFrame, np.ndarray]:
    """One row per link, with the position of the row it comes from and its share."""
    old = table[code].to_numpy()
    moved = np.array([links[c].keys() != {c} for c in old], dtype=bool)
    pairs = [
        (row, new, share)
        for row in np.flatnonzero(moved)
        for new, share in sorted(links[old[row]].items())
    ]
    kept = np.flatnonzero(~moved)
    at = np.concatenate([kept, np.array([row for row, _, _ in pairs], dtype="int64")])
    share = np.concatenate([np.ones(len(kept)), [part for _, _, part in pairs]])
    new = np.concatenate([old[kept], np.array([target for _, target, _ in pairs], dtype=object)])
    order = np.lexsort((np.arange(len(at)), at))
    spread = table.iloc[at[order]].reset_index(drop=True)
    spread[code] = pd.array(new[order], dtype="str")
    return spread.assign(_row=at[order]), share[order]


def _counts(table: pd.DataFrame, code: str, values: Sequence[str], links: Links) -> pd.DataFrame:
    spread, share = _spread(table, code, links)
    row = spread.pop("_row").to_numpy()
    for column in values:
        if pd.api.types.is_integer_dtype(table[column].dtype):
            spread[column] = _whole_parts(spread[column], share, row)
        else:
            spread[column] = spread[column] * share
    keys = [name for name in table.columns if name not in values]
    groups = [spread[key] for key in keys]
    total = spread[list(values)].groupby(groups, sort=True, dropna=False).sum(min_count=1)
    missing = spread[list(values)].isna().groupby(groups, sort=True, dropna=False).any()
    for column in values:
        if missing[column].any():
            total[column] = total[column].mask(missing[column].to_numpy())
    return total.astype({c: table[c].dtype for c in values}).reset_index()[list(table.columns)]


def _whole_parts(counts: pd.Series, share: np.ndarray, row: np.ndarray) -> pd.Series:
    """Whole parts of whole counts, adding up to each of them: largest remainders, then lowest code."""
    known = counts.notna().to_numpy()
    count = counts.fillna(0).to_numpy("int64")
    exact = count * share
    part = np.floor(exact + 1e-9).astype("int64")
    position = np.arange(len(row))
    first = np.searchsorted(row, row)
    given = np.zeros(len(row), "int64")
    np.add.at(given, first, part)
    lacking = count - given[first]
    order = np.lexsort((position, -(exact - part), row))
    rank = np.empty(len(row), "int64")
    rank[order] = position - first[order]
    part += rank < lacking
    return pd.Series(part, index=counts.index).astype(counts.dtype).where(known)


def _rates(
    table: pd.DataFrame, code: str, values: Sequence[str], links: Links, weights: pd.Series | None
) -> tuple[pd.DataFrame, str]:
    whole = {
        old: {new: 1.0 if math.isnan(share) else share for new, share in targets.items()}
        for old, targets in links.items()
    }
    old = table[code].to_numpy()
    spread, share = _spread(table, code, whole)
    origin = old[spread.pop("_row").to_numpy()]
    weight = share * (
        np.full(len(origin), np.nan)
        if weights is None
        else weights.reindex(origin).to_numpy("float64")
    )
    keys = [name for name in table.columns if name not in values]
    groups = [spread[key] for key in keys]
    size = spread.groupby(keys, dropna=False)[code].transform("size").to_numpy()
    weight = np.where(size == 1, 1.0, weight)
    parts = {column: spread[column].astype("float64") * weight for column in values}
    sums = pd.DataFrame(parts).groupby(groups, sort=True, dropna=False).sum(min_count=1)
    total = (
        pd.Series(weight, index=spread.index)
        .groupby(groups, sort=True, dropna=False)
        .sum(min_count=1)
    )
    broken = (
        pd.DataFrame({c: p.isna() for c, p in parts.items()})
        .groupby(groups, sort=True, dropna=False)
        .any()
    )
    result = sums.div(total.where(total > 0), axis=0).mask(broken)
    unweighted = int((np.isnan(weight) & (size > 1)).sum())
    said = (
        f"communes fusionnées sans poids, taux laissé inconnu : {unweighted}" if unweighted else ""
    )
    return result.reset_index()[list(table.columns)], said
