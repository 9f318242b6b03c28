"""Files of many kinds, made by the ffmpeg program from a map of tones, and what our decoder makes of them."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from donecast.engine.decoding import open_decoding
from donecast.engine.limits import EngineLimits
from donecast.engine.sources import unpack_source
from proofs.tone_map import Faults, Sound, faults, tone_map

SLOTS = 31
OUR_RATE = 44_100
_LIMITS = EngineLimits()
_LONGER_SECONDS_MAX = 0.1
"""Kinds that state no length end with a filled block, which is 92 ms in the largest here."""
_LOW_EFFECTS = (3,)
"""The fourth of six channels is for rumble: codecs that lose anything lose its tones."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One combination: how ffmpeg writes it, and how exact it can be.

    ``late_frames``: where a kind has no place to say what its encoder put in front, all decoders give it back late.
    """

    name: str
    ending: str
    rate: int
    channels: int
    options: str
    is_lossless: bool = False
    late_frames: int = 0
    has_picture: bool = False


KINDS = (
    Kind("WAV 8 bit", "wav", 44_100, 1, "-c:a pcm_u8", is_lossless=True),
    Kind("WAV 16 bit", "wav", 44_100, 2, "-c:a pcm_s16le", is_lossless=True),
    Kind("WAV 16 bit, RF64", "wav", 44_100, 2, "-c:a pcm_s16le -rf64 always", is_lossless=True),
    Kind("WAV 16 bit", "wav", 96_000, 2, "-c:a pcm_s16le", is_lossless=True),
    Kind("WAV 24 bit", "wav", 48_000, 2, "-c:a pcm_s24le", is_lossless=True),
    Kind("WAV 24 bit, 5.1", "wav", 48_000, 6, "-c:a pcm_s24le", is_lossless=True),
    Kind("WAV 32 bit", "wav", 48_000, 2, "-c:a pcm_s32le", is_lossless=True),
    Kind("WAV float", "wav", 48_000, 2, "-c:a pcm_f32le", is_lossless=True),
    Kind("WAV double", "wav", 44_100, 1, "-c:a pcm_f64le", is_lossless=True),
    Kind("WAV A-law", "wav", 8_000, 1, "-c:a pcm_alaw"),
    Kind("WAV mu-law", "wav", 8_000, 1, "-c:a pcm_mulaw"),
    Kind("WAV IMA ADPCM", "wav", 44_100, 2, "-c:a adpcm_ima_wav"),
    Kind("WAV MS ADPCM", "wav", 22_050, 1, "-c:a adpcm_ms"),
    Kind("WAV with MP3", "wav", 44_100, 2, "-c:a libmp3lame -b:a 192k -write_xing 0", late_frames=1105),
    Kind("AIFF 16 bit", "aiff", 44_100, 2, "-c:a pcm_s16be", is_lossless=True),
    Kind("AIFF 24 bit", "aiff", 48_000, 1, "-c:a pcm_s24be", is_lossless=True),
    Kind("FLAC 16 bit", "flac", 44_100, 2, "-c:a flac -sample_fmt s16", is_lossless=True),
    Kind("FLAC 24 bit", "flac", 96_000, 2, "-c:a flac -sample_fmt s32", is_lossless=True),
    Kind("FLAC 16 bit, 5.1", "flac", 48_000, 6, "-c:a flac -sample_fmt s16", is_lossless=True),
    Kind("FLAC in Ogg", "oga", 48_000, 2, "-c:a flac -sample_fmt s16", is_lossless=True),
    Kind("MP3 CBR", "mp3", 44_100, 2, "-c:a libmp3lame -b:a 128k"),
    Kind("MP3 CBR", "mp3", 48_000, 1, "-c:a libmp3lame -b:a 96k"),
    Kind("MP3 CBR", "mp3", 22_050, 1, "-c:a libmp3lame -b:a 64k"),
    Kind("MP3 VBR", "mp3", 44_100, 2, "-c:a libmp3lame -q:a 4"),
    Kind("MP3 VBR", "mp3", 48_000, 1, "-c:a libmp3lame -q:a 4"),
    Kind("AAC, raw (ADTS)", "aac", 44_100, 2, "-c:a aac -b:a 128k", late_frames=1024),
    Kind("M4A AAC-LC", "m4a", 44_100, 1, "-c:a aac -b:a 96k"),
    Kind("M4A AAC-LC", "m4a", 48_000, 2, "-c:a aac -b:a 128k"),
    Kind("M4A AAC-LC, 5.1", "m4a", 48_000, 6, "-c:a aac -b:a 384k"),
    Kind("M4A ALAC", "m4a", 44_100, 2, "-c:a alac", is_lossless=True),
    Kind("M4A ALAC 24 bit", "m4a", 48_000, 2, "-c:a alac -sample_fmt s32p", is_lossless=True),
    Kind("Ogg Vorbis", "ogg", 44_100, 2, "-c:a libvorbis -q:a 5"),
    Kind("Ogg Opus", "opus", 48_000, 2, "-c:a libopus -b:a 128k"),
    Kind("Ogg Opus", "opus", 48_000, 1, "-c:a libopus -b:a 64k"),
    Kind("WebM Opus", "webm", 48_000, 2, "-c:a libopus -b:a 128k"),
    Kind("Matroska AAC", "mka", 44_100, 2, "-c:a aac -b:a 128k", late_frames=1024),
    Kind("MKV video, FLAC", "mkv", 48_000, 2, "-c:a flac", is_lossless=True, has_picture=True),
    Kind("MP4 video, AAC", "mp4", 48_000, 2, "-c:a aac -b:a 160k", has_picture=True),
    Kind("MOV video, PCM", "mov", 48_000, 2, "-c:a pcm_s16le", is_lossless=True, has_picture=True),
    Kind("WMA 2", "wma", 44_100, 2, "-c:a wmav2 -b:a 160k", late_frames=-2048),
)
# FFmpeg's decoder of WMA takes off one frame of priming, which its encoder does not write.


def try_kind(kind: Kind, folder: Path) -> tuple[tuple[object, ...], bool]:
    """One row of the table, and whether all is as it should be: at the file's own rate, and unpacked to 44.1 kHz."""
    path = _written(kind, folder)
    decoding = open_decoding(path, _LIMITS)
    own = np.concatenate(list(decoding.blocks()))
    raw = unpack_source(
        path, folder / "unpacked.raw", sample_rate=OUR_RATE, channels=2, limits=_LIMITS, on_frames=lambda _: None
    )
    unpacked = raw.read(0, raw.frames)
    raw.close()
    found = [_faults(kind, own, decoding.sample_rate), _faults(kind, unpacked, OUR_RATE)]
    wanted_seconds = SLOTS * 0.2
    longer = [len(own) / decoding.sample_rate - wanted_seconds, len(unpacked) / OUR_RATE - wanted_seconds]
    worst = Faults(
        *(max((getattr(one, name) for one in found), key=lambda value: _badness(name, value)) for name in _NAMES)
    )
    holds = (
        (decoding.sample_rate, decoding.channels_in_file) == (kind.rate, kind.channels)
        and _is_right(kind, worst)
        and all(abs(seconds) <= _LONGER_SECONDS_MAX for seconds in longer)
    )
    row = (
        kind.name,
        kind.rate,
        kind.channels,
        decoding.container.name,
        f"{worst.hertz:.2f}",
        f"{worst.level_db:+.2f}",
        f"{worst.lag_ms:+.2f}",
        f"{worst.wander_ms:.2f}",
        f"{worst.crosstalk_db:.0f}" if worst.crosstalk_db > -200 else "-",
        f"{1000 * max(longer, key=abs):+.1f}",
        holds,
    )
    return row, holds


HEAD = (
    "kind",
    "Hz",
    "ch",
    "read as",
    "tone Hz",
    "level dB",
    "late ms",
    "wander ms",
    "crosstalk dB",
    "longer ms",
    "right",
)
_NAMES = ("hertz", "level_db", "lag_ms", "wander_ms", "crosstalk_db")


def _badness(name: str, value: float) -> float:
    return value if name == "crosstalk_db" else abs(value)


def _is_right(kind: Kind, found: Faults) -> bool:
    hertz, level_db, lag_ms, crosstalk_db = (0.1, 0.1, 1.0, -40.0) if kind.is_lossless else (1.0, 1.0, 5.0, -20.0)
    late_ms = 1000 * kind.late_frames / kind.rate
    return (
        found.hertz <= hertz
        and abs(found.level_db) <= level_db
        and abs(found.lag_ms - late_ms) <= lag_ms
        and found.wander_ms <= lag_ms
        and found.crosstalk_db <= crosstalk_db
    )


def _faults(kind: Kind, sound: Sound, rate: int) -> Faults:
    is_mixed = kind.channels > 2
    return faults(
        sound,
        rate,
        SLOTS,
        mixed_from=kind.channels if is_mixed else 0,
        deaf=_LOW_EFFECTS if is_mixed and not kind.is_lossless else (),
    )


def _written(kind: Kind, folder: Path) -> Path:
    source = folder / f"map-{kind.rate}-{kind.channels}.wav"
    if not source.exists():
        soundfile.write(source, tone_map(SLOTS, kind.rate, kind.channels), kind.rate, "FLOAT", format="WAV")
    out = folder / f"input.{kind.ending}"
    picture = ["-f", "lavfi", "-i", "color=c=navy:s=160x90:r=10:d=6.2"] if kind.has_picture else []
    coded = ["-map", "1:v", "-c:v", "mpeg4", "-map", "0:a"] if kind.has_picture else []
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[kind.channels]
    run(
        "ffmpeg",
        "-v",
        "error",
        "-y",
        "-channel_layout",
        layout,
        "-i",
        str(source),
        *picture,
        *coded,
        *kind.options.split(),
        str(out),
    )
    return out


def run(*command: str) -> str:
    """What a program prints. Raises CalledProcessError when it fails."""
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


def count_right(rows: Sequence[tuple[object, ...]]) -> int:
    """How many rows end well."""
    return sum(bool(row[-1]) for row in rows)
