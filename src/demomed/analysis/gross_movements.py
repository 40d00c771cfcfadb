"""Gross movements of a register between two dates: who left and who came, zone by zone."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from demomed.analysis.density import in_practice
from demomed.analysis.matching import match_persons
from demomed.core.movements import COLUMNS, EVERYWHERE


def gross_movements(
    before: pd.DataFrame,
    after: pd.DataFrame,
    hierarchy: Mapping[str, pd.Series],
    date: str,
) -> pd.DataFrame:
    """Persons who left and who came in each zone since a date, whatever the balance.

    A person is counted at the main site, substitutes and students left aside. Whoever goes from a
    zone to another has left one and come into the other; so has whoever changes profession, and
    whoever changes year of birth: what was told of one year is not told of the other.

    Parameters
    ----------
    before, after
        Registers, one row per practitioner × site.
    hierarchy
        Zone of each commune at each level.
    date
        Date of the first.

    Returns
    -------
    DataFrame
        Columns of :data:`demomed.core.movements.COLUMNS`: one row per profession and zone, zeros
        written, and one per profession for all places together.

    Examples
    --------
    >>> one = pd.DataFrame({"practitioner_id": ["a-1", "a-2"], "service": "gp", "sex": "F",
    ...     "birth_year": [1960, 1970], "commune_code": ["a", "b"], "is_main_site": True})
    >>> two = one.assign(commune_code="b")
    >>> found = gross_movements(one, two, {"commune": pd.Series({"a": "a", "b": "b"})}, "2025")
    >>> found[["zone_code", "left", "came"]].to_numpy().tolist()
    [['a', 1, 0], ['b', 0, 1], ['', 1, 1]]
    """
    matched = match_persons(before, after)
    first, last = _persons(matched.before), _persons(matched.after)
    services = sorted({*first["service"], *last["service"]})
    found: list[tuple[object, ...]] = []
    for service in services:
        one, two = (side.loc[side["service"] == service] for side in (first, last))
        for level, members in hierarchy.items():
            sides = [_by_zone(side, members) for side in (one, two)]
            for zone in sorted(set(members.dropna())):
                was, is_now = (side.get(str(zone), set()) for side in sides)
                gone, new = len(was - is_now), len(is_now - was)
                found.append((date, service, level, str(zone), gone, new))
        everyone = [set(zip(s["person"], s["commune_code"], strict=True)) for s in (one, two)]
        gone, new = len(everyone[0] - everyone[1]), len(everyone[1] - everyone[0])
        found.append((date, service, *EVERYWHERE, gone, new))
    return pd.DataFrame(found, columns=list(COLUMNS))


def _persons(register: pd.DataFrame) -> pd.DataFrame:
    rows = in_practice(register)
    rows = rows.loc[rows["is_main_site"].astype(bool)]
    facts = [rows["practitioner_id"].astype(str)]
    facts += [
        rows[name].astype(str) for name in ("birth_year", "age_low", "age_high") if name in rows
    ]
    person = facts[0].str.cat(facts[1:], sep="|")
    return pd.DataFrame(
        {
            "person": person,
            "service": rows["service"].astype(str),
            "commune_code": rows["commune_code"].astype(str),
        }
    ).drop_duplicates()


def _by_zone(persons: pd.DataFrame, members: pd.Series) -> dict[str, set[str]]:
    zone = persons["commune_code"].map(members)
    return {str(code): set(held) for code, held in persons["person"].groupby(zone)}
