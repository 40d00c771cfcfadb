"""Names and values of the static drawing, each where there is room for it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

import numpy as np
import shapely

from demomed.rendering.static_marks import text_element

NAME_SIZE, VALUE_SIZE, LINE_HEIGHT = 17, 21, 18
MOST_LETTERS = 16
"""Letters of a line of a name."""
LETTER = 0.5
"""Mean width of a letter, in its size."""
HALF = 0.45
"""Half of a label that another may not touch: a little less than half of it, for letters are not boxes."""
LONGEST_LABEL = 40
"""Letters of a value above which its label is a short mark, as on the map of the page."""


class Label(NamedTuple):
    """What is written on a zone: its place, the lines of its name, its value."""

    x: float
    y: float
    name: tuple[str, ...]
    value: str

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, north, east and south of what no other label may cover."""
        across = [LETTER * NAME_SIZE * len(line) for line in self.name]
        half = HALF * max([*across, LETTER * VALUE_SIZE * len(self.value)])
        middle = self.y - 3  # whatever the number of lines: they are written around the place
        tall = HALF * (LINE_HEIGHT * len(self.name) + VALUE_SIZE)
        return self.x - half, middle - tall, self.x + half, middle + tall


def placed_labels(
    places: np.ndarray, names: Sequence[str], values: Sequence[str], areas: np.ndarray
) -> tuple[Label, ...]:
    """Labels that do not cover one another: values first, then names, the widest zones first.

    Parameters
    ----------
    places
        Where the label of each zone is, in units of the drawing.
    names, values
        What is written there.
    areas
        Area of each zone: the greatest have their value, then their name, first.

    Returns
    -------
    tuple of Label
        In the order of the zones; a zone without room even for its value has none.

    Examples
    --------
    >>> places = np.array([[100.0, 100.0], [110.0, 96.0], [118.0, 132.0]])
    >>> made = placed_labels(places, ["Oise", "Paris", "Essonne"], ["63", "99", "62"], np.array([9, 1, 5]))
    >>> [(label.name, label.value) for label in made]
    [(('Oise',), '63'), ((), '62')]
    """
    order = sorted(range(len(names)), key=lambda i: (-areas[i], i))
    kept: dict[int, Label] = {}
    boxes: dict[int, shapely.Geometry] = {}
    for named in (False, True):
        for position in order:
            x, y = map(float, places[position])
            name = tuple(textwrap.wrap(names[position], MOST_LETTERS)) if named else ()
            label = Label(x, y, name, values[position])
            box = shapely.box(*label.box)
            if (not named or position in kept) and not any(
                box.intersects(other) for at, other in boxes.items() if at != position
            ):
                kept[position], boxes[position] = label, box
    return tuple(kept[position] for position in sorted(kept))


def draw_labels(area: ET.Element, labels: Sequence[Label], colours: Mapping[str, str]) -> None:
    """Write labels over a map, each with a white edge."""
    group = ET.SubElement(
        area,
        "g",
        {
            "text-anchor": "middle",
            "stroke": "#ffffff",
            "stroke-width": "4",
            "paint-order": "stroke",
            "fill": colours["ink"],
        },
    )
    for label in labels:
        x, top = f"{label.x:.0f}", label.y - 9 * len(label.name)
        for line in label.name:
            text_element(
                group, "text", line, {"x": x, "y": f"{top:.0f}", "font-size": f"{NAME_SIZE}"}
            )
            top += LINE_HEIGHT
        bold = {"x": x, "y": f"{top + 4:.0f}", "font-size": f"{VALUE_SIZE}", "font-weight": "600"}
        text_element(group, "text", label.value, bold)
