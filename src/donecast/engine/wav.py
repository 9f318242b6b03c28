"""Writing WAV: 16-bit PCM for those who go on working with an episode, or whose host wants it uncoded.

After EBU Tech 3306: a file of more than 4 GiB is an RF64, whose lengths stand in a chunk of 64-bit numbers.
"""

import os
import struct
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from donecast.core.plan import OutputFormat
from donecast.engine.raw_audio import blocks_of
from donecast.engine.samples import Samples
from donecast.engine.sixteen_bits import SixteenBits

SAMPLE_RATES: Final = (32_000, 44_100, 48_000)
_SAMPLE_BYTES = 2
_PCM = 1
_LENGTH_MAX = 0xFFFF_FFFF
_LENGTH_ELSEWHERE = 0xFFFF_FFFF
_PIECE_FRAMES = 1 << 20
_HEADROOM_DB = 0.05

Reader = Callable[[int, int], Samples]
"""Gives the frames from a start to an end (not included)."""


def codec_headroom_db(output: OutputFormat) -> float:
    """How far below the ceiling to stay: nothing is coded, but meters differ by a few hundredths between samples."""
    del output
    return _HEADROOM_DB


def wav_header(output: OutputFormat, frames: int) -> bytes:
    """All that stands before the first sample. Raises ValueError for a format that is not among ours."""
    if output.codec != "wav" or output.sample_rate not in SAMPLE_RATES or output.channels not in {1, 2}:
        raise ValueError(f"no WAV of ours: {output}")
    frame_bytes = _SAMPLE_BYTES * output.channels
    sound_bytes = frames * frame_bytes
    form = struct.pack(
        "<4sIHHIIHH",
        *(b"fmt ", 16, _PCM, output.channels),
        *(output.sample_rate, output.sample_rate * frame_bytes, frame_bytes, 8 * _SAMPLE_BYTES),
    )
    after_length = 4 + len(form) + 8 + sound_bytes
    if after_length <= _LENGTH_MAX:
        head = struct.pack("<4sI4s", b"RIFF", after_length, b"WAVE")
        return head + form + struct.pack("<4sI", b"data", sound_bytes)
    lengths = struct.pack("<4sIQQQI", b"ds64", 28, after_length + 36, sound_bytes, frames, 0)
    head = struct.pack("<4sI4s", b"RF64", _LENGTH_ELSEWHERE, b"WAVE")
    return head + lengths + form + struct.pack("<4sI", b"data", _LENGTH_ELSEWHERE)


def write_wav(
    path: Path,
    output: OutputFormat,
    frames: int,
    read: Reader,
    *,
    workers: int = 1,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Writes ``frames`` frames and answers the length of the file in bytes; the bytes are the same for any workers.

    ``read`` gives any stretch of the sound and, with more than one worker, is called from several threads at once.
    ``progress`` is told the frames that are in the file. Raises ValueError for a format that is not among ours, and
    whatever ``read`` raises.
    """
    header, frame_bytes = wav_header(output, frames), _SAMPLE_BYTES * output.channels
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)

    def piece(first: int) -> int:
        end = min(first + _PIECE_FRAMES, frames)
        whole = SixteenBits(output.channels, first)
        for start, stop in blocks_of(end, first):
            block = read(start, stop)
            while len(block):
                count, place = min(len(block), whole.room()), len(header) + whole.place * frame_bytes
                _write_at(file, whole.rounded(block[:count]).data.cast("B"), place)
                block = block[count:]
        return end

    left, waiting = deque(range(0, frames, _PIECE_FRAMES)), deque[Future[int]]()
    try:
        _write_at(file, memoryview(header), 0)
        with ThreadPoolExecutor(workers, "wav") as pool:
            try:
                while left or waiting:
                    while left and len(waiting) <= workers:
                        waiting.append(pool.submit(piece, left.popleft()))
                    progress(waiting.popleft().result())
            finally:
                pool.shutdown(cancel_futures=True)
    finally:
        os.close(file)
    return len(header) + frames * frame_bytes


def _write_at(file: int, data: memoryview, place: int) -> None:
    while data:
        written = os.pwrite(file, data, place)
        data, place = data[written:], place + written
