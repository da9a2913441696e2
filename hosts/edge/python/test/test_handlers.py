"""FastAPI and Django, by the examples and by what every handler must answer."""

import importlib
import sys
from pathlib import Path

import pytest
from issuer import Key, serving

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
POLICY = Path(__file__).resolve().parents[4] / "examples/policy.toml"
AUDIENCE = "documents"


@pytest.fixture(scope="module")
def key():
    return Key("a")


@pytest.fixture(scope="module")
def server(key):
    with serving(key) as server:
        yield server


@pytest.fixture(scope="module")
def issuer(server):
    return server.url.removesuffix("/.well-known/jwks.json")


def fastapi(module):
    from fastapi.testclient import TestClient
    client = TestClient(module.app)

    def ask(method, path, headers):
        answer = client.request(method, path, headers=headers)
        return answer.status_code, answer.headers, answer.json()
    return ask


def django(module):
    from django.test import Client
    client = Client()

    def ask(method, path, headers):
        # As WSGI gives them: two headers of one name are joined.
        joined = {}
        for name, value in headers:
            joined[name] = f"{joined[name]},{value}" if name in joined else value
        answer = client.generic(method, path, headers=joined)
        return answer.status_code, answer.headers, answer.json()
    return ask


@pytest.fixture(scope="module", params=[fastapi, django], ids=["fastapi", "django"])
def ask(request, issuer):
    name = f"{request.param.__name__}_service"
    settings = {"COUNTERSIGN_ISSUER": issuer, "COUNTERSIGN_AUDIENCE": AUDIENCE,
                "COUNTERSIGN_POLICY": str(POLICY)}
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in settings.items():
            patch.setenv(variable, value)
        patch.syspath_prepend(str(EXAMPLES))
        patch.setattr(sys, "dont_write_bytecode", True)
        yield request.param(importlib.import_module(name))


@pytest.fixture
def token(key, issuer):
    def issue(of=key, **changed):
        return of.token(**{"iss": issuer, "aud": AUDIENCE, "roles": ["user"], **changed})
    return issue


def bearer(text, scheme="Bearer"):
    return [("Authorization", f"{scheme} {text}")]


def test_a_bearer_is_let_in_as_far_as_the_policy_says(ask, token):
    for scheme in ("Bearer", "bearer", "BEARER"):
        status, _, body = ask("GET", "/me", bearer(token(), scheme))
        assert (status, body) == (200, {"id": "alice", "roles": ["user"]}), scheme
    assert ask("GET", "/users/alice/documents", bearer(token()))[0] == 200
    assert ask("GET", "/users/bob/documents", bearer(token()))[0] == 403
    status, _, body = ask("DELETE", "/documents", bearer(token(roles=["admin"])))
    assert (status, body) == (200, {"deleted_by": "alice"})


def test_others_are_told_what_is_wrong(ask, token):
    good = token()
    for headers, status, challenge in [
        ([], 401, "Bearer"),
        (bearer(good, "Basic"), 401, 'Bearer error="invalid_token"'),
        (bearer(f"{good} {good}"), 401, 'Bearer error="invalid_token"'),
        (bearer(""), 401, 'Bearer error="invalid_token"'),
        (bearer(good) * 2, 401, 'Bearer error="invalid_token"'),
        (bearer(token(exp=1, iat=0)), 401, 'error_description="the token is refused: expired"'),
        (bearer(token(Key("b"))), 401, "unknown-key"),
        (bearer(good), 403, 'Bearer error="insufficient_scope"'),
    ]:
        found, answered, body = ask("DELETE", "/documents", headers)
        assert found == status, headers
        assert challenge in answered["WWW-Authenticate"]
        assert answered["Cache-Control"] == "no-store"
        assert "detail" in body


def test_without_keys_the_answer_is_503(server):
    from countersign_edge import create_verifier
    from countersign_edge.gate import judge
    keyless = create_verifier(issuer="i", audience="a", jwks_url="http://127.0.0.1:9/jwks.json")
    refusal = judge(keyless, [f"Bearer {Key('a').token()}"], None)
    assert (refusal.status, refusal.headers["Retry-After"]) == (503, "1")
