"""How keys are fetched, kept and given up."""

import json
import socket
import threading
import time

import pytest
from issuer import AUDIENCE, ISSUER, Key, send, serving

import countersign_edge as edge
from countersign_edge import fetch_key_set

COOL_DOWN, SOFT_TTL, HARD_TTL = 30, 300, 3600


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def scene():
    """A server of one key, the key, a clock, and a verifier of both."""
    key, clock = Key("a"), Clock()
    with serving(key) as server:
        yield server, key, clock, verifier_of(server, clock)


def verifier_of(server, clock) -> edge.Verifier:
    return edge.create_verifier(issuer=ISSUER, audience=AUDIENCE, jwks_url=server.url, now=clock)


def lasting(key: Key, **changed) -> str:
    return key.token(exp=int(time.time()) + 100_000, **changed)


def verdict(verifier, token: str) -> str:
    try:
        return verifier.verify(token).subject
    except edge.TokenRefused as error:
        return error.reason
    except edge.KeysUnavailable:
        return "unavailable"


def until(holds) -> None:
    """Waits for what a fetch in the background brings about."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_a_flood_of_random_key_ids_causes_one_fetch_in_each_cool_down(scene):
    server, key, clock, verifier = scene
    assert verdict(verifier, lasting(key)) == "alice"
    stranger = Key("x")
    flood = [stranger.token(header={"kid": f"random {at}"}) for at in range(1000)]
    assert {verdict(verifier, token) for token in flood} == {"unknown-key"}
    assert server.fetches == 1
    clock.now += COOL_DOWN
    assert {verdict(verifier, token) for token in flood[:50]} == {"unknown-key"}
    assert server.fetches == 2


def test_threads_share_the_first_fetch(scene):
    server, key, _, verifier = scene
    arrived, go = threading.Barrier(9), threading.Event()

    def answer(handler) -> None:
        go.wait(10)
        server.answer = None
        send(handler, json.dumps({"keys": [key.jwk]}).encode())

    server.answer = answer
    found = []

    def ask() -> None:
        arrived.wait(10)
        found.append(verdict(verifier, lasting(key)))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    arrived.wait(10)
    go.set()
    for thread in threads:
        thread.join(20)
    assert (found, server.fetches) == (["alice"] * 8, 1)


def test_no_malformed_token_causes_a_fetch(scene):
    server, key, _, verifier = scene
    for token, reason in [("", "malformed"), (key.token() + "=", "malformed"),
                          (key.token(header={"typ": "JWT"}), "wrong-type"),
                          (key.token(header={"jku": "https://attacker.example"}), "malformed")]:
        assert verdict(verifier, token) == reason
    assert server.fetches == 0


def test_an_added_key_is_used_within_one_cool_down_and_a_withdrawn_one_gone_after_the_soft_ttl(scene):
    server, first, clock, verifier = scene
    second = Key("b")
    assert verdict(verifier, lasting(first)) == "alice"
    assert verdict(verifier, lasting(second)) == "unknown-key"
    server.keys = [second]
    clock.now += COOL_DOWN
    assert verdict(verifier, lasting(second)) == "alice"
    assert verdict(verifier, lasting(first)) == "unknown-key"
    server.keys = [first]
    clock.now += SOFT_TTL
    # The old keys serve while the new ones are fetched.
    assert verdict(verifier, lasting(second)) == "alice"
    until(lambda: verdict(verifier, lasting(second)) == "unknown-key")
    assert server.fetches == 3


def test_keys_outlive_a_server_that_is_down_until_their_hard_ttl_and_no_longer(scene):
    server, key, clock, verifier = scene
    token = lasting(key)
    assert verdict(verifier, token) == "alice"
    server.answer = lambda handler: send(handler, b"", 500)
    clock.now += HARD_TTL - 1
    assert verdict(verifier, token) == "alice"
    until(lambda: server.fetches == 2)
    clock.now += 1
    until(lambda: verdict(verifier, token) == "unavailable")
    server.answer = None
    clock.now += 1
    assert verdict(verifier, token) == "alice"


def test_a_clock_that_stepped_back_causes_a_fetch_and_no_failure(scene):
    server, key, clock, verifier = scene
    token = lasting(key)
    assert verdict(verifier, token) == "alice"
    clock.now -= 20
    assert verdict(verifier, token) == "alice"
    until(lambda: server.fetches == 2)


def endless(handler) -> None:
    """An answer that is larger than any key set, and has no end."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" " * 16_384)
    except OSError:
        pass


def drip(handler) -> None:
    """An answer that arrives byte by byte, each in time."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" ")
            time.sleep(0.01)
    except OSError:
        pass


GOOD = b'{"keys":[]}'
BAD_ANSWERS = {
    "an error": lambda handler: send(handler, GOOD, 404),
    "a redirect": lambda handler: send(handler, GOOD, 302, Location="/other"),
    "no JSON": lambda handler: send(handler, b"<html>"),
    "deep JSON": lambda handler: send(handler, b"[" * 60_000),
    "not UTF-8": lambda handler: send(handler, b"\xff\xfe"),
    "too large": lambda handler: send(handler, GOOD[:-1] + b" " * 70_000 + b"}"),
    "without an end": endless,
    "byte by byte": drip,
    "cut": lambda handler: send(handler, GOOD, **{"Content-Length": "100"}) or handler.connection.close(),
    "a cut connection": lambda handler: handler.connection.shutdown(socket.SHUT_RDWR),
    "no HTTP": lambda handler: handler.wfile.write(b"\x16\x03\x01 hello\r\n\r\n"),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_a_bad_answer_gives_no_keys(scene, monkeypatch, name):
    server, key, _, verifier = scene
    monkeypatch.setattr(fetch_key_set, "TIME_LIMIT_SECONDS", 0.2)
    server.answer = BAD_ANSWERS[name]
    began = time.monotonic()
    assert verdict(verifier, lasting(key)) == "unavailable"
    assert server.fetches == 1
    assert time.monotonic() - began < 2


def test_keys_come_over_tls_from_a_server_that_is_trusted_alone(scene):
    server, key, clock, _ = scene
    url = server.url.replace("http:", "https:")
    verifier = edge.create_verifier(issuer=ISSUER, audience=AUDIENCE, jwks_url=url, now=clock)
    assert verdict(verifier, lasting(key)) == "unavailable"
    assert server.fetches == 0
