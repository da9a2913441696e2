"""`examples/from-fastapi`: a database as a service with pymongo and passlib leaves it, moved as its README
says, until its users log in with their old passwords.
"""

import json
import os
import subprocess
import sys
import uuid
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen

import pytest
from bson import ObjectId
from jose import jwt
from pymongo import MongoClient

from servers import address, call, clean_environment

ROOT = Path(__file__).resolve().parents[2]
MOVE = ROOT / "examples/from-fastapi/move.py"
SERVER = os.environ.get("COUNTERSIGN_TEST_MONGODB_URI", "")
NEEDS_SERVER = pytest.mark.skipif(not SERVER, reason="no server that speaks MongoDB's protocol")
# What passlib 1.7.4 made of one password, by the name of each account.
PASSWORD = "seven green bottles"
LINES = (ROOT / "examples/import-users/users.jsonl").read_text().splitlines()
HASHES = {record["email"].split("@")[0].lower(): record["password_hash"] for record in map(json.loads, LINES)}
# The account of the tutorial of FastAPI has these members, and the usual templates have the others.
MADE = {"created_at": datetime(2023, 5, 4, tzinfo=timezone.utc)}
DOCUMENTS = [
    {"email": "Alice@example.com", "hashed_password": HASHES["alice"], "is_active": True, "is_superuser": True, "full_name": "Alice", **MADE},
    {"username": "bob@example.com", "hashed_password": HASHES["bob"], "disabled": False},
    {"email": "carol@example.com", "password_hash": HASHES["carol"], "roles": ["editor", "user"], **MADE},
    {"email": "dave@example.com", "password": HASHES["dave"], "role": "editor"},
    {"email": "erin@example.com", "hashed_password": HASHES["erin"], "scopes": "user", "is_admin": False},
    {"email": "frank@example.com", "hashed_password": HASHES["frank"], "roles": []},
    {"email": "grace@example.com", "hashed_password": HASHES["grace"], "is_active": False},
    {"email": "heidi@example.com", "hashed_password": "$pbkdf2-sha256$29000$N2YMIWQsBWBMae09x1jrPQ$1t8iyB2A"},
    {"email": "ivan@example.com", "google_id": "1234"},
    {"username": "judy", "hashed_password": HASHES["bob"]},
    {"email": "mallory@example.com", "hashed_password": HASHES["bob"]},
    {"email": " Mallory@Example.com", "hashed_password": HASHES["carol"]},
]
LEFT = {
    "heidi": "its hash is in a format", "ivan": "it has no password hash", "judy": "it has no address",
    "mallory": "another account has the same address", " Mallory": "another account has the same address",
}
POLICY = """
[hashing]
scheme = "argon2id"
[roles.admin]
allow = ["*:*"]
[roles.user]
allow = []
[roles.writer]
allow = ["articles:write"]
"""
OLD_SECRET = "a secret of the old service, long enough for HS256"


def move(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, MOVE, *arguments], env={**clean_environment(), **variables},
        capture_output=True, text=True, timeout=60)


@pytest.fixture
def old():
    """The connection string of a database of the old service, and the ids of its accounts."""
    name = f"old_{uuid.uuid4().hex[:8]}"
    uri = urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}", query=with_admin(urlsplit(SERVER).query)))
    with MongoClient(uri) as client:
        documents = [{"_id": ObjectId(), **document} for document in DOCUMENTS]
        client[name].users.insert_many(documents)
        yield uri, {owner(document): str(document["_id"]) for document in documents}
        client.drop_database(name)


def with_admin(query: str) -> str:
    return query if "authSource" in query else f"{query}&authSource=admin"


def owner(document: dict) -> str:
    return document.get("email", document.get("username")).split("@")[0]


def new_database() -> dict[str, str]:
    """The variables of Countersign on a database of its own."""
    path = f"/new_{uuid.uuid4().hex[:8]}"
    uri = urlunsplit(urlsplit(SERVER)._replace(path=path, query=with_admin(urlsplit(SERVER).query)))
    return {"MONGODB_URI": uri, "ENVIRONMENT": "development", **clean_environment()}


@contextmanager
def serving(folder: Path, variables: dict[str, str]):
    """A server with these variables, and its URL."""
    own = {"COUNTERSIGN_LISTEN": "127.0.0.1:0", "COUNTERSIGN_DATA_DIR": str(folder / "data"), "LOG_LEVEL": "error",
           "COUNTERSIGN_METRICS_LISTEN": "off"}
    log = folder / "log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [os.environ["COUNTERSIGN_BINARY"], "serve"], env={**clean_environment(), **own, **variables},
            stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        yield address(process, log)
    finally:
        process.terminate()
        process.communicate()


def me(url: str, token: str) -> dict:
    with urlopen(Request(f"{url}/v1/me", headers={"authorization": f"Bearer {token}"}), timeout=60) as answer:
        return json.load(answer)


@NEEDS_SERVER
def test_users_of_the_old_database_log_in_with_their_passwords(old, tmp_path):
    uri, ids = old
    moved = move("users", "--role", "editor=writer", MONGODB_URI=uri)
    assert moved.returncode == 1, moved.stderr
    for name, reason in LEFT.items():
        assert f"left: account {ids[name]}: {reason}" in moved.stderr
    for said in ("7 of 12 accounts move", "role `writer` of 2 accounts", "member `full_name` of 1 accounts",
                 "former_argon2_memory_kib = 8192, former_argon2_passes = 1"):
        assert said in moved.stderr
    assert not any(hash in moved.stderr for hash in HASHES.values())

    variables = new_database()
    binary = os.environ["COUNTERSIGN_BINARY"]
    subprocess.run([binary, "migrate"], env=variables, check=True, capture_output=True, timeout=60)
    table = tmp_path / "ids.jsonl"
    for summary in ("7 imported, 0 exist already, 0 refused\n", "0 imported, 7 exist already, 0 refused\n"):
        imported = subprocess.run(
            [os.environ["IMPORT_USERS"], "--ids", table], env=variables, input=moved.stdout,
            capture_output=True, text=True, timeout=60)
        assert (imported.returncode, imported.stdout) == (0, summary), imported.stderr
    current = {pair["previous_id"]: pair["id"] for pair in map(json.loads, table.read_text().splitlines())}
    assert len(current) == 7

    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    with serving(tmp_path, {**variables, "COUNTERSIGN_POLICY": str(policy)}) as url:
        for name, roles in {"Alice": ["admin"], "bob": ["user"], "carol": ["writer", "user"], "dave": ["writer"],
                            "erin": ["user"], "frank": ["user"]}.items():
            login = call(f"{url}/v1/login", {"email": f"{name}@example.com", "password": PASSWORD})
            account = me(url, login["access_token"])
            assert (account["id"], account["roles"]) == (current[ids[name]], roles), name
        with pytest.raises(HTTPError, match="403"):
            call(f"{url}/v1/login", {"email": "grace@example.com", "password": PASSWORD})


@NEEDS_SERVER
def test_import_needs_a_prepared_database_and_says_so():
    imported = subprocess.run(
        [os.environ["IMPORT_USERS"]], env=new_database(), input="", capture_output=True, text=True, timeout=60)
    assert imported.returncode == 1 and "run `countersign migrate`" in imported.stderr, imported.stderr


def test_a_database_that_cannot_be_read_is_one_sentence():
    for uri, reason in (("", "MONGODB_URI names no database"), ("mongodb://127.0.0.1:1/", "No default database"),
                        ("http://127.0.0.1", "MONGODB_URI: Invalid URI scheme")):
        moved = move("users", MONGODB_URI=uri)
        assert moved.returncode == 1 and reason in moved.stderr, moved.stderr
        assert len(moved.stderr.splitlines()) == 1, moved.stderr


def test_the_settings_that_are_written_start_a_server_which_refuses_old_tokens(tmp_path):
    env = tmp_path / ".env"
    env.write_text(f"""# of the old service
SECRET_KEY="{OLD_SECRET}"
ALGORITHM=HS256
ACCESS_TOKEN_EXPIRE_MINUTES=30
REFRESH_TOKEN_EXPIRE_DAYS=7
BCRYPT_ROUNDS=13
CORS_ORIGINS=["http://localhost:3000", "https://app.example.com/"]
ENV=dev
LOG_LEVEL=WARNING  # of uvicorn too
JWT_AUDIENCE=shop
EMPTY=
""")
    moved = move("settings", env)
    assert moved.returncode == 0, moved.stderr
    assert "ALGORITHM: nothing here reads it" in moved.stderr
    assert "1800 s is outside 60 to 900, so access_seconds is 900" in moved.stderr
    assert OLD_SECRET not in moved.stdout + moved.stderr
    variables = dict(line.split("=", 1) for line in moved.stdout.splitlines() if not line.startswith("#"))
    policy = tmp_path / "policy.toml"
    policy.write_text("".join(line.removeprefix("# ") + "\n" for line in moved.stdout.splitlines() if line[0] == "#"))
    with serving(tmp_path, {**variables, "COUNTERSIGN_POLICY": str(policy)}) as url:
        metadata = call(f"{url}/.well-known/oauth-authorization-server")
        claims = {"sub": "alice@example.com", "aud": "shop", "iss": metadata["issuer"], "exp": 4_000_000_000}
        with pytest.raises(HTTPError, match="401"):
            me(url, jwt.encode(claims, OLD_SECRET, algorithm="HS256"))


@pytest.mark.parametrize(("line", "written", "said"), [
    ("SECRET_KEY=secret", "", "left: SECRET_KEY: is an example or shorter than 32 bytes"),
    ("SECRET_KEY=09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", "", "left: SECRET_KEY: is an example"),
    ("CORS_ORIGINS=*", "", "there is no wildcard"),
    ("ENVIRONMENT=qa", "", "left: ENVIRONMENT: `qa` is none of"),
    ("BCRYPT_ROUNDS=10", "", "10 is below 12"),
    ("REFRESH_TOKEN_EXPIRE_DAYS=never", "", "left: REFRESH_TOKEN_EXPIRE_DAYS: `never`"),
    ("MONGODB_URI=mongodb+srv://u:p@c.example.net/app", "", "left: MONGODB_URI: `mongodb+srv:`"),
    ("MONGO_URL=mongodb://u:p@h:27017/app?tls=true&tlsCAFile=rds.pem&retryWrites=false",
     "MONGODB_URI=mongodb://u:p@h:27017/countersign?tls=true&authSource=app", "without tlsCAFile, retryWrites"),
    ("MONGODB_URI=mongodb://h/app", "MONGODB_URI=mongodb://h/countersign", ""),
    ("ENVIRONMENT=prod", "ENVIRONMENT=production", ""),
])
def test_each_variable_has_its_place_or_is_left_with_a_reason(line, written, said, tmp_path):
    env = tmp_path / ".env"
    env.write_text(f"{line}\n")
    moved = move("settings", env)
    assert moved.returncode == (1 if "left: " in said or "wildcard" in said else 0), moved.stderr
    assert written in moved.stdout and said in moved.stderr, moved.stdout + moved.stderr
    assert written or moved.stdout.strip() == ""
