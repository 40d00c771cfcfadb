"""Portals that are compared share their classes, whichever is drawn first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from demomed.core.indicator import PublicIndicators
from demomed.rendering.compose import compose
from demomed.rendering.scales import shared_breaks


@pytest.fixture(scope="module")
def other(toy):
    """Another department: other zones, densities three times as high."""
    table = toy.toy_public().table.copy()
    table["zone_code"] = "x" + table["zone_code"].astype(str)
    table["value"] = table["value"] * 3
    return PublicIndicators(table)


def legend(document, layer_id):
    layer = next(x for x in document.layers if x.id == layer_id)
    return [e.label for e in layer.levels["epci"].legend if e.kind == "class"], layer.levels["epci"]


def test_order_does_not_matter_and_declared_bounds_stay(toy, other):
    public = toy.toy_public()
    found = shared_breaks([public, other])
    assert found == shared_breaks([other, public])
    assert ("density_gp", "epci") in found
    layers = {layer for layer, _ in found}
    assert not any(layer.startswith(("supply_count", "apl_gp", "minutes_")) for layer in layers)


def test_maps_have_the_same_classes_whatever_they_hold(toy, other):
    public, territory = toy.toy_public(), toy.toy_territory()
    breaks = shared_breaks([public, other])
    tripled = replace(
        public,
        table=public.table.assign(
            value=public.table["value"].where(
                ~public.table["indicator"].str.startswith("density"), public.table["value"] * 3
            )
        ),
    )
    inner = []
    for shown in (public, tripled):
        document = compose(territory, shown, "offre", version="0", breaks=breaks)
        _, values = legend(document, "density_gp")
        bounds = sorted(values.bounds)
        inner.append(bounds[1:-1])
        assert values.classing.startswith("Seuils fixes")
    assert inner[0] == inner[1] == list(breaks["density_gp", "epci"])
    alone = compose(territory, public, "offre", version="0")
    assert legend(alone, "density_gp")[1].classing != values.classing
