"""A moment to come, in words that stand in a sentence about trying again."""

_MINUTE = 60


def moment_in_words(seconds: float | None) -> str:
    """How soon: "in a few seconds", "in about 4 minutes"; None is when a person says so."""
    if seconds is None:
        return "when the person who runs this DoneCast has switched it on again"
    if seconds < _MINUTE / 2:
        return "in a few seconds"
    minutes = max(1, round(seconds / _MINUTE))
    return "in about a minute" if minutes == 1 else f"in about {minutes} minutes"
