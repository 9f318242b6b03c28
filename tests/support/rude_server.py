"""What stand-ins for vendors share: a server on a free port of loopback, and answers that come cut or slowly."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_SLOW_BYTES = 20


class RudeServer(ThreadingHTTPServer):
    """A server that minds nothing."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle, killed perhaps, is what the stand-in is for."""


@contextmanager
def listening(server: ThreadingHTTPServer) -> Iterator[str]:
    """The address of a server that answers until the block ends."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def send(
    handler: BaseHTTPRequestHandler,
    status: int,
    body: bytes,
    headers: Mapping[str, str],
    *,
    cut: bool = False,
    seconds: float = 0.0,
) -> None:
    """An answer. ``cut``: its second half is missing. ``seconds``: its first bytes come one by one for so long."""
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    if cut:
        handler.wfile.write(body[: len(body) // 2])
        return
    if seconds:
        for at in range(_SLOW_BYTES):
            handler.wfile.write(body[at : at + 1])
            time.sleep(seconds / _SLOW_BYTES)
        body = body[_SLOW_BYTES:]
    handler.wfile.write(body)
