"""A server that is killed while bytes come in, and a connection that breaks: the upload goes on, byte for byte."""

import hashlib
import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from donecast.platform.web import Ground
from tests.support.people import Person
from tests.support.servers import await_url, environment_of, free_port
from tests.support.sounds import tone

SOUND = tone(80.0)
ROOT = Path(__file__).parents[2]


class Server:
    """The web app in a process of its own, on the test's data."""

    def __init__(self, ground: Ground) -> None:
        self.port = free_port()
        self._settings = {"environment": "test", "data": ground.settings.data, "hash_cost": "low"}
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.library_server", str(self.port)],
            env=environment_of(self._settings) | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            cwd=ROOT,
        )
        await_url(f"http://127.0.0.1:{self.port}/openapi.json", self.process)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, Any, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.headers, content

    def begin_piece(self, path: str, headers: dict[str, str], offset: int) -> socket.socket:
        """Announces the rest of the sound as one piece and sends nothing of it yet."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        lines = [f"PATCH {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(SOUND) - offset}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return connection


@pytest.fixture
def server(ground: Ground) -> Iterator[Server]:
    server = Server(ground)
    yield server
    server.kill()


def await_bytes(file: Path, count: int) -> None:
    deadline = time.monotonic() + 20
    while not file.exists() or file.stat().st_size < count:
        assert time.monotonic() < deadline, "the bytes never reached the disk"
        time.sleep(0.02)


def test_a_killed_server_and_a_broken_connection_cost_no_byte(ann: Person, ground: Ground, server: Server) -> None:
    known = {**ann.headers, "Tus-Resumable": "1.0.0"}
    status, headers, _ = server.ask("POST", "/api/uploads", {**known, "Upload-Length": str(len(SOUND))})
    assert status == 201
    address = headers["location"]
    file = ground.settings.data / "uploads" / address.rpartition("/")[2]

    def piece_from(offset: int) -> dict[str, str]:
        return {**known, "Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}

    connection = server.begin_piece(address, piece_from(0), 0)
    connection.sendall(SOUND[:1_600_000])
    await_bytes(file, 1_000_000)
    server.kill()
    connection.close()
    server.start()

    _, headers, _ = server.ask("HEAD", address, known)
    offset = int(headers["upload-offset"])
    assert 1_000_000 <= offset <= 1_600_000
    connection = server.begin_piece(address, piece_from(offset), offset)
    connection.sendall(SOUND[offset : offset + 700_000])
    connection.close()
    await_bytes(file, offset + 700_000)

    deadline = time.monotonic() + 20
    status = 409
    while status == 409 and time.monotonic() < deadline:  # until the broken connection is noticed
        _, headers, _ = server.ask("HEAD", address, known)
        offset = int(headers["upload-offset"])
        status, headers, _ = server.ask("PATCH", address, piece_from(offset), SOUND[offset:])
    assert status == 204
    _, _, content = server.ask("GET", f"/api/media/{headers['donecast-media-id']}/content", known)
    assert hashlib.sha256(content).hexdigest() == hashlib.sha256(SOUND).hexdigest()
    assert not file.exists()
