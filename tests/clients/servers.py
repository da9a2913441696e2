"""Starts servers, each with its own data directory, and tells a command what their clients know.

    python servers.py target/debug/countersign COMMAND...

runs the command beside one server for each signing algorithm. The command finds in the variable
SERVERS, as JSON, what a client knows of each: its issuer, the audience, a freshly issued access token,
and forgeries of that token that it must refuse.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

from forgeries import forgeries

ALGORITHMS = ["EdDSA", "ES256", "RS256"]
AUDIENCE = "documents"
ADMINISTRATOR = {"email": "ada@example.com", "password": "a long and quiet evening"}
START_SECONDS = 60


def call(url, body=None):
    """The JSON that the server answers; a status of 400 or more raises."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"content-type": "application/json"})
    with urlopen(request, timeout=START_SECONDS) as answer:
        return json.load(answer)


@dataclass
class Server:
    """A running server, set up with its first administrator."""

    url: str
    data: Path
    binary: str

    def login(self, credentials=ADMINISTRATOR) -> str:
        """A fresh access token."""
        return call(f"{self.url}/v1/login", credentials)["access_token"]

    def keys(self) -> list[dict]:
        """The public keys, as JWKs."""
        return call(f"{self.url}/.well-known/jwks.json")["keys"]


def clean_environment() -> dict[str, str]:
    """The caller's path and home, so that no other variable of the caller has an effect."""
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


def address(server, log):
    """The address that the server prints. A server that stays silent is ended, which ends its output."""
    deadline = threading.Timer(START_SECONDS, server.kill)
    deadline.start()
    try:
        for line in server.stdout:
            if found := re.search(r"listens on (http://\S+)", line):
                return found[1]
    finally:
        deadline.cancel()
    raise RuntimeError(f"the server ended before it listened: {log.read_text()}")


@contextmanager
def serving(binary: str, *arguments: str) -> Iterator[Server]:
    """A server with a fresh data directory and these further arguments, until the end of the block."""
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory) / "data"
        command = [binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", str(data)]
        command += ["--audience", AUDIENCE, "--log-level", "error", *arguments]
        log = Path(directory) / "log"
        with log.open("w") as errors:
            process = subprocess.Popen(
                command, env=clean_environment(), stdout=subprocess.PIPE, stderr=errors, text=True
            )
        try:
            server = Server(address(process, log), data, binary)
            setup_token = (data / "setup-token").read_text().strip()
            call(f"{server.url}/v1/setup", {"token": setup_token, **ADMINISTRATOR})
            yield server
        finally:
            process.terminate()
            process.communicate()


def known_to_clients(algorithm, server):
    """The facts that a client is told about one server."""
    [key] = server.keys()
    token = server.login()
    return {
        "algorithm": algorithm,
        "issuer": server.url,
        "audience": AUDIENCE,
        "token": token,
        "forgeries": forgeries(token, key),
    }


def main(binary, *command):
    with ExitStack() as stack:
        servers = []
        for algorithm in ALGORITHMS:
            serve = serving(str(Path(binary).resolve()), "--signing-algorithm", algorithm)
            servers.append(known_to_clients(algorithm, stack.enter_context(serve)))
        environment = {**os.environ, "SERVERS": json.dumps(servers)}
        return subprocess.run(command, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
