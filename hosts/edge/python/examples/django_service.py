"""A service in Django, in one file, that checks tokens of Countersign by itself.

    COUNTERSIGN_ISSUER=http://127.0.0.1:8080 COUNTERSIGN_POLICY=policy.toml \
        python django_service.py runserver 9000
"""

import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, JsonResponse
from django.urls import path

from countersign_edge import create_verifier
from countersign_edge.django import protect

ISSUER = os.environ["COUNTERSIGN_ISSUER"]

verifier = create_verifier(
    issuer=ISSUER,
    audience=os.environ.get("COUNTERSIGN_AUDIENCE", "countersign"),
    jwks_url=f"{ISSUER}/.well-known/jwks.json",
    policy=Path(os.environ["COUNTERSIGN_POLICY"]).read_text(),
)
# For every request: the claims are `request.auth`.
require_token = protect(verifier)


def me(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"id": request.auth.subject, "roles": list(request.auth.roles)})


def documents(request: HttpRequest, owner: str) -> JsonResponse:
    if not verifier.decide(request.auth, "documents:read", owner).allowed:
        return JsonResponse({"detail": "you may not do this"}, status=403)
    return JsonResponse({"owner": owner, "documents": []})


@protect(verifier, "documents:delete")
async def delete_all(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"deleted_by": request.auth.subject})


urlpatterns = [
    path("me", me),
    path("users/<owner>/documents", documents),
    path("documents", delete_all),
]
settings.configure(
    ALLOWED_HOSTS=["127.0.0.1", "localhost", "testserver"],
    MIDDLEWARE=[f"{__name__}.require_token"],
    ROOT_URLCONF=__name__,
)
django.setup()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
