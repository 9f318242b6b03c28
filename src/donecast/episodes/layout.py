"""Where words are heard in a finished episode: those of the recording, and those that a voice speaks. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from donecast.core.span import Span
from donecast.core.timeline import Timeline, from_kept, parts_from_json, parts_to_json, shifted
from donecast.core.words import Word


@dataclass(frozen=True, slots=True)
class SpokenPart:
    """Text that a voice speaks somewhere in the finished episode; milliseconds of the episode.

    ``word_spans``: when each of its words is said, in milliseconds from its own start; empty where nobody tells.
    """

    text: str
    start_ms: int
    end_ms: int
    word_spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """Where words are heard in a finished episode: the edited recording from ``content_start_ms`` on, spoken parts."""

    duration_ms: int
    content_start_ms: int
    timeline: Timeline
    spoken: tuple[SpokenPart, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `layout_from_json` reads them back to an equal layout."""
        return {
            "version": 3,
            "duration_ms": self.duration_ms,
            "content_start_ms": self.content_start_ms,
            "source_duration_ms": self.timeline.source_duration_ms,
            "parts": parts_to_json(self.timeline.parts),
            "spoken": [
                [part.text, part.start_ms, part.end_ms, [[span.start_ms, span.end_ms] for span in part.word_spans]]
                for part in self.spoken
            ],
        }

    def words(self, recorded: Sequence[Word]) -> tuple[Word, ...]:
        """All words of the episode on its own time: those of the recording that are heard, and the spoken parts'."""
        heard = shifted(self.timeline.retime(recorded), self.content_start_ms)
        spoken = [word for part in self.spoken for word in _spoken_words(part)]
        return tuple(sorted([*heard, *spoken], key=lambda word: (word.start_ms, word.end_ms)))


def layout_from_json(document: Mapping[str, Any]) -> Layout:
    """Reads what `Layout.to_json` wrote. Raises ValueError for another version."""
    source_duration_ms = document["source_duration_ms"]
    match document.get("version"):
        case 1:
            timeline = from_kept(source_duration_ms, (Span(start_ms, end_ms) for start_ms, end_ms in document["kept"]))
        case 2 | 3:
            timeline = Timeline(source_duration_ms, parts_from_json(document["parts"]))
        case version:
            raise ValueError(f"layout version {version!r} is not known")
    return Layout(
        duration_ms=document["duration_ms"],
        content_start_ms=document["content_start_ms"],
        timeline=timeline,
        spoken=tuple(
            SpokenPart(text, start_ms, end_ms, tuple(Span(*span) for span in (spans[0] if spans else ())))
            for text, start_ms, end_ms, *spans in document["spoken"]
        ),
    )


def _spoken_words(part: SpokenPart) -> Iterator[Word]:
    """The part's words, when the voice says them; each with a share of its time by length where that is not known."""
    texts = part.text.split()
    if len(part.word_spans) == len(texts):
        for text, span in zip(texts, part.word_spans, strict=True):
            start_ms = min(part.start_ms + span.start_ms, part.end_ms - 1)
            yield Word(text, start_ms, max(start_ms + 1, min(part.start_ms + span.end_ms, part.end_ms)))
        return
    total = sum(len(text) + 1 for text in texts)
    length_ms, done = part.end_ms - part.start_ms, 0
    for text in texts:
        start_ms = part.start_ms + length_ms * done // total
        done += len(text) + 1
        end_ms = max(start_ms + 1, part.start_ms + length_ms * done // total)
        yield Word(text, start_ms, end_ms, timing="interpolated")
