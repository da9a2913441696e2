"""The part of the wire protocol that greets a server and creates its first user."""

import socket
import ssl
import struct
import time
from pathlib import Path

OP_MSG = 2013


class Refused(Exception):
    """The server refused a command."""


def command(port: int, authority: Path | None, document: dict) -> dict:
    """The answer of the server on this loopback port to a command, over TLS if a CA is given."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        if authority is None:
            return exchange(plain, document)
        context = ssl.create_default_context(cafile=str(authority))
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
            return exchange(secure, document)


def wait(port: int, authority: Path | None, seconds: float, alive) -> None:
    """Waits until the server answers; `alive` tells whether its process still runs."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            command(port, authority, {"hello": 1, "$db": "admin"})
            return
        except (OSError, Refused) as error:
            if time.monotonic() > deadline or not alive():
                raise Refused(f"it does not answer: {error}") from error
            time.sleep(0.1)


def exchange(connection: socket.socket, document: dict) -> dict:
    body = struct.pack("<iB", 0, 0) + encode(document)
    connection.sendall(struct.pack("<iiii", 16 + len(body), 1, 0, OP_MSG) + body)
    length, _, _, _ = struct.unpack("<iiii", receive(connection, 16))
    answer = decode(receive(connection, length - 16)[5:])
    if answer.get("ok") != 1:
        raise Refused(answer.get("errmsg", "no reason given"))
    return answer


def receive(connection: socket.socket, length: int) -> bytes:
    received = b""
    while len(received) < length:
        part = connection.recv(length - len(received))
        if not part:
            raise ConnectionError("the connection ended")
        received += part
    return received


def encode(document: dict) -> bytes:
    """Encodes texts, 32-bit numbers, documents and lists as BSON."""
    elements = b"".join(element(name, value) for name, value in document.items())
    return struct.pack("<i", len(elements) + 5) + elements + b"\0"


def element(name: str, value: object) -> bytes:
    key = name.encode() + b"\0"
    if isinstance(value, str):
        text = value.encode() + b"\0"
        return b"\x02" + key + struct.pack("<i", len(text)) + text
    if isinstance(value, int):
        return b"\x10" + key + struct.pack("<i", value)
    if isinstance(value, dict):
        return b"\x03" + key + encode(value)
    if isinstance(value, list):
        return b"\x04" + key + encode({str(index): item for index, item in enumerate(value)})
    raise TypeError(f"no BSON for {value!r}")


# The size in bytes of each BSON type of fixed size.
SIZES = {0x01: 8, 0x07: 12, 0x08: 1, 0x09: 8, 0x0A: 0, 0x10: 4, 0x11: 8, 0x12: 8, 0x13: 16}


def decode(data: bytes) -> dict:
    """The numbers and texts of a BSON document; other values are skipped."""
    document, place = {}, 4
    while data[place]:
        kind, end = data[place], data.index(b"\0", place + 1)
        name, place = data[place + 1 : end].decode(), end + 1
        if kind in SIZES:
            size = SIZES[kind]
        else:
            size = struct.unpack_from("<i", data, place)[0]
            size += {0x02: 4, 0x05: 5}.get(kind, 0)
        value, place = data[place : place + size], place + size
        if kind == 0x01:
            document[name] = struct.unpack("<d", value)[0]
        elif kind == 0x10:
            document[name] = struct.unpack("<i", value)[0]
        elif kind == 0x02:
            document[name] = value[4:-1].decode()
    return document
