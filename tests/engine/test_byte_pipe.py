"""What is poured into a pipe comes out of it, and nobody waits for ever, whoever leaves first."""

import os
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from donecast.engine.byte_pipe import BytePipe


def _pieces(*lengths: int) -> list[NDArray[np.uint8]]:
    return [np.random.default_rng(number).integers(0, 256, length, np.uint8) for number, length in enumerate(lengths)]


def _read_to_end(descriptor: int) -> bytes:
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read()


@pytest.mark.parametrize("lengths", [(), (0,), (1,), (65_536,), (65_537,), (3, 0, 70_000, 1, 2_000_000, 5)])
def test_everything_comes_out(lengths: tuple[int, ...]) -> None:
    pieces = _pieces(*lengths)
    with BytePipe(iter(pieces)) as pipe:
        assert _read_to_end(pipe.reading) == b"".join(piece.tobytes() for piece in pieces)
        assert pipe.is_done


def test_what_fits_is_there_at_once_and_ends() -> None:
    before = threading.active_count()
    with BytePipe(iter(_pieces(1_000, 3_000))) as pipe:
        assert threading.active_count() == before
        assert len(_read_to_end(pipe.reading)) == 4_000


@pytest.mark.parametrize("error", [ValueError, OSError])
@pytest.mark.parametrize("length", [10, 1_000_000])
def test_pieces_that_end_badly_are_told(error: type[Exception], length: int) -> None:
    def pieces() -> Iterator[NDArray[np.uint8]]:
        yield from _pieces(length)
        raise error("broken")

    with BytePipe(pieces()) as pipe:
        assert len(_read_to_end(pipe.reading)) == length
        assert not pipe.is_done


def test_a_reader_may_leave() -> None:
    before = threading.active_count()
    with BytePipe(iter(_pieces(10_000_000))) as pipe:
        os.read(pipe.reading, 100)
        assert threading.active_count() == before + 1
    assert threading.active_count() == before


def test_another_error_goes_on() -> None:
    def broken(piece: NDArray[np.uint8]) -> NDArray[np.uint8]:
        raise RuntimeError("a mistake of ours")

    with pytest.raises(RuntimeError), BytePipe(map(broken, _pieces(1))):
        pass
