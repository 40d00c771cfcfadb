"""What if: a territory with some practitioners, structures or hours more or fewer, and who gains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from demomed.analysis.added_access import added_access
from demomed.analysis.indicators.inputs import LATEST_SUPPLY, STRUCTURE_FAMILIES, TIMES
from demomed.analysis.scenario_places import reached_communes, refuse_commune, tell_outside
from demomed.core.catalogue import services
from demomed.core.faults import InputError, Report, closest
from demomed.core.indicator import Indicators, get_indicator
from demomed.core.scenario import (
    KINDS,
    SIMULATED,
    STRUCTURE_KINDS,
    TIME_KINDS,
    TITLE,
    Change,
    Scenario,
)
from demomed.core.territory import Territory

GAINS, LOSES, SAME, UNKNOWN = "gagne", "perd", "inchangé", "inconnu"
HIGHER, LOWER = "hausse", "baisse"
VISIBLE = 0.5
"""Part of the last decimal shown under which a difference is none to the reader."""


def scenario(territory: Territory, changes: Scenario | Sequence[Change]) -> Territory:
    """The territory as it would be after some changes; every indicator can be computed on it.

    Arrivals and departures change the official counts, hence densities, times and accessibility;
    assistants, telehealth points and closed days change the accessibility alone. The published
    accessibility is moved by what the two-step method with decay says of the care added or lost
    (Luo & Qi 2009). The mission's register is never changed: a difference between two published
    figures on ages would tell the age of one person.

    Parameters
    ----------
    territory
        The present.
    changes
        A scenario, or its changes in the order in which they happen.

    Returns
    -------
    Territory
        Figures computed on it have the nature « simulé ». Newcomers without an age count among
        the youngest; leavers without an age take from each age what it holds of the accessibility.

    Raises
    ------
    InputError
        Every fault at once: unknown commune or service, more leaving than there are, assistants
        where nobody practises.

    Examples
    --------
    >>> scenario(None, ())
    Traceback (most recent call last):
    demomed.core.faults.InputError: scénario : aucun changement ; attendu : ...
    """
    asked = changes if isinstance(changes, Scenario) else Scenario("", "", "", tuple(changes))
    where = f"scénario « {asked.title} »" if asked.title else "scénario"
    report = Report(where)
    if not asked.changes:
        report.fault("aucun changement", "au moins un changement", "compléter le scénario")
        report.raise_if_faulty()
    _check(territory, asked.changes, report)
    report.raise_if_faulty()
    tell_outside(territory, asked.changes, report)
    told = f"{where} : chiffres simulés, à comparer avec la situation présente"
    changed = pd.DataFrame([vars(change) for change in asked.changes])
    changed.attrs[TITLE] = asked.title or "sans titre"
    kept = {k: v for k, v in territory.extra.items() if k not in (LATEST_SUPPLY, TIMES)}
    return replace(
        territory,
        supply=_supply(territory, asked.changes),
        apl=_apl(territory, asked.changes),
        structures=_structures(territory, asked.changes),
        notices=(*territory.notices, told, *report.notices),
        extra={**kept, SIMULATED: changed},
    )


def _check(territory: Territory, changes: Sequence[Change], report: Report) -> None:
    present: dict[tuple[str, str], float] = {}
    reached = reached_communes(territory)
    known = set(territory.supply["service"].unique())
    for number, change in enumerate(changes, start=1):
        place = f"changement {number}"
        found = len(report.faults)
        if change.kind not in KINDS:
            report.fault(
                f"{place} : « {change.kind} »", "un changement connu", closest(change.kind, KINDS)
            )
        if change.commune_code not in reached:
            refuse_commune(territory, change.commune_code, place, reached, report)
        if change.service not in known:
            report.fault(
                f"{place} : service « {change.service} » inconnu",
                "un service de la table d'offre",
                closest(change.service, known),
            )
        if len(report.faults) == found:
            _check_amounts(territory, change, place, present, report)


def _check_amounts(
    territory: Territory,
    change: Change,
    place: str,
    present: dict[tuple[str, str], float],
    report: Report,
) -> None:
    """One change against what is there once the former ones have happened."""
    if change.count < 1 or not change.etp >= 0:
        report.fault(
            f"{place} : nombre {change.count}, temps {change.etp:g}",
            "un nombre d'au moins 1 et un temps positif",
            "corriger le changement",
        )
        return
    kind = services()[change.service].kind if change.service in services() else ""
    if (kind == "structure") != (change.kind in STRUCTURE_KINDS):
        report.fault(
            f"{place} : {KINDS[change.kind]} avec le service « {change.service} »",
            "une structure pour ouvrir ou fermer, une profession sinon",
            "corriger « kind » ou « service »",
        )
        return
    if change.kind in TIME_KINDS and change.service not in set(territory.apl["service"].unique()):
        report.fault(
            f"{place} : aucune accessibilité publiée pour « {change.service} »",
            "une profession avec une accessibilité publiée",
            closest(change.service, set(territory.apl["service"].unique())),
        )
    key = (change.commune_code, change.service)
    if key not in present:
        present[key] = _held(territory, *key)
    needed = change.count if change.kind in ("closed_day", "remove_practitioner") else 0
    needed = 1 if change.kind == "assistant" else needed
    needed = change.count if change.kind == "remove_structure" else needed
    name = territory.communes.loc[change.commune_code, "commune_name"]
    if np.isnan(present[key]) or present[key] < needed:
        there = "effectif inconnu" if np.isnan(present[key]) else f"{present[key]:g} présents"
        report.fault(
            f"{place} : {KINDS[change.kind]}, {needed} à {name} ({change.service}), {there}",
            "pas plus que ce qui s'y trouve",
            "réduire le nombre ou choisir une autre commune",
        )
        return
    present[key] += change.heads


def _held(territory: Territory, commune: str, service: str) -> float:
    open_ = _own_rows(territory, commune, service)
    if open_ is not None:
        return float(len(open_))
    return float(territory.supply_of(service).get(commune, np.nan))


def _own_rows(territory: Territory, commune: str, service: str) -> pd.Index | None:
    """Open structures of the mission's own list at a commune, if the list speaks of them."""
    family = STRUCTURE_FAMILIES.get(service)
    rows = territory.structures
    if (
        territory.structures_kind != "user"
        or family is None
        or not (rows["family"] == family).any()
    ):
        return None
    here = (rows["commune_code"] == commune) & (rows["family"] == family)
    return rows.index[here & (rows["status"] == "open")]


def _supply(territory: Territory, changes: Sequence[Change]) -> pd.DataFrame:
    supply = territory.supply.copy()
    moved = pd.Series(
        [change.heads for change in changes],
        index=pd.MultiIndex.from_tuples([(c.service, c.commune_code) for c in changes]),
    )
    moved = moved.groupby(level=[0, 1]).sum()
    latest = supply["year"] == supply.groupby("service", observed=True)["year"].transform("max")
    keys = pd.MultiIndex.from_frame(supply.loc[latest, ["service", "commune_code"]].astype(object))
    added = moved.reindex(keys).fillna(0).to_numpy(dtype=supply["count"].dtype)
    supply.loc[latest, "count"] = (supply.loc[latest, "count"] + added).clip(lower=0)
    return supply


def _structures(territory: Territory, changes: Sequence[Change]) -> pd.DataFrame:
    """The mission's own list with what opens and closes; the official list is not used for counts."""
    table = territory.structures.copy()
    for number, change in enumerate(changes, start=1):
        opened = _own_rows(
            replace(territory, structures=table), change.commune_code, change.service
        )
        if opened is None or change.kind not in STRUCTURE_KINDS:
            continue
        if change.heads < 0:
            table.loc[opened[: change.count], "status"] = "closed"
            continue
        place = territory.communes.loc[change.commune_code]
        told = {
            "kind": change.service, "family": STRUCTURE_FAMILIES[change.service], "status": "open",
            "commune_code": change.commune_code, "lon": place["lon"], "lat": place["lat"],
            "count": 1,
        }  # fmt: skip
        ids = [f"scenario-{number}-{one}" for one in range(1, change.count + 1)]
        rows = pd.DataFrame([{"structure_id": id_, **told} for id_ in ids])
        rows = rows.reindex(columns=table.columns).astype(table.dtypes)
        table = pd.concat([table, rows], ignore_index=True)
    return table


def _apl(territory: Territory, changes: Sequence[Change]) -> pd.DataFrame:
    table = territory.apl.copy()
    published = set(table["service"])
    for service in sorted({c.service for c in changes if c.care} & published):
        rows = table["service"] == service
        rows &= table["year"] == table.loc[rows, "year"].max()
        wide = table.loc[rows].pivot(index="commune_code", columns="age_limit", values="apl")
        moved = _moved(territory, [c for c in changes if c.service == service], wide)
        keys = pd.MultiIndex.from_frame(table.loc[rows, ["commune_code", "age_limit"]])
        table.loc[rows, "apl"] = moved.stack().reindex(keys).to_numpy()
    return table


def _moved(territory: Territory, changes: Sequence[Change], apl: pd.DataFrame) -> pd.DataFrame:
    """Accessibility by age limit after the changes; none below 0 nor above that of all ages."""
    widest = "all" if "all" in apl else max(apl.columns)
    after = apl.copy()
    for change in changes:
        heads = pd.Series({change.commune_code: change.care})
        added = added_access(territory, heads, change.service, reach_min=change.reach_min)
        added = added.reindex(apl.index).fillna(0.0)
        for limit in apl.columns:
            after[limit] += added * _part(change, limit, apl[limit] / apl[widest])
    after = after.clip(lower=0)
    return after.apply(lambda column: np.minimum(column, after[widest]))


def _part(change: Change, limit: str, local: pd.Series) -> pd.Series | float:
    """Share of the change that falls under an age limit."""
    if change.age is not None:
        return float(limit == "all" or change.age <= float(limit))
    return 1.0 if change.kind == "add_practitioner" else local.fillna(0.0)


def compare(before: Indicators, after: Indicators) -> pd.DataFrame:
    """Who gains and who loses between two sets of indicators of the same zones.

    Facts about persons are left out: a scenario does not touch them.

    Parameters
    ----------
    before, after
        Values of the present and of the scenario.

    Returns
    -------
    DataFrame
        One row per level × zone × indicator × profession held by both: ``zone_name, before,
        after, change`` and ``outcome``: « gagne » or « perd »; « hausse » or « baisse » where
        neither is good nor bad; « inchangé » when the difference is less than half the last
        decimal the indicator is shown with; « inconnu » where a value is missing on a side.

    Raises
    ------
    InputError
        If they share no row.

    Examples
    --------
    >>> row = {"level": "epci", "zone_code": "A", "zone_name": "A", "indicator": "density",
    ...        "profession": "gp", "value": 60.0}
    >>> one, two = (Indicators(pd.DataFrame([{**row, "value": v}])) for v in (60.0, 65.0))
    >>> compare(one, two)[["change", "outcome"]].values.tolist()
    [[5.0, 'gagne']]
    """
    keys = ["level", "zone_code", "indicator", "profession"]
    first = before.table.set_index(keys)
    second = after.table.set_index(keys)["value"]
    first = first.loc[first.index.isin(second.index)]
    open_ = [not get_indicator(id_).sensitive for id_ in first.index.get_level_values("indicator")]
    first = first.loc[open_]
    if first.empty:
        report = Report("comparaison")
        report.fault(
            "aucune ligne commune",
            "les mêmes zones et indicateurs",
            "calculer les mêmes des deux côtés",
        )
        raise InputError(report.faults)
    table = pd.DataFrame(
        {"zone_name": first["zone_name"], "before": first["value"].astype(float)}, index=first.index
    )
    table["after"] = second.reindex(first.index).astype(float)
    table["change"] = table["after"] - table["before"]
    table["outcome"] = _outcome(table)
    return table


def _outcome(table: pd.DataFrame) -> np.ndarray:
    told = [get_indicator(id_) for id_ in table.index.get_level_values("indicator")]
    good = np.array([{"high": 1, "low": -1}.get(one.favourable or "", 0) for one in told])
    shown = np.array([one.scale * 10.0**one.decimals for one in told])
    change = table["change"].to_numpy()
    still = np.abs(change) * shown < VISIBLE
    conditions = [np.isnan(change), still, change * good > 0, change * good < 0, change > 0]
    return np.select(conditions, [UNKNOWN, SAME, GAINS, LOSES, HIGHER], LOWER).astype(object)
