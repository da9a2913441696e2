"""One server, one proxy before it and one service of `examples/` for each of the latter."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "clients"))

import front  # noqa: E402
import minted  # noqa: E402
import servers  # noqa: E402
import services  # noqa: E402

USER = {"email": "bob@example.com", "password": "seven green bottles"}
COOL_DOWN_SECONDS = 2
NAMES = os.environ.get("EXAMPLES", " ".join(services.COMMANDS)).split()


@dataclass
class Scene:
    """A service under test with what it depends on."""

    name: str
    server: servers.Server
    front: front.Front
    mint: minted.Mint
    service: services.Service
    settings: dict[str, str]


@pytest.fixture(scope="session", params=NAMES)
def scene(request, tmp_path_factory):
    binary = str(Path(os.environ["COUNTERSIGN_BINARY"]).resolve())
    policy = str(ROOT / "examples" / "policy.toml")
    with servers.serving(binary, "--policy", policy) as server, front.fronting(server.url) as proxy:
        servers.call(f"{server.url}/v1/register", USER)
        mint = minted.Mint(server.url, servers.AUDIENCE)
        proxy.more_keys.append(mint.jwk())
        settings = {
            "COUNTERSIGN_ISSUER": server.url,
            "COUNTERSIGN_AUDIENCE": servers.AUDIENCE,
            "COUNTERSIGN_URL": proxy.url,
            "JWKS_COOL_DOWN_SECONDS": str(COOL_DOWN_SECONDS),
        }
        log = tmp_path_factory.mktemp(request.param) / "log"
        with services.running(request.param, settings, log) as service:
            yield Scene(request.param, server, proxy, mint, service, settings)
