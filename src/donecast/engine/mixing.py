"""Laying clips and beds on the timeline, one block of frames after the other, exact to the sample.

Fades are raised cosines of equal gain: where a cut removed nothing, the two sides of its crossfade add up to what was
there before.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from donecast.core.loudness import amplitude_of
from donecast.core.plan import Bed, Clip, RenderPlan, Track, frame_at
from donecast.engine.ducking import DUCKING_HZ
from donecast.engine.errors import SourceTooShort
from donecast.engine.raw_audio import RawAudio
from donecast.engine.samples import Samples, with_channels

_MISSING_MS_MAX = 50
"""A plan counts whole milliseconds of rounded durations; so much silence at a source's end is no mistake."""
_LOOP_FADE_MS = 20


@dataclass(frozen=True, slots=True)
class _Fade:
    """A stretch of the timeline in frames over which a clip comes in or goes out."""

    start: int
    end: int

    def rising(self, first: int, last: int) -> NDArray[np.float32]:
        """Gain of each frame from ``first`` to ``last``, 0 before the fade and 1 after it."""
        position = (np.arange(first, last) - self.start + 0.5) / max(self.end - self.start, 1)
        gain: NDArray[np.float32] = (0.5 - 0.5 * np.cos(np.pi * np.clip(position, 0.0, 1.0))).astype(np.float32)
        return gain


@dataclass(frozen=True, slots=True)
class _PlacedClip:
    """A clip in frames: ``offset`` added to a place on the timeline is the place in the source."""

    source: RawAudio
    offset: int
    gain: float
    fade_in: _Fade
    fade_out: _Fade

    def add_to(self, block: Samples, start: int) -> None:
        first, last = max(start, self.fade_in.start), min(start + len(block), self.fade_out.end)
        if first >= last:
            return
        sound = with_channels(self.source.read(first + self.offset, last + self.offset), block.shape[1])
        gain = np.full(last - first, self.gain, np.float32)
        if first < self.fade_in.end:
            gain *= self.fade_in.rising(first, last)
        if last > self.fade_out.start:
            gain *= 1 - self.fade_out.rising(first, last)
        block[first - start : last - start] += sound * gain[:, None]


class SpeechMixer:
    """The clips of all tracks."""

    def __init__(self, plan: RenderPlan, sources: Mapping[str, RawAudio]) -> None:
        self._channels = plan.output.channels
        rate = plan.output.sample_rate
        self._clips = [clip for track in plan.tracks for clip in _placed(track, sources, rate)]

    def block(self, start: int, end: int) -> Samples:
        """Frames ``start`` to ``end`` of the timeline."""
        result = np.zeros((end - start, self._channels), np.float32)
        for clip in self._clips:
            clip.add_to(result, start)
        return result


def _placed(track: Track, sources: Mapping[str, RawAudio], rate: int) -> list[_PlacedClip]:
    half = frame_at(track.crossfade_ms, rate) // 2
    placed: list[_PlacedClip] = []
    for index, clip in enumerate(track.clips):
        source = sources[clip.source_hash]
        _require_length(clip, source, rate)
        before = track.clips[index - 1] if index else None
        after = track.clips[index + 1] if index + 1 < len(track.clips) else None
        placed.append(
            _PlacedClip(
                source=source,
                offset=frame_at(clip.source_start_ms, rate) - frame_at(clip.at_ms, rate),
                gain=amplitude_of(clip.gain_db),
                fade_in=_fade_in(clip, before, half, rate),
                fade_out=_fade_out(clip, after, source, half, rate),
            )
        )
    return placed


def _fade_in(clip: Clip, before: Clip | None, half: int, rate: int) -> _Fade:
    start, first = frame_at(clip.at_ms, rate), frame_at(clip.source_start_ms, rate)
    half = min(half, _half_length(clip, rate))
    if before is None or before.end_ms != clip.at_ms:
        return _Fade(start, start + half)
    half = min(half, _half_length(before, rate))
    return _Fade(start - min(half, first), start + half)  # a source has nothing before its beginning


def _fade_out(clip: Clip, after: Clip | None, source: RawAudio, half: int, rate: int) -> _Fade:
    end = frame_at(clip.end_ms, rate)
    half = min(half, _half_length(clip, rate))
    if after is None or after.at_ms != clip.end_ms:
        return _Fade(end - half, end)
    half = min(half, _half_length(after, rate))
    left = max(0, source.frames - frame_at(clip.source_end_ms, rate))
    return _Fade(end - half, end + min(half, left))


def _half_length(clip: Clip, rate: int) -> int:
    return (frame_at(clip.end_ms, rate) - frame_at(clip.at_ms, rate)) // 2


def _require_length(clip: Clip, source: RawAudio, rate: int) -> None:
    if clip.source_end_ms - _MISSING_MS_MAX > source.frames * 1000 / rate:
        raise SourceTooShort(
            details={
                "source": clip.source_hash,
                "wanted_ms": clip.source_end_ms,
                "has_ms": source.frames * 1000 // rate,
            }
        )


class BedMixer:
    """The beds, faded, looped and ducked."""

    def __init__(
        self, plan: RenderPlan, sources: Mapping[str, RawAudio], ducking: Sequence[NDArray[np.float32] | None]
    ) -> None:
        rate = plan.output.sample_rate
        self._channels = plan.output.channels
        self._rate = rate
        self._beds = [
            (_PlacedBed(bed, sources[bed.source_hash], rate), envelope)
            for bed, envelope in zip(plan.beds, ducking, strict=True)
        ]

    def add_to(self, block: Samples, start: int) -> None:
        """Adds the beds to a block that begins at a frame of the timeline."""
        for bed, envelope in self._beds:
            bed.add_to(block, start, envelope)


class _PlacedBed:
    def __init__(self, bed: Bed, source: RawAudio, rate: int) -> None:
        self._loop = _Loop(source, rate)
        self._rate = rate
        self._start, self._end = frame_at(bed.start_ms, rate), frame_at(bed.end_ms, rate)
        self._gain = amplitude_of(bed.gain_db)
        length = self._end - self._start
        fade_in, fade_out = frame_at(bed.fade_in_ms, rate), frame_at(bed.fade_out_ms, rate)
        if fade_in + fade_out > length:  # a short bed keeps the proportion of its fades
            fade_in, fade_out = (part * length // (fade_in + fade_out) for part in (fade_in, fade_out))
        self._fade_in = _Fade(self._start, self._start + fade_in)
        self._fade_out = _Fade(self._end - fade_out, self._end)

    def add_to(self, block: Samples, start: int, ducking: NDArray[np.float32] | None) -> None:
        first, last = max(start, self._start), min(start + len(block), self._end)
        if first >= last:
            return
        sound = with_channels(self._loop.read(first - self._start, last - self._start), block.shape[1])
        gain = np.full(last - first, self._gain, np.float32)
        if self._fade_in.start < self._fade_in.end:
            gain *= self._fade_in.rising(first, last)
        if self._fade_out.start < self._fade_out.end:
            gain *= 1 - self._fade_out.rising(first, last)
        if ducking is not None:
            at = np.arange(first, last) * (DUCKING_HZ / self._rate)
            gain *= np.interp(at, np.arange(len(ducking)), ducking).astype(np.float32)
        block[first - start : last - start] += sound * gain[:, None]


class _Loop:
    """A source without an end. Where its end meets its beginning already, nothing is done; else the two crossfade."""

    def __init__(self, source: RawAudio, rate: int) -> None:
        fade = min(frame_at(_LOOP_FADE_MS, rate), source.frames // 4)
        self._source = source
        self._fade = 0 if _meets_itself(source, fade) else fade
        self._period = max(source.frames - self._fade, 1)

    def read(self, start: int, end: int) -> Samples:
        result = np.zeros((end - start, self._source.channels), np.float32)
        for turn in range(start // self._period, math.ceil(end / self._period)):
            begin = turn * self._period
            first, last = max(start, begin), min(end, begin + self._source.frames)
            sound = self._source.read(first - begin, last - begin)
            gain = np.ones(len(sound), np.float32)
            if self._fade and turn:
                gain *= _Fade(begin, begin + self._fade).rising(first, last)
            if self._fade:
                over = begin + self._period
                gain *= 1 - _Fade(over, over + self._fade).rising(first, last)
            result[first - start : last - start] += sound * gain[:, None]
        before = (start // self._period - 1) * self._period
        if self._fade and start and before >= 0:
            self._add_tail(result, start, end, before)
        return result

    def _add_tail(self, result: Samples, start: int, end: int, begin: int) -> None:
        # The turn before this one may still be going out where the block begins.
        last = min(end, begin + self._source.frames)
        if start < last:
            over = begin + self._period
            gain = 1 - _Fade(over, over + self._fade).rising(start, last)
            result[: last - start] += self._source.read(start - begin, last - begin) * gain[:, None]


def _meets_itself(source: RawAudio, around: int) -> bool:
    """Whether going from the last frame to the first is no larger a step than the steps nearby."""
    if source.frames < 2 or around < 2:
        return False
    ending, beginning = source.read(source.frames - around, source.frames), source.read(0, around)
    steps = max(float(np.abs(np.diff(ending, axis=0)).max()), float(np.abs(np.diff(beginning, axis=0)).max()))
    return float(np.abs(beginning[0] - ending[-1]).max()) <= steps
