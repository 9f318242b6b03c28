"""Pieces cover the sound and depend on its length alone; an encoder of one takes its samples however they come."""

from itertools import pairwise

import numpy as np
import pytest

from donecast.core.plan import OutputFormat
from donecast.engine.mp3 import encoding_gain
from donecast.engine.mp3_pieces import PADDING_ROUND_FRAMES, Piece, PieceEncoder, pieces_of
from donecast.engine.mpeg_frames import frame_places
from tests.engine.mp3_files import encode, whole
from tests.engine.sounds import noise

RATE = 44_100
HOUR = 3_600 * RATE


@pytest.mark.parametrize("frames", [1, 1_152, 59 * RATE, 61 * RATE, 362 * RATE, 363 * RATE + 1, HOUR, 6 * HOUR + 17])
def test_pieces_cover_everything_once(frames: int) -> None:
    pieces = pieces_of(frames, RATE)
    assert (pieces[0].start, pieces[-1].end) == (0, frames)
    assert all(piece.end == following.start for piece, following in pairwise(pieces))
    assert all(piece.start % PADDING_ROUND_FRAMES == 0 for piece in pieces)


def test_short_sounds_are_one_piece_and_others_an_even_number_of_up_to_five_minutes() -> None:
    assert pieces_of(60 * RATE, RATE) == whole(60 * RATE)
    assert len(pieces_of(61 * RATE, RATE)) == 2
    assert len(pieces_of(HOUR, RATE)) == 12
    for seconds in range(600, 7_200, 61):
        pieces = pieces_of(seconds * RATE, RATE)
        assert len(pieces) % 2 == 0
        assert all(145 * RATE < piece.end - piece.start < 304 * RATE for piece in pieces)


@pytest.mark.parametrize("frames", range(700_000, 700_000 + 8 * 1152, 577))
def test_small_pieces_are_cut_the_same_way(frames: int) -> None:
    pieces = pieces_of(frames, RATE, seconds_max=4)
    assert len(pieces) in {4, 6}
    assert pieces[-1].end == frames
    assert all(piece.start % PADDING_ROUND_FRAMES == 0 for piece in pieces)


@pytest.mark.parametrize("channels", [1, 2])
def test_steps_and_memory_order_make_no_difference(channels: int) -> None:
    output = OutputFormat(channels=channels)
    sound = noise(4, channels=channels)
    piece = Piece(56_448, 120_000)
    coded = encode(sound, piece, output)
    assert coded == encode(np.asfortranarray(sound), piece, output)
    assert len(frame_places(coded)) > 50
    for step in (3_333, 40_000):
        encoder = PieceEncoder(56_448, output, lambda start, end: sound[start:end], gain=encoding_gain(output))
        for end in [*range(56_448, 120_000, step), 120_000]:
            encoder.encode_to(end)
            assert encoder.place == end
        encoder.close()
        assert encoder.run.between(49, encoder.run.end) == coded


def test_the_given_samples_stay_as_they_are() -> None:
    sound = noise(1, channels=2)
    before = sound.copy()
    encode(sound, whole(len(sound))[0], OutputFormat())
    np.testing.assert_array_equal(sound, before)


def test_a_start_with_other_padding_is_refused() -> None:
    with pytest.raises(ValueError, match="would pad other frames"):
        PieceEncoder(1152, OutputFormat(), lambda start, end: noise(1, channels=2)[start:end])
