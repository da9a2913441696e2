"""The Python sample of the documentation accepts an issued token and refuses forgeries of it."""

import json
import os
import re
from pathlib import Path

import jwt
import pytest

SERVERS = json.loads(os.environ["SERVERS"])
PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "check-tokens.md"


def sample(server):
    """The function `check` of the page, for this server."""
    # The first block; the others show libraries that have tests of their own.
    code, *_ = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for said, meant in (
        ("http://127.0.0.1:8080", server["issuer"]),
        ('"countersign"', f'"{server["audience"]}"'),
        ('"ES256"', f'"{server["algorithm"]}"'),
    ):
        assert said in code
        code = code.replace(said, meant)
    names = {}
    exec(compile(code, PAGE, "exec"), names)
    return names["check"]


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server["algorithm"])
def test_accepts_an_issued_token(server):
    assert sample(server)(server["token"])["roles"] == ["admin"]


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server["algorithm"])
def test_refuses_forgeries(server):
    check = sample(server)
    for name, token in server["forgeries"].items():
        with pytest.raises(jwt.PyJWTError):
            pytest.fail(f"{name} passes as {check(token)}")
