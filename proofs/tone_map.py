"""Sound whose every moment and channel can be told from every other: a map of tones, and how well a decode keeps to it.

Each channel changes its tone every 200 ms, no tone comes twice in a channel, and the channels never have the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]
"""Shape (frames, channels), full scale 1.0."""

SLOT_SECONDS = 0.2
_RAMP_SECONDS = 0.004
_TONES = 31
_LOWEST_HERTZ, _STEP_HERTZ = 350.0, 83.7
_LAG_SECONDS_MAX = 0.06
_FLOOR = 1e-9


@dataclass(frozen=True, slots=True)
class Faults:
    """The worst of all slots and channels.

    ``lag_ms`` is by how much the sound comes late, ``wander_ms`` how much that changes on the way. ``crosstalk_db`` is
    the loudest tone of another channel against the channel's own.
    """

    hertz: float
    level_db: float
    lag_ms: float
    wander_ms: float
    crosstalk_db: float


def tone_hertz(slot: int, channel: int) -> float:
    """Which tone a channel has in a slot; from 350 to 2861 Hz, so that 8 kHz hold them all."""
    return _LOWEST_HERTZ + _STEP_HERTZ * ((slot * 7 + channel * 11) % _TONES)


def tone_peak(channel: int) -> float:
    """How loud a channel is, so that exchanged channels are noticed twice."""
    return 0.25 if channel % 2 == 0 else 0.18


def tone_map(slots: int, rate: int, channels: int) -> Sound:
    """The sound. Each tone begins and ends by a short ramp."""
    length = round(slots * SLOT_SECONDS * rate)
    places = np.arange(length)
    seconds = places / rate
    slot = np.minimum((seconds / SLOT_SECONDS + _FLOOR).astype(int), slots - 1)
    inside = seconds - slot * SLOT_SECONDS
    ramp = np.clip(np.minimum(inside, SLOT_SECONDS - inside) / _RAMP_SECONDS, 0, 1)
    result = np.empty((length, channels), np.float32)
    for channel in range(channels):
        hertz = np.array([tone_hertz(number, channel) for number in range(slots)])[slot]
        result[:, channel] = tone_peak(channel) * ramp * np.sin(2 * np.pi * hertz * inside)
    return result


def faults(sound: Sound, rate: int, slots: int, *, mixed_from: int = 0, deaf: Sequence[int] = ()) -> Faults:
    """How far a decode is from the map of the same number of channels.

    ``mixed_from`` says that the one channel is the average of so many; the ``deaf`` ones, which a codec may drop, are
    not looked at.
    """
    heard = mixed_from or sound.shape[1]
    wanted = tone_map(slots, rate, heard)
    if mixed_from:
        wanted = wanted.mean(axis=1, keepdims=True)
    lags = [
        _lag_seconds(sound[:, side], wanted[:, side], rate, round(slot * SLOT_SECONDS * rate))
        for side in range(sound.shape[1])
        for slot in range(2, slots - 2, 3)
    ]
    lag = float(np.median(lags))
    hertz, level, crosstalk = [0.0], [0.0], [-200.0]
    for slot in range(1, slots - 1):
        for channel in range(heard):
            if channel in deaf:
                continue
            side = 0 if mixed_from else channel
            piece = _middle(sound[:, side], rate, slot, lag)
            tone = tone_hertz(slot, channel)
            first, second = _phasor(piece[: len(piece) // 2], tone, rate), _phasor(piece[len(piece) // 2 :], tone, rate)
            turn = np.angle(second * np.conj(first) * np.exp(-2j * np.pi * tone * (len(piece) // 2) / rate))
            hertz.append(abs(turn) / (2 * np.pi * (len(piece) // 2) / rate))
            own = abs(_phasor(piece, tone, rate))
            level.append(20 * np.log10(max(own, _FLOOR) / (tone_peak(channel) / (mixed_from or 1))))
            if not mixed_from:
                others = [
                    abs(_phasor(piece, tone_hertz(slot, other), rate)) for other in range(heard) if other != channel
                ]
                crosstalk.append(20 * np.log10(max([*others, _FLOOR]) / max(own, _FLOOR)))
    return Faults(
        hertz=float(max(hertz)),
        level_db=float(max(level, key=abs)),
        lag_ms=1000 * float(max(lags, key=abs)),
        wander_ms=1000 * float(max(lags) - min(lags)),
        crosstalk_db=float(max(crosstalk)),
    )


def _middle(channel: NDArray[np.float32], rate: int, slot: int, lag: float) -> NDArray[np.float32]:
    """The middle of a slot, of an even number of frames; silence where the sound has none."""
    start = round((slot * SLOT_SECONDS + 0.04 + lag) * rate)
    length = round(0.12 * rate) // 2 * 2
    piece = channel[max(start, 0) : start + length]
    return np.pad(piece, (0, length - len(piece)))


def _phasor(piece: NDArray[np.float32], hertz: float, rate: int) -> complex:
    """Peak and phase of a tone in a piece, its phase at the piece's beginning."""
    window = np.hanning(len(piece))
    turning = np.exp(-2j * np.pi * hertz * np.arange(len(piece)) / rate)
    return complex(2 * (piece * window * turning).sum() / window.sum())


def _lag_seconds(heard: NDArray[np.float32], wanted: NDArray[np.float32], rate: int, place: int) -> float:
    """By how much the change of tones at a place comes late: where both sounds fit best, between frames too."""
    half, reach = round(0.15 * rate), round(_LAG_SECONDS_MAX * rate)
    pattern = wanted[place - half : place + half].astype(np.float64)
    field = heard[place - half - reach : place + half + reach].astype(np.float64)
    field = np.pad(field, (0, 2 * (half + reach) - len(field)))
    size = 1 << (len(field) + len(pattern)).bit_length()
    fits = np.fft.irfft(np.fft.rfft(field, size) * np.conj(np.fft.rfft(pattern, size)), size)[: 2 * reach + 1]
    best = int(np.argmax(fits))
    between = 0.0
    if 0 < best < 2 * reach:
        before, at, after = fits[best - 1 : best + 2]
        between = 0.5 * (before - after) / (before - 2 * at + after)
    return (best - reach + between) / rate
