"""Words as they were spoken: text, times, speaker. All times in the recording's own milliseconds."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from donecast.core.span import Span

WordKind = Literal["word", "filler", "marker", "event"]
WordTiming = Literal["engine", "aligned", "interpolated"]
TranscriptQuality = Literal["basic", "good", "provider", "given"]
FillerHearing = Literal["reported", "guessed", "left_out"]
"""Whether hesitations such as "um" are among the words: heard like any word, here and there, or never."""


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word. ``text`` keeps punctuation; ``confidence`` is 0 to 1, or None when there is no honest one."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float | None = None
    speaker: str | None = None
    kind: WordKind = "word"
    timing: WordTiming = "engine"

    def __post_init__(self) -> None:
        if not 0 <= self.start_ms < self.end_ms:
            raise ValueError(f"word {self.text!r} has no length: {self.start_ms} to {self.end_ms} ms")

    @property
    def span(self) -> Span:
        """Where the word stands in the recording."""
        return Span(self.start_ms, self.end_ms)


@dataclass(frozen=True, slots=True)
class Transcript:
    """All words of one recording, starts never decreasing, with the facts of the engine that heard them.

    ``fillers`` "left_out": that no hesitation is among the words says nothing about the sound.
    """

    words: tuple[Word, ...]
    language: str
    duration_ms: int
    engine: str
    engine_version: str
    quality: TranscriptQuality
    fillers: FillerHearing = "guessed"

    def __post_init__(self) -> None:
        starts = [word.start_ms for word in self.words]
        if starts != sorted(starts):
            raise ValueError("words must be in the order in which they were spoken")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `transcript_from_json` reads them back to an equal transcript."""
        return {"version": 1, **asdict(self), "words": [asdict(word) for word in self.words]}


def transcript_from_json(document: Mapping[str, Any]) -> Transcript:
    """Reads what `Transcript.to_json` wrote. Raises ValueError for another version or a missing field."""
    if document.get("version") != 1:
        raise ValueError(f"transcript version {document.get('version')!r} is not known")
    try:
        words = tuple(Word(**word) for word in document["words"])
        fields = {name: document[name] for name in ("language", "duration_ms", "engine", "engine_version", "quality")}
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a transcript: {error}") from error
    if fields["quality"] not in get_args(TranscriptQuality):
        raise ValueError(f"transcript quality {fields['quality']!r} is not known")
    fillers = document.get("fillers", "guessed")
    if fillers not in get_args(FillerHearing):
        raise ValueError(f"nobody knows what it means that fillers are {fillers!r}")
    return Transcript(words=words, **fields, fillers=fillers)
