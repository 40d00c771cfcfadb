"""Joining outlines of different precision: no gap, no overlap, nobody lost."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from demomed.core.faults import InputError
from demomed.ingestion.boundaries import (
    area_km2,
    check_coverage,
    dissolve,
    read_outlines,
    simplify,
)
from demomed.ingestion.official import OfficialFile
from demomed.ingestion.stitching import cut_out, stitch

X, Y = 420_000.0, 6_780_000.0


def frame(**shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    index = pd.Index(list(shapes), name="commune_code", dtype="str")
    moved = [shapely.transform(s, lambda xy: np.add(xy, (X, Y))) for s in shapes.values()]
    return gpd.GeoDataFrame(geometry=moved, index=index, crs="EPSG:2154")


def zigzag(amplitude: float, steps: int, seed: int) -> list[tuple[float, float]]:
    shift = np.random.default_rng(seed).uniform(-amplitude, amplitude, steps - 1)
    inner = [(5000 + dx, 10_000 * k / steps) for k, dx in enumerate(shift, start=1)]
    return [(5000.0, 0.0), *inner, (5000.0, 10_000.0)]


@settings(max_examples=30, deadline=None)
@given(
    amplitude=st.floats(1, 900),
    steps=st.integers(3, 40),
    seed=st.integers(0, 10_000),
    cut=st.floats(3000, 7000),
)
def test_stitch_keeps_the_fine_border_and_fills_everything(amplitude, steps, seed, cut):
    line = zigzag(amplitude, steps, seed)
    fine = frame(a=shapely.Polygon([(0, 0), *line, (0, 10_000)]))
    coarse = frame(b=shapely.box(5000, 0, 10_000, cut), c=shapely.box(5000, cut, 10_000, 10_000))
    claimed = frame(x=shapely.box(0, 0, 5000, 10_000)).geometry.iloc[0]
    joined = stitch(fine, coarse, claimed)
    assert list(joined.index) == ["a", "b", "c"]
    assert joined.is_valid.all()
    assert shapely.coverage_is_valid(joined.geometry.to_numpy())
    assert joined.area.sum() == pytest.approx(1e8, rel=1e-5)
    kept = joined.geometry["a"].intersection(fine.geometry["a"]).area
    assert kept >= 0.97 * fine.geometry["a"].area
    simple = simplify(joined, 100.0)
    assert simple.is_valid.all()


def test_stitch_leaves_the_sea_outside():
    fine = frame(a=shapely.box(0, 0, 1000, 1000))
    coarse = frame(b=shapely.box(1000, 0, 2000, 800))
    claimed = frame(x=shapely.box(0, 0, 1000, 900)).geometry.iloc[0]
    joined = stitch(fine, coarse, claimed)
    assert joined.area.to_dict() == {"a": 1e6, "b": 8e5}


def test_stitch_gives_a_detached_sliver_to_its_neighbour_but_keeps_a_narrow_commune():
    fine = frame(a=shapely.box(0, 0, 1000, 1000))
    coarse = frame(
        b=shapely.union_all([shapely.box(1020, 0, 2000, 1000), shapely.box(-20, 0, 0, 1000)]),
        narrow=shapely.box(1000, 0, 1020, 1000),
    )
    claimed = frame(x=shapely.box(0, 0, 1000, 1000)).geometry.iloc[0]
    joined = stitch(fine, coarse, claimed)
    assert joined.area.round().to_dict() == {"a": 1_020_000.0, "b": 980_000.0, "narrow": 20_000.0}


def test_cut_out_shares_the_former_outline_exactly():
    fine = frame(p=shapely.box(0, 0, 4000, 2000), q=shapely.box(0, 2000, 4000, 3000))
    pattern = frame(c=shapely.box(2500, -30, 4050, 1980)).geometry.iloc[0]
    cut = cut_out(fine, "p", "c", pattern)
    both = shapely.coverage_union_all(cut.geometry[["p", "c"]].to_numpy())
    assert both.symmetric_difference(fine.geometry["p"]).area == pytest.approx(0, abs=1e-3)
    assert cut.area["c"] == pytest.approx(1500 * 1980, rel=1e-6)
    check_coverage(cut)


def test_cut_out_gives_border_points_to_the_neighbours():
    fine = frame(p=shapely.box(0, 0, 4000, 2000), q=shapely.box(0, 2000, 4000, 3000))
    pattern = frame(c=shapely.box(2500, -30, 4050, 2100)).geometry.iloc[0]
    cut = cut_out(fine, "p", "c", pattern)
    check_coverage(cut)
    assert cut.area.sum() == pytest.approx(fine.area.sum())


def test_overlap_and_bow_tie_are_refused():
    with pytest.raises(InputError, match="non partagées"):
        check_coverage(frame(a=shapely.box(0, 0, 10, 10), b=shapely.box(9, 0, 20, 10)))
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    with pytest.raises(InputError, match="contours invalides : a"):
        check_coverage(frame(a=bow))


def test_dissolve_drops_inner_borders_only():
    parts = frame(a=shapely.box(0, 0, 10, 10), b=shapely.box(10, 0, 20, 10))
    zones = dissolve(parts, pd.Series({"a": "z", "b": "z"}))
    assert zones["z"].area == 200
    assert zones["z"].geom_type == "Polygon"


def test_area_is_that_of_the_ground():
    square = frame(a=shapely.box(0, 0, 10_000, 10_000))
    assert area_km2(square)["a"] == pytest.approx(100, rel=0.003)


def outline_file(coordinates: list) -> OfficialFile:
    import json

    features = [
        {
            "type": "Feature",
            "properties": {"code": "53001"},
            "geometry": {"type": "Polygon", "coordinates": coordinates},
        }
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    return OfficialFile("limites.geojson", content, "0" * 64)


def test_a_ring_that_touches_itself_is_rebuilt_with_its_area():
    ring = [[0, 48], [0.2, 48], [0.1, 48.1], [0.2, 48.2], [0, 48.2], [0.1, 48.1], [0, 48]]
    repaired = read_outlines(outline_file([ring]), ("code",))
    assert repaired.is_valid.all()
    assert repaired.geometry.iloc[0].geom_type == "MultiPolygon"


def test_a_ring_that_crosses_itself_is_refused():
    ring = [[0, 48], [0.2, 48.2], [0.2, 48], [0, 48.1], [0, 48]]
    with pytest.raises(InputError, match="contours invalides : 53001"):
        read_outlines(outline_file([ring]), ("code",))
