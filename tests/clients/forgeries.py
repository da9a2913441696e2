"""Forgeries of an access token: what an attacker without a private key can make of a valid one."""

import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt import PyJWK


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def altered(part, **members):
    """One part of a token, decoded, with some members of its JSON object replaced, and encoded again."""
    return encode(json.dumps({**json.loads(decode(part)), **members}).encode())


def hmac_with(secret, header, payload):
    """The token signed with HS256, with a public key as the shared secret."""
    signed = f"{altered(header, alg='HS256')}.{payload}"
    return f"{signed}.{encode(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def forgeries(token, jwk):
    """All forgeries, by name."""
    header, payload, signature = token.split(".")
    flipped = bytearray(decode(signature))
    flipped[len(flipped) // 2] ^= 1
    pem = PyJWK(jwk).key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    own_key_named = altered(header, jwk=jwk, jku="http://127.0.0.1:9/jwks.json")
    return {
        "signature flipped": f"{header}.{payload}.{encode(bytes(flipped))}",
        "signature cut": f"{header}.{payload}.{encode(decode(signature)[:-1])}",
        "signature missing": f"{header}.{payload}.",
        "subject changed": f"{header}.{altered(payload, sub='another-account')}.{signature}",
        "roles changed": f"{header}.{altered(payload, roles=['root'])}.{signature}",
        "lifetime prolonged": f"{header}.{altered(payload, exp=4102444800)}.{signature}",
        "type changed": f"{altered(header, typ='JWT')}.{payload}.{signature}",
        "key in the header": f"{own_key_named}.{payload}.{signature}",
        "algorithm none": f"{altered(header, alg='none')}.{payload}.",
        "HS256 with the public PEM": hmac_with(pem, header, payload),
        "HS256 with the public JWK": hmac_with(json.dumps(jwk).encode(), header, payload),
    }
