"""Shapes that share their borders, each border written once and in few characters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import shapely

STEPS = 2_000
"""Steps per degree: some fifty metres, a pixel or two at the closest zoom of the page."""
TOLERANCE = 2.0
"""Steps by which a simplified border may leave the true one: some hundred metres."""
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

Point = tuple[int, int]
Line = tuple[Point, ...]


def folded_sign(step: int) -> int:
    """A step as a whole number: twice itself, or one less than twice its size when it goes back."""
    return -2 * step - 1 if step < 0 else 2 * step


def unfolded_sign(number: int) -> int:
    """A step back from :func:`folded_sign`."""
    return -(number >> 1) - 1 if number & 1 else number >> 1


def encode_integers(numbers: Iterable[int]) -> str:
    """Whole numbers, none negative, as text: five bits a character, the sixth for « more ».

    Examples
    --------
    >>> encode_integers([0, 31, 32]), decode_integers("AfgB")
    ('AfgB', [0, 31, 32])
    """
    text: list[str] = []
    for rest in numbers:
        while rest > 31:
            text.append(ALPHABET[(rest & 31) | 32])
            rest >>= 5
        text.append(ALPHABET[rest])
    return "".join(text)


def decode_integers(text: str) -> list[int]:
    """Whole numbers back from :func:`encode_integers`."""
    numbers, value, shift = [], 0, 0
    for character in text:
        bits = ALPHABET.index(character)
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            numbers.append(value)
            value = shift = 0
    return numbers


def encode_line(points: Iterable[Point]) -> str:
    """Points in whole steps as text: differences, five bits a character, the sixth for « more ».

    Parameters
    ----------
    points
        Longitude and latitude in steps.

    Examples
    --------
    >>> encode_line([(0, 0), (1, -1), (20, 40)])
    'AACBmByC'
    """
    steps: list[int] = []
    before_x = before_y = 0
    for x, y in points:
        steps += (folded_sign(x - before_x), folded_sign(y - before_y))
        before_x, before_y = x, y
    return encode_integers(steps)


def decode_line(text: str) -> list[Point]:
    """Points back from :func:`encode_line`, as the page's script reads them.

    Examples
    --------
    >>> decode_line("AACBmByC")
    [(0, 0), (1, -1), (20, 40)]
    """
    numbers = [unfolded_sign(number) for number in decode_integers(text)]
    points, x, y = [], 0, 0
    for i in range(0, len(numbers), 2):
        x, y = x + numbers[i], y + numbers[i + 1]
        points.append((x, y))
    return points


class Topology:
    """Borders of many shapes, cut where they meet and kept once.

    Parameters
    ----------
    geometries
        Every GeoJSON geometry that will be asked for; ``None`` is an empty one.

    Examples
    --------
    >>> left = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}
    >>> right = {"type": "Polygon", "coordinates": [[[1, 0], [2, 0], [2, 1], [1, 1], [1, 0]]]}
    >>> topology = Topology([left, right])
    >>> topology.shape(left), topology.shape(right), len(topology.arcs)
    ([[[0, 1]]], [[[2, -1]]], 3)
    """

    def __init__(self, geometries: Iterable[Mapping[str, Any] | None]) -> None:
        self._places: dict[Line, int] = {}
        self._drawn: dict[Line, int] = {}
        self._seen: dict[Point, frozenset[Point]] = {}
        self._junctions: set[Point] = set()
        for geometry in geometries:
            for line in _lines(geometry):
                self._meet(line)

    @property
    def arcs(self) -> list[str]:
        """Every border asked for so far, simplified and encoded, in the order of first use.

        Shapes on both sides of a border read the same line, so that none comes apart; two borders
        that are the same once simplified are one.
        """
        return [encode_line(line) for line in self._drawn]

    def shape(self, geometry: Mapping[str, Any] | None) -> list[Any]:
        """A geometry as places of its borders, ``-1 - place`` for one read backwards.

        Parameters
        ----------
        geometry
            One of those given at the start.

        Returns
        -------
        list
            Polygons, each a list of rings; or ``["L", line, …]`` for lines.
        """
        if geometry is None:
            return []
        kind = geometry["type"]
        if kind in ("LineString", "MultiLineString"):
            return ["L", *(self._ring(line) for line in _lines(geometry))]
        drawn = [
            [self._ring(ring) for ring in map(_quantised, polygon) if len(ring) > 3]
            for polygon in polygons(geometry)
        ]
        return [polygon for polygon in drawn if polygon]

    def _meet(self, line: Line) -> None:
        closed = line[0] == line[-1]
        body = line[:-1] if closed else line
        for i, point in enumerate(body):
            if not closed and i in (0, len(body) - 1):
                self._junctions.add(point)
                continue
            around = frozenset((body[i - 1], body[(i + 1) % len(body)]))
            if self._seen.setdefault(point, around) != around:
                self._junctions.add(point)

    def _ring(self, line: Line) -> list[int]:
        if line[0] == line[-1]:
            body = line[:-1]
            starts = [i for i, point in enumerate(body) if point in self._junctions]
            first = starts[0] if starts else body.index(min(body))
            line = (*body[first:], *body[:first], body[first])
        cuts = [i for i, point in enumerate(line) if point in self._junctions]
        ends = sorted({0, *cuts, len(line) - 1})
        return [self._arc(line[a : b + 1]) for a, b in pairwise(ends)]

    def _arc(self, line: Line) -> int:
        if line in self._places:
            return self._places[line]
        back = line[::-1]
        if back in self._places:
            return -1 - self._places[back]
        drawn = tuple(_simplified(line))
        if drawn[::-1] in self._drawn and drawn not in self._drawn:
            self._places[line] = -1 - self._drawn[drawn[::-1]]
        else:
            self._places[line] = self._drawn.setdefault(drawn, len(self._drawn))
        return self._places[line]


def _simplified(line: Line) -> list[Point]:
    closed = line[0] == line[-1]
    tolerance = TOLERANCE if len(line) > 8 or not closed else 0.0
    kept = shapely.simplify(shapely.LineString(line), tolerance, preserve_topology=closed)
    points = [(round(x), round(y)) for x, y in shapely.get_coordinates(kept)]
    return points if not closed or len(points) > 3 else list(line)


def _quantised(points: Sequence[Sequence[float]]) -> Line:
    line: list[Point] = []
    for point in points:
        step = (round(point[0] * STEPS), round(point[1] * STEPS))
        if not line or line[-1] != step:
            line.append(step)
    return tuple(line)


def polygons(geometry: Mapping[str, Any]) -> list[Any]:
    """Coordinates of every polygon of a GeoJSON geometry, none for points and lines.

    Examples
    --------
    >>> polygons({"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [0, 1], [0, 0]]]]})
    [[[[0, 0], [1, 0], [0, 1], [0, 0]]]]
    """
    if geometry["type"] == "Polygon":
        return [geometry["coordinates"]]
    if geometry["type"] == "MultiPolygon":
        return list(geometry["coordinates"])
    if geometry["type"] == "GeometryCollection":
        return [polygon for part in geometry["geometries"] for polygon in polygons(part)]
    return []


def _lines(geometry: Mapping[str, Any] | None) -> list[Line]:
    """Rings and lines of a geometry that keep a length once in whole steps."""
    if geometry is None:
        return []
    if geometry["type"] == "LineString":
        found, least = [geometry["coordinates"]], 2
    elif geometry["type"] == "MultiLineString":
        found, least = list(geometry["coordinates"]), 2
    else:
        found, least = [ring for polygon in polygons(geometry) for ring in polygon], 4
    return [line for line in map(_quantised, found) if len(line) >= least]
