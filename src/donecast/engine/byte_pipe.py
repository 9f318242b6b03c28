"""Bytes that a library reads from a pipe, which is filled before its calls and, where that is too little, meanwhile."""

import contextlib
import fcntl
import os
import sys
import threading
from collections.abc import Iterator
from typing import Self

import numpy as np
from numpy.typing import NDArray

_ROOM_BYTES = 1024**2
"""What Linux gives to anybody who asks; elsewhere, and where too many pipes are open, it is less."""
_TICK_SECONDS = 0.03


class BytePipe:
    """Pours pieces into a pipe, whose other end is the descriptor ``reading``, for the time of a ``with``.

    Whoever calls the library fills the pipe before: a thread that fills it as soon as there is some room wakes for
    every few packets. So there is one that only looks now and then, for a library that reads more than a pipe holds.
    ``is_done`` is right once the pipe was read to its end: whether all pieces went into it. It is not so where the
    pieces end with a ValueError or an OSError.
    """

    def __init__(self, pieces: Iterator[NDArray[np.uint8]]) -> None:
        self._pieces = pieces
        self._waiting = memoryview(b"")
        self._left, self._filling = threading.Event(), threading.Lock()
        self.is_done = False

    def __enter__(self) -> Self:
        """Fills the pipe: so much may be read by a library that lets no other thread run meanwhile."""
        self.reading, writing = os.pipe()
        self._writing: int | None = writing
        os.set_blocking(writing, False)
        if sys.platform == "linux":
            with contextlib.suppress(PermissionError):  # then it is smaller
                fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _ROOM_BYTES)
        self._thread = threading.Thread(target=self._look_now_and_then, name="pipe", daemon=True)
        self.fill()
        if self._writing is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._end()
        os.close(self.reading)

    def fill(self) -> None:
        """Puts in what there is room for."""
        with self._filling:
            if self._writing is not None and not self._goes_on(self._writing):
                self._end()

    def _look_now_and_then(self) -> None:
        try:
            while not self._left.wait(_TICK_SECONDS) and self._writing is not None:
                self.fill()
        finally:
            self._end()

    def _goes_on(self, writing: int) -> bool:
        """Fills the pipe; answers whether there is more."""
        try:
            while self._waiting or self._next_piece():
                self._waiting = self._waiting[os.write(writing, self._waiting) :]
        except BlockingIOError:
            return True
        except (ValueError, OSError):  # of the pieces, or nobody reads any more: ``is_done`` tells
            return False
        self.is_done = True
        return False

    def _next_piece(self) -> bool:
        piece = next(self._pieces, None)
        if piece is not None:
            self._waiting = piece.data
        return piece is not None

    def _end(self) -> None:
        if self._writing is not None:
            os.close(self._writing)
            self._writing = None
