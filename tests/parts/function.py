"""The released function for arm64, under qemu on another processor."""

from .cargo import TEST, WITH_SERVERS
from .part import Missing, Outcome, Part, Run, check, of_cargo, require

QEMU = "tests/lambda/with-qemu"
TARGETS = ("events", "life")
ON_SERVERS = ("cargo_lambda", "database", "secrets")


def fetch(run: Run) -> None:
    """Installs qemu and the servers; the parts that need them say what is missing."""
    for wrapper in ((QEMU,), WITH_SERVERS):
        try:
            require(run, "fetch", *wrapper)
        except Missing:
            pass


def _tests(run: Run, name: str) -> Outcome:
    require(run, name, QEMU)
    wrapper, targets = (*WITH_SERVERS, QEMU), (*TARGETS, *ON_SERVERS)
    try:
        require(run, name, *WITH_SERVERS)
    except Missing:
        # The part `cargo test` reports this, since it lacks the same servers.
        wrapper, targets = (QEMU,), TARGETS
    chosen = [f"--test={target}" for target in targets]
    return of_cargo(*run.command(name, [*wrapper, *TEST, "--workspace", *chosen]))


# With `nice`, so that the tests that run at the same time get the processor first.
PACKAGE = Part("function for arm64", check("nice", "-n", "10", "hosts/lambda/package", "arm64", "bootstrap"))
TESTS = Part("arm64", _tests)
