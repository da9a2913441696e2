"""Tokens of any content, with a valid signature of a key that the services find in the key set."""

import json
import time
import uuid

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HOUR = 3600


class Mint:
    """A key that is published beside the server's own, and the tokens that it signs."""

    def __init__(self, issuer: str, audience: str) -> None:
        self.issuer, self.audience = issuer, audience
        self.key = Ed25519PrivateKey.generate()
        self.id = f"minted-{uuid.uuid4()}"

    def jwk(self) -> dict:
        """The public key."""
        public = jwt.algorithms.OKPAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**public, "kid": self.id, "alg": "EdDSA", "use": "sig"}

    def claims(self) -> dict:
        """The claims of a token as the server issues it."""
        now = int(time.time())
        names = ("sub", "jti", "sid", "client_id")
        return {
            **{name: str(uuid.uuid4()) for name in names},
            "iss": self.issuer,
            "aud": self.audience,
            "iat": now,
            "exp": now + HOUR,
            "auth_time": now,
            "roles": ["user"],
            "amr": ["pwd"],
        }

    def token(self, header=None, without=(), **claims) -> str:
        """A token that is valid except for these members; `None` as a value of the header removes it."""
        payload = {**self.claims(), **claims}
        header = {"alg": "EdDSA", "typ": "at+jwt", "kid": self.id, **(header or {})}
        header = {name: value for name, value in header.items() if value is not None}
        for name in without:
            del payload[name]
        parts = [jwt.utils.base64url_encode(json.dumps(part).encode()) for part in (header, payload)]
        parts.append(jwt.utils.base64url_encode(self.key.sign(b".".join(parts))))
        return b".".join(parts).decode()
