"""The suite of benchmarks: every script declared, every entry in the results, one form of measure."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"


def loaded(name: str) -> ModuleType:
    """A script of the folder, which imports its neighbours by their plain names."""
    sys.path.insert(0, str(FOLDER))
    try:
        spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
        made = importlib.util.module_from_spec(spec)
        sys.modules[name] = made
        spec.loader.exec_module(made)
        return made
    finally:
        sys.path.remove(str(FOLDER))


measure, suite = loaded("measure"), loaded("suite")
Measure = measure.Measure


def test_every_script_is_an_entry_or_a_tool():
    scripts = {path.stem for path in FOLDER.glob("*.py")}
    assert scripts == {entry.script for entry in suite.ENTRIES} | set(suite.TOOLS)
    names = [entry.name for entry in suite.ENTRIES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("entry", suite.ENTRIES, ids=lambda entry: entry.name)
def test_every_entry_tells_measures_in_the_common_form(entry):
    tree = ast.parse((FOLDER / f"{entry.script}.py").read_text("utf-8"))
    made = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    assert any(getattr(call.func, "id", "") == "Measure" for call in made)


@pytest.mark.parametrize("entry", suite.ENTRIES, ids=lambda entry: entry.name)
def test_the_results_have_a_row_for_every_entry(entry):
    lines = (FOLDER / "RESULTS.md").read_text("utf-8").splitlines()
    table = [line for line in lines if line.startswith(f"| {entry.name} |")]
    assert table
    assert all(line.count("|") == len(suite.HEAD) + 1 for line in table)


def test_the_results_name_no_folder_of_the_machine():
    text = (FOLDER / "RESULTS.md").read_text("utf-8")
    assert not any(word in text for word in ("/home/", "/root/", "/tmp/", str(Path.home())))


def test_a_measure_is_recorded_and_read_again(tmp_path, monkeypatch):
    record = tmp_path / "measures.jsonl"
    monkeypatch.setenv(measure.RECORD, str(record))
    one = Measure("travail | un", 0.5, theirs=2.0, peer="autre", mark=1.0, memory=12.0)
    assert measure.tell(one) == one
    measure.tell(Measure("poids", 3.0, "kB"))
    assert measure.told(record) == [one, Measure("poids", 3.0, "kB")]
    assert one.ratio == 4.0 and one.is_held
    assert "autre 2.00 s CPU" in str(one) and "4.0 ×" in str(one)


def test_a_mark_passed_or_a_wrong_result_is_not_held():
    assert not Measure("a", 1.1, mark=1.0).is_held
    assert not Measure("a", 0.1, is_true=False).is_held
    assert "NOT HELD" in str(Measure("a", 1.1, mark=1.0))
    fails = Measure("a", 1.0, peer="autre")
    assert fails.ratio is None and "autre fails" in str(fails)


def test_a_benchmark_that_fails_is_told_and_keeps_what_it_measured(tmp_path, monkeypatch):
    (tmp_path / "broken.py").write_text(
        f"import sys; sys.path.insert(0, {str(FOLDER)!r})\n"
        "from measure import Measure, tell\n"
        "tell(Measure('first', 1.0, memory=3.0))\n"
        "raise SystemExit(3)\n"
    )
    monkeypatch.setattr(suite, "HERE", tmp_path)
    entry = suite.Entry("broken", "broken")
    done = suite.run(entry, ())
    assert done.code == 3 and not done.is_held
    assert [one.what for one in done.measures] == ["first"]
    page = suite.report(
        [done, suite.Outcome(suite.Entry("later", "later"))], "2026-01-02", quick=False
    )
    assert "2026-01-02" in page and "**failed**, exit 3" in page
    assert any(line.startswith("| later |") and "not run" in line for line in page.splitlines())
    assert str(tmp_path) not in page


def test_memory_of_a_process_apart_is_its_own():
    asked = (
        f"import sys; sys.path.insert(0, {str(FOLDER)!r}); from measure import apart\n"
        "heavy, light = apart('-c', 'print(len(bytearray(120_000_000)))'), apart('-c', '1')\n"
        "print(heavy.code, heavy.said, heavy.peak - light.peak)"
    )
    small = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    code, said, more = small.stdout.split()
    assert (code, said) == ("0", "120000000")
    assert 100 < float(more) < 130


def test_the_day_is_given_by_the_caller():
    asked = subprocess.run(
        [sys.executable, str(FOLDER / "suite.py"), "--only"],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "80"},
        check=False,
    )
    assert asked.returncode == 2 and "--date" in asked.stderr
