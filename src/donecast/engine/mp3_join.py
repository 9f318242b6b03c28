"""Joining MP3 pieces, as `mp3_pieces` makes them, into one file that plays as if it had been encoded in one go."""

from array import array
from itertools import pairwise
from pathlib import Path
from typing import Self

from donecast.core.plan import OutputFormat
from donecast.engine.errors import NoSeam
from donecast.engine.mp3_checksum import RunningChecksum
from donecast.engine.mp3_info import info_frame, info_frame_bytes
from donecast.engine.mp3_pieces import CODED_FRAME_FRAMES, Piece, require_mp3_of_ours
from donecast.engine.mp3_seam import Run, Seam, find_seam, sewn
from donecast.engine.mpeg_frames import frame_places

_SETTLED_CODED_FRAMES = 20
_CUT_OFF_CODED_FRAMES = 4  # the last ones already hear the silence after the end of what a piece was fed


class Mp3Joiner:
    """One MP3 file, written piece by piece; holds the last piece until its neighbour comes.

    Raises ValueError for a format that is not among ours.
    """

    def __init__(self, path: Path, output: OutputFormat) -> None:
        require_mp3_of_ours(output)
        self._output = output
        self._file = path.open("w+b")
        self._file.write(bytes(info_frame_bytes(output)))
        self._lengths = array("q")
        self._checksum = RunningChecksum()
        self._held: Run | None = None
        self._held_end = 0
        self._since = 0
        self.seams: list[Seam] = []
        """Those so far."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, piece: Piece, content: bytes, *, exact: bool = False) -> None:
        """Puts the next piece at the end, at the best seam there is, or only where both are ``exact``ly alike.

        Raises NoSeam, and then nothing has changed.
        """
        run = Run(content, piece.feed_start // CODED_FRAME_FRAMES)
        if self._held is not None:
            seam = find_seam(
                self._held,
                run,
                since=self._since,
                settled=run.first + _SETTLED_CODED_FRAMES,
                until=self._held_end // CODED_FRAME_FRAMES - _CUT_OFF_CODED_FRAMES,
                variable=self._output.vbr_quality is not None,
            )
            if seam is None or (exact and seam.likeness != "exact"):
                raise NoSeam(details={"at_frame": piece.start})
            for part in sewn(self._held, run, seam, since=self._since):
                self._write(part)
            self._since = seam.number
            self.seams.append(seam)
        self._held, self._held_end = run, piece.feed_end

    def close(self, frames: int) -> int:
        """Ends the file, which decodes to so many frames, and answers its length in bytes."""
        if self._held is not None:
            self._write(self._held.between(self._since, self._held.end))
        length = self._file.tell()
        checksum = self._checksum.value()
        self._file.seek(0)
        self._file.write(info_frame(self._output, frames=frames, lengths=self._lengths, music_checksum=checksum))
        self._file.close()
        return length

    def _write(self, part: bytes) -> None:
        places = frame_places(part)
        self._lengths.extend(after - place for place, after in pairwise(places))
        self._checksum.add(part)
        self._file.write(part)
