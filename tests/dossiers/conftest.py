"""Mayenne as its portal knows it, computed once for the tests of the dossiers."""

from __future__ import annotations

import pytest

import demomed
from demomed.analysis import compute
from demomed.core.territory import LEVELS
from demomed.dossiers.material import Material
from demomed.pipeline import protected
from demomed.rendering.scene import make_scene


@pytest.fixture(scope="session")
def mayenne() -> Material:
    """Material of the shipped bundle, with every indicator after the gate and no ranking."""
    territory = demomed.load_territory("53")
    public = protected(territory, compute(territory, level=LEVELS))
    return Material(territory, public, None, make_scene(territory), (), "0.0.0")
