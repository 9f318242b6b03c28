"""Reading an MP3 anywhere: its coded frames are counted by their headers, and a few seconds of them decoded.

libsndfile alone would decode all that comes before to find a frame. Sources: ISO 11172-3; the layout of Xing's header
with LAME's extension, whose delay the decoder takes away together with its own of 529 frames.
"""

import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from donecast.engine.libsndfile_reader import ForwardsOnly
from donecast.engine.mpeg_frames import FrameHeader, after_tags, read_header
from donecast.engine.samples import Samples

PLACES_APART = 64
_SETTLING = 32
"""Coded frames before the wanted ones: the bit reservoir reaches back no further, even where frames are tiny."""
_CHUNK_BYTES = 4 * 1024**2
_DECODER_DELAY = 529
_GUESS_BYTES = 1024**2
_MPEG_1 = 3
_SYNC = re.compile(b"\xff")


class Mp3Stretches:
    """One MP3. ``places`` says where each 64th coded frame lies, as far as the file was looked through.

    Raises soundfile.LibsndfileError where it begins with no frame of layer III.
    """

    def __init__(self, path: Path, places: Sequence[int] = ()) -> None:
        self._file = path.open("rb")
        start = after_tags(self._file)
        self._file.seek(start)
        head = self._file.read(4096)
        first = read_header(head, 0)
        if first is None or not first.length or first.kind != "mp3" or first.layer != 3:
            self._file.close()
            raise soundfile.LibsndfileError(0, "no frame of layer III at the beginning")
        self._first = first
        self._channels = 1 if head[3] >> 6 == 3 else 2
        self._coded_frames = 1152 if first.version == _MPEG_1 else 576
        try:
            information = _information_frame(head, first, self._channels)
        except soundfile.LibsndfileError:
            self._file.close()
            raise
        self._delay = 0 if information is None else information
        self.places = list(places) or [start if information is None else start + first.length]
        self._ends = False
        self._lengths = _Lengths(first)

    def read(self, start: int, end: int) -> Samples | None:
        """As in `Stretches`."""
        first = max((start + self._delay) // self._coded_frames - _SETTLING, 0)
        past = -(-(end + self._delay) // self._coded_frames) + 2
        self._look_through(past)
        coded = self._coded(first, past)
        if coded is None:
            return None
        sound = self._decoded(*coded)
        if sound is None:
            return None
        begin = start + self._delay - first * self._coded_frames
        return sound[begin : begin + end - start]

    def close(self) -> None:
        """As in `Stretches`."""
        self._file.close()

    def _look_through(self, coded_frame: int) -> None:
        """Goes on from the last known place until the place before a coded frame is known, or no frame follows."""
        wanted = coded_frame // PLACES_APART + 1
        at = base = self.places[-1]
        number, lengths = 0, self._lengths
        while len(self.places) < wanted and not self._ends:
            self._file.seek(base)
            chunk = self._file.read(_CHUNK_BYTES)
            last = len(chunk) - 3
            place = at - base
            while place < last and (length := lengths[chunk[place : place + 3]]):
                place += length
                number += 1
                if number == PLACES_APART:
                    self.places.append(base + place)
                    number = 0
            self._ends = place < last or len(chunk) < _CHUNK_BYTES
            at = base = base + place

    def _coded(self, first: int, past: int) -> tuple[bytes, int] | None:
        """Some coded frames and how many, fewer where the file ends; None when it does not end and none follows."""
        index = min(first // PLACES_APART, len(self.places) - 1)
        self._file.seek(self.places[index])
        data = self._file.read((past - index * PLACES_APART) * self._lengths.longest)
        place, begin = 0, None
        for number in range(index * PLACES_APART, past):
            if number == first:
                begin = place
            length = self._lengths[data[place : place + 3]]
            if not length:
                return None if begin is None or self._goes_on(data[place:]) else (data[begin:place], number - first)
            place += length
        return None if begin is None else (data[begin:place], past - first)

    def _goes_on(self, left: bytes) -> bool:
        """Whether more follows a break than tags do: a decoder might find its way back into the sound."""
        return len(left) > self._lengths.tail or any(
            self._lengths[left[found.start() : found.start() + 3]] for found in _SYNC.finditer(left)
        )

    def _decoded(self, coded: bytes, frames: int) -> Samples | None:
        # More frames than there are would be an error, at the end of the file as well.
        # The library guesses the length from the first frame's; what follows the last frame makes it guess high enough.
        try:
            with ForwardsOnly(io.BytesIO(coded + bytes(_GUESS_BYTES))) as file:
                block = np.empty((frames * self._coded_frames, file.channels), np.float32)
                file.read(out=block)
                filled = int(file.tell())
                same = (file.samplerate, file.channels) == (self._first.sample_rate, self._channels)
        except soundfile.LibsndfileError:
            return None
        return block[:filled] if same else None


class _Lengths(dict[bytes, int]):
    """Bytes of a frame by its first three, kept because there are few kinds of them; 0 for what does not go on."""

    longest = 1441 * 2
    tail = 64 * 1024

    def __init__(self, first: FrameHeader) -> None:
        super().__init__()
        self._first = first

    def __missing__(self, head: bytes) -> int:
        header = read_header(head + b"\0", 0)
        self[head] = length = header.length if header and self._first.goes_on_as(header) else 0
        return length


def _information_frame(head: bytes, first: FrameHeader, channels: int) -> int | None:
    """How many frames a decoder drops at the start, where the first coded frame is no sound but tells that; else None.

    Raises soundfile.LibsndfileError for kinds of such frames that decoders differ about.
    """
    side_bytes = {(True, 1): 17, (True, 2): 32, (False, 1): 9, (False, 2): 17}[first.version == _MPEG_1, channels]
    at = 4 + side_bytes
    if head[at : at + 4] not in {b"Xing", b"Info"}:
        if any(name in head[: first.length] for name in (b"Xing", b"Info", b"VBRI")):
            raise soundfile.LibsndfileError(0, "an unusual first frame")
        return None
    flags = int.from_bytes(head[at + 4 : at + 8], "big")
    at += 8 + 4 * (flags & 1) + 4 * (flags >> 1 & 1) + 100 * (flags >> 2 & 1) + 4 * (flags >> 3 & 1)
    if at + 24 > first.length or not head[at]:
        return 0
    delay = int.from_bytes(head[at + 21 : at + 24], "big") >> 12
    return delay + _DECODER_DELAY
