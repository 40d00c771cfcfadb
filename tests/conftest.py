"""Fixtures shared by every test."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

from demomed.core.territory import Territory

settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def toyland() -> Territory:
    """Five communes, two EPCIs, one neighbouring commune, eleven fictional practitioners."""
    return _load(Path(__file__).parent / "toy" / "toyland.py").make_toyland()
