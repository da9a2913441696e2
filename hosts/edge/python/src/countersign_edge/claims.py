"""What a verifier says: claims of tokens, and decisions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Claims:
    """The claims of a token that passed every check (RFC 9068 §2.2). Times are in seconds since 1970."""

    issuer: str
    subject: str
    audience: tuple[str, ...]
    client_id: str
    token_id: str
    session_id: str
    roles: tuple[str, ...]
    issued_at: int
    expires_at: int
    authenticated_at: int
    methods: tuple[str, ...]


@dataclass(frozen=True)
class MatchedRule:
    """The rule of the policy that decided."""

    #: The role of the subject that states or inherits the rule.
    role: str
    #: The permission pattern of the rule, as the policy writes it.
    rule: str
    #: The path of inheritance, from `role` to the role that states the rule.
    via: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """Whether the policy allows a permission, and which rule says so: none if no rule matches."""

    allowed: bool
    by: MatchedRule | None
