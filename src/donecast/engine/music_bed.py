"""The project's own music bed: four slow chords, synthesised, so that nobody else's rights are touched."""

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

SAMPLE_RATE = 44_100
SECONDS = 32
_CHORDS_HZ = (
    (130.81, 196.00, 246.94, 329.63),
    (110.00, 164.81, 220.00, 329.63),
    (87.31, 174.61, 220.00, 261.63),
    (98.00, 146.83, 196.00, 293.66),
)
_PEAK = 0.5


def write_music_bed(out: Path) -> None:
    """Writes 32 s of stereo FLAC whose end runs into its beginning without a seam; always the same bytes of sound."""
    frames = SAMPLE_RATE * SECONDS
    time_s = np.arange(frames) / SAMPLE_RATE
    left, right = np.zeros(frames), np.zeros(frames)
    for index, chord in enumerate(_CHORDS_HZ):
        swell = _swell(time_s, index)
        for voice, pitch in enumerate(chord):
            # Whole cycles in the length of the bed, so that each tone meets itself where the loop closes.
            whole = round(pitch * SECONDS) / SECONDS
            for harmonic, strength in ((1, 1.0), (2, 0.35), (3, 0.12)):
                tone = strength / (voice + 2) * swell * np.sin(2 * np.pi * whole * harmonic * time_s + voice)
                left += tone * (1.0 - 0.12 * voice)
                right += tone * (0.64 + 0.12 * voice)
    sound = np.stack([left, right], axis=1)
    soundfile.write(out, sound / np.abs(sound).max() * _PEAK, SAMPLE_RATE, "PCM_16", format="FLAC")


def _swell(time_s: NDArray[np.float64], index: int) -> NDArray[np.float64]:
    """One chord's loudness: rises before its quarter, falls after it, around the loop."""
    quarter = SECONDS / len(_CHORDS_HZ)
    distance = np.abs((time_s - (index + 0.5) * quarter + SECONDS / 2) % SECONDS - SECONDS / 2)
    rise: NDArray[np.float64] = np.clip(1.25 - distance / quarter, 0.0, 0.5) * 2.0
    return rise * rise * (3.0 - 2.0 * rise)
