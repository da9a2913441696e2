"""The services of `examples/`, the settings of its containers and the move from FastAPI, with the server that cargo built."""

from pathlib import Path

from .clients import CLIENTS, SERVER, environment, modules
from .part import ROOT, TARGET, Missing, Outcome, Part, Run, of_pytest, require

TESTS = ROOT / "tests/examples"
EXPRESS = ROOT / "examples/express"
REQUIREMENTS = (CLIENTS / "requirements.txt", ROOT / "examples/fastapi/requirements.txt",
                ROOT / "examples/from-fastapi/requirements.txt", TESTS / "requirements.txt")
WITH_DATABASE = "tests/mongo/with-server"


def fetch(run: Run) -> None:
    """Installs the packages of all examples; the parts that need them say what is missing."""
    for install in (lambda: environment(run, "fetch", "examples", *REQUIREMENTS),
                    lambda: modules(run, "fetch", EXPRESS)):
        try:
            install()
        except Missing:
            pass


def _pytest(run: Run, name: str, *tests: str, wrapper: tuple[str, ...] = (), services: str = "") -> Outcome:
    python = environment(run, name, "examples", *REQUIREMENTS)
    variables: dict[str, str | Path] = {
        "COUNTERSIGN_BINARY": SERVER,
        "EXAMPLE_AXUM": TARGET / "debug/example-axum",
        "IMPORT_USERS": TARGET / "debug/import-users",
        "EXAMPLES": services,
    }
    command = [*wrapper, python, "-B", "-m", "pytest", "-p", "no:cacheprovider", "--quiet",
               *(TESTS / test for test in tests)]
    return of_pytest(*run.command(name, command, variables))


def _service(service: str) -> Part:
    def action(run: Run, name: str) -> Outcome:
        if service == "express":
            modules(run, name, EXPRESS)
        return _pytest(run, name, "test_services.py", services=service)
    return Part(f"example {service}", action)


def _on_database(run: Run, name: str) -> Outcome:
    # Together, since a server takes seconds to start.
    require(run, name, WITH_DATABASE)
    return _pytest(run, name, "test_compose.py", "test_from_fastapi.py", wrapper=(WITH_DATABASE,))


SERVICES = tuple(_service(service) for service in ("axum", "fastapi", "express"))
ON_DATABASE = Part("examples on a database", _on_database)
