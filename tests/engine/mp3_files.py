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
    return (Piece(0, frames),)


def encoder_of(sound: Sound, piece: Piece, output: OutputFormat) -> PieceEncoder:
    """An encoder that was fed a piece; at the end of the sound it is closed."""
    encoder = PieceEncoder(piece.start, output, lambda start, end: sound[start:end], gain=encoding_gain(output))
    encoder.encode_to(piece.end)
    if piece.end == len(sound):
        encoder.close()
    return encoder


def encode(sound: Sound, piece: Piece, output: OutputFormat) -> bytes:
    """All MP3 frames of a piece that ends here, as if nothing followed."""
    run = encoder_of(sound[: piece.end], piece, output).run
    return run.between(run.first, run.end)


def join(path: Path, sound: Sound, pieces: tuple[Piece, ...], output: OutputFormat) -> list[Seam]:
    with Mp3Joiner(path, output) as joiner:
        for piece in pieces:
            joiner.add(encoder_of(sound, piece, output))
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
