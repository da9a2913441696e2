"""A dependency for FastAPI."""

from __future__ import annotations

from fastapi import HTTPException, Request
from fastapi.security import HTTPBearer

from .claims import Claims
from .gate import Refusal, judge
from .verifier import Verifier


class Bearer(HTTPBearer):
    """The claims of the bearer: `claims: Annotated[Claims, Depends(Bearer(verifier))]`.

    A request without a valid token is answered 401; one whose bearer does not have `permission`,
    `resource:action`, 403; and 503 while no keys can be had.
    """

    def __init__(self, verifier: Verifier, permission: str | None = None) -> None:
        super().__init__(bearerFormat="JWT", description="An access token of Countersign")
        self._verifier = verifier
        self._permission = permission

    # Not `async`: a fetch of keys blocks, so FastAPI runs this on a thread of its pool.
    def __call__(self, request: Request) -> Claims:  # type: ignore[override]
        headers = request.headers.getlist("authorization")
        judged = judge(self._verifier, headers, self._permission)
        if isinstance(judged, Refusal):
            raise HTTPException(judged.status, judged.detail, judged.headers)
        return judged
