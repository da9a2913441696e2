"""The services of `examples/` accept and refuse the same tokens, with the same answers."""

import json
import subprocess
import time

import pytest

import services
from conftest import COOL_DOWN_SECONDS, Token
from forgeries import forgeries
from front import KEYS
from minted import HOUR, Mint
from servers import clean_environment

FORGERIES = [
    "signature flipped",
    "signature cut",
    "signature missing",
    "subject changed",
    "roles changed",
    "lifetime prolonged",
    "type changed",
    "key in the header",
    "algorithm none",
    "HS256 with the public PEM",
    "HS256 with the public JWK",
]

# Headers without a bearer token. The answer is a challenge without an error code.
NOT_A_TOKEN = {
    "nothing": None,
    "empty": "",
    "scheme alone": "Bearer",
    "scheme and a space": "Bearer ",
    "another scheme": "Basic YWRhOmFkYQ==",
}

NOT_A_JWT = {
    "a word": "garbage",
    "three words": "a.b.c",
    "dots": "..",
    "five parts": "a.b.c.d.e",
    "6 kB": "x" * 6000,
    "Latin letters beyond ASCII": "\xe9\xe9.\xe9\xe9.\xe9\xe9",
    "a header that is an array": "W10.e30.AAAA",
}

# Valid tokens with one property changed. All are signed by a published key.
NOT_ACCEPTABLE = {
    "expired": lambda mint: mint.token(exp=int(time.time()) - HOUR),
    "not yet valid": lambda mint: mint.token(nbf=int(time.time()) + HOUR),
    "of another issuer": lambda mint: mint.token(iss="https://other.example"),
    "for another audience": lambda mint: mint.token(aud="another"),
    "for other audiences": lambda mint: mint.token(aud=["another", "third"]),
    "without an issuer": lambda mint: mint.token(without=["iss"]),
    "without an audience": lambda mint: mint.token(without=["aud"]),
    "without an end": lambda mint: mint.token(without=["exp"]),
    "without a subject": lambda mint: mint.token(without=["sub"]),
    "without roles": lambda mint: mint.token(without=["roles"]),
    "a word as its end": lambda mint: mint.token(exp="tomorrow"),
    "a word as its roles": lambda mint: mint.token(roles="admin"),
    "numbers as its roles": lambda mint: mint.token(roles=[1]),
    "an ID token": lambda mint: mint.token(header={"typ": "JWT"}),
    "without a type": lambda mint: mint.token(header={"typ": None}),
    "a number as its type": lambda mint: mint.token(header={"typ": 5}),
    "an unknown extension": lambda mint: mint.token(header={"crit": ["x"], "x": 1}),
    "another algorithm than the key's": lambda mint: mint.token(header={"alg": "ES256"}),
    "an unknown algorithm": lambda mint: mint.token(header={"alg": "XX512"}),
    "a key id that is a number": lambda mint: mint.token(header={"kid": 5}),
    "of an unknown key": lambda mint: Mint(mint.issuer, mint.audience).token(),
}


def body(answer) -> dict:
    return json.loads(answer.body)


def check_refused(answer, challenge='Bearer error="invalid_token"'):
    assert answer.status == 401, answer
    assert answer.headers["www-authenticate"] == challenge
    assert "detail" in body(answer)


def test_a_public_route_needs_no_token(scene):
    for authorization in (None, "Bearer garbage"):
        answer = scene.service.get("/health", authorization)
        assert (answer.status, body(answer)) == (200, {"status": "ok"})


@pytest.mark.parametrize("name", NOT_A_TOKEN)
@pytest.mark.parametrize("path", ["/me", "/users/1/documents"])
def test_a_request_without_a_token_is_challenged(scene, path, name):
    check_refused(scene.service.get(path, NOT_A_TOKEN[name]), "Bearer")


@pytest.mark.parametrize("name", NOT_A_JWT)
def test_what_is_no_token_is_refused(scene, name):
    check_refused(scene.service.with_token("/me", NOT_A_JWT[name]))


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused(scene, name):
    [key] = [key for key in scene.server.keys() if key["alg"] == "ES256"]
    made = forgeries(scene.administrator.text, key)
    assert sorted(made) == sorted(FORGERIES)
    check_refused(scene.service.with_token("/me", made[name]))


@pytest.mark.parametrize("name", NOT_ACCEPTABLE)
def test_a_signed_token_that_is_not_acceptable_is_refused(scene, name):
    check_refused(scene.service.with_token("/me", NOT_ACCEPTABLE[name](scene.mint)))


def test_the_minted_tokens_are_refused_for_nothing_else(scene):
    for token in (scene.mint.token(), scene.mint.token(aud=["another", scene.mint.audience])):
        assert scene.service.with_token("/me", token).status == 200


def test_a_user_is_told_what_the_token_says(scene):
    for token, role in [(scene.administrator, "admin"), (scene.user, "user")]:
        for scheme in ("Bearer", "bearer", "BEARER"):
            answer = scene.service.get("/me", f"{scheme} {token.text}")
            assert answer.status == 200, answer
            assert body(answer) == {"id": token.subject, "roles": [role]}


def test_the_policy_of_countersign_decides(scene):
    administrator, user = scene.administrator, scene.user
    for token, owner, status in [
        (administrator, administrator, 200),
        (administrator, user, 200),
        (user, user, 200),
        (user, administrator, 403),
    ]:
        answer = scene.service.with_token(f"/users/{owner.subject}/documents", token.text)
        assert answer.status == status, answer
        if status == 200:
            assert body(answer) == {"owner": owner.subject, "documents": []}
        else:
            assert "detail" in body(answer)


def test_an_owner_that_is_no_account_has_no_documents(scene):
    for token in (scene.administrator, scene.user):
        answer = scene.service.with_token("/users/somebody/documents", token.text)
        assert answer.status == 403, answer


def test_a_token_that_countersign_refuses_is_refused(scene):
    # This service knows the key of the token and Countersign does not, as after a key was retired.
    check_refused(scene.service.with_token("/users/1/documents", scene.mint.token()))


def test_nothing_in_a_header_is_followed(scene):
    stranger = Mint(scene.mint.issuer, scene.mint.audience)
    trap = f"{scene.front.url}/trap"
    for header in ({"jwk": stranger.jwk()}, {"jku": trap}, {"x5u": trap}, {"kid": trap}):
        check_refused(scene.service.with_token("/me", stranger.token(header=header)))
    # A known key does not make the service follow an address in the header.
    scene.service.with_token("/me", scene.mint.token(header={"jku": trap, "x5u": trap}))
    assert set(scene.front.requests) <= {KEYS, "/v1/authorize"}


def test_keys_are_fetched_once_and_for_unknown_ids_once_in_a_cool_down(scene):
    def fetches(tokens):
        before = scene.front.requests[KEYS]
        statuses = {scene.service.with_token("/me", token).status for token in tokens}
        return scene.front.requests[KEYS] - before, statuses

    time.sleep(COOL_DOWN_SECONDS)
    unknown = [Mint(scene.mint.issuer, scene.mint.audience).token() for _ in range(10)]
    assert fetches(unknown) == (1, {401})
    assert fetches([scene.mint.token() for _ in range(10)]) == (0, {200})


def test_a_rotated_key_is_found_while_the_service_runs(scene):
    old = scene.administrator
    assert scene.service.with_token("/me", old.text).status == 200
    rotate = [scene.server.binary, "keys", "rotate", "--lead", "0", "--algorithm", "ES256"]
    rotate += ["--data-dir", str(scene.server.data)]
    subprocess.run(rotate, env=clean_environment(), check=True, stdout=subprocess.DEVNULL)
    new = wait_for(lambda: signed_by_another(old, Token(scene.server.login())))
    wait_for(lambda: scene.service.with_token("/me", new.text).status == 200)
    assert scene.service.with_token("/me", old.text).status == 200


def signed_by_another(old, new):
    return new if new.key_id != old.key_id else None


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found


@pytest.fixture
def without_countersign(scene):
    scene.front.down = True
    yield scene
    scene.front.down = False


def check_unavailable(answer):
    assert answer.status == 503, answer
    assert int(answer.headers["retry-after"]) > 0


def test_known_keys_outlast_an_outage(without_countersign):
    scene = without_countersign
    token = scene.mint.token()
    assert scene.service.with_token("/me", token).status == 200
    check_unavailable(scene.service.with_token("/users/1/documents", token))


def test_a_service_starts_before_countersign(without_countersign, tmp_path):
    scene = without_countersign
    with services.running(scene.name, scene.settings, tmp_path / "log") as service:
        token = scene.mint.token()
        check_unavailable(service.with_token("/me", token))
        scene.front.down = False
        assert service.with_token("/me", token).status == 200
