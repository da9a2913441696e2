"""The verifier for JavaScript hosts, and the vectors that every host must agree on."""

from .browser import CHROMIUM, install_chromium
from .clients import modules
from .part import ROOT, TARGET, Missing, Outcome, Part, Run, of_tap

PACKAGE = ROOT / "hosts/edge/js"
VECTORS = ROOT / "tests/vectors"
NODE_TEST = ("node", "--test", "--test-reporter=tap", "--test-timeout=120000")


def fetch(run: Run) -> None:
    """Installs the packages; the parts that need them say what is missing."""
    for folder in (PACKAGE, VECTORS):
        try:
            modules(run, "fetch", folder)
        except Missing:
            pass


def _package(run: Run, name: str) -> Outcome:
    modules(run, name, PACKAGE)
    # Cargo built both the binary and the guest; this writes the file that the package is made of.
    for words in ([TARGET / "debug/component"], ["npm", "run", "--silent", "--prefix", PACKAGE, "build"]):
        status, _ = run.command(name, words)
        if status != 0:
            return Outcome(failed=1, remark="the package is not built")
    return of_tap(*run.command(name, [*NODE_TEST, *sorted(PACKAGE.glob("test/*.test.js"))]))


def _vectors(run: Run, name: str) -> Outcome:
    install_chromium(run)
    modules(run, name, VECTORS)
    return of_tap(*run.command(name, [*NODE_TEST, *sorted(VECTORS.glob("*.test.js"))],
                               {"CHROMIUM": CHROMIUM}))


# In this order: the hosts of the second part load the package that the first one builds.
PARTS = (Part("verifier for Node", _package), Part("one verdict everywhere", _vectors))
