"""The bad line that other tests rely on is as bad as it says, and well where nothing is wrong with it."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.toxic_proxy import (
    BLACK_HOLE,
    BOTH_WAYS,
    DOWN,
    RESET,
    SLOW_DRIP,
    ToxicProxy,
    Toxics,
    toxic_proxy,
)

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        """Says everything again until nothing comes."""
        while piece := self.request.recv(65_536):
            self.request.sendall(piece)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Connections break: that is what the proxy is for."""


@pytest.fixture(scope="module")
def echo_port() -> Iterator[int]:
    with _Server(("127.0.0.1", 0), _Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def proxy(echo_port: int) -> Iterator[ToxicProxy]:
    with toxic_proxy(echo_port) as found:
        yield found


@contextmanager
def line(proxy: ToxicProxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield connection


def hear(connection: socket.socket, size: int) -> bytes:
    """So many bytes, or what came before the end."""
    heard = b""
    while len(heard) < size and (piece := connection.recv(size - len(heard))):
        heard += piece
    return heard


def say(connection: socket.socket, words: bytes) -> tuple[bytes, float]:
    """What comes back when they were said, and after how many seconds."""
    begun = time.monotonic()
    connection.sendall(words)
    heard = hear(connection, len(words))
    return heard, time.monotonic() - begun


def test_a_clean_line_carries_every_byte_and_the_end(proxy: ToxicProxy) -> None:
    words = bytes(range(256)) * 4_000
    with line(proxy) as connection:
        threading.Thread(target=connection.sendall, args=(words,)).start()
        assert hear(connection, len(words)) == words
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""


def test_a_late_line_is_late_by_its_jitter_at_most_and_keeps_the_order(proxy: ToxicProxy) -> None:
    proxy.turn(Toxics(late_seconds=0.1, jitter_seconds=0.05))
    with line(proxy) as connection:
        waits = []
        for number in range(5):
            heard, seconds = say(connection, f"word {number}".encode())
            assert heard == f"word {number}".encode()
            waits.append(seconds)
    assert min(waits) >= 0.05
    assert max(waits) > min(waits)


def test_lateness_does_not_narrow_the_line(proxy: ToxicProxy) -> None:
    """Each byte is late by so much, not by so much for each byte before it."""
    proxy.turn(Toxics(late_seconds=0.2))
    words = bytes(200_000)
    with line(proxy) as connection:
        heard, seconds = say(connection, words)
    assert heard == words
    assert 0.2 <= seconds < 1.0


def test_nobody_listens_while_it_is_down_and_what_was_open_breaks(proxy: ToxicProxy) -> None:
    with line(proxy) as connection:
        assert say(connection, b"hello")[0] == b"hello"
        proxy.turn(DOWN)
        with pytest.raises(ConnectionError):
            connection.recv(1)
    with pytest.raises(ConnectionRefusedError), line(proxy):
        pass
    proxy.heal()
    with line(proxy) as connection:
        assert say(connection, b"again")[0] == b"again"


def test_a_black_hole_says_nothing_and_lets_through_what_comes_later(proxy: ToxicProxy) -> None:
    proxy.turn(BLACK_HOLE)
    with line(proxy) as connection:
        connection.sendall(b"lost")
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(5)
        proxy.heal()
        assert say(connection, b"found")[0] == b"found"


def test_a_reset_is_no_farewell(proxy: ToxicProxy) -> None:
    with line(proxy) as connection:
        assert say(connection, b"hello")[0] == b"hello"
        proxy.turn(RESET)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    with line(proxy) as connection:
        connection.sendall(b"hello")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_a_drip_comes_byte_by_byte_until_the_line_is_well(proxy: ToxicProxy) -> None:
    proxy.turn(SLOW_DRIP)
    with line(proxy) as connection:
        begun = time.monotonic()
        connection.sendall(bytes(2_000))
        assert len(hear(connection, 5)) == 5
        assert time.monotonic() - begun >= 4 * 0.05
        proxy.heal()
        assert len(hear(connection, 1_995)) == 1_995
        assert time.monotonic() - begun < 2_000 * 0.05 / 10


def test_slices_are_pieces_of_their_size(proxy: ToxicProxy) -> None:
    proxy.turn(Toxics(slice_bytes=3, slice_pause_seconds=0.03))
    with line(proxy) as connection:
        connection.sendall(b"0123456789")
        pieces: list[bytes] = []
        while len(b"".join(pieces)) < 10:
            pieces.append(connection.recv(100))
    assert b"".join(pieces) == b"0123456789"
    assert len(pieces) > 1
    assert len(pieces[0]) % 3 == 0


def test_a_narrow_line_takes_its_time(proxy: ToxicProxy) -> None:
    proxy.turn(Toxics(bytes_per_second=100_000))
    with line(proxy) as connection:
        heard, seconds = say(connection, bytes(50_000))
    assert len(heard) == 50_000
    assert 0.4 <= seconds < 3


@pytest.mark.parametrize(
    ("toxics", "heard"),
    [
        (Toxics(cut_after_bytes=10), HEAD[:10]),
        (Toxics(cut_after_bytes=4, of_body=True), HEAD + b"fine"),
        (Toxics(cut_after_bytes=4, of_body=True, slice_bytes=1), HEAD + b"fine"),
        (Toxics(cut_after_bytes=0, of_body=True), HEAD),
    ],
)
def test_it_is_cut_after_just_so_many_bytes(proxy: ToxicProxy, toxics: Toxics, heard: bytes) -> None:
    proxy.turn(toxics)
    with line(proxy) as connection:
        assert say(connection, HEAD + b"fine weather")[0] == heard


@pytest.mark.parametrize("slice_bytes", [None, 1, 7])
def test_garbage_is_as_long_as_what_it_replaces_and_can_spare_the_head(
    proxy: ToxicProxy, slice_bytes: int | None
) -> None:
    words = HEAD + b"fine weather today"
    proxy.turn(Toxics(garbles=True, of_body=True, slice_bytes=slice_bytes))
    with line(proxy) as connection:
        heard, _ = say(connection, words)
    assert len(heard) == len(words)
    assert heard.startswith(HEAD)
    assert heard != words


def test_garbage_without_a_head_to_spare_is_garbage_from_the_first_byte_on(echo_port: int) -> None:
    heard = []
    for _ in range(2):
        with toxic_proxy(echo_port, Toxics(garbles=True), seed=7) as proxy, line(proxy) as connection:
            heard.append(say(connection, HEAD)[0])
    assert heard[0] == heard[1]
    assert heard[0][:4] != HEAD[:4]


def test_what_is_wrong_one_way_leaves_the_other_alone(echo_port: int) -> None:
    with toxic_proxy(echo_port, Toxics(late_seconds=0.15, ways=BOTH_WAYS)) as proxy, line(proxy) as connection:
        assert say(connection, b"hello")[1] >= 0.3
        proxy.turn(Toxics(late_seconds=0.15, ways=frozenset({"questions"})))
        assert 0.15 <= say(connection, b"hello")[1] < 0.3


def test_it_counts_connections(proxy: ToxicProxy) -> None:
    with line(proxy) as one, line(proxy) as two:
        say(one, b"1")
        say(two, b"2")
    while proxy.at_once:
        time.sleep(0.01)
    with line(proxy) as three:
        say(three, b"3")
    assert (proxy.accepted, proxy.at_once_max) == (3, 2)
