"""A proxy before any TCP server on loopback, whose line is as bad as one wants, and changes while it is in use.

It knows nothing of what it carries, but for the blank line that ends the head of an HTTP message: `Toxics.of_body`.
"""

import asyncio
import random
import socket
import struct
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

_READ_BYTES = 16_384
_KEPT_PIECES = 64
_START_SECONDS = 10
_HEAD_END = b"\r\n\r\n"
_BANDWIDTH_TICK_SECONDS = 0.02

Way = Literal["questions", "answers"]
BOTH_WAYS: frozenset[Way] = frozenset({"questions", "answers"})


@dataclass(frozen=True, slots=True)
class Toxics:
    """What is wrong with the line; everything that is set holds at once, and the plain value is a clean line.

    ``late_seconds`` with up to ``jitter_seconds`` more or less: how much later bytes arrive; order is kept.
    ``is_down``: nobody listens, and connections break. ``swallows``: bytes vanish and nothing is said.
    ``resets``: connections are reset, new ones when their first bytes come.
    ``slice_bytes``: written so many at once, ``slice_pause_seconds`` apart; one byte and a long pause is a slow drip.
    ``bytes_per_second``: the line's width. ``cut_after_bytes``: then the connection is closed as if all were said.
    ``garbles``: bytes are replaced by as many others. ``of_body``: cutting and garbling leave an HTTP head as it is.
    ``ways``: which bytes it happens to, those to the server, those from it, or both.
    """

    late_seconds: float = 0.0
    jitter_seconds: float = 0.0
    is_down: bool = False
    swallows: bool = False
    resets: bool = False
    slice_bytes: int | None = None
    slice_pause_seconds: float = 0.0
    bytes_per_second: int | None = None
    cut_after_bytes: int | None = None
    garbles: bool = False
    of_body: bool = False
    ways: frozenset[Way] = frozenset({"answers"})


CLEAN = Toxics()
DOWN = Toxics(is_down=True)
BLACK_HOLE = Toxics(swallows=True, ways=BOTH_WAYS)
RESET = Toxics(resets=True)
SLOW_DRIP = Toxics(slice_bytes=1, slice_pause_seconds=0.05)
GARBAGE_BODY = Toxics(garbles=True, of_body=True)


@dataclass(slots=True)
class _Flow:
    """One way of one connection: how many bytes passed, and whether the head of its message is over."""

    way: Way
    counted_bytes: int = 0
    tail: bytes = b""
    in_body: bool = False


@dataclass(slots=True, eq=False)
class ToxicProxy:
    """A running proxy. Counts what came: connections so far, those open now, and the most that were open at once."""

    upstream_port: int
    chance: random.Random
    port: int = 0
    accepted: int = 0
    at_once: int = 0
    at_once_max: int = 0
    toxics: Toxics = CLEAN
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _open: "set[asyncio.StreamWriter]" = field(default_factory=set)
    _tasks: "set[asyncio.Task[None]]" = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where to ask, for an HTTP server behind it."""
        return f"http://127.0.0.1:{self.port}"

    def turn(self, toxics: Toxics) -> None:
        """Changes the line from now on, for connections that live too. Bytes that were swallowed stay lost."""
        asyncio.run_coroutine_threadsafe(self._turn(toxics), self._loop).result(_START_SECONDS)

    def heal(self) -> None:
        """A clean line again."""
        self.turn(CLEAN)

    def run(self, started: threading.Event) -> None:
        """Serves until `end`, in the thread that calls it."""
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve(started))
        finally:
            self._loop.close()

    def end(self) -> None:
        """Makes `run` return."""
        self._loop.call_soon_threadsafe(self._over.set)

    async def _serve(self, started: threading.Event) -> None:
        await self._listen()
        started.set()
        await self._over.wait()
        await self._close_door()
        self._break_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port, backlog=128)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close_door(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _turn(self, toxics: Toxics) -> None:
        self.toxics = toxics
        self._changed.set()
        self._changed = asyncio.Event()
        if toxics.is_down:
            await self._close_door()
        elif self._server is None:
            await self._listen()
        if toxics.is_down or toxics.resets:
            self._break_all()

    def _break_all(self) -> None:
        for writer in self._open:
            _reset(writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.accepted += 1
        self.at_once += 1
        self.at_once_max = max(self.at_once_max, self.at_once)
        self._open.add(writer)
        beyond = None
        try:
            beyond_reader, beyond = await asyncio.open_connection("127.0.0.1", self.upstream_port)
            self._open.add(beyond)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, beyond, _Flow("questions")))
                both.create_task(self._pass(beyond_reader, writer, _Flow("answers")))
        except* (OSError, _Cut, asyncio.CancelledError):
            pass  # what a bad line is for; or the proxy ends
        finally:
            self.at_once -= 1
            self._tasks.discard(task)
            for side in (writer, beyond):
                if side is not None:
                    self._open.discard(side)
                    side.close()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, flow: _Flow) -> None:
        """Carries bytes one way: read as they come, written when they are due."""
        # A long queue in the machine would hide how wide the line is.
        target.transport.set_write_buffer_limits(high=_READ_BYTES)
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_KEPT_PIECES)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._read(source, waiting, flow))
            both.create_task(self._write(waiting, target, flow))

    async def _read(
        self, source: asyncio.StreamReader, waiting: "asyncio.Queue[tuple[float, bytes]]", flow: _Flow
    ) -> None:
        due = 0.0
        with suppress(ConnectionError):
            while piece := await source.read(_READ_BYTES):
                late = self.toxics.late_seconds if flow.way in self.toxics.ways else 0.0
                jitter = self.toxics.jitter_seconds if late else 0.0
                due = max(due, self._loop.time() + max(0.0, late + self.chance.uniform(-jitter, jitter)))
                await waiting.put((due, piece))
        await waiting.put((due, b""))

    async def _write(
        self, waiting: "asyncio.Queue[tuple[float, bytes]]", target: asyncio.StreamWriter, flow: _Flow
    ) -> None:
        while True:
            due, piece = await waiting.get()
            await self._pause(due - self._loop.time())
            if self.toxics.resets:
                _reset(target)
                raise _Cut
            if not piece:
                break
            async for slice_ in self._poisoned(piece, flow):
                target.write(slice_)
                await target.drain()
        # Nobody hears through a line that swallows that the other side has gone.
        while self.toxics.swallows and flow.way in self.toxics.ways:
            if flow.way == "questions":
                raise _Cut
            await self._changed.wait()
        target.write_eof()

    async def _poisoned(self, piece: bytes, flow: _Flow) -> AsyncIterator[bytes]:
        """What comes of a piece, part by part; what is left after a change of the line is carried by its new ways."""
        rest = piece
        while rest:
            toxics = self.toxics if flow.way in self.toxics.ways else CLEAN
            if toxics.swallows:
                return
            size = toxics.slice_bytes or len(rest)
            if toxics.bytes_per_second:
                size = min(size, max(1, int(toxics.bytes_per_second * _BANDWIDTH_TICK_SECONDS)))
            part, rest = rest[:size], rest[size:]
            spoiled, is_cut = self._spoiled(part, flow, toxics)
            if spoiled:
                yield spoiled
            if is_cut:
                raise _Cut
            pause = toxics.slice_pause_seconds
            if toxics.bytes_per_second:
                pause += len(part) / toxics.bytes_per_second
            await self._pause(pause)

    def _spoiled(self, part: bytes, flow: _Flow, toxics: Toxics) -> tuple[bytes, bool]:
        """The part as it arrives, and whether the connection ends with it."""
        head, body = (b"", part) if flow.in_body or not toxics.of_body else _at_blank_line(part, flow)
        if toxics.cut_after_bytes is not None and flow.counted_bytes + len(body) >= toxics.cut_after_bytes:
            return head + body[: max(0, toxics.cut_after_bytes - flow.counted_bytes)], True
        flow.counted_bytes += len(body)
        return head + (self.chance.randbytes(len(body)) if toxics.garbles else body), False

    async def _pause(self, seconds: float) -> None:
        """Waits, but no longer than until the line changes."""
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), seconds)


class _Cut(Exception):
    """The connection ends here."""


def _at_blank_line(part: bytes, flow: _Flow) -> tuple[bytes, bytes]:
    """The part before and after the end of an HTTP head, which may lie across parts."""
    seen = flow.tail + part
    at = seen.find(_HEAD_END)
    if at < 0:
        flow.tail = seen[-(len(_HEAD_END) - 1) :]
        return part, b""
    flow.in_body = True
    length = at + len(_HEAD_END) - len(flow.tail)
    return part[:length], part[length:]


def _reset(writer: asyncio.StreamWriter) -> None:
    """Ends a connection with RST instead of a farewell."""
    held = writer.get_extra_info("socket")
    if held is not None:
        with suppress(OSError):
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@contextmanager
def toxic_proxy(upstream_port: int, toxics: Toxics = CLEAN, seed: int = 0) -> Iterator[ToxicProxy]:
    """A proxy before a port of loopback until the block ends; its jitter and its garbage follow from the seed."""
    proxy = ToxicProxy(upstream_port, random.Random(seed))
    started = threading.Event()
    thread = threading.Thread(target=proxy.run, args=(started,), daemon=True)
    thread.start()
    if not started.wait(_START_SECONDS):
        raise TimeoutError("the proxy did not start")
    try:
        if toxics != CLEAN:
            proxy.turn(toxics)
        yield proxy
    finally:
        proxy.end()
        thread.join(_START_SECONDS)
