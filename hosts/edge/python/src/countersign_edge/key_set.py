"""Reads a JWKS (RFC 7517) by the rules of `hosts/crypto/src/jwks_keyring.rs`.

All readers run the cases of `tests/vectors/key-sets.json`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from . import base64url
from .errors import InvalidKeySet
from .public_key import PublicKey, read_public_key

MAX_BYTES = 64 * 1024
_MAX_KEYS = 32
_MAX_ID_BYTES = 256
_SECRET_MEMBERS = ("d", "dp", "dq", "k", "p", "q", "qi")
_TEXT_MEMBERS = ("kty", "alg", "crv", "kid", "use", "e", "n", "x", "y", *_SECRET_MEMBERS)
_ALGORITHMS = {"EdDSA": "ed-dsa", "Ed25519": "ed-dsa", "ES256": "es256", "RS256": "rs256"}

KeySet = dict[str, PublicKey]


def parse_key_set(text: str) -> KeySet:
    """Reads a key set: the keys by their ids.

    A key that cannot verify tokens here is left out, as RFC 7517 §5 says. A secret among the keys and
    two keys of one id make the whole set an error, since its publisher must hear of it.
    """
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise InvalidKeySet("the key set is larger than 64 KB")
    keys: KeySet = {}
    for index, jwk in enumerate(_listed(text)):
        read = _read_key(jwk, index)
        if read is None:
            continue
        key_id, key = read
        known = keys.setdefault(key_id, key)
        if known.members != key.members:
            raise InvalidKeySet(f"the key id {json.dumps(key_id)} occurs twice")
        if len(keys) > _MAX_KEYS:
            raise InvalidKeySet(f"the key set has more than {_MAX_KEYS} keys")
    return keys


def _listed(text: str) -> list[Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict) and isinstance(document.get("keys"), list):
        return document["keys"]
    raise InvalidKeySet("not the JSON of a key set")


def _read_key(jwk: Any, index: int) -> tuple[str, PublicKey] | None:
    if not isinstance(jwk, dict) or jwk.get("kty") not in ("EC", "OKP", "RSA", "oct"):
        return None
    # A member that is null counts as absent.
    present = {name: value for name, value in jwk.items() if value is not None}
    if not all(isinstance(present.get(name, ""), str) for name in _TEXT_MEMBERS):
        return None
    operations = present.get("key_ops", ["verify"])
    if not isinstance(operations, list) or not all(isinstance(each, str) for each in operations):
        return None
    secret = next((name for name in _SECRET_MEMBERS if name in present), None)
    if secret or present["kty"] == "oct":
        raise InvalidKeySet(f"key {index}: member `{secret or 'k'}` is secret; "
                            "a key set must hold public keys only")
    # RFC 7517 §4.2, §4.3.
    if present.get("use", "sig") != "sig" or "verify" not in operations:
        return None
    key = read_public_key(present)
    if key is None or ("alg" in present and _ALGORITHMS.get(present["alg"]) != key.algorithm):
        return None
    key_id = present.get("kid", _thumbprint(key))
    is_good_id = 1 <= len(key_id.encode("utf-8", "replace")) <= _MAX_ID_BYTES
    return (key_id, key) if is_good_id else None


def _thumbprint(key: PublicKey) -> str:
    """RFC 7638: the digest of the members that make up the key, in the order of their names."""
    content = json.dumps(key.members, sort_keys=True, separators=(",", ":"))
    return base64url.encode(hashlib.sha256(content.encode()).digest())
