"""Sound as Whisper sees it: the energy in bands of pitch, a column each 10 ms, on a logarithmic scale.

Half a minute at a time, whatever is said in it. The bands are those of Slaney's Auditory Toolbox (1998): linear up to
1 kHz, logarithmic above, each of the same area. Scaling as in Radford et al., https://arxiv.org/abs/2212.04356, 2.2.
"""

import math

import numpy as np
import numpy.typing as npt

from donecast.speech.feed import Samples

WINDOW_MS = 30_000
COLUMN_MS = 10
_RATE = 16_000
_WINDOW_SAMPLES = WINDOW_MS * _RATE // 1_000
_HOP = COLUMN_MS * _RATE // 1_000
_FFT = 400
_HZ_PER_MEL = 200.0 / 3.0
_BREAK_HZ = 1_000.0
_LOG_STEP = math.log(6.4) / 27.0
_RANGE = 8.0  # in powers of ten of energy: what is quieter than the loudest by more counts as that

Columns = npt.NDArray[np.float32]


class LogMel:
    """Turns pieces of a feed into what a model with ``bands`` bands wants."""

    def __init__(self, bands: int) -> None:
        self._filters = mel_filters(bands)
        self._taper = (0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(_FFT) / _FFT)).astype(np.float32)

    def columns(self, samples: Samples) -> Columns:
        """``(bands, 3000)`` of up to half a minute, filled up with silence; more than that is cut off."""
        sound = np.zeros(_WINDOW_SAMPLES, dtype=np.float32)
        heard = samples[:_WINDOW_SAMPLES]
        sound[: heard.size] = heard.astype(np.float32) / 32_768.0
        centred = np.pad(sound, _FFT // 2, mode="reflect")
        frames = np.lib.stride_tricks.sliding_window_view(centred, _FFT)[::_HOP][: WINDOW_MS // COLUMN_MS]
        power = np.abs(np.fft.rfft(frames * self._taper, axis=1)) ** 2
        energy = np.log10(np.maximum(self._filters @ power.T, 1e-10))
        scaled = (np.maximum(energy, energy.max() - _RANGE) + 4.0) / 4.0
        return np.ascontiguousarray(scaled, dtype=np.float32)


def mel_filters(bands: int) -> Columns:
    """``(bands, 201)``: how much of each frequency goes into each band, from 0 to 8 kHz."""
    edges = np.array([_hz_of(mel) for mel in np.linspace(0.0, _mel_of(_RATE / 2), bands + 2)])
    frequencies = np.arange(_FFT // 2 + 1) * (_RATE / _FFT)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (frequencies - low) / (middle - low)
    falling = (high - frequencies) / (high - middle)
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(triangles * (2.0 / (high - low)), dtype=np.float32)


def _mel_of(hz: float) -> float:
    if hz < _BREAK_HZ:
        return hz / _HZ_PER_MEL
    return _BREAK_HZ / _HZ_PER_MEL + math.log(hz / _BREAK_HZ) / _LOG_STEP


def _hz_of(mel: float) -> float:
    above = mel - _BREAK_HZ / _HZ_PER_MEL
    return mel * _HZ_PER_MEL if above < 0 else _BREAK_HZ * math.exp(above * _LOG_STEP)
