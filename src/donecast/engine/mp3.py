"""Writing MP3 by LAME, at constant or variable bit rate, so that decoders give back exactly the frames that went in.

The sound is encoded in pieces on any number of threads (LAME runs without Python's lock) and joined without a seam; the
bytes are the same for any number of them. LAME lowers what it encodes at most bit rates; `encoding_gain` undoes that.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from donecast.core.plan import OutputFormat
from donecast.engine.mp3_join import Mp3Joiner
from donecast.engine.mp3_pieces import Piece, PieceEncoder, Reader, pieces_of


def encoding_gain(output: OutputFormat) -> float:
    """The factor that undoes what LAME takes off, the same at any sample rate and for one channel or two.

    Measured with sines and with noise: see the tests.
    """
    if output.vbr_quality is not None:
        return 1.0
    if output.bitrate_kbps <= 160:
        return 1 / 0.95
    return {192: 1 / 0.97, 224: 1 / 0.98}.get(output.bitrate_kbps, 1.0)


def codec_headroom_db(output: OutputFormat) -> float:
    """How far below the ceiling to stay at first, since coding raises peaks: more at low bit rates."""
    if output.vbr_quality is not None:
        return 1.2 if output.vbr_quality > 6 else 0.8 if output.vbr_quality > 3 else 0.4
    bitrate_kbps = output.bitrate_kbps
    return 1.2 if bitrate_kbps < 112 else 0.8 if bitrate_kbps <= 160 else 0.4


def write_mp3(
    path: Path,
    output: OutputFormat,
    frames: int,
    read: Reader,
    *,
    workers: int = 1,
    pieces: tuple[Piece, ...] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Encodes ``frames`` frames and answers the length of the file in bytes.

    ``read`` gives any stretch of the sound; where there are several pieces, it is called from several threads at once.
    ``progress`` is told the frames that are in the file. Raises whatever ``read`` raises.
    """
    gain = encoding_gain(output)

    def encoded(piece: Piece) -> PieceEncoder:
        encoder = PieceEncoder(piece.start, output, read, gain=gain)
        encoder.encode_to(piece.end)
        if piece.end == frames:
            encoder.close()
        return encoder

    waiting: deque[tuple[Piece, Future[PieceEncoder]]] = deque()
    left = deque(pieces or pieces_of(frames, output.sample_rate))
    with Mp3Joiner(path, output) as joiner, ThreadPoolExecutor(workers, "mp3") as pool:
        try:
            while left or waiting:
                while left and len(waiting) <= workers:  # one piece more than workers, so that none waits for the join
                    waiting.append((left[0], pool.submit(encoded, left.popleft())))
                piece, coded = waiting.popleft()
                joiner.add(coded.result())
                progress(piece.end)
        finally:
            pool.shutdown(cancel_futures=True)
        return joiner.close(frames)
