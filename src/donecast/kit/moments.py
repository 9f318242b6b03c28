"""A moment to come, in words that stand in a sentence about trying again."""

from math import ceil

_HALF_A_MINUTE, _MINUTE = 30, 60


def soon_in_words(seconds: float) -> str:
    """How soon, never too early: "in a few seconds", "in half a minute", "in about 4 minutes"."""
    if seconds <= _HALF_A_MINUTE / 3:
        return "in a few seconds"
    if seconds <= _HALF_A_MINUTE:
        return "in half a minute"
    minutes = ceil(seconds / _MINUTE)
    return "in about a minute" if minutes == 1 else f"in about {minutes} minutes"
