"""Transcripts that somebody brings along: WebVTT, SRT, JSON or plain text, read tolerantly and refused clearly."""

import html
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from donecast.core.errors import TranscriptUnreadable

TranscriptFormat = Literal["vtt", "srt", "json", "txt"]

TRANSCRIPT_CHARACTERS_MAX = 5_000_000
_HOURS_MAX = 100

_TIMING = re.compile(
    r"^\s*((?:\d+:)?\d{1,2}:\d{1,2}[.,]\d{1,3})\s*-->\s*((?:\d+:)?\d{1,2}:\d{1,2}[.,]\d{1,3})(?:\s.*)?$"
)
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>]+)>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}")
# "Anna:" or "Dr. Anna Berg:" at the start of a line, as people write conversations down.
_LABEL = re.compile(r"^([^\W\d_][\w.'’-]*(?: [\w.'’-]+){0,2}):\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class GivenCue:
    """A stretch of given text; times in milliseconds are None where the format has none (plain text)."""

    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    speaker: str | None = None


def sniff_transcript(text: str) -> TranscriptFormat:
    """Which format a text is, by its content alone. Whatever is none of the others is plain text."""
    body = text.lstrip("\ufeff \t\r\n")
    if re.match(r"WEBVTT(?:\s|$)", body):
        return "vtt"
    if body.startswith(("{", "[")):
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            # "[applause] Welcome" is plain text; what opens like an object or a list of objects is broken JSON.
            return "json" if re.match(r"[{\[]\s*[{\"]", body) else "txt"
        return "json"
    head = body.splitlines()[:10]
    return "srt" if any(_TIMING.match(line) for line in head) else "txt"


def parse_transcript(text: str, given_format: TranscriptFormat | None = None) -> tuple[GivenCue, ...]:
    """The cues of a given transcript, in order of time where there are times.

    Raises TranscriptUnreadable, a ValueError whose message says what is wrong, for text that is empty, too long,
    not text at all, or broken in its format.
    """
    if len(text) > TRANSCRIPT_CHARACTERS_MAX:
        raise TranscriptUnreadable(f"This transcript is longer than {TRANSCRIPT_CHARACTERS_MAX:,} characters.")
    if "\x00" in text:
        raise TranscriptUnreadable("This is not a text file, so it cannot be a transcript.")
    body = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    match given_format or sniff_transcript(body):
        case "vtt":
            found = _parse_vtt(body)
        case "srt":
            found = _parse_timed_blocks(body, "SRT")
        case "json":
            found = _parse_json(body)
        case "txt":
            found = _parse_text(body)
    if not found:
        raise TranscriptUnreadable("This transcript contains no words.")
    if all(cue.start_ms is not None for cue in found):
        found = sorted(found, key=lambda cue: (cue.start_ms or 0, cue.end_ms or 0))
    return tuple(found)


def _parse_vtt(body: str) -> list[GivenCue]:
    lines = body.lstrip().split("\n")
    if not re.match(r"WEBVTT(?:[ \t]|$)", lines[0]):
        raise TranscriptUnreadable("A VTT transcript must begin with the line WEBVTT.")
    blocks = re.split(r"\n[ \t]*\n", "\n".join(lines[1:]))
    wanted = [block for block in blocks if not re.match(r"\s*(NOTE|STYLE|REGION)(?:\s|$)", block)]
    return _parse_timed_blocks("\n\n".join(wanted), "VTT")


def _parse_timed_blocks(body: str, name: str) -> list[GivenCue]:
    """Cues of VTT or SRT: a line of times, then lines of text up to an empty line or the next cue."""
    lines = body.split("\n")
    places = [(number, match) for number, line in enumerate(lines) if (match := _TIMING.match(line))]
    if not places:
        raise TranscriptUnreadable(f"No times were found in this {name} transcript.")
    raw: list[GivenCue] = []
    following = [number for number, _ in places[1:]] + [len(lines)]
    for (number, match), until in zip(places, following, strict=True):
        start_ms, end_ms = _instant_ms(match.group(1)), _instant_ms(match.group(2))
        if end_ms < start_ms:
            raise TranscriptUnreadable(
                f"On line {number + 1}, a caption ends before it begins: {lines[number].strip()}"
            )
        end_ms = max(end_ms, start_ms + 1)
        raw.extend(_voiced(_block_lines(lines[number + 1 : until], ends_file=until == len(lines)), start_ms, end_ms))
    return _labelled(raw)


def _block_lines(lines: Sequence[str], *, ends_file: bool) -> Sequence[str]:
    """The lines of one caption: up to an empty line, or else without the number of the caption that follows."""
    for index, line in enumerate(lines):
        if not line.strip():
            return lines[:index]
    return lines if ends_file or not lines or not lines[-1].strip().isdigit() else lines[:-1]


def _voiced(lines: Sequence[str], start_ms: int, end_ms: int) -> list[GivenCue]:
    """The text of one caption, split where voice tags say that somebody else speaks; the time is shared by length."""
    text = "\n".join(lines)
    parts = _VOICE.split(text)
    spoken = [(None, parts[0]), *zip(parts[1::2], parts[2::2], strict=True)]
    readable = [(speaker and _readable(speaker), _readable(part)) for speaker, part in spoken]
    voices = [(speaker, part) for speaker, part in readable if part]
    total = sum(len(part) for _, part in voices)
    result, done = [], 0
    for speaker, part in voices:
        from_ms = start_ms + (end_ms - start_ms) * done // total
        done += len(part)
        to_ms = start_ms + (end_ms - start_ms) * done // total
        result.append(GivenCue(part, from_ms, max(to_ms, from_ms + 1), speaker))
    return result


def _parse_text(body: str) -> list[GivenCue]:
    return _labelled([GivenCue(text) for line in body.split("\n") if (text := " ".join(line.split()))])


def _labelled(found: Sequence[GivenCue]) -> list[GivenCue]:
    """Cues with "Name: " in front turned into speakers, once a name comes up twice: "Note: ..." alone is no person."""
    names = Counter(match.group(1) for cue in found if cue.speaker is None and (match := _LABEL.match(cue.text)))
    speakers = {name for name, count in names.items() if count >= 2}
    result = []
    for cue in found:
        match = _LABEL.match(cue.text) if cue.speaker is None else None
        if match and match.group(1) in speakers:
            result.append(GivenCue(cue.text[match.end() :], cue.start_ms, cue.end_ms, match.group(1)))
        else:
            result.append(cue)
    return result


def _parse_json(body: str) -> list[GivenCue]:
    """The podcast namespace's segments, this product's own words, or the segments that recognisers write."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise TranscriptUnreadable(f"This JSON transcript is damaged: {error}.") from error
    entries: Any = document
    if isinstance(document, Mapping):
        entries = next((document[name] for name in ("words", "segments") if document.get(name)), None)
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise TranscriptUnreadable('This JSON transcript has neither a list of "segments" nor one of "words".')
    cues = [_json_cue(entry, number) for number, entry in enumerate(entries, start=1)]
    return [cue for cue in cues if cue.text]


def _json_cue(entry: Mapping[str, Any], number: int) -> GivenCue:
    text = next((entry[name] for name in ("body", "text", "word") if isinstance(entry.get(name), str)), None)
    if text is None:
        raise TranscriptUnreadable(f"Part {number} of this JSON transcript has no text.")
    start_ms = _json_instant_ms(entry, ("start_ms",), ("startTime", "start"), number)
    end_ms = _json_instant_ms(entry, ("end_ms",), ("endTime", "end"), number)
    if start_ms is not None and end_ms is not None and end_ms <= start_ms:
        end_ms = start_ms + 1
    speaker = entry.get("speaker")
    name = " ".join(speaker.split()) if isinstance(speaker, str) else None
    return GivenCue(" ".join(text.split()), start_ms, end_ms, name or None)


def _json_instant_ms(
    entry: Mapping[str, Any], in_ms: Sequence[str], in_seconds: Sequence[str], number: int
) -> int | None:
    for names, factor in ((in_ms, 1), (in_seconds, 1000)):
        for name in names:
            value = entry.get(name)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _HOURS_MAX * 3.6e6:
                raise TranscriptUnreadable(f"Part {number} of this JSON transcript has a time that is not a number.")
            return round(value * factor)
    return None


def _readable(text: str) -> str:
    """Tags removed, character references resolved, white space made single."""
    return " ".join(html.unescape(_TAG.sub("", text)).split())


def _instant_ms(clock: str) -> int:
    whole, fraction = re.split(r"[.,]", clock)
    hours, minutes, seconds = ([0, 0, 0] + [int(part) for part in whole.split(":")])[-3:]
    if hours >= _HOURS_MAX or minutes >= 60 or seconds >= 60:
        raise TranscriptUnreadable(f"{clock} is not a time of day of a recording.")
    return (hours * 3600 + minutes * 60 + seconds) * 1000 + int(fraction.ljust(3, "0"))
