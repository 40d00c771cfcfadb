"""Labels of a drawing: none over another, no value lost for the name of a neighbour."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from demomed.rendering.static_labels import placed_labels

ZONES = st.lists(
    st.tuples(
        st.floats(0, 400), st.floats(0, 400), st.sampled_from(["Orne", "Territoire de Belfort"]),
        st.floats(1, 9),
    ),
    max_size=12,
)  # fmt: skip


def labels_of(zones):
    places = np.array([zone[:2] for zone in zones]).reshape(-1, 2)
    values = [str(60 + i) for i in range(len(zones))]
    return placed_labels(
        places, [z[2] for z in zones], values, np.array([z[3] for z in zones])
    ), values


@given(ZONES)
def test_no_label_covers_another_and_each_is_of_one_zone(zones):
    labels, values = labels_of(zones)
    for one, two in combinations(labels, 2):
        assert not shapely.box(*one.box).intersects(shapely.box(*two.box))
    assert len({label.value for label in labels}) == len(labels)
    written = {label.value: label for label in labels}
    for zone, value in zip(zones, values, strict=True):
        if value in written:
            assert (written[value].x, written[value].y) == zone[:2]
            assert " ".join(written[value].name) in ("", zone[2])


@given(ZONES)
def test_no_zone_that_stands_alone_loses_its_value(zones):
    labels, values = labels_of(zones)
    written = {label.value for label in labels}
    for i, (x, y, *_) in enumerate(zones):
        near = [
            z for j, z in enumerate(zones) if j != i and abs(z[0] - x) < 25 and abs(z[1] - y) < 25
        ]
        if not near:
            assert values[i] in written


def test_zones_far_apart_have_their_name_and_the_widest_comes_first():
    far = [(0.0, 0.0, "Orne", 1.0), (300.0, 0.0, "Territoire de Belfort", 2.0)]
    assert [label.name for label in labels_of(far)[0]] == [("Orne",), ("Territoire de", "Belfort")]
    close = [(0.0, 0.0, "Orne", 1.0), (4.0, 0.0, "Orne", 2.0)]
    (kept,) = labels_of(close)[0]
    assert kept.value == "61"
