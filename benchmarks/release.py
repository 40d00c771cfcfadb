"""Is it fit to be released? Build, install in a fresh environment, work in an empty folder, follow the README.

Run: ``make release-check`` (``--quick`` leaves out the notebooks and the README), or
``python benchmarks/release.py`` from a set-up checkout. Exit code 1 at the first step that fails.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = "Scripts" if os.name == "nt" else "bin"
PORTAL = ("index.html", "offre.html", "age.html", "acces.html", "priorites.html", "manifest.json")
PRIVATE = re.compile(r"(?:^|/)(?:tests|benchmarks|docs|data/raw|\.git)(?:/|$)|\.pyc$")


def run(label: str, command: list[str], folder: Path) -> str:
    """Run a step in a folder, say how long it took, stop if it fails."""
    kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    start = time.monotonic()
    done = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True)
    print(
        f"{'ok' if done.returncode == 0 else 'FAILED':7}{label} ({time.monotonic() - start:.0f} s)"
    )
    sys.stdout.flush()
    if done.returncode:
        raise SystemExit(done.stdout[-3000:] + done.stderr[-3000:])
    return done.stdout


def check_version() -> str:
    """The version is the same everywhere it is told, and the journal speaks of it."""
    import tomllib

    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    told = re.search(
        r'__version__ = "([^"]+)"', (ROOT / "src/demomed/__init__.py").read_text("utf-8")
    )
    if told is None or told.group(1) != version:
        raise SystemExit("pyproject.toml and demomed.__version__ differ")
    if f"\n## {version}" not in (ROOT / "CHANGELOG.md").read_text("utf-8"):
        raise SystemExit(f"CHANGELOG.md has no section {version}")
    print(f"ok     version {version}, told alike by the package, the project and the journal")
    return str(version)


def build(folder: Path) -> Path:
    """Wheel and source archive; what the wheel must and must not hold."""
    run(
        "python -m build",
        [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)],
        folder,
    )
    (wheel,) = folder.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    stray = [name for name in names if PRIVATE.search(name)]
    if stray or "demomed/reference/manifest.json" not in names:
        raise SystemExit(f"wheel: stray files {stray[:5]}, or no reference data")
    print(f"ok     {wheel.name}, {wheel.stat().st_size / 1e6:.1f} MB, {len(names)} files")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """A fresh environment with the wheel and what notebooks need."""
    run("fresh environment", [sys.executable, "-m", "venv", str(folder / "neuf")], folder)
    programs = folder / "neuf" / BIN
    pip = [
        str(programs / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    run("pip install", [*pip, "-c", str(ROOT / "constraints.txt"), f"{wheel}[notebook]"], folder)
    return programs


def work(programs: Path, folder: Path) -> None:
    """The main job and a first day, in an empty folder, without the checkout."""
    demomed = str(programs / "demomed")
    where = run(
        "home of the package",
        [str(programs / "python"), "-c", "import demomed; print(demomed.__file__)"],
        folder,
    )
    if str(ROOT) in where:
        raise SystemExit(f"the checkout is used: {where}")
    run("demomed doctor", [demomed, "doctor"], folder)
    run("demomed publish", [demomed, "publish", "--department", "53", "--out", "maps/53"], folder)
    missing = [name for name in PORTAL if not (folder / "maps/53" / name).is_file()]
    if missing:
        raise SystemExit(f"portal without {missing}")
    run("demomed check", [demomed, "check", "maps/53"], folder)
    run("demomed init", [demomed, "init", "mission"], folder)
    own = ["--register", "mission/registre.csv", "--structures", "mission/structures.csv"]
    run("with one's own files", [demomed, "publish", "-d", "53", *own, "--out", "propre"], folder)
    run("demomed report", [demomed, "report", "-d", "53", "--out", "rapport.html"], folder)


def notebooks(programs: Path, folder: Path) -> None:
    """Every notebook, top to bottom, in the empty folder."""
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        command = [str(programs / "jupyter"), "nbconvert", "--to", "html", "--execute"]
        run(
            notebook.name,
            [*command, "--output-dir", str(folder / "carnets"), str(notebook)],
            folder,
        )


def main() -> None:
    """Print one line per step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without notebooks and README")
    quick = parser.parse_args().quick
    check_version()
    with tempfile.TemporaryDirectory() as made, tempfile.TemporaryDirectory() as empty:
        programs = install(build(Path(made)), Path(made))
        work(programs, Path(empty))
        if not quick:
            notebooks(programs, Path(empty))
    if not quick:
        pages = ["README.md", "LISEZMOI.md"]
        run(
            "README followed in a clean clone",
            [sys.executable, "benchmarks/docs_walk.py", *pages],
            ROOT,
        )
    print("fit to be released")


if __name__ == "__main__":
    main()
