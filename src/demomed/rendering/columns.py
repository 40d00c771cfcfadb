"""Columns of zones in few characters: numbers, codes, shapes, classes; ``core.js`` reads them back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Any

from demomed.rendering.topology import decode_integers, encode_integers, folded_sign, unfolded_sign

MOST_DIGITS, GREATEST = 6, 2**50
"""Decimals and whole number beyond which a column is written in full."""


def encode_numbers(values: Sequence[float | None]) -> str:
    """Numbers as decimals, smallest and differences to it, five bits a character; 0 for nothing.

    Numbers of too many digits are written in full, separated by « ; ».

    Examples
    --------
    >>> encode_numbers([62.0, None, 0.5]), encode_numbers([1 / 3, None])
    ('1~5~oTAB', '0.3333333333333333;')
    """
    exact = [None if v is None else Decimal(repr(float(v))).normalize() for v in values]
    known = [v for v in exact if v is not None]
    digits = max((max(0, -int(v.as_tuple().exponent)) for v in known), default=0)
    if digits > MOST_DIGITS or any(abs(v).scaleb(digits) > GREATEST for v in known):
        return ";".join("" if v is None else repr(int(v) if v == int(v) else v) for v in values)
    whole = [None if v is None else int(v.scaleb(digits)) for v in exact]
    low = min((v for v in whole if v is not None), default=0)
    return f"{digits}~{low}~{encode_integers(0 if v is None else v - low + 1 for v in whole)}"


def decode_numbers(coded: str, count: int) -> list[float | None]:
    """Numbers back from :func:`encode_numbers`; nothing at all is nothing for each zone.

    Examples
    --------
    >>> decode_numbers("1~5~oTAB", 3), decode_numbers("", 2)
    ([62.0, None, 0.5], [None, None])
    """
    if not coded:
        return [None] * count
    if "~" not in coded:
        return [float(text) if text else None for text in coded.split(";")][:count]
    digits, low, text = coded.split("~")
    found = [
        (number - 1 + int(low)) / 10 ** int(digits) if number else None
        for number in decode_integers(text)
    ]
    return [*found, *[None] * (count - len(found))][:count]


def encode_codes(codes: Sequence[str]) -> str:
    """Codes of digits as their width and the steps between them; others in full.

    Examples
    --------
    >>> encode_codes(["01001", "01002", "01004"]), encode_codes(["2A004", "2A006"])
    ('5~y-BCE', '2A004;2A006')
    """
    width = len(codes[0]) if codes else 0
    if not codes or not all(re.fullmatch(rf"[0-9]{{{width}}}", code) for code in codes):
        return ";".join(codes)
    numbers = [0, *map(int, codes)]
    return f"{width}~{encode_integers(folded_sign(b - a) for a, b in pairwise(numbers))}"


def decode_codes(text: str) -> list[str]:
    """Codes back from :func:`encode_codes`.

    Examples
    --------
    >>> decode_codes(encode_codes(["01001", "01002", "01004"])), decode_codes("")
    (['01001', '01002', '01004'], [])
    """
    width, sign, steps = text.partition("~")
    if not sign:
        return text.split(";") if text else []
    places = accumulate(unfolded_sign(step) for step in decode_integers(steps))
    return [f"{place:0{int(width)}}" for place in places]


def encode_shapes(shapes: Iterable[Sequence[Any]]) -> str:
    """Shapes of a topology as text: « ; » between them, « | » between polygons, « / » between rings.

    A border numbered one more than the greatest before it is written « + »; another one as its step
    from the border before it, and whether it is read backwards.

    Examples
    --------
    >>> encode_shapes([[[[0, 1, 2]]], [[[3, -2], [4]], [[5]]], []])
    '+++;+H/+|+;'
    """
    top, before = -1, 0

    def written(place: int) -> str:
        nonlocal top, before
        at = place if place >= 0 else -1 - place
        step, is_next = at - before, place == top + 1
        top, before = max(top, at), at
        return "+" if is_next else encode_integers([2 * folded_sign(step) + (place < 0)])

    return ";".join(
        "|".join("/".join("".join(map(written, ring)) for ring in polygon) for polygon in shape)
        for shape in shapes
    )


def class_letters(classes: Sequence[int | None]) -> str:
    """Classes as letters, « - » for none.

    Examples
    --------
    >>> class_letters([0, None, 2])
    'a-c'
    """
    return "".join("-" if c is None else chr(ord("a") + c) for c in classes)


def classes_between(
    values: Sequence[float | None], bounds: Sequence[float], zeros: Sequence[bool]
) -> list[int | None]:
    """Class of each value that is not a true zero, from the bounds as the legend orders them.

    Parameters
    ----------
    values
        One per zone.
    bounds
        Bounds of the classes, falling when the first class is that of the greatest values; a class
        holds its upper bound.
    zeros
        Whether a zone is a true zero, of no class.

    Examples
    --------
    >>> classes_between([2.0, 2.4, 2.41, None, 0.0], (7.9, 2.4, 2.0), [False] * 4 + [True])
    [1, 1, 0, None, None]
    """
    inner = list(bounds[1:-1])
    falls = len(bounds) > 1 and bounds[0] > bounds[-1]
    found: list[int | None] = []
    for value, is_zero in zip(values, zeros, strict=True):
        if value is None or is_zero:
            found.append(None)
            continue
        rank = sum(value > bound for bound in inner)
        found.append(len(inner) - rank if falls else rank)
    return found
