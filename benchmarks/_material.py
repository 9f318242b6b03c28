"""Speech and music that benchmarks and proofs make themselves, at any length, the same on every machine.

Speech is the local voices saying sentences, with pauses of random length and a faint room noise between and under them.
Files are kept in a folder, by name, so that several measurements share them.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

Sound = NDArray[np.float32]
"""Shape (frames, channels), full scale 1.0."""

VOICES = ("slt", "rms", "awb", "kal16")
SENTENCES = (
    "The garden was quiet, and nobody had watered the roses since Sunday.",
    "When I was a child we used to walk down to the river every morning.",
    "She asked me what I would do with the money, and I had no answer at all.",
    "There are seven things that I want to tell you about bread.",
    "It took us nearly three hours, because the bridge was closed that day.",
    "Perhaps you have heard this story before, but not from my side.",
    "The second letter arrived in October, together with a photograph of the shop.",
    "We laughed, we sang, and then somebody turned off the lights.",
    "Most people guess wrong when they see the price for the first time.",
    "Let me begin with the question that a listener sent us last week.",
    "Keep the jar closed for ten days, and shake it now and then.",
    "He said that patience is a skill, and I have been practising it ever since.",
)
_CHUNK_SECONDS = 60


def sentence(text: str, voice: str, folder: Path, rate: int = 44_100) -> Sound:
    """One sentence by a local voice, at the rate, one channel, its peak at -9 dBFS."""
    spoken = folder / f"sentence-{voice}-{abs(hash_of(text))}.wav"
    if not spoken.exists():
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(spoken)], check=True, timeout=60)
    sound, its_rate = soundfile.read(spoken, dtype="float32", always_2d=True)
    if its_rate != rate:
        sound = soxr.resample(sound, its_rate, rate, quality="HQ")
    result: Sound = (sound * (0.355 / np.abs(sound).max())).astype(np.float32)
    return result


def hash_of(text: str) -> int:
    """A small number for a text, the same in every process."""
    return sum(place * ord(letter) for place, letter in enumerate(text, 1)) % 1_000_003


def speech_blocks(
    folder: Path, seconds: int, *, rate: int = 44_100, channels: int = 1, seed: int = 1, noise_dbfs: float = -66.0
) -> Iterator[Sound]:
    """Speech of exactly so many seconds, a block at a time. In stereo the voices sit a little left and right."""
    generator = np.random.default_rng(seed)
    lines = [sentence(text, VOICES[number % len(VOICES)], folder, rate) for number, text in enumerate(SENTENCES)]
    noise_level = 10 ** (noise_dbfs / 20)
    left = seconds * rate
    waiting = np.zeros((0, channels), np.float32)
    while left:
        while len(waiting) < min(left, _CHUNK_SECONDS * rate):
            line = lines[generator.integers(len(lines))]
            level = 10 ** (generator.uniform(-4, 4) / 20)
            pan = generator.uniform(0.7, 1.0, size=channels) if channels > 1 else np.ones(1)
            pause = np.zeros((int(generator.uniform(0.15, 1.6) * rate), channels), np.float32)
            waiting = np.concatenate([waiting, (line * level * pan).astype(np.float32), pause])
        count = min(left, _CHUNK_SECONDS * rate)
        room = generator.standard_normal((count, channels), dtype=np.float32) * np.float32(noise_level)
        yield waiting[:count] + room
        waiting = waiting[count:]
        left -= count


def speech_file(
    folder: Path, seconds: int, *, kind: str = "wav", rate: int = 44_100, channels: int = 1, seed: int = 1
) -> Path:
    """Speech as a file: ``wav`` (16 bits), ``mp3`` or ``m4a`` (both written by the ffmpeg program, 128 kbit/s)."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"speech-{seconds}s-{rate}-{channels}ch-{seed}"
    wav = folder / f"{stem}.wav"
    if not wav.exists():
        begun = wav.with_suffix(".part")
        with soundfile.SoundFile(begun, "w", rate, channels, "PCM_16", format="WAV") as out:
            for block in speech_blocks(folder, seconds, rate=rate, channels=channels, seed=seed):
                out.write(block)
        begun.replace(wav)
    if kind == "wav":
        return wav
    coded = folder / f"{stem}.{kind}"
    if not coded.exists():
        begun = folder / f"{stem}.part.{kind}"
        codec = {"mp3": "libmp3lame", "m4a": "aac"}[kind]
        command = ["ffmpeg", "-v", "error", "-y", "-i", str(wav), "-c:a", codec, "-b:a", "128k", str(begun)]
        subprocess.run(command, check=True)
        begun.replace(coded)
    return coded


def music_file(folder: Path, seconds: int = 30, *, rate: int = 44_100, seed: int = 3) -> Path:
    """A stereo music-like WAV: chords of decaying partials, one each second."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"music-{seconds}s-{rate}-{seed}.wav"
    if path.exists():
        return path
    generator = np.random.default_rng(seed)
    sound = np.zeros((seconds * rate, 2), np.float64)
    for second in range(seconds):
        length = min(2 * rate, len(sound) - second * rate)
        places = np.arange(length) / rate
        for hertz in 110 * 2 ** (generator.choice([0, 3, 5, 7, 10, 12, 15, 19], size=4) / 12):
            tone = sum(np.sin(2 * np.pi * hertz * k * places) / k**1.5 for k in (1, 2, 3, 4)) * np.exp(-2 * places)
            sound[second * rate : second * rate + length] += tone[:, None] * generator.uniform(0.4, 1.0, size=2)
    sound *= 0.3 / np.abs(sound).max()
    begun = path.with_suffix(".part")
    soundfile.write(begun, sound, rate, "PCM_16", format="WAV")
    begun.replace(path)
    return path
