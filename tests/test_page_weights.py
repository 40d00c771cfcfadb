"""Theme pages of the shipped departments stay light, raw and compressed."""

from __future__ import annotations

import gzip

import pytest

from demomed import pipeline
from demomed.analysis import compute
from demomed.analysis.earlier_dates import at_earlier_dates
from demomed.core.ranking import Ranking
from demomed.core.territory import LEVELS
from demomed.pipeline.measuring import protected, ranked
from demomed.rendering.compose import compose, drawn_pages
from demomed.rendering.page import render_page
from demomed.rendering.scene import make_scene

RAW, COMPRESSED = 400_000, 110_000
"""Bytes that a theme page may weigh, as written and as a server sends it."""


@pytest.mark.parametrize("department", ["53", "41", "61"])
def test_theme_pages_are_light(department):
    territory = pipeline.load_territory(department)
    public = protected(territory, compute(territory, level=LEVELS))
    outcome = ranked(territory, public, "installation")
    ranking = outcome if isinstance(outcome, Ranking) else None
    scene = make_scene(territory)
    earlier = tuple(protected(territory, past) for past in at_earlier_dates(territory))
    assert earlier
    weights = {}
    for page in drawn_pages(public, ranking):
        document = compose(
            territory,
            public,
            page,
            ranking=ranking,
            version="0",
            scene=scene,
            with_sheets=True,
            earlier=earlier,
        )
        content = render_page(document)
        weights[page] = len(content), len(gzip.compress(content, mtime=0))
    assert len(weights) >= 8
    heavy = {name: two for name, two in weights.items() if two[0] > RAW or two[1] > COMPRESSED}
    assert not heavy
