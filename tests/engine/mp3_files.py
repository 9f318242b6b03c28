"""MP3 files of ours for tests, and what independent programs say about them."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from donecast.core.plan import OutputFormat
from donecast.engine.mp3 import encoding_gain
from donecast.engine.mp3_join import Mp3Joiner
from donecast.engine.mp3_pieces import Piece, PieceEncoder
from donecast.engine.mp3_seam import Seam
from tests.engine.sounds import Sound, ffmpeg


def whole(frames: int) -> tuple[Piece, ...]:
    return (Piece(0, frames, 0, frames),)


def encode(sound: Sound, piece: Piece, output: OutputFormat, *, block: int = 50_000) -> bytes:
    encoder = PieceEncoder(piece, output, gain=encoding_gain(output))
    for start in range(piece.feed_start, piece.feed_end, block):
        encoder.write(sound[start : min(start + block, piece.feed_end)])
    return encoder.close()


def join(path: Path, sound: Sound, pieces: tuple[Piece, ...], output: OutputFormat) -> list[Seam]:
    with Mp3Joiner(path, output) as joiner:
        for piece in pieces:
            joiner.add(piece, encode(sound, piece, output))
        assert joiner.close(len(sound)) == path.stat().st_size
    return joiner.seams


def decoded_by_ffmpeg(path: Path, channels: int) -> Sound:
    """What ffmpeg makes of a file, which must have nothing to remark."""
    done = ffmpeg("-v", "warning", "-i", str(path), "-f", "f32le", "-")
    assert done.stderr == b""
    sound: Sound = np.frombuffer(done.stdout, np.float32).reshape(-1, channels)
    return sound


def remarks_of_mp3val(path: Path) -> list[str]:
    """What mp3val finds wrong in a file besides that it has no tags; skips the test where it is not installed."""
    program = shutil.which("mp3val")
    if program is None:
        pytest.skip("needs the program mp3val (Debian: mp3val)")
    printed = subprocess.run([program, str(path)], capture_output=True, check=True, text=True).stdout
    return [line for line in printed.splitlines() if "WARNING" in line and "No supported tags" not in line]
