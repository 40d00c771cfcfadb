"""The language being written: how it writes numbers and dates, and its words for the catalogue's.

The composers say once which language they write (:func:`spoken`, :func:`speaking`); the printing
functions of :mod:`demomed.rendering.french` then follow, as the functions of :mod:`decimal` follow
its context. A language is ``catalogue/texts/<code>.toml``: its table ``[writing]`` is its only
declaration of formats. What the rest of the catalogue says is written there in French;
``catalogue/messages/<code>.toml`` gives the same texts in another language.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from demomed.core import catalogue

P = ParamSpec("P")
R = TypeVar("R")
NATIVE = "fr"
"""Language in which the catalogue is written."""
_SPOKEN: ContextVar[str] = ContextVar("language", default=NATIVE)


@dataclass(frozen=True)
class Writing:
    """How a language writes, as ``[writing]`` of its texts declares it.

    Parameters
    ----------
    code
        Code of the language.
    decimal, thousands, before_percent, before_unit
        Signs inside numbers, and before a percent sign or a short unit.
    spaced
        Whether ``; : ? !`` follow a narrow space.
    quotes
        Opening and closing quotation marks.
    range, day, of, inside, dated, times, about
        Patterns.
    months, small
        Names of the months; numbers from zero in words.
    days, ordinals, ordinals_feminine
        Rules « pattern text », the first whose pattern is found in the number applies.
    one_feminine, and_, between, half
        Words and signs.
    singular
        Smallest and greatest number of which a noun stays singular.
    declined
        Whether departments and intercommunalities are called with their French articles.
    """

    code: str
    decimal: str
    thousands: str
    before_percent: str
    before_unit: str
    spaced: bool
    quotes: tuple[str, str]
    range: str
    months: tuple[str, ...]
    day: str
    days: str
    ordinals: str
    ordinals_feminine: str
    small: tuple[str, ...]
    one_feminine: str
    singular: tuple[float, float]
    and_: str
    of: str
    inside: str
    declined: bool
    dated: str
    between: str
    times: str
    half: str
    about: str

    def is_one(self, count: float) -> bool:
        """Whether a noun stays singular behind a number."""
        return self.singular[0] <= abs(count) <= self.singular[1]


@functools.cache
def writing_of(code: str) -> Writing:
    """How a language writes.

    Examples
    --------
    >>> writing_of("fr").decimal, writing_of("en").decimal
    (',', '.')
    """
    raw = dict(catalogue.texts(code)["writing"])
    lists: dict[str, Any] = {
        key: tuple(raw.pop(key)) for key in ("quotes", "months", "small", "singular")
    }
    return Writing(code=code, and_=raw.pop("and"), **lists, **raw)


def writing() -> Writing:
    """How the language being written writes; French unless :func:`speaking` says otherwise."""
    return writing_of(_SPOKEN.get())


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Write a language inside a block.

    Examples
    --------
    >>> with speaking("en"):
    ...     writing().code
    'en'
    """
    before = _SPOKEN.set(code)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def spoken(function: Callable[P, R]) -> Callable[P, R]:
    """A composer that writes the language its parameter ``language``, or its document, names."""

    @functools.wraps(function)
    def speaks(*args: P.args, **kwargs: P.kwargs) -> R:
        document = getattr(args[0], "language", NATIVE) if args else NATIVE
        with speaking(str(kwargs.get("language", document))):
            return function(*args, **kwargs)

    return speaks


def suffix(rules: str, number: int) -> str:
    """Text of the first rule whose pattern is found in a number, empty if there is none.

    Examples
    --------
    >>> suffix("1[123]$ th, 1$ st, . th", 11), suffix("1[123]$ th, 1$ st, . th", 21)
    ('th', 'st')
    """
    for rule in rules.split(", "):
        pattern, text = rule.split(" ")
        if re.search(pattern, str(number)):
            return text
    return ""


@functools.cache
def _messages(code: str) -> Mapping[str, str]:
    """Texts of the catalogue in another language, by their bare French."""
    if code == NATIVE:
        return {}
    declared = catalogue.entry("messages", code)
    return {bare(text): said for part in declared.values() for text, said in part.items()}


@functools.cache
def _patterns(code: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Filled sentences: what finds their parts, and how the language tells them."""
    declared = catalogue.entry("messages", code)["patterns"]
    return tuple(
        (re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(bare(text)))), said)
        for text, said in declared.items()
    )


def bare(text: str) -> str:
    """A text without the special spaces and apostrophes of its typography."""
    return text.replace("\u202f", " ").replace("\u00a0", " ").replace("’", "'")


def translated(text: str) -> str:
    """A text of the catalogue in the language being written; as it is where nothing else is known.

    Examples
    --------
    >>> with speaking("en"):
    ...     translated("Offre de soins"), translated("Toyland"), translated("de 40 % à moins de 60 %")
    ('Health care supply', 'Toyland', 'from 40% to less than 60%')
    """
    known = _messages(_SPOKEN.get())
    if not known or not text:
        return text
    if (said := known.get(bare(text))) is not None:
        return said
    if said := known.get(bare(text[:1].lower() + text[1:])):
        return said[:1].upper() + said[1:]
    for pattern, said in _patterns(_SPOKEN.get()):
        if found := pattern.fullmatch(bare(text)):
            return said.format(
                **{name: translated(part) for name, part in found.groupdict().items()}
            )
    return text
