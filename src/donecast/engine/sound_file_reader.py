"""Reading the sound of an MP3 or WAV of ours anywhere, without decoding what comes before."""

from pathlib import Path
from typing import Self

import soundfile

from donecast.engine.samples import Samples

_SETTLING_FRAMES = {"MP3": 8 * 1152}
"""After a seek the first coded frames lack what is kept for them in earlier ones; so many make sure of the rest."""


class SoundFileReader:
    """One file of ours, for one thread. Frame 0 is the first that is heard."""

    def __init__(self, path: Path) -> None:
        self._file = soundfile.SoundFile(path)
        self.sample_rate, self.channels = int(self._file.samplerate), int(self._file.channels)
        self.frames = int(self._file.frames)
        self._settling = _SETTLING_FRAMES.get(self._file.format, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, start: int, end: int) -> Samples:
        """The frames from ``start`` to ``end`` (not included), fewer where the sound ends before."""
        begin = max(start - self._settling, 0)
        self._file.seek(min(begin, self.frames))
        sound: Samples = self._file.read(max(end - begin, 0), dtype="float32", always_2d=True)
        return sound[start - begin :]
