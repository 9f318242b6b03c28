"""The header of a WAV file, read by ourselves: what it promises, before a library is asked to believe it."""

from dataclasses import dataclass
from typing import BinaryIO

from donecast.engine.errors import Damaged

_CHUNKS_MAX = 1_000
_SIZE_UNKNOWN = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class WavHeader:
    """Channels, samples per second, bytes per frame, and how many bytes of sound are promised and present."""

    channels: int
    sample_rate: int
    frame_bytes: int
    bytes_promised: int | None
    """None where the writer left it open, as streams do."""
    bytes_present: int


def read_wav_header(file: BinaryIO) -> WavHeader | None:
    """Reads RIFF, RIFX, RF64 and BW64; None for Wave64. Raises Damaged when format or sound is missing."""
    length = file.seek(0, 2)
    file.seek(0)
    riff = file.read(12)
    if riff[:4] == b"riff":
        return None
    order: str = "big" if riff[:4] == b"RIFX" else "little"
    place, wide, form = 12, None, b""
    for _ in range(_CHUNKS_MAX):
        file.seek(place)
        head = file.read(8)
        if len(head) < 8:
            break
        size = int.from_bytes(head[4:], order)  # type: ignore[arg-type]
        if head[:4] == b"ds64":
            wide = int.from_bytes(file.read(16)[8:], "little")
        if head[:4] == b"fmt ":
            form = file.read(16)
        if head[:4] == b"data" and len(form) == 16:
            promised = wide if size == _SIZE_UNKNOWN else size
            unknown = size == 0 or (size == _SIZE_UNKNOWN and wide in {None, 0})
            return WavHeader(
                channels=int.from_bytes(form[2:4], order),  # type: ignore[arg-type]
                sample_rate=int.from_bytes(form[4:8], order),  # type: ignore[arg-type]
                frame_bytes=int.from_bytes(form[12:14], order),  # type: ignore[arg-type]
                bytes_promised=None if unknown else promised,
                bytes_present=length - place - 8,
            )
        place += 8 + size + size % 2
    else:
        raise Damaged(
            f"This WAV file is broken into too many parts: its sound does not begin within the first {_CHUNKS_MAX:,}.",
            action="Open it in an audio program, save it as a new WAV or FLAC file and upload that.",
        )
    raise Damaged("This WAV file was cut off before its sound began.")
