"""A source of a plan that is read here and there, decoded from its beginning only where there is no other way."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import soxr

from donecast.engine.decoding import Decoding, open_decoding, require_numbers
from donecast.engine.limits import EngineLimits
from donecast.engine.mp3_stretches import Mp3Stretches
from donecast.engine.samples import Samples, with_channels
from donecast.engine.sniff import Container
from donecast.engine.sources import WalkedSource
from donecast.engine.stretches import open_stretches

_AROUND_SECONDS, _AHEAD_SECONDS = 0.1, 4.0
"""What is read with what is asked for: a joint and the clip after it ask for neighbouring stretches."""
_WINDOWS_MAX = 12
_FILTER_FRAMES = 4_096
"""Further away than this, the resampler's filter does not hear."""
_PROMISE_SLACK_MS = {Container.MP4: 100}
"""Its length may leave out what the last packet holds beyond it, which decoders give away all the same."""
_PROMISE_SLACK_MS_ELSE = 1
_MISSING_MS_MAX = 100


class SoughtSource:
    """A `Source` with the same frames as `sources.WalkedSource`; any place, one thread. Raises what decoding raises.

    ``duration_ms`` is how long the file was when all of it was decoded. Where the file gives no certainty about what
    lies where, it is walked through from its beginning.
    """

    def __init__(
        self,
        path: Path,
        *,
        sample_rate: int,
        channels: int,
        limits: EngineLimits,
        duration_ms: int,
        mp3_places: Sequence[int] = (),
    ) -> None:
        self._decoding = decoding = open_decoding(path, limits)
        self.channels = min(decoding.channels, channels)
        self._path, self._rate, self._limits = path, sample_rate, limits
        frames = _frames_promised(decoding, duration_ms)
        self._stretches = None if frames is None else open_stretches(decoding, mp3_places)
        if frames is None or decoding.container in _PROMISE_SLACK_MS or _is_a_guess(decoding):
            frames = duration_ms * decoding.sample_rate // 1000
        self._frames = frames * sample_rate // decoding.sample_rate
        self._windows: list[tuple[int, Samples]] = []
        self._walked: WalkedSource | None = None

    @property
    def mp3_places(self) -> list[int]:
        """What was found out about an MP3, for the next one who reads it."""
        return self._stretches.places if isinstance(self._stretches, Mp3Stretches) else []

    def read(self, start: int, end: int) -> Samples:
        """As in `Source`."""
        first, last = max(start, 0), max(self.frames_until(end), 0)
        result = np.zeros((end - start, self.channels), np.float32)
        if first < last:
            sound = self._sound(first, last)
            result[first - start : first - start + len(sound)] = sound
        return result

    def frames_until(self, end: int) -> int:
        """As in `Source`; from ``duration_ms`` where the file itself does not say."""
        return min(self._frames, end)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the use of the file."""
        if self._stretches:
            self._stretches.close()
        if self._walked:
            self._walked.close()

    def _sound(self, first: int, last: int) -> Samples:
        for start, window in self._windows:
            if start <= first and last <= start + len(window):
                return window[first - start : last - start]
        if self._stretches:
            start = max(first - int(_AROUND_SECONDS * self._rate), 0)
            end = min(max(last, first + int(_AHEAD_SECONDS * self._rate)) + first - start, self._frames)
            found = self._stretch(start, end)
            if found is not None:
                self._windows = [*self._windows[-_WINDOWS_MAX:], (start, found)]
                return found[first - start : last - start]
            self._stretches.close()
            self._stretches = None
        return self._walked_through(first, last)

    def _stretch(self, start: int, end: int) -> Samples | None:
        """Decodes frames at the rate of the output; None when the file does not hold them where it should."""
        own_rate = self._decoding.sample_rate
        shared = math.gcd(own_rate, self._rate)
        # Both clocks stand at a whole frame only every so often; the resampler must begin at such an instant.
        own_step, step = own_rate // shared, self._rate // shared
        margin = _FILTER_FRAMES if own_rate != self._rate else 0
        steps = max((start * own_rate // self._rate - margin) // own_step, 0)
        own_start, own_end = steps * own_step, -(-end * own_rate // self._rate) + margin
        sound = self._stretches.read(own_start, own_end) if self._stretches else None
        if sound is None:
            return None
        require_numbers(sound)
        sound = with_channels(with_channels(sound, self._decoding.channels), self.channels)
        if own_rate != self._rate:
            sound = soxr.resample(sound, own_rate, self._rate, quality="HQ")
        sound = sound[start - steps * step : end - steps * step]
        return None if end - start - len(sound) > self._rate * _MISSING_MS_MAX // 1000 else sound

    def _walked_through(self, first: int, last: int) -> Samples:
        if self._walked:
            try:
                return self._walked.read(first, last)
            except ValueError:  # that place has been passed; begin anew
                self._walked.close()
        self._walked = WalkedSource(self._path, sample_rate=self._rate, channels=self.channels, limits=self._limits)
        return self._walked.read(first, last)


def _frames_promised(decoding: Decoding, duration_ms: int) -> int | None:
    """How many frames the file says it has, or a guess where it says nothing; None when that was not what came out."""
    promised = decoding.reader.frames_promised or 0
    slack_ms = _PROMISE_SLACK_MS.get(decoding.container, _PROMISE_SLACK_MS_ELSE)
    if _is_a_guess(decoding):
        return promised
    off_ms = abs(promised * 1000 / decoding.sample_rate - duration_ms)
    return promised if off_ms <= slack_ms else None


def _is_a_guess(decoding: Decoding) -> bool:
    return math.isinf(decoding.reader.promise_slack_seconds)
