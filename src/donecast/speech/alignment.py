"""A given text and a feed become words with times: the way in for transcripts that people bring along.

The text is cut into pieces that each belong to a stretch of sound: by cue times where the text has them, else by
places where the built-in recogniser heard the same three words in a row. Each piece is aligned in a child process.
Where sound and text do not fit, words are spread over the speech there and say so: ``timing="interpolated"``.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from donecast.core.given_transcript import GivenCue
from donecast.core.span import Span, complement
from donecast.core.words import Transcript, Word, WordTiming
from donecast.speech.anchors import cut_by_cues, cut_by_hearing, heard_places
from donecast.speech.crew import run_crew
from donecast.speech.feed import Feed
from donecast.speech.markers import within_recording
from donecast.speech.pieces import share_out
from donecast.speech.pocketsphinx import PocketSphinxTranscriber
from donecast.speech.pronunciation import Pronunciation, dictionary_lookup, pronounce_unknown
from donecast.speech.spoken_text import Token, spoken_words, spread, tokens_of
from donecast.speech.spotting import spot_markers
from donecast.speech.transcriber import MarkerSpec, Transcriber
from donecast.speech.voice_activity import listen

ENGINE = "pocketsphinx-alignment"
_SHARE_MS = 120_000
_HEARING_SHARE = 0.8  # of the work, where the text must be looked for first
_ALONE_MS_MAX = 60_000  # shorter feeds are aligned in one go, without hearing them first
_APART_MS_MAX = 150  # what was heard and what was aligned are mostly within 30 ms; where they are not, a word is wrong
_PIECE_MS_MAX = 150_000  # the decoder's memory and time grow with length; beyond this words are spread


@dataclass(frozen=True, slots=True)
class SpokenToken:
    """A token of the given text with its speaker, and the caption that it stands in where the text has times."""

    token: Token
    speaker: str | None
    caption: Span | None = None


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A stretch of sound and the tokens ``first`` to ``last`` (not included) that are said in it."""

    span: Span
    first: int
    last: int


def align(
    feed: Path,
    cues: Sequence[GivenCue],
    *,
    duration_ms: int,
    markers: Mapping[str, MarkerSpec] | None = None,
    pauses: Sequence[Span] | None = None,
    transcriber: Transcriber | None = None,
    processes: int | None = None,
    on_progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Transcript:
    """A given text as a transcript of the feed: its own words, one for each token, in order, with found times.

    Cues that are single words with times of their own keep them (``timing="engine"``). A text without times for more
    than a minute of sound is first looked for with ``transcriber`` (the built-in one when None). ``markers`` are
    listened for and added, for people rarely write them down. ``pauses``, when already known, spare listening for
    them. ``on_progress`` gets 0 to 1. Costs 0.02 of the feed's length for a good text with times, up to 0.6.

    Raises FeedUnreadable, SpeechUnavailable, TranscriptionFailed, TranscriptionCancelled, MarkerUnspeakable.
    """
    with Feed(feed) as opened:
        feed_ms = opened.duration_ms
    if pauses is None:
        pauses = listen(feed, processes=processes, cancelled=cancelled).pauses
    words = _words_with_times(cues, feed_ms)
    if not words and feed_ms:
        words = _found_words(feed, cues, feed_ms, pauses, transcriber, processes, on_progress, cancelled)
    if markers:
        heard = spot_markers(
            feed, markers, pauses=pauses, duration_ms=feed_ms, processes=processes, cancelled=cancelled
        )
        words = _with_markers(words, heard)
    if on_progress is not None:
        on_progress(1.0)
    return Transcript(
        words=within_recording(words, duration_ms),
        language="en-US",
        duration_ms=duration_ms,
        engine=ENGINE,
        engine_version=PocketSphinxTranscriber().version,
        quality="given",
    )


def _found_words(
    feed: Path,
    cues: Sequence[GivenCue],
    feed_ms: int,
    pauses: Sequence[Span],
    transcriber: Transcriber | None,
    processes: int | None,
    on_progress: Callable[[float], None] | None,
    cancelled: Callable[[], bool] | None,
) -> tuple[Word, ...]:
    """Words of cues whose times must be found: cut into pieces, aligned, and spread where that fails."""
    tokens, firsts = _tokens(cues)
    edges: Sequence[tuple[int, int]] = ()
    places: Mapping[int, Span] = {}
    if all(cue.start_ms is not None for cue in cues):
        edges = cut_by_cues(cues, firsts, pauses, feed_ms)
    elif feed_ms > _ALONE_MS_MAX:
        heard = (transcriber or PocketSphinxTranscriber(processes)).transcribe(
            feed,
            duration_ms=feed_ms,
            pauses=pauses,
            on_progress=_portion(on_progress, 0.0, _HEARING_SHARE),
            cancelled=cancelled,
        )
        spoken = [entry.token.spoken for entry in tokens]
        edges = cut_by_hearing(spoken, heard.words, pauses, feed_ms)
        places = heard_places(spoken, heard.words)
        on_progress = _portion(on_progress, _HEARING_SHARE, 1.0)
    pieces = _pieces(edges, len(tokens), feed_ms)
    known = _pronunciations(tokens)
    spans = _aligned(feed, pieces, tokens, known, processes, on_progress, cancelled)
    speech = complement(pauses, Span(0, feed_ms))
    words: list[Word] = []
    for piece, aligned in zip(pieces, spans, strict=True):
        words.extend(_words(piece, tokens[piece.first : piece.last], aligned, known, speech))
    return checked(words, places)


def _tokens(cues: Sequence[GivenCue]) -> tuple[list[SpokenToken], list[int]]:
    """The tokens of all cues, and with which of them each cue begins."""
    tokens: list[SpokenToken] = []
    firsts: list[int] = []
    for cue in cues:
        firsts.append(len(tokens))
        timed = cue.start_ms is not None and cue.end_ms is not None and cue.start_ms < cue.end_ms
        caption = Span(cue.start_ms or 0, cue.end_ms or 0) if timed else None
        tokens.extend(SpokenToken(token, cue.speaker, caption) for token in tokens_of(cue.text))
    return tokens, firsts


def spread_captions(cues: Sequence[GivenCue], *, pauses: Sequence[Span], feed_ms: int) -> tuple[Word, ...]:
    """The words of captions, each shared out over the speech within its caption, in order; guesses, and marked so.

    For languages that nothing here can align.
    """
    tokens, _ = _tokens(cues)
    whole = Span(0, feed_ms)
    words = _spread_over_speech(TextPiece(whole, 0, len(tokens)), tokens, complement(pauses, whole))
    return tuple(sorted(words, key=lambda word: (word.start_ms, word.end_ms)))


def checked(words: Sequence[Word], places: Mapping[int, Span]) -> tuple[Word, ...]:
    """Words that were heard elsewhere than they were aligned, where they were heard; unheard ones between those.

    A wrong word in the text takes the time of those beside it. ``places`` are spans by the number of the word, rising.
    """
    moved = {
        number: span for number, span in places.items() if abs(words[number].start_ms - span.start_ms) > _APART_MS_MAX
    }
    result = [
        replace(word, start_ms=moved[number].start_ms, end_ms=moved[number].end_ms, timing="engine")
        if number in moved
        else word
        for number, word in enumerate(words)
    ]
    heard = sorted(places)
    for before, after in pairwise(heard):
        between = result[before + 1 : after]
        if between and (before in moved or after in moved):
            result[before + 1 : after] = _spread_between(between, result[before].end_ms, result[after].start_ms)
    for number in range(1, len(result)):
        start_ms = max(result[number].start_ms, result[number - 1].start_ms)
        result[number] = replace(result[number], start_ms=start_ms, end_ms=max(result[number].end_ms, start_ms + 1))
    return tuple(result)


def _spread_between(words: Sequence[Word], from_ms: int, to_ms: int) -> list[Word]:
    """Words that lie within a time as they are, else shared out over it by their length."""
    if from_ms <= words[0].start_ms and words[-1].end_ms <= to_ms:
        return list(words)
    edges = [from_ms + at_ms for at_ms in spread([len(word.text) + 2 for word in words], max(to_ms - from_ms, 0))]
    return [
        replace(word, start_ms=start_ms, end_ms=max(end_ms, start_ms + 1), timing="interpolated")
        for word, (start_ms, end_ms) in zip(words, pairwise(edges), strict=True)
    ]


def _with_markers(words: Sequence[Word], markers: Sequence[Word]) -> tuple[Word, ...]:
    """Both in order. The person's own words stay, save where they wrote the very marker that was heard.

    Where the marker was not written down, the words beside it were stretched over its sound: they give it back.
    """
    kept = []
    for word in words:
        beside = [marker for marker in markers if word.span.overlaps(marker.span)]
        if beside and any(_is_of(word, marker) for marker in markers):
            continue
        for marker in beside:
            if word.start_ms < marker.start_ms < word.end_ms <= marker.end_ms:
                word = replace(word, end_ms=marker.start_ms)  # noqa: PLW2901
            elif marker.start_ms <= word.start_ms < marker.end_ms < word.end_ms:
                word = replace(word, start_ms=marker.end_ms)  # noqa: PLW2901
        kept.append(word)
    return tuple(sorted([*kept, *markers], key=lambda word: (word.start_ms, word.end_ms)))


def _is_of(word: Word, marker: Word) -> bool:
    """Whether a written word is the marker, or one of the words of a marker that has several and lies over it."""
    said, wanted = spoken_words(word.text), spoken_words(marker.text)
    return said == wanted or (bool(said) and set(said) <= set(wanted) and word.span.overlaps(marker.span))


def _words_with_times(cues: Sequence[GivenCue], duration_ms: int) -> tuple[Word, ...]:
    """The cues themselves as words, when each is one word that has its times; else nothing."""
    words: list[Word] = []
    for cue in cues:
        if cue.start_ms is None or cue.end_ms is None or len(cue.text.split()) != 1:
            return ()
        if cue.start_ms < min(cue.end_ms, duration_ms):
            words.append(Word(cue.text, cue.start_ms, min(cue.end_ms, duration_ms), speaker=cue.speaker))
    return tuple(sorted(words, key=lambda word: word.start_ms))


def _portion(on_progress: Callable[[float], None] | None, start: float, end: float) -> Callable[[float], None] | None:
    return None if on_progress is None else lambda share: on_progress(start + (end - start) * share)


def _pieces(edges: Sequence[tuple[int, int]], tokens_count: int, duration_ms: int) -> list[TextPiece]:
    """``edges`` are (token index, instant) pairs, rising in both, between which the pieces lie."""
    whole = [(0, 0), *edges, (tokens_count, duration_ms)]
    return [
        TextPiece(Span(start_ms, end_ms), first, last)
        for (first, start_ms), (last, end_ms) in pairwise(whole)
        if start_ms < end_ms
    ]


def _pronunciations(tokens: Sequence[SpokenToken]) -> dict[str, Pronunciation | None]:
    """For every spoken word None when the dictionary has it, else how to say it; absent when nobody knows."""
    spoken = list(dict.fromkeys(word for entry in tokens for word in entry.token.spoken))
    known = dictionary_lookup(spoken)
    others = pronounce_unknown([word for word in spoken if word not in known])
    return {word: None for word in spoken if word in known} | others


def _aligned(
    feed: Path,
    pieces: Sequence[TextPiece],
    tokens: Sequence[SpokenToken],
    known: Mapping[str, Pronunciation | None],
    processes: int | None,
    on_progress: Callable[[float], None] | None,
    cancelled: Callable[[], bool] | None,
) -> list[list[Span] | None]:
    """For each piece the spans of its sayable words, or None."""
    by_span = {piece.span: piece for piece in pieces if piece.span.duration_ms <= _PIECE_MS_MAX}
    jobs: list[dict[str, Any]] = []
    shares = share_out(list(by_span), _SHARE_MS) if by_span else ()
    for share in shares:
        texts = [_sayable(tokens[by_span[span].first : by_span[span].last], known) for span in share]
        said = {word for text in texts for word in text}
        jobs.append(
            {
                "feed": str(feed.absolute()),
                "pieces": [[span.start_ms, span.end_ms, text] for span, text in zip(share, texts, strict=True)],
                "pronunciations": {word: found.phones for word in said if (found := known[word]) is not None},
            }
        )
    answers = run_crew(
        "donecast.speech.jobs:align",
        jobs,
        [sum(span.duration_ms for span in share) for share in shares],
        readable=[feed],
        processes=processes,
        on_progress=on_progress,
        cancelled=cancelled,
    )
    found_spans: dict[Span, list[Span] | None] = {}
    for share, answer in zip(shares, answers, strict=True):
        for span, aligned in zip(share, answer["pieces"], strict=True):
            found_spans[span] = None if aligned is None else [Span(*edges) for edges in aligned]
    return [found_spans.get(piece.span) for piece in pieces]


def _sayable(tokens: Sequence[SpokenToken], known: Mapping[str, Pronunciation | None]) -> list[str]:
    return [word for entry in tokens for word in entry.token.spoken if word in known]


def _words(
    piece: TextPiece,
    tokens: Sequence[SpokenToken],
    aligned: Sequence[Span] | None,
    known: Mapping[str, Pronunciation | None],
    speech: Sequence[Span],
) -> list[Word]:
    """The piece's tokens as words. Tokens that cannot be said are put between their neighbours."""
    if aligned is None:
        return _spread_over_speech(piece, tokens, speech)
    words: list[Word] = []
    cursor = 0
    for entry in tokens:
        said = [word for word in entry.token.spoken if word in known]
        spans = aligned[cursor : cursor + len(said)]
        cursor += len(said)
        if spans:
            exact = all(found is None or not found.guessed for found in (known[word] for word in said))
            timing: WordTiming = "aligned" if exact and len(said) == len(entry.token.spoken) else "interpolated"
            start_ms, end_ms = spans[0].start_ms, spans[-1].end_ms
        else:
            timing = "interpolated"
            start_ms = words[-1].end_ms if words else piece.span.start_ms
            start_ms = min(start_ms, piece.span.end_ms - 1)
            following_ms = aligned[cursor].start_ms if cursor < len(aligned) else piece.span.end_ms
            end_ms = max(following_ms, start_ms + 1)
        words.append(Word(entry.token.text, start_ms, end_ms, speaker=entry.speaker, timing=timing))
    return words


def _spread_over_speech(piece: TextPiece, tokens: Sequence[SpokenToken], speech: Sequence[Span]) -> list[Word]:
    """The piece's words within their captions, where the text has times; else over the whole of it."""
    words: list[Word] = []
    for caption, together in groupby(tokens, key=lambda entry: entry.caption):
        span = piece.span if caption is None else _within(caption, piece.span)
        words.extend(_spread_over(span, list(together), speech))
    return words


def _within(caption: Span, piece: Span) -> Span:
    """A caption as far as it lies in the piece; a millisecond at its edge where it lies outside."""
    start_ms = min(max(caption.start_ms, piece.start_ms), piece.end_ms - 1)
    return Span(start_ms, max(min(caption.end_ms, piece.end_ms), start_ms + 1))


def _spread_over(span: Span, tokens: Sequence[SpokenToken], speech: Sequence[Span]) -> list[Word]:
    """Words shared out by their length over the milliseconds of speech in the span; honest guesses, marked so."""
    spoken = [inside for one in speech if (inside := one.clipped(span))] or [span]
    starts = [0]
    for one in spoken:
        starts.append(starts[-1] + one.duration_ms)

    def instant(at_ms: int) -> int:
        index = max(0, min(bisect_left(starts, at_ms) - 1, len(spoken) - 1))
        return spoken[index].start_ms + at_ms - starts[index]

    edges = spread([len(entry.token.text) + 2 for entry in tokens], starts[-1])
    words = []
    for entry, from_ms, to_ms in zip(tokens, edges, edges[1:], strict=False):
        start_ms = min(instant(from_ms + 1) - 1, span.end_ms - 1)
        end_ms = max(instant(to_ms), start_ms + 1)
        words.append(Word(entry.token.text, start_ms, end_ms, speaker=entry.speaker, timing="interpolated"))
    return words
