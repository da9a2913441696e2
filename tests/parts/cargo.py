"""The parts that cargo runs: formatting, lints, and the tests in Rust."""

import json
import subprocess

from .part import ROOT, Missing, Outcome, Part, Run, check, counted, of_cargo, require

# Wrapper commands: the first provides a server that speaks MongoDB's protocol, the second one that
# answers as AWS Secrets Manager does.
WITH_SERVERS = ("tests/mongo/with-server", "tests/aws/with-moto")
# The packages whose tests need these servers.
ON_SERVERS = ("auth-documentdb", "auth-faults", "auth-lambda-tests")
# The package whose tests wait for the processes of a server. Cargo runs one test executable after
# another, so these run beside the others.
END_TO_END_PACKAGE = "auth-end-to-end"
TEST = ("cargo", "test", "--locked", "--no-fail-fast")


def _tests(run: Run, name: str) -> Outcome:
    # All packages in one run: cargo chooses features by the packages that it is asked for, and
    # another choice would compile the engine again.
    try:
        require(run, name, *WITH_SERVERS)
    except Missing as missing:
        return _without_servers(run, name, missing)
    units = ("--workspace", "--lib", "--bins", *_targets(END_TO_END_PACKAGE))
    return of_cargo(*run.command(name, [*WITH_SERVERS, *TEST, *units]))


def _without_servers(run: Run, name: str, missing: Missing) -> Outcome:
    excluded = [f"--exclude={package}" for package in ON_SERVERS]
    most = of_cargo(*run.command(
        name, [*TEST, "--workspace", *excluded, "--lib", "--bins",
               *_targets(END_TO_END_PACKAGE, *ON_SERVERS)]))
    alone = of_cargo(*run.command(
        name, [*TEST, "--package=auth-documentdb", "--lib", "--test=operators", "--test=tls"]))
    left_out = run.left_out(f"without servers: {missing}")
    counts = {count: sum(getattr(outcome, count) for outcome in (most, alone, left_out))
              for count in ("passed", "failed", "skipped")}
    return Outcome(**counts, remark=left_out.remark)


def _end_to_end(run: Run, name: str) -> Outcome:
    others = (package for package in _integration_tests() if package != END_TO_END_PACKAGE)
    return of_cargo(*run.command(name, [*TEST, "--workspace", *_targets(*others)]))


def _documented(run: Run, name: str) -> Outcome:
    return of_cargo(*run.command(name, [*TEST, "--workspace", "--doc"]))


def _targets(*excluded: str) -> list[str]:
    """Options for cargo that choose the integration tests of all packages but these."""
    return [f"--test={target}" for package, targets in _integration_tests().items()
            if package not in excluded for target in targets]


def _integration_tests() -> dict[str, list[str]]:
    """The names of the integration tests of each package."""
    output = subprocess.run(
        ["cargo", "metadata", "--locked", "--no-deps", "--format-version=1"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    return {package["name"]: [target["name"] for target in package["targets"]
                              if target["kind"] == ["test"]]
            for package in json.loads(output)["packages"]}


def _on_servers(run: Run, name: str) -> Outcome:
    require(run, name, *WITH_SERVERS)
    packages = [f"--package={package}" for package in ON_SERVERS]
    return of_cargo(*run.command(name, [*WITH_SERVERS, *TEST, *packages]))


def _build(run: Run, name: str) -> Outcome:
    # Binaries are built too, because the clients in other languages talk to them.
    status, _ = run.command(name, ["cargo", "test", "--locked", "--workspace", "--no-run"])
    if status == 0:
        status, _ = run.command(name, ["cargo", "build", "--locked", "--workspace", "--bins",
                                       "--test=sources"])
    return counted(status, int(status == 0), 0, 0)


FORMATTING = Part("formatting", check("cargo", "fmt", "--all", "--check"))
LINTS = Part("lints", check("cargo", "clippy", "--quiet", "--workspace", "--all-targets", "--locked",
                            "--", "-D", "warnings"))
BUILD = Part("build", _build)
TESTS = Part("cargo test", _tests)
END_TO_END = Part("end to end", _end_to_end)
DOCUMENTED = Part("doc tests", _documented)
SERVERS = Part("servers", _on_servers)
