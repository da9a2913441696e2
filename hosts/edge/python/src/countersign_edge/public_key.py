"""Public keys, on the package `cryptography`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from . import base64url
from .weak_keys import is_good_point, is_good_rsa


@dataclass(frozen=True)
class PublicKey:
    """A key that verifies signatures."""

    #: The algorithm by its name in the contract; the key determines it, and a token never does.
    algorithm: str
    #: The members of the JWK that make up the key (RFC 7638 §3.2).
    members: Mapping[str, str]
    _verify: Callable[[bytes, bytes], None]
    _signature_length: int

    def has_signed(self, message: str, signature: bytes) -> bool:
        """Whether the signature was made over the message with this key."""
        # Libraries treat other lengths differently: RFC 7518 §3.4, RFC 8017 §8.2.2.
        if len(signature) != self._signature_length:
            return False
        try:
            self._verify(signature, message.encode())
        except InvalidSignature:
            return False
        return True


def read_public_key(jwk: Mapping[str, str]) -> PublicKey | None:
    """Reads the key of a JWK; `None` if it is of a kind that is not supported, malformed or weak."""
    reader = _READERS.get((jwk["kty"], jwk.get("crv") if jwk["kty"] != "RSA" else None))
    try:
        return reader(jwk) if reader else None
    except ValueError:
        # What `cryptography` says of a point off its curve, and of numbers out of range.
        return None


def _ed25519(jwk: Mapping[str, str]) -> PublicKey | None:
    content = base64url.decode(jwk.get("x", "")) or b""
    if not is_good_point(content):
        return None
    key = ed25519.Ed25519PublicKey.from_public_bytes(content)
    return PublicKey("ed-dsa", _members(jwk, "crv", "kty", "x"), key.verify, 64)


def _p256(jwk: Mapping[str, str]) -> PublicKey | None:
    x, y = (base64url.decode(jwk.get(name, "")) or b"" for name in "xy")
    if len(x) != 32 or len(y) != 32:
        return None
    numbers = ec.EllipticCurvePublicNumbers(_number(x), _number(y), ec.SECP256R1())
    key = numbers.public_key()

    def verify(signature: bytes, message: bytes) -> None:
        der = encode_dss_signature(_number(signature[:32]), _number(signature[32:]))
        key.verify(der, message, ec.ECDSA(SHA256()))

    return PublicKey("es256", _members(jwk, "crv", "kty", "x", "y"), verify, 64)


def _rsa(jwk: Mapping[str, str]) -> PublicKey | None:
    modulus, exponent = (_number(base64url.decode(jwk.get(name, "")) or b"") for name in "ne")
    if not is_good_rsa(modulus, exponent):
        return None
    key = rsa.RSAPublicNumbers(exponent, modulus).public_key()

    def verify(signature: bytes, message: bytes) -> None:
        key.verify(signature, message, padding.PKCS1v15(), SHA256())

    length = (modulus.bit_length() + 7) // 8
    return PublicKey("rs256", _members(jwk, "e", "kty", "n"), verify, length)


_READERS = {("OKP", "Ed25519"): _ed25519, ("EC", "P-256"): _p256, ("RSA", None): _rsa}


def _members(jwk: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: jwk[name] for name in names}


def _number(content: bytes) -> int:
    return int.from_bytes(content, "big")
