"""Verifies tokens and decides."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from wasmtime import component as wasm

from .claims import Claims, Decision
from .component import CheckedSignature, Component, Diagnostic, Expectation
from .errors import InvalidSetting, TokenRefused
from .fetch_key_set import fetch_key_set, key_set_url
from .key_set import parse_key_set
from .key_source import FetchedKeys, FixedKeys, Freshness, KeySource

_MAX_LEEWAY_SECONDS = 60
_MAX_TTL_SECONDS = 86_400


class Verifier:
    """Verifies tokens and decides. It keeps no state between calls but its keys, and serves threads."""

    def __init__(self, component: Component, keys: KeySource, expected: Expectation,
                 has_policy: bool) -> None:
        """Use `create_verifier`."""
        self._component = component
        self._keys = keys
        self._expected = expected
        self._has_policy = has_policy

    def verify(self, token: str) -> Claims:
        """Verifies an access token. No malformed token causes a fetch of keys.

        Raises `TokenRefused` with the reason, or `KeysUnavailable`.
        """
        if not isinstance(token, str):
            raise TokenRefused("malformed")
        signature = self._component.read_signature(token)
        key = self._keys.find(signature.key_id)
        is_right = key is not None and key.has_signed(signature.message, signature.content)
        checked = CheckedSignature(signature, key and key.algorithm, is_right)
        return self._component.verify(token, self._expected, checked)

    def decide(self, claims: Claims, permission: str, owner: str | None = None) -> Decision:
        """Decides whether the subject of verified claims has a permission, `resource:action`.

        Raises `MalformedPermission`.
        """
        if not self._has_policy:
            raise InvalidSetting("a decision needs the setting `policy`")
        return self._component.decide(claims.subject, list(claims.roles), permission, owner)

    def authorize(self, token: str, permission: str,
                  owner: str | None = None) -> tuple[Claims, Decision]:
        """Verifies a token and decides for its subject."""
        claims = self.verify(token)
        return claims, self.decide(claims, permission, owner)


def create_verifier(
    *,
    issuer: str,
    audience: str,
    jwks: str | Mapping[str, Any] | None = None,
    jwks_url: str | None = None,
    policy: str | None = None,
    leeway_seconds: int = 30,
    soft_ttl_seconds: float = 300,
    hard_ttl_seconds: float = 3600,
    cool_down_seconds: float = 30,
    now: Callable[[], float] = time.time,
) -> Verifier:
    """Makes a verifier.

    `issuer` and `audience` are what a token must name. The keys are `jwks`, a key set (RFC 7517), or
    are fetched from `jwks_url`: https, or http on this machine. `policy` is the text of
    `countersign.toml`, for decisions. The clocks of issuer and verifier may differ by
    `leeway_seconds`, at most 60. Fetched keys are fetched anew after `soft_ttl_seconds` and no longer
    used after `hard_ttl_seconds`; between two fetches there are at least `cool_down_seconds`. `now` is
    the clock, in seconds since 1970.

    Raises `InvalidSetting` or `InvalidKeySet`.
    """
    for name, value in (("issuer", issuer), ("audience", audience)):
        if not isinstance(value, str) or value == "":
            raise InvalidSetting(f"`{name}` is missing")
    if not isinstance(leeway_seconds, int) or not 0 <= leeway_seconds <= _MAX_LEEWAY_SECONDS:
        raise InvalidSetting(f"`leeway_seconds` must be from 0 to {_MAX_LEEWAY_SECONDS}")
    freshness = _freshness(soft_ttl_seconds, hard_ttl_seconds, cool_down_seconds)

    def millis() -> int:
        return round(now() * 1000)

    keys = _key_source(jwks, jwks_url, freshness, millis)
    component = Component(millis, _policy_roles(millis, policy))
    expected = Expectation(issuer, audience, leeway_seconds)
    return Verifier(component, keys, expected, policy is not None)


def _freshness(soft_ttl: float, hard_ttl: float, cool_down: float) -> Freshness:
    for name, value in (("soft_ttl", soft_ttl), ("hard_ttl", hard_ttl), ("cool_down", cool_down)):
        if not 0 < value <= _MAX_TTL_SECONDS:
            raise InvalidSetting(f"`{name}_seconds` must be above 0 and at most {_MAX_TTL_SECONDS}")
    if soft_ttl > hard_ttl:
        raise InvalidSetting("`soft_ttl_seconds` must not be above `hard_ttl_seconds`")
    return Freshness(soft_ttl * 1000, hard_ttl * 1000, cool_down * 1000)


def _key_source(jwks: str | Mapping[str, Any] | None, jwks_url: str | None, freshness: Freshness,
                millis: Callable[[], int]) -> KeySource:
    if (jwks is None) == (jwks_url is None):
        raise InvalidSetting("one of `jwks` and `jwks_url` is needed, and not both")
    if jwks is not None:
        return FixedKeys(parse_key_set(jwks if isinstance(jwks, str) else json.dumps(jwks)))
    url = key_set_url(jwks_url or "")
    return FetchedKeys(lambda: parse_key_set(fetch_key_set(url)), freshness, millis)


def _policy_roles(millis: Callable[[], int], policy: str | None) -> dict[str, wasm.Record]:
    if policy is None:
        return {}
    # An instance of its own, because a large policy leaves a large memory behind.
    compiled = Component(millis, {}).compile_policy(policy)
    found = [each for each in compiled if isinstance(each, Diagnostic)]
    if found:
        lines = "\n".join(f"{each.line}:{each.column}: {each.path}: {each.reason}" for each in found)
        raise InvalidSetting(f"`policy` is not valid:\n{lines}")
    return {role.name: role for role in compiled}
