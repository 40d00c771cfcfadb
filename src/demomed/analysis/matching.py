"""The same persons at two dates, when the register has no number that lasts."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from demomed.core.identity import are_stable

_FACTS = ("service", "sex", "birth_year")
"""What does not change in a person, as far as a register without numbers knows."""


@dataclass(frozen=True)
class Matched:
    """Two states of a register whose numbers mean the same persons.

    Parameters
    ----------
    before, after
        The registers, numbers of the second brought to those of the first.
    notices
        By which rule persons were recognised, in French; nothing when the numbers are stable.
    """

    before: pd.DataFrame
    after: pd.DataFrame
    notices: tuple[str, ...] = ()


def match_persons(before: pd.DataFrame, after: pd.DataFrame) -> Matched:
    """Recognise the persons of a register at two dates.

    The register's own numbers are kept as they are. Without them, two rows are the same person
    when profession, sex, year of birth and main commune agree (as many pairs as the smaller number
    of such rows); then, among those left whose year of birth is known, when profession, sex and
    year of birth agree and each side has only one: that person moved. All others left or arrived.

    Parameters
    ----------
    before, after
        Registers, one row per practitioner × site.

    Returns
    -------
    Matched
        The stock of each is unchanged: only the numbers of the second are.

    Examples
    --------
    >>> one = pd.DataFrame({"practitioner_id": ["r1", "r2"], "service": "gp", "sex": "F",
    ...     "birth_year": [1960, 1970], "commune_code": ["a", "b"], "is_main_site": True})
    >>> two = one[1:].assign(practitioner_id="r1", commune_code="c")
    >>> match_persons(one, two).after["practitioner_id"].tolist()
    ['r2']
    """
    if are_stable(before["practitioner_id"]) and are_stable(after["practitioner_id"]):
        return Matched(before, after)
    first, last = _persons(before), _persons(after)
    same = _paired(first, last, [*_FACTS, "commune_code"], alone=False)
    left = first.loc[~first.index.isin(same.to_numpy())]
    rest = last.loc[~last.index.isin(same.index)]
    moved = _paired(
        left.loc[left["birth_year"].notna()], rest.loc[rest["birth_year"].notna()],
        list(_FACTS), alone=True,
    )  # fmt: skip
    known = {**same.to_dict(), **moved.to_dict()}
    new = {id_: f"n{rank:05d}" for rank, id_ in enumerate(sorted(set(last.index) - set(known)))}
    ids = after["practitioner_id"].astype(object).map({**new, **known})
    return Matched(before, after.assign(practitioner_id=ids.astype("str")), (_told(first, last),))


def _persons(register: pd.DataFrame) -> pd.DataFrame:
    rows = register.loc[register["is_main_site"].astype(bool)]
    rows = rows.drop_duplicates("practitioner_id").set_index("practitioner_id")
    facts = rows[[*_FACTS, "commune_code"]].astype(object)
    return facts.where(facts.notna(), None).sort_index()


def _keys(persons: pd.DataFrame, by: list[str]) -> pd.Series:
    key = persons.index.to_series().map(lambda _: "")
    for column in by:
        key = key + "|" + persons[column].map(str)
    return key


def _paired(first: pd.DataFrame, last: pd.DataFrame, by: list[str], *, alone: bool) -> pd.Series:
    """Number in ``first`` of each person of ``last`` that has one (index: number in ``last``)."""
    sides = []
    for persons in (first, last):
        key = _keys(persons, by)
        rank = key.groupby(key).cumcount().astype(str)
        if alone:
            rank = rank.mask(key.duplicated(keep=False).to_numpy(), "several")
        sides.append(key + "|" + rank)
    one, two = (side[~side.str.endswith("|several")] for side in sides)
    number = pd.Series(one.index.astype(object), index=one.to_numpy())
    return two.map(number).dropna()


def _told(first: pd.DataFrame, last: pd.DataFrame) -> str:
    twins = max(
        int(_keys(p, [*_FACTS, "commune_code"]).duplicated(keep=False).sum()) for p in (first, last)
    )
    return (
        "Le registre n'a pas de numéro de fiche qui dure : les personnes sont reconnues à la "
        "profession, au sexe, à l'année de naissance et à la commune, puis, pour celles qui restent "
        "seules de leur sorte, sans la commune (déménagement). "
        f"{twins} personnes se confondent avec une autre dans ce jeu : un départ remplacé par une "
        "arrivée semblable n'y est pas vu."
    )
