"""What is put into a series comes out of it, in pieces, and its file leaves nothing behind."""

import io
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray

from donecast.engine.series import PIECE_ROWS, Series, scratch_file

Number = TypeVar("Number", bound=np.generic)


def rows_of(series: Series[Number]) -> NDArray[Number]:
    return np.concatenate(list(series.pieces()))


def test_rows_come_out_as_they_went_in(tmp_path: Path) -> None:
    rows = np.random.default_rng(1).integers(-128, 128, size=(2 * PIECE_ROWS + 7, 2), dtype=np.int8)
    with scratch_file(tmp_path / "rows") as file:
        series = Series(file, np.int8, 2)
        for start in range(0, len(rows), 999):
            series.append(rows[start : start + 999])
        assert len(series) == len(rows)
        assert [len(piece) for piece in series.pieces()] == [PIECE_ROWS, PIECE_ROWS, 7]
        for _ in range(2):
            assert np.array_equal(rows_of(series), rows)


@pytest.mark.parametrize("count", [0, 1, PIECE_ROWS])
def test_numbers_by_themselves(count: int) -> None:
    series, numbers = Series(io.BytesIO(), np.float32), np.arange(count, dtype=np.float32)
    series.append(numbers)
    assert [piece.tolist() for piece in series.pieces()] == ([numbers.tolist()] if count else [])


def test_rows_in_any_memory_order() -> None:
    series, rows = Series(io.BytesIO(), np.float32, 2), np.arange(10, dtype=np.float32).reshape(2, 5).T
    series.append(rows)
    assert rows_of(series).tolist() == rows.tolist()


def test_a_scratch_file_has_no_name(tmp_path: Path) -> None:
    with scratch_file(tmp_path / "rows") as file:
        assert file.write(b"something") == 9
        assert list(tmp_path.iterdir()) == []
    assert file.closed
