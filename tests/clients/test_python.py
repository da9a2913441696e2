"""PyJWT and joserfc accept what a server issues, and refuse what was forged or is meant for another verifier."""

import json
import os
import time
from urllib.request import urlopen

import joserfc.errors
import joserfc.jwk
import joserfc.jwt
import jwt
import pytest

SERVERS = json.loads(os.environ["SERVERS"])
CLAIMS = ["iss", "sub", "aud", "exp", "iat", "jti", "client_id", "roles", "sid", "auth_time", "amr"]
DAY = 24 * 60 * 60
# RFC 9864 renames EdDSA. Today's verifiers know only the name EdDSA, so our tokens use it.
pytestmark = pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")


def fetch(url):
    with urlopen(url, timeout=10) as answer:
        return json.load(answer)


def key_url(server):
    metadata = fetch(f"{server['issuer']}/.well-known/oauth-authorization-server")
    assert metadata["issuer"] == server["issuer"]
    return metadata["jwks_uri"]


class Refused(Exception):
    """The library refused the token, or its type is wrong, which the libraries leave to their callers."""


def with_pyjwt(server, token, issuer, audience, typ, later):
    try:
        key = jwt.PyJWKClient(key_url(server)).get_signing_key_from_jwt(token)
        read = jwt.decode_complete(
            token,
            key,
            algorithms=[server["algorithm"]],
            issuer=issuer,
            audience=audience,
            # PyJWT has no clock to set. A negative leeway has the same effect as verifying later.
            leeway=-later,
            options={"require": CLAIMS, "verify_iat": later == 0},
        )
    except jwt.PyJWTError as error:
        raise Refused from error
    if read["header"]["typ"] != typ:
        raise Refused
    return read["payload"]


def with_joserfc(server, token, issuer, audience, typ, later):
    expected = {name: {"essential": True} for name in CLAIMS}
    expected["iss"]["value"] = issuer
    expected["aud"]["value"] = audience
    claims = joserfc.jwt.JWTClaimsRegistry(now=lambda: int(time.time()) + later, **expected)
    try:
        keys = joserfc.jwk.KeySet.import_key_set(fetch(key_url(server)))
        read = joserfc.jwt.decode(token, keys, algorithms=[server["algorithm"]])
        claims.validate(read.claims)
    except joserfc.errors.JoseError as error:
        raise Refused from error
    if read.header["typ"] != typ:
        raise Refused
    return read.claims


@pytest.fixture(params=SERVERS, ids=[server["algorithm"] for server in SERVERS])
def server(request):
    return request.param


@pytest.fixture(params=[with_pyjwt, with_joserfc], ids=["pyjwt", "joserfc"])
def verify(request, server):
    """One library as a service that trusts the server, unless a test expects something else."""

    def verify(token, **other):
        right = {"issuer": server["issuer"], "audience": server["audience"], "typ": "at+jwt", "later": 0}
        return request.param(server, token, **{**right, **other})

    return verify


def test_accepts_an_issued_token(server, verify):
    claims = verify(server["token"])
    assert claims["iss"] == server["issuer"]
    assert claims["roles"] == ["admin"]
    assert claims["exp"] > claims["iat"]


@pytest.mark.parametrize("name", SERVERS[0]["forgeries"])
def test_refuses_a_forgery(server, verify, name):
    with pytest.raises(Refused):
        verify(server["forgeries"][name])


@pytest.mark.parametrize(
    "other",
    [
        {"issuer": "https://other.example"},
        {"audience": "another"},
        {"typ": "JWT"},
        {"later": DAY},
    ],
    ids=lambda other: next(iter(other)),
)
def test_refuses_a_token_for_another_verifier_or_time(server, verify, other):
    with pytest.raises(Refused):
        verify(server["token"], **other)


def test_refuses_the_token_of_another_server(server, verify):
    for other in SERVERS:
        if other is not server:
            with pytest.raises(Refused):
                verify(other["token"])
