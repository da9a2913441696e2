"""A decorator for views of Django, which is a middleware as well."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from .claims import Claims
from .gate import Refusal, judge
from .verifier import Verifier

View = Callable[..., Any]


def protect(verifier: Verifier, permission: str | None = None) -> Callable[[View], View]:
    """Sets `request.auth` to the claims of the bearer, or answers 401, 403 or 503.

    The result decorates a view, and can be named in `MIDDLEWARE` for all of them. Views may be
    asynchronous. `permission` is what the policy has to allow, `resource:action`.
    """
    def wrap(view: View) -> View:
        if inspect.iscoroutinefunction(view):
            @functools.wraps(view)
            async def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
                # On a thread, because a fetch of keys blocks.
                judged = await sync_to_async(_judge, thread_sensitive=False)(request)
                return _refuse(judged) or await view(_let_in(request, judged), *arguments, **named)
        else:
            @functools.wraps(view)
            def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
                judged = _judge(request)
                return _refuse(judged) or view(_let_in(request, judged), *arguments, **named)
        return guarded

    def _judge(request: HttpRequest) -> Claims | Refusal:
        # Servers join two such headers by a comma, which is in no token.
        header = request.META.get("HTTP_AUTHORIZATION")
        return judge(verifier, [] if header is None else [header], permission)

    # What Django asks of a middleware.
    wrap.sync_capable = wrap.async_capable = True  # type: ignore[attr-defined]
    return wrap


def _let_in(request: HttpRequest, judged: Claims | Refusal) -> HttpRequest:
    request.auth = judged  # type: ignore[attr-defined]
    return request


def _refuse(judged: Claims | Refusal) -> JsonResponse | None:
    """A problem document (RFC 9457)."""
    if not isinstance(judged, Refusal):
        return None
    body = {"title": judged.title, "status": judged.status, "detail": judged.detail}
    return JsonResponse(body, status=judged.status, headers=judged.headers,
                        content_type="application/problem+json")
