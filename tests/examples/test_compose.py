"""`examples/compose.yaml` and `examples/Dockerfile`, as far as a machine without Docker can try them.

The binary is started as the container would be: with the variables of the image and of the service,
and with the commands that the service names. Only the address of the database is the test's own.
"""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from front import KEYS
from servers import address, call, clean_environment

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
COMPOSE = yaml.safe_load((EXAMPLES / "compose.yaml").read_text())
DOCKERFILE = (EXAMPLES / "Dockerfile").read_text()
PASSWORD = "0123456789abcdef"
DATABASE = os.environ.get("COUNTERSIGN_TEST_MONGODB_URI")


def image_environment() -> dict[str, str]:
    """The variables that the image sets."""
    joined = DOCKERFILE.replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.startswith("ENV ")]
    return dict(word.split("=", 1) for line in lines for word in shlex.split(line)[1:])


def environment(service: str, data: Path, **changes: str) -> dict[str, str]:
    """The variables of a container of this service, but for where it listens and keeps its data."""
    given = COMPOSE["services"][service]["environment"]
    given = {
        name: re.sub(r"\$\{MONGODB_PASSWORD:[^}]*\}", PASSWORD, value)
        for name, value in given.items()
    }
    own = {"COUNTERSIGN_LISTEN": "127.0.0.1:0", "COUNTERSIGN_DATA_DIR": str(data)}
    return {**clean_environment(), **image_environment(), **given, **own, **changes}


def countersign(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess:
    command = [os.environ["COUNTERSIGN_BINARY"], *arguments]
    return subprocess.run(command, env=env, text=True, capture_output=True, timeout=60)


def test_the_image_serves_on_its_port_as_an_ordinary_user():
    assert image_environment()["COUNTERSIGN_LISTEN"] == "0.0.0.0:8080"
    assert COMPOSE["services"]["countersign"]["ports"] == ["127.0.0.1:8080:8080"]
    [volume] = COMPOSE["services"]["countersign"]["volumes"]
    assert volume.split(":")[1] == image_environment()["COUNTERSIGN_DATA_DIR"]
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.M) == ["65532:65532"]


def test_images_and_volumes_are_named_exactly():
    for service in COMPOSE["services"].values():
        assert "build" in service or re.search(r":\d+\.\d+\.\d+$", service["image"]), service
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in COMPOSE["volumes"]
    toolchain = (EXAMPLES.parent / "rust-toolchain.toml").read_text()
    version = re.search(r'channel = "(.*)"', toolchain)[1]
    assert f"FROM rust:{version}-" in DOCKERFILE


@pytest.mark.parametrize("service", ["migrate", "countersign"])
def test_the_settings_are_understood(service, tmp_path):
    # The host `mongodb` exists in the network of the containers alone. So the settings are
    # accepted, and the driver finds no database.
    [command] = COMPOSE["services"][service].get("command", ["serve"])
    ended = countersign(command, env=environment(service, tmp_path / "data"))
    assert ended.returncode == 2
    assert "no answer from the database" in ended.stderr, ended.stderr
    assert PASSWORD not in ended.stderr


@pytest.mark.skipif(not DATABASE, reason="no server that speaks MongoDB's protocol")
def test_the_service_starts_on_a_database(tmp_path):
    data = tmp_path / "data"
    [command] = COMPOSE["services"]["migrate"]["command"]
    migrated = countersign(command, env=environment("migrate", data, MONGODB_URI=DATABASE))
    assert migrated.returncode == 0, migrated.stderr
    log = tmp_path / "log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [os.environ["COUNTERSIGN_BINARY"], "serve"],
            env=environment("countersign", data, MONGODB_URI=DATABASE),
            stdout=subprocess.PIPE, stderr=errors, text=True,
        )
    try:
        url = address(process, log)
        assert call(f"{url}/readyz")
        assert call(f"{url}{KEYS}")["keys"]
    finally:
        process.terminate()
        process.communicate()
