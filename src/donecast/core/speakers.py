"""Who speaks when, known from a track of one's own for each person, and words labelled by it."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from donecast.core.words import Transcript, Word

_NEAR_MS = 1_000


@dataclass(frozen=True, slots=True, order=True)
class SpeakerSpan:
    """Somebody speaks: half-open, in the recording's own milliseconds; ``track`` counts from 0.

    Raises ValueError when it is empty or negative.
    """

    start_ms: int
    end_ms: int
    track: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_ms < self.end_ms or self.track < 0:
            raise ValueError(f"not a span of speech: {self.start_ms} to {self.end_ms} ms, track {self.track}")


def labelled(transcript: Transcript, spans: Sequence[SpeakerSpan], names: Sequence[str]) -> Transcript:
    """The transcript with a speaker at each word that has none: whose speech it shares most time with.

    ``names`` are the tracks' speakers. A word outside all speech belongs to who speaks within a second of it, else to
    nobody. The spans of one track must not overlap each other.
    """
    tracks = [sorted(span for span in spans if span.track == number) for number in range(len(names))]
    ends = [[span.end_ms for span in track] for track in tracks]

    def speaker(word: Word) -> str | None:
        closest = [_closeness_ms(word, track, ended) for track, ended in zip(tracks, ends, strict=True)]
        best = max(range(len(names)), key=closest.__getitem__, default=None)
        return None if best is None or closest[best] < -_NEAR_MS else names[best]

    return replace(
        transcript,
        words=tuple(word if word.speaker else replace(word, speaker=speaker(word)) for word in transcript.words),
    )


def named(words: Iterable[Word], names: Mapping[str, str]) -> tuple[Word, ...]:
    """The words with the names that people gave to an engine's labels, such as "A"; labels without one stay."""
    return tuple(
        replace(word, speaker=names.get(word.speaker, word.speaker)) if word.speaker else word for word in words
    )


def _closeness_ms(word: Word, track: Sequence[SpeakerSpan], ends: Sequence[int]) -> int:
    """Time that the word shares with the track's speech; where there is none, less than 0: how far away that is."""
    first = bisect_right(ends, word.start_ms)
    shared = 0
    for span in track[first:]:
        if span.start_ms >= word.end_ms:
            break
        shared += min(span.end_ms, word.end_ms) - max(span.start_ms, word.start_ms)
    if shared:
        return shared
    gaps = [span.start_ms - word.end_ms for span in track[first : first + 1]]
    gaps += [word.start_ms - end for end in ends[max(0, first - 1) : first]]
    return -min(gaps, default=_NEAR_MS + 1) - 1
