"""The verifier, and the capabilities that it lends the component."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from issuer import AUDIENCE, ISSUER, POLICY, Key

import countersign_edge as edge
from countersign_edge.component import CheckedSignature, Component, Expectation, UnverifiedSignature
from countersign_edge.key_set import parse_key_set

ROOT = Path(__file__).resolve().parents[4]
KEY = Key("a")
SETTINGS = {"issuer": ISSUER, "audience": AUDIENCE, "jwks": {"keys": [KEY.jwk]}, "policy": POLICY}


def refused(call) -> str:
    with pytest.raises(edge.TokenRefused) as caught:
        call()
    return caught.value.reason


def test_a_token_gives_its_claims_and_the_policy_decides_for_them():
    verifier = edge.create_verifier(**SETTINGS)
    claims, decision = verifier.authorize(KEY.token(), "articles:read")
    assert (claims.subject, claims.audience, claims.roles) == ("alice", (AUDIENCE,), ("reader",))
    rule = edge.MatchedRule("reader", "articles:read", ("reader",))
    assert decision == edge.Decision(allowed=True, by=rule)
    assert verifier.decide(claims, "articles:write") == edge.Decision(allowed=False, by=None)
    assert verifier.decide(claims, "articles:write", owner="alice").allowed
    with pytest.raises(edge.MalformedPermission, match="`articles`"):
        verifier.decide(claims, "articles")
    without = edge.create_verifier(**{**SETTINGS, "policy": None})
    with pytest.raises(edge.InvalidSetting, match="`policy`"):
        without.decide(claims, "articles:read")


def test_what_is_no_token_is_refused():
    verifier = edge.create_verifier(**SETTINGS)
    for text, reason in [("", "malformed"), (None, "malformed"), ("\ud800.\x00.a", "malformed"),
                         (KEY.token() + "a" * (1 << 20), "too-large")]:
        assert refused(lambda text=text: verifier.verify(text)) == reason


def test_a_call_that_fails_costs_that_call_alone():
    broken = [True]

    def clock() -> float:
        if broken[0]:
            raise OSError("no clock")
        return 2e9

    verifier = edge.create_verifier(**SETTINGS, now=clock)
    token = KEY.token(iat=1, exp=int(3e9), auth_time=1)
    with pytest.raises(edge.ComponentFailed) as caught:
        verifier.verify(token)
    assert isinstance(caught.value.__cause__, OSError)
    broken[0] = False
    assert verifier.verify(token).subject == "alice"


def test_threads_do_not_see_each_others_signatures():
    verifier = edge.create_verifier(**SETTINGS)
    forged = Key("a").token()
    tokens = [forged if at % 2 else KEY.token(sub=str(at)) for at in range(100)]

    def judge(token: str) -> str:
        try:
            return verifier.verify(token).subject
        except edge.TokenRefused as error:
            return error.reason

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(judge, tokens))
    assert found == ["bad-signature" if at % 2 else str(at) for at in range(100)]


def test_the_keyring_answers_for_the_checked_signature_alone():
    component = Component(lambda: 0, {})
    expected = Expectation(ISSUER, AUDIENCE, 0)
    times = {"iat": 0, "exp": 100, "auth_time": 0}
    token, other = KEY.token(**times), KEY.token(sub="mallory", **times)
    read = component.read_signature(token)
    checked = CheckedSignature(read, "ed-dsa", is_right=True)
    assert component.verify(token, expected, checked).subject == "alice"
    assert refused(lambda: component.verify(other, expected, checked)) == "bad-signature"
    elsewhere = CheckedSignature(
        UnverifiedSignature("b", read.message, read.content), "ed-dsa", is_right=True)
    assert refused(lambda: component.verify(token, expected, elsewhere)) == "unknown-key"


def test_a_capability_that_a_verifier_does_not_have_is_named():
    component = Component(lambda: 0, {})
    with pytest.raises(edge.MissingCapability, match=r"`policy-source\.read-settings`"):
        component._call("setup", "begin")
    assert component.read_signature(KEY.token()).key_id == KEY.kid


def test_key_sets_are_read_by_the_shared_cases():
    cases = json.loads((ROOT / "tests/vectors/key-sets.json").read_text())
    for case in cases:
        try:
            ids = list(parse_key_set(case["set"]))
        except edge.InvalidKeySet:
            ids = "refused"
        assert ids == case["ids"], case["name"]


@pytest.mark.parametrize(("changed", "words"), [
    ({"issuer": ""}, "`issuer`"),
    ({"audience": None}, "`audience`"),
    ({"jwks": None}, "`jwks` and `jwks_url`"),
    ({"jwks_url": "https://a.example"}, "`jwks` and `jwks_url`"),
    ({"jwks": None, "jwks_url": "http://auth.example.org/jwks.json"}, "http://auth.example.org"),
    ({"jwks": None, "jwks_url": "file:///etc/keys"}, "https"),
    ({"jwks": None, "jwks_url": "https://a.example:x"}, "https://a.example:x"),
    ({"jwks": None, "jwks_url": "https://a.example/\r\nX-Other: 1"}, "https"),
    ({"leeway_seconds": 61}, "`leeway_seconds`"),
    ({"soft_ttl_seconds": 7200}, "`soft_ttl_seconds`"),
    ({"cool_down_seconds": 0}, "`cool_down_seconds`"),
    ({"policy": "[roles"}, r"`policy` is not valid:\n1:"),
])
def test_a_setting_that_is_wrong_is_named(changed, words):
    with pytest.raises(edge.InvalidSetting, match=words):
        edge.create_verifier(**{**SETTINGS, **changed})


def test_a_set_with_a_secret_is_refused_and_the_secret_is_not_named():
    with pytest.raises(edge.InvalidKeySet, match="member `d` is secret") as caught:
        edge.create_verifier(**{**SETTINGS, "jwks": {"keys": [{**KEY.jwk, "d": "c2VjcmV0"}]}})
    assert "c2VjcmV0" not in str(caught.value)
