"""Joining what encoders make of neighbouring pieces into one MP3 that plays as if it had been encoded in one go.

The encoder of a piece goes on into the next one until it says the same as the next one's encoder: at constant bit rate
two encoders that hear the same agree in every bit after some 50 to 250 coded frames, and go on so. Where they do not,
as at a variable bit rate, the best seam is taken after a while; where there is none, the old encoder just goes on.
"""

from array import array
from itertools import pairwise
from pathlib import Path
from typing import Self

from donecast.core.plan import OutputFormat
from donecast.engine.mp3_checksum import RunningChecksum
from donecast.engine.mp3_info import info_frame, info_frame_bytes
from donecast.engine.mp3_pieces import CODED_FRAME_FRAMES, PieceEncoder, require_mp3_of_ours
from donecast.engine.mp3_seam import Seam, agreed_seam, loose_seam, sewn
from donecast.engine.mpeg_frames import frame_places

_STEP_FRAMES = 24 * CODED_FRAME_FRAMES
_AGREED_AFTER_CODED_FRAMES = 100
"""So long LAME takes to lower its threshold of hearing to that of a quiet passage; in silence nobody would notice."""
_LOOSE_AFTER_CODED_FRAMES = 128
"""So long an overlap has some good seam: a longer one would seldom have a better."""
_SETTLED_CODED_FRAMES = 20
"""No seam comes earlier. The reservoir of a frame reaches back a dozen at most, so never into what is written."""


class Mp3Joiner:
    """One MP3 file, written piece by piece; holds the encoder of the last one until its neighbour comes.

    Raises ValueError for a format that is not among ours.
    """

    def __init__(self, path: Path, output: OutputFormat) -> None:
        require_mp3_of_ours(output)
        self._output = output
        self._file = path.open("w+b")
        self._file.write(bytes(info_frame_bytes(output)))
        self._lengths = array("q")
        self._checksum = RunningChecksum()
        self._held: PieceEncoder | None = None
        self._since = 0  # the first frame that is not yet written
        self.seams: list[Seam] = []
        """Those so far."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, encoder: PieceEncoder) -> None:
        """Puts the next piece at the end. Its encoder has been fed up to the piece's end, and may be asked for more.

        Raises what the encoder that goes on raises when it reads.
        """
        if self._held is not None:
            seam = self._seam_to(self._held, encoder)
            if seam is None:  # the old one has encoded the piece as well, and is as good
                if encoder.is_closed:
                    self._held.close()
                encoder = self._held
            else:
                self._write(sewn(self._held.run, encoder.run, seam, since=self._since))
                self._since = seam.number
                self.seams.append(seam)
        self._held = encoder
        self._write_until(encoder.run.end)

    def close(self, frames: int) -> int:
        """Ends the file, which decodes to so many frames, and answers its length in bytes."""
        if self._held is not None:
            self._write_until(self._held.run.end)
        length = self._file.tell()
        checksum = self._checksum.value()
        self._file.seek(0)
        self._file.write(info_frame(self._output, frames=frames, lengths=self._lengths, music_checksum=checksum))
        self._file.close()
        return length

    def _seam_to(self, old: PieceEncoder, new: PieceEncoder) -> Seam | None:
        begin = new.run.first
        looked_at = begin + _SETTLED_CODED_FRAMES
        while old.place < new.place:
            old.encode_to(min(old.place + _STEP_FRAMES, new.place))
            overlap = old.run.end - begin
            seam = agreed_seam(old.run, new.run) if overlap >= _AGREED_AFTER_CODED_FRAMES else None
            if seam is None and self._output.vbr_quality is not None and overlap >= _LOOSE_AFTER_CODED_FRAMES:
                seam = loose_seam(old.run, new.run, since=self._since, settled=looked_at)
                looked_at = min(old.run.end, new.run.end)
            if seam is not None:
                return seam
        return None

    def _write_until(self, number: int) -> None:
        """Writes the frames of the encoder that is held up to this one, and lets go of them."""
        if self._held is not None:
            self._write(self._held.run.between(self._since, number))
            self._since = number
            self._held.run.forget(number)

    def _write(self, part: bytes) -> None:
        places = frame_places(part)
        self._lengths.extend(after - place for place, after in pairwise(places))
        self._checksum.add(part)
        self._file.write(part)
