"""FerretDB over PostgreSQL with the extension `documentdb`: a server from package registries alone.

PostgreSQL 18 with the extension is in Debian testing, whose C library is newer than that of a
stable system. So it gets a root directory of its own, in which it also runs.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import certificates
import wire
from servers import PASSWORD, USER, Missing, free_port, last_line, need, run, start, stop, uri

VERSION = "v2.7.0"
MODULE = "github.com/FerretDB/FerretDB/v2"
PACKAGE = "postgresql-18-documentdb"
POSTGRESQL = "/usr/lib/postgresql/18/bin"
# The name contains the versions, so that other versions get a folder of their own.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "countersign/mongo"
INSTALLED = CACHE / f"ferretdb-{VERSION}-postgresql-18"

SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_preload_libraries = 'pg_cron, pg_documentdb_core, pg_documentdb'
cron.database_name = 'postgres'
cron.host = '127.0.0.1'
dynamic_shared_memory_type = mmap
max_connections = 200
# The data need not survive the test.
fsync = off
synchronous_commit = off
full_page_writes = off
# Conflicting inserts into a unique index deadlock here, so a deadlock must be detected quickly.
deadlock_timeout = '20ms'
"""


def ferretdb(directory: Path) -> Iterator[str]:
    """Installs FerretDB and PostgreSQL once, and starts them with an empty database."""
    root, program = install()
    authority, certificate = certificates.make(directory)
    clusters = root / "srv"
    sweep(clusters)
    cluster = clusters / f"run-{os.getpid()}"
    cluster.mkdir()
    with (cluster / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield from serve(root, cluster, program, directory, authority, certificate)
        finally:
            shutil.rmtree(cluster, ignore_errors=True)


def serve(root, cluster, program, directory, authority, certificate) -> Iterator[str]:
    postgresql_port, port = free_port(), free_port()
    postgresql = start_postgresql(root, cluster, postgresql_port, directory / "postgresql.log")
    try:
        server = start(
            [program, f"--postgresql-url=postgres://postgres@127.0.0.1:{postgresql_port}/postgres",
             "--listen-addr=", f"--listen-tls=127.0.0.1:{port}",
             f"--listen-tls-cert-file={certificate}", f"--listen-tls-key-file={certificate}",
             f"--state-dir={directory}", "--debug-addr=-", "--telemetry=disable",
             "--log-level=error"],
            directory / "ferretdb.log",
        )
        try:
            wire.wait(port, authority, 30, lambda: server.poll() is None)
            yield uri(port, authority, "&authMechanism=SCRAM-SHA-256")
        finally:
            stop(server)
    finally:
        # SIGINT stops PostgreSQL without waiting for open sessions.
        stop(postgresql, signal.SIGINT)


def start_postgresql(root: Path, cluster: Path, port: int, log: Path) -> subprocess.Popen:
    data = f"/srv/{cluster.name}/data"
    inside = enter(root)
    shutil.chown(cluster, *owner(root))
    made = subprocess.run(
        [f"{POSTGRESQL}/initdb", "--auth=trust", "--no-sync", "--locale=C.UTF-8", "-D", data],
        preexec_fn=inside, capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )
    if made.returncode != 0:
        raise Missing(f"initdb fails: {last_line(made.stderr)}")
    with (cluster / "data/postgresql.conf").open("a") as settings:
        settings.write(f"{SETTINGS}port = {port}\n")
    server = start([f"{POSTGRESQL}/postgres", "-D", data], log, inside, signal.SIGINT)
    ready = [f"{POSTGRESQL}/pg_isready", "--quiet", "--host=127.0.0.1", f"--port={port}"]
    wait_until(lambda: subprocess.run(ready, preexec_fn=inside).returncode == 0, server)
    password = PASSWORD.replace("'", "''")
    for statement in (
        "CREATE EXTENSION documentdb CASCADE",
        f"CREATE ROLE {USER} LOGIN SUPERUSER PASSWORD '{password}'",
    ):
        done = subprocess.run(
            [f"{POSTGRESQL}/psql", "--quiet", "--no-psqlrc", "--host=127.0.0.1", f"--port={port}",
             "--username=postgres", f"--command={statement}"],
            preexec_fn=inside, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        )
        if done.returncode != 0:
            stop(server, signal.SIGINT)
            raise Missing(f"PostgreSQL refuses the extension: {last_line(done.stderr)}")
    return server


def wait_until(ready, server: subprocess.Popen) -> None:
    for _ in range(300):
        if ready():
            return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    stop(server, signal.SIGINT)
    raise Missing("PostgreSQL does not start")


def enter(root: Path):
    """Makes a child process the user `postgres` inside the root directory."""
    user, group = owner(root)

    def inside() -> None:
        os.chroot(root)
        os.chdir("/")
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)

    return inside


def owner(root: Path) -> tuple[int, int]:
    """The user and group ids of `postgres` inside the root directory, where its name is known."""
    for line in (root / "etc/passwd").read_text().splitlines():
        name, _, user, group, *_ = line.split(":")
        if name == "postgres":
            return int(user), int(group)
    raise Missing(f"{root} has no user postgres")


def sweep(clusters: Path) -> None:
    """Removes the files of killed runs; a live run holds its lock."""
    for lock in clusters.glob("run-*/lock"):
        with lock.open() as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(lock.parent, ignore_errors=True)


def install() -> tuple[Path, Path]:
    """Installs PostgreSQL into a root directory, and FerretDB. The first time takes minutes."""
    root, program = INSTALLED / "root", INSTALLED / "bin/ferretdb"
    if os.geteuid() != 0:
        raise Missing("FerretDB in its own root directory needs root")
    need("openssl")
    if root.is_dir() and program.is_file():
        return root, program
    need("apt-get", "go")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with (INSTALLED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.is_file():
            tell(f"building FerretDB {VERSION}, once")
            build_ferretdb(program)
        if not root.is_dir():
            tell("installing PostgreSQL with the extension documentdb, once")
            install_postgresql(root)
    return root, program


def build_ferretdb(program: Path) -> None:
    module = INSTALLED / "module"
    shutil.rmtree(module, ignore_errors=True)
    module.mkdir()
    environment = {**os.environ, "GOBIN": str(program.parent), "GOFLAGS": "-modcacherw"}
    command = f"{MODULE}/cmd/ferretdb"
    for arguments in (
        ["mod", "init", "countersign/ferretdb"],
        ["get", "-tool", f"{command}@{VERSION}"],
        ["install", "-tags", "ferretdb_prod", command],
    ):
        done = subprocess.run(["go", *arguments], cwd=module, env=environment, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode != 0:
            raise Missing(f"FerretDB does not build: {last_line(done.stderr)}")


def install_postgresql(root: Path) -> None:
    apt = {"timeout": 900}
    if not shutil.which("mmdebstrap"):
        for arguments in (["update"], ["install", "--yes", "mmdebstrap"]):
            done = run(["apt-get", "--quiet", *arguments], **apt)
            if done.returncode != 0:
                raise Missing(f"mmdebstrap cannot be installed: {last_line(done.stderr)}")
    partial = root.with_name("root.partial")
    shutil.rmtree(partial, ignore_errors=True)
    done = run(
        ["mmdebstrap", "--variant=essential", f"--include={PACKAGE}",
         # A snapshot of the archive may be old.
         '--aptopt=Acquire::Check-Valid-Until "false"', "testing", partial],
        **apt,
    )
    if done.returncode != 0:
        raise Missing(f"{PACKAGE} cannot be installed: {last_line(done.stderr)}")
    partial.rename(root)


def tell(sentence: str) -> None:
    print(f"tests/mongo: {sentence}", file=sys.stderr, flush=True)
