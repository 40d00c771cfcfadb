"""A drawing as PNG: the same bytes everywhere, with fonts that travel with the package."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import resvg_py

from demomed.core.faults import Fault, InputError

WIDTH = 1200
"""Width of an image, pixels: a slide or half a printed page."""
FAMILY = "Source Sans Pro"
FONTS_SHA256: Mapping[str, str] = {
    "SourceSansPro-Regular.ttf": "b77f3a700edd0fc0dec73258f882d5c3926c77f5caf6800a201d2166568d2309",
    "SourceSansPro-It.ttf": "36133e9f508b0b4c639e84b2a09855350be0b13700ad729ab519aa78e5c48d20",
    "SourceSansPro-Semibold.ttf": "b440fd42fd5a54e1b252731deca9cc86604bee6ffa99281f5874c3476eb17eae",
    "SourceSansPro-Bold.ttf": "2efc3a95d076f2d04c5928c0ad698b7c61cc302d6f6e79e9643cd3722f7becc2",
}
"""Fonts of the images (SIL Open Font License), by hash: another font would move every label."""


def png_of(svg: str, *, width: int = WIDTH) -> bytes:
    """A drawing as a PNG image.

    Parameters
    ----------
    svg
        An SVG document; whatever fonts it asks for, the one of the package is used.
    width
        Width of the image, pixels.

    Returns
    -------
    bytes
        The same for the same drawing: neither the fonts nor the libraries of the machine are used.

    Raises
    ------
    InputError
        If a font is not the one that was verified, or if the drawing cannot be read.

    Examples
    --------
    >>> box = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><rect width="2" height="1"/></svg>'
    >>> png_of(box, width=20)[:4]
    b'\\x89PNG'
    """
    try:
        drawn = resvg_py.svg_to_bytes(
            svg_string=svg,
            skip_system_fonts=True,
            font_files=list(_fonts()),
            style_sheet=f"* {{ font-family: '{FAMILY}' }}",
            width=width,
        )
    except ValueError as error:
        raise InputError(
            Fault(
                "image", f"un dessin illisible ({error})", "un dessin SVG", "le dessiner à nouveau"
            )
        ) from error
    return bytes(drawn)


@cache
def _fonts() -> tuple[str, ...]:
    found = []
    for name, expected in FONTS_SHA256.items():
        with as_file(files("font_source_sans_pro") / "files" / name) as path:
            if hashlib.sha256(path.read_bytes()).hexdigest() != expected:
                raise InputError(
                    Fault(
                        name,
                        "une police différente de celle que demomed a vérifiée",
                        f"{FAMILY} telle que publiée",
                        "réinstaller font-source-sans-pro à la version demandée",
                    )
                )
            found.append(str(Path(path)))
    return tuple(found)
