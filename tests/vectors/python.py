"""The vectors in Python: prints the result as JSON, in the form of `judge.js`."""

import json
import sys
from pathlib import Path

from countersign_edge import SHA256, Claims, MalformedPermission, TokenRefused, create_verifier


def judge(vectors: dict) -> dict:
    """Gives every vector to a verifier and returns what differs."""
    now, verifiers, differences = [0], {}, []

    def verifier_for(audience: str, leeway: int):
        common = {name: vectors[name] for name in ("issuer", "jwks", "policy")}
        if (audience, leeway) not in verifiers:
            verifiers[audience, leeway] = create_verifier(
                **common, audience=audience, leeway_seconds=leeway, now=lambda: now[0] / 1000)
        return verifiers[audience, leeway]

    def compare(name: str, expected: object, actual: object) -> None:
        if expected != actual:
            differences.append({"name": name, "expected": expected, "actual": actual})

    for vector in vectors["tokens"]:
        verifier = verifier_for(vector["audience"], vector["leeway"])
        now[0] = vector["now"]
        compare(vector["name"], vector["verdict"], verdict(verifier, vector["token"]))
    verifier = verifier_for(vectors["tokens"][0]["audience"], 0)
    for vector in vectors["decisions"]:
        name = " ".join([vector["subject"], *vector["roles"], vector["permission"]])
        compare(name, vector["verdict"], decision(verifier, vector))
    return {"sha256": SHA256, "tokens": len(vectors["tokens"]),
            "decisions": len(vectors["decisions"]), "differences": differences}


def verdict(verifier, token: str) -> str:
    try:
        verifier.verify(token)
    except TokenRefused as error:
        return error.reason
    return "valid"


def decision(verifier, vector: dict) -> object:
    claims = Claims("", vector["subject"], (), "", "", "", tuple(vector["roles"]), 0, 0, 0, ())
    try:
        decided = verifier.decide(claims, vector["permission"], vector.get("owner"))
    except MalformedPermission:
        return "malformed-permission"
    if decided.by is None:
        return "unmatched"
    rule = {"role": decided.by.role, "rule": decided.by.rule, "via": list(decided.by.via)}
    return {"allowed" if decided.allowed else "denied": rule}


if __name__ == "__main__":
    print(json.dumps(judge(json.loads(Path(sys.argv[1]).read_text()))))
