"""Tracks on one clock, each levelled by its own voice and turned down while only others speak, added up to one."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from donecast.core.loudness import amplitude_of
from donecast.engine.decoding import Decoding
from donecast.engine.loudness import LoudnessMeter
from donecast.engine.raw_audio import RawAudio
from donecast.engine.samples import Channel, mono
from donecast.engine.track_activity import Activity, gains_db
from donecast.engine.track_alignment import TrackAlignment
from donecast.engine.track_outline import HOPS_PER_SECOND

LEVEL_LUFS = -23.0
"""Each voice is brought here, as in EBU R 128: low enough for loud syllables to keep their peaks."""
_PEAK_MAX = 0.89
_GAIN_DB_MAX = 30.0
_BLOCK_HOPS = 150
_APART = 0.3
"""Of the way from the middle to one side: enough to tell voices apart, little enough for one ear of a headphone."""

Faders = NDArray[np.float32]
"""Amplitudes at the beginning of each hop, shape (hops + 1,)."""

Tell = Callable[[float], None]
"""Called with the share from 0 to 1 that is done of a part of the work."""


@dataclass(slots=True)
class PlacedTrack:
    """A track on the common clock, its first frame at ``start`` of the whole; ``faders`` say how far it is open."""

    sound: RawAudio
    start: int
    faders: Faders
    own_voice: bool
    loudness_lufs: float | None
    peak: float
    gain_db: float = 0.0


class TalkMix:
    """The common clock of several tracks and their sum. Rates and lengths (seconds) are the files' own."""

    def __init__(
        self,
        sample_rates: Sequence[int],
        seconds: Sequence[float],
        alignments: Sequence[TrackAlignment],
    ) -> None:
        self.sample_rate = 48_000 if max(sample_rates) > 44_100 else 44_100
        self._hop = self.sample_rate // HOPS_PER_SECOND
        self._alignments = alignments
        self._begins = min(one.reference_seconds(0.0) for one in alignments)
        ends = [one.reference_seconds(length) for one, length in zip(alignments, seconds, strict=True)]
        self.frames = round((max(ends) - self._begins) * self.sample_rate)
        self._hops = -(-self.frames // self._hop)

    def hops_of(self, number: int) -> NDArray[np.float64]:
        """For each hop of the whole, the hop of this track's own clock that is the same moment."""
        alignment = self._alignments[number]
        moments = self._begins + (np.arange(self._hops) + 0.5) / HOPS_PER_SECOND
        return (moments - alignment.offset_ms / 1000) * (alignment.rate_ratio * HOPS_PER_SECOND) - 0.5

    def place(self, number: int, decoding: Decoding, sound: RawAudio, activity: Activity, tell: Tell) -> PlacedTrack:
        """Decodes a track once into ``sound``, onto the common clock, and measures it as far as it is open."""
        alignment = self._alignments[number]
        start = round((alignment.reference_seconds(0.0) - self._begins) * self.sample_rate)
        faders = np.zeros(self._hops + 1, np.float32)
        faders[:-1] = 10 ** (gains_db(activity.open[number]) / 20)
        faders[-1] = faders[-2]
        track = PlacedTrack(sound, start, faders, activity.own_voice[number], None, 0.0)
        own_rate = decoding.sample_rate * alignment.rate_ratio
        resampler = None
        if own_rate != self.sample_rate:
            # One resampling brings both the file's rate and its clock's error to the common clock.
            resampler = soxr.ResampleStream(own_rate, self.sample_rate, 1, dtype="float32", quality="HQ")
        for block in decoding.blocks():
            heard = mono(block)
            sound.append((resampler.resample_chunk(heard, last=False) if resampler else heard)[:, None])
            tell(decoding.frames / max(decoding.frames_promised or 0, decoding.frames))
        if resampler:
            sound.append(resampler.resample_chunk(np.zeros(0, np.float32), last=True)[:, None])
        self._measure(track, activity, number)
        return track

    def _measure(self, track: PlacedTrack, activity: Activity, number: int) -> None:
        meter = LoudnessMeter(self.sample_rate, 1)
        for first in range(0, self._hops, _BLOCK_HOPS):
            last = min(first + _BLOCK_HOPS, self._hops)
            sound = self._faded(track, first, last)
            track.peak = max(track.peak, float(np.abs(sound).max()))
            speaking = activity.speaking[number, first:last]
            if speaking.any():
                meter.add(sound.reshape(-1, self._hop)[speaking].reshape(-1, 1))
        track.loudness_lufs = meter.integrated_lufs() if activity.speaking[number].any() else None

    def write(
        self, out: Path, tracks: Sequence[PlacedTrack], kept: Sequence[Path], tell: Tell, *, stereo: bool
    ) -> None:
        """Levels the tracks, then writes their sum as FLAC of 24 bits, and each by itself where ``kept`` names it."""
        self._level(tracks)
        sides = _sides(len(tracks)) if stereo else np.ones((len(tracks), 1), np.float32)
        with ExitStack() as files:
            whole, *singles = [
                files.enter_context(soundfile.SoundFile(path, "w", self.sample_rate, channels, "PCM_24", format="FLAC"))
                for path, channels in ((out, sides.shape[1]), *((path, 1) for path in kept))
            ]
            for first in range(0, self._hops, _BLOCK_HOPS):
                last = min(first + _BLOCK_HOPS, self._hops)
                length = min(last * self._hop, self.frames) - first * self._hop
                total = np.zeros((sides.shape[1], length), np.float32)
                for number, track in enumerate(tracks):
                    sound = self._faded(track, first, last)[:length]
                    sound *= np.float32(amplitude_of(track.gain_db) if track.own_voice else 0.0)
                    total += sides[number][:, None] * sound
                    if singles:
                        singles[number].write(sound)
                whole.write(total.T)
                tell(last / self._hops)

    def _level(self, tracks: Sequence[PlacedTrack]) -> None:
        for track in tracks:
            if track.loudness_lufs is not None:
                track.gain_db = max(-_GAIN_DB_MAX, min(_GAIN_DB_MAX, LEVEL_LUFS - track.loudness_lufs))
        highest = sum(track.peak * amplitude_of(track.gain_db) for track in tracks if track.own_voice)
        if highest > _PEAK_MAX:
            too_much_db = 20 * float(np.log10(highest / _PEAK_MAX))
            for track in tracks:
                track.gain_db -= too_much_db

    def _faded(self, track: PlacedTrack, first: int, last: int) -> Channel:
        """The track from one hop of the whole to another, as far as it is open at each sample."""
        sound: Channel = track.sound.read(first * self._hop - track.start, last * self._hop - track.start)[:, 0]
        faders = track.faders[first : last + 1]
        if faders.min() == faders.max():
            sound *= faders[0]
            return sound
        rise = np.arange(self._hop, dtype=np.float32) / np.float32(self._hop)
        curve = np.diff(faders)[:, None] * rise
        curve += faders[:-1, None]
        sound *= curve.reshape(-1)
        return sound


def _sides(tracks: int) -> NDArray[np.float32]:
    """Left and right amplitudes for each track, shape (tracks, 2): a little apart, each as loud as in the middle."""
    places = np.linspace(-_APART, _APART, tracks) if tracks > 1 else np.zeros(1)
    angles = (places + 1) * (np.pi / 4)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
