"""Sound to words with the decoder itself: runs inside a child process, on the pieces that it is given.

Frames are 10 ms and their ends are inclusive: a word's end is (end frame + 1) * 10 ms after its piece's start.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from pocketsphinx import Decoder

from donecast.core.span import Span
from donecast.core.words import Word
from donecast.speech.feed import Feed, Samples
from donecast.speech.markers import MarkerHit

FRAME_MS = 10
_VARIANT = re.compile(r"\(\d+\)$")
_PIECE_SAMPLES_MIN = 1_600  # below 100 ms the decoder has nothing to work on
_MARKER_PHONE_MS_MIN = 50  # a hit that hurries more than this is part of another word
_ISLAND_MARGIN_MS = 100
_FILLER_SOUNDS = {
    "filler-um-1": "AH M",
    "filler-um-2": "AH M M",
    "filler-uh-1": "AH",
    "filler-uh-2": "AH AH",
    "filler-uh-3": "AH N",
    "filler-er-1": "ER",
    "filler-er-2": "ER ER",
    "filler-hm-1": "HH M",
}
# Words that people do say between two pauses: a filler must sound less like all of these.
_SAID_ALONE = (
    "yes no and so okay right well now one two three four five six eight nine ten on then oh why how here good great "
    "sure please thanks hello hi bye go stop yet again time day man out god life love peace death truth war none done "
    "because those nothing more"
)

ReportMs = Callable[[int], None]


def new_decoder(**options: object) -> Decoder:
    """A decoder with the shipped US English model, silent on the terminal. ``lm=None`` leaves the words out."""
    return Decoder(samprate=16_000, loglevel="FATAL", **options)


def decode(feed: Path, pieces: Sequence[Span], report: ReportMs) -> list[Word]:
    """Words of each piece, in order. ``report`` gets the length in milliseconds of each piece when it is done."""
    decoder = new_decoder()
    words: list[Word] = []
    for piece, samples in _read(feed, pieces):
        words.extend(
            Word(text=text, start_ms=span.start_ms, end_ms=span.end_ms)
            for name, span in segments(decoder, samples, piece.start_ms)
            if (text := displayed(name))
        )
        report(piece.duration_ms)
    return words


def spot(
    feed: Path, pieces: Sequence[Span], keyphrases: Sequence[tuple[str, str, float]], folder: Path
) -> list[MarkerHit]:
    """Every place where a marker is heard. ``keyphrases`` are (keyword, pronunciation, threshold); overlaps possible.

    ``folder`` takes the small file in which the decoder wants them. Costs a tenth of what `decode` does.
    """
    decoder = new_decoder(lm=None)
    names = {f"marker-{index}": phrase for index, phrase in enumerate(keyphrases)}
    for name, (_, pronunciation, _) in names.items():
        decoder.add_word(name, pronunciation, True)
    lines = [f"{name} /{threshold:g}/\n" for name, (_, _, threshold) in names.items()]
    path = folder / "keyphrases.txt"
    path.write_text("".join(lines), encoding="ascii")
    decoder.add_kws("markers", str(path))
    decoder.activate_search("markers")
    hits = []
    for piece, samples in _read(feed, pieces):
        for found, span in segments(decoder, samples, piece.start_ms):
            keyword, pronunciation, _ = names.get(found.strip(), ("", "", 0.0))
            if keyword and span.duration_ms >= _MARKER_PHONE_MS_MIN * len(pronunciation.split()):
                hits.append(MarkerHit(keyword, span))
    return hits


def filler_islands(feed: Path, islands: Sequence[Span]) -> list[Word]:
    """Those islands that sound more like "um" or "uh" than like a word people say alone; a suggestion, no more.

    Measured on flite's four voices: 12 of 40 found, none of 32 lonely words and none of a human reader taken for one.
    """
    decoder = new_decoder(lm=None)
    for name, pronunciation in _FILLER_SOUNDS.items():
        decoder.add_word(name, pronunciation, False)
    known = [word for word in _SAID_ALONE.split() if decoder.lookup_word(word)]
    alternatives = " | ".join([*_FILLER_SOUNDS, *known])
    decoder.add_word("unused-filler", "AH", True)
    decoder.add_jsgf_string("alone", f"#JSGF V1.0; grammar alone; public <alone> = {alternatives};")
    decoder.activate_search("alone")
    fillers = []
    for island in islands:
        wide = Span(max(0, island.start_ms - _ISLAND_MARGIN_MS), island.end_ms + _ISLAND_MARGIN_MS)
        for _, samples in _read(feed, [wide]):
            names = [name for name, _ in segments(decoder, samples, wide.start_ms) if not name.startswith("<")]
            if len(names) == 1 and names[0] in _FILLER_SOUNDS:
                fillers.append(Word(names[0].split("-")[1], island.start_ms, island.end_ms))
    return fillers


def segments(decoder: Decoder, samples: Samples, start_ms: int) -> list[tuple[str, Span]]:
    """The decoder's raw segments for one utterance that begins at ``start_ms``; empty when it hears nothing."""
    decoder.start_utt()
    decoder.process_raw(samples.tobytes(), full_utt=True)
    decoder.end_utt()
    end_ms = start_ms + samples.size // 16
    found = []
    for segment in decoder.seg() or ():
        from_ms = start_ms + segment.start_frame * FRAME_MS
        to_ms = min(start_ms + (segment.end_frame + 1) * FRAME_MS, end_ms)
        if from_ms < to_ms:
            found.append((segment.word, Span(from_ms, to_ms)))
    return found


def displayed(name: str) -> str:
    """A dictionary entry as people write it: no variant number, no silence or noise, "I" in upper case."""
    text = _VARIANT.sub("", name)
    if text.startswith(("<", "[", "+")):
        return ""
    return "I" + text[1:] if text == "i" or text.startswith("i'") else text


def _read(feed: Path, pieces: Sequence[Span]) -> Iterator[tuple[Span, Samples]]:
    """One piece at a time, so that memory is bounded by the longest; short ones are filled up with silence."""
    with Feed(feed) as opened:
        for piece in pieces:
            samples = opened.read(piece)
            yield piece, np.pad(samples, (0, max(0, _PIECE_SAMPLES_MIN - samples.size)))
