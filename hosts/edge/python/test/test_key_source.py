"""How keys are fetched, kept and given up."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from issuer import AUDIENCE, ISSUER, Key, send, serving

import countersign_edge as edge
from countersign_edge import fetch_key_set
from countersign_edge.key_source import FetchedKeys, Freshness

COOL_DOWN, SOFT_TTL, HARD_TTL = 30, 300, 3600
ROOT = Path(__file__).resolve().parents[4]
# What the other caches of keys run too.
SCENARIOS = json.loads((ROOT / "tests/vectors/key-fetches.json").read_text())


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


class Issuer:
    """An issuer that publishes keys by their ids, or fails."""

    def __init__(self) -> None:
        self.published, self.fetches, self.now = "down", 0, 0

    def fetch(self) -> dict:
        self.fetches += 1
        if not isinstance(self.published, list):
            raise OSError(self.published)
        return {key_id: key_id for key_id in self.published}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_keys_are_fetched_by_the_shared_scenarios(scenario):
    issuer = Issuer()
    keys = FetchedKeys(issuer.fetch, Freshness(), lambda: issuer.now, lambda: scenario.get("random", 0))

    def find(key_id: str) -> str:
        try:
            return "found" if keys.find(key_id) else "unknown"
        except edge.KeysUnavailable:
            return "unavailable"

    with ThreadPoolExecutor(8) as pool:
        for step in scenario["steps"]:
            issuer.now, issuer.published = step["at"], step.get("published", issuer.published)
            ids = [step["find"], *(f"{step['find']} {each}" for each in range(step.get("ids", 0)))]
            answers = set(pool.map(find, ids * step.get("callers", 1)))
            # What goes on in the background ends before the next step.
            keys._under_way.join()
            assert (answers, issuer.fetches) == ({step["answer"]}, step["fetches"]), step


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
