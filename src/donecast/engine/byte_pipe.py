"""Bytes that a library reads from a pipe while a thread of ours puts them in."""

import os
import select
import threading
from collections.abc import Iterator
from typing import Self

import numpy as np
from numpy.typing import NDArray

_POLL_MS = 100


class BytePipe:
    """Pours pieces into a pipe, whose other end is the descriptor ``reading``, for the time of a ``with``.

    Before that begins the pipe holds its first 64 KiB, or all there is: so much may be read by a library that lets no
    other thread run meanwhile. ``is_done`` is right once the pipe was read to its end: whether all pieces went into
    it. It is not so where the pieces end with a ValueError or an OSError.
    """

    def __init__(self, pieces: Iterator[NDArray[np.uint8]]) -> None:
        self._pieces = pieces
        self._waiting = memoryview(b"")
        self._left = threading.Event()
        self.is_done = False

    def __enter__(self) -> Self:
        self.reading, self._writing = os.pipe()
        os.set_blocking(self._writing, False)
        self._thread = threading.Thread(target=self._pour, name="pipe", daemon=True)
        if self._goes_on():
            self._thread.start()
        else:
            os.close(self._writing)
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        if self._thread.ident is not None:
            self._thread.join()
        os.close(self.reading)

    def _pour(self) -> None:
        try:
            room = select.poll()
            room.register(self._writing, select.POLLOUT)
            while not self._left.is_set() and (not room.poll(_POLL_MS) or self._goes_on()):
                pass
        finally:
            os.close(self._writing)

    def _goes_on(self) -> bool:
        """Fills the pipe; answers whether there is more."""
        try:
            while self._waiting or self._next_piece():
                self._waiting = self._waiting[os.write(self._writing, self._waiting) :]
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
