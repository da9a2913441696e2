"""What a FastAPI service needs of Countersign: who the bearer of a token is, and what they may do."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
import jwt
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ValidationError

ISSUER = os.environ.get("COUNTERSIGN_ISSUER", "http://127.0.0.1:8080")
AUDIENCE = os.environ.get("COUNTERSIGN_AUDIENCE", "documents")
# The URL where this service reaches Countersign.
URL = os.environ.get("COUNTERSIGN_URL", ISSUER).rstrip("/")
COOL_DOWN_SECONDS = float(os.environ.get("JWKS_COOL_DOWN_SECONDS", "30"))

# How far the clocks of this service and of Countersign may differ.
LEEWAY_SECONDS = 30
TIMEOUT_SECONDS = 5

# The keys are kept for as long as Countersign's `max-age` says. An unknown key id causes a fetch,
# since the issuer may have rotated its keys, but no second one within the cool-down, since anyone
# can invent ids.
keys = jwt.PyJWKClient(
    f"{URL}/.well-known/jwks.json",
    lifespan=300,
    cooldown_duration=COOL_DOWN_SECONDS,
    timeout=TIMEOUT_SECONDS,
)
bearer = HTTPBearer(auto_error=False, description="An access token of Countersign")


class User(BaseModel):
    """The bearer of a valid access token."""

    id: str
    roles: list[str]


def refused(detail: str, challenge: str) -> HTTPException:
    """An answer of 401 with the challenge of RFC 6750 §3."""
    return HTTPException(401, detail, {"WWW-Authenticate": challenge})


def invalid_token() -> HTTPException:
    return refused("the access token is not valid", 'Bearer error="invalid_token"')


def unavailable() -> HTTPException:
    return HTTPException(503, "try again later", {"Retry-After": "5"})


def access_token(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> str:
    """The token of the request, not verified yet."""
    if credentials is None:
        raise refused("an access token is needed", "Bearer")
    return credentials.credentials


# Not `async`: PyJWKClient blocks while it fetches, so FastAPI runs this on a thread of its pool.
def current_user(token: Annotated[str, Depends(access_token)]) -> User:
    """The bearer of a token that is valid now."""
    try:
        # The header only selects one of the issuer's keys. The key decides the algorithm.
        key = keys.get_signing_key_from_jwt(token)
        read = jwt.decode_complete(
            token,
            key,
            algorithms=["EdDSA", "ES256", "RS256"],
            issuer=ISSUER,
            audience=AUDIENCE,
            leeway=LEEWAY_SECONDS,
            options={"require": ["iss", "sub", "aud", "exp"]},
        )
        # PyJWT leaves the check of the type (RFC 9068 §4) to its callers.
        if str(read["header"].get("typ")).lower() != "at+jwt":
            raise invalid_token()
        return User(id=read["payload"]["sub"], roles=read["payload"].get("roles"))
    except (jwt.PyJWKClientConnectionError, jwt.PyJWKSetError) as error:
        raise unavailable() from error
    except (jwt.PyJWTError, ValidationError) as error:
        raise invalid_token() from error


CurrentUser = Annotated[User, Depends(current_user)]
Authorize = Callable[..., Awaitable[None]]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keeps connections to Countersign open while the service runs."""
    async with httpx.AsyncClient(base_url=URL, timeout=TIMEOUT_SECONDS) as client:
        app.state.countersign = client
        yield


def authorizer(
    request: Request, _: CurrentUser, token: Annotated[str, Depends(access_token)]
) -> Authorize:
    """Asks Countersign, which knows the policy: `await authorize("documents:read", owner=…)`."""

    async def authorize(permission: str, owner: str | None = None) -> None:
        question = {"permission": permission, "owner": owner}
        try:
            answer = await request.app.state.countersign.post(
                "/v1/authorize", json=question, headers={"Authorization": f"Bearer {token}"}
            )
            if answer.status_code == 401:
                raise invalid_token()
            # The owner comes from the path of a request, and may be no id of an account.
            malformed = answer.status_code == 422
            allowed = not malformed and answer.raise_for_status().json()["allowed"]
        except (httpx.HTTPError, KeyError, ValueError) as error:
            raise unavailable() from error
        if allowed is not True:
            raise HTTPException(403, "you may not do this")

    return authorize


Authorizer = Annotated[Authorize, Depends(authorizer)]
