"""The verifiers for JavaScript hosts and for Python, and the vectors that every host must agree on."""

import sys
from pathlib import Path

from .browser import CHROMIUM, install_chromium
from .clients import environment, modules
from .part import ROOT, TARGET, Missing, Outcome, Part, Run, of_pytest, of_tap

PACKAGE = ROOT / "hosts/edge/js"
PYTHON = ROOT / "hosts/edge/python"
VECTORS = ROOT / "tests/vectors"
BUNDLERS = ROOT / "tests/bundlers"
NODE_TEST = ("node", "--test", "--test-reporter=tap", "--test-timeout=120000")


def fetch(run: Run) -> None:
    """Installs the packages; the parts that need them say what is missing."""
    folders = (PACKAGE, VECTORS, BUNDLERS)
    for install in (*(lambda run, folder=folder: modules(run, "fetch", folder) for folder in folders),
                    lambda run: python_of_edge(run, "fetch")):
        try:
            install(run)
        except Missing:
            pass


def python_of_edge(run: Run, name: str) -> Path:
    return environment(run, name, "edge", PYTHON / "test/requirements.txt")


def _package(run: Run, name: str) -> Outcome:
    modules(run, name, PACKAGE)
    # Cargo built both the binary and the guest; this writes the file that the package is made of.
    for words in ([TARGET / "debug/component"], ["npm", "run", "--silent", "--prefix", PACKAGE, "build"]):
        status, _ = run.command(name, words)
        if status != 0:
            return Outcome(failed=1, remark="the package is not built")
    return of_tap(*run.command(name, [*NODE_TEST, *sorted(PACKAGE.glob("test/*.test.js"))]))


def _python(run: Run, name: str) -> Outcome:
    python = python_of_edge(run, name)
    for words in ([TARGET / "debug/component"], [sys.executable, PYTHON / "build.py"]):
        status, _ = run.command(name, words)
        if status != 0:
            return Outcome(failed=1, remark="the package is not built")
    command = [python, "-B", "-m", "pytest", "-p", "no:cacheprovider", "--quiet", PYTHON / "test"]
    return of_pytest(*run.command(name, command, {"PYTHONPATH": PYTHON / "src"}))


def _vectors(run: Run, name: str) -> Outcome:
    install_chromium(run)
    modules(run, name, VECTORS)
    python = python_of_edge(run, name)
    return of_tap(*run.command(name, [*NODE_TEST, *sorted(VECTORS.glob("*.test.js"))],
                               {"CHROMIUM": CHROMIUM, "COUNTERSIGN_EDGE_PYTHON": python}))


def _bundlers(run: Run, name: str) -> Outcome:
    install_chromium(run)
    modules(run, name, BUNDLERS)
    return of_tap(*run.command(name, [*NODE_TEST, *sorted(BUNDLERS.glob("*.test.js"))],
                               {"CHROMIUM": CHROMIUM}))


# In this order: the last parts load the packages that the others build.
PARTS = (Part("verifier for Node", _package), Part("verifier for Python", _python),
         Part("one verdict everywhere", _vectors), Part("bundlers", _bundlers))
