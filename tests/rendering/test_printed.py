"""The report to print says what the pages say, once, and becomes a PDF where there is a browser."""

import dataclasses
import re
import sys
from pathlib import Path

import pytest

import demomed
from demomed import pipeline
from demomed.cli import main
from demomed.core.faults import InputError
from demomed.rendering import browser
from demomed.rendering.french import typeset
from demomed.rendering.printed import compose_printed, render_printed


@pytest.fixture(scope="module")
def mayenne():
    return demomed.load_territory("53")


@pytest.fixture(scope="module")
def portal(mayenne):
    return pipeline.make_portal(mayenne)


@pytest.fixture(scope="module")
def report(mayenne, portal):
    return printed(mayenne, portal)


def printed(territory, portal):
    documents = tuple(portal.documents.values())
    return compose_printed(
        territory, portal.indicators, documents, portal.dossiers, version="essai"
    )


def texts(page):
    """Visible words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.decode("utf-8")))


def test_every_page_and_dossier_is_in_the_report(report, portal):
    page = render_printed(report).decode("utf-8")
    for document in portal.documents.values():
        assert document.lead.replace("'", "&#39;") in page
        for line in document.sources:
            assert line.id in {one.id for one in report.sources}
        assert set(document.caveats) <= set(report.caveats)
    told = [one.layer_id for one in report.key_figures if one.layer_id]
    every = [f.layer_id for d in portal.documents.values() for f in d.key_figures]
    every = [one for one in every if one]
    assert len(set(told)) == len(told) and set(told) == set(every)
    assert len(told) < len(every)  # two pages share a figure; the cover tells it once
    for dossier in portal.dossiers:
        assert dossier.title in {section.title for section in report.sections}
    opened = [report.sections[place].title for place in report.openings]
    assert opened == [one.title for one in (*portal.documents.values(), *portal.dossiers)]


def test_values_of_the_tables_are_those_of_the_pages(report, portal):
    document = portal.documents["offre"]
    layer = document.layers[0]
    section = next(one for one in report.sections if one.title == document.title)
    (table,) = section.tables
    names = document.zones["epci"].names
    assert [row[0].text for row in table.rows] == [typeset(name) for name in names]
    for place, row in enumerate(table.rows):
        assert row[1].text.startswith(layer.levels["epci"].texts[place])
        interval = layer.levels["epci"].intervals[place]
        assert not interval or f"({interval})" in row[1].text


def test_the_ranking_is_told_with_how_sure_it_is(report, portal):
    document = portal.documents["priorites"]
    section = next(one for one in report.sections if one.title == document.title)
    ranking = section.tables[0]
    assert [row[1].text for row in ranking.rows] == [bar.rank for bar in document.ranking]
    assert [row[3].text for row in ranking.rows] == [bar.interval for bar in document.ranking]


def test_same_pages_same_bytes(mayenne, report):
    again = printed(mayenne, pipeline.make_portal(mayenne))
    assert again == report
    assert render_printed(again) == render_printed(report)


def test_the_page_is_whole_and_asks_nothing_of_another_host(report):
    page = render_printed(report).decode("utf-8")
    assert not re.search(r'(?:src|href)="(?!#|https://)', page.split("<main")[0])
    assert not re.search(r'<(?:script|img|link|iframe)[^>]*(?:src|href)="http', page)
    assert "<script" not in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids)), "an identifier twice"
    for target in re.findall(r'href="#([^"]+)"', page):
        assert target in ids
    assert "données d’exemple (fictives)" in texts(render_printed(report))


def test_a_map_that_two_pages_share_is_drawn_once(report, portal):
    drawings = [figure.title for section in report.sections for figure in section.figures]
    assert len(drawings) == len(set(drawings))
    assert any("figure plus haut" in text for one in report.sections for text in one.paragraphs)


def test_raw_indicators_are_refused(mayenne, portal):
    raw = demomed.compute(mayenne, ["density"], level="epci")
    with pytest.raises(TypeError, match="PublicIndicators"):
        compose_printed(mayenne, raw, tuple(portal.documents.values()), version="essai")


def test_masked_values_are_nowhere(report, portal):
    hidden = portal.indicators.table.query("status == 'masked'")
    assert len(hidden) and hidden["value"].isna().all()
    assert "secret" in texts(render_printed(report))


def test_text_of_the_data_is_escaped(report):
    attacked = dataclasses.replace(report, title="<script>x</script>", lead="<b>")
    page = render_printed(attacked).decode("utf-8")
    assert "<script" not in page and "&lt;script&gt;" in page


def run(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    told = capsys.readouterr()
    return ended.value.code, told.out, told.err


def test_command_writes_the_page(tmp_path, capsys):
    out = tmp_path / "rapport.html"
    code, told, err = run(["report", "-d", "61", "--out", str(out)], capsys)
    assert code == 0, err
    assert f"À ouvrir : {out}" in told
    assert "Démographie médicale de l’Orne" in texts(out.read_bytes())
    assert [p.name for p in tmp_path.iterdir()] == ["rapport.html"]


def test_without_a_browser_the_pdf_is_refused_and_the_way_out_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(browser, "find_browser", lambda: None)
    code, _, err = run(["report", "-d", "53", "--out", str(tmp_path / "r.pdf")], capsys)
    assert code == 2
    assert "aucun navigateur" in err and ".html" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["r.doc", "r"])
def test_another_ending_is_refused_before_any_work(tmp_path, capsys, name):
    code, _, err = run(["report", "-d", "53", "--out", str(tmp_path / name)], capsys)
    assert code == 2 and ".html ou .pdf" in err and "Lecture" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands for the browser")
def test_a_browser_that_fails_is_told_and_leaves_nothing(tmp_path):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    broken.chmod(0o755)
    out = tmp_path / "sortie"
    with pytest.raises(InputError, match="code 3"):
        browser.print_pdf(b"<p>", out / "r.pdf", browser=broken)
    assert list(out.iterdir()) == []


@pytest.mark.browser
@pytest.mark.skipif(browser.find_browser() is None, reason="no browser on this machine")
def test_the_pdf_holds_the_report(report, tmp_path):
    pypdf = pytest.importorskip("pypdf")
    out = browser.print_pdf(render_printed(report), tmp_path / "r.pdf")
    pages = pypdf.PdfReader(out).pages
    told = " ".join(page.extract_text() for page in pages)
    assert len(report.openings) < len(pages) <= 4 * len(report.openings)
    assert "Laval" in told and "Sources" in told
    width, height = pages[0].mediabox.width, pages[0].mediabox.height
    assert (round(width), round(height)) in {(595, 842), (596, 842), (595, 843)}
    assert [p.name for p in Path(tmp_path).iterdir()] == ["r.pdf"]
