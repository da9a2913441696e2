"""PyJWT and joserfc accept what a server issues and refuse what was forged or is not for them."""

import json
import os
import time
from urllib.request import urlopen

import joserfc.errors
import joserfc.jwk
import joserfc.jwt
import jwt
import pytest

GATES = json.loads(os.environ["GATES"])
CLAIMS = ["iss", "sub", "aud", "exp", "iat", "jti", "client_id", "roles", "sid", "auth_time", "amr"]
DAY = 24 * 60 * 60
# RFC 9864 renames EdDSA; what verifies today says EdDSA, and so do our tokens.
pytestmark = pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")


def fetch(url):
    with urlopen(url, timeout=10) as answer:
        return json.load(answer)


def key_url(gate):
    metadata = fetch(f"{gate['issuer']}/.well-known/oauth-authorization-server")
    assert metadata["issuer"] == gate["issuer"]
    return metadata["jwks_uri"]


class Refused(Exception):
    """A check that the libraries leave to their callers: the type of the token."""


def with_pyjwt(gate, token, issuer, audience, typ, later):
    try:
        key = jwt.PyJWKClient(key_url(gate)).get_signing_key_from_jwt(token)
        read = jwt.decode_complete(
            token,
            key,
            algorithms=[gate["algorithm"]],
            issuer=issuer,
            audience=audience,
            # PyJWT has no clock to set: a negative leeway is the same as asking later.
            leeway=-later,
            options={"require": CLAIMS, "verify_iat": later == 0},
        )
    except jwt.PyJWTError as error:
        raise Refused from error
    if read["header"]["typ"] != typ:
        raise Refused
    return read["payload"]


def with_joserfc(gate, token, issuer, audience, typ, later):
    expected = {name: {"essential": True} for name in CLAIMS}
    expected["iss"]["value"] = issuer
    expected["aud"]["value"] = audience
    claims = joserfc.jwt.JWTClaimsRegistry(now=lambda: int(time.time()) + later, **expected)
    try:
        keys = joserfc.jwk.KeySet.import_key_set(fetch(key_url(gate)))
        read = joserfc.jwt.decode(token, keys, algorithms=[gate["algorithm"]])
        claims.validate(read.claims)
    except joserfc.errors.JoseError as error:
        raise Refused from error
    if read.header["typ"] != typ:
        raise Refused
    return read.claims


@pytest.fixture(params=GATES, ids=[gate["algorithm"] for gate in GATES])
def gate(request):
    return request.param


@pytest.fixture(params=[with_pyjwt, with_joserfc], ids=["pyjwt", "joserfc"])
def verify(request, gate):
    """One library as a gate of the server, expecting what is right unless told otherwise."""

    def verify(token, **other):
        right = {"issuer": gate["issuer"], "audience": gate["audience"], "typ": "at+jwt", "later": 0}
        return request.param(gate, token, **{**right, **other})

    return verify


def test_accepts_an_issued_token(gate, verify):
    claims = verify(gate["token"])
    assert claims["iss"] == gate["issuer"]
    assert claims["roles"] == ["admin"]
    assert claims["exp"] > claims["iat"]


@pytest.mark.parametrize("name", GATES[0]["forgeries"])
def test_refuses_a_forgery(gate, verify, name):
    with pytest.raises(Refused):
        verify(gate["forgeries"][name])


@pytest.mark.parametrize(
    "other",
    [
        {"issuer": "https://elsewhere.example"},
        {"audience": "elsewhere"},
        {"typ": "JWT"},
        {"later": DAY},
    ],
    ids=lambda other: next(iter(other)),
)
def test_refuses_a_token_for_another_gate_or_time(gate, verify, other):
    with pytest.raises(Refused):
        verify(gate["token"], **other)


def test_refuses_the_token_of_another_server(gate, verify):
    for other in GATES:
        if other is not gate:
            with pytest.raises(Refused):
                verify(other["token"])
