"""The browser that prints pages: found on the machine, driven without a network nor a profile."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from demomed.core.faults import Fault, InputError

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
PLACES = (
    "Program Files/Google/Chrome/Application/chrome.exe",
    "Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
    "Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
LONGEST_S = 120


def find_browser() -> Path | None:
    """Path of a browser of the Chromium family, or ``None``.

    Its name is looked for among the programs first, then in the usual folders of each system.
    """
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    root = Path(Path.cwd().anchor)
    return next((root / place for place in PLACES if (root / place).is_file()), None)


def require_browser(target: Path) -> Path:
    """A browser that can print, or a refusal that says how to do without.

    Parameters
    ----------
    target
        PDF that is wanted, named in the refusal.

    Raises
    ------
    InputError
        If there is none on the machine.
    """
    program = find_browser()
    if program is None:
        raise InputError(
            Fault(
                target.name,
                "aucun navigateur de la famille Chromium",
                "Chromium, Chrome ou Edge, pour faire le PDF",
                "en installer un, ou écrire le rapport en .html et l'imprimer du navigateur",
            )
        )
    return program


def print_pdf(page: bytes, target: Path, *, browser: Path | None = None) -> Path:
    """Print a self-contained page as PDF through a headless browser, aside and then renamed.

    Parameters
    ----------
    page
        HTML of the page, UTF-8.
    target
        PDF to write.
    browser
        Browser to use; the one found on the machine by default.

    Raises
    ------
    InputError
        If there is no browser, or if it fails; nothing is written.
    """
    program = browser or require_browser(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".demomed-", dir=target.parent) as aside:
        source, made = Path(aside) / "page.html", Path(aside) / "page.pdf"
        source.write_bytes(page)
        told = _run(program, source.resolve(), made.resolve(), Path(aside) / "profil")
        if not made.is_file():
            raise InputError(
                Fault(
                    target.name,
                    f"le navigateur « {program.name} » n'a pas fait le PDF ({told})",
                    "un navigateur qui imprime",
                    "écrire le rapport en .html et l'imprimer du navigateur",
                )
            )
        made.replace(target)
    return target


def _run(program: Path, source: Path, made: Path, profile: Path) -> str:
    """Drive the browser; what it said last, if it failed."""
    words = [
        str(program),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-extensions",
        "--disable-background-networking",
        "--no-pdf-header-footer",
        f"--user-data-dir={profile.resolve()}",
        f"--print-to-pdf={made}",
        source.as_uri(),
    ]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    except subprocess.TimeoutExpired:
        return f"arrêté après {LONGEST_S} secondes"
    return f"code {done.returncode}"
