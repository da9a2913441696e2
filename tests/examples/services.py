"""The services of `examples/`: how each is started, and how a test calls it over HTTP."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60

# The command of each service, by the folder in which it is started. The port is appended to its
# last word.
COMMANDS = {
    "axum": [os.environ.get("EXAMPLE_AXUM", "target/debug/example-axum")],
    "fastapi": [sys.executable, "-m", "uvicorn", "main:app", "--log-level", "warning", "--port"],
    "express": ["node", "server.js"],
}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Service:
    """A running service."""

    port: int

    def get(self, path: str, authorization: str | None = None) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {} if authorization is None else {"Authorization": authorization}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, body)

    def with_token(self, path: str, token: str) -> Answer:
        return self.get(path, f"Bearer {token}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(name: str, port: int) -> list[str]:
    first, *rest = COMMANDS[name]
    if name == "axum":
        first = str((ROOT / first).resolve())
    return [first, *rest, *([str(port)] if name == "fastapi" else [])]


@contextmanager
def running(name: str, settings: dict[str, str], log: Path):
    """The service with these settings, until the end of the block."""
    port = free_port()
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {**kept, **settings, "PORT": str(port), "PYTHONDONTWRITEBYTECODE": "1"}
    with log.open("w") as output:
        process = subprocess.Popen(
            command(name, port), cwd=ROOT / "examples" / name, env=environment,
            stdout=output, stderr=output,
        )
    try:
        service = Service(port)
        wait_until_it_answers(service, process, log)
        yield service
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def wait_until_it_answers(service: Service, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            service.get("/health")
            return
        except ConnectionError:
            time.sleep(0.05)
    process.kill()
    raise RuntimeError(f"the service does not answer:\n{log.read_text()}")
