"""make rebuilds what depends on a changed input, and nothing else."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STUB = """#!/bin/sh
echo "$@" >> appels.log
while [ "$1" != "--out" ]; do shift; done
mkdir -p "$2" && touch "$2/manifest.json"
"""
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def tree(tmp_path):
    """The Makefile over a small tree of the same shape, with a command that only notes its call."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in (
        "src/demomed/pipeline/portal.py",
        "src/demomed/rendering/templates/page.html",
        "src/demomed/catalogue/departments/53.toml",
        "src/demomed/catalogue/departments/41.toml",
        "src/demomed/catalogue/recipes/installation.toml",
        "data/reference/communes.parquet",
        "pyproject.toml",
        "constraints.txt",
        "ready",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")
        os.utime(path, (1_000_000_000, 1_000_000_000))
    stub = tmp_path / "stub"
    stub.write_text(STUB, encoding="utf-8")
    stub.chmod(stub.stat().st_mode | stat.S_IEXEC)
    return tmp_path


def make(tree, *targets):
    log = tree / "appels.log"
    log.unlink(missing_ok=True)
    subprocess.run(
        ["make", "-s", *targets, "READY=ready", "DEMOMED=./stub", "DEPTS=53 41"],
        cwd=tree,
        check=True,
        capture_output=True,
        timeout=60,
    )
    return log.read_text("utf-8").splitlines() if log.exists() else []


def age(path):
    os.utime(path, (4_000_000_000, 4_000_000_000))


def test_default_builds_mayenne_once(tree):
    assert make(tree) == ["publish --department 53 --out maps/53"]
    assert make(tree) == []


def test_department_is_a_parameter(tree):
    assert make(tree, "maps", "DEPT=41") == ["publish --department 41 --out maps/41"]


@pytest.mark.parametrize(
    ("touched", "rebuilt"),
    [
        ("src/demomed/catalogue/departments/41.toml", ["41"]),
        ("src/demomed/catalogue/recipes/installation.toml", ["53", "41"]),
        ("src/demomed/rendering/templates/page.html", ["53", "41"]),
        ("data/reference/communes.parquet", ["53", "41"]),
        ("src/demomed/pipeline/portal.py", ["53", "41"]),
    ],
)
def test_touching_an_input_rebuilds_what_depends_on_it(tree, touched, rebuilt):
    assert len(make(tree, "all")) == 2
    assert make(tree, "all") == []
    age(tree / touched)
    called = [line.split()[2] for line in make(tree, "all")]
    assert called == rebuilt


def test_the_missions_own_files_are_taken(tree):
    make(tree)
    own = tree / "data/raw/53"
    own.mkdir(parents=True)
    (own / "registre.xlsx").write_text("x", encoding="utf-8")
    (own / "structures.csv").write_text("x", encoding="utf-8")
    age(own / "registre.xlsx")
    (call,) = make(tree)
    assert "--register data/raw/53/registre.xlsx" in call
    assert "--structures data/raw/53/structures.csv" in call


def test_a_register_that_goes_is_no_longer_published(tree):
    own = tree / "data/raw/53"
    own.mkdir(parents=True)
    (own / "registre.csv").write_text("x", encoding="utf-8")
    (call,) = make(tree)
    assert "--register data/raw/53/registre.csv" in call
    (own / "registre.csv").unlink()
    (call,) = make(tree)
    assert "--register" not in call
    assert make(tree) == []


def test_two_registers_are_refused(tree):
    own = tree / "data/raw/53"
    own.mkdir(parents=True)
    (own / "registre.csv").write_text("x", encoding="utf-8")
    (own / "registre.xlsx").write_text("x", encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        make(tree)
    assert b"registre" in refused.value.stderr
    assert not (tree / "maps/53/manifest.json").exists()


def test_help_lists_every_public_target():
    shown = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for target in ("maps", "all", "test", "check", "bundle", "help"):
        assert f"\n{target}" in "\n" + shown
