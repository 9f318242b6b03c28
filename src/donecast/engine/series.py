"""Numbers that grow with a recording lie on disk, so that no length of it fills the memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

PIECE_ROWS: Final = 60_000
"""Rows of a piece: of hundredths of a second ten minutes, which are whole seconds however coarse the seconds are."""

Number = TypeVar("Number", bound=np.generic)


class Series(Generic[Number]):
    """Rows of one number, or of ``columns``, put at the end of a file and read back in pieces.

    The file is the caller's: empty at first, opened for writing and reading.
    """

    def __init__(self, file: BinaryIO, kind: type[Number], columns: int | None = None) -> None:
        self._file, self._kind = file, np.dtype(kind)
        self._shape = (-1,) if columns is None else (-1, columns)
        self._row_bytes = self._kind.itemsize * (columns or 1)
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def append(self, rows: NDArray[Number]) -> None:
        """Puts rows at the end; none follow once pieces were asked for."""
        self._file.write(rows.tobytes())
        self._rows += len(rows)

    def pieces(self) -> Iterator[NDArray[Number]]:
        """All rows in order, `PIECE_ROWS` at a time, the last piece shorter."""
        self._file.seek(0)
        for _ in range(0, self._rows, PIECE_ROWS):
            piece = self._file.read(PIECE_ROWS * self._row_bytes)
            yield np.frombuffer(piece, self._kind).reshape(self._shape)


@contextmanager
def scratch_file(path: Path) -> Iterator[BinaryIO]:
    """An empty file that has no name any more, and is gone when it is left."""
    with path.open("w+b") as file:
        path.unlink()
        yield file
