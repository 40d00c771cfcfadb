"""The published page in headless Chromium: network cut, hostile names, keyboard, widths, print."""

from __future__ import annotations

import io
import os
import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from demomed.core.document import IndexDocument, MapDocument
from demomed.core.indicator import PublicIndicators
from demomed.rendering.binding import linked, single
from demomed.rendering.bound import side_page
from demomed.rendering.compose import compose
from demomed.rendering.page import map_page, render_index, render_page, sheet_page
from demomed.rendering.printed import render_printed
from demomed.rendering.static import static_svg

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM.exists(), reason=f"pas de Chromium à {CHROMIUM} (variable CHROMIUM)"
    ),
]
HOSTILE = "<img src=x onerror=\"window.hacked='img'\"> </script><script>window.hacked=1</script> '\"&amp; \u202eאבג 😀"


@pytest.fixture(scope="session")
def document(toy) -> MapDocument:
    return toy.toy_document("offre")


@pytest.fixture(scope="session")
def index(toy) -> IndexDocument:
    return toy.toy_index()


class Opened:
    """A page in the browser, with what it asked for and complained of."""

    def __init__(self, browser, url, **options):
        self.context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 900}, **options}
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(4000)
        self.messages, self.requests = [], []
        self.page.on("console", lambda m: self.messages.append(f"{m.type}: {m.text}"))
        self.page.on("pageerror", lambda e: self.messages.append(f"error: {e}"))
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.context.route(re.compile("^https?://"), lambda route: route.abort())
        self.page.goto(url)
        self.page.wait_for_timeout(150)

    def paths(self):
        return self.page.locator(".leaflet-overlay-pane path").count()


@pytest.fixture
def opened(browser, tmp_path):
    contexts = []

    def show(content, hash_="", **options):
        file = tmp_path / f"page{len(contexts)}.html"
        file.write_bytes(content)
        one = Opened(browser, file.as_uri() + hash_, **options)
        contexts.append(one.context)
        return one

    yield show
    for context in contexts:
        context.close()


def small(document: MapDocument, count: int) -> MapDocument:
    """The document with only its first zones at each level."""

    def cut_values(values):
        short = {
            name: tuple(getattr(values, name)[:count])
            for name in (
                "values",
                "texts",
                "intervals",
                "lows",
                "highs",
                "parts",
                "statuses",
                "classes",
                "ranks",
                "radii",
            )
        }
        return replace(values, **short)

    def cut_zones(zones):
        features = {"type": "FeatureCollection", "features": zones.geometry["features"][:count]}
        short = {
            name: tuple(getattr(zones, name)[:count])
            for name in ("codes", "names", "short_names", "parents", "label_points")
        }
        return replace(zones, geometry=features, **short)

    return replace(
        document,
        zones={level: cut_zones(zones) for level, zones in document.zones.items()},
        layers=tuple(
            replace(layer, levels={level: cut_values(v) for level, v in layer.levels.items()})
            for layer in document.layers
        ),
        tables=tuple(
            replace(t, codes=t.codes[:count], cells=t.cells[:count], sort_keys=t.sort_keys[:count])
            for t in document.tables
        ),
        ranking=document.ranking[:count],
    )


@pytest.mark.parametrize("page", ["offre", "age", "acces", "priorites"])
def test_every_page_draws_all_its_zones_with_the_network_cut(toy, opened, page):
    document = toy.toy_document(page)
    one = opened(render_page(document))
    assert one.messages == []
    assert [url for url in one.requests if not url.startswith(("file:", "data:"))] == []
    assert one.paths() == len(document.zones[document.default_level].codes)
    one.page.locator("input[name=maille][value=commune]").check()
    assert one.paths() == len(document.zones["commune"].codes)
    assert one.messages == []


def test_index_opens_without_request(index, opened):
    one = opened(render_index(index))
    assert one.messages == []
    assert len(one.requests) == 1
    assert one.page.locator(".card a").count() == len(index.cards) + len(index.themes)


@pytest.mark.parametrize("width", [320, 390, 640])
def test_index_gives_its_text_the_whole_width(index, opened, width):
    one = opened(render_index(index), viewport={"width": width, "height": 800})
    inside = one.page.locator(".head .in").bounding_box()["width"]
    for wanted in (".head h1", ".head .figures"):
        assert one.page.locator(wanted).bounding_box()["width"] >= inside - 40
    assert one.page.locator(".locator").is_visible() is (width >= 640)
    for chip in one.page.locator(".figures .badge").all():
        box, around = chip.bounding_box(), chip.locator("..").bounding_box()
        assert box["x"] + box["width"] <= around["x"] + around["width"] + 1


@pytest.mark.parametrize("width", [900, 1000, 1280])
def test_key_figures_of_a_portrait_have_no_stray_bar(toy, opened, width):
    one = opened(single(sheet_page(toy.toy_sheets()[0])), viewport={"width": width, "height": 800})
    tops = [item.bounding_box()["y"] for item in one.page.locator(".figures li").all()]
    assert len(tops) == 4
    assert width < 1280 or len(set(tops)) == 1
    edge = one.page.locator(".head h1").bounding_box()["x"]
    for item in one.page.locator(".figures li").all():
        text, box = item.locator("p").first.bounding_box(), item.bounding_box()
        assert box["x"] < edge - 16 or text["x"] > edge + 100  # the bar at the margin is clipped
        assert text["x"] >= edge - 1


def test_index_answers_what_is_known_of_a_commune(index, opened):
    one = opened(render_index(index))
    one.page.locator("#recherche").fill(index.search.names[2][:4])
    one.page.keyboard.press("Enter")
    answer = one.page.locator("#reponse")
    name = one.page.locator("#recherche").input_value()
    place = index.search.names.index(name)
    said = answer.inner_text()
    assert name in said
    for fact in index.search.facts:
        assert fact.texts[place] in said
    links = answer.locator("dl a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert links
    assert all(link.endswith(f"z={index.search.codes[place]}") for link in links)
    assert one.messages == []


def test_sheets_are_accessible_on_a_narrow_screen(toy, opened):
    from axe_playwright_python.sync_playwright import Axe

    for sheet in (*toy.toy_sheets()[:2], toy.toy_notices()[0], toy.toy_report()):
        one = opened(single(side_page(sheet)), viewport={"width": 320, "height": 800})
        assert one.messages == []
        found = Axe().run(one.page).response["violations"]
        assert [violation["id"] for violation in found] == []


def test_a_dossier_shows_hostile_texts_as_written(toy, opened):
    one = opened(single(side_page(toy.toy_report(HOSTILE))))
    assert one.page.evaluate("window.hacked") is None
    assert one.messages == []
    assert one.page.locator("#dossier img").count() == 0
    assert "onerror" in one.page.locator("#dossier svg text").last.text_content()


def test_printed_sheet_tells_what_and_whence(toy, opened):
    from pypdf import PdfReader

    sheet = toy.toy_sheets()[1]
    one = opened(single(sheet_page(sheet)))
    paper = PdfReader(io.BytesIO(one.page.pdf(prefer_css_page_size=True)))
    drawn = unicodedata.normalize("NFKC", " ".join(page.extract_text() for page in paper.pages))
    said = re.sub(r"\s+", " ", drawn)
    for text in (sheet.zone_name, *(section.title for section in sheet.sections)):
        assert re.sub(r"\s+", " ", text) in said
    assert sheet.sources[0].producer in said
    assert len(paper.pages) <= 6


def test_cover_of_the_printed_report_clips_no_figure(toy, opened):
    report = replace(toy.toy_report(), key_figures=toy.toy_document("offre").key_figures)
    page = opened(render_printed(report)).page
    page.emulate_media(media="print")
    edge = page.locator(".cover h1").bounding_box()["x"]
    figures = page.locator(".figures li b").all()
    assert figures
    assert all(figure.bounding_box()["x"] >= edge - 1 for figure in figures)
    assert page.locator(".figures").evaluate("n => getComputedStyle(n).clipPath") == "none"


def test_sheet_of_the_map_leads_to_the_portrait(toy, opened):
    one = opened(render_page(toy.toy_document("offre")), hash_=f"#z={toy.VALLEE}")
    link = one.page.locator("#fiche a.more")
    assert link.get_attribute("href") == f"territoire-{toy.VALLEE}.html"


def test_hostile_texts_run_nothing_and_are_shown_as_written(document, opened):
    zones = {
        level: replace(
            z,
            names=(HOSTILE, *z.names[1:]),
            short_names=(HOSTILE, *z.short_names[1:]),
        )
        for level, z in document.zones.items()
    }
    layers = tuple(
        replace(layer, label=HOSTILE, unit=HOSTILE, finding=HOSTILE, caveat=HOSTILE, group=HOSTILE)
        for layer in document.layers
    )
    points = tuple(
        replace(p, names=(HOSTILE, *p.names[1:]), details=(HOSTILE, *p.details[1:]), visible=True)
        for p in document.points
    )
    tables = tuple(
        replace(t, caption=HOSTILE, cells=tuple((HOSTILE, *row[1:]) for row in t.cells))
        for t in document.tables
    )
    bad = replace(
        document,
        title=HOSTILE,
        lead=HOSTILE,
        zones=zones,
        layers=layers,
        points=points,
        tables=tables,
        contact=HOSTILE,
        licence=HOSTILE,
        caveats=(HOSTILE,),
        method=(HOSTILE,),
    )
    one = opened(render_page(bad))
    box = one.page.locator(".leaflet-overlay-pane path").first.bounding_box()
    one.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    one.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    code = zones[bad.default_level].codes[0]
    one.page.locator(f"#tableau tr[data-z='{code}'] button").click()
    assert one.page.evaluate("window.hacked") is None
    assert one.page.locator("img").count() == 0
    assert one.page.locator("#fiche-titre").inner_text() == one.page.evaluate(
        "t => { const n = document.createElement('p'); n.textContent = t; document.body.append(n); return n.innerText; }",
        HOSTILE,
    )
    assert one.messages == []


def test_keyboard_reaches_a_zone_sheet_and_escape_closes_it(document, opened):
    page = opened(render_page(document)).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(25):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#tableau tbody button')"):
            break
    else:
        pytest.fail("aucun territoire en 25 tabulations")
    name = page.evaluate("document.activeElement.textContent")
    assert page.locator(".leaflet-designe-pane path").count() == 2
    page.keyboard.press("Enter")
    assert page.locator("#fiche-titre").inner_text() == name
    assert page.locator("#fiche.open").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("#fiche.open").count() == 0
    assert page.evaluate("document.activeElement.textContent") == name


def test_no_keyboard_trap(document, opened):
    page = opened(render_page(document)).page
    seen = []
    for _ in range(400):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        seen.append(page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))
    else:
        pytest.fail("la tabulation n'atteint jamais la fin de la page")
    assert any("carte" in text for text in seen)


def test_zone_click_fills_the_sheet_and_the_address(document, opened):
    one = opened(render_page(document))
    code = document.zones["epci"].codes[0]
    one.page.locator(f"#classement-lignes li[data-z='{code}'] button").click()
    layer = next(x for x in document.layers if x.id == document.default_layer)
    values = layer.levels["epci"]
    assert values.texts[0] in one.page.locator("#fiche .figure").first.inner_text()
    assert f"z={code}" in one.page.url
    assert one.page.locator(f"tr[data-z='{code}'][aria-current]").count() == 1


def test_permalink_restores_layer_level_zone(document, opened):
    layer, zone = document.layers[1], document.zones["commune"]
    one = opened(render_page(document), f"#i={layer.id}&n=commune&z={zone.codes[1]}")
    assert one.page.locator("#fiche-titre").inner_text() == zone.names[1]
    assert one.page.locator(f"input[value='{layer.id}']").is_checked()
    assert layer.label in one.page.locator("#tete-a").inner_text()
    assert one.messages == []


def test_comparison_draws_a_second_map(document, opened):
    one = opened(render_page(document))
    one.page.locator("#comparer").click()
    count = len(document.zones["epci"].codes)
    assert one.page.locator("#carte-b .leaflet-overlay-pane path").count() == count
    assert one.page.locator("#legende-b").is_visible()
    one.page.keyboard.press("Escape")
    assert not one.page.locator("#carte-b").is_visible()
    assert one.messages == []


@pytest.mark.parametrize(("side", "said"), [("high", "plus de {}"), ("low", "{} ")])
def test_shared_scale_says_what_goes_beyond_it(document, opened, side, said):
    first = next(x for x in document.layers if x.levels["epci"].bounds)
    own = first.levels["epci"]
    ends = sorted(own.bounds)
    extreme = 10 * ends[-1] if side == "high" else ends[0] - 1
    known = next(i for i, chosen in enumerate(own.classes) if chosen is not None)
    values = tuple(extreme if i == known else v for i, v in enumerate(own.values))
    texts = tuple("élevé" if i == known else t for i, t in enumerate(own.texts))
    far = replace(first, id="loin", levels={"epci": replace(own, values=values, texts=texts)})
    pair = replace(document, layers=(first, far), default_layer=first.id)
    one = opened(render_page(pair), "#c=loin")
    bound = ends[-2] if side == "high" else ends[1]
    said = said.format(f"{bound:.{first.decimals}f}".replace(".", ","))
    lines = one.page.locator("#legende-b .legend li").all_inner_texts()
    assert [line for line in lines if line.replace("\u00a0", " ").startswith(said)]
    assert ("et moins" in " ".join(lines)) == (side == "low")
    assert not [
        line for line in lines if " à " in line and ("et moins" in line or "plus de" in line)
    ]
    assert said not in one.page.locator("#legende-a").inner_text()
    assert one.messages == []


def test_a_count_has_an_order_but_no_rank(document, opened):
    layer = next(x for x in document.layers if x.kind == "count")
    place = next(i for i, rank in enumerate(layer.levels["epci"].ranks) if rank)
    code = document.zones["epci"].codes[place]
    page = opened(render_page(document), f"#i={layer.id}&z={code}").page
    assert page.inner_text("#fiche .figure b") == layer.levels["epci"].texts[place]
    assert "rang" not in page.inner_text("#fiche .account")
    assert "1ᵉʳ" not in page.locator("#classement-lignes .rank").all_inner_texts()


@pytest.mark.parametrize(
    "text", ["avec « CC A » et « CC B » : d'un quart à moins des trois quarts"]
)
def test_a_long_range_has_a_short_mark_on_the_maps_and_its_words_in_the_sheet(
    document, opened, text
):
    first = document.layers[0]
    own = first.levels["epci"]

    def changed(values, with_):
        return (with_, *values[1:])

    told = replace(
        own, values=changed(own.values, None), texts=changed(own.texts, text),
        statuses=changed(own.statuses, "coarse"), classes=changed(own.classes, None),
        ranks=changed(own.ranks, None),
    )  # fmt: skip
    layer = replace(first, levels={"epci": told})
    zone = document.zones["epci"].codes[0]
    pair = replace(document, layers=(layer,), default_layer=first.id)
    page = opened(render_page(pair), f"#z={zone}").page
    labels = " ".join(page.locator(".zone-label").all_inner_texts())
    assert "tranche" in labels
    assert "trois quarts" not in labels
    assert page.inner_text("#fiche .figure .words") == text
    svg = static_svg(pair, layer.id, "epci")
    assert svg.count("trois quarts") == 1
    assert "en tranche" in svg


def test_search_finds_without_accents_nor_case(document, opened):
    page = opened(render_page(document)).page
    name = document.zones["commune"].names[0]
    page.locator("#recherche").fill(name[:4].upper())
    page.keyboard.press("Enter")
    assert page.locator("#fiche.open").count() == 1


def test_table_sorts_and_says_so(document, opened):
    page = opened(render_page(document)).page
    header = page.locator(".donnees[data-niveau=epci] th[aria-sort]").nth(1)
    header.locator("button").click()
    assert header.get_attribute("aria-sort") == "ascending"
    cells = page.locator(".donnees[data-niveau=epci] tbody tr td:nth-child(2)").all_inner_texts()
    found = [float(c.replace("\u202f", "").replace(",", ".")) for c in cells if c[:1].isdigit()]
    assert found == sorted(found)
    header.locator("button").click()
    assert header.get_attribute("aria-sort") == "descending"


@pytest.mark.parametrize("page", ["offre", "age", "priorites", "index"])
@pytest.mark.parametrize("width", [320, 390])
def test_narrow_screens_never_scroll_sideways(toy, opened, page, width):
    content = (
        render_index(toy.toy_index()) if page == "index" else render_page(toy.toy_document(page))
    )
    one = opened(content, viewport={"width": width, "height": 700}, has_touch=True, is_mobile=True)
    assert one.page.evaluate("document.documentElement.scrollWidth") <= width


def test_text_at_twice_its_size_loses_nothing(document, opened):
    one = opened(render_page(document))
    before = one.page.locator("main").inner_text()
    one.page.evaluate("document.documentElement.style.fontSize = '200%'")
    one.page.wait_for_timeout(150)
    assert one.page.evaluate("document.documentElement.scrollWidth") <= 1280
    clipped = one.page.evaluate(
        """() => [...document.querySelectorAll('button, label span, h1, h2, h3, p, li, summary')]
        .filter(n => n.offsetParent && !n.closest('.apart, .map, .scroll') && !n.matches('.apart')
          && getComputedStyle(n).overflow !== 'visible' && n.scrollWidth > n.clientWidth + 1)
        .map(n => n.outerHTML.slice(0, 120))"""
    )
    assert clipped == []
    assert len(one.page.locator("main").inner_text()) >= 0.9 * len(before)


def test_targets_are_large_enough(document, opened):
    one = opened(render_page(document), viewport={"width": 390, "height": 844}, has_touch=True)
    small_ones = one.page.evaluate(
        """() => [...document.querySelectorAll('button, summary, select, input[type=text], .pill, .check, .menu a, .leaflet-bar a, .button')]
        .filter(n => n.offsetParent && !n.closest('p')).map(n => [n.getBoundingClientRect().height, n.outerHTML.slice(0, 90)])
        .filter(([height]) => height < 43.5)"""
    )
    assert small_ones == []


def test_sandboxed_frame(document, opened, tmp_path):
    (tmp_path / "carte.html").write_bytes(render_page(document))
    outer = b'<!DOCTYPE html><title>t</title><iframe sandbox="allow-scripts" src="carte.html" width=1000 height=800></iframe>'
    one = opened(outer)
    frame = one.page.frames[1]
    assert frame.locator(".leaflet-overlay-pane path").count() == len(document.zones["epci"].codes)
    frame.locator("#classement-lignes button").first.click()
    assert frame.locator("#fiche.open").count() == 1
    assert one.messages == []


def test_a_wrong_hash_stops_the_script(document, opened):
    content = render_page(document).replace(b'"use strict";', b'"use strict"; ', 1)
    one = opened(content)
    assert one.paths() == 0
    assert any("Content Security Policy" in text for text in one.messages)


def test_split_page_works_without_inline_script(document, browser, tmp_path):
    page = map_page(document)
    (tmp_path / "assets").mkdir()
    for name, text in {**page.styles, **page.scripts}.items():
        (tmp_path / "assets" / name).write_text(text, encoding="utf-8")
    (tmp_path / "offre.html").write_bytes(linked(page, "assets"))
    one = Opened(browser, (tmp_path / "offre.html").as_uri())
    assert one.paths() == len(document.zones["epci"].codes)
    assert one.messages == []
    one.context.close()


def test_without_script_the_drawing_and_the_tables_remain(document, opened):
    one = opened(render_page(document), java_script_enabled=False)
    assert one.page.locator("noscript").count() == 1
    for table in document.tables:
        assert one.page.locator(f".donnees[data-niveau={table.level}] table").is_visible()
    link = one.page.locator("noscript a")
    assert link.is_visible()
    assert link.get_attribute("href") == "offre.svg"


def test_printed_page_tells_what_where_when(document, opened):
    from pypdf import PdfReader

    one = opened(render_page(document))
    sheet = PdfReader(io.BytesIO(one.page.pdf(prefer_css_page_size=True)))
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in sheet.pages))
    text = text.replace("ﬁ", "fi").replace("ﬃ", "ffi").replace("ﬀ", "ff")
    layer = next(x for x in document.layers if x.id == document.default_layer)
    wanted = [document.title, layer.date_label, document.sources[0].title, document.licence]
    wanted += [entry.label for entry in layer.levels["epci"].legend if entry.kind == "class"]
    for one_text in wanted:
        assert re.sub(r"\s+", " ", one_text) in text


@pytest.mark.parametrize("page", ["offre", "age", "acces", "priorites", "index"])
def test_axe_finds_nothing(toy, opened, page):
    from axe_playwright_python.sync_playwright import Axe

    content = (
        render_index(toy.toy_index()) if page == "index" else render_page(toy.toy_document(page))
    )
    one = opened(content, bypass_csp=True)
    if page == "offre":
        one.page.locator("#comparer").click()
        one.page.locator("#classement-lignes button").first.click()
    found = Axe().run(
        one.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
    )
    assert [
        (v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found.response["violations"]
    ] == []


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_zones(document, opened, count):
    one = opened(render_page(small(document, count)))
    assert one.messages == []
    assert one.paths() == count


def test_all_missing_and_all_equal(document, opened):
    def spoil(values, text, status):
        n = len(values.values)
        value = None if status == "missing" else 7.0
        return replace(
            values,
            values=(value,) * n,
            texts=(text,) * n,
            statuses=(status,) * n,
            classes=((None if value is None else 0),) * n,
            ranks=((None if value is None else 1),) * n,
            intervals=("",) * n,
            parts=("",) * n,
            bounds=(7.0, 7.0),
            colours=("#f8c07f",),
            radii=(),
            legend=(),
        )

    for text, status in (("n.d.", "missing"), ("7", "value")):
        layers = tuple(
            replace(x, levels={k: spoil(v, text, status) for k, v in x.levels.items()}, decimals=0)
            for x in document.layers
        )
        one = opened(render_page(replace(document, layers=layers)))
        assert one.messages == []
        assert one.paths() == len(document.zones["epci"].codes)


def test_attribution_is_plain_text(document, opened):
    one = opened(render_page(document))
    assert one.page.locator(".leaflet-control-attribution").inner_html() == "Leaflet"


LABELS_AND_ZONES = """() => {
  const zones = [...document.querySelectorAll(".leaflet-overlay-pane path, .leaflet-pane path")]
    .map(path => path.getBoundingClientRect());
  return [...document.querySelectorAll(".zone-text")].map(label => {
    const box = label.getBoundingClientRect();
    const x = box.left + box.width / 2, y = box.top + box.height / 2;
    const [, left, top] = label.style.transform.match(/translate3d\\(([-\\d.]+)px, ([-\\d.]+)px/);
    const frame = label.closest(".leaflet-map-pane").getBoundingClientRect();
    return {
      drift: Math.hypot(x - frame.left - left, y - frame.top - top),
      covered: zones.some(z => x > z.left && x < z.right && y > z.top && y < z.bottom),
    };
  });
}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_labels_stand_where_the_map_puts_them(document, opened, width):
    """Also after the window has changed: a label never drifts from its zone."""
    page = opened(render_page(document), viewport={"width": width, "height": 900}).page
    for size in ({"width": width, "height": 900}, {"width": width - 60, "height": 1100}):
        page.set_viewport_size(size)
        page.wait_for_timeout(400)
        labels = page.evaluate(LABELS_AND_ZONES)
        assert labels
        for label in labels:
            assert label["drift"] < 3
            assert label["covered"]


def test_a_date_is_chosen_by_keyboard_told_in_the_sheet_and_kept_in_the_address(
    toy, browser, tmp_path
):
    rows = toy.toy_public().table
    rows = rows.loc[rows["indicator"] == "apl"]
    changed = rows.assign(date="2022-12-31", value=rows["value"] * 2)
    document = compose(
        toy.toy_territory(), toy.toy_public(), "acces", version="0", scene=toy.toy_scene(),
        earlier=(PublicIndicators(changed),),
    )  # fmt: skip
    file = tmp_path / "acces.html"
    file.write_bytes(render_page(document))
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.goto(file.as_uri())
    zone = "#classement-lignes li:first-child"
    now, name = page.inner_text(f"{zone} b"), page.inner_text(f"{zone} .zone")
    page.locator("input[name=date]:checked").focus()
    page.keyboard.press("ArrowUp")
    assert "d=2022-12-31" in page.url
    assert page.evaluate("document.activeElement.name") == "date"
    then = page.inner_text(f"{zone} b")
    assert then != now
    assert page.inner_text(f"{zone} .rank") == "1ᵉʳ"
    assert page.inner_text(f"{zone} .zone") == name
    has_line = page.locator("#classement-lignes .whisker").count() > 0
    assert ("trait fin" in page.inner_text("#classement-note")) == has_line
    assert "Département" in page.inner_text("#legende-a")
    assert page.inner_text("#constat").startswith("Valeurs")
    page.locator(f"{zone} button").click()
    told = page.inner_text("#fiche-corps")
    assert "31 décembre 2022" in told and "31 décembre 2023" in told and then in told
    assert page.locator("#fiche-corps .spark circle").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    again = browser.new_page()
    again.goto(page.url)
    assert again.inner_text(f"{zone} b") == then
    again.locator("input[name=indicateur][value=emergency_km]").evaluate("node => node.click()")
    assert again.locator("input[name=date]").count() == 0
    assert "2024" in again.inner_text("#choix-date")
    page.close()
    again.close()
