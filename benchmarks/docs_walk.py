"""Follow the written pages to the letter in a clean clone: each command line, each block of Python.

Run: ``python benchmarks/docs_walk.py [--official FOLDER] [--whole] [PAGE ...]`` from a set-up
checkout. Without a folder of official files, the lines that need one are told and passed over; so
are, without ``--whole``, the lines that run the suites themselves, and always those that download.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "documentation"))
import written_pages as written  # noqa: E402

SUITES = ("make test", "make check", "make bench", "make notebooks", "make release-check")
SUITES += (".venv/bin/python -m pytest",)
DOWNLOADS = ("demomed sources fetch",)
OFFICIAL = ("FOLDER", "officiel", "DOSSIER")
OWN = {"praticiens.xlsx": (), "msp.csv": ("--structures",)}


def clone(into: Path) -> Path:
    """A clean clone of the last commit."""
    subprocess.run(["git", "clone", "-q", str(ROOT), str(into)], check=True)
    return into


def environment(tree: Path) -> dict[str, str]:
    """As after « make »: the commands of the clone first, and a home of its own."""
    home = tree.parent / "home"
    home.mkdir(exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    path = os.pathsep.join([str(tree / ".venv" / "bin"), kept["PATH"]])
    return {**kept, "PATH": path, "HOME": str(home)}


def told_files(tree: Path, official: Path | None, env: dict[str, str]) -> None:
    """The files that the pages take for granted: the mission's own, and the official ones."""
    for name, more in OWN.items():
        if not (tree / name).exists():
            command = ["demomed", "register", "template", *more, "--out", name]
            subprocess.run(command, cwd=tree, env=env, check=True, capture_output=True)
    for name in OFFICIAL:
        if official is not None and not (tree / name).exists():
            (tree / name).symlink_to(official.resolve())


def reason_to_pass(line: str, *, official: Path | None, whole: bool) -> str:
    """Why a line is not run here; empty when it is."""
    words = shlex.split(line, comments=True)
    if line.startswith(DOWNLOADS):
        return "downloads"
    if not whole and line.startswith(SUITES):
        return "a suite"
    if official is None and any(word.startswith(OFFICIAL) for word in words):
        return "no official files"
    return ""


def steps(page: Path) -> Iterator[tuple[str, str]]:
    """Lines of the shell, then the Python of the page as one program."""
    found = written.blocks(page)
    for block in found:
        if block.language in written.SHELL:
            for line in block.text.replace("\\\n", " ").splitlines():
                if shlex.split(line, comments=True):
                    yield "sh", line.strip()
    program = "\n".join(block.text for block in found if block.language == "python")
    if program:
        yield "python", program


def walk(page: Path, tree: Path, env: dict[str, str], args: argparse.Namespace) -> list[str]:
    """Run one page; what failed."""
    failed = []
    for made in (
        "ma-mission",
        "ma-sarthe",
        "registre.csv",
        "scenario.toml",
        "portail",
        "portail-csp",
    ):
        subprocess.run(["rm", "-rf", made], cwd=tree, check=True)
    for kind, text in steps(page):
        why = reason_to_pass(text, official=args.official, whole=args.whole) if kind == "sh" else ""
        label = text if kind == "sh" else f"python, {len(text.splitlines())} lines"
        if why:
            print(f"  –  {label}  ({why})", flush=True)
            continue
        command = ["bash", "-euo", "pipefail", "-c", text]
        command = command if kind == "sh" else ["python", "-W", "error::UserWarning", "-c", text]
        start = time.monotonic()
        done = subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True)
        mark = "ok" if done.returncode == 0 else "FAILED"
        print(f"  {mark}  {label}  ({time.monotonic() - start:.0f} s)", flush=True)
        if done.returncode:
            failed.append(label)
            print(done.stdout[-1500:], done.stderr[-1500:], sep="\n", flush=True)
        told_files(tree, args.official, env)
    return failed


def main() -> None:
    """Print each line with what became of it; exit with 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--official", type=Path, help="folder of official files")
    parser.add_argument("--whole", action="store_true", help="run the suites too")
    parser.add_argument("pages", nargs="*", help="pages to follow (all by default)")
    args = parser.parse_args()
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        tree = clone(Path(folder) / "demomed")
        env = environment(tree)
        subprocess.run(["make", "setup"], cwd=tree, env=env, check=True, capture_output=True)
        told_files(tree, args.official, env)
        for page in written.pages():
            if written.blocks(page) and (not args.pages or written.name(page) in args.pages):
                print(written.name(page), flush=True)
                failed += walk(tree / written.name(page), tree, env, args)
    print("all followed" if not failed else f"{len(failed)} failed: {', '.join(failed)}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
