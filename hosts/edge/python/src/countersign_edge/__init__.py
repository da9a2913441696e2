"""Verifies access tokens of Countersign and decides by its policy, with the component of the service."""

from .claims import Claims, Decision, MatchedRule
from .component import SHA256
from .errors import (
    ComponentFailed,
    CountersignError,
    InvalidKeySet,
    InvalidSetting,
    KeysUnavailable,
    MalformedPermission,
    MissingCapability,
    TokenRefused,
)
from .verifier import Verifier, create_verifier

__all__ = [
    "SHA256",
    "Claims",
    "ComponentFailed",
    "CountersignError",
    "Decision",
    "InvalidKeySet",
    "InvalidSetting",
    "KeysUnavailable",
    "MalformedPermission",
    "MatchedRule",
    "MissingCapability",
    "TokenRefused",
    "Verifier",
    "create_verifier",
]
