"""A request that breaks does no harm to the next one on the same connection, with the server that answers people."""

import http.client
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from donecast.entry.http import create_app
from donecast.platform.web import Ground
from tests.support.servers import free_port


@pytest.fixture
def port(ground: Ground) -> Iterator[int]:
    """Where an app with routes that break is served."""
    router = APIRouter()

    @router.post("/test/broken")
    async def broken(request: Request) -> None:
        await request.body()
        raise RuntimeError("inner words")

    @router.get("/test/half")
    def half() -> StreamingResponse:
        def pieces() -> Iterator[bytes]:
            yield b"the first half"
            raise RuntimeError("inner words")

        return StreamingResponse(pieces(), headers={"Content-Length": "28"})

    app = create_app(ground)
    app.include_router(router)
    number = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=number, log_config=None, timeout_keep_alive=30))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield number
    server.should_exit = True
    thread.join(20)


def test_the_connection_of_a_request_that_broke_serves_the_next_ones(port: int, ground: Ground) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.connect()
    connection.auto_open = 0  # a connection that was closed would be an error, and not made anew
    for _ in range(3):
        connection.request("POST", "/test/broken", body=b"x" * 100_000)
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Connection"]) == (500, None)
        assert b'"code":"broken"' in answer.read()
        connection.request("GET", "/livez")
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (200, True)
    connection.close()
    assert ground.errors.counts()["told"] == 3


def test_half_an_answer_is_cut_off_and_never_looks_whole(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/test/half")
    answer = connection.getresponse()
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        answer.read()
    connection.close()
