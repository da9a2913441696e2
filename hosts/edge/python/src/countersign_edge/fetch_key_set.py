"""Fetches the text of a key set."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection, IncompleteRead
from urllib.parse import SplitResult, urlsplit

from .errors import InvalidKeySet, InvalidSetting
from .key_set import MAX_BYTES

# Of a fetch as a whole.
TIME_LIMIT_SECONDS = 3
_HEADERS = {"Accept": "application/jwk-set+json, application/json", "Connection": "close"}


def key_set_url(text: str) -> SplitResult:
    """Checks the URL of a key set: keys of another machine need TLS."""
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        url, host = urlsplit(""), None
    is_plain_here = url.scheme == "http" and host is not None and _is_loopback(host)
    if host and (url.scheme == "https" or is_plain_here) and text.isascii() and text.isprintable():
        return url
    raise InvalidSetting(f"`jwks_url` must be an https URL: `{text}`")


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or re.fullmatch(r"127\.\d+\.\d+\.\d+", host) is not None


def fetch_key_set(url: SplitResult) -> str:
    """Fetches the text of a key set. No redirect is followed: the operator names the source."""
    ends = time.monotonic() + TIME_LIMIT_SECONDS
    connection = _connection(url)
    try:
        connection.connect()
        with _cut_after(TIME_LIMIT_SECONDS, connection.sock):
            return _read(connection, url, ends)
    except (OSError, HTTPException, UnicodeDecodeError) as error:
        raise InvalidKeySet(f"{url.geturl()} gives no keys: {type(error).__name__}") from error
    finally:
        connection.close()


@contextmanager
def _cut_after(seconds: float, sock: socket.socket) -> Iterator[None]:
    """Cuts the connection after this time: a socket's own limit is for each byte."""
    def cut() -> None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _read(connection: HTTPConnection, url: SplitResult, ends: float) -> str:
    path = url.path or "/"
    connection.request("GET", f"{path}?{url.query}" if url.query else path, headers=_HEADERS)
    answer = connection.getresponse()
    if answer.status != 200:
        raise InvalidKeySet(f"the answer of {url.geturl()} is {answer.status}")
    content = answer.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise InvalidKeySet(f"the answer of {url.geturl()} is longer than {MAX_BYTES} bytes")
    # What was cut can look whole.
    if answer.length or time.monotonic() >= ends:
        raise IncompleteRead(content)
    return content.decode()


def _connection(url: SplitResult) -> HTTPConnection:
    host = url.hostname or ""
    if url.scheme == "http":
        return HTTPConnection(host, url.port, timeout=TIME_LIMIT_SECONDS)
    context = ssl.create_default_context()
    return HTTPSConnection(host, url.port, timeout=TIME_LIMIT_SECONDS, context=context)
