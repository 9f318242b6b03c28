"""Music without an end: one lap after the other, without a click and without a dip between them.

Where a lap's end goes on into its beginning by itself, nothing is done. Else the two crossfade, at the place near the
end where the music is most alike to its beginning, by a curve that keeps the level of what is alike or unlike.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from donecast.core.plan import frame_at
from donecast.engine.decoding import Decoding, open_decoding
from donecast.engine.fades import Fade
from donecast.engine.limits import EngineLimits
from donecast.engine.raw_audio import RawAudio
from donecast.engine.samples import Channel, Samples, with_channels
from donecast.engine.sources import Source, unpacked

_FADE_MS = 20
_SEARCH_MS = 20
"""How much of the end may be given up to find a likeness: one turn of the lowest tone that matters, 50 Hz."""
_NEARLY_AS_ALIKE = 0.02
"""Of places that are nearly as good the latest is taken, so that the lap stays as long as it can."""
_PREDICTED_FROM = 32
_INAUDIBLE = 3e-4
"""A step of 70 dB below the peak of the music around it is none."""
_IN_MEMORY_MS_MAX = 60_000
"""A lap of up to a minute is held in memory, some 20 MB; a longer one is read from disk as it is needed."""
_EVERYTHING = 1 << 62
_CONTEXT_FRAMES = 4_096
"""What a resampler is given of the end before the beginning, and of the beginning after the end; it hears some 200."""


def unpack_lap(
    path: Path,
    out: Path,
    *,
    sample_rate: int,
    channels: int,
    limits: EngineLimits,
    on_frames: Callable[[Decoding], None],
) -> RawAudio:
    """As `sources.unpack_source`, but what is a loop stays one when it is resampled.

    A resampler takes it that there is silence around a sound, which leaves a click in a loop. So it is given the end
    before the beginning, and a lap becomes a whole number of frames; that moves no instant by more than half a frame.
    """
    decoding = open_decoding(path, limits)
    rate = decoding.sample_rate
    if rate == sample_rate:
        return unpacked(decoding, out, sample_rate=rate, channels=channels, on_frames=on_frames)
    beside = out.with_name(f"{out.name}.given")
    given = unpacked(decoding, beside, sample_rate=rate, channels=channels, on_frames=on_frames)
    try:
        context = _CONTEXT_FRAMES if _is_loop(given, rate) else 0
        return _resampled(given, out, rate, sample_rate, min(context, given.frames))
    finally:
        given.close()


class Loop:
    """A source without an end, at the rate and with the channels of the output; any stretch, by any thread.

    A crossfade is part of the period: its frames go out of the end into the beginning, but for the first turn.
    """

    def __init__(self, source: Source, rate: int, channels: int) -> None:
        frames = source.frames_until(_EVERYTHING)
        fade = min(frame_at(_FADE_MS, rate), frames // 4)
        self._source, self._channels = source, channels
        self._period, self._fade = max(frames, 1), 0
        beginning, ending = source.read(0, fade), source.read(frames - fade, frames)
        if fade and not _goes_on(ending, beginning):
            search = min(frame_at(_SEARCH_MS, rate), frames // 4)
            given_up, likeness = _most_alike(source.read(frames - fade - search, frames), beginning)
            self._period, self._fade = frames - fade - given_up, fade
            ending = source.read(self._period, self._period + fade)
            self._seam = with_channels(_crossfaded(ending, beginning, likeness), channels)
        is_short = frames <= frame_at(_IN_MEMORY_MS_MAX, rate)
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


def _is_loop(source: Source, rate: int) -> bool:
    frames = source.frames_until(_EVERYTHING)
    around = min(frame_at(_FADE_MS, rate), frames // 4)
    return _goes_on(source.read(frames - around, frames), source.read(0, around))


def _resampled(given: RawAudio, out: Path, rate: int, wanted: int, context: int) -> RawAudio:
    """``context`` frames of the end are heard before the beginning, and as many of the beginning after the end."""
    frames = round(given.frames * wanted / rate)
    ratio = (given.frames, frames) if context else (rate, wanted)
    resampler = soxr.ResampleStream(*ratio, given.channels, dtype="float32", quality="HQ")
    raw = RawAudio(out, given.channels)
    at = -round(context * ratio[1] / ratio[0])
    stretches = [(-context, 0), *given.blocks(), (given.frames, given.frames + context)]
    for start, end in stretches:
        around = start % given.frames
        sound = resampler.resample_chunk(given.read(around, around + end - start), last=(start, end) == stretches[-1])
        raw.write(max(at, 0), sound[max(-at, 0) : max(frames - at, 0) if context else None])
        at += len(sound)
    return raw


def _goes_on(ending: Samples, beginning: Samples) -> bool:
    """Whether the ending goes on into the beginning as music goes on: no less foreseeable there than nearby.

    Each frame is foreseen from those before it, by the linear rule that fits best on the two sides of the seam. A step
    or a fold in the wave cannot be foreseen; a beat of a drum cannot either, and beside one nothing else is heard.
    """
    order = min(_PREDICTED_FROM, len(ending) // 4)
    if not order:
        return False
    surprises, usual = 0.0, 0.0
    for channel in range(ending.shape[1]):
        before, after = (side[:, channel].astype(np.float64) for side in (ending, beginning))
        histories, values = _histories(np.concatenate([before, after]), order)
        crosses = slice(len(before) - order, len(before))
        inside = np.delete(histories, crosses, axis=0), np.delete(values, crosses)
        rule = np.linalg.lstsq(*inside, rcond=None)[0]
        surprises = max(surprises, float(np.abs(values[crosses] - histories[crosses] @ rule).max()))
        usual = max(usual, float(np.abs(inside[1] - inside[0] @ rule).max()))
    peak = max(float(np.abs(side).max()) for side in (ending, beginning))
    return surprises <= max(usual, _INAUDIBLE * peak)


def _histories(wave: NDArray[np.float64], order: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each value of a wave from the ``order``-th on: what came before it, and itself."""
    rows = np.lib.stride_tricks.sliding_window_view(wave, order + 1)
    return rows[:, :-1], rows[:, -1]


def _most_alike(ending: Samples, beginning: Samples) -> tuple[int, float]:
    """How many frames of the ending to give up so that what is left ends most like the beginning, and how alike.

    From 0 to 1: the normalised correlation of as many frames as the beginning has; 0 as well for what is opposite.
    """
    places = len(ending) - len(beginning) + 1
    products, energies = np.zeros(places), np.zeros(places)
    for channel in range(ending.shape[1]):
        wave = ending[:, channel].astype(np.float64)
        products += np.correlate(wave, beginning[:, channel].astype(np.float64), "valid")
        sums = np.concatenate([[0.0], np.cumsum(np.square(wave))])
        energies += sums[len(beginning) :] - sums[:places]
    own = float(np.square(beginning, dtype=np.float64).sum())
    alike = products / np.sqrt(np.maximum(energies * own, 1e-20))
    latest = int(np.flatnonzero(alike >= alike.max() - _NEARLY_AS_ALIKE)[-1])
    return places - 1 - latest, float(np.clip(alike[latest], 0.0, 1.0))


def _crossfaded(ending: Samples, beginning: Samples, likeness: float) -> Samples:
    """Out of one into the other. What is alike adds up as amplitudes, what is unlike as powers: the level stays."""
    rising = Fade(0, len(beginning)).rising(0, len(beginning))
    falling = 1 - rising
    level: Channel = np.sqrt(rising**2 + falling**2 + np.float32(2 * likeness) * rising * falling)
    return ending * (falling / level)[:, None] + beginning * (rising / level)[:, None]


def _by_channel(samples: Samples) -> Samples:
    """The same, column-contiguous."""
    return np.ascontiguousarray(samples.T).T
