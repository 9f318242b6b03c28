"""A vendor's WebVTT made into captions of this recording, or refused. Pure.

WebVTT: https://www.w3.org/TR/webvtt1/. Voice tags, ``<v Anna>``, name speakers.
"""

from dataclasses import replace

from donecast.core.errors import TranscriptUnreadable
from donecast.core.given_transcript import GivenCue, parse_transcript
from donecast.speech.vendor_errors import SpeechBadAnswer

_BEYOND_MS_MAX = 2_000
"""A caption that begins later than this after the end is not of this recording."""
_ARROW = "-->"


def captions_within(content: bytes, duration_ms: int) -> tuple[GivenCue, ...]:
    """The captions in order of time; none where the file is empty or has its heading only. Raises SpeechBadAnswer.

    Speakers are named only where there are several.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpeechBadAnswer(details={"why": "captions that are not text"}) from error
    if not text.strip() or (text.lstrip().startswith("WEBVTT") and _ARROW not in text):
        return ()
    try:
        cues = parse_transcript(text, "vtt")
    except TranscriptUnreadable as error:
        raise SpeechBadAnswer(details={"why": f"captions that cannot be read: {error}"}) from error
    starts_ms = [cue.start_ms or 0 for cue in cues]
    if starts_ms[-1] > duration_ms + _BEYOND_MS_MAX:
        raise SpeechBadAnswer(details={"why": "captions beyond the recording's end"})
    within = [cue for cue, start_ms in zip(cues, starts_ms, strict=True) if start_ms < duration_ms]
    several = len({cue.speaker for cue in within if cue.speaker}) > 1
    return tuple(cue if several else replace(cue, speaker=None) for cue in within)
