"""M4A files of ours: written packet by packet, and given new labels without touching the sound."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Self

from donecast.core.plan import OutputFormat
from donecast.engine.m4a_boxes import M4aLabels, M4aSound, decoder_config, file_start, packets_of

_INDEX_BYTES_MAX = 64 * 1024**2
_BIT_RATE_IN_ESDS = 24
_COPY_BYTES = 1024**2


class M4aWriter:
    """One M4A file without labels, written as the packets come; the index stands before them.

    ``frames`` is what will be heard. Raises ValueError for fewer than a packet has.
    """

    def __init__(self, path: Path, output: OutputFormat, frames: int) -> None:
        nothing_yet = [0] * packets_of(frames)
        self._sound = M4aSound(output.sample_rate, output.channels, frames, output.bitrate_kbps, nothing_yet)
        start = file_start(self._sound, M4aLabels())
        self._sizes: list[int] = []
        self._file = path.open("wb")
        self._file.write(start)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, packet: bytes) -> None:
        """The next packet."""
        self._sizes.append(len(packet))
        self._file.write(packet)

    def close(self) -> int:
        """Ends the file and answers its length in bytes. Raises ValueError when packets are missing or too many."""
        if len(self._sizes) != len(self._sound.packet_bytes):
            raise ValueError(f"{len(self._sizes)} packets, where the sound needs {len(self._sound.packet_bytes)}")
        length = self._file.tell()
        self._file.seek(0)
        self._file.write(file_start(replace(self._sound, packet_bytes=self._sizes), M4aLabels()))
        self._file.close()
        return length


def relabel(m4a: Path, out: Path, labels: M4aLabels) -> int:
    """Writes the sound of ``m4a``, an M4A of ours, with these labels into ``out`` (may be the same file).

    Every packet stays as it is. The file appears only when it is complete; the answer is its length in bytes.
    Raises ValueError when the file is not one of ours, and for labels that do not fit.
    """
    with tempfile.TemporaryDirectory(prefix="tags-", dir=out.parent) as scraps:
        written = Path(scraps) / "tagged.m4a"
        with m4a.open("rb") as source, written.open("wb") as target:
            sound, at = read_sound(source)
            target.write(file_start(sound, labels))
            source.seek(at)
            shutil.copyfileobj(source, target, _COPY_BYTES)
        length = written.stat().st_size
        written.replace(out)
    return length


def read_sound(file: BinaryIO) -> tuple[M4aSound, int]:
    """The sound of an M4A of ours, and the place in the file where its first packet begins; it ends with the file.

    Raises ValueError when the file is not one of ours.
    """
    file.seek(0)
    kind_bytes = _u32(file.read(4))
    if not 8 <= kind_bytes <= 1024:
        raise ValueError("not an M4A of ours")
    file.seek(kind_bytes)
    index_bytes = _u32(file.read(4))
    if file.read(4) != b"moov" or index_bytes > _INDEX_BYTES_MAX:
        raise ValueError("not an M4A of ours: its index does not come first")
    index = file.read(index_bytes - 8)
    track = _inside(index, "trak")
    media = _inside(track, "mdia")
    table = _inside(media, "minf", "stbl")
    sample_rate = _u32(_inside(media, "mdhd")[12:16])
    entry = _inside(table, "stsd")[8:]
    channels = int.from_bytes(entry[24:26], "big")
    kilobits = _u32(entry[entry.index(b"esds") + _BIT_RATE_IN_ESDS :]) // 1000
    frames = _u32(_inside(track, "edts", "elst")[8:12])
    sizes = _inside(table, "stsz")
    packet_bytes = [_u32(sizes[at : at + 4]) for at in range(12, len(sizes), 4)]
    sound = M4aSound(sample_rate, channels, frames, kilobits, packet_bytes)
    at = _u32(_inside(table, "stco")[8:12])
    if packets_of(frames) != len(packet_bytes) or decoder_config(sample_rate, channels) not in entry:
        raise ValueError("not an M4A of ours")
    if at + sum(packet_bytes) != file.seek(0, 2):
        raise ValueError("an M4A of ours that is cut off")
    return sound, at


def _inside(content: bytes, *names: str) -> bytes:
    """The content of the first box of this name, and of the next name inside it, and so on."""
    for name in names:
        found = next((inner for letters, inner in _boxes(content) if letters == name.encode()), None)
        if found is None:
            raise ValueError(f"not an M4A of ours: it has no {name}")
        content = found
    return content


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(content):
        size = _u32(content[at : at + 4])
        if size < 8:
            return
        yield content[at + 4 : at + 8], content[at + 8 : at + size]
        at += size


def _u32(data: bytes) -> int:
    return int.from_bytes(data[:4], "big")
