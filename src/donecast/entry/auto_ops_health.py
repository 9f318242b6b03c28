"""Whether the watch of Auto-Ops goes on, for whoever starts it anew when it does not: a container's health check."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

ALIVE_SECONDS = 1_800.0
"""One run may take ten minutes of a model's, and the tests of a change as long again."""


class Pulse:
    """Beats with each turn of the watch."""

    def __init__(self) -> None:
        self.beat_at = time.monotonic()

    def beat(self) -> None:
        """One turn."""
        self.beat_at = time.monotonic()

    @property
    def is_alive(self) -> bool:
        """Whether there was one not long ago."""
        return time.monotonic() - self.beat_at < ALIVE_SECONDS


@contextmanager
def answering(port: int, pulse: Pulse) -> Iterator[None]:
    """Answers 200 at a port while the watch goes on, 503 when it hangs; at port 0 nobody answers."""
    if not port:
        yield
        return

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """One question."""
            alive = pulse.is_alive
            said = b"ok\n" if alive else b"the watch hangs\n"
            self.send_response(200 if alive else 503)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Says nothing: it is asked each minute."""

    with ThreadingHTTPServer(("0.0.0.0", port), Handler) as server:  # noqa: S104  who looks is outside the container
        server.daemon_threads = True
        Thread(target=server.serve_forever, name="auto-ops-health", daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
