"""Tokens made from a good one by somebody who has no private key."""

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
    """The JSON object of one part of a token, with some members replaced."""
    return encode(json.dumps({**json.loads(decode(part)), **members}).encode())


def hmac_with(secret, header, payload):
    """The token under HS256, with a public key taken for a shared secret."""
    signed = f"{altered(header, alg='HS256')}.{payload}"
    return f"{signed}.{encode(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def forgeries(token, jwk):
    """Each forgery by its name."""
    header, payload, signature = token.split(".")
    flipped = bytearray(decode(signature))
    flipped[len(flipped) // 2] ^= 1
    pem = PyJWK(jwk).key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    own_key_named = altered(header, jwk=jwk, jku="http://127.0.0.1:9/jwks.json")
    return {
        "signature flipped": f"{header}.{payload}.{encode(bytes(flipped))}",
        "signature cut": f"{header}.{payload}.{encode(decode(signature)[:-1])}",
        "signature missing": f"{header}.{payload}.",
        "subject changed": f"{header}.{altered(payload, sub='somebody-else')}.{signature}",
        "roles changed": f"{header}.{altered(payload, roles=['root'])}.{signature}",
        "lifetime prolonged": f"{header}.{altered(payload, exp=4102444800)}.{signature}",
        "type changed": f"{altered(header, typ='JWT')}.{payload}.{signature}",
        "key in the header": f"{own_key_named}.{payload}.{signature}",
        "algorithm none": f"{altered(header, alg='none')}.{payload}.",
        "HS256 with the public PEM": hmac_with(pem, header, payload),
        "HS256 with the public JWK": hmac_with(json.dumps(jwk).encode(), header, payload),
    }
