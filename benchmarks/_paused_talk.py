"""Talk with pauses of known place and length, and what became of it in a file from which pauses were taken.

A host and a guest, who is further from the microphone, in a room with a faint hum; pauses of speaking between most
sentences and long ones now and then. The witness finds every sentence again by correlation, so it needs to know nothing
of how a file was made.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy import signal

from benchmarks._material import SENTENCES, VOICES, sentence

RATE = 44_100
LONG_MS, BECOMES_MS = 1_800, 600
_GUEST_DB = -6.0
_LEVELS_DB = (-3.0, 3.0)
_SHORT_MS, _LONG_PAUSE_MS = (150, 1_500), (2_200, 7_000)
_LONG_SHARE = 0.15
_APART = 6
_HUM_DBFS, _NOISE_DBFS = -58.0, -66.0
_LOW_RATE = 11_025
_TRIMMED_SHARE = 0.02
_WINDOW_MS, _NEAR_MS, _SAME_MS = 50, BECOMES_MS // 2, 5
_WHOLE_MIN, _LOUD_ENOUGH = 0.5, 0.01
_HIGH_HERTZ = 4_000
_HOP, _EDGE_HOPS = 44, 20
_CLICK_DB = 9.0

Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence of the talk: which line, how loud, and its first frame; shape of time as in the recording."""

    line: int
    gain: float
    start: int


@dataclass(frozen=True, slots=True)
class Talk:
    """A recording, stereo, and its sentences in order."""

    path: Path
    spoken: tuple[Spoken, ...]


@dataclass(frozen=True, slots=True)
class Shortened:
    """What became of a talk's pauses.

    ``long_found`` of ``long_there`` pauses were shortened, each to within half of the length asked for; ``error_ms``
    is the median of how far they are off. ``others_changed`` counts pauses of speaking that changed their length,
    ``sentences_harmed`` those of which something is missing, ``clicks`` pauses in which something clicks.
    """

    long_found: int
    long_there: int
    error_ms: float
    others_changed: int
    sentences_harmed: int
    clicks: int

    @property
    def harms_nothing(self) -> bool:
        """Whether all else is as it was, whatever was missed."""
        return not (self.others_changed or self.sentences_harmed or self.clicks)


def paused_talk(folder: Path, minutes: int) -> Talk:
    """A talk of about so many minutes, the same on every machine."""
    path, notes = folder / f"paused-{minutes}.wav", folder / f"paused-{minutes}.json"
    if notes.exists():
        return Talk(path, tuple(Spoken(*one) for one in json.loads(notes.read_text())))
    choose = np.random.default_rng(minutes)
    begun, spoken = path.with_suffix(".part"), list[Spoken]()
    hertz = 2 * np.pi * 50 / RATE
    with soundfile.SoundFile(begun, "w", RATE, 2, "PCM_16", format="WAV") as out:
        at, is_guest = 0, False
        while at < minutes * 60 * RATE:
            # No sentence comes again while it could be taken for the one that is looked for.
            fresh = sorted(set(range(len(SENTENCES))) - {one.line for one in spoken[-_APART:]})
            number = int(choose.choice(fresh))
            words = line(folder, number)
            is_guest = is_guest != (choose.random() < 0.2)
            gain = 10 ** ((choose.uniform(*_LEVELS_DB) + (_GUEST_DB if is_guest else 0)) / 20)
            reach = _LONG_PAUSE_MS if choose.random() < _LONG_SHARE else _SHORT_MS
            pause = int(choose.uniform(*reach)) * RATE // 1000
            spoken.append(Spoken(number, gain, at))
            places = np.arange(at, at + len(words) + pause)
            hum = 10 ** (_HUM_DBFS / 20) * (np.sin(hertz * places) + 0.5 * np.sin(3 * hertz * places + 1))
            noise = choose.standard_normal((len(places), 2), dtype=np.float32) * np.float32(10 ** (_NOISE_DBFS / 20))
            noise += hum[:, None].astype(np.float32)
            noise[: len(words)] += (words * gain)[:, None]
            out.write(noise if at + len(places) < minutes * 60 * RATE else noise[: len(words)])
            at += len(places)
    begun.replace(path)
    notes.write_text(json.dumps([(one.line, one.gain, one.start) for one in spoken]))
    return Talk(path, tuple(spoken))


@lru_cache(maxsize=len(SENTENCES))
def line(folder: Path, number: int) -> Sound:
    """A sentence by one voice without the silence that the voice leaves around it; one channel."""
    whole = sentence(SENTENCES[number], VOICES[number % len(VOICES)], folder)[:, 0]
    loud = np.flatnonzero(np.abs(whole) > _TRIMMED_SHARE * np.abs(whole).max())
    return np.ascontiguousarray(whole[loud[0] : loud[-1] + 1])


def shortened(talk: Talk, made: Path) -> Shortened:
    """Looks for every sentence in a file that was made of the talk, and at the pauses between them."""
    folder = talk.path.parent
    low = [
        soxr.resample(line(folder, number), RATE, _LOW_RATE, quality="HQ").astype(np.float32)
        for number in range(len(SENTENCES))
    ]
    sound = soxr.resample(soundfile.read(made, dtype="float32", always_2d=True)[0].mean(axis=1), RATE, _LOW_RATE)
    high = _high_energies(made)
    errors: list[float] = []
    found = there = changed = harmed = clicks = 0
    end, truth_end = 0.0, 0.0
    for one in talk.spoken:
        begin, words = one.start / RATE, low[one.line]
        gap_ms = 1000 * (begin - truth_end)
        place = _place(sound, words, end - 0.02, end + gap_ms / 1000 + 0.1)
        now_ms = 1000 * (place - end)
        if truth_end and gap_ms > LONG_MS:
            there += 1
            found += abs(now_ms - BECOMES_MS) <= _NEAR_MS
            errors.append(abs(now_ms - BECOMES_MS))
        elif truth_end:
            changed += abs(now_ms - gap_ms) > _SAME_MS
        clicks += bool(truth_end) and _clicks(high, end, place)
        harmed += not _is_whole(sound, words, place)
        truth_end, end = begin + len(words) / _LOW_RATE, place + len(words) / _LOW_RATE
    return Shortened(found, there, float(np.median(errors)), changed, harmed, clicks)


def _place(sound: Sound, words: Sound, earliest: float, latest: float) -> float:
    """Where between two instants, in seconds, the words begin: the best of the normalised correlations."""
    start = max(round(earliest * _LOW_RATE), 0)
    around = sound[start : round(latest * _LOW_RATE) + len(words)]
    if len(around) < len(words):
        return earliest
    size = 1 << (len(around) - 1).bit_length()
    alike = np.fft.irfft(np.fft.rfft(around, size) * np.conj(np.fft.rfft(words, size)), size)
    energy = np.concatenate([[0.0], np.cumsum(np.square(around, dtype=np.float64))])
    room = len(around) - len(words) + 1
    norm = np.sqrt(np.maximum(energy[len(words) :] - energy[:room], 1e-9))
    return float(start + int(np.argmax(alike[:room] / norm))) / _LOW_RATE


def _is_whole(sound: Sound, words: Sound, place: float) -> bool:
    """Whether each 50 ms of the words that can be heard is there."""
    start = round(place * _LOW_RATE)
    there = np.zeros_like(words)
    part = sound[max(start, 0) : start + len(words)]
    there[: len(part)] = part
    gain = float(there @ words) / float(words @ words)
    width = _LOW_RATE * _WINDOW_MS // 1000
    count = len(words) // width
    own, found = (np.square(one[: count * width]).reshape(count, width).sum(axis=1) for one in (words, there))
    heard = own > _LOUD_ENOUGH * own.max()
    return bool(gain > 0 and (found[heard] > _WHOLE_MIN * gain**2 * own[heard]).all())


def _high_energies(made: Path) -> NDArray[np.float64]:
    """Energy of each 44 frames above 4 kHz, where pauses and hum have little; about a millisecond each."""
    sections = signal.butter(8, _HIGH_HERTZ, "highpass", fs=RATE, output="sos")
    parts, state = list[NDArray[np.float64]](), np.zeros((len(sections), 2))
    with soundfile.SoundFile(made) as file:
        while len(block := file.read(60_000 * _HOP, dtype="float32", always_2d=True)):
            whole = block[: len(block) // _HOP * _HOP].mean(axis=1)
            filtered, state = signal.sosfilt(sections, whole, zi=state)  # on and on: an edge would click by itself
            parts.append(np.square(filtered).reshape(-1, _HOP).sum(axis=1))
    return np.concatenate(parts)


def _clicks(high: NDArray[np.float64], end: float, place: float) -> bool:
    """Whether one millisecond of a pause stands out of the others."""
    inside = high[round(end * RATE / _HOP) + _EDGE_HOPS : round(place * RATE / _HOP) - _EDGE_HOPS]
    return len(inside) > _EDGE_HOPS and float(inside.max()) > 10 ** (_CLICK_DB / 10) * float(np.median(inside))
