"""Signals whose loudness or peak is known, or that another meter may measure too, each made here.

The cases of EBU Tech 3341 (2016) and 3342 (2016) are synthesised after those documents' tables. Left out are 3341's 7
and 8 and 3342's 5 and 6, which are recordings, and 3341's 6, which has five channels: of more than two, intake makes
one. Cases 20 to 23 are a burst between the samples at four offsets, its crest at full scale by construction.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.signal import firwin

from benchmarks._material import speech_blocks

Sound = NDArray[np.float64]
"""Shape (frames, channels), full scale 1.0."""

_RATE = 48_000
_SILENT = -np.inf
_LEVEL = (0.1, 0.1)
_PEAK = (0.4, 0.2)
_RANGE = (1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a document, or arithmetic, says of one fact, and how far below and above it may be told."""

    fact: str
    value: float
    below: float
    above: float

    def kept_by(self, found: float | None) -> bool:
        """Whether this is near enough."""
        return found is not None and -self.below <= found - self.value <= self.above


@dataclass(frozen=True, slots=True)
class Signal:
    """``true_peak_dbtp``: the peak that the waveform has by arithmetic, where arithmetic tells it."""

    name: str
    make: Callable[[], Sound]
    rate: int = _RATE
    kind: str = "wav"
    expected: tuple[Expected, ...] = ()
    true_peak_dbtp: float | None = None


@dataclass(slots=True)
class _Tones:
    """Parts of one stereo tone of 1 kHz: (dBFS, seconds) each."""

    parts: list[tuple[float, float]] = field(default_factory=list)

    def __call__(self) -> Sound:
        ends = np.round(np.cumsum([seconds for _, seconds in self.parts]) * _RATE).astype(int)
        levels = [10 ** (dbfs / 20) for dbfs, _ in self.parts]
        envelope = np.repeat(levels, np.diff(ends, prepend=0))
        wave = envelope * np.sin(2 * np.pi * 1_000 * np.arange(len(envelope)) / _RATE)
        return np.repeat(wave[:, None], 2, axis=1)


def signals(folder: Path) -> Iterator[Signal]:
    """All of them. ``folder`` keeps spoken sentences."""
    yield from _loudness_cases()
    yield from _stretch_cases()
    yield from _peak_cases()
    yield from _range_cases()
    yield from _tones_elsewhere()
    yield from _noises()
    yield from _programmes(folder)


def _loudness_cases() -> Iterator[Signal]:
    cases: dict[int, tuple[list[tuple[float, float]], float]] = {
        1: ([(-23, 20)], -23),
        2: ([(-33, 20)], -33),
        3: ([(-36, 10), (-23, 60), (-36, 10)], -23),
        4: ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
        5: ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
    }
    for number, (parts, lufs) in cases.items():
        expected = [Expected("loudness_lufs", lufs, *_LEVEL)]
        if number <= 2:
            expected += [Expected(f"{name}_lufs_max", lufs, *_LEVEL) for name in ("momentary", "short_term")]
        yield Signal(f"3341-{number}", _Tones(parts), expected=tuple(expected))


def _stretch_cases() -> Iterator[Signal]:
    """Short-term and momentary: that they are constant is seen by their maximum, for a dip would lift another place."""
    yield _stretches("3341-9", "short_term", -23, [(-20, 1.34), (-30, 1.66)] * 5)
    for number in (0, 7, 19):
        parts = [(_SILENT, number * 0.15), (-23.0, 3.0), (_SILENT, 1.0)]
        yield _stretches(f"3341-10-{number + 1}", "short_term", -23, parts)
    rising = [[(_SILENT, n * 0.15), (-38.0 + n, 3.0), (_SILENT, 3 - n * 0.15)] for n in range(20)]
    yield _stretches("3341-11", "short_term", -19, [part for parts in rising for part in parts])
    yield _stretches("3341-12", "momentary", -23, [(-20, 0.18), (-30, 0.22)] * 25)
    for number in (0, 7, 19):
        parts = [(_SILENT, number * 0.02), (-23.0, 0.4), (_SILENT, 1.0)]
        yield _stretches(f"3341-13-{number + 1}", "momentary", -23, parts)
    rising = [[(_SILENT, n * 0.02), (-38.0 + n, 0.4), (_SILENT, 0.4 - n * 0.02)] for n in range(20)]
    yield _stretches("3341-14", "momentary", -19, [part for parts in rising for part in parts])


def _stretches(name: str, which: str, lufs: float, parts: list[tuple[float, float]]) -> Signal:
    return Signal(name, _Tones(parts), expected=(Expected(f"{which}_lufs_max", lufs, *_LEVEL),))


def _peak_cases() -> Iterator[Signal]:
    for number, divisor, amplitude, degrees, dbtp in (
        (15, 4, 0.50, 0.0, -6.0),
        (16, 4, 0.50, 45.0, -6.0),
        (17, 6, 0.50, 60.0, -6.0),
        (18, 8, 0.50, 67.5, -6.0),
        (19, 4, 1.41, 45.0, 3.0),
    ):
        yield Signal(
            f"3341-{number}",
            _phased(divisor, amplitude, degrees),
            expected=(Expected("true_peak_dbtp", dbtp, *_PEAK),),
            true_peak_dbtp=float(20 * np.log10(amplitude)),
        )
    for offset in range(4):
        yield Signal(
            f"3341-{20 + offset}",
            _burst(offset),
            expected=(Expected("true_peak_dbtp", 0.0, *_PEAK),),
            true_peak_dbtp=0.0,
        )


def _phased(divisor: int, amplitude: float, degrees: float) -> Callable[[], Sound]:
    """A tone at a fraction of the rate, from a phase on, with soft ends: abrupt ones have a peak of their own."""

    def make() -> Sound:
        places = np.arange(_RATE)
        fade = np.minimum(1, np.minimum(places, places[::-1]) / 2_400)
        wave = amplitude * fade * np.sin(2 * np.pi * places / divisor + np.radians(degrees))
        return np.repeat(wave[:, None], 2, axis=1)

    return make


def _burst(offset: int) -> Callable[[], Sound]:
    """At four times the rate: a soft tone of which one period is twice as high; every fourth sample of it."""

    def make() -> Sound:
        places = np.arange(4 * _RATE)
        middle = 2 * _RATE
        envelope = 0.5 * np.minimum(1, np.minimum(places, places[::-1]) / 9_600)
        envelope[middle : middle + 24] = 1.0
        wave = envelope * np.sin(2 * np.pi * places / 24)
        fine = np.convolve(wave, firwin(511, 20_000, fs=4 * _RATE), "same")
        crest = int(np.argmax(np.abs(fine)))
        fine /= np.abs(fine[crest])
        wave = fine[crest % 4 + offset :: 4]
        return np.repeat(wave[:, None], 2, axis=1)

    return make


def _range_cases() -> Iterator[Signal]:
    for number, levels, range_lu in (
        (1, (-20, -30), 10),
        (2, (-20, -15), 5),
        (3, (-40, -20), 20),
        (4, (-50, -35, -20, -35, -50), 15),
    ):
        tones = _Tones([(float(level), 20.0) for level in levels])
        yield Signal(f"3342-{number}", tones, expected=(Expected("loudness_range_lu", range_lu, *_RANGE),))


def _tones_elsewhere() -> Iterator[Signal]:
    """BS.1770-4: 997 Hz at full scale in one channel reads -3.01 LUFS."""
    for rate in (16_000, 22_050, 44_100, 96_000):
        expected = (Expected("loudness_lufs", -23.01, *_LEVEL),)
        yield Signal(f"997 Hz, {rate} Hz", _tone(997, rate), rate, expected=expected, true_peak_dbtp=-20.0)
    for hertz in (60, 3_000, 12_000):
        yield Signal(f"tone of {hertz} Hz", _tone(hertz, 44_100), 44_100, true_peak_dbtp=-20.0)


def _tone(hertz: float, rate: int) -> Callable[[], Sound]:
    def make() -> Sound:
        places = np.arange(10 * rate)
        fade = np.minimum(1, np.minimum(places, places[::-1]) / (0.05 * rate))
        wave = 0.1 * fade * np.sin(2 * np.pi * hertz * places / rate)
        return wave[:, None]

    return make


def _noises() -> Iterator[Signal]:
    yield Signal("white noise, stereo", lambda: _noise(48_000, 2, 1), 48_000)
    yield Signal("pink noise", lambda: _pink(_noise(44_100, 1, 2)), 44_100)
    yield Signal("pink noise, stereo", lambda: _pink(_noise(48_000, 2, 3)), 48_000)
    yield Signal("brown noise, 96 kHz", lambda: _pink(_pink(_noise(96_000, 1, 4))), 96_000)


def _noise(rate: int, channels: int, seed: int) -> Sound:
    return 0.1 * np.random.default_rng(seed).standard_normal((10 * rate, channels))


def _pink(sound: Sound) -> Sound:
    """3 dB less with each octave, from 20 Hz on, at the level it had."""
    spectrum = np.fft.rfft(sound, axis=0)
    shape = 1 / np.sqrt(np.maximum(np.arange(len(spectrum)), 200))[:, None]
    pink = np.fft.irfft(spectrum * shape, len(sound), axis=0)
    return pink * (np.std(sound) / np.std(pink))


def _programmes(folder: Path) -> Iterator[Signal]:
    """Speech and music as people send them, coded ones too."""
    for rate, channels, kind in (
        (44_100, 1, "wav"),
        (48_000, 2, "wav"),
        (16_000, 1, "wav"),
        (44_100, 2, "mp3"),
        (44_100, 1, "m4a"),
        (48_000, 2, "flac"),
    ):
        name = f"speech, {rate} Hz, {channels} channel(s), {kind}"
        yield Signal(name, _speech(folder, rate, channels), rate, kind)
    yield Signal("speech under hard clipping", lambda: np.clip(8 * _speech(folder, 44_100, 1)(), -0.9, 0.9), 44_100)
    yield Signal("chords", _chords, 44_100)


def _speech(folder: Path, rate: int, channels: int) -> Callable[[], Sound]:
    def make() -> Sound:
        spoken = np.concatenate(list(speech_blocks(folder, 20, channels=channels, seed=rate)))
        return spoken.astype(np.float64) if rate == 44_100 else soxr.resample(spoken.astype(np.float64), 44_100, rate)

    return make


def _chords() -> Sound:
    places = np.arange(12 * 44_100) / 44_100
    wave = np.zeros((len(places), 2))
    for number, hertz in enumerate((110.0, 277.2, 415.3, 1_108.7, 3_520.0, 7_040.0)):
        wave[:, number % 2] += np.sin(2 * np.pi * hertz * places) * np.exp(-((places + number / 7) % 1.0) * 4)
    return 0.2 * wave
