"""For each service of `examples/`: a server, a proxy before it, and the service behind both."""

import json
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
from forgeries import decode  # noqa: E402

USER = {"email": "bob@example.com", "password": "seven green bottles"}
COOL_DOWN_SECONDS = 3
# The cheapest hashes that a policy may choose, since these tests are not about hashing.
QUICK_HASHES = '\n[hashing]\nscheme = "argon2id"\n'
# The services to test: all of them, unless the environment names some, because a toolchain is
# missing.
NAMES = os.environ.get("EXAMPLES", " ".join(services.COMMANDS)).split()


class Token:
    """An access token of the server, and what it says."""

    def __init__(self, text: str) -> None:
        header, payload, _ = text.split(".")
        self.text = text
        self.key_id = json.loads(decode(header))["kid"]
        self.subject = json.loads(decode(payload))["sub"]


@dataclass
class Scene:
    """A service under test with what it depends on."""

    name: str
    server: servers.Server
    front: front.Front
    administrator: Token
    user: Token
    mint: minted.Mint
    service: services.Service
    settings: dict[str, str]


@pytest.fixture(scope="session", params=NAMES)
def scene(request, tmp_path_factory):
    binary = str(Path(os.environ["COUNTERSIGN_BINARY"]).resolve())
    folder = tmp_path_factory.mktemp(request.param)
    policy = folder / "policy.toml"
    policy.write_text((ROOT / "examples" / "policy.toml").read_text() + QUICK_HASHES)
    with (
        servers.serving(binary, "--policy", str(policy)) as server,
        front.fronting(server.url) as proxy,
    ):
        servers.call(f"{server.url}/v1/register", USER)
        administrator, user = Token(server.login()), Token(server.login(USER))
        mint = minted.Mint(server.url, servers.AUDIENCE)
        proxy.more_keys.append(mint.jwk())
        settings = {
            "COUNTERSIGN_ISSUER": server.url,
            "COUNTERSIGN_AUDIENCE": servers.AUDIENCE,
            "COUNTERSIGN_URL": proxy.url,
            "JWKS_COOL_DOWN_SECONDS": str(COOL_DOWN_SECONDS),
        }
        with services.running(request.param, settings, folder / "log") as service:
            yield Scene(
                request.param, server, proxy, administrator, user, mint, service, settings
            )
