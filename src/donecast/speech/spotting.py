"""Listening for marker words alone, for feeds whose words are known already. Costs about 0.03 of the feed's length."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from donecast.core.span import Span
from donecast.core.words import Word
from donecast.speech.crew import run_crew
from donecast.speech.markers import MarkerHit, place_markers
from donecast.speech.pieces import cut_pieces, share_out
from donecast.speech.pronunciation import pronounce_phrase
from donecast.speech.transcriber import MarkerSpec
from donecast.speech.voice_activity import activity_between

_SHARE_MS = 600_000


def keyphrases_of(markers: Mapping[str, MarkerSpec]) -> list[tuple[str, str, float]]:
    """(keyword, pronunciation, threshold) for each way to say each marker. Raises MarkerUnspeakable."""
    return [
        (spec.keyword, pronunciation, spec.threshold)
        for spec in markers.values()
        for pronunciation in spec.pronunciations or pronounce_phrase(spec.keyword)
    ]


def spot_markers(
    feed: Path,
    markers: Mapping[str, MarkerSpec],
    *,
    pauses: Sequence[Span],
    duration_ms: int,
    processes: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Word, ...]:
    """Marker words in a feed of ``duration_ms`` with these pauses, in order. Raises what a crew raises."""
    keyphrases = keyphrases_of(markers)
    activity = activity_between(pauses, duration_ms)
    shares = share_out(cut_pieces(activity.speech, duration_ms), _SHARE_MS) if keyphrases else ()
    answers = run_crew(
        "donecast.speech.jobs:spot",
        [
            {
                "feed": str(feed.absolute()),
                "pieces": [[piece.start_ms, piece.end_ms] for piece in share],
                "keyphrases": keyphrases,
            }
            for share in shares
        ],
        [sum(piece.duration_ms for piece in share) for share in shares],
        readable=[feed],
        processes=processes,
        cancelled=cancelled,
    )
    hits = [MarkerHit(keyword, Span(start, end)) for answer in answers for keyword, start, end in answer["hits"]]
    return place_markers(hits, activity.silence)
