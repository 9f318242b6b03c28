"""The tone that covers a word: 1 kHz, made by arithmetic, so that each run writes the same file."""

from pathlib import Path

import numpy as np
import soundfile

_RATE = 48_000
_SECONDS = 10
_HERTZ = 1_000
_LEVEL_DBFS = -23.0
"""RMS, which for this tone is about -23 LUFS, too."""


def synthesise_beep(out: Path) -> Path:
    """Writes ten seconds as 16-bit mono at 48 kHz, in the format of the name's ending; they loop without a seam."""
    phase = 2 * np.pi * _HERTZ * np.arange(_SECONDS * _RATE) / _RATE
    tone = np.sqrt(2) * 10 ** (_LEVEL_DBFS / 20) * np.sin(phase)
    soundfile.write(out, np.rint(tone * 32_768).astype(np.int16), _RATE, subtype="PCM_16")
    return out
