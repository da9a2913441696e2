"""A real nginx that asks the server about each request."""

import os
import shutil
from pathlib import Path

from .clients import NODE_VERSION, SERVER, node_is_new_enough
from .part import ROOT, Missing, Outcome, Part, Run, of_tap

FOLDER = ROOT / "tests/proxies"
NGINX = Path(os.environ.get("NGINX", "/usr/sbin/nginx"))


def fetch(run: Run) -> None:
    """Installs nginx; the part says when it is missing."""
    try:
        _nginx(run)
    except Missing:
        pass


def _nginx(run: Run) -> None:
    if not NGINX.exists() and os.geteuid() == 0 and shutil.which("apt-get"):
        for step in (["update"], ["install", "--yes", "--no-install-recommends", "nginx-light"]):
            run.command("fetch", ["apt-get", "--quiet=2", *step])
    if not NGINX.exists():
        raise Missing(f"nginx is missing: {NGINX}")


def _proxies(run: Run, name: str) -> Outcome:
    if not node_is_new_enough():
        raise Missing(f"Node {NODE_VERSION} or later is missing")
    _nginx(run)
    return of_tap(*run.command(
        name, ["node", "--test", "--test-reporter=tap", "--test-timeout=120000",
               *sorted(FOLDER.glob("*.test.js"))],
        {"NGINX": NGINX, "COUNTERSIGN_BINARY": SERVER}))


NGINX_PART = Part("forward-auth in nginx", _proxies)
