"""Every page of published portals under axe-core, every rule on, at desk and phone width.

Run: ``python benchmarks/axe.py maps/53 maps/41 maps/61``. Chromium is looked for at ``$CHROMIUM`` or
``/usr/bin/chromium``. The exit code is 1 when a page breaks a rule.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
SIZES = ((1280, 900), (390, 844))


def main(folders: list[str]) -> int:
    """Count violations page by page, and name the elements at fault."""
    broken = seen = 0
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        for file in sorted(path for folder in folders for path in Path(folder).glob("*.html")):
            for width, height in SIZES:
                # axe itself is a script: the page's own policy is told apart, by its tests.
                context = browser.new_context(
                    viewport={"width": width, "height": height}, bypass_csp=True
                )
                page = context.new_page()
                page.goto(file.resolve().as_uri())
                page.wait_for_timeout(100)
                found = Axe().run(page).response["violations"]
                seen += 1
                for rule in found:
                    broken += 1
                    where = [" ".join(node["target"]) for node in rule["nodes"]][:3]
                    print(f"{file.parent.name}/{file.name} {width}px {rule['id']}: {where}")
                context.close()
        browser.close()
    print(f"{seen} page views, {broken} violations")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["maps/53"]))
