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
    ringing = np.arange(int(6 * _RATE)) / _RATE
    steps = int(_CHORD_SECONDS / _STEP_SECONDS)
    for bar, chord in enumerate(_CHORDS):
        for step in range(steps):
            note = chord[_ARPEGGIO[step]] + 12
            start = int((bar * _CHORD_SECONDS + step * _STEP_SECONDS) * _RATE)
            strength = 0.34 if step % 4 == 0 else 0.22 + 0.05 * ((bar + step) % 3)
            wave = strength * _struck(_frequency(note), ringing)
            side = 0.5 + 0.28 * np.sin(2 * np.pi * (bar * steps + step) / 11)
            places = np.arange(start, start + len(wave)) % len(music)
            music[places, 0] += wave * np.cos(side * np.pi / 2)
            music[places, 1] += wave * np.sin(side * np.pi / 2)
    return music


def _struck(frequency: float, seconds: Wave) -> Wave:
    wave = np.zeros(len(seconds))
    for multiple, strength, fall in _PARTIALS:
        wave += strength * np.exp(-seconds / fall) * np.sin(2 * np.pi * frequency * multiple * seconds)
    attack = 0.5 - 0.5 * np.cos(np.pi * np.minimum(seconds / 0.025, 1.0))
    ending = 0.5 - 0.5 * np.cos(np.pi * np.minimum((seconds[-1] - seconds) / 0.5, 1.0))
    wave *= attack * ending
    return wave


def _pad() -> Wave:
    """Each chord swells, stays and gives way to the next; the two sides are a little apart in pitch, as in a chorus."""
    music = np.zeros((_total_frames(), 2))
    seconds = np.arange(int((_CHORD_SECONDS + 2) * _RATE)) / _RATE
    swell = np.sin(np.pi / 2 * np.minimum(seconds / 2.0, 1.0)) ** 2
    swell *= np.sin(np.pi / 2 * np.minimum((seconds[-1] - seconds) / 2.0, 1.0)) ** 2
    for bar, chord in enumerate(_CHORDS):
        places = (np.arange(len(seconds)) + (bar * _CHORD_SECONDS - 1) * _RATE) % len(music)
        for index, note in enumerate(chord):
            strength = 0.16 if index == 0 else 0.075
            for side, detune in enumerate((-1.0, 1.0)):
                cents = detune * (2.0 + 0.7 * index) * (0 if index == 0 else 1)
                frequency = _frequency(note) * 2 ** (cents / 1200)
                breath = 1 + 0.12 * np.sin(2 * np.pi * 0.23 * seconds + index + side * 1.3)
                wave = np.sin(2 * np.pi * frequency * seconds + index)
                wave += 0.18 * np.sin(4 * np.pi * frequency * seconds + 2 * index)
                music[places, side] += strength * swell * breath * wave
    return music


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
