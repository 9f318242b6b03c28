"""The worked examples of the price list: what they are and what they must cost, to the thousandth of a credit."""

from dataclasses import dataclass

from donecast.credits.rules.pricing import (
    Assembly,
    LegacyMinutes,
    Speech,
    StandAloneAuphonic,
    Storage,
    Transcription,
    Work,
)

MINUTE_MS = 60_000
CLIP_MS = 30_000


@dataclass(frozen=True, slots=True)
class Example:
    """Work and its price."""

    name: str
    work: tuple[Work, ...]
    total_mc: int


def _episode(finished_ms: int, *, premium: bool) -> tuple[Work, ...]:
    if premium:
        clip = Speech(CLIP_MS, "elevenlabs")
        return (
            Transcription(10 * MINUTE_MS, "auphonic"),
            clip,
            clip,
            Assembly(finished_ms, "auphonic"),
        )
    return Transcription(10 * MINUTE_MS), Speech(CLIP_MS), Speech(CLIP_MS), Assembly(finished_ms)


EXAMPLES: tuple[Example, ...] = (
    Example("transcription 10 min, standard", (Transcription(600_000),), 15_000),
    Example("transcription 10 min, Auphonic", (Transcription(600_000, "auphonic"),), 30_000),
    Example("speech 30 s, standard", (Speech(CLIP_MS),), 750),
    Example("speech 30 s, ElevenLabs", (Speech(CLIP_MS, "elevenlabs"),), 2_250),
    Example("assembly 10.0 min, standard", (Assembly(600_000),), 10_000),
    Example("assembly 10.5 min, standard", (Assembly(630_000),), 10_250),
    Example("assembly 10.5 min, Auphonic", (Assembly(630_000, "auphonic"),), 20_500),
    Example("assembly 11.0 min, standard", (Assembly(660_000),), 10_500),
    Example("assembly 11.0 min, Auphonic", (Assembly(660_000, "auphonic"),), 21_000),
    Example("episode A, 10.5 min finished", _episode(630_000, premium=False), 26_750),
    Example("episode A, 11.0 min finished", _episode(660_000, premium=False), 27_000),
    Example("episode B, 10.5 min finished", _episode(630_000, premium=True), 55_000),
    Example("episode B, 11.0 min finished", _episode(660_000, premium=True), 55_500),
    Example("45 legacy minutes", (LegacyMinutes(45_000),), 67_500),
    Example("storage 12.34 GB for a month", (Storage("2026-03", (12_340_000_000,) * 31),), 24_680),
    Example("stand-alone Auphonic, 10 min", (StandAloneAuphonic(600_000),), 15_000),
)
