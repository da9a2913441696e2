"""An issuer for tests: keys, tokens, and a server of key sets that misbehaves when it is told to."""

import base64
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ISSUER = "https://auth.example.org"
AUDIENCE = "orders"
POLICY = """
[registration]
roles = ["reader"]
[setup]
role = "admin"
[roles.admin]
allow = ["*:*"]
[roles.reader]
allow = ["articles:read"]
allow_own = ["articles:write"]
"""


def encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Key:
    """A key with its id."""

    def __init__(self, kid: str) -> None:
        self.kid = kid
        self.private = Ed25519PrivateKey.generate()
        x = encode(self.private.public_key().public_bytes_raw())
        self.jwk = {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "alg": "EdDSA"}

    def token(self, header=None, **changed) -> str:
        """A token that is valid except for what is changed."""
        now = int(time.time())
        claims = {
            "iss": ISSUER, "sub": "alice", "aud": AUDIENCE, "client_id": "countersign", "jti": "j",
            "sid": "s", "roles": ["reader"], "iat": now, "exp": now + 600, "auth_time": now,
            "amr": ["pwd"], **changed,
        }
        header = {"alg": "EdDSA", "kid": self.kid, "typ": "at+jwt", **(header or {})}
        signed = ".".join(encode(json.dumps(part).encode()) for part in (header, claims))
        return f"{signed}.{encode(self.private.sign(signed.encode()))}"


class KeyServer(ThreadingHTTPServer):
    """Serves `keys`; or calls `answer` with the handler of the request, if there is one."""

    daemon_threads = True

    def __init__(self, *keys: Key) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.keys, self.fetches, self.answer = list(keys), 0, None
        self.url = f"http://127.0.0.1:{self.server_address[1]}/.well-known/jwks.json"

    def handle_error(self, *_) -> None:
        """Says nothing: clients hang up in these tests."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.fetches += 1
        if self.server.answer:
            self.server.answer(self)
        else:
            send(self, json.dumps({"keys": [key.jwk for key in self.server.keys]}).encode())

    def log_message(self, *_) -> None:
        """Prints nothing."""


def send(handler: BaseHTTPRequestHandler, content: bytes, status=200, **headers) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(content)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)


@contextmanager
def serving(*keys: Key):
    """A server of key sets, until the end of the block."""
    with KeyServer(*keys) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
