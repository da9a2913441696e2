"""Strict base64url."""

from __future__ import annotations

import base64
import re


def decode(text: str) -> bytes | None:
    """Decodes base64url without padding (RFC 7515 §2); `None` for any other text."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        return None
    content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    # Unused bits must be zero, so that each value has exactly one text.
    return content if encode(content) == text else None


def encode(content: bytes) -> str:
    """Encodes as base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
