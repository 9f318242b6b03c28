"""What speech does inside child processes: JSON values in, JSON values out, see `engine.sandbox`.

Spans travel as ``[start_ms, end_ms]``, words as ``[text, start_ms, end_ms]``.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from donecast.core.span import Span
from donecast.speech import decoding, forced_alignment
from donecast.speech.feed import Feed
from donecast.speech.retakes import retake_in
from donecast.speech.voice_detector import listen_to_part

Progress = Callable[[int], None]


def listen(arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """``{feed, part}`` to ``{speech: spans}``: where somebody speaks within the part."""
    part = Span(*arguments["part"])
    speech = listen_to_part(Path(arguments["feed"]), part, on_progress=lambda share: progress(int(100 * share)))
    return {"speech": [[span.start_ms, span.end_ms] for span in speech]}


def transcribe(arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """``{feed, pieces, islands, keyphrases}`` to ``{words, hits, fillers}``.

    Words of the pieces, marker hits in the pieces, and those islands (short lonely sounds) that sound like a filler.
    """
    feed = Path(arguments["feed"])
    pieces = [Span(*piece) for piece in arguments["pieces"]]
    islands = [Span(*island) for island in arguments["islands"]]
    counter = _Counter(pieces, progress)
    words = decoding.decode(feed, pieces, counter.add)
    fillers = decoding.filler_islands(feed, islands) if islands else []
    return {
        "words": [[word.text, word.start_ms, word.end_ms] for word in words],
        "hits": spot(arguments, lambda _: None)["hits"],
        "fillers": [[word.text, word.start_ms, word.end_ms] for word in fillers],
    }


def spot(arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """``{feed, pieces, keyphrases}`` to ``{hits}``: ``[keyword, start_ms, end_ms]`` for each marker heard."""
    keyphrases = [tuple(entry) for entry in arguments["keyphrases"]]
    hits = []
    if keyphrases:
        with tempfile.TemporaryDirectory() as folder:
            pieces = [Span(*piece) for piece in arguments["pieces"]]
            hits = decoding.spot(Path(arguments["feed"]), pieces, keyphrases, Path(folder))
    progress(100)
    return {"hits": [[hit.keyword, hit.span.start_ms, hit.span.end_ms] for hit in hits]}


def retakes(arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """``{feed, windows}`` to ``{found}``: what `retakes.retake_in` says of each window."""
    windows = arguments["windows"]
    found = []
    with Feed(Path(arguments["feed"])) as feed:
        for number, window in enumerate(windows, 1):
            found.append(retake_in(feed, window))
            progress(100 * number // len(windows))
    return {"found": found}


def align(arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """``{feed, pieces: [[start_ms, end_ms, [word, ...]]], pronunciations: {word: phones}}`` to ``{pieces}``.

    Each piece's answer is a list of ``[start_ms, end_ms]``, one for each word, or None when text and sound do not fit.
    """
    pieces = [(Span(start, end), list(words)) for start, end, words in arguments["pieces"]]
    counter = _Counter([span for span, _ in pieces], progress)
    aligned = forced_alignment.align_pieces(
        Path(arguments["feed"]), pieces, dict(arguments["pronunciations"]), counter.add
    )
    return {
        "pieces": [None if spans is None else [[span.start_ms, span.end_ms] for span in spans] for spans in aligned]
    }


class _Counter:
    """Turns milliseconds of finished sound into percent."""

    def __init__(self, pieces: Sequence[Span], progress: Progress) -> None:
        self._total_ms = max(1, sum(piece.duration_ms for piece in pieces))
        self._done_ms = 0
        self._progress = progress

    def add(self, sound_ms: int) -> None:
        self._done_ms += sound_ms
        self._progress(min(100, 100 * self._done_ms // self._total_ms))
