"""Pure functions: tables in, Series out; and the one call that measures every declared indicator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

import demomed.analysis.indicators  # noqa: F401  (declares the indicators)
from demomed.analysis.indicators.access import CUMULATED, GATES
from demomed.analysis.indicators.apl_like import APL_LIKE, with_apl_like
from demomed.analysis.indicators.inputs import prepared
from demomed.core.faults import Fault, InputError, closest
from demomed.core.indicator import COLUMNS, Indicator, Indicators, get_indicator
from demomed.core.indicator import indicators as declared
from demomed.core.scenario import SIMULATED
from demomed.core.territory import LEVELS, Level, Territory

__all__ = ["compute"]

Block = dict[str, Any]

_FLOATS = ("value", "low", "high", "numerator", "denominator")


def compute(
    territory: Territory,
    indicators: str | Sequence[str] | None = None,
    level: Level | Sequence[Level] = "epci",
    *,
    professions: str | Sequence[str] | None = None,
) -> Indicators:
    """Values of the declared indicators in the zones of a territory.

    Parameters
    ----------
    territory
        Validated tables of a department and its surroundings.
    indicators
        Identifiers of :func:`demomed.core.indicator.indicators`; all by default.
    level
        ``"commune"``, ``"epci"``, ``"departement"`` or several of them. An indicator that has no
        meaning at a level is left out there.
    professions
        Services kept; all those of each indicator by default. Indicators without a profession
        are always kept.

    Returns
    -------
    Indicators
        One row per level × indicator × profession × zone, in the order of levels, declarations,
        then zone codes. Every zone has a row: a value that cannot be known is ``missing``, one
        that rests on too few persons is ``unstable`` and keeps its value. Nothing is hidden
        here: see :func:`demomed.core.disclosure.protect`.

    Raises
    ------
    InputError
        If an indicator, a level or a profession is not known; the closest known one is named.
    """
    chosen = _chosen(indicators)
    levels = _levels(level)
    services = _services(professions, chosen)
    pairs = [
        (one, profession)
        for one in chosen
        for profession in (one.professions or ("",))
        if services is None or not profession or profession in services
    ]
    ready = prepared(
        territory,
        [*(p for _, p in pairs if p), *CUMULATED],
        {p for one, p in pairs if one.theme == "acces" and p in GATES}
        | (set(CUMULATED) if any(one.id == "cumulated_remoteness" for one, _ in pairs) else set()),
    )
    if any(one.id == APL_LIKE for one, _ in pairs):
        ready = with_apl_like(ready)
    blocks = []
    for one_level in levels:
        zones = ready.members(one_level).astype(object)
        names = territory.zones(one_level)["zone_name"].sort_index()
        names.index = names.index.astype(object)
        for one, profession in pairs:
            if one_level in one.levels:
                blocks.append(_measured(ready, one, profession, one_level, zones, names))
    return Indicators(_assembled(blocks))


def compute_zones(
    territory: Territory,
    pairs: Sequence[tuple[str, str]],
    zones: Mapping[str, pd.Series],
    names: Mapping[str, pd.Series],
) -> Indicators:
    """Values of some indicators in zones that are not the territory's own.

    Parameters
    ----------
    territory
        Validated tables, prepared or not.
    pairs
        Indicators and professions (or an empty text).
    zones
        For each level, the zone of each commune.
    names
        For each level, the name of each zone.

    Returns
    -------
    Indicators
        One row per level × pair × zone, as :func:`compute` gives them.
    """
    blocks = [
        _measured(territory, get_indicator(id_), profession, level, of, names[level].sort_index())
        for level, of in zones.items()
        for id_, profession in pairs
        if level not in LEVELS or level in get_indicator(id_).levels
    ]
    return Indicators(_assembled(blocks))


def _assembled(blocks: Sequence[Block]) -> pd.DataFrame:
    if not blocks:
        return pd.DataFrame({column: pd.Series(dtype="object") for column in COLUMNS})
    sizes = [len(block["zone_code"]) for block in blocks]
    return pd.DataFrame(
        {
            column: np.concatenate([block[column] for block in blocks])
            if isinstance(blocks[0][column], np.ndarray)
            else pd.Series(np.repeat([block[column] for block in blocks], sizes), dtype="str")
            for column in COLUMNS
        }
    ).astype({"zone_code": "str", "zone_name": "str", "status": "str"})


def _chosen(indicators: str | Sequence[str] | None) -> list[Indicator]:
    known = declared()
    if indicators is None:
        return list(known.values())
    wanted = [indicators] if isinstance(indicators, str) else list(indicators)
    order = list(known)
    return sorted(
        {get_indicator(id_).id: get_indicator(id_) for id_ in wanted}.values(),
        key=lambda i: order.index(i.id),
    )


def _levels(level: Level | Sequence[Level]) -> list[Level]:
    wanted = [level] if isinstance(level, str) else list(level)
    for one in wanted:
        if one not in LEVELS:
            raise InputError(
                Fault("niveau", f"« {one} »", "un niveau connu", closest(str(one), LEVELS))
            )
    return [one for one in LEVELS if one in wanted]


def _services(
    professions: str | Sequence[str] | None, chosen: Sequence[Indicator]
) -> set[str] | None:
    if professions is None:
        return None
    wanted = {professions} if isinstance(professions, str) else set(professions)
    known = {p for one in declared().values() for p in one.professions}
    faults = [
        Fault(
            "profession",
            f"« {p} » inconnue",
            "une profession d'un indicateur déclaré",
            closest(p, known),
        )
        for p in sorted(wanted - known)
    ]
    if faults:
        raise InputError(faults)
    return wanted


def _measured(
    territory: Territory,
    one: Indicator,
    profession: str,
    level: str,
    zones: pd.Series,
    names: pd.Series,
) -> Block:
    """Rows of one indicator at one level: arrays, and one word for what is the same in all rows."""
    frame = one.measure(territory, zones, profession or None)
    if not frame.index.equals(names.index):
        frame = frame.reindex(names.index)
    unknown = np.full(len(frame), np.nan)
    values = {c: frame[c].to_numpy(dtype=float) if c in frame else unknown for c in _FLOATS}
    nature = _told(frame, "nature") or one.nature
    if nature == "register" and territory.register_kind == "example" and "nature" not in frame:
        nature = "fictional"
    if SIMULATED in territory.extra and nature not in ("register", "fictional"):
        nature = "simulated"
    sources = _told(frame, "sources") or ";".join(one.sources)
    return {
        "level": level,
        "zone_code": names.index.to_numpy(),
        "zone_name": names.to_numpy(dtype=object),
        "indicator": one.id,
        "profession": profession,
        "date": _date(territory, one, sources.split(";")),
        **values,
        "status": _status(one, frame, values),
        "nature": nature,
        "sources": sources,
    }


def _told(frame: pd.DataFrame, column: str) -> str | None:
    """What a measure says of its own nature or sources, when they differ from the declaration."""
    if column not in frame:
        return None
    said = frame[column].dropna()
    return str(said.iloc[0]) if len(said) else None


def _status(one: Indicator, frame: pd.DataFrame, values: dict[str, np.ndarray]) -> np.ndarray:
    absent = np.isnan(values["value"])
    given = (
        frame["status"].astype(object).fillna("missing").to_numpy()
        if "status" in frame
        else np.full(len(frame), "value", dtype=object)
    )
    status = np.where(absent & np.isin(given, ["value", "unstable"]), "missing", given)
    if one.minimum is not None:
        few = ~absent & (values["denominator"] < one.minimum) & (status == "value")
        status = np.where(few, "unstable", status)
    return status


def _date(territory: Territory, one: Indicator, sources: Sequence[str]) -> str:
    if one.date != "source":
        return one.date
    return next((territory.sources[id_].as_of for id_ in sources if id_ in territory.sources), "")
