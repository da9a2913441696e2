"""Clients in other languages, against the server that cargo built."""

import shutil
import subprocess
import sys
from pathlib import Path

from .part import ROOT, TARGET, Missing, Outcome, Part, Run, of_pytest, of_tap

CLIENTS = ROOT / "tests/clients"
SERVER = TARGET / "debug/countersign"
PYTHON_VERSION = (3, 10)
NODE_VERSION = 20


def fetch(run: Run) -> None:
    """Installs the packages of all clients; the parts that need them say what is missing."""
    for install in (lambda: environment(run, "fetch", "clients", CLIENTS / "requirements.txt"),
                    lambda: modules(run, "fetch", CLIENTS)):
        try:
            install()
        except Missing:
            pass


def environment(run: Run, name: str, folder: str, *requirements: Path) -> Path:
    """A Python with these packages, which are installed again when their list changed."""
    if sys.version_info < PYTHON_VERSION:
        raise Missing(f"Python {'.'.join(map(str, PYTHON_VERSION))} or later is missing")
    path = TARGET / "python" / folder
    wanted = "".join(file.read_text() for file in requirements)
    installed = path / "installed.txt"
    if not installed.exists() or installed.read_text() != wanted:
        steps = ([sys.executable, "-m", "venv", "--clear", path],
                 [path / "bin/pip", "install", "--quiet", "--disable-pip-version-check",
                  *(f"--requirement={file}" for file in requirements)])
        for step in steps:
            status, output = run.command(name, step)
            if status != 0:
                reason = (output.strip().splitlines() or ["no reason given"])[-1]
                raise Missing(f"the Python packages of {folder} cannot be installed: {reason}")
        installed.write_text(wanted)
    return path / "bin/python"


def modules(run: Run, name: str, folder: Path) -> None:
    """Installs the packages of `folder`/package-lock.json, again when that file changed."""
    if not shutil.which("npm") or not node_is_new_enough():
        raise Missing(f"Node {NODE_VERSION} or later with npm is missing")
    wanted = (folder / "package-lock.json").read_text()
    installed = folder / "node_modules/installed.json"
    if installed.exists() and installed.read_text() == wanted:
        return
    status, _ = run.command(name, ["npm", "ci", "--prefix", folder, "--silent", "--no-audit",
                                   "--no-fund"])
    if status != 0:
        raise Missing(f"the packages of {folder.relative_to(ROOT)}/package-lock.json cannot be "
                      "installed")
    installed.write_text(wanted)


def node_is_new_enough() -> bool:
    node = shutil.which("node")
    version = node and subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return bool(version) and int(version.stdout.lstrip("v").split(".")[0]) >= NODE_VERSION


def _python(run: Run, name: str) -> Outcome:
    python = environment(run, name, "clients", CLIENTS / "requirements.txt")
    return of_pytest(*run.command(name, [
        python, CLIENTS / "servers.py", SERVER,
        python, "-B", "-m", "pytest", "-p", "no:cacheprovider", "--quiet", CLIENTS]))


def _node(run: Run, name: str) -> Outcome:
    python = environment(run, name, "clients", CLIENTS / "requirements.txt")
    modules(run, name, CLIENTS)
    return of_tap(*run.command(name, [
        python, CLIENTS / "servers.py", SERVER,
        "node", "--test", "--test-reporter=tap", *sorted(CLIENTS.glob("*.test.js"))]))


PYTHON = Part("JOSE libraries for Python", _python)
NODE = Part("JOSE libraries for Node", _node)
