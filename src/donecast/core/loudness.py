"""Arithmetic of loudness: LUFS and LU as in ITU-R BS.1770-4 and EBU R 128, gains in decibels."""

import math

MATCHING_GAIN_DB_MAX = 12.0


def heard_lufs(measured_lufs: float | None, source_channels: int, channels: int) -> float | None:
    """How loud a source of 1 or 2 channels is in an output of 1 or 2.

    The standard adds channels up: one channel that goes to both sides is 3 LU louder there than alone, and two sides
    that are alike are 3 LU softer in one.
    """
    return None if measured_lufs is None else measured_lufs + 10 * math.log10(channels / source_channels)


def matching_gain_db(
    measured_lufs: float | None, reference_lufs: float | None, *, gain_db_max: float = MATCHING_GAIN_DB_MAX
) -> float:
    """Decibels that make a segment as loud as the reference, held within plus or minus ``gain_db_max``.

    0 when either loudness is unknown: a guess would be worse than the recording as it is. Rounded to 0.01 dB, so
    that plans made from the same facts have the same digest.
    """
    if measured_lufs is None or reference_lufs is None:
        return 0.0
    if not (math.isfinite(measured_lufs) and math.isfinite(reference_lufs)):
        return 0.0
    return round(max(-gain_db_max, min(gain_db_max, reference_lufs - measured_lufs)), 2)


def amplitude_of(gain_db: float) -> float:
    """The factor on sample values: 0 dB is 1, -6.02 dB is about a half."""
    return math.pow(10.0, gain_db / 20.0)


def decibels_of(amplitude: float) -> float:
    """The inverse of `amplitude_of`. Raises ValueError for zero or less, which has no decibels."""
    if amplitude <= 0:
        raise ValueError("silence has no level in decibels")
    return 20.0 * math.log10(amplitude)
