"""Sounds that the tests make themselves."""

import shutil
import subprocess
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from donecast.core.plan import Bed, Clip, Codec, LoudnessTarget, OutputFormat, RenderPlan, Track
from donecast.engine.limits import EngineLimits

Sound = NDArray[np.float32]

LIMITS = EngineLimits(deadline_seconds=60)


def sine(seconds: float, *, rate: int = 44_100, hertz: float = 440.0, peak: float = 0.25, channels: int = 1) -> Sound:
    places = np.arange(round(seconds * rate)) / rate
    wave = (peak * np.sin(2 * np.pi * hertz * places)).astype(np.float32)
    return np.stack([wave] * channels, axis=1)


def noise(seconds: float, *, rate: int = 44_100, level: float = 0.05, channels: int = 1, seed: int = 1) -> Sound:
    generator = np.random.default_rng(seed)
    return (level * generator.normal(size=(round(seconds * rate), channels))).astype(np.float32)


def speech_like(seconds: float, *, rate: int = 44_100, level: float = 0.15, seed: int = 7) -> Sound:
    """Harmonic bursts of some tenths of a second with gaps between them, as words have; mono."""
    return _speech_like(seconds, rate, level, seed).copy()


@lru_cache(maxsize=16)
def _speech_like(seconds: float, rate: int, level: float, seed: int) -> Sound:
    generator = np.random.default_rng(seed)
    places = np.arange(round(seconds * rate)) / rate
    voice = sum(np.sin(2 * np.pi * 128 * k * places + k * k) / k for k in range(1, 24))
    wave = np.zeros(len(places))
    at = 0.1
    while at < seconds - 0.6:
        length = float(generator.uniform(0.15, 0.5))
        strength = float(generator.uniform(0.3, 1.0))
        inside = slice(*np.searchsorted(places, [at, at + length]))
        wave[inside] += strength * np.sin(np.pi * (places[inside] - at) / length) ** 0.5
        at += length + float(generator.uniform(0.05, 0.5))
    sound: Sound = (level * wave * voice).astype(np.float32)[:, None]
    return sound


def write(path: Path, sound: Sound, rate: int = 44_100, subtype: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, rate, subtype=subtype or ("PCM_16" if path.suffix != ".mp3" else None))
    return path


def write_by_ffmpeg_libraries(path: Path, sound: Sound, codec: str, rate: int = 48_000) -> Path:
    """Encodes what libsndfile cannot: AAC in M4A, Opus in WebM and the like; mono."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        assert isinstance(stream, av.AudioStream)
        stream.layout, stream.bit_rate = "mono", 96_000
        for start in range(0, len(sound), 960):
            piece = np.ascontiguousarray(sound[start : start + 960, :1].T)
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def read(path: Path) -> Sound:
    """What libsndfile decodes, as floats of shape (frames, channels)."""
    sound: Sound = soundfile.read(path, dtype="float32", always_2d=True)[0]
    return sound


def plan_of(
    *clips: Clip,
    beds: tuple[Bed, ...] = (),
    duration_ms: int | None = None,
    channels: int = 2,
    rate: int = 44_100,
    lufs: float = -16.0,
    crossfade_ms: int = 10,
    bitrate_kbps: int = 128,
    codec: Codec = "mp3",
) -> RenderPlan:
    """One content track."""
    return RenderPlan(
        duration_ms=duration_ms or max(clip.end_ms for clip in clips),
        tracks=(Track("content", clips, crossfade_ms),) if clips else (),
        beds=beds,
        loudness=LoudnessTarget(lufs, -1.0),
        output=OutputFormat(codec, bitrate_kbps=bitrate_kbps, sample_rate=rate, channels=channels),
    )


def ffmpeg(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """Runs Debian's ffmpeg, an independent witness; skips the test where it is not installed."""
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("needs the program ffmpeg (Debian: ffmpeg)")
    return subprocess.run([program, "-nostdin", "-hide_banner", *arguments], capture_output=True, check=True)
