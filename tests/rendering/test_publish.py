"""A portal is written whole or not at all, and says what it holds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from demomed.core.faults import InputError
from demomed.rendering import publish
from demomed.rendering.check import check_site
from demomed.rendering.compose import pages
from demomed.rendering.publish import iframe_snippet, publish_site, site_files


def content_of(folder: Path):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


@pytest.mark.parametrize("mode", ["single", "split", "csp"])
def test_published_portal_breaks_no_rule(portal, tmp_path, mode):
    out = tmp_path / "99"
    written = publish_site(*portal[:3], out, mode=mode, sheets=portal[3])
    assert written == sorted(content_of(out))
    assert check_site(out) == []
    assert {f"{page}.html" for page in pages()} < set(written)
    assert ("assets/leaflet.js" in written) == (mode == "split")
    told = (out / "integration.txt").read_text(encoding="utf-8")
    assert ("Content-Security-Policy: default-src 'none'" in told) == (mode == "csp")


def test_two_publications_are_identical_and_old_files_go(portal, tmp_path):
    out = tmp_path / "99"
    publish_site(*portal[:3], out, mode="split", sheets=portal[3])
    publish_site(*portal[:3], out, sheets=portal[3])
    first = content_of(out)
    assert not (out / "assets").exists()
    publish_site(*portal[:3], out, sheets=portal[3])
    assert content_of(out) == first
    assert [p.name for p in tmp_path.iterdir()] == ["99"]


def test_manifest_lists_files_hashes_and_sources(portal, tmp_path):
    publish_site(*portal[:3], tmp_path / "99", sheets=portal[3])
    told = json.loads((tmp_path / "99" / "manifest.json").read_text(encoding="utf-8"))
    for name, entry in told["files"].items():
        content = (tmp_path / "99" / name).read_bytes()
        assert entry == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert {s["id"] for s in told["sources"]} == {
        s.id for d in (*portal[0], *portal[3]) for s in d.sources
    }
    assert str(tmp_path) not in json.dumps(told)


def _failing(real, on_call):
    calls = []

    def fail(*args):
        calls.append(args)
        if len(calls) == on_call:
            raise OSError("disque plein")
        return real(*args)

    return fail


@pytest.mark.parametrize("step", ["write", "exchange", "rename"])
def test_a_crash_leaves_the_previous_portal(portal, tmp_path, monkeypatch, step):
    out = tmp_path / "99"
    publish_site(*portal[:3], out, sheets=portal[3])
    before = content_of(out)
    if step == "write":
        monkeypatch.setattr(publish, "write_through", _failing(publish.write_through, 4))
    elif step == "exchange":
        monkeypatch.setattr(publish, "exchanged", _failing(publish.exchanged, 1))
    else:  # where the system cannot exchange two folders at once
        monkeypatch.setattr(publish, "exchanged", lambda *_: False)
        monkeypatch.setattr(Path, "rename", _failing(Path.rename, 2))
    with pytest.raises(OSError, match="disque plein"):
        publish_site(*portal[:3], out, mode="split", sheets=portal[3])
    monkeypatch.undo()
    assert content_of(out) == before
    assert [p.name for p in tmp_path.iterdir()] == ["99"]


def test_an_interrupted_exchange_is_repaired(portal, tmp_path):
    out = tmp_path / "99"
    publish_site(*portal[:3], out, sheets=portal[3])
    before = content_of(out)
    out.rename(tmp_path / ".99.precedent")
    (tmp_path / ".99.en-cours").mkdir()
    publish_site(*portal[:3], out, sheets=portal[3])
    assert content_of(out) == before
    assert [p.name for p in tmp_path.iterdir()] == ["99"]


def test_files_of_others_are_never_removed(portal, tmp_path):
    (tmp_path / "these.odt").write_text("travail", encoding="utf-8")
    with pytest.raises(InputError, match=r"these\.odt"):
        publish_site(*portal[:3], tmp_path, sheets=portal[3])
    assert (tmp_path / "these.odt").read_text(encoding="utf-8") == "travail"


def test_a_faulty_page_is_not_written(portal, tmp_path):
    documents, index, files, sheets = portal
    first = documents[0]
    layers = tuple(
        replace(
            layer,
            levels={k: replace(v, texts=("0,7", *v.texts[1:])) for k, v in layer.levels.items()},
        )
        for layer in first.layers
    )
    with pytest.raises(InputError, match="la même valeur partout"):
        publish_site(
            (replace(first, layers=layers), *documents[1:]),
            index,
            files,
            tmp_path / "99",
            sheets=sheets,
        )
    assert list(tmp_path.iterdir()) == []


def test_unknown_mode_names_the_closest(portal):
    with pytest.raises(InputError, match="split"):
        site_files(*portal[:3], mode="spli", sheets=portal[3])


def test_iframe_has_a_title_and_a_link_and_escapes():
    snippet = iframe_snippet('a.html?"<', "Offre « soins » <b>")
    assert "title=" in snippet
    assert snippet.count("<b>") == 0
    assert '"<' not in snippet.split("src=")[1][:14]
    assert publish.iframe_snippet("a.html", "x").count("a.html") == 2
