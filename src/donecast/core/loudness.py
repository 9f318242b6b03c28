"""Arithmetic of loudness: LUFS and LU as in ITU-R BS.1770-4 and EBU R 128, gains in decibels."""

import math

from donecast.core.plan import LoudnessTarget

# AES TD1008 and Apple's delivery advice: stereo at -16 LUFS; one channel played on two speakers is 3 LU louder.
LUFS_STEREO = -16.0
LUFS_MONO = -19.0
TRUE_PEAK_DBTP_MAX = -1.0
MATCHING_GAIN_DB_MAX = 12.0


def target_for(channels: int) -> LoudnessTarget:
    """The delivery target for a finished file of 1 or 2 channels. Raises ValueError for other counts."""
    if channels not in {1, 2}:
        raise ValueError(f"an episode has one or two channels, not {channels}")
    return LoudnessTarget(LUFS_MONO if channels == 1 else LUFS_STEREO, TRUE_PEAK_DBTP_MAX)


def gain_to_target_db(measured_lufs: float | None, target: LoudnessTarget) -> float:
    """Decibels that bring a measured loudness to the target; 0 when there is none to measure (silence)."""
    if measured_lufs is None or not math.isfinite(measured_lufs):
        return 0.0
    return target.lufs - measured_lufs


def peak_reduction_db(true_peak_dbtp: float, gain_db: float, target: LoudnessTarget) -> float:
    """How many decibels a limiter must take off the highest peak after the gain; 0 when it stays under the ceiling."""
    return max(0.0, true_peak_dbtp + gain_db - target.true_peak_dbtp)


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
