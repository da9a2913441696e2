"""The servers that can be used, in the order in which they are tried.

Each is a generator: it yields the URI of a server that answers, and stops that server when closed.
A server that cannot be started raises `Missing` with the name of what is absent.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import certificates
import wire

GIVEN = "COUNTERSIGN_TEST_MONGODB_URI"
IMAGE = "mongo:8"
USER = "countersign"
# Every character that must be escaped in a URI, so that a missing escape fails a test.
PASSWORD = "a:b/c?d#e[f]g@h%i&j"

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


class Missing(Exception):
    """A program or another need of a server is missing."""


def uri(port: int, authority: Path, options: str = "") -> str:
    """The connection string of a local server with TLS and SCRAM, as in production."""
    credential = f"{USER}:{quote(PASSWORD, safe='')}"
    trust = f"tls=true&tlsCAFile={quote(str(authority))}"
    return f"mongodb://{credential}@127.0.0.1:{port}/?{trust}{options}"


def given(_: Path) -> Iterator[str]:
    """The server that the environment variable names: MongoDB or DocumentDB."""
    found = os.environ.get(GIVEN)
    if not found:
        raise Missing(f"{GIVEN} is not set")
    yield found


def mongod(directory: Path) -> Iterator[str]:
    """A `mongod` on PATH. Its first user is created through the localhost exception."""
    if not shutil.which("mongod"):
        raise Missing("mongod is not on PATH")
    need("openssl")
    authority, certificate = certificates.make(directory)
    (directory / "data").mkdir()
    port = free_port()
    server = start(
        ["mongod", "--quiet", "--auth", "--bind_ip", "127.0.0.1", "--port", str(port),
         "--dbpath", directory / "data", "--tlsMode", "requireTLS",
         "--tlsCertificateKeyFile", certificate, "--tlsCAFile", authority,
         "--tlsAllowConnectionsWithoutCertificates"],
        directory / "mongod.log",
    )
    try:
        wire.wait(port, authority, 30, lambda: server.poll() is None)
        user = {"createUser": USER, "pwd": PASSWORD, "roles": ["root"], "$db": "admin"}
        wire.command(port, authority, user)
        yield uri(port, authority)
    finally:
        stop(server)


def docker(directory: Path) -> Iterator[str]:
    """The official image, where a Docker daemon answers."""
    if not shutil.which("docker"):
        raise Missing("docker is not on PATH")
    if run(["docker", "info"], timeout=20).returncode != 0:
        raise Missing("no Docker daemon answers")
    need("openssl")
    authority, _ = certificates.make(directory)
    port, name = free_port(), f"countersign-{uuid.uuid4()}"
    tls = ["--tlsMode", "requireTLS", "--tlsCertificateKeyFile", "/tls/server.pem",
           "--tlsCAFile", "/tls/ca.pem", "--tlsAllowConnectionsWithoutCertificates"]
    started = run(
        ["docker", "run", "--rm", "--detach", "--name", name,
         "--publish", f"127.0.0.1:{port}:27017", "--volume", f"{directory}:/tls:ro",
         "--env", f"MONGO_INITDB_ROOT_USERNAME={USER}",
         "--env", f"MONGO_INITDB_ROOT_PASSWORD={PASSWORD}", IMAGE, *tls],
        timeout=600,
    )
    if started.returncode != 0:
        raise Missing(f"docker cannot run {IMAGE}: {last_line(started.stderr)}")
    try:
        wire.wait(port, authority, 60, lambda: True)
        yield uri(port, authority)
    finally:
        run(["docker", "rm", "--force", name], timeout=60)


def need(*programs: str) -> None:
    """Raises `Missing` unless each of the programs is on PATH."""
    absent = [program for program in programs if not shutil.which(program)]
    if absent:
        raise Missing(f"{' and '.join(absent)} must be on PATH")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(command: list, timeout: float) -> subprocess.CompletedProcess:
    """Runs a program to its end and captures its output."""
    return subprocess.run([str(part) for part in command], timeout=timeout, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True)


def last_line(text: str) -> str:
    return text.strip().rsplit("\n", 1)[-1]


def start(command: list, log: Path, prepare=lambda: None, stop_by=signal.SIGTERM) -> subprocess.Popen:
    """Starts a server that is killed when this process ends, even by SIGKILL."""

    def before() -> None:
        prepare()
        die_with_parent(stop_by)

    with log.open("ab") as output:
        return subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                                stdout=output, stderr=output, preexec_fn=before,
                                start_new_session=True)


def die_with_parent(by=signal.SIGTERM) -> None:
    """Has the system signal this process when its parent ends, even by SIGKILL."""
    LIBC.prctl(PR_SET_PDEATHSIG, int(by))


def stop(server: subprocess.Popen, by=signal.SIGTERM) -> None:
    server.send_signal(by)
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
