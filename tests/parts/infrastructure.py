"""The CDK app of `infra/`: its own tests, and checkers written by others on what it synthesises."""

from .clients import environment, modules
from .part import ROOT, TARGET, Missing, Outcome, Part, Run, of_pytest, of_tap, require

INFRA = ROOT / "infra"
CHECKS = INFRA / "checks"
WITH_MOTO = "tests/aws/with-moto"
TEMPLATES = TARGET / "infra/templates"


def fetch(run: Run) -> None:
    """Installs the packages; the parts that need them say what is missing."""
    for install in (lambda: modules(run, "fetch", INFRA), lambda: _python(run, "fetch")):
        try:
            install()
        except Missing:
            pass


def _python(run: Run, name: str):
    return environment(run, name, "infra", CHECKS / "requirements.txt")


def _app(run: Run, name: str) -> Outcome:
    modules(run, name, INFRA)
    return of_tap(*run.command(name, ["npm", "--prefix", INFRA, "run", "--silent", "test"]))


def _checkers(run: Run, name: str) -> Outcome:
    modules(run, name, INFRA)
    python = _python(run, name)
    status, _ = run.command(name, ["npm", "--prefix", INFRA, "run", "--silent", "synth", "--", TEMPLATES])
    if status != 0:
        return Outcome(failed=1, remark="npm run synth")
    require(run, name, WITH_MOTO)
    return of_pytest(*run.command(
        name, [WITH_MOTO, python, "-B", "-m", "pytest", "-p", "no:cacheprovider", "--quiet", CHECKS],
        {"TEMPLATES": TEMPLATES}))


APP = Part("infrastructure", _app)
CHECKERS = Part("infrastructure checks", _checkers)
