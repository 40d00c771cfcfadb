"""A dry run from official files: everything is read, nothing is left."""

from __future__ import annotations

import tempfile

import pytest

from demomed.ingestion import lots
from demomed.ingestion.lots import ready_bundle


@pytest.mark.parametrize("wanted", [("-d", "53"), ("-d", "53", "-d", "72"), ("--all",)])
def test_a_dry_run_writes_nothing(wanted, untouched, command, tmp_path, monkeypatch):
    here, scratch = tmp_path / "here", tmp_path / "scratch"
    here.mkdir()
    scratch.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    code, out, _ = command("publish", *wanted, "--data", str(untouched), "--dry-run")
    assert code == 0
    assert "rien n'a été écrit" in out
    assert [*here.rglob("*"), *scratch.rglob("*")] == []


def test_a_trial_takes_what_is_kept_and_keeps_nothing(untouched, tmp_path, monkeypatch):
    cache, trial = tmp_path / "lots", tmp_path / "trial"
    trial.mkdir()
    made = ready_bundle(untouched, "53", version="1", cache=cache, trial=trial)
    assert made.parent == trial
    assert not cache.exists()
    kept = ready_bundle(untouched, "53", version="1", cache=cache)
    monkeypatch.setattr(lots, "build_bundle", lambda *a, **k: pytest.fail("built twice"))
    assert ready_bundle(untouched, "53", version="1", cache=cache, trial=trial) == kept
