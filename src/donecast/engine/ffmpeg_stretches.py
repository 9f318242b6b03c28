"""Reading an M4A or MP4 anywhere: its index says where each packet lies and when it sounds, exact to the frame."""

from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from donecast.engine.ffmpeg_reader import FfmpegReader
from donecast.engine.samples import Samples

_SETTLING_SECONDS = Fraction(3, 10)
"""A packet sounds right only after those before it; with spectral band replication some more are needed."""


class FfmpegStretches:
    """The file of a reader whose blocks nobody asks for.

    Where a packet of AAC leaves noise to the decoder's dice, two reads need not give the same samples.
    """

    def __init__(self, reader: FfmpegReader) -> None:
        self._reader = reader
        self._stream = reader.file.streams.audio[0]
        self._origin = _instant(reader.first)
        self._shape = (reader.first.format.name, reader.first.layout.name, reader.first.sample_rate)
        self._to_floats = AudioResampler(format="fltp", layout=reader.first.layout, rate=reader.first.sample_rate)

    def read(self, start: int, end: int) -> Samples | None:
        """As in `stretches.Stretches`."""
        if self._origin is None or self._stream.time_base is None:
            return None
        wanted = self._origin + Fraction(start, self._reader.sample_rate) - _SETTLING_SECONDS
        try:
            self._reader.file.seek(int(wanted / self._stream.time_base), stream=self._stream)
            return self._sound(start, end)
        except av.FFmpegError:
            return None

    def close(self) -> None:
        """As in `stretches.Stretches`."""
        self._reader.file.close()

    def _sound(self, start: int, end: int) -> Samples | None:
        planes = np.zeros((self._reader.channels, end - start), np.float32)
        reached: int | None = None
        for packet in self._reader.file.demux(self._stream):
            for frame in packet.decode():
                if not isinstance(frame, AudioFrame) or not frame.samples:
                    continue
                place = self._place(frame)
                if place is None or (place > start if reached is None else place != reached):
                    return None  # not where the one before ended, or already past the beginning
                reached = place + frame.samples
                first, last = max(place, start), min(reached, end)
                if first < last:
                    planes[:, first - start : last - start] = self._floats(frame)[:, first - place : last - place]
                if reached >= end:
                    return planes.T
        return planes[:, : max((reached or 0) - start, 0)].T

    def _floats(self, frame: AudioFrame) -> NDArray[np.float32]:
        """Its samples; shape (channels, frames)."""
        if frame.format.name != "fltp":
            frame.pts = None
            frame = self._to_floats.resample(frame)[0]
        return frame.to_ndarray().astype(np.float32, copy=False)

    def _place(self, frame: AudioFrame) -> int | None:
        """Which frame of the whole its first one is; None where its time or its shape leaves that open."""
        instant = _instant(frame)
        if (frame.format.name, frame.layout.name, frame.sample_rate) != self._shape or instant is None:
            return None
        return round((instant - (self._origin or 0)) * self._reader.sample_rate)


def _instant(frame: AudioFrame) -> Fraction | None:
    """When it sounds, in seconds of the file's own clock."""
    return None if frame.pts is None or frame.time_base is None else frame.pts * frame.time_base
