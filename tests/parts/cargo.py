"""The parts that cargo runs: formatting, lints, and the tests in Rust."""

from .part import Missing, Outcome, Part, Run, check, counted, of_cargo, require

# Wrapper commands: the first provides a server that speaks MongoDB's protocol, the second one that
# answers as AWS Secrets Manager does.
WITH_SERVERS = ("tests/mongo/with-server", "tests/aws/with-moto")
# The packages whose tests need these servers.
ON_SERVERS = ("auth-documentdb", "auth-faults", "auth-lambda-tests")
TEST = ("cargo", "test", "--locked", "--no-fail-fast")


def _tests(run: Run, name: str) -> Outcome:
    # All packages in one run: cargo chooses features by the packages that it is asked for, and
    # another choice would compile the engine again.
    try:
        require(run, name, *WITH_SERVERS)
    except Missing as missing:
        return _without_servers(run, name, missing)
    return of_cargo(*run.command(name, [*WITH_SERVERS, *TEST, "--workspace"]))


def _without_servers(run: Run, name: str, missing: Missing) -> Outcome:
    excluded = [f"--exclude={package}" for package in ON_SERVERS]
    most = of_cargo(*run.command(name, [*TEST, "--workspace", *excluded]))
    alone = of_cargo(*run.command(
        name, [*TEST, "--package=auth-documentdb", "--lib", "--test=operators", "--test=tls"]))
    left_out = run.left_out(f"without servers: {missing}")
    counts = {count: sum(getattr(outcome, count) for outcome in (most, alone, left_out))
              for count in ("passed", "failed", "skipped")}
    return Outcome(**counts, remark=left_out.remark)


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
SERVERS = Part("servers", _on_servers)
