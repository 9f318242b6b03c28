"""Packets of AAC-LC with a header before each, as a stream needs them (ADTS: ISO 14496-3, 1.A.2)."""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from donecast.engine.aac_index import SAMPLE_RATES, AacIndex, Sizes
from donecast.engine.mp4_boxes import read_at

_PACKETS_AT_ONCE = 512
_HEADER_BYTES = 7
_FRAME_BYTES_MAX = (1 << 13) - 1
_PACKET_BYTES_MIN = 2


class UnusualPacketError(ValueError):
    """A packet that no header can stand before, or that is not whole."""


def framed(file: BinaryIO, index: AacIndex) -> Iterator[NDArray[np.uint8]]:
    """The packets of the index, each with its header, some hundred at a time.

    Ends where the file does. Raises UnusualPacketError where a packet is cut off there, is empty or larger than a
    header can say, or looks as if it had a header.
    """
    for place, sizes in index.stretches(file, _PACKETS_AT_ONCE):
        if sizes.min() < _PACKET_BYTES_MIN or sizes.max() > _FRAME_BYTES_MAX - _HEADER_BYTES:
            raise UnusualPacketError("a packet is empty or too large")
        data = np.frombuffer(read_at(file, place, int(sizes.sum())), np.uint8)
        ends = np.cumsum(sizes)
        whole = int(np.searchsorted(ends, len(data), "right"))
        if whole:
            yield _with_headers(data[: ends[whole - 1]], sizes[:whole], index)
        if whole < len(sizes):
            if len(data) > (ends[whole - 1] if whole else 0):
                raise UnusualPacketError("a packet is cut off")
            return


def _with_headers(data: NDArray[np.uint8], sizes: Sizes, index: AacIndex) -> NDArray[np.uint8]:
    firsts = np.cumsum(sizes) - sizes
    if ((data[firsts] == 0xFF) & (data[firsts + 1] >= 0xF0)).any():
        raise UnusualPacketError("a packet begins as a header does")
    lengths = sizes + _HEADER_BYTES
    starts = np.cumsum(lengths) - lengths
    headers = np.empty((len(sizes), _HEADER_BYTES), np.uint8)
    # Syncword, MPEG-4, no checksum; AAC-LC, rate, channels; the length; any bit rate, one packet.
    headers[:] = (0xFF, 0xF1, 1 << 6 | SAMPLE_RATES.index(index.sample_rate) << 2, index.channels << 6, 0, 0x1F, 0xFC)
    headers[:, 3] |= (lengths >> 11).astype(np.uint8)
    headers[:, 4] = lengths >> 3 & 0xFF
    headers[:, 5] |= (lengths << 5 & 0xE0).astype(np.uint8)
    places = starts[:, None] + np.arange(_HEADER_BYTES)
    stream = np.empty(len(data) + headers.size, np.uint8)
    is_data = np.ones(len(stream), np.bool_)
    is_data[places] = False
    stream[places] = headers
    stream[is_data] = data
    return stream
