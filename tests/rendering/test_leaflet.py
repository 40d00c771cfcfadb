"""The folium map: no remote file, fixed names, escaped texts."""

from __future__ import annotations

import re
from dataclasses import replace

import folium
import pytest

from demomed.core.faults import InputError
from demomed.rendering import leaflet
from demomed.rendering.leaflet import map_parts, show

REMOTE = re.compile(r"""<(?:script|link|img)\b[^>]*\b(?:src|href)\s*=\s*["']?(?:https?:)?//""")


def test_parts_declare_each_level_once_with_fixed_names(toy):
    document = toy.toy_document("offre")
    parts = map_parts(document)
    assert parts == map_parts(document)
    assert parts.map_id == "map_carte"
    for level in document.zones:
        assert parts.script.count(f'zones["{level}"].features') == 1
    assert not re.search(r"[0-9a-f]{32}", parts.script)
    assert "tileLayer" not in parts.script


def test_another_leaflet_is_refused(monkeypatch):
    monkeypatch.setattr(leaflet, "LEAFLET_VERSION", "9.9.9")
    with pytest.raises(InputError, match=r"Leaflet 9\.9\.9"):
        leaflet.check_version()


def test_maps_of_the_session_keep_their_files(toy):
    before = list(folium.Map.default_js), list(folium.Map.default_css)
    show(toy.toy_document("offre")).get_root().render()
    map_parts(toy.toy_document("offre"))
    assert (list(folium.Map.default_js), list(folium.Map.default_css)) == before
    assert folium.Map().default_js


def test_notebook_map_is_complete_and_repeatable(toy):
    document = toy.toy_document("offre")
    first, second = (show(document).get_root().render() for _ in range(2))
    assert first == second
    assert isinstance(show(document), folium.Map)
    assert not REMOTE.search(first)
    assert document.zones["epci"].names[0] in first
    assert "<iframe" in show(document)._repr_html_()


def test_notebook_map_escapes_names_in_tooltips(toy):
    document = toy.toy_document("offre")
    zones = document.zones["epci"]
    names = ("<img src=x onerror=alert(1)>", *zones.names[1:])
    bad = replace(document, zones={**document.zones, "epci": replace(zones, names=names)})
    page = show(bad, level="epci").get_root().render()
    assert "<img src=x" not in page
    assert "\\u0026lt;img src=x" in page


def test_notebook_map_draws_counts_as_circles(toy):
    document = toy.toy_document("offre")
    counted = next(layer for layer in document.layers if layer.kind == "count")
    radii = counted.levels["epci"].radii
    page = show(document, layer=counted.id, level="epci").get_root().render()
    assert page.count("L.circleMarker(") == sum(radius > 0 for radius in radii)


def test_unknown_layer_names_the_closest(toy):
    with pytest.raises(InputError, match="density_gp"):
        show(toy.toy_document("offre"), layer="density_g")
