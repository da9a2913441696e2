"""The Python sample of the documentation accepts an issued token and refuses forgeries of it."""

import json
import os
import re
from pathlib import Path

import jwt
import pytest

GATES = json.loads(os.environ["GATES"])
PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "check-tokens.md"


def sample(gate):
    """The function `check` of the page, for this server."""
    [code] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for said, meant in (
        ("http://127.0.0.1:8080", gate["issuer"]),
        ('"countersign"', f'"{gate["audience"]}"'),
        ('"EdDSA"', f'"{gate["algorithm"]}"'),
    ):
        assert said in code
        code = code.replace(said, meant)
    names = {}
    exec(compile(code, PAGE, "exec"), names)
    return names["check"]


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate["algorithm"])
def test_accepts_an_issued_token(gate):
    assert sample(gate)(gate["token"])["roles"] == ["admin"]


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate["algorithm"])
def test_refuses_forgeries(gate):
    check = sample(gate)
    for name, token in gate["forgeries"].items():
        with pytest.raises(jwt.PyJWTError):
            pytest.fail(f"{name} passes as {check(token)}")
