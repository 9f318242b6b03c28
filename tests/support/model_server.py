"""A place where models are kept, over a real socket, as rude as wanted."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal, get_args

from donecast.speech.model_catalogue import CatalogueModel

Manner = Literal[
    "polite",
    "slow",
    "cut_once",
    "cut_and_no_ranges",
    "cut_always",
    "cut_without_a_length",
    "broken_inside_once",
    "broken_inside",
    "redirects",
    "redirects_away",
    "redirects_in_circles",
    "hangs",
    "missing",
    "web_page",
    "short",
    "long",
    "other_bytes",
]
MANNERS: tuple[Manner, ...] = get_args(Manner)
_PAGE = b"<!doctype html><title>Please sign in</title>"
_PIECE_BYTES = 16 * 1024


@dataclass
class ModelServer:
    """The server; ``requests`` are (path, Range header) as they came. Rude to the largest file alone."""

    url: str = ""
    manner: Manner = "polite"
    files: dict[str, bytes] = field(default_factory=dict)
    requests: list[tuple[str, str | None]] = field(default_factory=list)

    def keep(self, model: CatalogueModel, folder: Path) -> None:
        """Keeps a model's files where its catalogue entry says."""
        for file in model.files:
            self.files[model.address("", file)] = (folder / file.name).read_bytes()

    def asked_for_weights(self) -> list[str | None]:
        """The Range headers of the requests for the largest file."""
        return [wanted for path, wanted in self.requests if path.endswith("model.bin")]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, kept: ModelServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.kept = kept
        self.over = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    """Answers as the server's manner is."""

    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        kept = self.server.kept
        before = kept.asked_for_weights()
        kept.requests.append((self.path, self.headers.get("Range")))
        path = self.path.removesuffix("?there")
        body = kept.files.get(path)
        if body is None:
            self._answer(404, b"no such file")
        elif not path.endswith("model.bin") or kept.manner == "polite":
            self._file(body)
        else:
            self._rudely(body, len(before))

    def _rudely(self, body: bytes, times: int) -> None:
        half, first = len(body) // 2, times == 0
        answers: dict[Manner, Callable[[], object]] = {
            "slow": lambda: self._file(body, pause=0.02),
            "cut_once": lambda: self._file(body, stop_at=half if first else None),
            "cut_and_no_ranges": lambda: self._file(body, stop_at=half if first else None, ranges=False),
            "cut_always": lambda: self._file(body, stop_at=half if first else 0),
            "cut_without_a_length": lambda: self._answer(200, body[:half], length=False),
            "broken_inside_once": lambda: self._answer(503, b"later") if first else self._file(body),
            "broken_inside": lambda: self._answer(503, b"later"),
            "redirects": lambda: self._file(body) if "?" in self.path else self._go(f"{self.path}?there"),
            "redirects_away": lambda: self._go("http://192.0.2.1/model.bin"),
            "redirects_in_circles": lambda: self._go(self.path),
            "hangs": lambda: self.server.over.wait(20),
            "missing": lambda: self._answer(404, b"no such file"),
            "web_page": lambda: self._answer(200, _PAGE, kind="text/html; charset=utf-8"),
            "short": lambda: self._file(body[:half]),
            "long": lambda: self._file(body + b"more"),
            "other_bytes": lambda: self._file(body[:-1] + bytes([body[-1] ^ 1])),
        }
        answers[self.server.kept.manner]()

    def _file(self, body: bytes, *, stop_at: int | None = None, pause: float = 0.0, ranges: bool = True) -> None:
        wanted = self.headers.get("Range") if ranges else None
        start = int(wanted.removeprefix("bytes=").partition("-")[0]) if wanted else 0
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        end = len(body) if stop_at is None else min(len(body), start + stop_at)
        for at in range(start, end, _PIECE_BYTES):
            self.wfile.write(body[at : min(end, at + _PIECE_BYTES)])
            time.sleep(pause)
        self.close_connection = stop_at is not None

    def _answer(self, status: int, body: bytes, *, kind: str = "text/plain", length: bool = True) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body))) if length else self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = not length

    def _go(self, where: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """The tests say enough."""


@contextmanager
def model_server(manner: Manner = "polite") -> Iterator[ModelServer]:
    """Serves until the block ends."""
    kept = ModelServer(manner=manner)
    server = _Server(kept)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield kept
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
