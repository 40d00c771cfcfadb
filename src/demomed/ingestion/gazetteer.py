"""Which commune a hand-kept row means: by its code of any year, or by its name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from demomed.ingestion.cells import fold

_ARTICLES = ("le", "la", "les", "l")
_SAINTS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}


def name_key(text: str) -> str:
    """Commune name as compared: « St », articles, « Cedex 9 » and « (53) » make no difference.

    Examples
    --------
    >>> name_key("ST-DENIS D’ANJOU") == name_key("Saint-Denis-d'Anjou")
    True
    >>> name_key("Le Mans Cedex 9") == name_key("Mans (Le)")
    True
    """
    kept = [_SAINTS.get(w, w) for w in fold(text).split() if w != "cedex" and not w.isdigit()]
    if len(kept) > 1 and kept[0] in _ARTICLES:
        kept = kept[1:]
    if len(kept) > 1 and kept[-1] in _ARTICLES:
        kept = kept[:-1]
    return " ".join(kept)


@dataclass(frozen=True)
class Gazetteer:
    """Communes by code of any year, by name of any year, and by postal code.

    Parameters
    ----------
    current
        Any code → code in force.
    ambiguous
        Codes of communes that were split: several successors.
    spelled
        Names and the codes in force they mean, today's names before those of former communes.
    postcodes
        Postal code → codes in force.
    departments
        Code in force → department.
    labels
        Code in force → name.
    """

    current: Mapping[str, str]
    ambiguous: frozenset[str]
    spelled: tuple[tuple[str, str, bool], ...]
    postcodes: Mapping[str, frozenset[str]]
    departments: Mapping[str, str]
    labels: Mapping[str, str]

    @cached_property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """Name key → codes in force; a former commune's name counts if no commune has it today."""
        today: defaultdict[str, set[str]] = defaultdict(set)
        former: defaultdict[str, set[str]] = defaultdict(set)
        for name, code, is_former in self.spelled:
            (former if is_former else today)[name_key(name)].add(code)
        return {key: tuple(sorted(found)) for key, found in (former | today).items() if key}

    def named(self, name: str, postcode: str, home: frozenset[str]) -> tuple[str, ...]:
        """Codes a name may mean, narrowed by postal code, then by the departments of the file."""
        found = self.names.get(name_key(name), ())
        if len(found) > 1 and postcode:
            served = self.postcodes.get(postcode, frozenset())
            near = tuple(code for code in found if code in served)
            found = near or tuple(c for c in found if self.departments[c] == postcode[:2]) or found
        if len(found) > 1 and home:
            found = tuple(code for code in found if self.departments[code] in home) or found
        return found


def gazetteer(
    codes: pd.DataFrame,
    *,
    communes: pd.DataFrame | None = None,
    places: pd.DataFrame | None = None,
) -> Gazetteer:
    """Gazetteer from the tables of the reference bundle.

    Parameters
    ----------
    codes
        ``old_code, commune_code, commune_name, departement_code, is_ambiguous``: every code ever
        used.
    communes
        With ``postcodes`` (« 53000|53100 »), to tell a postal code from a commune code.
    places
        Former communes, ``place_name, commune_code``: their names are understood too.
    """
    current = dict(zip(codes["old_code"], codes["commune_code"], strict=True))
    labels = dict(zip(codes["commune_code"], codes["commune_name"], strict=True))
    departments = dict(zip(codes["commune_code"], codes["departement_code"], strict=True))
    spelled = [(str(name), code, False) for code, name in labels.items()]
    if places is not None:
        spelled += [
            (str(name), code, True)
            for name, code in zip(places["place_name"], places["commune_code"], strict=True)
            if code in labels
        ]
    postcodes: defaultdict[str, set[str]] = defaultdict(set)
    if communes is not None and "postcodes" in communes:
        frame = communes.reset_index() if communes.index.name == "commune_code" else communes
        listed = frame[["commune_code", "postcodes"]].dropna()
        for code, joined in zip(listed["commune_code"], listed["postcodes"], strict=True):
            for postcode in str(joined).split("|"):
                postcodes[postcode].add(code)
    return Gazetteer(
        current=current,
        ambiguous=frozenset(codes.loc[codes["is_ambiguous"].astype(bool), "old_code"]),
        spelled=tuple(spelled),
        postcodes={key: frozenset(found) for key, found in postcodes.items()},
        departments=departments,
        labels=labels,
    )
