"""Pure rules of health."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its name, whether it is well, and in words what was found and what to do."""

    name: str
    ok: bool
    finding: str
    action: str = ""


SERVICES = (
    "assemblyai",
    "auphonic",
    "elevenlabs",
    "gemini",
    "google",
    "openai_compatible",
    "sentry",
    "slack",
    "stripe",
)
"""Every outside service that this version may ask, whether or not the settings have its key."""


def verdict(checks: tuple[Check, ...]) -> str:
    """The worst thing first, as one sentence."""
    broken = [check for check in checks if not check.ok]
    if not broken:
        return "All working."
    return f"{len(broken)} of {len(checks)} things need a look; first: {broken[0].name}: {broken[0].finding}"
