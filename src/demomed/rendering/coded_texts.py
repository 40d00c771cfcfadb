"""What the cells of a page read, in few characters: patterns, numbers, bounds told by intervals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from demomed.core.document import LevelValues, PastValues
from demomed.rendering import french
from demomed.rendering.columns import MOST_DIGITS, decode_numbers, encode_numbers
from demomed.rendering.language import writing

STATUS_LETTERS: Mapping[str, str] = {
    "value": "v",
    "zero": "z",
    "missing": "m",
    "unstable": "u",
    "masked": "k",
    "coarse": "c",
    "not_applicable": "n",
}
"""One letter per status; ``core.js`` holds the same list the other way round."""

_NUMBER = re.compile(r"\d[\d\u202f\u00a0]*(?:,\d+)?")


def encode_texts(texts: Sequence[str]) -> dict[str, Any] | None:
    """Texts that differ by their numbers as patterns, then numbers; ``None`` if all are empty.

    Parameters
    ----------
    texts
        One text per zone.

    Returns
    -------
    dict or None
        ``p``: patterns with « # » for each number; ``x``: per zone, separated by « ; », nothing
        or the number of its pattern followed by its numbers, joined by « | ».

    Examples
    --------
    >>> encode_texts(["31 à 54", "", "8 à 12"])
    {'p': ['# à #'], 'x': '0|31|54;;0|8|12'}
    """
    if not any(texts):
        return None
    patterns: dict[str, int] = {}
    coded = []
    for text in texts:
        if not text:
            coded.append("")
            continue
        if "#" in text or "|" in text:
            pattern, numbers = text.replace("#", "\\#"), []
        else:
            pattern, numbers = _NUMBER.sub("#", text), _NUMBER.findall(text)
        place = patterns.setdefault(pattern, len(patterns))
        coded.append("|".join([str(place), *numbers]))
    return {"p": list(patterns), "x": ";".join(coded)}


def decode_texts(coded: Mapping[str, Any] | None, count: int) -> list[str]:
    """Texts back from :func:`encode_texts`, as the page's script reads them.

    Examples
    --------
    >>> decode_texts({"p": ["# à #"], "x": "0|31|54;"}, 2)
    ['31 à 54', '']
    """
    if not coded:
        return [""] * count
    texts = []
    for code in coded["x"].split(";"):
        if not code:
            texts.append("")
            continue
        place, *numbers = code.split("|")
        left = iter(numbers)
        texts.append(
            re.sub(
                r"\\?#",
                lambda sign, left=left: next(left) if sign[0] == "#" else "#",  # type: ignore[misc]
                coded["p"][int(place)],
            )
        )
    return texts


def fold(text: str) -> str:
    """Letters with the number of times each is repeated, nothing for once.

    Examples
    --------
    >>> fold("vvvkv"), unfold("v3kv")
    ('v3kv', 'vvvkv')
    """
    return re.sub(r"(\D)\1+", lambda run: f"{run[1]}{len(run[0])}", text)


def unfold(text: str) -> str:
    """Letters back from :func:`fold`, as the page's script reads them."""
    return re.sub(r"(\D)(\d*)", lambda run: run[1] * int(run[2] or 1), text)


def past_values(told: Mapping[str, Any], last: Mapping[str, Any]) -> dict[str, Any]:
    """An earlier date of a level with its values as those of the last date are coded."""
    count = len(unfold(told["s"]))
    steps, now = (decode_numbers(coded["v"], count) for coded in (told, last))
    values = [
        None if step is None else round(step + (value or 0.0), MOST_DIGITS)
        for step, value in zip(steps, now, strict=True)
    ]
    return {**told, "v": encode_numbers(values)}


def decode_ends(values: Mapping[str, Any], count: int) -> tuple[list[float | None], ...]:
    """Lower and upper bounds of one layer at one level: told apart, or those of its intervals."""
    if "lo" in values or not values.get("i"):
        return tuple(decode_numbers(values.get(key, ""), count) for key in ("lo", "hi"))
    return told_ends(decode_texts(values["i"], count))


def _written() -> re.Pattern[str]:
    """A number as the language being spoken writes it."""
    return _NUMBER if writing().decimal == "," else re.compile(r"\d[\d,]*(?:\.\d+)?")


def told_ends(intervals: Sequence[str]) -> tuple[list[float | None], ...]:
    """The two numbers that each interval writes, nothing where it does not write two.

    Examples
    --------
    >>> told_ends(["31 à 54,5", ""])
    ([31.0, None], [54.5, None])
    """
    way = writing()
    lows: list[float | None] = []
    highs: list[float | None] = []
    for text in intervals:
        found = [
            float(one.replace(way.thousands, "").replace(way.decimal, "."))
            for one in _written().findall(text)
        ]
        low, high = found if len(found) == 2 else (None, None)
        lows.append(low)
        highs.append(high)
    return lows, highs


def encode_shown(values: LevelValues | PastValues, decimals: int) -> dict[str, str]:
    """Shown texts that are not just the value written in French.

    Parameters
    ----------
    values
        Values of one layer at one level.
    decimals
        Decimals shown.

    Returns
    -------
    dict
        By the letter of a status, the text of its zones without value; by position, the others.
    """
    apart: dict[str, str] = {}
    for i, (value, text) in enumerate(zip(values.values, values.texts, strict=True)):
        letter = STATUS_LETTERS[values.statuses[i]]
        if value is None:
            if apart.setdefault(letter, text) != text:
                apart[str(i)] = text
        elif text != french.number(value, decimals):
            apart[str(i)] = text
    return apart


def decode_shown(values: Mapping[str, Any], decimals: int) -> list[str]:
    """Shown texts of one layer at one level, as the page's script reads them."""
    shown = []
    statuses = unfold(values["s"])
    if names := values.get("k"):
        letters = unfold(values["c"])
        return [
            values["t"][status] if letter == "-" else names[ord(letter) - ord("a")]
            for status, letter in zip(statuses, letters, strict=True)
        ]
    for i, value in enumerate(decode_numbers(values["v"], len(statuses))):
        text = values["t"].get(str(i))
        if text is None:
            text = values["t"][statuses[i]] if value is None else french.number(value, decimals)
        shown.append(text)
    return shown
