"""DoneCast's own piece of music: 24 seconds of soft electric piano that loop without a seam, made by arithmetic.

Four chords (F major seventh, A minor seventh, D minor ninth, B flat major seventh), six seconds each. Every note
rings around the end into the beginning, so the piece has no end. Nothing is random: each run writes the same file.
"""

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

_RATE = 44_100
_CHORD_SECONDS = 6
_STEP_SECONDS = 0.75
_LEVEL_DBFS = -23.0
"""RMS, which for this sound is about -20 LUFS."""

_CHORDS: tuple[tuple[int, ...], ...] = (
    (41, 53, 57, 60, 64, 69),
    (45, 52, 55, 60, 64, 67),
    (38, 53, 57, 60, 64, 65),
    (46, 53, 58, 62, 65, 69),
)
"""MIDI note numbers: the bass, then the chord from low to high."""
_ARPEGGIO = (1, 3, 2, 4, 5, 3, 4, 2)
_PARTIALS = ((1.0, 1.0, 2.4), (2.0, 0.22, 1.5), (3.0, 0.07, 1.0), (4.0, 0.035, 0.6))
"""Of the piano: multiple of the note's frequency, strength, seconds to fall to a third."""

Wave = NDArray[np.float64]


def synthesise_music_bed(out: Path) -> Path:
    """Writes the piece as 16-bit stereo at 44.1 kHz, in the format of the name's ending (``.flac`` or ``.wav``)."""
    music = _pad() + _piano()
    music = _softened(music)
    music *= 10 ** (_LEVEL_DBFS / 20) / np.sqrt(np.mean(music**2))
    soundfile.write(out, np.rint(music * 32_768).astype(np.int16), _RATE, subtype="PCM_16")
    return out


def _frequency(note: int) -> float:
    return float(440.0 * 2 ** ((note - 69) / 12))


def _total_frames() -> int:
    return _CHORD_SECONDS * len(_CHORDS) * _RATE


def _piano() -> Wave:
    """Single notes, one each three quarters of a second, wandering gently between the sides."""
    music = np.zeros((_total_frames(), 2))
    strings = _Strings(seconds=6)
    steps = int(_CHORD_SECONDS / _STEP_SECONDS)
    for bar, chord in enumerate(_CHORDS):
        for step in range(steps):
            note = chord[_ARPEGGIO[step]] + 12
            start = int((bar * _CHORD_SECONDS + step * _STEP_SECONDS) * _RATE)
            strength = 0.34 if step % 4 == 0 else 0.22 + 0.05 * ((bar + step) % 3)
            wave = strength * strings.struck(note)
            side = 0.5 + 0.28 * np.sin(2 * np.pi * (bar * steps + step) / 11)
            places = np.arange(start, start + len(wave)) % len(music)
            music[places, 0] += wave * np.cos(side * np.pi / 2)
            music[places, 1] += wave * np.sin(side * np.pi / 2)
    return music


class _Strings:
    """Each note as it sounds when it is struck once; what is struck again sounds the same."""

    def __init__(self, *, seconds: int) -> None:
        self._seconds = np.arange(seconds * _RATE) / _RATE
        self._falling = [strength * np.exp(-self._seconds / fall) for _, strength, fall in _PARTIALS]
        attack = 0.5 - 0.5 * np.cos(np.pi * np.minimum(self._seconds / 0.025, 1.0))
        ending = 0.5 - 0.5 * np.cos(np.pi * np.minimum((self._seconds[-1] - self._seconds) / 0.5, 1.0))
        self._edges = attack * ending
        self._struck: dict[int, Wave] = {}

    def struck(self, note: int) -> Wave:
        """The note of a MIDI number."""
        if note not in self._struck:
            wave = np.zeros(len(self._seconds))
            for (multiple, _, _), falling in zip(_PARTIALS, self._falling, strict=True):
                wave += falling * np.sin(2 * np.pi * _frequency(note) * multiple * self._seconds)
            self._struck[note] = wave * self._edges
        return self._struck[note]


def _pad() -> Wave:
    """Each chord swells, stays and gives way to the next; the two sides are a little apart in pitch, as in a chorus."""
    music = np.zeros((_total_frames(), 2))
    seconds = np.arange(int((_CHORD_SECONDS + 2) * _RATE)) / _RATE
    swell = np.sin(np.pi / 2 * np.minimum(seconds / 2.0, 1.0)) ** 2
    swell *= np.sin(np.pi / 2 * np.minimum((seconds[-1] - seconds) / 2.0, 1.0)) ** 2
    breaths = [[_breath(seconds, index, side) for side in (0, 1)] for index in range(len(_CHORDS[0]))]
    for bar, chord in enumerate(_CHORDS):
        places = (np.arange(len(seconds)) + (bar * _CHORD_SECONDS - 1) * _RATE) % len(music)
        for index, note in enumerate(chord):
            strength = 0.16 if index == 0 else 0.075
            for side, detune in enumerate((-1.0, 1.0)):
                cents = detune * (2.0 + 0.7 * index) * (0 if index == 0 else 1)
                frequency = _frequency(note) * 2 ** (cents / 1200)
                wave = np.sin(2 * np.pi * frequency * seconds + index)
                wave += 0.18 * np.sin(4 * np.pi * frequency * seconds + 2 * index)
                music[places, side] += strength * swell * breaths[index][side] * wave
    return music


def _breath(seconds: Wave, index: int, side: int) -> Wave:
    """How a voice of the chord comes and goes on one side."""
    breath: Wave = 1 + 0.12 * np.sin(2 * np.pi * 0.23 * seconds + index + side * 1.3)
    return breath


def _softened(music: Wave) -> Wave:
    """A gentle low pass and a short room, both around the loop's end, by the spectrum of the whole."""
    spectrum = np.fft.rfft(music, axis=0)
    frequencies = np.fft.rfftfreq(len(music), 1 / _RATE)
    spectrum /= np.sqrt(1 + (frequencies / 2_600) ** 4)[:, None]
    for delays in ((0.043, 0.31), (0.071, 0.24), (0.113, 0.17), (0.167, 0.11)):
        seconds, strength = delays
        for side in (0, 1):
            echo = np.exp(-2j * np.pi * frequencies * (seconds + 0.006 * side))
            spectrum[:, side] *= 1 + strength * echo / np.sqrt(1 + (frequencies / 1_800) ** 2)
    softened: Wave = np.fft.irfft(spectrum, len(music), axis=0)
    return softened
