"""What every handler does with the header `Authorization`: the claims, or the answer that refuses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .claims import Claims
from .errors import ComponentFailed, KeysUnavailable, TokenRefused
from .verifier import Verifier

# A scheme in any case, and `b64token` of RFC 6750 §2.1.
_BEARER = re.compile(r"bearer +([A-Za-z0-9\-._~+/]+=*)", re.IGNORECASE)


@dataclass(frozen=True)
class Refusal:
    """An answer that refuses a request (RFC 6750 §3)."""

    status: int
    title: str
    detail: str
    headers: dict[str, str]


def judge(verifier: Verifier, headers: Sequence[str], permission: str | None) -> Claims | Refusal:
    """Judges the values of the header `Authorization`.

    `permission` is what the policy has to allow, `resource:action`; without one, any valid token will
    do.
    """
    if not headers:
        return _unauthorized("Bearer", "a token is needed")
    bearer = _BEARER.fullmatch(headers[0])
    if len(headers) > 1 or bearer is None:
        return _invalid_token("the header Authorization holds no single bearer token")
    try:
        claims = verifier.verify(bearer[1])
        if permission is not None and not verifier.decide(claims, permission).allowed:
            return _forbidden(permission)
        return claims
    except TokenRefused as error:
        return _invalid_token(str(error))
    except (KeysUnavailable, ComponentFailed) as error:
        seconds = error.retry_after_seconds if isinstance(error, KeysUnavailable) else 1
        return Refusal(503, "Service Unavailable", "tokens cannot be checked now",
                       {"Retry-After": str(seconds), "Cache-Control": "no-store"})


def _invalid_token(detail: str) -> Refusal:
    return _unauthorized(f'Bearer error="invalid_token", error_description="{detail}"', detail)


def _unauthorized(challenge: str, detail: str) -> Refusal:
    return Refusal(401, "Unauthorized", detail, _challenge(challenge))


def _forbidden(permission: str) -> Refusal:
    detail = f"the permission {permission} is missing"
    return Refusal(403, "Forbidden", detail, _challenge('Bearer error="insufficient_scope"'))


def _challenge(challenge: str) -> dict[str, str]:
    return {"WWW-Authenticate": challenge, "Cache-Control": "no-store"}
