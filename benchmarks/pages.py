"""Weight and speed of the published pages, beside a default folium page of the same content.

Run: ``python benchmarks/pages.py 53 41 61`` (``--only acces`` for some pages). Chromium is looked for at ``$CHROMIUM`` or
``/usr/bin/chromium``; without it only weights are measured.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import tempfile
import time
from pathlib import Path

import folium
import xstatic.pkg.leaflet as leaflet
from measure import Measure, tell

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


def weigh(content: bytes) -> float:
    """Kilobytes, gzipped."""
    return len(gzip.compress(content, mtime=0)) / 1000


DRAWN = """() => {
  const paths = document.querySelectorAll('.leaflet-overlay-pane path').length;
  return paths >= %d ? performance.now() : 0;
}"""
NO_LEGEND = """
const nothing = new Proxy(function () {}, {
  get: (_, key) => key === Symbol.toPrimitive ? () => 0 : nothing, apply: () => nothing});
if (location.pathname.endsWith('/folium.html')) window.d3 = nothing;"""
"""The default page stops at its first legend without D3: it is given one that does nothing."""
PATIENCE = 60_000
"""Milliseconds after which a page is said not to draw."""


def zones_of(document: MapDocument) -> int:
    """Zones of the level with the fewest: a page that shows as many has drawn."""
    return min(len(zones.codes) for zones in document.zones.values())


def handed_over(route) -> None:
    """Leaflet from this disk, for the page that asks a host for it; its other files are refused."""
    name = route.request.url.rsplit("/", 1)[-1]
    file = Path(leaflet.BASE_DIR) / name
    if name in ("leaflet.js", "leaflet.css") and file.exists():
        route.fulfill(path=file)
    else:
        route.abort()


def in_browser(name: str, content: bytes, folium_page: bytes, zones: int) -> None:
    """First draw of both pages, and switch of indicator at commune level of ours."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        browser = play.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        times: list[float | None] = []
        for kind, page_of in (("ours", content), ("folium", folium_page)):
            file = Path(folder) / f"{kind}.html"
            file.write_bytes(page_of)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.add_init_script(NO_LEGEND)
            page.route(lambda url: not url.startswith("file:"), handed_over)
            try:
                page.goto(file.as_uri(), wait_until="commit")
                seen = page.wait_for_function(DRAWN % zones, polling="raf", timeout=PATIENCE)
                times.append(float(seen.json_value()))
            except Error:
                times.append(None)
            if kind == "ours":
                page.wait_for_load_state()
                told = page.evaluate(SWITCH)
            page.close()
        browser.close()
    assert times[0] is not None, "our page does not draw"
    note = "folium: all its layers at once, Leaflet from the disk, no legend"
    tell(
        Measure(f"first draw of {name}", times[0], "ms", theirs=times[1], peer="folium", note=note)
    )
    tell(
        Measure(
            f"switch of {name}, {told['zones']} zones",
            told["median"],
            "ms",
            note=f"median; worst {told['worst']:.0f} ms; other level {told['level']:.0f} ms",
        )
    )


def main(departments: list[str], only: list[str] | None) -> None:
    """Measure pages of some departments."""
    for department in departments:
        with tempfile.TemporaryDirectory() as folder:
            told = pipeline.publish(pipeline.load_territory(department), Path(folder) / department)
        for name, document in told.documents.items():
            if only and name not in only:
                continue
            start = time.process_time()
            content = render_page(document)
            spent = time.process_time() - start
            theirs = default_folium(document)
            what = f"« {name} » of {department}, {len(document.layers)} layers"
            tell(
                Measure(
                    f"weight of {what}",
                    weigh(content),
                    "kB gz",
                    theirs=weigh(theirs),
                    peer="folium",
                    note=f"{len(content) / 1000:.0f} kB raw, {len(theirs) / 1000:.0f} theirs without "
                    f"its files; rendered in {spent:.2f} s CPU",
                )
            )
            if CHROMIUM.exists():
                in_browser(what, content, theirs, zones_of(document))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("departments", nargs="*", default=["53", "41", "61"])
    parser.add_argument("--only", nargs="*", help="names of pages")
    asked = parser.parse_args()
    main(asked.departments, asked.only)
