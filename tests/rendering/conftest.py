"""Documents of Toyland, shared by the tests of rendering."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def toy() -> ModuleType:
    """The module ``toy_document``: territory, public indicators, ranking, documents, index."""
    path = Path(__file__).with_name("toy_document.py")
    spec = importlib.util.spec_from_file_location("toy_document", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["toy_document"] = module
    spec.loader.exec_module(module)
    return module
