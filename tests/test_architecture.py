"""The arrows of the house: who may import whom, and nothing happens on import."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import demomed

ROOT = Path(demomed.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
LAYERS = {
    "core": set(),
    "ingestion": {"core"},
    "analysis": {"core"},
    "rendering": {"core"},
    "dossiers": {"core", "analysis", "rendering"},
    "pipeline": {"core", "ingestion", "analysis", "rendering", "dossiers"},
    "audit": {"core", "analysis", "rendering"},
    "national": {"core", "ingestion", "analysis", "rendering", "pipeline"},
    "travelling": {"core", "ingestion", "analysis", "__init__"},
    "states": {"core", "ingestion", "analysis", "pipeline"},
    "mission": {"core", "ingestion"},
    "cli": {
        "core",
        "ingestion",
        "analysis",
        "rendering",
        "dossiers",
        "audit",
        "pipeline",
        "national",
        "travelling",
        "states",
        "mission",
    },
    "__init__": {"core", "ingestion", "analysis", "rendering", "dossiers", "pipeline"},
    "__main__": {"cli"},
}
ONLY_IN = {
    "folium": {"rendering/leaflet.py"},
    "branca": {"rendering/leaflet.py"},
    "pooch": {"ingestion/fetch.py"},
    "requests": {"ingestion/fetch.py"},
    "urllib.request": {"ingestion/fetch.py"},
    "distributed": {"national/cluster.py"},
    "dask": {"national/cluster.py"},
    "typer": {
        "cli/__init__.py",
        "cli/doctor.py",
        "cli/campaign.py",
        "cli/dossier.py",
        "cli/downloads.py",
        "cli/options.py",
        "cli/plan.py",
        "cli/checking.py",
        "cli/grouped.py",
        "cli/computing.py",
        "cli/publishing.py",
        "cli/register.py",
        "cli/scenario.py",
        "cli/sources.py",
        "cli/travel.py",
        "cli/states.py",
        "cli/zones.py",
        "cli/cohorts.py",
        "cli/plans.py",
        "cli/usage.py",
    },
    "rich": {"cli/report.py"},
    "osmium": {"ingestion/osm.py"},
}


def layer(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in {path.name}"
            module = node.module or ""
            names |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_arrows(path):
    mine = layer(path)
    allowed = LAYERS[mine] | {mine}
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "demomed" and len(parts) > 1 and (ROOT / parts[1]).exists():
            assert parts[1] in allowed, f"{mine} must not import {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_libraries_with_one_home(path):
    home = str(path.relative_to(ROOT))
    for name in imported(path):
        for library, homes in ONLY_IN.items():
            if name == library or name.startswith(library + "."):
                assert home in homes, f"{library} belongs to {homes}, not {home}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_print_no_clock_no_random(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print", f"print in {path.name}:{node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = node.func.attr
            assert name not in {"utcnow", "uuid4", "urandom", "setlocale"}, path.name
            assert not (name in {"today", "now"} and layer(path) != "cli"), (
                f"the clock is read at the edge only: {path.name}:{node.lineno}"
            )


def test_imports_are_silent(tmp_path):
    modules = [
        "demomed." + ".".join(p.relative_to(ROOT).with_suffix("").parts)
        for p in MODULES
        if p.name not in {"__init__.py", "__main__.py"}
    ]
    code = (
        "import builtins, sys, importlib\n"
        "import pandas, geopandas, folium, pandera, mapclassify, scipy.optimize, scipy.stats, pooch\n"
        "import rich, typer, jinja2, openpyxl\n"
        "real = builtins.open\n"
        "opened = []\n"
        "def spy(file, *a, **k):\n"
        "    opened.append(str(file)); return real(file, *a, **k)\n"
        "builtins.open = spy\n"
        f"for name in {modules!r}:\n"
        "    importlib.import_module(name)\n"
        "bad = [f for f in opened if 'reference' in f or 'catalogue/' in f]\n"
        "assert not bad, bad\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_importing_the_package_is_light():
    code = "import sys, demomed; print('pandas' in sys.modules, 'folium' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["False", "False"]


def test_public_names():
    for name in demomed.__all__:
        assert getattr(demomed, name) is not None
    wanted = [
        "load_territory",
        "compute",
        "density",
        "age_share",
        "coverage_gap",
        "rank",
        "protect",
        "compose",
        "show",
        "publish",
    ]
    assert set(wanted) <= set(demomed.__all__)
