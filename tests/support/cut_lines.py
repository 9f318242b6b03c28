"""Lines to a database that are cut at a chosen word, such as the COMMIT whose answer then is lost."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy.engine import make_url

from donecast.platform.database import Database


@dataclass
class Cutter:
    """A line to a server that is cut when something passes: before it arrives, or when its answer comes back."""

    upstream: tuple[str, int]
    at: bytes = b""
    when: str = ""
    times: int = 0
    port: int = 0
    _armed: set[int] = field(default_factory=set)

    def arm(self, when: str, times: int = 1, at: bytes = b"COMMIT") -> None:
        """The next so many times it is cut ``before`` that arrives, or when its ``answer`` comes back."""
        self.when, self.times, self.at = when, times, at

    def serve(self, listener: socket.socket) -> None:
        """Carries what comes until nobody listens any more."""
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with client, socket.create_connection(self.upstream) as server:
            back = threading.Thread(target=self._carry, args=(server, client, False, id(server)), daemon=True)
            back.start()
            self._carry(client, server, True, id(server))
            back.join()

    def _carry(self, one: socket.socket, other: socket.socket, ask: bool, name: int) -> None:
        with suppress(OSError):
            while data := one.recv(65_536):
                if ask and self.times and self.at in data:
                    self.times -= 1
                    if self.when == "before":
                        break
                    self._armed.add(name)
                elif not ask and name in self._armed:
                    break
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def cut_line(url: str) -> Iterator[tuple[Cutter, Database]]:
    """A database behind such a line, until the block ends."""
    server = make_url(url)
    listener = socket.create_server(("127.0.0.1", 0))
    cutter = Cutter((server.host or "127.0.0.1", server.port or 5432), port=listener.getsockname()[1])
    threading.Thread(target=cutter.serve, args=(listener,), daemon=True).start()
    database = Database(server.set(host="127.0.0.1", port=cutter.port).render_as_string(hide_password=False))
    try:
        yield cutter, database
    finally:
        database.dispose()
        listener.close()
