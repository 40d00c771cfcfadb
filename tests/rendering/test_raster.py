"""Images of the maps: drawn the same everywhere, from the fonts of the package alone."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys

import pytest

from demomed.core.faults import InputError
from demomed.rendering import raster
from demomed.rendering.page import twin
from demomed.rendering.raster import WIDTH, png_of

PIL = pytest.importorskip("PIL.Image")


def opened(content: bytes):
    return PIL.open(io.BytesIO(content)).convert("RGB")


def test_image_holds_the_colours_of_the_map(toy):
    document = toy.toy_document("offre")
    image = opened(png_of(twin(document)))
    assert image.width == WIDTH
    found = {
        "#{:02x}{:02x}{:02x}".format(*pixel) for _, pixel in image.getcolors(maxcolors=1 << 24)
    }
    layer = next(x for x in document.layers if x.id == document.default_layer)
    values = layer.levels[document.default_level]
    used = {values.colours[k] for k in values.classes if k is not None}
    assert used
    assert used <= found


def test_texts_are_drawn_whatever_font_is_asked_for():
    def drawn(text: str, family: str) -> bytes:
        return png_of(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 40">'
            f'<text x="4" y="28" font-size="24" font-family="{family}">{text}</text></svg>',
            width=300,
        )

    said = drawn("1ᵉʳ – 10\u202f000 œuvres", "system-ui, Arial")
    assert said == drawn("1ᵉʳ – 10\u202f000 œuvres", "DejaVu Serif")
    assert said != drawn("", "Arial")


def test_same_bytes_in_another_process(toy, tmp_path):
    svg = str(twin(toy.toy_document("offre")))
    (tmp_path / "carte.svg").write_text(svg, encoding="utf-8")
    code = (
        "import hashlib, pathlib, sys\n"
        "from demomed.rendering.raster import png_of\n"
        "svg = pathlib.Path(sys.argv[1]).read_text(encoding='utf-8')\n"
        "sys.stdout.write(hashlib.sha256(png_of(svg)).hexdigest())\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "carte.svg")],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Tokyo", "HOME": "/"},
    ).stdout
    assert said == hashlib.sha256(png_of(svg)).hexdigest()


def test_what_is_no_drawing_is_refused():
    with pytest.raises(InputError, match="illisible"):
        png_of("<p>rien</p>")


def test_another_font_is_refused(monkeypatch):
    raster._fonts.cache_clear()
    monkeypatch.setattr(raster, "FONTS_SHA256", {"SourceSansPro-Regular.ttf": "0"})
    with pytest.raises(InputError, match="police"):
        png_of("<svg/>")
    raster._fonts.cache_clear()
