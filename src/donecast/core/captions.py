"""Captions and readable transcripts from words on finished time: WebVTT, SRT, podcast-namespace JSON, plain text.

Disfluencies and markers stay in the editing transcript; here, only words that carry speech appear.
"""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from donecast.core.given_transcript import GivenCue, TranscriptFormat, parse_transcript, sniff_transcript
from donecast.core.words import Word

__all__ = [
    "CaptionRules",
    "Cue",
    "GivenCue",
    "TranscriptFormat",
    "cues",
    "parse_transcript",
    "plain_text",
    "sniff_transcript",
    "srt",
    "transcript_json",
    "webvtt",
]

# Podcasting 2.0, transcripts.md
TRANSCRIPT_JSON_VERSION = "1.0.0"
_SENTENCE_ENDS = (".", "!", "?", "…")
_CLAUSE_ENDS = (",", ";", ":", "–", "—")
_CLOSING_QUOTES = "\"'”’)]»"
_PARAGRAPH_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class CaptionRules:
    """What a cue may be: the long-standing broadcast limits, in characters and milliseconds."""

    line_characters_max: int = 42
    lines_max: int = 2
    cue_ms_min: int = 1_000
    cue_ms_max: int = 7_000
    pause_ms_min: int = 700
    paragraph_pause_ms_min: int = 1_500


@dataclass(frozen=True, slots=True)
class Cue:
    """A caption: one or two lines of text shown from ``start_ms`` to ``end_ms``."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    speaker: str | None = None

    @property
    def text(self) -> str:
        """The lines as one."""
        return " ".join(self.lines)


def cues(
    words: Iterable[Word], rules: CaptionRules | None = None, *, duration_ms: int | None = None
) -> tuple[Cue, ...]:
    """Captions for words in order of their starts; they never overlap and together hold every word.

    Breaks stand at changes of speaker, pauses and ends of sentences; a short cue lasts on into the silence after it,
    yet never past ``duration_ms``.
    """
    rules = rules or CaptionRules()
    spoken = [piece for word in words if word.kind == "word" for piece in _pieces(word, rules.line_characters_max)]
    groups = [group for phrase in _phrases(spoken, rules) for group in _fitted(phrase, rules)]
    return _timed(_joined(groups, rules), rules, duration_ms)


def webvtt(captions: Iterable[Cue]) -> str:
    """A WebVTT document (W3C, WebVTT: The Web Video Text Tracks Format) with the speaker as a voice span."""
    blocks = ["WEBVTT"]
    for cue in captions:
        text = "\n".join(html.escape(line, quote=False) for line in cue.lines)
        if cue.speaker:
            text = f"<v {html.escape(' '.join(cue.speaker.split()), quote=False)}>{text}</v>"
        blocks.append(f"{_clock(cue.start_ms, '.')} --> {_clock(cue.end_ms, '.')}\n{text}")
    return "\n\n".join(blocks) + "\n"


def srt(captions: Iterable[Cue]) -> str:
    """A SubRip document. The format knows no speakers and no escaping, so lines stand as they are."""
    blocks = [
        f"{number}\n{_clock(cue.start_ms, ',')} --> {_clock(cue.end_ms, ',')}\n" + "\n".join(cue.lines)
        for number, cue in enumerate(captions, start=1)
    ]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def transcript_json(captions: Iterable[Cue]) -> dict[str, Any]:
    """The podcast namespace's JSON transcript: seconds with three decimals, a speaker where one is known."""
    segments = []
    for cue in captions:
        speaker = {"speaker": cue.speaker} if cue.speaker else {}
        segments.append({**speaker, "startTime": cue.start_ms / 1000, "endTime": cue.end_ms / 1000, "body": cue.text})
    return {"version": TRANSCRIPT_JSON_VERSION, "segments": segments}


def plain_text(words: Iterable[Word], rules: CaptionRules | None = None) -> str:
    """The words in paragraphs, one blank line between them; a name stands before the first words of each speaker."""
    rules = rules or CaptionRules()
    paragraphs: list[list[Word]] = []
    length = 0
    for word in words:
        text = _clean(word.text)
        if word.kind != "word" or not text:
            continue
        if paragraphs and not _begins_paragraph(paragraphs[-1][-1], word, length, rules):
            paragraphs[-1].append(word)
            length += len(text) + 1
        else:
            paragraphs.append([word])
            length = len(text)
    lines = []
    speaker: str | None = None
    for paragraph in paragraphs:
        name = paragraph[0].speaker
        label = f"{name}: " if name and name != speaker else ""
        speaker = name
        lines.append(label + " ".join(_clean(word.text) for word in paragraph))
    return "\n\n".join(lines) + "\n" if lines else ""


def _begins_paragraph(previous: Word, word: Word, length: int, rules: CaptionRules) -> bool:
    if word.speaker != previous.speaker:
        return True
    gap_ms = word.start_ms - previous.end_ms
    ended = _ends_sentence(previous)
    return gap_ms >= 2 * rules.paragraph_pause_ms_min or (
        ended and (gap_ms >= rules.paragraph_pause_ms_min or length >= _PARAGRAPH_CHARACTERS)
    )


def _pieces(word: Word, characters_max: int) -> list[Word]:
    """The word itself; longer than a line (an address, say), its pieces, sharing its time evenly."""
    text = _clean(word.text)
    if len(text) <= characters_max:
        return [replace(word, text=text)] if text else []
    texts = [text[at : at + characters_max] for at in range(0, len(text), characters_max)]
    span_ms = word.end_ms - word.start_ms
    starts_ms = [word.start_ms + span_ms * number // len(texts) for number in range(len(texts))]
    ends_ms = [max(start + 1, word.start_ms + span_ms * (i + 1) // len(texts)) for i, start in enumerate(starts_ms)]
    return [
        replace(word, text=text, start_ms=start_ms, end_ms=end_ms)
        for text, start_ms, end_ms in zip(texts, starts_ms, ends_ms, strict=True)
    ]


def _phrases(words: Sequence[Word], rules: CaptionRules) -> list[list[Word]]:
    """Runs of words without a change of speaker, a pause or the end of a sentence between them."""
    phrases: list[list[Word]] = []
    for word in words:
        previous = phrases[-1][-1] if phrases else None
        if (
            previous is None
            or word.speaker != previous.speaker
            or word.start_ms - previous.end_ms >= rules.pause_ms_min
            or _ends_sentence(previous)
        ):
            phrases.append([word])
        else:
            phrases[-1].append(word)
    return phrases


def _fitted(phrase: list[Word], rules: CaptionRules) -> list[list[Word]]:
    """The phrase in as many cues as it needs, each as full as the limits allow, broken at commas and small gaps."""
    groups = []
    rest = phrase
    while rest:
        count = 1
        while count < len(rest) and _fits(rest[: count + 1], rules):
            count += 1
        if count < len(rest):
            count = _best_break(rest, count)
        groups.append(rest[:count])
        rest = rest[count:]
    return groups


def _fits(words: Sequence[Word], rules: CaptionRules) -> bool:
    duration_ms = max(word.end_ms for word in words) - words[0].start_ms
    return duration_ms <= rules.cue_ms_max and len(_wrapped(words, rules)) <= rules.lines_max


def _best_break(words: Sequence[Word], count_max: int) -> int:
    """How many words go into this cue: up to the last comma, else the widest gap, in its second half."""
    earliest = max(1, (count_max + 1) // 2)
    for count in range(count_max, earliest - 1, -1):
        if words[count - 1].text.endswith(_CLAUSE_ENDS):
            return count
    gaps = [(words[count].start_ms - words[count - 1].end_ms, count) for count in range(earliest, count_max + 1)]
    widest_ms, count = max(gaps)
    return count if widest_ms >= 150 else count_max


def _joined(groups: Sequence[list[Word]], rules: CaptionRules) -> list[list[Word]]:
    """Neighbours put together where one of them alone would be too short to read."""
    result: list[list[Word]] = []
    for group in groups:
        last = result[-1] if result else None
        if (
            last is not None
            and last[0].speaker == group[0].speaker
            and group[0].start_ms - last[-1].end_ms < rules.pause_ms_min
            and min(_length_ms(last), _length_ms(group)) < rules.cue_ms_min
            and _fits([*last, *group], rules)
        ):
            result[-1] = [*last, *group]
        else:
            result.append(group)
    return result


def _timed(groups: Sequence[list[Word]], rules: CaptionRules, duration_ms: int | None) -> tuple[Cue, ...]:
    starts_ms: list[int] = []
    for group in groups:
        # Two speakers at once may start in the same millisecond; cues follow each other all the same.
        starts_ms.append(max(group[0].start_ms, starts_ms[-1] + 1 if starts_ms else 0))
    result = []
    for index, group in enumerate(groups):
        start_ms = starts_ms[index]
        end_ms = min(max(word.end_ms for word in group), start_ms + rules.cue_ms_max)
        end_ms = max(end_ms, start_ms + rules.cue_ms_min)
        if index + 1 < len(groups):
            end_ms = min(end_ms, starts_ms[index + 1])
        elif duration_ms is not None:
            end_ms = max(start_ms + 1, min(end_ms, duration_ms))
        result.append(Cue(start_ms, end_ms, _wrapped(group, rules), group[0].speaker))
    return tuple(result)


def _wrapped(words: Sequence[Word], rules: CaptionRules) -> tuple[str, ...]:
    """The words in as few lines as possible; two lines are made about equally long, and a comma draws the break."""
    lines = [words[0].text]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word.text) <= rules.line_characters_max:
            lines[-1] += f" {word.text}"
        else:
            lines.append(word.text)
    if len(lines) != 2:
        return tuple(lines)
    best = (len(lines[0]) + len(lines[1]), tuple(lines))
    for count in range(1, len(words)):
        first = " ".join(word.text for word in words[:count])
        second = " ".join(word.text for word in words[count:])
        if max(len(first), len(second)) <= rules.line_characters_max:
            unevenness = abs(len(first) - len(second)) - (10 if first.endswith(_CLAUSE_ENDS + _SENTENCE_ENDS) else 0)
            best = min(best, (unevenness, (first, second)))
    return best[1]


def _length_ms(words: Sequence[Word]) -> int:
    return max(word.end_ms for word in words) - words[0].start_ms


def _ends_sentence(word: Word) -> bool:
    return word.text.rstrip(_CLOSING_QUOTES).endswith(_SENTENCE_ENDS)


def _clean(text: str) -> str:
    return " ".join(text.split())


def _clock(instant_ms: int, point: str) -> str:
    seconds, milliseconds = divmod(instant_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{point}{milliseconds:03d}"
