"""Every dataset is declared once, in full, and what readers write on rows is declared."""

from __future__ import annotations

import re
from datetime import date

import pytest

from demomed.core.catalogue import entry, sources
from demomed.ingestion.downloads import downloads

KEYS = {
    "id",
    "title",
    "producer",
    "page",
    "address",
    "licence",
    "rhythm",
    "field",
    "note",
    "files",
    "vintages",
}


@pytest.mark.parametrize("id_", sorted(sources()))
def test_a_source_says_everything(id_):
    raw = sources()[id_]
    assert set(raw) >= KEYS
    assert re.fullmatch(r"[a-z0-9_]+", raw["id"])
    assert raw["title"] and raw["producer"] and raw["licence"] and raw["files"] and raw["field"]
    for vintage in raw["vintages"]:
        assert vintage["vintage"]
        assert vintage["status"] in {"current", "kept", "withdrawn"}
        assert date.fromisoformat(vintage["as_of"])
        assert re.fullmatch(r"[0-9a-f]{64}", vintage.get("sha256", "0" * 64))
        address = vintage.get("address") or raw["address"]
        assert not address or address.startswith("https://")


def test_two_declarations_never_share_a_file_name_for_two_addresses():
    kept: dict[str, str] = {}
    for item in downloads():
        if item.address:
            assert kept.setdefault(item.file, item.address) == item.address


def test_source_ids_that_readers_write_are_declared():
    written = set(entry("layouts", "apl")["sources"].values())
    written |= {
        "finess",
        "ans_rpps",
        "drees_demography",
        "cnam_professionals",
        "insee_bpe_counts",
        "insee_bpe_detail",
    }
    assert written <= set(sources())
