"""A proxy between a service and Countersign: counts requests, publishes one more key, can be down."""

import json
import threading
from contextlib import contextmanager
from collections import Counter
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

KEYS = "/.well-known/jwks.json"


class Front(ThreadingHTTPServer):
    """A proxy that stands in for the server at `url`, as the services under test see it."""

    daemon_threads = True

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.server_host = urlsplit(url).netloc
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.requests = Counter()
        self.more_keys: list[dict] = []
        self.down = False


class Handler(BaseHTTPRequestHandler):
    server: Front

    def answer(self) -> None:
        self.server.requests[self.path] += 1
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        status, kind, answer = (503, "text/plain", b"") if self.server.down else self.forward(body)
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = answer

    def forward(self, body: bytes) -> tuple[int, str, bytes]:
        connection = HTTPConnection(self.server.server_host, timeout=30)
        handed_on = ("authorization", "content-type")
        headers = {name: self.headers[name] for name in handed_on if name in self.headers}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if self.path == KEYS:
            keys = json.loads(content)["keys"] + self.server.more_keys
            content = json.dumps({"keys": keys}).encode()
        return answer.status, answer.headers.get("content-type", ""), content

    def log_message(self, *_) -> None:
        """Prints no log, since requests are counted instead."""


@contextmanager
def fronting(url: str):
    """A proxy before the server at `url`, until the end of the block."""
    with Front(url) as front:
        threading.Thread(target=front.serve_forever, daemon=True).start()
        try:
            yield front
        finally:
            front.shutdown()
