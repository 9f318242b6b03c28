"""A talk of two or three voices made of noise, and the files that their recorders write."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks._talk import Line, Recorder, Said, record, talk

RATE = 44_100


@dataclass(frozen=True)
class Talk:
    """Who says what, and the files."""

    said: list[Said]
    paths: list[Path]

    def only(self, speaker: int) -> list[tuple[float, float]]:
        """Seconds of true time in which this speaker's lines sound, others' or not."""
        return [(one.start_seconds, one.end_seconds) for one in self.said if one.speaker == speaker]


def babble(seconds: float, seed: int, rate: int = RATE) -> Line:
    """Syllables of noise with the colour of a voice, its peak at -9 dBFS."""
    generator = np.random.default_rng(seed)
    dull = np.convolve(generator.standard_normal(round(seconds * rate)), np.hanning(14), "same")
    envelope = np.zeros(len(dull))
    at = 0
    while at < len(dull):
        length = int(generator.uniform(0.08, 0.3) * rate)
        syllable = envelope[at : at + length]
        syllable += generator.uniform(0.3, 1.0) * np.hanning(length)[: len(syllable)] ** 0.5
        at += length + int(generator.uniform(0.0, 0.08) * rate)
    sound = dull * envelope
    result: Line = (0.355 * sound / np.abs(sound).max()).astype(np.float32)
    return result


def make_talk(
    folder: Path,
    recorders: Sequence[Recorder],
    *,
    seconds: float = 40,
    rates: Sequence[int] = (RATE, RATE, RATE),
    speakers: int | None = None,
    seed: int = 1,
) -> Talk:
    """A talk and its tracks, ``host.wav``, ``guest.wav``, ``third.wav``; ``speakers`` fewer than recorders may talk."""
    lengths = [1.4 + 0.3 * number for number in range(6)]
    lines = [[babble(length, 1_000 * seed + 100 * one + int(10 * length)) for length in lengths] for one in range(3)]
    said = talk(lines[: speakers or len(recorders)], seconds, rate=RATE, seed=seed)
    paths = []
    for own, (name, recorder, rate) in enumerate(zip(("host", "guest", "third"), recorders, rates, strict=False)):
        heard = lines if rate == RATE else [[_at_rate(line, rate) for line in person] for person in lines]
        out = folder / f"{name}.wav"
        paths.append(record(out, said, heard, own=own, recorder=recorder, seconds=seconds, rate=rate, seed=seed + own))
    return Talk(said, paths)


def _at_rate(line: Line, rate: int) -> Line:
    places = np.arange(int(len(line) * rate / RATE)) * (RATE / rate)
    result: Line = np.interp(places, np.arange(len(line)), line).astype(np.float32)
    return result
