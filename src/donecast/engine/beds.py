"""Music under the speech: looped without a click, faded, and stepping back where somebody speaks."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from donecast.core.loudness import amplitude_of
from donecast.core.plan import Bed, RenderPlan, Treatment, frame_at
from donecast.engine.ducking import DUCKING_HZ
from donecast.engine.fades import Fade, straight_between
from donecast.engine.looping import Loop
from donecast.engine.samples import Channel, Samples
from donecast.engine.sources import Source, SourceKey


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
        self._loop = Loop(source, rate, channels)
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
