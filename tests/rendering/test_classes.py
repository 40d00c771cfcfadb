"""Classes: the worked example to its digits, exactness, readable bounds, colours told apart."""

import warnings
from itertools import combinations, pairwise

import mapclassify
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demomed.core.catalogue import entries, entry
from demomed.core.faults import InputError
from demomed.rendering.classes import (
    CLASSES_BY_LEVEL,
    MOST_CLASSES,
    assign,
    circle_radii,
    class_limits,
    confusions,
    equal_breaks,
    headtail_breaks,
    jenks_breaks,
    make_classes,
    palette,
    quantile_breaks,
    reference_counts,
)
from demomed.rendering.colour import contrast, differences, luminance, ramp

WORKED = np.array([2.0, 2.1, 2.2, 2.4, 3.1, 3.2, 3.3, 4.8, 5.0, 7.9])

values_of_a_map = st.lists(
    st.floats(-500, 5000, allow_nan=False).map(lambda v: round(v, 1)), min_size=1, max_size=60
)


def within(values, bounds):
    index = assign(values, bounds)
    groups = [values[index == k] for k in np.unique(index)]
    return sum(((g - g.mean()) ** 2).sum() for g in groups)


@pytest.mark.parametrize(
    ("breaks", "expected"),
    [
        (jenks_breaks(WORKED, 3), (3.3, 5.0, 7.9)),
        (jenks_breaks(WORKED, 4), (2.4, 3.3, 5.0, 7.9)),
        (quantile_breaks(WORKED, 4), (2.25, 3.15, 4.425, 7.9)),
        (equal_breaks(WORKED, 4), (3.475, 4.95, 6.425, 7.9)),
        (headtail_breaks(WORKED), (3.6, 5.9, 7.9)),
    ],
)
def test_worked_example(breaks, expected):
    assert breaks == pytest.approx(expected)


@pytest.mark.parametrize(
    ("count", "fit", "inside"), [(3, 0.936975, 1.928571), (4, 0.995833, 0.1275)]
)
def test_worked_example_goodness(count, fit, inside):
    classing = make_classes(WORKED, count, decimals=1)
    assert classing.goodness == pytest.approx(fit, abs=5e-7)
    assert within(WORKED, classing.bounds) == pytest.approx(inside, abs=5e-7)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 30), min_size=4, max_size=11).filter(lambda v: len(set(v)) >= 4),
    st.integers(2, 4),
)
def test_jenks_is_the_best_of_all(values, count):
    """No other choice of breaks among all of them leaves less variance inside the classes."""
    array = np.sort(np.array(values, dtype=float))
    distinct = np.unique(array)
    best = min(
        within(array, (distinct[0], *inner, distinct[-1]))
        for inner in combinations(distinct[:-1], count - 1)
    )
    bounds = (distinct[0], *jenks_breaks(array, count))
    assert within(array, bounds) == pytest.approx(best, abs=1e-9)


def test_jenks_agrees_with_an_independent_implementation():
    values = np.round(np.random.default_rng(53).gamma(2, 30, 80), 1)
    for count in (3, 4, 5):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # numba is optional there
            other = mapclassify.FisherJenks(values, k=count)
        assert jenks_breaks(values, count) == pytest.approx(tuple(other.bins))


@settings(max_examples=150, deadline=None)
@given(
    values_of_a_map, st.integers(1, 6), st.sampled_from(["jenks", "quantile", "equal", "headtail"])
)
def test_readable_bounds_move_no_zone(values, count, method):
    array = np.array(values)
    exact = make_classes(values, count, method, readable=False, decimals=1)
    rounded = make_classes(values, count, method, decimals=1)
    groups = [np.unique(assign(array, c.bounds), return_inverse=True)[1] for c in (exact, rounded)]
    assert groups[0].tolist() == groups[1].tolist()
    assert all(low < high for low, high in pairwise(rounded.bounds[1:]))
    assert rounded.bounds[0] == min(values)
    assert rounded.bounds[-1] == max(values)


@settings(max_examples=100, deadline=None)
@given(values_of_a_map, st.integers(1, 6))
def test_every_value_is_in_exactly_one_written_class(values, count):
    classing = make_classes(values, count, decimals=1)
    limits = class_limits(classing, 1)
    index = assign(np.array(values), classing.bounds)
    for value, mine in zip(values, index, strict=True):
        inside = [k for k, (low, high) in enumerate(limits) if low - 1e-9 <= value <= high + 1e-9]
        assert inside == [mine]


def test_order_of_values_is_irrelevant():
    shuffled = np.random.default_rng(1).permutation(WORKED)
    assert make_classes(shuffled, 4, decimals=1) == make_classes(WORKED, 4, decimals=1)


def test_break_belongs_to_the_lower_class():
    assert assign(np.array([2.5, 2.6]), (0, 2.5, 5)).tolist() == [0, 1]


@pytest.mark.parametrize("values", [[7.0], [7.0, 7.0, 7.0], [1.0, 2.0]])
def test_few_distinct_values_reduce_the_classes(values):
    classing = make_classes(values, 4)
    assert classing.reduced
    assert classing.count == len(set(values))


def test_no_value_no_class():
    assert make_classes([], 4).count == 0


def test_fixed_bounds_do_not_depend_on_the_values():
    low = make_classes([4.0, 9.0], 0, "fixed", fixed=(10, 15, 20))
    high = make_classes([4.0, 99.0], 0, "fixed", fixed=(10, 15, 20))
    assert low.bounds[1:-1] == high.bounds[1:-1] == (10, 15, 20)
    assert low.count == high.count == 4


def test_bad_method_and_too_many_classes_are_refused():
    with pytest.raises(InputError, match="vouliez-vous dire « jenks »"):
        make_classes([1, 2], 2, "jenk")
    with pytest.raises(InputError, match="regrouper"):
        make_classes([1, 2], MOST_CLASSES + 1)


@pytest.mark.parametrize("theme", sorted(entries("themes")))
@pytest.mark.parametrize("favourable", ["high", "low", None])
@pytest.mark.parametrize("count", range(2, MOST_CLASSES + 1))
def test_neighbouring_classes_are_told_apart_by_every_eye(theme, favourable, count):
    colours = palette(entry("themes", theme), favourable, count)
    assert confusions(colours) == ()
    assert (np.diff(luminance(colours)) < 0).all()


def test_confusions_are_found():
    """Two reds and greens that a deuteranope confuses are reported; the check can fail."""
    assert differences(["#b05030", "#7a6a20"])[0] > 10
    assert "deuteranopia" in {vision for vision, _, _ in confusions(["#b05030", "#7a6a20"])}


@pytest.mark.parametrize("theme", sorted(entries("themes")))
def test_texts_of_themes_have_contrast(theme):
    colours = entry("themes", theme)["colours"]
    for text in ("ink", "secondary", "link"):
        for paper in ("paper", "panel"):
            assert contrast(colours[text], colours[paper]) >= 4.5, (text, paper)


def test_ramp_passes_through_its_anchors():
    anchors = ["#fdeec9", "#ee8a4e", "#8f1f3a"]
    assert ramp(anchors, 3) == tuple(anchors)
    assert ramp(anchors, 5)[::2] == tuple(anchors)


def test_levels_have_the_classes_a_reader_can_tell():
    assert (CLASSES_BY_LEVEL["epci"], CLASSES_BY_LEVEL["commune"]) == (4, 5)


@given(st.lists(st.one_of(st.none(), st.integers(0, 10_000)), min_size=1, max_size=30))
def test_circles_have_areas_in_proportion(values):
    radii = circle_radii(values, 20)
    top = max((v for v in values if v), default=0)
    for value, radius in zip(values, radii, strict=True):
        expected = 20 * (value / top) ** 0.5 if value else 0
        assert radius == pytest.approx(expected, abs=0.006)


@given(st.lists(st.integers(1, 90_000), min_size=1, max_size=30))
def test_reference_circles_are_round_and_in_range(values):
    found = reference_counts(values)
    assert 1 <= len(found) <= 3
    assert list(found) == sorted(found, reverse=True)
    assert all(0 < v <= max(values) and len(f"{v:.0f}".rstrip("0")) == 1 for v in found)
