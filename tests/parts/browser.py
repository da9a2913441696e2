"""The pages of a fresh server, and the page that checks a token, in headless Chromium."""

import os
import shutil
from pathlib import Path

from .clients import SERVER, modules
from .part import ROOT, Missing, Outcome, Part, Run, of_tap

FOLDER = ROOT / "tests/browser"
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))


def fetch(run: Run) -> None:
    """Installs Chromium and the driver; the part says what is missing."""
    for install in (install_chromium, lambda run: modules(run, "fetch", FOLDER)):
        try:
            install(run)
        except Missing:
            pass


def install_chromium(run: Run) -> None:
    if CHROMIUM.exists():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for step in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            run.command("fetch", ["apt-get", "--quiet=2", *step])
    if not CHROMIUM.exists():
        raise Missing(f"Chromium is missing: {CHROMIUM}")


def _pages(run: Run, name: str) -> Outcome:
    install_chromium(run)
    modules(run, name, FOLDER)
    # The page that checks a token is built by the part `verifier for Node`, which comes before.
    return of_tap(*run.command(
        name, ["node", "--test", "--test-reporter=tap", *sorted(FOLDER.glob("*.test.js"))],
        {"CHROMIUM": CHROMIUM, "COUNTERSIGN_BINARY": SERVER}))


PAGES = Part("pages in a browser", _pages)
