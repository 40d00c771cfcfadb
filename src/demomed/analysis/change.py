"""What changed between two states: persons of a register, then indicators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from demomed.analysis.density import in_practice
from demomed.core.faults import Fault, InputError
from demomed.core.indicator import Indicators

ELSEWHERE, UNLOCATED = "hors_zone", "non_localise"
"""Places of persons whose commune counts in no zone, or is not known."""

FLOWS: tuple[str, ...] = ("arrivals", "departures", "moves_in", "moves_out", "moves_within")
THRESHOLDS: tuple[int, ...] = (55, 60, 65)

_KEYS = ["level", "zone_code", "indicator", "profession"]
_DEFINITION = ("sources", "nature")


@dataclass(frozen=True)
class RegisterChange:
    """Moves of persons between two states of a register. Internal: see :mod:`.public_flows`.

    Parameters
    ----------
    flows
        Index ``service, zone_code``; ``stock_before``, the five :data:`FLOWS`, ``stock_after``.
        In each row ``stock_after = stock_before + arrivals − departures + moves_in − moves_out``.
    ages
        Same index; ``known_before, known_after, mean_age_before, mean_age_after``, and per
        threshold ``over_55_before, over_55_after, reached_55``…
    events
        One row per event: ``practitioner_id, service, kind, reason, commune_before,
        commune_after, zone_before, zone_after``.
    """

    flows: pd.DataFrame
    ages: pd.DataFrame
    events: pd.DataFrame

    @property
    def is_empty(self) -> bool:
        """Whether nobody arrived, left nor moved."""
        return self.events.empty

    def total(self) -> pd.DataFrame:
        """Flows of all zones together, by service; moves from zone to zone cancel out."""
        summed = self.flows.groupby(level="service").sum()
        return summed.assign(
            moves_within=summed["moves_within"] + summed["moves_in"], moves_in=0, moves_out=0
        )

    def _repr_html_(self) -> str:
        note = "<p>Usage interne\u202f: mouvements de personnes, non protégés.</p>"
        return note + self.total().to_html()


def diff_registers(
    before: pd.DataFrame,
    after: pd.DataFrame,
    members: pd.Series,
    *,
    thresholds: Sequence[int] = THRESHOLDS,
) -> RegisterChange:
    """Arrivals, departures, moves and age progress between two states of a register.

    A person is counted once, at the main site, substitutes and students left aside. Whoever
    changes profession leaves one and arrives in the other; whoever stops being a substitute to
    settle arrives. A move changes the main commune: from a zone to another, or within a zone.

    Parameters
    ----------
    before, after
        Registers, one row per practitioner × site, ``practitioner_id`` meaning the same person in
        both (the register's own numbers do; an id given by rank does not).
    members
        Zone of each commune that counts (index: commune), see ``Territory.members``.
    thresholds
        Ages whose crossing is counted, in years.

    Returns
    -------
    RegisterChange
        Every zone has a row for every profession, zeros included; places outside all zones have a
        row (:data:`ELSEWHERE`, :data:`UNLOCATED`) only if somebody is there.

    Raises
    ------
    InputError
        If the identifiers are visibly not those of the same persons.

    Examples
    --------
    >>> rows = pd.DataFrame({"practitioner_id": ["1", "2"], "service": "gp", "age": [54, 70],
    ...     "commune_code": ["a", "a"], "is_main_site": True})
    >>> later = rows.assign(age=[55, 71], commune_code=["b", "a"])[:1]
    >>> change = diff_registers(rows, later, pd.Series({"a": "Z", "b": "Y"}))
    >>> change.flows.loc["gp", ["stock_before", "departures", "moves_out", "stock_after"]].loc["Z"].tolist()
    [2, 1, 1, 0]
    """
    _check_same_persons(before, after)
    first, last = _persons(before, members), _persons(after, members)
    both = first.merge(
        last, on=["practitioner_id", "service"], how="outer", suffixes=("_before", "_after")
    )
    both["kind"] = "stay"
    both.loc[both["zone_before"].isna(), "kind"] = "arrival"
    both.loc[both["zone_after"].isna(), "kind"] = "departure"
    here = both["kind"] == "stay"
    moved = here & (both["commune_before"].fillna("") != both["commune_after"].fillna(""))
    both.loc[moved, "kind"] = "move_within"
    both.loc[moved & (both["zone_before"] != both["zone_after"]), "kind"] = "move"
    rows = _index(both, members)
    return RegisterChange(
        _flows(both, rows), _ages(both, rows, thresholds), _events(both, before, after)
    )


def _persons(register: pd.DataFrame, members: pd.Series) -> pd.DataFrame:
    rows = in_practice(register)
    rows = rows.loc[rows["is_main_site"].astype(bool)]
    commune = rows["commune_code"].astype(object)
    zone = commune.map(members.astype(object)).where(commune.notna(), UNLOCATED)
    return pd.DataFrame(
        {
            "practitioner_id": rows["practitioner_id"].astype(object),
            "service": rows["service"].astype(object),
            "commune": commune.where(commune.notna(), None),
            "zone": zone.fillna(ELSEWHERE),
            "age": rows["age"].astype("Float64").astype(float) if "age" in rows else float("nan"),
        }
    )


def _index(both: pd.DataFrame, members: pd.Series) -> pd.MultiIndex:
    present = {*both["zone_before"].dropna(), *both["zone_after"].dropna()}
    zones = sorted(members.astype(object).unique())
    zones += [place for place in (ELSEWHERE, UNLOCATED) if place in present]
    return pd.MultiIndex.from_product(
        [sorted(both["service"].unique()), zones], names=["service", "zone_code"]
    )


def _counted(rows: pd.DataFrame, side: str, index: pd.MultiIndex) -> pd.Series:
    keys = [rows["service"], rows[f"zone_{side}"].rename("zone_code")]
    return rows.groupby(keys).size().reindex(index, fill_value=0).astype("int64")


def _flows(both: pd.DataFrame, index: pd.MultiIndex) -> pd.DataFrame:
    def of(kind: str, side: str) -> pd.Series:
        return _counted(both.loc[both["kind"] == kind], side, index)

    return pd.DataFrame(
        {
            "stock_before": _counted(both.loc[both["zone_before"].notna()], "before", index),
            "arrivals": of("arrival", "after"),
            "departures": of("departure", "before"),
            "moves_in": of("move", "after"),
            "moves_out": of("move", "before"),
            "moves_within": of("move_within", "after"),
            "stock_after": _counted(both.loc[both["zone_after"].notna()], "after", index),
        }
    )


def _ages(both: pd.DataFrame, index: pd.MultiIndex, thresholds: Sequence[int]) -> pd.DataFrame:
    columns: dict[str, pd.Series] = {}
    known = {side: both.loc[both[f"age_{side}"].notna()] for side in ("before", "after")}
    for side, rows in known.items():
        columns[f"known_{side}"] = _counted(rows, side, index)
    for side, rows in known.items():
        keys = [rows["service"], rows[f"zone_{side}"].rename("zone_code")]
        columns[f"mean_age_{side}"] = rows.groupby(keys)[f"age_{side}"].mean().reindex(index)
    for age in thresholds:
        for side, rows in known.items():
            old = rows.loc[rows[f"age_{side}"] >= age]
            columns[f"over_{age}_{side}"] = _counted(old, side, index)
        reached = both.loc[(both["age_before"] < age) & (both["age_after"] >= age)]
        columns[f"reached_{age}"] = _counted(reached, "after", index)
    return pd.DataFrame(columns)


def _events(both: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    rows = both.loc[both["kind"] != "stay"]
    services = {
        "arrival": in_practice(before).groupby("practitioner_id")["service"].first(),
        "departure": in_practice(after).groupby("practitioner_id")["service"].first(),
    }
    held = {"arrival": set(before["practitioner_id"]), "departure": set(after["practitioner_id"])}
    reason = [
        ""
        if kind not in held
        else "profession"
        if person in services[kind].index
        else "status"
        if person in held[kind]
        else "register"
        for person, kind in zip(rows["practitioner_id"], rows["kind"], strict=True)
    ]
    order = ["practitioner_id", "service", "kind", "reason"]
    order += ["commune_before", "commune_after", "zone_before", "zone_after"]
    return (
        rows.assign(reason=reason)[order]
        .sort_values(["service", "kind", "practitioner_id"])
        .reset_index(drop=True)
    )


def _check_same_persons(before: pd.DataFrame, after: pd.DataFrame) -> None:
    """Refuse two tables whose identifiers contradict each other."""
    remedy = "tenir un numéro de fiche stable dans le registre, puis relire les deux fichiers"
    faults = []
    if "is_example" in before and "is_example" in after:
        kinds = [bool(t["is_example"].any()) for t in (before, after) if len(t)]
        if len(set(kinds)) > 1:
            faults.append(
                Fault(
                    "registres", "un registre fictif et un vrai", "deux registres de même nature",
                    "donner les deux fichiers de la mission",
                )
            )  # fmt: skip
    people = [
        t.drop_duplicates("practitioner_id").set_index("practitioner_id") for t in (before, after)
    ]
    shared = people[0].index.intersection(people[1].index)
    if not len(shared) and len(before) and len(after):
        faults.append(
            Fault("registres", "aucun identifiant commun", "les mêmes identifiants", remedy)
        )
    wrong = pd.Series(False, index=shared)
    for column in ("birth_year", "sex"):
        if column in people[0] and column in people[1]:
            one, two = (p.loc[shared, column] for p in people)
            wrong |= (one.notna() & two.notna() & (one != two).fillna(False)).astype(bool)
    if wrong.any():
        faults.append(
            Fault(
                "registres",
                f"{int(wrong.sum())} identifiants dont la naissance ou le sexe change",
                "un identifiant par personne, le même aux deux dates",
                remedy,
            )
        )
    if faults:
        raise InputError(faults)


def diff_indicators(
    before: Indicators,
    after: Indicators,
    *,
    fields: tuple[Mapping[str, str], Mapping[str, str]] | None = None,
) -> pd.DataFrame:
    """Figures that differ between two states, and whether they may be compared.

    Parameters
    ----------
    before, after
        Two tables of indicators.
    fields
        Who or what each source counts, before and after, by source; a field that changes is a
        change of definition.

    Returns
    -------
    DataFrame
        Only rows that differ: ``level, zone_code, zone_name, indicator, profession, kind``
        (``"value"``, ``"appeared"``, ``"disappeared"`` or ``"definition"``)``, date_before,
        date_after, value_before, value_after, delta, definition`` (what changed in it, among
        ``sources``, ``nature`` and ``field``, separated by a bar)``, status_before,
        status_after``. ``delta`` is missing when the definition changed: such figures are not
        compared. Empty for twice the same state.
    """
    columns = ["zone_name", "date", "value", "status", *_DEFINITION]
    first, last = (t.table.set_index(_KEYS)[columns] for t in (before, after))
    both = first.add_suffix("_before").join(last.add_suffix("_after"), how="outer")
    left, right = both["status_before"].notna(), both["status_after"].notna()
    words = pd.Series("", index=both.index, dtype=object)
    for name, changed in _definition_changes(both, fields).items():
        words = words.where(~(changed & left & right), words + "|" + name)
    same_value = (both["value_before"] == both["value_after"]) | (
        both["value_before"].isna() & both["value_after"].isna()
    )
    same = same_value & (both["status_before"] == both["status_after"]) & (words == "")
    kind = pd.Series("value", index=both.index, dtype=object)
    kind = kind.where(words == "", "definition").where(left, "appeared").where(right, "disappeared")
    told = both.assign(
        zone_name=both["zone_name_after"].where(right, both["zone_name_before"]),
        kind=kind,
        delta=(both["value_after"] - both["value_before"]).where(kind == "value"),
        definition=words.str.lstrip("|"),
    ).loc[~same]
    order = [*_KEYS[:2], "zone_name", *_KEYS[2:], "kind", "date_before", "date_after"]
    order += ["value_before", "value_after", "delta", "definition", "status_before", "status_after"]
    return told.reset_index()[order].sort_values(_KEYS, ignore_index=True)


def _definition_changes(
    both: pd.DataFrame, fields: tuple[Mapping[str, str], Mapping[str, str]] | None
) -> dict[str, pd.Series]:
    changes = {name: both[f"{name}_before"] != both[f"{name}_after"] for name in _DEFINITION}
    if fields is not None:
        told = [
            both[f"sources_{side}"].map(
                lambda cell, field=field: "|".join(field.get(i, "") for i in str(cell).split(";"))
            )
            for side, field in zip(("before", "after"), fields, strict=True)
        ]
        changes["field"] = told[0] != told[1]
    return changes
