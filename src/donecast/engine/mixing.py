"""Laying the clips of the speech tracks on the timeline, one block of frames after the other, exact to the sample.

Clips never move. What may move a little is the instant at which a joint goes from one clip to the next: the crossfade
stands at the quietest place near the cut, where it is heard least. Length and places of everything stay as planned.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from donecast.core.loudness import amplitude_of
from donecast.core.plan import Clip, RenderPlan, Track, frame_at
from donecast.engine.errors import SourceTooShort
from donecast.engine.fades import Fade
from donecast.engine.samples import Samples, mono, with_channels
from donecast.engine.sources import Source, SourceKey

_MISSING_MS_MAX = 50
"""A plan counts whole milliseconds of rounded durations; so much silence at a source's end is no mistake."""
_SEARCH_MS = 15
"""How far from the cut a crossfade may stand: less than a sound of speech lasts."""
_SEARCH_STEP_MS = 1
_WORTH_MOVING = 0.5
"""It moves only to where there is less than half of the energy at the cut itself."""


class SpeechMixer:
    """The clips of all tracks. Blocks are asked for in order of time, where sources are walked through."""

    def __init__(self, plan: RenderPlan, sources: Mapping[SourceKey, Source], channels: int | None = None) -> None:
        """``channels`` is what blocks have: those of the output when None; one is enough where all speech is mono."""
        self._channels = channels or plan.output.channels
        self._tracks = [_TrackMixer(track, sources, plan.output.sample_rate) for track in plan.tracks if track.clips]

    def block(self, start: int, end: int) -> Samples:
        """Frames ``start`` to ``end`` of the timeline; shape (frames, channels), column-contiguous."""
        result: Samples = np.zeros((self._channels, end - start), np.float32).T
        for track in self._tracks:
            track.add_to(result, start)
        return result


class _Stretch(Protocol):
    """A part of a track that no other part of it overlaps."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...

    def add_to(self, block: Samples, block_start: int) -> None: ...


class _TrackMixer:
    """A track as bodies of clips and the joints between them, in order of time."""

    def __init__(self, track: Track, sources: Mapping[SourceKey, Source], rate: int) -> None:
        clips = [_PlacedClip(clip, sources[clip.source_hash, track.treatment], rate) for clip in track.clips]
        half = frame_at(track.crossfade_ms, rate) // 2
        self._stretches = _stretches(clips, half, rate)
        self._starts = [stretch.start for stretch in self._stretches]

    def add_to(self, block: Samples, block_start: int) -> None:
        index = max(bisect_right(self._starts, block_start) - 1, 0)
        while index < len(self._starts) and self._starts[index] < block_start + len(block):
            self._stretches[index].add_to(block, block_start)
            index += 1


def _stretches(clips: "Sequence[_PlacedClip]", half: int, rate: int) -> list[_Stretch]:
    result: list[_Stretch] = []
    start, fade_in = (clips[0].start, half) if clips else (0, 0)
    for clip, after in zip(clips, [*clips[1:], None], strict=True):
        if after is not None and after.start == clip.end:
            joint = _Joint(clip, after, half, rate)
            result += [_Body(clip, start, joint.start, fade_in, 0), joint]
            start, fade_in = joint.end, 0
        else:
            result.append(_Body(clip, start, clip.end, fade_in, half))
            start, fade_in = (after.start, half) if after else (0, 0)
    return [stretch for stretch in result if stretch.start < stretch.end]


class _PlacedClip:
    """A clip in frames: ``offset`` added to a place on the timeline is the place in the source."""

    def __init__(self, clip: Clip, source: Source, rate: int) -> None:
        self._clip, self._source, self._rate = clip, source, rate
        self.start, self.end = frame_at(clip.at_ms, rate), frame_at(clip.end_ms, rate)
        self.offset = frame_at(clip.source_start_ms, rate) - self.start
        self._gain = np.float32(amplitude_of(clip.gain_db))

    @property
    def half_length(self) -> int:
        return (self.end - self.start) // 2

    def read(self, start: int, end: int, channels: int) -> Samples:
        """Its source's sound at a stretch of the timeline, as loud as the clip is. Raises SourceTooShort."""
        sound = with_channels(self._source.read(start + self.offset, end + self.offset), channels)
        wanted = min(end, self.end) + self.offset
        there = self._source.frames_until(wanted)
        if wanted - there > frame_at(_MISSING_MS_MAX, self._rate):
            has_ms = there * 1000 // self._rate
            details = {"source": self._clip.source_hash, "wanted_ms": self._clip.source_end_ms, "has_ms": has_ms}
            raise SourceTooShort(details=details)
        return sound if self._gain == 1 else sound * self._gain

    def source_end(self, end: int) -> int:
        """Where on the timeline its source ends, if that is before ``end``."""
        return self._source.frames_until(end + self.offset) - self.offset


@dataclass(frozen=True, slots=True)
class _Body:
    """A clip between its joints; where it has no neighbour it fades."""

    clip: _PlacedClip
    start: int
    end: int
    fade_in: int
    fade_out: int

    def add_to(self, block: Samples, block_start: int) -> None:
        first, last = max(self.start, block_start), min(self.end, block_start + len(block))
        if first >= last:
            return
        sound = self.clip.read(first, last, block.shape[1])
        fade_in = Fade(self.start, self.start + min(self.fade_in, self.clip.half_length))
        fade_out = Fade(self.end - min(self.fade_out, self.clip.half_length), self.end)
        if fade_in.touches(first, last):
            sound = sound * fade_in.rising(first, last)[:, None]
        if fade_out.touches(first, last):
            sound = sound * (1 - fade_out.rising(first, last))[:, None]
        block[first - block_start : last - block_start] += sound


class _Joint:
    """Where one clip goes over into the next."""

    def __init__(self, before: _PlacedClip, after: _PlacedClip, half: int, rate: int) -> None:
        self._before, self._after = before, after
        room = min(before.half_length, after.half_length)
        self._half = min(half, room)
        self._step = frame_at(_SEARCH_STEP_MS, rate)
        reach = self._half + min(frame_at(_SEARCH_MS, rate), room - self._half) if half else 0
        self.start, self.end = after.start - reach, after.start + reach
        self._sound: Samples | None = None

    def add_to(self, block: Samples, block_start: int) -> None:
        if self._sound is None or self._sound.shape[1] != block.shape[1]:
            self._sound = self._crossfaded(block.shape[1])
        first, last = max(self.start, block_start), min(self.end, block_start + len(block))
        block[first - block_start : last - block_start] += self._sound[first - self.start : last - self.start]
        if last == self.end:
            self._sound = None  # it may be asked for again, but thousands of joints need not be kept

    def _crossfaded(self, channels: int) -> Samples:
        cut, half = self._after.start, self._half
        # In this order, so that a source that is walked through is read forwards.
        outgoing = self._before.read(self.start, self.end, channels)
        ends = self._before.source_end(self.end)
        incoming = self._after.read(self.start, self.end, channels)
        begins = max(self.start, -self._after.offset)  # there is nothing before a source's beginning
        at = cut
        if begins <= cut - half and cut + half <= ends:
            at = self._quietest(outgoing, incoming, begins, ends)
        falling = 1 - Fade(at - half, min(at + half, ends)).rising(self.start, self.end)
        rising = Fade(max(at - half, begins), at + half).rising(self.start, self.end)
        sound: Samples = outgoing * falling[:, None] + incoming * rising[:, None]
        return sound

    def _quietest(self, outgoing: Samples, incoming: Samples, begins: int, ends: int) -> int:
        """The middle of the crossfade with the least energy; of equals the nearest to the cut, if it pays at all."""
        cut, half, step = self._after.start, self._half, self._step
        power = mono(np.square(outgoing) + np.square(incoming)).astype(np.float64)
        total = np.concatenate([[0.0], np.cumsum(power)])
        earlier, later = (cut - half - begins) // step, (ends - half - cut) // step
        shifts = np.arange(-earlier, later + 1) * step
        places = cut + shifts[np.argsort(np.abs(shifts), kind="stable")]
        places = places[(places - half >= self.start) & (places + half <= self.end)]
        energies = total[places + half - self.start] - total[places - half - self.start]
        best = int(np.argmin(energies))
        return int(places[best]) if energies[best] < _WORTH_MOVING * energies[0] else cut
