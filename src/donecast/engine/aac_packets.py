"""How a packet of AAC-LC weighs its samples, read from its first bits (ISO 14496-3, 4.4.2); nothing is decoded."""

from dataclasses import dataclass

ONLY_LONG = 0
_SINGLE_CHANNEL, _CHANNEL_PAIR = 0, 1
_ELEMENT_AND_TAG_BITS = 7
_GLOBAL_GAIN_BITS = 8
_RESERVED_BITS = 1


@dataclass(frozen=True, slots=True)
class Window:
    """``sequence``: 0 only long, 1 long start, 2 eight short, 3 long stop. ``shape``: 0 sine, 1 Kaiser-Bessel."""

    sequence: int
    shape: int


def window_of(packet: bytes) -> Window | None:
    """The one window of a packet's channels; None where they have two different ones, or something stands before."""
    bits = int.from_bytes(packet[:3].ljust(3, b"\0"), "big")
    element = bits >> 21
    at = _ELEMENT_AND_TAG_BITS
    if element == _CHANNEL_PAIR:
        has_common_window = bits >> 16 & 1
        if not has_common_window:
            return None
        at += 1
    elif element == _SINGLE_CHANNEL:
        at += _GLOBAL_GAIN_BITS
    else:
        return None
    at += _RESERVED_BITS
    return Window(bits >> 24 - at - 2 & 3, bits >> 24 - at - 3 & 1)
