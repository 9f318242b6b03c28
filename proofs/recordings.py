"""Recordings of people, as the recogniser's feeds, with the words that are said in them; and an hour made of them."""

import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np

from donecast.core.span import Span
from donecast.engine.analysis import speech_feed
from donecast.engine.limits import EngineLimits
from donecast.speech.feed import SAMPLES_PER_MS, Feed
from proofs.harness import sample

READERS = (
    *("bush_radio_address_2008", "jfk_inaugural_1961", "librivox_sense_0870"),
    *("librivox_sense_0890", "librivox_sonnet_01", "ljspeech_lj050_0131"),
)
_BETWEEN_MS = 1_000
_ROOM_NOISE = 6  # of 32768: no microphone hears nothing at all


@dataclass(frozen=True, slots=True)
class Recording:
    """A feed (16 kHz, mono, 16 bit) of ``duration_ms`` and what is said in it, as people write it."""

    name: str
    feed: Path
    duration_ms: int
    text: str


def recording(name: str, folder: Path) -> Recording:
    """One of the samples, decoded into ``folder`` as the line decodes an upload."""
    feed = speech_feed(sample(f"{name}.flac"), folder / f"{name}.wav", limits=EngineLimits())
    with Feed(feed) as opened:
        return Recording(name, feed, opened.duration_ms, sample(f"{name}.txt").read_text("utf-8"))


def one_after_the_other(
    recordings: Sequence[Recording], duration_ms: int, out: Path
) -> tuple[Path, list[tuple[Recording, Span]]]:
    """The recordings over and over, a second of room between them, until ``duration_ms`` is reached; who is where."""
    noise = np.random.default_rng(1).integers(-_ROOM_NOISE, _ROOM_NOISE + 1, _BETWEEN_MS * SAMPLES_PER_MS)
    places: list[tuple[Recording, Span]] = []
    with wave.open(str(out), "wb") as writer:
        writer.setparams((1, 2, 16_000, 0, "NONE", ""))
        for chosen in _until(recordings, duration_ms):
            writer.writeframes(noise.astype("<i2").tobytes())
            start_ms = writer.getnframes() // SAMPLES_PER_MS
            with Feed(chosen.feed) as feed:
                writer.writeframes(feed.read(Span(0, chosen.duration_ms)).tobytes())
            places.append((chosen, Span(start_ms, start_ms + chosen.duration_ms)))
    return out, places


def _until(recordings: Sequence[Recording], duration_ms: int) -> Iterator[Recording]:
    done_ms = 0
    for chosen in cycle(recordings):
        if done_ms >= duration_ms:
            return
        yield chosen
        done_ms += chosen.duration_ms + _BETWEEN_MS
