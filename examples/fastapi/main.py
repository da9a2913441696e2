"""A service in FastAPI that checks the access tokens of Countersign."""

from fastapi import FastAPI

from countersign import Authorizer, CurrentUser, User, lifespan

app = FastAPI(title="Documents", lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, str]:
    """For everybody."""
    return {"status": "ok"}


@app.get("/me")
async def me(user: CurrentUser) -> User:
    """For every user: what the token says about its bearer."""
    return user


@app.get("/users/{owner}/documents")
async def documents(owner: str, authorize: Authorizer) -> dict:
    """For those whom the policy of Countersign permits to read the documents of this owner."""
    await authorize("documents:read", owner=owner)
    return {"owner": owner, "documents": []}
