"""Documents of Toyland, shared by the tests of rendering."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from demomed.rendering.table import indicators_csv, ranking_csv


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


@pytest.fixture(scope="session")
def portal(toy):
    """What the portal of the toy department is made of: pages, index, files, sheets."""
    documents = tuple(toy.toy_document(page) for page in toy.toy_drawn())
    files = {
        "indicateurs.csv": indicators_csv(toy.toy_public(), toy.toy_territory()),
        "classement.csv": ranking_csv(toy.toy_ranking()),
    }
    made = {"manifest.json", *(f"{d.page_id}.{kind}" for d in documents for kind in ("svg", "png"))}
    for link in documents[0].downloads:
        if link.href not in made:
            files.setdefault(link.href, b"colonne\r\n")
    return documents, toy.toy_index(), files, (*toy.toy_sheets(), *toy.toy_notices())


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all the pages of a process: two of them would not share its loop."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield found
        found.close()
