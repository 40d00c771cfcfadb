"""Deadlines and amounts as plans write them: « fin 2023 », « Automne 2022 », « 250 000€ (+200 000€) »."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from demomed.core import catalogue
from demomed.core.faults import Fault, InputError

_APART = re.compile(r"[\W_]+")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_DAY = re.compile(
    r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4})|([0-9]{4})-([0-9]{2})-([0-9]{2})"
)
_UNITS = {
    "": 1, "€": 1, "euro": 1, "eur": 1, "k€": 1000, "keur": 1000, "m€": 10**6, "meur": 10**6,
    "million": 10**6, "million d'euro": 10**6, "millions d'euro": 10**6, "million €": 10**6,
}  # fmt: skip
_MONEY = (
    r"([0-9][0-9 ]*(?:[.,][0-9]+)?)\s*(k€|m€|€|keur|meur|eur(?:os?)?|millions?(?: d'euros?| €)?)?"
)
_AMOUNT = re.compile(rf"(?:€\s*)?{_MONEY}(?:\s*\(\s*\+\s*{_MONEY}\s*\))?(?:\s*(?:/\s*an|par an))?")
_UNPRICED = frozenset({"", "a definir", "non chiffre", "non defini", "nd", "n d", "sans objet"})


def folded(text: str) -> str:
    """Words as compared: no accent, lower case, one space for anything else than a letter or digit.

    Examples
    --------
    >>> folded("  Été-2022 ")
    'ete 2022'
    """
    plain = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(_APART.sub(" ", plain).split())


@cache
def _words() -> Mapping[str, Any]:
    raw = catalogue.entry("words", "deadlines")
    ranks = {
        folded(other): folded(rank) for rank, others in raw["ordinals"].items() for other in others
    }
    return {
        "months": {folded(name): n for n, name in enumerate(raw["months"]["names"], start=1)},
        "spans": {folded(name): span for name, span in raw["spans"].items()},
        "winter": raw["winter"],
        "ranks": {**ranks, **{folded(rank): folded(rank) for rank in raw["ordinals"]}},
        "short": raw["short"],
        "ignored": frozenset(raw["ignored"]["words"]),
    }


def parse_deadline(text: str) -> tuple[date, date]:
    """First and last day of a deadline as written, both included.

    A month is the whole month; « début », « mi- », « fin » of a year, quarters, half-years and
    seasons are read by the convention of the catalogue (« fin 2023 » is October to December;
    « Automne 2022 » is 22 September to 20 December); two months or two years make a range.

    Parameters
    ----------
    text
        Deadline with its year in four digits.

    Raises
    ------
    InputError
        If the convention does not read it; the text is quoted.

    Examples
    --------
    >>> parse_deadline("fin 2023")
    (datetime.date(2023, 10, 1), datetime.date(2023, 12, 31))
    >>> parse_deadline("Second trimestre 2023")[0]
    datetime.date(2023, 4, 1)
    """
    exact = _DAY.fullmatch(text.strip())
    plain = folded(text)
    years = [int(year) for year in _YEAR.findall(plain)]
    rest = [w for w in _YEAR.sub(" ", plain).split() if w not in _words()["ignored"]]
    try:
        if exact:
            day, month, year, *iso = exact.groups()
            numbers = iso if iso[0] else (year, month, day)
            found = date(*map(int, numbers))
            return found, found
        span = _span(" ".join(_ranked(rest)), rest, years)
    except ValueError:
        span = None
    if span is None or span[0] > span[1]:
        raise InputError(
            Fault(
                "échéance",
                f"« {text} »",
                "une date, un mois, un trimestre, un semestre, une saison ou une année",
                "écrire par exemple « juin 2023 », « fin 2023 » ou « second trimestre 2023 »",
            )
        )
    return span


def _ranked(words: list[str]) -> list[str]:
    """Words with their ranks in letters: « t2 » and « 2e trimestre » are « second trimestre »."""
    ranks, short = _words()["ranks"], _words()["short"]
    said: list[str] = []
    for word in words:
        letter = re.fullmatch(r"([a-z])([1-4])", word)
        if letter and letter[1] in short:
            said += [ranks[letter[2]], short[letter[1]]]
        else:
            said.append(word)
    if len(said) == 2 and said[1] in short.values():
        said[0] = ranks.get(said[0], said[0])
    return said


def _span(phrase: str, words: list[str], years: list[int]) -> tuple[date, date] | None:
    known, months = _words(), _words()["months"]
    if not years or len(years) > 2:
        return None
    first, last = years[0], years[-1]
    if phrase == folded(known["winter"]["name"]) and last == first + 1:
        return _day(first, known["winter"]["span"][0]), _day(last, known["winter"]["span"][1])
    if not words:
        return date(first, 1, 1), date(last, 12, 31)
    if len(words) == 2 and all(word in months for word in words):
        return date(first, months[words[0]], 1), _month_end(last, months[words[1]])
    if len(years) == 2:
        return None
    if phrase in known["spans"]:
        start, end = known["spans"][phrase]
        return _day(first, start), _day(first, end)
    if words[-1] in months and (len(words) == 1 or words[0] in ("debut", "mi", "fin", "courant")):
        return date(first, months[words[-1]], 1), _month_end(first, months[words[-1]])
    if len(words) == 2 and words[1] in months and re.fullmatch("[0-9]{1,2}|1er", words[0]):
        one = date(first, months[words[1]], int(words[0].removesuffix("er")))
        return one, one
    return None


def _day(year: int, month_day: str) -> date:
    return date.fromisoformat(f"{year}-{month_day}")


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


@dataclass(frozen=True)
class Amount:
    """Euros of an action as written: the amount, and the one added in brackets; ``None`` = not said."""

    base: int | None
    extra: int | None


def parse_amount(text: str) -> Amount:
    """Amount of an action, in whole euros.

    Parameters
    ----------
    text
        « 75 000 € », « 250 000€ (+200 000€) », « € 40 000€ (+ 16 000€) », « 2,5 M€ »; nothing or
        « à définir » is an amount that is not said, never zero.

    Raises
    ------
    InputError
        If it is no amount in whole euros; the text is quoted.

    Examples
    --------
    >>> parse_amount("€ 40 000€ (+ 16 000€)")
    Amount(base=40000, extra=16000)
    >>> parse_amount("2,5 M€").base
    2500000
    """
    if folded(text) in _UNPRICED and not re.search("[0-9]", text):
        return Amount(None, None)
    plain = " ".join(text.replace("’", "'").split()).casefold()
    match = _AMOUNT.fullmatch(plain)
    amounts = [_euros(*match.groups()[i : i + 2]) for i in (0, 2)] if match else []
    if not match or amounts[0] is None or (match[3] and amounts[1] is None):
        raise InputError(
            Fault(
                "montant",
                f"« {text} »",
                "un montant en euros entiers, espaces pour les milliers",
                "écrire par exemple « 75 000 € » ou « 250 000 € (+ 200 000 €) »",
            )
        )
    return Amount(amounts[0], amounts[1])


def _euros(number: str | None, unit: str | None) -> int | None:
    """Whole euros; ``None`` for nothing, cents, or groups of digits that are not thousands."""
    if number is None:
        return None
    number = number.strip()
    if " " in number and not re.fullmatch(r"[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?", number):
        return None
    factor = _UNITS[re.sub(r"s\b", "", (unit or "").strip()).strip()]
    if factor == 1 and "." in number:
        return None  # « 40.000 » : thousands or decimals, nobody knows
    value = Decimal(number.replace(" ", "").replace(",", ".")) * factor
    return int(value) if value == int(value) else None
