"""Cutting a finished sound into pieces that can be encoded as MP3 apart from one another, and encoding one of them.

The encoder of a piece may go on into the next one, until `mp3_join` finds the frame at which one may follow the other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import lameenc

from donecast.core.plan import OutputFormat
from donecast.engine.mp3_run import Run
from donecast.engine.samples import Samples
from donecast.engine.sixteen_bits import SixteenBits

SAMPLE_RATES: Final = (32_000, 44_100, 48_000)
BIT_RATES_KBPS: Final = (64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
QUALITY: Final = 3
"""LAME's trade of time for care: 2 is the most careful that is of use, 7 the fastest."""
CODED_FRAME_FRAMES: Final = 1_152
"""Samples of each channel in one MP3 frame of MPEG-1."""
PIECE_SECONDS_MAX: Final = 300
_WHOLE_SECONDS_MAX = 60
_READ_FRAMES = 65_536
PADDING_ROUND_FRAMES: Final = 49 * CODED_FRAME_FRAMES
"""After so many frames, LAME's rule by which it pads coded frames at 44.1 kHz starts anew, at every bit rate."""
_VBR_MTRH = 4  # the newer of LAME's two ways to vary the bit rate, and its own choice


Reader = Callable[[int, int], Samples]
"""Gives all frames from a start to an end (not included)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the finished sound, in sample frames."""

    start: int
    end: int


def pieces_of(frames: int, sample_rate: int, *, seconds_max: float = PIECE_SECONDS_MAX) -> tuple[Piece, ...]:
    """Pieces of about the same length that cover so many frames: one when it is short, else an even number.

    They depend on nothing but these arguments, so any number of workers makes the same bytes. All begin at a place
    where LAME's padding rule starts anew, so that neighbours pad the same frames.
    """
    count = 1
    if frames > min(_WHOLE_SECONDS_MAX, seconds_max) * sample_rate:
        count = 2 * -int(-frames // (2 * seconds_max * sample_rate))
    rounds = {round(frames * number / count / PADDING_ROUND_FRAMES) for number in range(count)}
    starts = sorted(number * PADDING_ROUND_FRAMES for number in rounds)
    return tuple(Piece(start, end) for start, end in pairwise([*starts, frames]) if start < end)


class PieceEncoder:
    """Makes MP3 frames of a finished sound from a frame on, as far as it is asked to.

    ``gain`` is applied on the way to 16 bits, which costs nothing there. The dither depends on nothing but the place in
    the finished sound, so that neighbours encode the very same samples where they overlap. Raises ValueError for a
    format that is not among ours, and for a start at which LAME's padding rule does not begin anew.
    """

    def __init__(self, start: int, output: OutputFormat, read: Reader, *, gain: float = 1.0) -> None:
        if start % PADDING_ROUND_FRAMES:
            raise ValueError(f"an encoder that begins at frame {start} would pad other frames than its neighbours")
        self._encoder = _lame(output)
        self._read = read
        self._whole = SixteenBits(output.channels, start, gain=gain)
        self.run = Run(start // CODED_FRAME_FRAMES)
        """The MP3 frames so far: LAME gives them a little later than it is fed."""
        self.is_closed = False

    @property
    def place(self) -> int:
        """Up to which frame of the sound it was fed."""
        return self._whole.place

    def encode_to(self, end: int) -> None:
        """Reads and encodes what comes up to a frame; the blocks in which it does so make no difference.

        Raises ValueError when the reader gives more or fewer frames than it is asked for, and what the reader raises.
        """
        while self.place < end:
            wanted = min(_READ_FRAMES, end - self.place)
            samples = self._read(self.place, self.place + wanted)
            if len(samples) != wanted:
                raise ValueError(f"{len(samples)} frames from frame {self.place} on, not {wanted}")
            self._feed(samples)

    def _feed(self, samples: Samples) -> None:
        at = 0
        while at < len(samples):
            count = min(len(samples) - at, self._whole.room())
            self.run.add(self._encoder.encode(self._whole.rounded(samples[at : at + count])))
            at += count

    def close(self) -> None:
        """Ends the sound here; then the last frames come."""
        self.run.add(self._encoder.flush())
        self.is_closed = True


def require_mp3_of_ours(output: OutputFormat) -> None:
    """Raises ValueError for a format that is not among ours."""
    rate, channels, bitrate = output.sample_rate, output.channels, output.bitrate_kbps
    if output.codec != "mp3" or rate not in SAMPLE_RATES or channels not in {1, 2} or bitrate not in BIT_RATES_KBPS:
        raise ValueError(f"no MP3 of ours: {output}")


def _lame(output: OutputFormat) -> lameenc.Encoder:
    require_mp3_of_ours(output)
    rate, channels, bitrate = output.sample_rate, output.channels, output.bitrate_kbps
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_in_sample_rate(rate)
    encoder.set_out_sample_rate(rate)  # else LAME lowers the rate of low bit rates by itself
    encoder.set_channels(channels)
    encoder.set_quality(QUALITY)
    if output.vbr_quality is None:
        encoder.set_bit_rate(bitrate)
    else:
        encoder.set_vbr(_VBR_MTRH)
        encoder.set_vbr_quality(output.vbr_quality)
    return encoder
