"""Text as it is printed, French first: spaces, numbers, dates, ordinals, elisions and lists.

Each function writes the language being spoken (:mod:`demomed.rendering.language`), French by default.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from demomed.core.catalogue import Department
from demomed.rendering.language import suffix, translated, writing, writing_of

NARROW = "\u202f"
"""Narrow no-break space: thousands, and before ``; : ? ! %`` and inside guillemets."""
MINUS = "\u2212"
REMEMBERED = 1 << 15
"""Texts kept by each function: a portal writes the same figures and phrases again and again."""
_VOWEL = re.compile(r"[aàâäeéèêëiîïoôöuùûüyœæ]", re.IGNORECASE)


@lru_cache(maxsize=REMEMBERED)
def rounded(value: float, decimals: int = 0) -> float:
    """Round half away from zero on the decimal digits a reader would see.

    Examples
    --------
    >>> rounded(62.5), rounded(2.675, 2), rounded(-0.2)
    (63.0, 2.68, 0.0)
    """
    exact = Decimal(repr(round(float(value), 10)))
    shown = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return float(shown) + 0.0


def number(value: float, decimals: int = 0) -> str:
    """A number with the signs of its language: in French decimal comma and narrow spaces; a real minus.

    Examples
    --------
    >>> number(17600).replace(NARROW, "_"), number(2.9, 1), number(-4)
    ('17_600', '2,9', '−4')
    >>> from demomed.rendering.language import speaking
    >>> with speaking("en"):
    ...     number(1234.5, 1), day("2021-01-01"), ordinal(22), with_unit("12", "%")
    ('1,234.5', '1 January 2021', '22nd', '12%')
    """
    return _number(float(value), decimals, writing().code)


@lru_cache(maxsize=REMEMBERED)
def _number(value: float, decimals: int, language: str) -> str:
    shown, way = rounded(value, decimals), writing_of(language)
    whole, _, rest = f"{abs(shown):,.{decimals}f}".partition(".")
    text = whole.replace(",", way.thousands) + (way.decimal + rest if rest else "")
    return (MINUS if shown < 0 else "") + text


def with_unit(text: str, unit: str) -> str:
    """A written number and its unit, with the narrow space that ``%`` asks for.

    Examples
    --------
    >>> with_unit("41", "%") == "41" + NARROW + "%", with_unit("41", "min") == "41" + NARROW + "min"
    (True, True)
    >>> with_unit("41", "pour 100 000 habitants").replace(NARROW, "_")
    '41 pour 100_000 habitants'
    """
    if not unit:
        return text
    way = writing()
    glue = way.before_percent if unit == "%" else way.before_unit if len(unit) <= 3 else " "
    return f"{text}{glue}{typeset(unit)}"


def interval(low: float, high: float, decimals: int = 0) -> str:
    """Two bounds as « 31 à 54 ».

    Examples
    --------
    >>> interval(31.2, 54.4)
    '31 à 54'
    """
    return writing().range.format(low=number(low, decimals), high=number(high, decimals))


def day(iso: str) -> str:
    """A date of ISO form ``AAAA-MM-JJ``, ``AAAA-MM`` or ``AAAA`` in words.

    Examples
    --------
    >>> day("2021-01-01"), day("2023-12-31"), day("2023-06"), day("2022")
    ('1ᵉʳ janvier 2021', '31 décembre 2023', 'juin 2023', '2022')
    """
    parts, way = iso.split("-"), writing()
    if len(parts) == 3:
        found = date.fromisoformat(iso)
        first = suffix(way.days, found.day) or str(found.day)
        return way.day.format(day=first, month=way.months[found.month - 1], year=found.year)
    if len(parts) == 2:
        return f"{way.months[int(parts[1]) - 1]} {parts[0]}"
    return iso


def dated(subjects: Iterable[tuple[str, str]]) -> str:
    """What each date is of: subjects of one date together, in the order they come.

    Parameters
    ----------
    subjects
        Name and date of ISO form; a subject without date is left out, one that comes twice with
        the same date is told once.

    Examples
    --------
    >>> dated([("densités", "2021-01-01"), ("APL", "2023-12-31"), ("temps", "2021-01-01")])
    'densités et temps au 1ᵉʳ janvier 2021 ; APL au 31 décembre 2023'
    """
    by_date: dict[str, list[str]] = {}
    for name, iso in subjects:
        names = by_date.setdefault(iso, []) if iso else []
        if name not in names:
            names.append(name)
    way = writing()
    told = (way.dated.format(names=join(names), date=day(iso)) for iso, names in by_date.items())
    return way.between.join(told)


def ordinal(rank: int, *, feminine: bool = False) -> str:
    """A rank: « 1ᵉʳ », « 1ʳᵉ », « 2ᵉ ».

    Examples
    --------
    >>> ordinal(1), ordinal(1, feminine=True), ordinal(12)
    ('1ᵉʳ', '1ʳᵉ', '12ᵉ')
    """
    way = writing()
    return f"{rank}{suffix(way.ordinals_feminine if feminine else way.ordinals, rank)}"


def count_word(count: int, *, feminine: bool = False) -> str:
    """A small number in words, a larger one in digits.

    Examples
    --------
    >>> count_word(1, feminine=True), count_word(7), count_word(12)
    ('une', 'sept', '12')
    """
    way = writing()
    if count == 1 and feminine:
        return way.one_feminine
    return way.small[count] if 0 <= count < len(way.small) else number(count)


def plural(count: float, one: str, many: str) -> str:
    """A number with the form of the word that agrees with it (French plural from two).

    Examples
    --------
    >>> plural(1, "commune", "communes"), plural(3, "commune", "communes")
    ('1 commune', '3 communes')
    """
    return f"{number(count)} {one if writing().is_one(count) else many}"


def join(items: Sequence[str], word: str = "") -> str:
    """A list in words, the last item after ``word`` (« et » unless another is given).

    Examples
    --------
    >>> join(["Craon", "Ernée", "Évron"]), join(["Craon"]), join([])
    ('Craon, Ernée et Évron', 'Craon', '')
    """
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word or writing().and_} {items[-1]}"


def of(name: str) -> str:
    """A name after « de », with elision and contraction.

    Examples
    --------
    >>> of("Ernée"), of("Craon"), of("Le Mans"), of("le Pays de Craon"), of("les Coëvrons")
    ('d’Ernée', 'de Craon', 'du Mans', 'du Pays de Craon', 'des Coëvrons')
    >>> of("La Ferté-Macé"), of("L'Aigle"), of("l'Ernée"), of("infirmiers")
    ('de La Ferté-Macé', "de L'Aigle", "de l'Ernée", 'd’infirmiers')
    """
    way = writing()
    if not way.declined:
        return way.of.format(name=name)
    article, _, rest = name.partition(" ")
    if rest and article in {"le", "Le"}:
        return f"du {rest}"
    if rest and article in {"les", "Les"}:
        return f"des {rest}"
    if _VOWEL.match(name):
        return f"d’{name}"
    return way.of.format(name=name)


def calls(department: Department) -> dict[str, str]:
    """How sentences call a department: ``name``, ``of`` (« de la Mayenne »), ``in``.

    Examples
    --------
    >>> from demomed.core.catalogue import department
    >>> calls(department("53"))
    {'name': 'Mayenne', 'of': 'de la Mayenne', 'in': 'en Mayenne'}
    """
    way, name = writing(), department.name
    if way.declined:
        return {"name": name, "of": department.of, "in": department.in_}
    return {"name": name, "of": way.of.format(name=name), "in": way.inside.format(name=name)}


def capitalised(text: str) -> str:
    """The text with a capital first letter, the others untouched.

    Examples
    --------
    >>> capitalised("écarts nets dans l'Ernée")
    "Écarts nets dans l'Ernée"
    """
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """A fragment as a sentence: capital letter, one full stop.

    Examples
    --------
    >>> sentence("la carte se lit ainsi")
    'La carte se lit ainsi.'
    """
    body = capitalised(text.strip())
    return body if not body or body[-1] in ".?!" else f"{body}."


def typeset(text: str) -> str:
    """Prose of the catalogue in the language being written, with the typography of that language.

    Examples
    --------
    >>> typeset("« 100 000 habitants » : 1er janvier, 12 %").replace(NARROW, "_")
    '«_100_000 habitants_»_: 1ᵉʳ janvier, 12_%'
    """
    return _typeset(text, writing().code)


@lru_cache(maxsize=REMEMBERED)
def _typeset(text: str, language: str) -> str:
    way, text = writing_of(language), translated(text)
    text = re.sub(r"(?<=\w)'(?=\w)", "’", text)
    if not way.spaced:
        text = re.sub(r"[ \u00a0\u202f]+([;:?!%])", r"\1", text)
        text = re.sub(r"«\s*", way.quotes[0], re.sub(r"\s*»", way.quotes[1], text))
        return re.sub(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))", way.thousands, text)
    text = re.sub(r"[ \u00a0]+([;:?!%»])", NARROW + r"\1", text)
    text = re.sub(r"«[ \u00a0]*(?=\S)(?!\u202f)", "«" + NARROW, text)
    text = re.sub(r"(?<=\d)[ \u00a0](?=\d{3}(?!\d))", NARROW, text)
    return re.sub(r"\b1er\b", "1ᵉʳ", text)


def times(ratio: float) -> str:
    """How many times more or less, in words, or nothing when words would mislead.

    Halves up to three, whole numbers up to six, « environ » when it is not exact; nothing under
    nearly two (a difference, not a multiple) nor over six.

    Examples
    --------
    >>> times(2.0), times(1.9), times(2.5), times(1.2), times(3.04), times(8)
    ('deux fois', 'environ deux fois', 'deux fois et demie', '', 'trois fois', '')
    """
    if not math.isfinite(ratio) or not 1.8 <= ratio <= 6.05:
        return ""
    nearest = round(ratio * 2) / 2 if ratio < 3.25 else float(round(ratio))
    whole = int(nearest)
    way = writing()
    text = way.times.format(
        count=count_word(whole, feminine=True), half=way.half if nearest > whole else ""
    )
    return text if abs(ratio - nearest) <= 0.05 else way.about.format(times=text)
