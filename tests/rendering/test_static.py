"""The static drawing: complete, escaped, light, the same at every build, readable in grey."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from demomed.core.document import Layer
from demomed.core.faults import InputError
from demomed.rendering.static import static_svg

SVG = "{http://www.w3.org/2000/svg}"
PAGES = ("offre", "age", "acces", "priorites")


def every(toy):
    for page in PAGES:
        document = toy.toy_document(page)
        for layer in document.layers:
            for level in layer.levels:
                yield document, layer, level


def texts(root):
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def test_every_layer_draws_every_zone_with_its_legend_and_sources(toy):
    for document, layer, level in every(toy):
        root = ET.fromstring(static_svg(document, layer.id, level))
        titles = [t.text for path in root.iter(f"{SVG}path") for t in path.iter(f"{SVG}title")]
        zones = document.zones[level]
        assert len(titles) == len(zones.codes)
        assert all(title.startswith(name) for title, name in zip(titles, zones.names, strict=True))
        written = " ".join(texts(root)).replace("\u202f", " ")
        for line in layer.levels[level].legend:
            assert line.label.split()[0] in written
        assert "Lambert-93" in written
        assert "Sources" in written
        assert layer.date_label.split()[-1] in written


def test_same_document_same_bytes(toy):
    document = toy.toy_document("age")
    assert static_svg(document) == static_svg(replace(document))


def test_patterns_tell_states_without_colour(toy):
    document = toy.toy_document("age")
    layer = next(x for x in document.layers if x.id == "share_55_plus_gp")
    svg = static_svg(document, layer.id, "epci")
    states = set(layer.levels["epci"].statuses)
    assert "coarse" in states
    for state in states & {"missing", "masked", "coarse", "unstable", "not_applicable"}:
        assert f"url(#{state}-{layer.id}-epci)" in svg


def test_identifiers_differ_from_one_drawing_to_another(toy):
    """Two drawings can stand on one page: no identifier is shared."""

    def identifiers(svg):
        return {e.get("id") for e in ET.fromstring(svg).iter() if e.get("id")}

    document = toy.toy_document("offre")
    first, second = document.layers[:2]
    assert not identifiers(static_svg(document, first.id, "epci")) & identifiers(
        static_svg(document, second.id, "epci")
    )


def test_circles_have_areas_in_proportion_and_largest_first(toy):
    document = toy.toy_document("offre")
    layer = next(x for x in document.layers if x.id == "supply_count_gp")
    root = ET.fromstring(static_svg(document, layer.id, "epci"))
    group = next(g for g in root.iter(f"{SVG}g") if g.get("fill-opacity") == ".35")
    radii = [float(c.get("r")) for c in group]
    values = sorted((v for v in layer.levels["epci"].values if v), reverse=True)
    assert len(radii) == len(values)
    assert radii == sorted(radii, reverse=True)
    for radius, value in zip(radii, values, strict=True):
        assert (radius / radii[0]) ** 2 == pytest.approx(value / values[0], abs=0.01)


def test_hostile_names_stay_text(toy):
    document = toy.toy_document("offre")
    hostile = "<script>alert(1)</script> & \"'\u202e\x00\x0b"
    zones = document.zones["epci"]
    named = replace(zones, names=(hostile,) * 2, short_names=(hostile,) * 2)
    svg = static_svg(replace(document, zones={**document.zones, "epci": named}))
    root = ET.fromstring(svg)
    assert "<script" not in svg
    assert not list(root.iter(f"{SVG}script"))
    assert "\x00" not in svg
    assert "\x0b" not in svg


def test_no_outside_reference(toy):
    for document, layer, level in every(toy):
        svg = static_svg(document, layer.id, level).replace("http://www.w3.org/2000/svg", "")
        assert "http" not in svg.replace("https://", "http://") or "href" not in svg
        assert "<image" not in svg


def test_light(toy):
    assert max(len(static_svg(*_ids(x)).encode()) for x in every(toy)) < 20_000


def _ids(item):
    document, layer, level = item
    return document, layer.id, level


def test_unknown_layer_or_level_is_refused(toy):
    document = toy.toy_document("offre")
    with pytest.raises(InputError, match="density_gp"):
        static_svg(document, "densty_gp")
    with pytest.raises(InputError, match="vouliez-vous dire « commune »"):
        static_svg(document, "density_gp", "comune")


def test_no_zone_at_all_is_still_a_drawing(toy):
    document = toy.toy_document("offre")
    layer = document.layers[0]
    values = layer.levels["epci"]
    empty = replace(
        values,
        values=(),
        texts=(),
        intervals=(),
        parts=(),
        statuses=(),
        classes=(),
        ranks=(),
        legend=(),
    )
    zones = replace(
        document.zones["epci"],
        codes=(),
        names=(),
        short_names=(),
        label_points=(),
        geometry={"type": "FeatureCollection", "features": []},
    )
    alone: Layer = replace(layer, levels={"epci": empty})
    bare = replace(
        document, layers=(alone,), zones={"epci": zones}, points=(), context={}, outlines={}
    )
    assert ET.fromstring(static_svg(bare)).tag == f"{SVG}svg"
