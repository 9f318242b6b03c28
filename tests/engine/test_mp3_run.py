"""Frames as an encoder gives them: whole ones only, found by their number, let go when they are written."""

import pytest

from donecast.core.plan import OutputFormat
from donecast.engine.mp3_pieces import Piece
from donecast.engine.mp3_run import Run
from tests.engine.mp3_files import encode
from tests.engine.sounds import noise

RATE = 44_100


def test_anything_else_than_frames_is_refused() -> None:
    run = Run(7, encode(noise(1), Piece(0, RATE), OutputFormat(channels=1)))
    assert run.first == 7
    with pytest.raises(ValueError, match="no whole frame at byte"):
        run.add(b"no frame")


def test_a_frame_may_come_in_parts_and_be_let_go() -> None:
    content = encode(noise(1), Piece(0, RATE), OutputFormat(channels=1))
    run, at_once = Run(0), Run(0, content)
    for start in range(0, len(content), 100):
        run.add(content[start : start + 100])
    assert run.between(0, run.end) == at_once.between(0, at_once.end) == content
    run.forget(20)
    assert (run.first, run.end) == (20, at_once.end)
    assert run.main_data(30) == at_once.main_data(30) != at_once.main_data(31)
    assert run.main_data(20) is None
