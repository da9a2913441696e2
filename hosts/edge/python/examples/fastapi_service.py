"""A service in FastAPI that checks tokens of Countersign by itself.

    COUNTERSIGN_ISSUER=http://127.0.0.1:8080 COUNTERSIGN_POLICY=policy.toml \
        uvicorn fastapi_service:app --port 9000
"""

import os
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException

from countersign_edge import Claims, create_verifier
from countersign_edge.fastapi import Bearer

ISSUER = os.environ["COUNTERSIGN_ISSUER"]

verifier = create_verifier(
    issuer=ISSUER,
    audience=os.environ.get("COUNTERSIGN_AUDIENCE", "countersign"),
    jwks_url=f"{ISSUER}/.well-known/jwks.json",
    policy=Path(os.environ["COUNTERSIGN_POLICY"]).read_text(),
)
app = FastAPI(title="Documents")
User = Annotated[Claims, Depends(Bearer(verifier))]
Administrator = Annotated[Claims, Depends(Bearer(verifier, "documents:delete"))]


@app.get("/me")
def me(user: User) -> dict:
    """For every user: what the token says about its bearer."""
    return {"id": user.subject, "roles": list(user.roles)}


@app.get("/users/{owner}/documents")
def documents(owner: str, user: User) -> dict:
    """For those whom the policy permits to read the documents of this owner."""
    if not verifier.decide(user, "documents:read", owner).allowed:
        raise HTTPException(403, "you may not do this")
    return {"owner": owner, "documents": []}


@app.delete("/documents")
def delete_all(user: Administrator) -> dict:
    """For those who may delete the documents of everybody."""
    return {"deleted_by": user.subject}
