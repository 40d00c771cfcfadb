"""What one cell typed by hand means: numbers, dates, periods, age bands, missing markers."""

from __future__ import annotations

import calendar
import math
import re
import unicodedata
from datetime import date
from functools import lru_cache

MISSING_MARKERS = frozenset(
    {"", "ns", "nd", "n d", "nc", "n c", "na", "n a", "inconnu", "inconnue", "non connu"}
    | {"non connue", "non renseigne", "non renseignee", "a preciser", "a completer", "vide"}
)
"""Folded words by which a hand-kept file says « nothing is known »; zero is not among them."""

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_APART = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,15})?(?:[eE][+-]?[0-9]{1,2})?")
_PRIVATE = re.compile(r"\S+@\S+|(?:\+?[0-9][\s.\-]?){9,}")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan",
            "fevrier fevr fev",
            "mars",
            "avril avr",
            "mai",
            "juin",
            "juillet juil",
            "aout",
            "septembre sept sep",
            "octobre oct",
            "novembre nov",
            "decembre dec",
        ),
        start=1,
    )
    for name in names.split()
}
_SPANS = {
    "debut": (1, 3),
    "mi": (4, 6),
    "fin": (10, 12),
    "printemps": (4, 6),
    "ete": (7, 9),
    "automne": (10, 12),
    "t1": (1, 3),
    "t2": (4, 6),
    "t3": (7, 9),
    "t4": (10, 12),
    "1er trimestre": (1, 3),
    "2e trimestre": (4, 6),
    "3e trimestre": (7, 9),
    "4e trimestre": (10, 12),
    "s1": (1, 6),
    "s2": (7, 12),
    "1er semestre": (1, 6),
    "2e semestre": (7, 12),
    "courant": (1, 12),
    "annee": (1, 12),
    "en": (1, 12),
}
_ORDINALS = {"1ere": "1er", "1e": "1er", "2eme": "2e", "2nd": "2e", "3eme": "3e", "4eme": "4e"}
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")


class Unreadable(ValueError):
    """A cell that says something, but not what its column asks for."""


class SpreadsheetSerial(Unreadable):
    """A date that the spreadsheet kept as its number of days."""


class TwoDigitYear(Unreadable):
    """A year of birth in two digits: two centuries are possible."""


@lru_cache(maxsize=100_000)
def fold(text: str) -> str:
    """Word as compared: no accent, lower case, one space for anything that is not a letter or digit.

    Examples
    --------
    >>> fold("  Année de\\u00a0naissance ")
    'annee de naissance'
    >>> fold("N° d’ordre") == fold("n° D'ORDRE")
    True
    """
    plain = text.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain.translate(_LIGATURES))
        plain = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return " ".join(_APART.sub(" ", plain).split())


def is_missing(text: str) -> bool:
    """Whether a cell says that nothing is known (empty, « NS », « n.d. », « - », « ? »…).

    Examples
    --------
    >>> [is_missing(cell) for cell in ("", "n.d.", "-", "?", "0")]
    [True, True, True, True, False]
    """
    return fold(text) in MISSING_MARKERS


def quoted(text: str) -> str:
    """Cell as a message may show it: guillemets, at most 40 characters, no mail, phone or register number.

    Examples
    --------
    >>> quoted("Laval")
    '« Laval »'
    >>> quoted("ecrire à qui@exemple.fr")
    '« ecrire à … »'
    """
    shown = masked(" ".join(text.split()))
    return f"« {shown[:40]}{'…' if len(shown) > 40 else ''} »"


def masked(text: str) -> str:
    """Text without mail addresses, phone numbers and long register numbers.

    Examples
    --------
    >>> masked("MSP fictive, 02 00 00 00 00")
    'MSP fictive, …'
    """
    return _PRIVATE.sub("…", text)


def number(text: str) -> float | None:
    """Number with a decimal comma or point; a percentage becomes a share; missing marker → ``None``.

    Raises
    ------
    Unreadable
        If the cell is not a number.

    Examples
    --------
    >>> number("0,8"), number("1 200"), number("60 %"), number("n.d.")
    (0.8, 1200.0, 0.6, None)
    """
    if is_missing(text):
        return None
    packed = re.sub(r"\s", "", text)
    share = packed.endswith("%")
    packed = packed.removesuffix("%")
    if not _NUMBER.fullmatch(packed):
        raise Unreadable(text)
    value = float(packed.replace(",", "."))
    if not math.isfinite(value):
        raise Unreadable(text)
    return value / 100 if share else value


def year(text: str) -> int | None:
    """Year in four digits; missing marker → ``None``.

    Raises
    ------
    TwoDigitYear
        For « 61 »: the century is not guessed.
    Unreadable
        For anything else.

    Examples
    --------
    >>> year("1961"), year("?")
    (1961, None)
    """
    value = number(text)
    if value is None:
        return None
    if value != int(value):
        raise Unreadable(text)
    if 0 <= value < 100:
        raise TwoDigitYear(text)
    if not 1000 <= value <= 9999:
        raise SpreadsheetSerial(text) if _SERIAL.fullmatch(text.strip()) else Unreadable(text)
    return int(value)


def day(text: str) -> date | None:
    """Date « 05/03/1961 », « 5.3.1961 » or « 1961-03-05 »; missing marker → ``None``.

    Raises
    ------
    SpreadsheetSerial
        For the number of days of a spreadsheet (« 22345 »).
    TwoDigitYear
        For « 05/03/61 ».
    Unreadable
        For anything else.

    Examples
    --------
    >>> day("05/03/1961")
    datetime.date(1961, 3, 5)
    """
    if is_missing(text):
        return None
    packed = text.strip().split("T")[0].split(" ")[0]
    if _SERIAL.fullmatch(text.strip()):
        raise SpreadsheetSerial(text)
    parts = re.split(r"[/.\-]", packed)
    if len(parts) != 3 or not all(re.fullmatch(r"[0-9]{1,4}", part) for part in parts):
        raise Unreadable(text)
    if len(parts[0]) == 4:
        parts.reverse()
    if len(parts[2]) == 2:
        raise TwoDigitYear(text)
    if len(parts[2]) != 4:
        raise Unreadable(text)
    try:
        return date(int(parts[2]), int(parts[1]), int(parts[0]))
    except ValueError:
        raise Unreadable(text) from None


def period(text: str, *, reference_year: int, forward: bool) -> tuple[date, date] | None:
    """First and last day of what a hand-typed date may mean.

    The rule is short: a day is itself; « juin 2026 » is the month; « début » is January to March,
    « mi- » April to June, « fin » October to December; « printemps », « été », « automne » are the
    second, third and fourth quarters (winter straddles two years and is not read); « 1er semestre »,
    « T2 » and a bare year are what they say.

    Parameters
    ----------
    text
        The cell.
    reference_year
        Year of the register, used to place a year in two digits.
    forward
        Whether « 27 » is to come (a departure: 2027) or may be past (an installation: « 98 » is
        1998).

    Returns
    -------
    tuple of date or None
        ``None`` for a missing marker.

    Raises
    ------
    Unreadable
        If the rule does not read the cell; :class:`SpreadsheetSerial` for a number of days.

    Examples
    --------
    >>> period("été 27", reference_year=2025, forward=True)
    (datetime.date(2027, 7, 1), datetime.date(2027, 9, 30))
    >>> period("fin 2026", reference_year=2025, forward=True)[1]
    datetime.date(2026, 12, 31)
    """
    if is_missing(text):
        return None
    try:
        exact = day(text)
    except SpreadsheetSerial:
        raise
    except Unreadable:
        exact = None
    if exact is not None:
        return exact, exact
    match = re.fullmatch(r"(.*?)\s*\b([0-9]{4}|[0-9]{2})", fold(text))
    if match is None:
        raise Unreadable(text)
    words = [_ORDINALS.get(word, word) for word in match[1].split() if word not in {"l", "d", "de"}]
    number_ = int(match[2])
    if len(match[2]) == 2:
        past = not forward and number_ > reference_year % 100
        number_ += (reference_year // 100 - past) * 100
    months = _months(words)
    if months is None or number_ < 1900:
        raise Unreadable(text)
    first, last = months
    return date(number_, first, 1), date(number_, last, calendar.monthrange(number_, last)[1])


def _months(words: list[str]) -> tuple[int, int] | None:
    phrase = " ".join(words)
    if not words:
        return 1, 12
    if phrase in _SPANS:
        return _SPANS[phrase]
    if words[-1] in _MONTHS and (
        len(words) == 1 or words[0] in {"en", "debut", "mi", "fin", "courant"}
    ):
        month = _MONTHS[words[-1]]
        return month, month
    if len(words) == 1 and re.fullmatch(r"0?[1-9]|1[0-2]", words[0]):
        return int(words[0]), int(words[0])
    return None


def age_band(text: str) -> tuple[int, int | None] | None:
    """Lower and upper age of a band, both included; ``None`` for a missing marker.

    Raises
    ------
    Unreadable
        If the cell is not a band.

    Examples
    --------
    >>> age_band("55-59 ans"), age_band("65 ans et plus"), age_band("moins de 35 ans")
    ((55, 59), (65, None), (0, 34))
    """
    if is_missing(text):
        return None
    if "=" in text:
        raise Unreadable(text)
    words = [
        word for word in fold(text).split() if word not in {"ans", "de", "a", "entre", "et", "an"}
    ]
    numbers = [int(word) for word in words if re.fullmatch(r"[0-9]{1,3}", word)]
    rest = [word for word in words if not re.fullmatch(r"[0-9]{1,3}", word)]
    if len(numbers) == 2 and not rest and numbers[0] <= numbers[1]:
        return numbers[0], numbers[1]
    if len(numbers) == 1 and ("+" in text or rest in (["plus"], ["ou", "plus"])):
        strict = words[0] == "plus"
        return numbers[0] + strict, None
    if len(numbers) == 1 and rest in (["moins"], ["ou", "moins"]):
        return 0, numbers[0] - (words[0] == "moins")
    raise Unreadable(text)


def completed_years(birth: date, reference: date) -> int:
    """Age in completed years; someone born on 29 February turns on 1 March in common years.

    Examples
    --------
    >>> completed_years(date(1960, 2, 29), date(2025, 2, 28))
    64
    >>> completed_years(date(1960, 2, 29), date(2025, 3, 1))
    65
    """
    reached = (reference.month, reference.day) >= (birth.month, birth.day)
    return reference.year - birth.year - (not reached)
