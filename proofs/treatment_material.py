"""Speech whose truth is known, what may be wrong with a recording of it, and measures of how much is wrong."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from benchmarks._material import SENTENCES, sentence
from donecast.engine.loudness import LoudnessMeter

Sound = NDArray[np.float32]
"""One channel; shape (frames,), full scale 1.0."""

RATE = 44_100
_VOICE_RATE = 16_000
"""The local voices', and that of their noise: noise above a voice's band would be too easy to take away."""
_SEGMENT_SECONDS = 0.03
_SEGMENT_DB = (-10.0, 35.0)


def spoken(voice: str, seconds: float, folder: Path, *, pauses: float = 0.7, seed: int = 1) -> Sound:
    """Sentences by a local voice with pauses of up to ``pauses`` seconds, digitally silent between; at 16 kHz."""
    generator = np.random.default_rng(seed)
    pieces: list[Sound] = []
    while sum(map(len, pieces)) < seconds * _VOICE_RATE:
        text = SENTENCES[generator.integers(len(SENTENCES))]
        pieces += [sentence(text, voice, folder, _VOICE_RATE)[:, 0]]
        pieces += [np.zeros(int(generator.uniform(0.1, pauses) * _VOICE_RATE), np.float32)]
    return np.concatenate(pieces)[: round(seconds * _VOICE_RATE)]


def loaded(path: Path) -> Sound:
    """A file's sound at `RATE`, all channels averaged."""
    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return at_rate(sound.mean(axis=1), rate)


def at_rate(sound: Sound, rate: int = _VOICE_RATE) -> Sound:
    """The sound at `RATE`."""
    resampled: Sound = sound if rate == RATE else soxr.resample(sound, rate, RATE, quality="HQ")
    return resampled


def hum(frames: int, rate: int, generator: np.random.Generator) -> Sound:
    """The mains: 50 Hz and eleven of its harmonics, each at half to full strength over its number."""
    places = np.arange(frames) / rate
    parts = [
        generator.uniform(0.5, 1) / number * np.sin(2 * np.pi * (50 * number * places + generator.uniform()))
        for number in range(1, 13)
    ]
    total: Sound = np.sum(parts, axis=0).astype(np.float32)
    return total


def hiss(frames: int, _rate: int, generator: np.random.Generator) -> Sound:
    """White noise up to half the rate, as of a weak preamplifier."""
    return generator.standard_normal(frames).astype(np.float32)


def room(frames: int, rate: int, generator: np.random.Generator) -> Sound:
    """Noise that falls by 6 dB an octave, as of a street, a fan or an air conditioner through a wall."""
    spectrum = np.fft.rfft(generator.standard_normal(frames))
    spectrum /= np.maximum(np.fft.rfftfreq(frames, 1 / rate), 30.0)
    dull: Sound = np.fft.irfft(spectrum, frames).astype(np.float32)
    return dull


NOISES: Mapping[str, Callable[[int, int, np.random.Generator], Sound]] = {"hum": hum, "hiss": hiss, "room": room}


def with_noise(speech: Sound, kind: str, snr_db: float, *, rate: int = _VOICE_RATE, seed: int = 3) -> Sound:
    """Speech and noise, so many dB apart in power over the whole."""
    noise = NOISES[kind](len(speech), rate, np.random.default_rng(seed))
    amplitude = np.sqrt(np.mean(np.square(speech)) / np.mean(np.square(noise)) / 10 ** (snr_db / 10))
    noisy: Sound = (speech + amplitude * noise).astype(np.float32)
    return noisy


def reverberant(speech: Sound, *, rate: int = _VOICE_RATE, seconds: float = 0.5, level_db: float = -6.0) -> Sound:
    """Speech in a bare room that decays by 60 dB in so many seconds and is so loud beside the direct sound."""
    frames = int(seconds * rate)
    generator = np.random.default_rng(7)
    tail = generator.standard_normal(frames) * 10 ** (-3 * np.arange(frames) / frames)
    tail[: int(0.003 * rate)] = 0
    tail *= 10 ** (level_db / 20) / np.sqrt(np.sum(np.square(tail)))
    length = len(speech) + frames
    late = np.fft.irfft(np.fft.rfft(speech, length) * np.fft.rfft(tail, length), length)[: len(speech)]
    return (speech + late).astype(np.float32)


def si_sdr_db(truth: Sound, heard: Sound) -> float:
    """Scale-invariant signal-to-distortion ratio (Le Roux and others, 2019)."""
    true, found = (one.astype(np.float64) - one.mean(dtype=np.float64) for one in (truth, heard))
    meant = np.dot(true, found) / np.dot(true, true) * true
    return float(10 * np.log10(np.dot(meant, meant) / max(float(np.sum(np.square(found - meant))), 1e-20)))


def segmental_snr_db(truth: Sound, heard: Sound, rate: int = RATE) -> float:
    """The mean of the signal-to-noise ratios of 30 ms each, between -10 and 35 dB, where there is speech."""
    length = int(_SEGMENT_SECONDS * rate)
    count = len(truth) // length
    true, found = (one[: count * length].reshape(count, length).astype(np.float64) for one in (truth, heard))
    power = np.square(true).mean(axis=1)
    error = np.square(found - true).mean(axis=1)
    speaks = power > power.max() * 1e-4
    ratios = 10 * np.log10(power[speaks] / np.maximum(error[speaks], 1e-20))
    return float(np.clip(ratios, *_SEGMENT_DB).mean())


def short_term_lufs(sound: Sound) -> NDArray[np.float64]:
    """Loudness of the 3 s that end at 3.0, 3.1, 3.2 ... seconds."""
    meter = LoudnessMeter(RATE, 1)
    meter.add(sound[:, None])
    return meter.short_term_lufs()


def integrated_lufs(sound: Sound) -> float:
    """Loudness of the whole. Raises ValueError for silence."""
    meter = LoudnessMeter(RATE, 1)
    meter.add(sound[:, None])
    lufs = meter.integrated_lufs()
    if lufs is None:
        raise ValueError("silence has no loudness")
    return lufs
