"""Marks of the static drawing: lines of text, paths, hatches and dots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import shapely

WIDTH, MARGIN, LEGEND = 1000.0, 24.0, 400.0
"""Width of the map, margin, and width of the legend, in units of the drawing."""
LINE = 26.0
"""Height of a line of text."""
PIXEL = 1.7
"""Units of the drawing for one pixel of the screen: sizes of circles follow."""
_INVALID_XML = {c: None for c in range(32) if c not in (9, 10, 13)} | {0xFFFE: None, 0xFFFF: None}


@dataclass(frozen=True)
class Frame:
    """From Lambert-93 metres to the drawing: scale, origin and size."""

    scale: float
    west: float
    north: float
    top: float
    height: float

    def place(self, xy: np.ndarray) -> np.ndarray:
        """Metres to units of the drawing."""
        x = MARGIN + (xy[:, 0] - self.west) * self.scale
        y = self.top + (self.north - xy[:, 1]) * self.scale
        return np.column_stack([x, y])

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north of what the drawing shows, in metres."""
        width, height = WIDTH / self.scale, self.height / self.scale
        return self.west, self.north - height, self.west + width, self.north


def text_element(
    parent: ET.Element, tag: str, text: str, attributes: Mapping[str, str]
) -> ET.Element:
    """Add an element that holds a text, without the characters XML forbids."""
    element = ET.SubElement(parent, tag, dict(attributes))
    element.text = text.translate(_INVALID_XML)
    return element


def text_lines(
    parent: ET.Element,
    lines: Sequence[str],
    x: float,
    y: float,
    size: float,
    *,
    weight: str = "",
    colour: str = "",
    step: float = LINE,
) -> float:
    """Write lines of text one under the other; returns the place of the next one."""
    for line in lines:
        attributes = {"x": f"{x:.0f}", "y": f"{y:.0f}", "font-size": f"{size:g}"}
        if weight:
            attributes["font-weight"] = weight
        if colour:
            attributes["fill"] = colour
        text_element(parent, "text", line, attributes)
        y += step
    return y


def patterns(root: ET.Element, key: str, theme: Mapping[str, Any]) -> None:
    """Hatches and dots that still differ in grey."""
    colours = theme["colours"]
    defs = ET.SubElement(root, "defs")
    drawings = {
        "missing": (14, "M-2 2l4-4M0 14L14 0M12 16l4-4", colours["hatch"], "2", colours["panel"]),
        "unstable": (10, "M-2 8l4 4M0 0l10 10M8-2l4 4", colours["ink"], "1", ""),
        "not_applicable": (12, "M0 6h12", colours["rules"], "2", colours["panel"]),
        "coarse": (12, "M0 6h12M6 0v12", colours["hatch"], "1", colours["panel"]),
    }
    for name, (size, path, stroke, width, paper) in drawings.items():
        pattern = _pattern(defs, f"{name}-{key}", size, paper)
        ET.SubElement(
            pattern,
            "path",
            {"d": path, "stroke": stroke, "stroke-width": width, "fill": "none"}
            | ({"stroke-opacity": ".55"} if name == "unstable" else {}),
        )
    dots = _pattern(defs, f"masked-{key}", 12, colours["panel"])
    for x, y in ((3, 3), (9, 9)):
        ET.SubElement(
            dots, "circle", {"cx": str(x), "cy": str(y), "r": "2", "fill": colours["hatch"]}
        )


def _pattern(defs: ET.Element, name: str, size: int, paper: str) -> ET.Element:
    pattern = ET.SubElement(
        defs,
        "pattern",
        {"id": name, "width": str(size), "height": str(size), "patternUnits": "userSpaceOnUse"},
    )
    if paper:
        ET.SubElement(pattern, "rect", {"width": str(size), "height": str(size), "fill": paper})
    return pattern


def path_of(shape: Any, frame: Frame) -> str:
    """Whole steps from point to point: a tenth of the weight of absolute coordinates."""
    pieces = []
    for part in shapely.get_parts(shape):
        lines = [part] if part.geom_type == "LineString" else [part.exterior, *part.interiors]
        for line in lines:
            xy = np.rint(frame.place(shapely.get_coordinates(line))).astype(int)
            steps = np.diff(xy, axis=0)
            steps = steps[(steps != 0).any(axis=1)]
            if not len(steps):
                continue
            moves = "".join(
                f"{value}" if value < 0 else f" {value}" for value in steps.ravel().tolist()
            )
            close = "" if part.geom_type == "LineString" else "z"
            pieces.append(f"M{xy[0][0]} {xy[0][1]}l{moves.lstrip()}{close}")
    return "".join(pieces)
