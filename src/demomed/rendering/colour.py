"""Colours measured: perceptual distance, colour-blind simulation, grey, contrast, ramps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

Vision = Literal["normal", "deuteranopia", "protanopia", "grey"]
VISIONS: tuple[Vision, ...] = ("normal", "deuteranopia", "protanopia", "grey")

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = _TO_XYZ.sum(axis=1)
_SIMULATION = {
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "grey": np.tile(_LUMINANCE, (3, 1)),
}


def parse(colours: Sequence[str]) -> np.ndarray:
    """Hexadecimal colours as rows of red, green, blue in [0, 1].

    Examples
    --------
    >>> parse(["#ff0000"]).tolist()
    [[1.0, 0.0, 0.0]]
    """
    return np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in colours]).reshape(
        -1, 3
    )


def hexadecimal(rgb: np.ndarray) -> tuple[str, ...]:
    """Rows of red, green, blue in [0, 1] as hexadecimal colours."""
    levels = np.floor(np.clip(rgb, 0, 1) * 255 + 0.5).astype(int)
    return tuple(f"#{r:02x}{g:02x}{b:02x}" for r, g, b in levels.tolist())


def _linear(rgb: np.ndarray) -> np.ndarray:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _gamma(linear: np.ndarray) -> np.ndarray:
    clipped = np.clip(linear, 0, 1)
    return np.where(clipped <= 0.0031308, clipped * 12.92, 1.055 * clipped ** (1 / 2.4) - 0.055)


def _lab(linear: np.ndarray) -> np.ndarray:
    t = np.clip(linear, 0, 1) @ _TO_XYZ.T / _WHITE
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.column_stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])]
    )


def _unlab(lab: np.ndarray) -> np.ndarray:
    middle = (lab[:, 0] + 16) / 116
    f = np.column_stack([middle + lab[:, 1] / 500, middle, middle - lab[:, 2] / 200])
    t = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29))
    return (t * _WHITE) @ np.linalg.inv(_TO_XYZ).T


def differences(colours: Sequence[str], vision: Vision = "normal") -> np.ndarray:
    """Distance between each colour and the next as a reader with that vision sees them.

    Distance of the CIE 1976 L*a*b* space; colour-blindness simulated with the matrices of
    Machado, Oliveira and Fernandes (2009) at full severity; grey keeps the luminance.

    Parameters
    ----------
    colours
        Hexadecimal colours, in the order of the classes.
    vision
        ``"normal"``, ``"deuteranopia"``, ``"protanopia"`` or ``"grey"``.

    Returns
    -------
    ndarray
        One distance fewer than there are colours (ΔE).

    Examples
    --------
    >>> differences(["#ffffff", "#000000"]).round(1).tolist()
    [100.0]
    """
    linear = _linear(parse(colours))
    if vision != "normal":
        linear = linear @ _SIMULATION[vision].T
    return np.sqrt((np.diff(_lab(linear), axis=0) ** 2).sum(axis=1))


def luminance(colours: Sequence[str]) -> np.ndarray:
    """Relative luminance of each colour, from 0 (black) to 1 (white)."""
    return _linear(parse(colours)) @ _LUMINANCE


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours as the accessibility rules define it, from 1 to 21.

    Examples
    --------
    >>> round(contrast("#ffffff", "#000000"), 1)
    21.0
    """
    light, dark = sorted(luminance([first, second]), reverse=True)
    return float((light + 0.05) / (dark + 0.05))


def ramp(anchors: Sequence[str], count: int) -> tuple[str, ...]:
    """A palette of ``count`` colours along its anchors, evenly spaced for the eye.

    One class takes the middle of the palette and two its quarter points, so that a map with
    few classes is not drawn in the two extremes.

    Examples
    --------
    >>> ramp(["#000000", "#ffffff"], 3)
    ('#000000', '#777777', '#ffffff')
    """
    if count == len(anchors):
        return tuple(colour.lower() for colour in anchors)
    where = {1: np.array([0.5]), 2: np.array([0.25, 0.75])}.get(count, np.linspace(0, 1, count))
    lab = _lab(_linear(parse(anchors)))
    steps = np.linspace(0, 1, len(anchors))
    mixed = np.column_stack([np.interp(where, steps, lab[:, axis]) for axis in range(3)])
    return hexadecimal(_gamma(_unlab(mixed)))
