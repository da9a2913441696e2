"""The component with the capabilities of a verifier."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from wasmtime import Config, Engine, Store, WasmtimeError
from wasmtime import component as wasm

from .claims import Claims, Decision, MatchedRule
from .errors import ComponentFailed, MalformedPermission, MissingCapability, TokenRefused

# The names of interfaces are those of the contract, with package and version.
_PREFIX, _SUFFIX = "countersign:auth/", "@0.1.0"
# Far above the component's own limit, so that a huge token is not copied into it.
MAX_TOKEN_LENGTH = 64 * 1024
# The memory of an instance, in bytes. A large policy takes a part of it.
MAX_MEMORY = 64 << 20

_BYTES = (resources.files(__package__) / "dist/countersign.wasm").read_bytes()

#: The SHA-256 of the component in lower-case hexadecimal. All hosts of one release have the same.
SHA256 = hashlib.sha256(_BYTES).hexdigest()


@dataclass(frozen=True)
class UnverifiedSignature:
    """The signature of a token, and what it has to be checked with. Nothing in it is verified."""

    key_id: str
    message: str
    content: bytes


@dataclass(frozen=True)
class CheckedSignature:
    """What the platform found out about the signature of a token."""

    unverified: UnverifiedSignature
    #: The algorithm of the key; `None` when there is no such key.
    algorithm: str | None
    is_right: bool


@dataclass(frozen=True)
class Expectation:
    """What a verifier demands of a token."""

    issuer: str
    audience: str
    leeway_seconds: int


@dataclass(frozen=True)
class Diagnostic:
    """One finding about a policy file."""

    line: int
    column: int
    path: str
    reason: str


@cache
def _compiled() -> tuple[Engine, wasm.Component]:
    """The component for this processor: compiled once in a process, which takes half a second."""
    engine = Engine(Config())
    return engine, wasm.Component(engine, _BYTES)


class Component:
    """The component. It keeps no state between calls, and calls of several threads wait for each other."""

    def __init__(self, now: Callable[[], int], roles: Mapping[str, wasm.Record]) -> None:
        """Takes the clock, in milliseconds since 1970, and the compiled roles by their names."""
        self._now = now
        self._roles = roles
        self._lock = threading.Lock()
        self._instance: _Instance | None = None
        # Of the call that runs.
        self._signature: CheckedSignature | None = None
        self._failure: Exception | None = None

    def read_signature(self, token: str) -> UnverifiedSignature:
        """Says which key has to have signed which bytes. Raises `TokenRefused`."""
        with self._lock:
            answer = self._call("verification", "read-signature", _bounded(token))
        if isinstance(answer, str):
            raise TokenRefused(answer)
        return UnverifiedSignature(getattr(answer, "key-id"), answer.message, answer.bytes)

    def verify(self, token: str, expected: Expectation, signature: CheckedSignature) -> Claims:
        """Verifies a token, given what the platform says about its signature. Raises `TokenRefused`."""
        demanded = _record(issuer=expected.issuer, audience=expected.audience,
                           leeway_seconds=expected.leeway_seconds)
        with self._lock:
            self._signature = signature
            try:
                answer = self._call("verification", "verify", _bounded(token), demanded)
            finally:
                self._signature = None
        if isinstance(answer, str):
            raise TokenRefused(answer)
        return Claims(**{name.replace("-", "_"): tuple(value) if isinstance(value, list) else value
                         for name, value in vars(answer).items()})

    def decide(self, subject: str, roles: list[str], permission: str, owner: str | None) -> Decision:
        """Decides for a subject whose roles are verified. Raises `MalformedPermission`."""
        question = _record(subject=subject, roles=roles, permission=permission, owner=owner)
        with self._lock:
            answer = self._call("access", "decide", question)
        if not isinstance(answer, wasm.Variant):
            raise MalformedPermission(permission)
        by = answer.payload and MatchedRule(
            answer.payload.role, answer.payload.rule, tuple(answer.payload.via))
        return Decision(answer.tag == "allowed", by)

    def compile_policy(self, text: str) -> list[wasm.Record] | list[Diagnostic]:
        """Compiles a policy file to its roles, or says what is wrong with it."""
        with self._lock:
            answer = self._call("policy", "compile", text)
        if isinstance(answer, list):
            return [Diagnostic(each.start.line, each.start.column, each.path, each.reason)
                    for each in answer]
        return answer.roles

    def _call(self, interface: str, function: str, *arguments: Any) -> Any:
        try:
            self._instance = self._instance or _Instance(self._capability)
            return self._instance.call(interface, function, *arguments)
        except WasmtimeError as error:
            # An instance that trapped is in no state to be used again.
            self._instance = None
            failure, self._failure = self._failure, None
            if isinstance(failure, MissingCapability):
                raise failure from None
            raise ComponentFailed from failure or error

    def _capability(self, name: str) -> Callable[..., Any]:
        """The capability `interface.function`; one that a verifier does not have raises its name."""
        present = {
            "clock.now": self._now,
            "keyring.find": self._find,
            "keyring.verify": self._verify,
            "policy-source.find-role": self._roles.get,
        }
        return self._guarded(present.get(name) or _missing(name))

    def _find(self, key_id: str) -> str | None:
        """The algorithm of the key, if it is that of the token."""
        signature = self._signature
        return signature.algorithm if signature and signature.unverified.key_id == key_id else None

    def _verify(self, key_id: str, message: str, content: bytes) -> bool:
        """What the platform found out, for exactly this key, message and signature."""
        signature = self._signature
        asked = UnverifiedSignature(key_id, message, content)
        return signature is not None and signature.unverified == asked and signature.is_right

    def _guarded(self, capability: Callable[..., Any]) -> Callable[..., Any]:
        """Keeps what a capability raises here: wasmtime would keep it for all threads together."""
        def call(_store: Any, *arguments: Any) -> Any:
            try:
                return capability(*arguments)
            except Exception as error:
                self._failure = error
                raise WasmtimeError("a capability failed") from error
        return call


class _Instance:
    """An instance of the component with its imports."""

    def __init__(self, capability: Callable[[str], Callable[..., Any]]) -> None:
        engine, component = _compiled()
        linker = wasm.Linker(engine)
        with linker.root() as root:
            for interface, imported in component.type.imports(engine).items():
                short = interface.removeprefix(_PREFIX).removesuffix(_SUFFIX)
                with root.add_instance(interface) as instance:
                    for name, item in imported.ty.exports(engine).items():
                        if isinstance(item.ty, wasm.FuncType):
                            instance.add_func(name, capability(f"{short}.{name}"))
        self._store = Store(engine)
        self._store.set_limits(memory_size=MAX_MEMORY)
        self._instance = linker.instantiate(self._store, component)
        self._functions: dict[tuple[str, str], wasm.Func] = {}

    def call(self, interface: str, function: str, *arguments: Any) -> Any:
        """Calls an export."""
        found = self._functions.get((interface, function)) or self._find(interface, function)
        answer = found(self._store, *arguments)
        found.post_return(self._store)
        return answer

    def _find(self, interface: str, function: str) -> wasm.Func:
        qualified = f"{_PREFIX}{interface}{_SUFFIX}"
        outer = self._instance.get_export_index(self._store, qualified)
        index = self._instance.get_export_index(self._store, function, outer)
        found = self._instance.get_func(self._store, index)
        self._functions[interface, function] = found
        return found


def _record(**members: Any) -> wasm.Record:
    record = wasm.Record()
    for name, value in members.items():
        setattr(record, name.replace("_", "-"), value)
    return record


def _bounded(token: str) -> str:
    # A lone surrogate is in no token, and has no UTF-8.
    return token[:MAX_TOKEN_LENGTH].encode("utf-8", "replace").decode()


def _missing(capability: str) -> Callable[..., Any]:
    def call(*_: Any) -> Any:
        raise MissingCapability(capability)
    return call
