"""Every kind of page of a real portal in headless Chromium, each opened once.

One portal holds them all: maps, notice, index, sheets, and every dossier, those of a scenario, of
an earlier state, of zones and of cohorts too. The order of the checks of a visit is from what
changes nothing to what changes the page.
"""

from __future__ import annotations

import io
import os
import re
import unicodedata
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from demomed import pipeline
from demomed.analysis.scenario import scenario
from demomed.core import catalogue
from demomed.core.disclosure import THRESHOLD
from demomed.core.memory import Memory
from demomed.core.state import EarlierState
from demomed.ingestion.cohorts import write_cohort_template
from demomed.ingestion.scenarios import read_scenario
from demomed.mission import cohort_files, read_cohorts, read_zonings
from demomed.pipeline.loading import quiet
from demomed.pipeline.measuring import measured
from demomed.rendering.scene import make_scene

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM.exists(), reason=f"pas de Chromium à {CHROMIUM} (variable CHROMIUM)"
    ),
]
DEPARTMENT, DAY, BEFORE = "53", date(2026, 11, 22), date(2024, 6, 1)
MAPS = ("offre", "priorites", "zonages")
OTHERS = ("index", "departement", "territoire-245300447", "sport_sante")
DOSSIERS = tuple(catalogue.entries("dossiers"))
FRAMED = ("index", "departement", "sport_sante", "plan", "priorites")
MOST_STOPS = 400


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Portal of a scenario with all that a mission may give; nothing of the present computed twice."""
    root = tmp_path_factory.mktemp("portail")
    memory = Memory(root / "memoire")
    present = pipeline.load_territory(DEPARTMENT)
    public = measured(present, threshold=THRESHOLD, internal=False, progress=quiet, memory=memory)
    (root / "cohortes").mkdir()
    for kind, name in cohort_files().items():
        write_cohort_template(root / "cohortes" / f"{name}.csv", kind)
    cohorts, _ = read_cohorts(present, root / "cohortes")
    zonings, _ = read_zonings(present, ("cls",), at=DAY)
    portal = pipeline.make_portal(
        scenario(present, read_scenario("exemple")),
        present=present,
        today=DAY,
        earlier=EarlierState(BEFORE, public, public, public, {}, "example"),
        given={"day": DAY, "present": DAY, "cohorts": cohorts, "zonings": zonings},
        memory=memory,
    )
    site = root / "site"
    site.mkdir()
    for name, content in portal.files.items():
        (site / name).write_bytes(content)
    return site


@pytest.fixture
def visit(browser, folder):
    """Open a page with the network cut: the page, what it asked for, what it complained of."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.route(re.compile("^https?://"), lambda route: route.abort())

    def show(name):
        page, asked, said = context.new_page(), [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto((folder / name).as_uri())
        page.wait_for_timeout(50)
        return page, asked, said

    yield show
    context.close()


def test_every_dossier_and_notice_of_the_catalogue_is_in_the_portal(folder):
    made = {file.stem for file in folder.glob("*.html")}
    assert {*DOSSIERS, *MAPS, *OTHERS} <= made


def squeezed(text):
    """Letters and digits only: paper breaks lines, joins letters and cuts words."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).lower()


STOPS = """() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  const style = getComputedStyle(one);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const box = one.getBoundingClientRect();
  return [one.tagName, one.className, ring, box.width > 0 && box.height > 0];
}"""
CLIPPED = """() => [...document.querySelectorAll("button, label span, h1, h2, h3, p, li, summary, dd")]
  .filter(n => n.offsetParent && !n.closest(".apart, .map, .scroll") && !n.matches(".apart")
    && getComputedStyle(n).overflow !== "visible" && n.scrollWidth > n.clientWidth + 1)
  .map(n => n.outerHTML.slice(0, 120))"""
TOLD = """() => [...document.querySelectorAll(
    "main h1, main .lead, main .block > h2, main caption, main .drawing svg text, .sources li, #legende-a li span"
  )].filter(n => !n.closest("#fiche, #tableau, .downloads-block, .places, .apart") && !n.closest("details:not([open])")
    && n.checkVisibility()).map(n => {
    const seen = n.cloneNode(true);
    seen.querySelectorAll(".apart").forEach(one => one.remove());
    return seen.textContent;
  })"""
WIDE = "document.documentElement.scrollWidth"


def keyboard(page):
    """What is wrong on the way of the keyboard: the skip link, rings of focus, the way out."""
    page.keyboard.press("Tab")
    found = (
        [] if page.evaluate(STOPS)[1] == "skip" else ["le lien d'évitement n'est pas le premier"]
    )
    target = page.locator("a.skip").get_attribute("href")
    if page.locator(target).count() != 1:
        found.append(f"le lien d'évitement mène à {target}")
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOPS)
        if stop is None:
            return found
        tag, name, ring, seen = stop
        if not (ring and seen):
            found.append(f"<{tag} class={name}> : focus non visible")
    return [*found, "la tabulation n'atteint jamais la fin de la page"]


@pytest.mark.parametrize("name", [*OTHERS, *MAPS, *DOSSIERS])
def test_a_page_holds_its_promises(visit, name):
    from axe_playwright_python.sync_playwright import Axe
    from pypdf import PdfReader

    page, asked, said = visit(f"{name}.html")
    found: dict[str, object] = {}
    policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    if "default-src 'none'" not in policy or "unsafe" in policy:
        found["policy"] = policy
    if any(not url.startswith(("file:", "data:")) for url in asked) or len(asked) != 1:
        found["requests"] = asked
    if wrong := keyboard(page):
        found["keyboard"] = wrong[:5]
    told = page.evaluate(TOLD)
    page.evaluate("document.activeElement.blur()")

    text = squeezed(page.locator("main").inner_text())
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.wait_for_timeout(50)
    if page.evaluate(WIDE) > 1280 or page.evaluate(CLIPPED):
        found["200 %"] = page.evaluate(CLIPPED)
    if len(squeezed(page.locator("main").inner_text())) < 0.9 * len(text):
        found["200 % text"] = "du texte disparaît"
    page.evaluate("document.documentElement.style.fontSize = ''")

    page.set_viewport_size({"width": 320, "height": 800})
    page.wait_for_timeout(50)
    if page.evaluate(WIDE) > 320:
        found["320 px"] = page.evaluate(WIDE)
    page.set_viewport_size({"width": 1280, "height": 900})

    paper = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    drawn = squeezed(" ".join(sheet.extract_text() for sheet in paper.pages))
    if missing := [text for text in told if squeezed(text) not in drawn]:
        found["print"] = missing[:5]
    if page.locator(".sources li").count() and not re.search(
        r"Situation au|Relevé", " ".join(told)
    ):
        found["date"] = "aucune date de source"
    if said:
        found["console"] = said
    if broken := [one["id"] for one in Axe().run(page).response["violations"]]:
        found["axe"] = broken
    assert found == {}


def test_pages_draw_in_a_sandboxed_frame(visit, folder):
    frames = "".join(
        f'<iframe title="{name}" sandbox="allow-scripts" src="{name}.html" width=900 height=600></iframe>'
        for name in FRAMED
    )
    (folder / "cadre.html").write_text(f"<!DOCTYPE html><title>t</title>{frames}", "utf-8")
    page, _, said = visit("cadre.html")
    page.wait_for_timeout(300)
    titles = [frame.locator("h1").inner_text() for frame in page.frames[1:]]
    assert len(titles) == len(FRAMED)
    assert all(titles)
    assert page.frames[-1].locator(".leaflet-overlay-pane path").count() > 0
    assert page.frames[1 + FRAMED.index("plan")].locator("#dossier svg").count() > 0
    assert said == []


def test_an_index_in_a_sandboxed_frame_still_answers(visit, folder):
    frame = (
        '<iframe title="t" sandbox="allow-scripts" src="index.html" width=900 height=900></iframe>'
    )
    (folder / "cadre-index.html").write_text(f"<!DOCTYPE html><title>t</title>{frame}", "utf-8")
    page, _, said = visit("cadre-index.html")
    inside = page.frames[1]
    inside.locator("#recherche").fill("Laval")
    inside.locator("#recherche").press("Enter")
    assert "Laval" in inside.locator("#reponse").inner_text()
    assert said == []


AREAS = """() => [...document.querySelectorAll('.leaflet-overlay-pane path')].map(path =>
  Math.abs((path.getAttribute('d').match(/M[^M]*/g) || []).reduce((sum, ring) => {
    const places = ring.match(/-?[\\d.]+/g).map(Number);
    let twice = 0;
    for (let i = 0; i < places.length; i += 2) {
      const j = (i + 2) % places.length;
      twice += places[i] * places[j + 1] - places[j] * places[i + 1];
    }
    return sum + twice / 2;
  }, 0)))"""


@pytest.mark.parametrize("level", ["epci", "commune"])
def test_zones_are_drawn_with_their_own_outline(visit, level):
    """What the page decodes has, but for one scale, the areas of the zones of the territory."""
    page, _, _ = visit("offre.html")
    page.evaluate("location.hash = ''")
    page.locator(f"input[name=maille][value={level}]").check(force=True)
    page.wait_for_timeout(100)
    drawn = np.sort([area for area in page.evaluate(AREAS) if area > 0])
    territory = pipeline.load_territory(DEPARTMENT)
    zones = make_scene(territory).zones[level]
    known = np.sort(zones.geometry.to_crs(3857).area.to_numpy())
    assert len(drawn) == len(known)
    ratio = drawn[known > np.median(known)] / known[known > np.median(known)]
    assert np.abs(ratio / np.median(ratio) - 1).max() < 0.1
    page.close()
