"""CRC-16 with the polynomial 0x8005, reflected, starting at 0, as LAME writes it: over long data as well as short."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

_POLYNOMIAL: Final = 0xA001
_LANE_BITS = 12
_LANES = 1 << _LANE_BITS
_ROW_BYTES = 2 * _LANES

_Table = NDArray[np.uint16]


def checksum(data: bytes, value: int = 0) -> int:
    """The checksum of data, or of data that follows other data whose checksum is ``value``."""
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ _POLYNOMIAL if value & 1 else value >> 1
    return value


class RunningChecksum:
    """The checksum of data that comes in parts, some tens of megabytes of it.

    The checksum is linear, so it is taken of 4,096 lanes of 16-bit words at once, each of which steps over the others;
    at the end the lanes are folded as if they were one more row of data.
    """

    def __init__(self) -> None:
        self._lanes: _Table = np.zeros(_LANES, np.uint16)
        self._rest = b""

    def add(self, data: bytes) -> None:
        """Takes the next part."""
        data = self._rest + data
        whole = len(data) - len(data) % _ROW_BYTES
        self._rest = data[whole:]
        step = _steps(_LANE_BITS)
        for row in np.frombuffer(data[:whole], "<u2").reshape(-1, _LANES):
            self._lanes = step[self._lanes] ^ row

    def value(self) -> int:
        """The checksum so far."""
        word_step = _steps(0)
        value = 0
        for lane in self._lanes.tolist():
            value = int(word_step[value ^ lane])
        return checksum(self._rest, value)


@cache
def _steps(doublings: int) -> _Table:
    """What becomes of each value of the checksum over 2 ** ``doublings`` words of zeros."""
    if doublings:
        half = _steps(doublings - 1)
        return half[half]
    values = np.arange(1 << 16, dtype=np.uint16)
    for _ in range(16):
        values = np.where(values & 1, values >> 1 ^ _POLYNOMIAL, values >> 1).astype(np.uint16)
    return values
