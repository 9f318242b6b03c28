"""Pieces cover the sound and depend on its length alone; an encoder of one takes its samples however they come."""

from itertools import pairwise

import numpy as np
import pytest

from donecast.core.plan import OutputFormat
from donecast.engine.mp3_pieces import OVERLAP, PADDING_ROUND_FRAMES, Piece, PieceEncoder, pieces_of
from donecast.engine.mpeg_frames import frame_places
from tests.engine.mp3_files import encode, whole
from tests.engine.sounds import noise

RATE = 44_100
HOUR = 3_600 * RATE


@pytest.mark.parametrize("frames", [1, 1_152, 59 * RATE, 61 * RATE, 362 * RATE, 363 * RATE + 1, HOUR, 6 * HOUR + 17])
def test_pieces_cover_everything_once(frames: int) -> None:
    pieces = pieces_of(frames, RATE)
    assert (pieces[0].start, pieces[0].feed_start) == (0, 0)
    assert (pieces[-1].end, pieces[-1].feed_end) == (frames, frames)
    for piece, following in pairwise(pieces):
        assert piece.end == following.start
        assert following.start - following.feed_start == OVERLAP.lead_in * 1152
        assert piece.feed_end - piece.end == OVERLAP.run_out * 1152
    assert all(piece.feed_start % PADDING_ROUND_FRAMES == 0 for piece in pieces)
    assert all(piece.start % 1152 == 0 for piece in pieces)


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
    assert len(pieces) in {4, 5, 6}  # a last one that would be all overlap is left out
    assert pieces[-1].end == frames
    assert all(piece.feed_start % PADDING_ROUND_FRAMES == 0 for piece in pieces)


@pytest.mark.parametrize("channels", [1, 2])
def test_blocks_and_memory_order_make_no_difference(channels: int) -> None:
    output = OutputFormat(channels=channels)
    sound = noise(4, channels=channels)
    piece = Piece(60_000, 120_000, 56_448, len(sound))
    coded = encode(sound, piece, output)
    assert coded == encode(sound, piece, output, block=3_333)
    assert coded == encode(sound, piece, output, block=1_000_000)
    assert coded == encode(np.asfortranarray(sound), piece, output)
    assert len(frame_places(coded)) > 70


def test_a_feed_that_is_too_long_or_too_short_is_refused() -> None:
    encoder = PieceEncoder(Piece(0, 1_000, 0, 1_000), OutputFormat(channels=1))
    encoder.write(noise(1)[:999])
    with pytest.raises(ValueError, match="fed up to frame 999, not 1000"):
        encoder.close()
    with pytest.raises(ValueError, match="beyond 1000"):
        encoder.write(noise(1)[:2])


def test_the_given_samples_stay_as_they_are() -> None:
    sound = noise(1, channels=2)
    before = sound.copy()
    encode(sound, whole(len(sound))[0], OutputFormat())
    np.testing.assert_array_equal(sound, before)
