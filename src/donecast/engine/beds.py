"""Music under the speech: looped without a click, faded, and stepping back where somebody speaks."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from donecast.core.loudness import amplitude_of
from donecast.core.plan import Bed, RenderPlan, Treatment, frame_at
from donecast.engine.ducking import DUCKING_HZ
from donecast.engine.fades import Fade, straight_between
from donecast.engine.samples import Channel, Samples, with_channels
from donecast.engine.sources import Source, SourceKey

_LOOP_FADE_MS = 20
_IN_MEMORY_MS_MAX = 60_000
"""A bed of up to a minute is held in memory, some 20 MB; a longer one is read from disk as it is needed."""
_EVERYTHING = 1 << 62


class BedMixer:
    """All beds of a plan; any block, by any thread."""

    def __init__(
        self, plan: RenderPlan, sources: Mapping[SourceKey, Source], ducking: Sequence[NDArray[np.float32] | None]
    ) -> None:
        rate = plan.output.sample_rate
        self._beds = [
            _PlacedBed(bed, sources[bed.source_hash, Treatment()], rate, plan.output.channels, curve)
            for bed, curve in zip(plan.beds, ducking, strict=True)
        ]

    def add_to(self, block: Samples, start: int) -> None:
        """Adds the beds to a block that begins at a frame of the timeline."""
        for bed in self._beds:
            bed.add_to(block, start)


class _PlacedBed:
    def __init__(self, bed: Bed, source: Source, rate: int, channels: int, ducking: NDArray[np.float32] | None) -> None:
        self._loop = _Loop(source, rate, channels)
        self._ducking = ducking
        self._hop = rate // DUCKING_HZ
        self._start, self._end = frame_at(bed.start_ms, rate), frame_at(bed.end_ms, rate)
        self._gain = np.float32(amplitude_of(bed.gain_db))
        length = self._end - self._start
        fade_in, fade_out = frame_at(bed.fade_in_ms, rate), frame_at(bed.fade_out_ms, rate)
        if fade_in + fade_out > length:  # a short bed keeps the proportion of its fades
            fade_in, fade_out = (part * length // (fade_in + fade_out) for part in (fade_in, fade_out))
        self._fade_in = Fade(self._start, self._start + fade_in)
        self._fade_out = Fade(self._end - fade_out, self._end)

    def add_to(self, block: Samples, start: int) -> None:
        first, last = max(start, self._start), min(start + len(block), self._end)
        if first >= last:
            return
        gain = self._gains(first, last)
        for at, sound in self._loop.pieces(first - self._start, last - self._start):
            place = self._start + at
            for channel in range(block.shape[1]):
                target = block[place - start : place - start + len(sound), channel]
                target += sound[:, channel] * gain[place - first : place - first + len(sound)]

    def _gains(self, first: int, last: int) -> Channel:
        if self._ducking is None:
            gain = np.full(last - first, self._gain, np.float32)
        else:
            gain = straight_between(self._ducking, self._hop, first, last)
            gain *= self._gain
        if self._fade_in.touches(first, last):
            gain *= self._fade_in.rising(first, last)
        if self._fade_out.touches(first, last):
            gain *= 1 - self._fade_out.rising(first, last)
        return gain


class _Loop:
    """A source without an end. Where its end meets its beginning already, nothing is done; else the two crossfade.

    The crossfade is part of the period: its first frames go out of the end into the beginning, but for the first turn.
    """

    def __init__(self, source: Source, rate: int, channels: int) -> None:
        self._frames = source.frames_until(_EVERYTHING)
        fade = min(frame_at(_LOOP_FADE_MS, rate), self._frames // 4)
        self._source = source
        self._fade = 0 if self._meets_itself(fade) else fade
        self._period = max(self._frames - self._fade, 1)
        self._channels = channels
        self._seam = with_channels(self._crossfaded(), channels)
        is_short = self._frames <= frame_at(_IN_MEMORY_MS_MAX, rate)
        self._held = _by_channel(with_channels(source.read(0, self._period), channels)) if is_short else None

    def pieces(self, start: int, end: int) -> Iterator[tuple[int, Samples]]:
        """The sound from ``start`` to ``end`` of the endless loop, in pieces with where each begins."""
        at = start
        while at < end:
            turn, place = divmod(at, self._period)
            seam = turn and place < self._fade
            last = min(end, turn * self._period + (self._fade if seam else self._period))
            yield at, self._seam[place : place + last - at] if seam else self._sound(place, place + last - at)
            at = last

    def _sound(self, start: int, end: int) -> Samples:
        if self._held is not None:
            return self._held[start:end]
        return with_channels(self._source.read(start, end), self._channels)

    def _crossfaded(self) -> Samples:
        rising = Fade(0, self._fade).rising(0, self._fade)[:, None]
        ending = self._source.read(self._period, self._period + self._fade)
        return ending * (1 - rising) + self._source.read(0, self._fade) * rising

    def _meets_itself(self, around: int) -> bool:
        """Whether going from the last frame to the first is no larger a step than the steps nearby."""
        if self._frames < 2 or around < 2:
            return False
        ending, beginning = self._source.read(self._frames - around, self._frames), self._source.read(0, around)
        steps = max(float(np.abs(np.diff(ending, axis=0)).max()), float(np.abs(np.diff(beginning, axis=0)).max()))
        return float(np.abs(beginning[0] - ending[-1]).max()) <= steps


def _by_channel(samples: Samples) -> Samples:
    """The same, column-contiguous."""
    return np.ascontiguousarray(samples.T).T
