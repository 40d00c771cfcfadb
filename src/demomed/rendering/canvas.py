"""Small drawings in SVG: scales, axes, lines, bars and marks, coloured by the page's theme."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from demomed.rendering.static_marks import text_element

CLASSES = frozenset(
    {
        "axis",
        "bar",
        "bar-soft",
        "grid",
        "halo",
        "hard",
        "line",
        "mark",
        "out",
        "small",
        "soft",
        "text",
    }
)
"""Looks of ``report.css``, without their prefix."""


@dataclass(frozen=True)
class Scale:
    """A straight scale from values to places on the drawing.

    Examples
    --------
    >>> Scale(0, 10, 50, 250)(5)
    150.0
    """

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """Place of a value; values outside the range fall outside the drawing."""
        span = (self.high - self.low) or 1.0
        return self.start + (value - self.low) / span * (self.stop - self.start)


def ticks(low: float, high: float, wanted: int = 5) -> tuple[float, ...]:
    """Round values that cover a range: steps of 1, 2 or 5 times a power of ten.

    Parameters
    ----------
    low, high
        Ends of the range; equal ends give one step around them.
    wanted
        About how many values.

    Examples
    --------
    >>> ticks(0, 93)
    (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
    """
    span = (high - low) or abs(high) or 1.0
    raw = span / max(wanted, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= raw * 0.999)
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return tuple(round(step * i, 12) for i in range(first, max(last, first + 1) + 1))


class Canvas:
    """One drawing under construction; its texts are escaped, its looks are the theme's.

    Parameters
    ----------
    width, height
        Size in units of the drawing; the page scales it to its column.
    title, description
        What a reader who cannot see it is told.
    key
        Identifier, unique on its page.

    Examples
    --------
    >>> canvas = Canvas(100, 50, "Effectifs", "Un trait.", key="essai")
    >>> canvas.line([(0, 0), (100, 50)], "line")
    >>> canvas.svg().startswith('<svg viewBox="0 0 100 50"')
    True
    """

    def __init__(
        self, width: float, height: float, title: str, description: str, *, key: str
    ) -> None:
        self.width, self.height = width, height
        self.root = ET.Element(
            "svg",
            {
                "viewBox": f"0 0 {width:g} {height:g}",
                "role": "img",
                "aria-labelledby": f"t-{key} d-{key}",
            },
        )
        text_element(self.root, "title", title, {"id": f"t-{key}"})
        text_element(self.root, "desc", description, {"id": f"d-{key}"})

    def line(
        self, points: Sequence[tuple[float, float]], look: str, *, close: bool = False
    ) -> None:
        """A broken line through places of the drawing."""
        path = "M" + "L".join(f"{_short(x)} {_short(y)}" for x, y in points) + "Z" * close
        self._add("path", look, {"d": path})

    def mark(
        self, x: float, y: float, look: str = "mark", *, radius: float = 4, tip: str = ""
    ) -> None:
        """A disc, with a text shown on hover when one is given."""
        element = self._add("circle", look, {"cx": _short(x), "cy": _short(y), "r": _short(radius)})
        if tip:
            text_element(element, "title", tip, {})

    def bar(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        look: str = "bar",
        *,
        colour: str = "",
        tip: str = "",
    ) -> None:
        """A rectangle; ``colour`` takes the place of the theme's when the colour is a value."""
        place = {
            "x": _short(x),
            "y": _short(y),
            "width": _short(max(width, 0)),
            "height": _short(max(height, 0)),
        }
        element = self._add(
            "rect", "" if colour else look, place | ({"fill": colour} if colour else {})
        )
        if tip:
            text_element(element, "title", tip, {})

    def text(
        self, x: float, y: float, text: str, look: str = "text", *, anchor: str = "start"
    ) -> None:
        """A line of text; ``anchor`` is ``start``, ``middle`` or ``end``."""
        text_element(
            self.root,
            "text",
            text,
            {"x": _short(x), "y": _short(y), "class": self._look(look), "text-anchor": anchor},
        )

    def axes(
        self,
        across: Scale,
        up: Scale,
        *,
        x_ticks: Sequence[float],
        y_ticks: Sequence[float],
        label: Callable[[float], str],
        x_title: str = "",
        y_title: str = "",
        x_label: Callable[[float], str] | None = None,
    ) -> None:
        """Grid lines with their values, the base line, and a title at the end of each axis."""
        for value in y_ticks:
            y = up(value)
            self.line([(across.start, y), (across.stop, y)], "grid")
            self.text(across.start - 6, y + 4, label(value), "small", anchor="end")
        self.line([(across.start, up.start), (across.stop, up.start)], "axis")
        for value in x_ticks:
            x = across(value)
            self.line([(x, up.start), (x, up.start + 4)], "axis")
            self.text(x, up.start + 18, (x_label or label)(value), "small", anchor="middle")
        if y_title:
            self.text(0, up.stop - 12, y_title, "small")
        if x_title:
            self.text(across.stop, up.start + 36, x_title, "small", anchor="end")

    def svg(self) -> str:
        """The drawing as one element."""
        return ET.tostring(self.root, encoding="unicode")

    def _add(self, tag: str, look: str, attributes: dict[str, str]) -> ET.Element:
        told = {"class": self._look(look)} if look else {}
        return ET.SubElement(self.root, tag, attributes | told)

    @staticmethod
    def _look(look: str) -> str:
        if look not in CLASSES:
            raise ValueError(f"unknown look: {look}")
        return f"g-{look}"


def _short(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
