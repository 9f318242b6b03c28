"""Word errors, speed and memory of each engine that runs here, on recordings of people, and for an hour of them.

Both sides are compared as they are said: no case, no punctuation, numbers and titles spelled out, hesitations left out.
The vendor is a stand-in over a real socket that knows the words and writes every 30th wrong: its rows show what the way
there and back costs and keeps, and nothing about a vendor's ears. Local engines of a better quality need their weights.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks._measuring import run
from donecast.core.span import Span
from donecast.speech.spoken_text import spread
from proofs.harness import folder, table
from proofs.one_transcript import LOCAL, VENDOR
from proofs.recordings import READERS, Recording, one_after_the_other, recording
from tests.support.assemblyai_server import StandIn, assemblyai
from tests.support.word_error import normal_words, word_errors

DURATION = "about 25 minutes; with --minutes 20 about 12"
_MINUTES = 60
_BUSY_MINUTES = {LOCAL: 5, VENDOR: 15}
"""So long a file gives two cores work all the time; what is longer must not take more memory."""
_HEAD = ("engine", "recording", "seconds", "words", "errors", "WER", "wall s/s", "CPU s/s", "peak MiB")
_NAMES = {LOCAL: "built-in", VENDOR: "vendor's stand-in"}
_WRONG_EVERY = 30
_WORD_ERROR_RATE_MAX = {LOCAL: 0.45, VENDOR: 0.04}
_GROWTH_MAX = 1.15
_CPU_MAX = 0.6


@dataclass(frozen=True, slots=True)
class Result:
    """What one engine made of one recording, or of several together: seconds of sound and of work, words, memory."""

    engine: str
    recording: str
    sound_s: float
    words: int
    errors: int
    wall_s: float
    cpu_s: float
    peak_mib: float

    @property
    def word_error_rate(self) -> float:
        """Errors for each word that was said."""
        return self.errors / self.words

    def row(self) -> tuple[object, ...]:
        """As a line of the table."""
        return (
            *(_NAMES[self.engine], self.recording, f"{self.sound_s:.0f}", self.words, self.errors),
            f"{self.word_error_rate:.1%}",
            *(f"{self.wall_s / self.sound_s:.2f}", f"{self.cpu_s / self.sound_s:.2f}", f"{self.peak_mib:.0f}"),
        )


Places = Sequence[tuple[Recording, Span]]


def main(arguments: list[str]) -> int:
    """``--minutes N`` makes the long file so long."""
    options = dict(zip(arguments[::2], arguments[1::2], strict=True))
    minutes = int(options.get("--minutes", _MINUTES))
    broken: list[str] = []
    told: list[str] = []
    with folder() as place, assemblyai() as vendor:
        clips = [recording(name, place) for name in READERS]
        results: list[Result] = []
        for engine in (LOCAL, VENDOR):
            short = [_result(engine, clip, [(clip, Span(0, clip.duration_ms))], vendor) for clip in clips]
            together = _together(short)
            busy, long = (_made(engine, clips, length, place, vendor) for length in (_BUSY_MINUTES[engine], minutes))
            results += [*short, together, busy, long]
            growth = long.peak_mib / busy.peak_mib
            told.append(
                f"{_NAMES[engine]} {together.word_error_rate:.1%} wrong, {long.cpu_s / long.sound_s:.2f} CPU s "
                f"({long.wall_s / long.sound_s:.2f} s) for a second, {busy.peak_mib:.0f} MiB for "
                f"{_BUSY_MINUTES[engine]} minutes, x {growth:.2f} for {minutes}"
            )
            broken += _complaints(together, long, growth)
    print(table([result.row() for result in results], _HEAD))
    for complaint in broken:
        print(f"not as promised: {complaint}")
    print(f"S1: {'; '.join(told)}")
    return 1 if broken else 0


def _made(engine: str, clips: Sequence[Recording], minutes: int, place: Path, vendor: StandIn) -> Result:
    """What it makes of the recordings over and over."""
    feed, places = one_after_the_other(clips, minutes * 60_000, place / f"{minutes}.wav")
    return _result(engine, Recording(f"{minutes} minutes of these", feed, places[-1][1].end_ms, ""), places, vendor)


def _result(engine: str, heard_in: Recording, places: Places, vendor: StandIn) -> Result:
    vendor.script = list(_script(places))
    command = [sys.executable, "-m", "proofs.one_transcript", engine, str(heard_in.feed), vendor.url]
    cost = run(command, watch_memory=True)
    answer = json.loads(cost.said)
    truths = [normal_words(said.text) for said, _ in places]
    errors = sum(
        word_errors(truth, normal_words(" ".join(_said_within(answer["words"], span))))
        for truth, (_, span) in zip(truths, places, strict=True)
    )
    result = Result(
        engine=engine,
        recording=heard_in.name,
        sound_s=heard_in.duration_ms / 1_000,
        words=sum(map(len, truths)),
        errors=errors,
        wall_s=answer["wall_s"],
        cpu_s=answer["cpu_s"],
        peak_mib=cost.peak_mib or 0.0,
    )
    print("  ".join(map(str, result.row())), file=sys.stderr, flush=True)
    return result


def _said_within(words: Sequence[tuple[str, int, int]], span: Span) -> Iterator[str]:
    return (text for text, start_ms, end_ms in words if span.contains((start_ms + end_ms) // 2))


def _script(places: Places) -> Iterator[dict[str, Any]]:
    """What the stand-in hears: the words that are said, by their letters over the time, every 30th another one."""
    for said, span in places:
        texts = said.text.split()
        edges = [span.start_ms + at_ms for at_ms in spread([len(text) + 1 for text in texts], span.duration_ms)]
        for number, (text, (start_ms, end_ms)) in enumerate(zip(texts, pairwise(edges), strict=True), 1):
            heard = "something" if number % _WRONG_EVERY == 0 else text
            yield {"text": heard, "start": start_ms, "end": end_ms, "confidence": 0.95, "speaker": "A"}


def _together(results: Sequence[Result]) -> Result:
    """All of them as one; the memory is that of the largest."""
    first, *others = results
    whole = replace(first, recording="all of these")
    for other in others:
        whole = replace(
            whole,
            sound_s=whole.sound_s + other.sound_s,
            words=whole.words + other.words,
            errors=whole.errors + other.errors,
            wall_s=whole.wall_s + other.wall_s,
            cpu_s=whole.cpu_s + other.cpu_s,
            peak_mib=max(whole.peak_mib, other.peak_mib),
        )
    return whole


def _complaints(together: Result, long: Result, growth: float) -> Iterator[str]:
    name, rate_max = _NAMES[together.engine], _WORD_ERROR_RATE_MAX[together.engine]
    for result in (together, long):
        if result.word_error_rate > rate_max:
            yield f"{name}, {result.recording}: {result.word_error_rate:.1%} of the words are wrong, not {rate_max:.0%}"
    if growth > _GROWTH_MAX:
        yield f"{name}: memory grows {growth:.2f} times with the length"
    if long.cpu_s > _CPU_MAX * long.sound_s:
        yield f"{name}: {long.cpu_s / long.sound_s:.2f} processor seconds for each second of sound"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
