"""Finds the keys that may be used to verify now."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .errors import KeysUnavailable
from .key_set import KeySet
from .public_key import PublicKey

# The least milliseconds between two fetches while there are no keys at all.
_EMPTY_COOL_DOWN = 1000
# How far a soft TTL differs by chance, so that many verifiers do not fetch at one time.
_JITTER = 0.1


class KeySource(Protocol):
    """Finds keys by their ids."""

    def find(self, key_id: str) -> PublicKey | None:
        """Raises `KeysUnavailable` when it cannot tell whether there is such a key."""


class FixedKeys:
    """Keys that never change."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys

    def find(self, key_id: str) -> PublicKey | None:
        return self._keys.get(key_id)


@dataclass(frozen=True)
class Freshness:
    """How long fetched keys are used, in milliseconds."""

    #: After this time the keys are fetched anew while the old ones still serve.
    soft_ttl: float = 300_000
    #: After this time the keys are no longer used, so a withdrawn key is gone by then.
    hard_ttl: float = 3_600_000
    #: The least time between two fetches: for unknown ids, and after a failure.
    cool_down: float = 30_000


@dataclass(frozen=True)
class _Fetched:
    keys: KeySet
    at: int
    soft_ttl: float


class FetchedKeys:
    """Keys from a URL.

    An id that is not among them causes a fetch, but the cool-down counts for all ids together: so no
    flood of ids causes a second one, and nothing is kept for an unknown id.
    """

    def __init__(self, fetch: Callable[[], KeySet], freshness: Freshness,
                 now: Callable[[], int], chance: Callable[[], float] = random.random) -> None:
        """Takes what fetches the keys, the clock in milliseconds, and chance, from 0 to 1."""
        self._fetch_keys = fetch
        self._freshness = freshness
        self._now = now
        self._chance = chance
        self._lock = threading.Lock()
        self._fetched: _Fetched | None = None
        self._attempted_at: int | None = None
        self._failure: Exception | None = None
        self._under_way: threading.Thread | None = None

    def find(self, key_id: str) -> PublicKey | None:
        """Finds a key, and waits for a fetch only if no kept key can answer."""
        kept = fetched = self._fetched
        age = self._age(kept)
        if age >= self._freshness.hard_ttl:
            self._refresh(_EMPTY_COOL_DOWN, waits=True)
            fetched = self._fetched if self._fetched is not kept else None
        elif kept and age >= kept.soft_ttl:
            self._refresh(self._freshness.cool_down, waits=False)
        if fetched and key_id not in fetched.keys:
            self._refresh(self._freshness.cool_down, waits=True)
            fetched = self._fetched or fetched
        if fetched is None:
            raise KeysUnavailable(_EMPTY_COOL_DOWN // 1000) from self._failure
        return fetched.keys.get(key_id)

    def _age(self, kept: _Fetched | None) -> float:
        """The age of the keys. A clock that stepped back makes them old, since nothing tells it."""
        if kept is None:
            return math.inf
        age = self._now() - kept.at
        return age if age >= 0 else self._freshness.soft_ttl * (1 + _JITTER)

    def _refresh(self, cool_down: float, *, waits: bool) -> None:
        """Fetches the keys unless that was tried within `cool_down`. All callers share one fetch."""
        with self._lock:
            # A process that was forked has no thread of its parent: that fetch is not alive here.
            if self._under_way is None or not self._under_way.is_alive():
                now = self._now()
                if self._attempted_at is not None and 0 <= now - self._attempted_at < cool_down:
                    return
                self._attempted_at = now
                self._under_way = threading.Thread(target=self._fetch, daemon=True)
                self._under_way.start()
            under_way = self._under_way
        if waits:
            under_way.join()

    def _fetch(self) -> None:
        try:
            keys = self._fetch_keys()
        except Exception as error:
            # The old keys serve until their hard TTL.
            self._failure = error
        else:
            soft_ttl = self._freshness.soft_ttl * (1 - _JITTER * self._chance())
            self._fetched = _Fetched(keys, self._now(), soft_ttl)
