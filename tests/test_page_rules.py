"""The table of the rules of a page names only tests that exist, and leaves no rule out."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "assurance" / "pages.md").read_text(encoding="utf-8")
ROWS = {
    id_: (rule, re.findall(r"`([^`]+)`", tests))
    for id_, rule, tests in re.findall(r"^\| ([PE]-\d+) \| (.+?) \| (.+) \|$", TEXT, re.M)
}
RULES, BAD_INPUTS = 15, 9


def test_every_rule_has_its_row_in_order():
    expected = [f"P-{i}" for i in range(1, RULES + 1)]
    expected += [f"E-{i}" for i in range(1, BAD_INPUTS + 1)]
    assert list(ROWS) == expected


@pytest.mark.parametrize("id_", ROWS)
def test_every_test_named_exists(id_):
    _, tests = ROWS[id_]
    assert tests
    for named in tests:
        path, _, test = named.partition("::")
        assert f"\ndef {test}(" in (ROOT / path).read_text(encoding="utf-8"), named
