"""Witnesses of a signal's loudness and true peak: ffmpeg's ebur128, and arithmetic on the samples themselves."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfilt

_GAIN_FOR_DIGITS = 1_000
"""ffmpeg prints peaks with three digits after the point; raised by 60 dB, in 64 bits, they have six."""
_TIMES_FINE = 16
_BLOCK_FRAMES = 1 << 18
_REACH_FRAMES = 1 << 12
_TABLE_RATE = 48_000
_GATING_BLOCK = _TABLE_RATE * 4 // 10
_TABLE = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585),
    (1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621),
)
"""ITU-R BS.1770-4, tables 1 and 2."""


@dataclass(frozen=True, slots=True)
class Metered:
    """Integrated loudness (LUFS, None when nothing passes the gate) and true peak (dBTP)."""

    loudness_lufs: float | None
    true_peak_dbtp: float


def ffmpeg_meters(path: Path) -> Metered:
    """What ffmpeg's ebur128 filter says, with all its digits. Raises ValueError when it says nothing."""
    loudness = _last(_printed(path, "ebur128=metadata=1", "lavfi.r128.I"))
    raised = f"volume={_GAIN_FOR_DIGITS}:precision=double,ebur128=peak=true:metadata=1"
    peaks = _last(_printed(path, raised, "lavfi.r128.true_peak"))
    return Metered(loudness if loudness > -70 else None, 20 * float(np.log10(peaks / _GAIN_FOR_DIGITS)))


def _printed(path: Path, filters: str, key: str) -> list[str]:
    chain = f"{filters},ametadata=mode=print:key={key}:file=-"
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(path), "-af", chain, "-f", "null", "/dev/null"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return re.findall(rf"{re.escape(key)}=(\S+)", said)


def _last(figures: list[str]) -> float:
    if not figures:
        raise ValueError("ffmpeg did not say what it measured")
    return float(figures[-1])


def exact_true_peak_dbtp(sound: NDArray[np.float64]) -> float:
    """The waveform's peak, by a spectrum padded until it is sixteen times as fine; shape (frames, channels).

    The limits of a block do no harm: it overlaps its neighbours by more than any ringing lasts.
    """
    highest = 0.0
    for channel in sound.T:
        padded = np.pad(channel, _REACH_FRAMES)
        for start in range(0, len(channel), _BLOCK_FRAMES):
            block = padded[start : start + _BLOCK_FRAMES + 2 * _REACH_FRAMES]
            block = block * _softened(len(block))
            spectrum = np.fft.rfft(block)
            fine = np.fft.irfft(spectrum, len(block) * _TIMES_FINE) * _TIMES_FINE
            inside = slice(_REACH_FRAMES * _TIMES_FINE, -_REACH_FRAMES * _TIMES_FINE)
            highest = max(highest, float(np.abs(fine[inside]).max()))
    return 20 * float(np.log10(highest))


def _softened(frames: int) -> NDArray[np.float64]:
    """One, but for the overlap's outer half, where it rises from zero: an abrupt end would ring."""
    places = np.minimum(np.arange(frames), np.arange(frames)[::-1])
    return np.sin(np.pi / 2 * np.minimum(1, 2 * places / _REACH_FRAMES)) ** 2


def exact_loudness_lufs(sound: NDArray[np.float64], rate: int) -> float | None:
    """BS.1770-4 to the letter, in 64 bits; None but for 48 kHz, for which alone it has a table of coefficients."""
    if rate != _TABLE_RATE:
        return None
    power = np.square(sosfilt(np.array(_TABLE), sound, axis=0)).sum(axis=1)
    sums = np.concatenate([[0.0], np.cumsum(power)])
    starts = np.arange(0, len(power) - _GATING_BLOCK + 1, _GATING_BLOCK // 4)
    blocks = (sums[starts + _GATING_BLOCK] - sums[starts]) / _GATING_BLOCK
    blocks = blocks[blocks > 10 ** ((-70 + 0.691) / 10)]
    return -0.691 + 10 * float(np.log10(blocks[blocks > blocks.mean() / 10].mean()))
