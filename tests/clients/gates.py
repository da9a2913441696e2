"""Runs a command beside real servers, one for each signing algorithm.

    python gates.py target/debug/countersign COMMAND...

The command finds in the variable GATES, as JSON, what a client of each server knows: its issuer, the
audience, a freshly issued access token, and forgeries of that token that it must refuse.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, contextmanager
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


def address(server, log):
    """Where the server says that it listens. One that stays silent is ended, which ends its output."""
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
def serving(binary, algorithm):
    """A server of its own data directory; yields its address and the token of its first administrator."""
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory) / "data"
        command = [binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", str(data)]
        command += ["--signing-algorithm", algorithm, "--audience", AUDIENCE, "--log-level", "error"]
        # What the caller's shell sets must not decide: only the path and the home are handed on.
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        log = Path(directory) / "log"
        with log.open("w") as errors:
            server = subprocess.Popen(
                command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        try:
            url = address(server, log)
            setup_token = (data / "setup-token").read_text().strip()
            call(f"{url}/v1/setup", {"token": setup_token, **ADMINISTRATOR})
            yield url, call(f"{url}/v1/login", ADMINISTRATOR)["access_token"]
        finally:
            server.terminate()
            server.communicate()


def gate(algorithm, url, token):
    """What a client is told about one server."""
    [key] = call(f"{url}/.well-known/jwks.json")["keys"]
    return {
        "algorithm": algorithm,
        "issuer": url,
        "audience": AUDIENCE,
        "token": token,
        "forgeries": forgeries(token, key),
    }


def main(binary, *command):
    with ExitStack() as stack:
        gates = []
        for algorithm in ALGORITHMS:
            url, token = stack.enter_context(serving(str(Path(binary).resolve()), algorithm))
            gates.append(gate(algorithm, url, token))
        return subprocess.run(command, env={**os.environ, "GATES": json.dumps(gates)}).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
