"""Reading the sound of an M4A of ours anywhere, without decoding what comes before."""

from pathlib import Path
from typing import Self

import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.packet import Packet

from donecast.engine.m4a import read_sound
from donecast.engine.m4a_boxes import SAMPLES_PER_PACKET, decoder_config
from donecast.engine.samples import Samples


class M4aReader:
    """One M4A of ours, for one thread. Frame 0 is the first that is heard.

    Where a packet leaves noise to the decoder's dice, two reads need not give the same samples. Raises ValueError when
    the file is not one of ours.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        try:
            sound, at = read_sound(self._file)
        except ValueError:
            self._file.close()
            raise
        self.sample_rate, self.channels, self.frames = sound.sample_rate, sound.channels, sound.frames
        self._priming = sound.priming_frames
        self._places = np.cumsum([at, *sound.packet_bytes])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, start: int, end: int) -> Samples:
        """The frames from ``start`` to ``end`` (not included), fewer where the sound ends before."""
        end = min(end, self.frames)
        if start >= end:
            return np.zeros((0, self.channels), np.float32)
        first = (start + self._priming) // SAMPLES_PER_PACKET
        past = -(-(end + self._priming) // SAMPLES_PER_PACKET)
        # A packet is right only after the one before it, which the priming makes sure there is.
        sound = self._decoded(first - 1, past)[SAMPLES_PER_PACKET:]
        skipped = start + self._priming - first * SAMPLES_PER_PACKET
        return sound[skipped : skipped + end - start]

    def _decoded(self, first: int, past: int) -> Samples:
        decoder = AudioCodecContext.create("aac", "r")
        decoder.extradata = decoder_config(self.sample_rate, self.channels)
        decoder.thread_count = 1
        self._file.seek(int(self._places[first]))
        planes = []
        for length in np.diff(self._places[first : past + 1]):
            planes += [frame.to_ndarray() for frame in decoder.decode(Packet(self._file.read(int(length))))]
        planes += [frame.to_ndarray() for frame in decoder.decode(None)]
        return np.concatenate(planes, axis=1, dtype=np.float32).T
