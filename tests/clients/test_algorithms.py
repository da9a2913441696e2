"""The table of the documentation says which library for Python verifies which algorithm."""

import json
import os
import re
from pathlib import Path
from urllib.request import urlopen

import authlib.jose
import jose.jwt
import joserfc.jwk
import joserfc.jwt
import jwt
import pytest

SERVERS = json.loads(os.environ["SERVERS"])
PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "check-tokens.md"
pytestmark = pytest.mark.filterwarnings(
    "ignore::joserfc.errors.SecurityWarning", "ignore::DeprecationWarning"
)


def with_authlib(keys, token, algorithm):
    return authlib.jose.JsonWebToken([algorithm]).decode(
        token, authlib.jose.JsonWebKey.import_key_set(keys)
    )


def with_joserfc(keys, token, algorithm):
    keys = joserfc.jwk.KeySet.import_key_set(keys)
    return joserfc.jwt.decode(token, keys, algorithms=[algorithm]).claims


def with_pyjwt(keys, token, algorithm):
    key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(token, key, algorithms=[algorithm], options={"verify_aud": False})


def with_python_jose(keys, token, algorithm):
    return jose.jwt.decode(token, keys, algorithms=[algorithm], options={"verify_aud": False})


LIBRARIES = {
    "Authlib": with_authlib,
    "PyJWT": with_pyjwt,
    "joserfc": with_joserfc,
    "python-jose": with_python_jose,
}


def table():
    """For each library, whether it verifies each algorithm."""
    text = PAGE.read_text(encoding="utf-8")
    [head] = re.findall(r"^\| verifier \|(.*)\|$", text, re.MULTILINE)
    algorithms = [cell.strip() for cell in head.split("|")]
    for name in LIBRARIES:
        [row] = re.findall(rf"^\| {name} [\d.]+ \|(.*)\|$", text, re.MULTILINE)
        yield from (
            (name, algorithm, cell.strip() == "yes")
            for algorithm, cell in zip(algorithms, row.split("|"), strict=True)
        )


@pytest.mark.parametrize(("library", "algorithm", "verifies"), table())
def test_the_table_is_true(library, algorithm, verifies):
    [server] = [server for server in SERVERS if server["algorithm"] == algorithm]
    with urlopen(f"{server['issuer']}/.well-known/jwks.json", timeout=10) as answer:
        keys = json.load(answer)
    try:
        claims = LIBRARIES[library](keys, server["token"], algorithm)
    except Exception as error:
        assert not verifies, error
    else:
        assert verifies and claims["iss"] == server["issuer"]
