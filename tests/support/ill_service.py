"""A service on a real socket that is as ill as one wants: slow, silent, dripping, resetting, garbling, broken, busy."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Illness = Literal["well", "late", "reset", "silent", "drip", "garbage", "broken", "refusing", "busy"]
ILLNESSES: tuple[Illness, ...] = ("late", "reset", "silent", "drip", "garbage", "broken")
"""Those that are the service's own fault."""
_ANSWERS: dict[str, tuple[str, bytes]] = {
    "well": ("200 OK", b'{"fine": true}'),
    "late": ("200 OK", b'{"fine": true}'),
    "garbage": ("200 OK", b"<html>Please come in by the front door</html>"),
    "broken": ("500 Internal Server Error", b'{"error": "it hurts"}'),
    "refusing": ("404 Not Found", b'{"error": "no such thing"}'),
    "busy": ("429 Too Many Requests", b'{"error": "later"}'),
}


@dataclass(slots=True)
class IllService:
    """A running stand-in. ``late_seconds``: how late its answers are; ``busy_seconds``: its Retry-After."""

    url: str
    illness: Illness = "well"
    late_seconds: float = 0.3
    busy_seconds: int = 7
    asked: int = 0
    at_once: int = 0
    at_once_max: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        """Where it listens on loopback."""
        return urlsplit(self.url).port or 0

    def answer(self, connection: socket.socket) -> None:
        """Reads a request's head and does what its illness wants."""
        with suppress(OSError), connection:
            connection.settimeout(5)
            while b"\r\n\r\n" not in (connection.recv(65_536) or b"\r\n\r\n"):
                pass
            with self.lock:
                self.asked += 1
                self.at_once += 1
                self.at_once_max = max(self.at_once_max, self.at_once)
            try:
                self._behave(connection)
            finally:
                with self.lock:
                    self.at_once -= 1

    def _behave(self, connection: socket.socket) -> None:
        match self.illness:
            case "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            case "silent":
                self.over.wait(30)
                return
            case "drip":
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while not self.over.wait(0.05):
                    connection.sendall(b" ")
                return
            case "late":
                time.sleep(self.late_seconds)
        status, body = _ANSWERS[self.illness]
        wait = f"Retry-After: {self.busy_seconds}\r\n" if self.illness == "busy" else ""
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{wait}Connection: close\r\n\r\n"
        connection.sendall(head.encode() + body)


@contextmanager
def ill_service() -> Iterator[IllService]:
    """One that answers until the block ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as door:
        service = IllService(f"http://127.0.0.1:{door.getsockname()[1]}/")

        def serve() -> None:
            while not service.over.is_set():
                with suppress(TimeoutError):
                    connection, _ = door.accept()
                    threading.Thread(target=service.answer, args=(connection,), daemon=True).start()

        door.settimeout(0.05)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield service
        finally:
            service.over.set()
            thread.join(5)
