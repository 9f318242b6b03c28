"""Known words to exact times: runs inside a child process, piece by piece.

The decoder fails silently (no segments) when text and sound do not fit within its beam, so wider beams follow, each
several times slower. Never wider than these: an unlimited beam does not end.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pocketsphinx import Decoder

from donecast.core.span import Span
from donecast.speech.decoding import new_decoder, segments
from donecast.speech.feed import Feed, Samples

_BEAMS: tuple[float | None, ...] = (None, 1e-100, 1e-200)
_VARIANT = re.compile(r"\(\d+\)$")
_PHONE_MS_MIN = 30  # three states of a phone, one frame each
_SQUEEZED_SHARE_MAX = 0.4  # more words than this at their shortest: the text was forced onto other speech


def align_pieces(
    feed: Path,
    pieces: Sequence[tuple[Span, Sequence[str]]],
    pronunciations: Mapping[str, str],
    report: Callable[[int], None],
) -> list[list[Span] | None]:
    """For each piece one span per word, or None where the words do not fit the sound.

    Words are lower case and in the dictionary or in ``pronunciations``. ``report`` gets each finished piece's length.
    """
    decoders: dict[float | None, Decoder] = {}
    result: list[list[Span] | None] = []
    with Feed(feed) as opened:
        for piece, words in pieces:
            samples = opened.read(piece)
            spans = None
            for beam in _BEAMS if words else ():
                if beam not in decoders:
                    decoders[beam] = _aligner(beam, pronunciations)
                spans = _align(decoders[beam], samples, words, piece.start_ms)
                if spans is not None:
                    break
            result.append(spans)
            report(piece.duration_ms)
    return result


def _aligner(beam: float | None, pronunciations: Mapping[str, str]) -> Decoder:
    beams = {} if beam is None else {"beam": beam, "wbeam": beam, "pbeam": beam}
    decoder = new_decoder(lm=None, **beams)
    for word, phones in pronunciations.items():
        decoder.add_word(word, phones, True)
    return decoder


def _align(decoder: Decoder, samples: Samples, words: Sequence[str], start_ms: int) -> list[Span] | None:
    decoder.set_align_text(" ".join(words))
    found = [
        (_VARIANT.sub("", name), span)
        for name, span in segments(decoder, samples, start_ms)
        if not name.startswith(("<", "[", "+")) and name != "(NULL)"
    ]
    if [name for name, _ in found] != list(words):
        return None
    squeezed = 0
    for name, span in found:
        phones = decoder.lookup_word(name) or ""
        squeezed += span.duration_ms <= _PHONE_MS_MIN * len(phones.split()) and len(phones.split()) > 1
    return None if squeezed > _SQUEEZED_SHARE_MAX * len(words) + 1 else [span for _, span in found]
