"""Somebody who speaks just enough of Sentry's protocol to be sent events: on loopback, keeping every byte that came."""

import gzip
import json
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from typing import Any

from tests.support.rude_server import RudeServer, listening


@dataclass
class EnvelopeReceiver:
    """What came. ``is_black_hole``: takes everything and never answers."""

    is_black_hole: bool = False
    raw: list[bytes] = field(default_factory=list)
    dsn: str = ""
    over: threading.Event = field(default_factory=threading.Event)

    def everything(self) -> str:
        """All that came, unpacked, as one text."""
        return "\n".join(body.decode("utf-8", "replace") for body in self.raw)

    def items(self, kind: str) -> list[dict[str, Any]]:
        """The contents of all items of a kind: event, transaction, client_report, profile."""
        found = []
        for body in self.raw:
            lines = body.split(b"\n")
            for head, content in pairwise(lines):
                if head.startswith(b'{"type":') and json.loads(head)["type"] == kind and content:
                    found.append(json.loads(content))
        return found


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return gzip.decompress(body)
    return zlib.decompress(body) if encoding == "deflate" else body


@contextmanager
def envelope_receiver(*, is_black_hole: bool = False) -> Iterator[EnvelopeReceiver]:
    """A receiver on a port of its own."""
    receiver = EnvelopeReceiver(is_black_hole)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            receiver.raw.append(_unpacked(body, self.headers.get("Content-Encoding", "")))
            if receiver.is_black_hole:
                receiver.over.wait(60)
                return
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_words: object) -> None:
            pass

    with listening(RudeServer(("127.0.0.1", 0), Handler)) as address:
        receiver.dsn = address.replace("//", f"//{'ab' * 16}@") + "/1"
        try:
            yield receiver
        finally:
            receiver.over.set()
