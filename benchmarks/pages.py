"""Weight and speed of the published pages, beside a default folium page of the same content.

Run: ``python benchmarks/pages.py 53 41 61``. Chromium is looked for at ``$CHROMIUM`` or
``/usr/bin/chromium``; without it only weights are measured.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import folium

from demomed import pipeline
from demomed.core.document import MapDocument, ZoneSet
from demomed.rendering.page import render_page

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
SWITCH = """async () => {
  const commune = document.querySelector('input[name=maille][value=commune]');
  const frame = () => new Promise(done => requestAnimationFrame(done));
  const before = performance.now();
  if (commune && !commune.checked) commune.click();
  document.body.getBoundingClientRect();
  const level = performance.now() - before;
  await frame();
  const inputs = [...document.querySelectorAll('input[name=indicateur]')];
  const times = [];
  for (const input of [...inputs, ...inputs]) {
    const start = performance.now();
    input.click();
    document.body.getBoundingClientRect();
    times.push(performance.now() - start);
    await frame();
  }
  times.sort((a, b) => a - b);
  return {median: times[times.length >> 1], worst: times[times.length - 1], level,
          zones: document.querySelectorAll('.leaflet-overlay-pane path').length};
}"""


def default_folium(document: MapDocument) -> bytes:
    """One Choropleth per layer and level: what a first attempt with folium gives (files not counted)."""
    board = folium.Map(tiles=None)
    for layer in document.layers:
        for level, values in layer.levels.items():
            zones = document.zones[level]
            known = {c: v for c, v in zip(zones.codes, values.values, strict=True) if v is not None}
            if len(set(known.values())) < 6:
                continue
            folium.Choropleth(
                geo_data=_with_codes(zones),
                data=known,
                key_on="feature.properties.code",
                name=f"{layer.label} ({level})",
                bins=5,
            ).add_to(board)
    folium.LayerControl().add_to(board)
    return board.get_root().render().encode("utf-8")


def _with_codes(zones: ZoneSet) -> dict:
    features = [
        {"type": "Feature", "properties": {"code": code}, "geometry": feature["geometry"]}
        for code, feature in zip(zones.codes, zones.geometry["features"], strict=True)
    ]
    return json.loads(json.dumps({"type": "FeatureCollection", "features": features}))


def weigh(content: bytes) -> str:
    """Kilobytes, raw and gzipped."""
    return f"{len(content) / 1000:7.0f} kB {len(gzip.compress(content)) / 1000:6.0f} kB gz"


def in_browser(pages: dict[str, bytes]) -> None:
    """First draw and switch of indicator at commune level."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        browser = play.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        for name, content in pages.items():
            file = Path(folder) / f"{name}.html"
            file.write_bytes(content)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(file.as_uri())
            drawn = page.evaluate("performance.getEntriesByName('demomed-dessin')[0].startTime")
            told = page.evaluate(SWITCH)
            print(
                f"{name:16} first draw {drawn:4.0f} ms; switch over {told['zones']} zones: "
                f"median {told['median']:.0f} ms, worst {told['worst']:.0f} ms; "
                f"other level {told['level']:.0f} ms"
            )
            page.close()
        browser.close()


def main(departments: list[str]) -> None:
    """Measure every page of some departments."""
    rendered = {}
    for department in departments:
        with tempfile.TemporaryDirectory() as folder:
            told = pipeline.publish(pipeline.load_territory(department), Path(folder) / department)
        for name, document in told.documents.items():
            start = time.process_time()
            content = render_page(document)
            spent = time.process_time() - start
            rendered[f"{department} {name}"] = content
            print(
                f"{department} {name:12} {weigh(content)}, {len(document.layers):2} layers, "
                f"{spent:.2f} s; default folium {weigh(default_folium(document))}"
            )
    if CHROMIUM.exists():
        in_browser(rendered)


if __name__ == "__main__":
    main(sys.argv[1:] or ["53", "41", "61"])
