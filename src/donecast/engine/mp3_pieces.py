"""Cutting a finished sound into pieces that can be encoded as MP3 apart from one another, and encoding one of them.

Each piece is fed a little of what comes before and after it, so that the encoder has settled where the piece begins and
neighbours overlap; `mp3_join` finds the frame at which one may follow the other.
"""

from dataclasses import dataclass
from typing import Final

import lameenc

from donecast.core.plan import OutputFormat
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
PADDING_ROUND_FRAMES: Final = 49 * CODED_FRAME_FRAMES
"""After so many frames, LAME's rule by which it pads coded frames at 44.1 kHz starts anew, at every bit rate."""
_VBR_MTRH = 4  # the newer of LAME's two ways to vary the bit rate, and its own choice


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many coded frames a piece is fed before its beginning and after its end.

    At constant bit rate two encoders that hear the same agree in every bit after 20 to 100 coded frames, and then for
    good: with these lengths, all but two or three seams in a hundred are where they do.
    """

    lead_in: int = 72
    run_out: int = 56


OVERLAP: Final = Overlap()


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the finished sound, in sample frames; it is fed all from ``feed_start`` to ``feed_end``."""

    start: int
    end: int
    feed_start: int
    feed_end: int


def pieces_of(
    frames: int, sample_rate: int, *, seconds_max: float = PIECE_SECONDS_MAX, overlap: Overlap = OVERLAP
) -> tuple[Piece, ...]:
    """Pieces of about the same length that cover so many frames: one when it is short, else an even number.

    They depend on nothing but these arguments, so any number of workers makes the same bytes. All are fed from a place
    where LAME's padding rule starts anew, so that neighbours pad the same frames.
    """
    lead_frames, run_frames = overlap.lead_in * CODED_FRAME_FRAMES, overlap.run_out * CODED_FRAME_FRAMES
    count = 1
    if frames > min(_WHOLE_SECONDS_MAX, seconds_max) * sample_rate:
        count = 2 * -int(-frames // (2 * seconds_max * sample_rate))
    ideal = (frames * number / count - lead_frames for number in range(1, count))
    feeds = sorted({round(feed / PADDING_ROUND_FRAMES) * PADDING_ROUND_FRAMES for feed in ideal})
    starts = [0, *(feed + lead_frames for feed in feeds if feed > 0 and feed + lead_frames + run_frames < frames)]
    ends = [*starts[1:], frames]
    return tuple(
        Piece(start, end, max(start - lead_frames, 0), min(end + run_frames, frames))
        for start, end in zip(starts, ends, strict=True)
    )


class PieceEncoder:
    """Makes the MP3 frames of one piece. Raises ValueError for a format that is not among ours.

    ``gain`` is applied on the way to 16 bits, which costs nothing there. The dither depends on nothing but the place in
    the finished sound, so that neighbours encode the very same samples where they overlap.
    """

    def __init__(self, piece: Piece, output: OutputFormat, *, gain: float = 1.0) -> None:
        self._encoder = _lame(output)
        self._piece = piece
        self._whole = SixteenBits(output.channels, piece.feed_start, gain=gain)
        self._coded = bytearray()

    def write(self, samples: Samples) -> None:
        """Encodes the next frames of the piece's feed (full scale 1.0), in blocks of any size and any memory order.

        Raises ValueError when they go beyond it.
        """
        if self._whole.place + len(samples) > self._piece.feed_end:
            raise ValueError(f"frames beyond {self._piece.feed_end}, where the feed of this piece ends")
        at = 0
        while at < len(samples):
            count = min(len(samples) - at, self._whole.room())
            self._coded += self._encoder.encode(self._whole.rounded(samples[at : at + count]))
            at += count

    def close(self) -> bytes:
        """All MP3 frames of the piece with its lead-in and run-out. Raises ValueError when it was fed too little."""
        if self._whole.place != self._piece.feed_end:
            raise ValueError(f"fed up to frame {self._whole.place}, not {self._piece.feed_end}")
        self._coded += self._encoder.flush()
        return bytes(self._coded)


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
