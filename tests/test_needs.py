"""The table of needs names only what exists: commands, pages, functions, files, tests."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import demomed
from demomed.core import catalogue
from demomed.core.indicator import indicators

demomed.compute  # noqa: B018  registers the indicators
ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "assurance" / "needs.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ((?:D|S\d)-\w+) \| (.+?) \| (.+?) \| (.+) \|$", re.M)
ROWS = {found[0]: found[1:] for found in ROW.findall(TEXT)}
EXPECTED = {"D": 12, "S0": 18, "S1": 53, "S2": 16, "S3": 17, "S4": 12}
"""Rows of each document: the mission, then its plan, its sheets, the contract, the 41, the 61."""
SERVED, CALCULUS, REGISTER, LATER, OUT = "servi", "calcul", "registre", "à faire", "hors"
INDEX = {"index"}


@cache
def public_functions():
    """Names defined in the package, wherever they are."""
    found = set()
    for path in (ROOT / "src" / "demomed").rglob("*.py"):
        found |= set(re.findall(r"^\s*(?:def|class) ([A-Za-z]\w*)", path.read_text("utf-8"), re.M))
    return found


def quoted(row):
    return re.findall(r"`([^`]+)`", row[2])


def test_every_row_is_there_once_and_in_order():
    ids = [found[0] for found in ROW.findall(TEXT)]
    assert len(ids) == len(set(ids))
    assert Counter(id_.split("-")[0] for id_ in ids) == EXPECTED


def test_states_are_counted_right():
    told = dict(re.findall(r"^\| ([a-zà ]+) \| .+ \| (\d+) \|$", TEXT, re.M))
    counted = Counter(row[1] for row in ROWS.values())
    assert {state: int(number) for state, number in told.items()} == dict(counted)
    assert set(counted) <= {SERVED, CALCULUS, REGISTER, LATER, OUT}


@pytest.mark.parametrize("id_", ROWS)
def test_what_is_named_exists(id_):
    for word in quoted(ROWS[id_]):
        if word.endswith(".html"):
            known = set(catalogue.entries("pages")) | set(catalogue.entries("dossiers")) | INDEX
            assert word.removesuffix(".html") in known, word
        elif word.endswith("()"):
            assert word.removesuffix("()") in public_functions(), word
        elif "/" in word or word == "notebooks":
            path, _, test = word.partition("::")
            assert (ROOT / path).exists(), word
            assert not test or f"def {test}(" in (ROOT / path).read_text("utf-8"), word
        elif word.startswith("--"):
            assert f'"{word}"' in (ROOT / "src/demomed/cli/options.py").read_text("utf-8"), word
        elif word.startswith(("demomed ", "make ")):
            continue  # typed by tests/test_docs.py
        else:
            assert word in catalogue.entries("recipes") or word in indicators(), word


@pytest.mark.parametrize("id_", [id_ for id_, row in ROWS.items() if row[1] in {SERVED, CALCULUS}])
def test_what_is_served_says_where(id_):
    assert quoted(ROWS[id_]) or re.search(r"voir S\d-\w+", ROWS[id_][2]), id_


def test_references_to_other_rows_exist():
    for id_ in re.findall(r"(?:voir|et) (S\d-\w+)", TEXT):
        assert id_ in ROWS
