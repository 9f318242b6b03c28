"""Music under the speech: looped without a click, faded, and stepping back where somebody speaks."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from donecast.core.loudness import amplitude_of
from donecast.core.plan import Bed, RenderPlan, Treatment, frame_at
from donecast.engine.ducking import DUCKING_HZ
from donecast.engine.fades import Fade, straight_between
from donecast.engine.samples import Channel, Samples, with_channels
from donecast.engine.sources import Source, SourceKey

_LOOP_FADE_MS = 20
_EVERYTHING = 1 << 62


class BedMixer:
    """All beds of a plan; any block, by any thread."""

    def __init__(
        self, plan: RenderPlan, sources: Mapping[SourceKey, Source], ducking: Sequence[NDArray[np.float32] | None]
    ) -> None:
        rate = plan.output.sample_rate
        self._beds = [
            _PlacedBed(bed, sources[bed.source_hash, Treatment()], rate, curve)
            for bed, curve in zip(plan.beds, ducking, strict=True)
        ]

    def add_to(self, block: Samples, start: int) -> None:
        """Adds the beds to a block that begins at a frame of the timeline."""
        for bed in self._beds:
            bed.add_to(block, start)


class _PlacedBed:
    def __init__(self, bed: Bed, source: Source, rate: int, ducking: NDArray[np.float32] | None) -> None:
        self._loop = _Loop(source, rate)
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
        sound = with_channels(self._loop.read(first - self._start, last - self._start), block.shape[1])
        gain = self._gains(first, last)
        for channel in range(block.shape[1]):
            block[first - start : last - start, channel] += sound[:, channel] * gain

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
    """A source without an end. Where its end meets its beginning already, nothing is done; else the two crossfade."""

    def __init__(self, source: Source, rate: int) -> None:
        self._frames = source.frames_until(_EVERYTHING)
        fade = min(frame_at(_LOOP_FADE_MS, rate), self._frames // 4)
        self._source = source
        self._fade = 0 if self._meets_itself(fade) else fade
        self._period = max(self._frames - self._fade, 1)

    def read(self, start: int, end: int) -> Samples:
        result = np.zeros((end - start, self._source.channels), np.float32)
        for turn in range(max(start // self._period - 1, 0), math.ceil(end / self._period)):
            begin = turn * self._period
            first, last = max(start, begin), min(end, begin + self._frames)
            if first >= last:  # the turn before this one has gone out already
                continue
            sound = self._source.read(first - begin, last - begin)
            fade_in, fade_out = (Fade(at, at + self._fade) for at in (begin, begin + self._period))
            if turn and fade_in.touches(first, last):
                sound = sound * fade_in.rising(first, last)[:, None]
            if fade_out.touches(first, last):
                sound = sound * (1 - fade_out.rising(first, last))[:, None]
            result[first - start : last - start] += sound
        return result

    def _meets_itself(self, around: int) -> bool:
        """Whether going from the last frame to the first is no larger a step than the steps nearby."""
        if self._frames < 2 or around < 2:
            return False
        ending, beginning = self._source.read(self._frames - around, self._frames), self._source.read(0, around)
        steps = max(float(np.abs(np.diff(ending, axis=0)).max()), float(np.abs(np.diff(beginning, axis=0)).max()))
        return float(np.abs(beginning[0] - ending[-1]).max()) <= steps
